// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The matrix of an implicit product, depth x pixels, that is never written down: its rows are
// (r, s, c), c fastest, its columns the output pixels of all images. Included where p, KERNEL_H,
// KERNEL_W and IN_QUADS are known.
#ifndef VIN_LIB_GATHER_GLSL
#define VIN_LIB_GATHER_GLSL

// A row of the product: its tap and its channel.
struct Row {
    uint r, s, c;
};

// Where the four pixels lie that this invocation fetches: the same in every turn.
struct Source {
    uint base[4];
    int top[4], left[4];
};

// @n rows on, of @channels a tap.
Row advance(Row row, uint n, uint channels)
{
    row.c += n;
    while (row.c >= channels) {
        row.c -= channels;
        row.s++;
        if (row.s == KERNEL_W) {
            row.s = 0u;
            row.r++;
        }
    }
    return row;
}

// Pixels behind the last one are the last one again; their sums are dropped.
uvec2 image_and_pixel(uint index)
{
    const uint n_pixels = p.out_h * p.out_w;
    index = min(index, p.images * n_pixels - 1u);
    const uint image = index / n_pixels;
    return uvec2(image, index - image * n_pixels);
}

Source find_source(uint first)
{
    Source source;
    [[unroll]] for (uint j = 0; j < 4; j++) {
        const uvec2 at = image_and_pixel(first + j);
        const uint y = at.y / p.out_w;
        source.base[j] = p.in_offset + at.x * p.in_n_stride;
        source.top[j] = int(y * p.stride_h) - int(p.pad_top);
        source.left[j] = int((at.y - y * p.out_w) * p.stride_w) - int(p.pad_left);
    }
    return source;
}

// Rows behind the last one and taps outside the input are zero. Nothing branches around a load:
// the address is one of the input then, and the value is dropped.
vec4 fetch_x(Source source, Row row)
{
    const bool is_row = row.r < KERNEL_H;
    const uint channel = is_row ? row.c * p.in_c_stride : 0u;
    if (IN_QUADS != 0u) {
        const vec4 quad =
            vin_load4(source.base[0] + channel + uint(source.top[0]) * p.in_w + source.left[0]);
        return is_row ? quad : vec4(0.0);
    }
    vec4 values;
    [[unroll]] for (uint j = 0; j < 4; j++) {
        const int y = source.top[j] + int(row.r * p.dilation_h);
        const int x = source.left[j] + int(row.s * p.dilation_w);
        const bool inside = is_row && uint(y) < p.in_h && uint(x) < p.in_w;
        const float value =
            vin_load(source.base[j] + (inside ? channel + uint(y) * p.in_w + uint(x) : 0u));
        values[j] = inside ? value : 0.0;
    }
    return values;
}

#endif
