#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A decoder's frame into the network's input, in this fixed order: chroma upsample, matrix to
// R'G'B' (clamped, not rounded), resize, crop, normalise: out[c][y][x] = (v - mean[c]) * scale[c].
// Only the source pixels that a network pixel needs are ever converted.
//
// Work group: VIN_PREPROCESS_LOCAL_X x VIN_PREPROCESS_LOCAL_Y network pixels, all channels
// of a pixel by one invocation. All numbers come from the uniform block.
#extension GL_GOOGLE_include_directive : require
#include "abi/preprocess.h"

layout(local_size_x = VIN_PREPROCESS_LOCAL_X, local_size_y = VIN_PREPROCESS_LOCAL_Y) in;
layout(constant_id = VIN_PREPROCESS_SPEC_LAYOUT) const uint LAYOUT = VIN_LAYOUT_GRAY;
layout(constant_id = VIN_PREPROCESS_SPEC_METHOD) const uint METHOD = VIN_METHOD_BILINEAR;
layout(constant_id = VIN_PREPROCESS_SPEC_CHROMA_X) const uint CHROMA_X = 0u;
layout(constant_id = VIN_PREPROCESS_SPEC_CHROMA_Y) const uint CHROMA_Y = 0u;
layout(constant_id = VIN_PREPROCESS_SPEC_BITS) const uint BITS = 8u;
layout(constant_id = VIN_PREPROCESS_SPEC_LOW_BITS) const uint LOW_BITS = 0u;
layout(set = 0, binding = VIN_BIND_ARENA) writeonly buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_FRAME) readonly buffer Frame { uint words[]; };
layout(set = 0, binding = VIN_BIND_UNIFORM) uniform Numbers { vin_preprocess_uniforms u; };

#include "lib/fetch.glsl"

// A position on one axis: whole source pixels and a remainder in 1/den.
struct Position {
    int whole;
    uint rem;
};

Position x_position(uint i)
{
    uint t = u.x_rem + i * u.x_step;
    uint q = t / u.x_den;

    return Position(u.x_first + int(q), t - q * u.x_den);
}

Position y_position(uint i)
{
    uint t = u.y_rem + i * u.y_step;
    uint q = t / u.y_den;

    return Position(u.y_first + int(q), t - q * u.y_den);
}

// Source pixel @i of the part to classify, its edges repeated, as a pixel of the frame.
uint x_pixel(int i)
{
    return uint(clamp(int(u.src_x) + i, int(u.src_x), int(u.src_x_max)));
}

uint y_pixel(int i)
{
    return uint(clamp(int(u.src_y) + i, int(u.src_y), int(u.src_y_max)));
}

vec3 sample_bilinear(uvec2 pixel)
{
    Position x = x_position(pixel.x);
    Position y = y_position(pixel.y);
    Quad q = fetch_quad(x_pixel(x.whole), x_pixel(x.whole + 1), y_pixel(y.whole),
                        y_pixel(y.whole + 1));
    float fx = float(x.rem) / float(u.x_den);
    float fy = float(y.rem) / float(u.y_den);

    return mix(mix(q.c00, q.c10, fx), mix(q.c01, q.c11, fx), fy);
}

vec3 sample_nearest(uvec2 pixel)
{
    return fetch_pixel(x_pixel(x_position(pixel.x).whole), y_pixel(y_position(pixel.y).whole));
}

// Source pixels under a network pixel on one axis: n of them with weights that sum to 1.
// Shrinking: the interval [rem, rem + step) in 1/den; growing: two taps.
struct Span {
    uint n, rem, step, den;
    bool shrinks;
};

Span span(Position p, uint step, uint den, uint shrinks)
{
    uint n = shrinks != 0u ? (p.rem + step + den - 1u) / den : 2u;

    return Span(n, p.rem, step, den, shrinks != 0u);
}

float weight(Span s, uint k)
{
    if (k >= s.n) {
        return 0.0;
    }
    if (s.shrinks) {
        uint from = max(k * s.den, s.rem);
        uint to = min((k + 1u) * s.den, s.rem + s.step);

        return float(to - from) / float(s.step);
    }
    float f = float(s.rem) / float(s.den);

    return k == 0u ? 1.0 - f : f;
}

vec3 sample_area(uvec2 pixel)
{
    Position px = x_position(pixel.x);
    Position py = y_position(pixel.y);
    Span x = span(px, u.x_step, u.x_den, u.x_shrinks);
    Span y = span(py, u.y_step, u.y_den, u.y_shrinks);
    vec3 sum = vec3(0.0);

    for (uint j = 0u; j < y.n; j += 2u) {
        int row = py.whole + int(j);
        vec3 upper = vec3(0.0);
        vec3 lower = vec3(0.0);

        for (uint i = 0u; i < x.n; i += 2u) {
            int column = px.whole + int(i);
            Quad q = fetch_quad(x_pixel(column), x_pixel(column + 1), y_pixel(row),
                                y_pixel(row + 1));
            float w0 = weight(x, i);
            float w1 = weight(x, i + 1u);

            upper += w0 * q.c00 + w1 * q.c10;
            lower += w0 * q.c01 + w1 * q.c11;
        }
        sum += weight(y, j) * upper + weight(y, j + 1u) * lower;
    }
    return sum;
}

// First source pixel of tile @i: centred in the i-th of @n equal parts of @size pixels.
uint tile_start(uint i, uint n, uint tile, uint size)
{
    int twice = int((2u * i + 1u) * size) - int(n * tile) + int(n);

    return uint(clamp(twice / int(2u * n), 0, int(size - tile)));
}

vec3 sample_tiles(uvec2 pixel)
{
    uvec2 tile = uvec2(pixel.x / u.tile_w, pixel.y / u.tile_h);
    uvec2 within = pixel - tile * uvec2(u.tile_w, u.tile_h);
    uint x = tile_start(tile.x, u.n_tiles, u.tile_w, u.src_x_max - u.src_x + 1u);
    uint y = tile_start(tile.y, u.n_tiles, u.tile_h, u.src_y_max - u.src_y + 1u);

    return fetch_pixel(u.src_x + x + within.x, u.src_y + y + within.y);
}

void main()
{
    uvec2 pixel = gl_GlobalInvocationID.xy;
    vec3 rgb;

    if (pixel.x >= u.out_w || pixel.y >= u.out_h) {
        return;
    }
    if (METHOD == VIN_METHOD_BILINEAR) {
        rgb = sample_bilinear(pixel);
    } else if (METHOD == VIN_METHOD_AREA) {
        rgb = sample_area(pixel);
    } else if (METHOD == VIN_METHOD_NEAREST) {
        rgb = sample_nearest(pixel);
    } else {
        rgb = sample_tiles(pixel);
    }

    uint at = u.out_offset + pixel.y * u.out_w + pixel.x;

    if (u.channels == 1u) {
        arena[at] = (to_luma(rgb) - u.mean0) * u.scale0;
        return;
    }
    rgb = u.bgr != 0u ? rgb.bgr : rgb;
    arena[at] = (rgb.x - u.mean0) * u.scale0;
    arena[at + u.out_c_stride] = (rgb.y - u.mean1) * u.scale1;
    arena[at + 2u * u.out_c_stride] = (rgb.z - u.mean2) * u.scale2;
}
