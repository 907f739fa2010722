#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A decoder's frame into the network's input, in this fixed order: chroma upsample, matrix to
// R'G'B' (clamped, not rounded), turn, resize, crop, tone map, normalise:
// out[c][y][x] = (v - mean[c]) * scale[c].
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
layout(constant_id = VIN_PREPROCESS_SPEC_TURN) const uint TURN = 0u;
layout(constant_id = VIN_PREPROCESS_SPEC_TRANSFER) const uint TRANSFER = VIN_TRANSFER_KIND_SDR;
layout(set = 0, binding = VIN_BIND_ARENA) writeonly buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_FRAME) readonly buffer Frame { uint words[]; };
layout(set = 0, binding = VIN_BIND_UNIFORM) uniform Numbers { vin_preprocess_uniforms u; };

#include "lib/fetch.glsl"
#include "lib/tone.glsl"

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

const bool MIRROR_X = (TURN & VIN_TURN_BIT_MIRROR_X) != 0u;
const bool MIRROR_Y = (TURN & VIN_TURN_BIT_MIRROR_Y) != 0u;
const bool TRANSPOSE = (TURN & VIN_TURN_BIT_TRANSPOSE) != 0u;

// The pixel of the frame that is (@i, @j) of the picture, whose edges are repeated.
uvec2 frame_pixel(int i, int j)
{
    ivec2 last = ivec2(u.src_w, u.src_h) - 1;
    ivec2 p = clamp(TRANSPOSE ? ivec2(j, i) : ivec2(i, j), ivec2(0), last);

    return uvec2(MIRROR_X ? last.x - p.x : p.x, MIRROR_Y ? last.y - p.y : p.y) +
           uvec2(u.src_x, u.src_y);
}

// Pixels (i, j), (i + 1, j), (i, j + 1), (i + 1, j + 1) of the picture.
Quad picture_quad(int i, int j)
{
    uvec2 a = frame_pixel(i, j);
    uvec2 b = frame_pixel(i + 1, j + 1);
    Quad q = fetch_quad(MIRROR_X ? b.x : a.x, MIRROR_X ? a.x : b.x, MIRROR_Y ? b.y : a.y,
                        MIRROR_Y ? a.y : b.y);

    if (MIRROR_X) {
        q = Quad(q.c10, q.c00, q.c11, q.c01);
    }
    if (MIRROR_Y) {
        q = Quad(q.c01, q.c11, q.c00, q.c10);
    }
    if (TRANSPOSE) {
        q = Quad(q.c00, q.c01, q.c10, q.c11);
    }
    return q;
}

vec3 picture_pixel(int i, int j)
{
    uvec2 p = frame_pixel(i, j);

    return fetch_pixel(p.x, p.y);
}

vec3 sample_bilinear(uvec2 pixel)
{
    Position x = x_position(pixel.x);
    Position y = y_position(pixel.y);
    Quad q = picture_quad(x.whole, y.whole);
    float fx = float(x.rem) / float(u.x_den);
    float fy = float(y.rem) / float(u.y_den);

    return mix(mix(q.c00, q.c10, fx), mix(q.c01, q.c11, fx), fy);
}

vec3 sample_nearest(uvec2 pixel)
{
    return picture_pixel(x_position(pixel.x).whole, y_position(pixel.y).whole);
}

// Pixels of the picture under a network pixel on one axis: n of them with weights that sum to 1.
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
        vec3 upper = vec3(0.0);
        vec3 lower = vec3(0.0);

        for (uint i = 0u; i < x.n; i += 2u) {
            Quad q = picture_quad(px.whole + int(i), py.whole + int(j));
            float w0 = weight(x, i);
            float w1 = weight(x, i + 1u);

            upper += w0 * q.c00 + w1 * q.c10;
            lower += w0 * q.c01 + w1 * q.c11;
        }
        sum += weight(y, j) * upper + weight(y, j + 1u) * lower;
    }
    return sum;
}

// First pixel of tile @i: centred in the i-th of @n equal parts of @size pixels.
uint tile_start(uint i, uint n, uint tile, uint size)
{
    int twice = int((2u * i + 1u) * size) - int(n * tile) + int(n);

    return uint(clamp(twice / int(2u * n), 0, int(size - tile)));
}

vec3 sample_tiles(uvec2 pixel)
{
    uvec2 tile = uvec2(pixel.x / u.tile_w, pixel.y / u.tile_h);
    uvec2 within = pixel - tile * uvec2(u.tile_w, u.tile_h);
    uint x = tile_start(tile.x, u.n_tiles, u.tile_w, TRANSPOSE ? u.src_h : u.src_w);
    uint y = tile_start(tile.y, u.n_tiles, u.tile_h, TRANSPOSE ? u.src_w : u.src_h);

    return picture_pixel(int(x + within.x), int(y + within.y));
}

vec3 sample_picture(uvec2 pixel)
{
    if (METHOD == VIN_METHOD_BILINEAR) {
        return sample_bilinear(pixel);
    }
    if (METHOD == VIN_METHOD_AREA) {
        return sample_area(pixel);
    }
    if (METHOD == VIN_METHOD_NEAREST) {
        return sample_nearest(pixel);
    }
    return sample_tiles(pixel);
}

// The three values of a network pixel; only the first counts where there is one channel.
vec3 normalised(uvec2 pixel)
{
    uvec2 in_box = pixel - uvec2(u.box_x, u.box_y); // huge where it is left of or above the box

    if (in_box.x >= u.box_w || in_box.y >= u.box_h) {
        return vec3(u.fill0, u.fill1, u.fill2);
    }
    vec3 rgb = sample_picture(pixel);
    if (TRANSFER != VIN_TRANSFER_KIND_SDR) {
        rgb = tone_map(rgb);
    }
    if (u.channels == 1u) {
        rgb = vec3(to_luma(rgb));
    } else if (u.bgr != 0u) {
        rgb = rgb.bgr;
    }
    return (rgb - vec3(u.mean0, u.mean1, u.mean2)) * vec3(u.scale0, u.scale1, u.scale2);
}

void main()
{
    uvec2 pixel = gl_GlobalInvocationID.xy;

    if (pixel.x >= u.out_w || pixel.y >= u.out_h) {
        return;
    }
    vec3 value = normalised(pixel);
    uint at = u.out_offset + pixel.y * u.out_w + pixel.x;

    arena[at] = value.x;
    if (u.channels == 3u) {
        arena[at + u.out_c_stride] = value.y;
        arena[at + 2u * u.out_c_stride] = value.z;
    }
}
