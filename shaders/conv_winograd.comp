#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A 3x3 convolution of stride 1 by Winograd's minimal filtering, F(M x M, 3 x 3), M = 2 or 4 (Lavin
// and Gray, "Fast algorithms for convolutional neural networks", 2015). Of an output tile of M x M
// pixels:
//
//     y = A^T [ sum over c of (G w G^T) * (B^T x B) ] A       * point by point, x of (M + 2)^2
//
// so that 16 or 36 multiplications do what 36 or 144 do. G w G^T is packed. One dispatch does all:
// a work group makes 8 tiles x 32 channels, for each of its POINTS a product of matrices by itself:
//
//     invocation = (point, one of four)    sums[8 channels][8 tiles] in registers
//     each turn of DEPTH input channels:   copy u [DEPTH][POINTS][32 channels],
//                                          transform x into sh_v [DEPTH][POINTS][8 tiles],
//                                          add u * v
//     in the end, 8 channels at a time:    sums through shared memory, A^T m A, bias, store
//
// Work group x: tiles of all images as one row   y: block of output channels
//
// On paper: a row of DEPTH costs an invocation 2 loads of 16 bytes and 8 broadcasts of 4 for 64
// multiply-adds. Of the 8 invocations that read 16 bytes at a time four are of one point and four
// of the next, 9 vec4s on: every bank once. u is read in the order it lies in. 32 invocations
// transform while the others copy. What it costs: the input is transformed again for every 32
// channels, u takes 1.8 (M = 2) or 4 times the room of w, and sums cancel: errors were up to 6e-7
// and 1.2e-5 of a layer's largest output (check_conv_winograd.c). F(4x4) has 25 KiB of shared
// memory.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/conv_winograd.h"
#include "lib/activation.glsl"

const uint SIDE = M + 2;
const uint POINTS = SIDE * SIDE;
const uint DEPTH = VIN_CONV_WINOGRAD_DEPTH;
const uint TILES = VIN_CONV_WINOGRAD_TILES;
const uint LANES = VIN_CONV_WINOGRAD_LANES;
const uint STRIDE = VIN_CONV_WINOGRAD_STRIDE;
const uint K_QUADS = VIN_CONV_WINOGRAD_K / 4;
const uint OWN_QUADS = K_QUADS / LANES; // of channels, of an invocation
const uint OWN_K = OWN_QUADS * 4;
const uint LOCAL = POINTS * LANES;

layout(local_size_x = (M + 2) * (M + 2) * VIN_CONV_WINOGRAD_LANES) in;
layout(set = 0, binding = VIN_BIND_ARENA) buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { vec4 weights[]; };
layout(push_constant) uniform Push { vin_conv_winograd_push p; };

shared vec4 sh_u[DEPTH * POINTS * STRIDE]; // in the end [POINTS][TILES][OWN_QUADS] of sums
shared float sh_v[DEPTH * POINTS * TILES];

struct Tile {
    uint image, y, x; // in tiles
};

// Tiles behind the last one are the last one again, and nothing of theirs is stored.
Tile find_tile(uint index)
{
    const uint n = p.tiles_h * p.tiles_w;
    index = min(index, p.images * n - 1u);
    const uint image = index / n;
    const uint y = (index - image * n) / p.tiles_w;
    return Tile(image, y, index - image * n - y * p.tiles_w);
}

#if M == 2
// One row or column of B^T x B.
void transform(inout float x0, inout float x1, inout float x2, inout float x3)
{
    const float y0 = x0 - x2, y1 = x1 + x2, y2 = x2 - x1, y3 = x1 - x3;
    x0 = y0, x1 = y1, x2 = y2, x3 = y3;
}

#define TRANSFORM(d, at, step)                                                                 \
    transform(d[at], d[(at) + (step)], d[(at) + 2 * (step)], d[(at) + 3 * (step)])

// A^T m.
void reduce(float m[SIDE], out float y[M])
{
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
}
#else
void transform(inout float x0, inout float x1, inout float x2, inout float x3, inout float x4,
               inout float x5)
{
    const float y0 = 4.0 * x0 - 5.0 * x2 + x4;
    const float y1 = (x4 - 4.0 * x2) + (x3 - 4.0 * x1);
    const float y2 = (x4 - 4.0 * x2) - (x3 - 4.0 * x1);
    const float y3 = (x4 - x2) + 2.0 * (x3 - x1);
    const float y4 = (x4 - x2) - 2.0 * (x3 - x1);
    const float y5 = 4.0 * x1 - 5.0 * x3 + x5;
    x0 = y0, x1 = y1, x2 = y2, x3 = y3, x4 = y4, x5 = y5;
}

#define TRANSFORM(d, at, step)                                                                 \
    transform(d[at], d[(at) + (step)], d[(at) + 2 * (step)], d[(at) + 3 * (step)],             \
              d[(at) + 4 * (step)], d[(at) + 5 * (step)])

void reduce(float m[SIDE], out float y[M])
{
    const float a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
    y[0] = m[0] + a + c;
    y[1] = b + 2.0 * d;
    y[2] = a + 4.0 * c;
    y[3] = b + 8.0 * d + m[5];
}
#endif

// One tile of one input channel, into column @t of sh_v. Channels behind the last one are zero,
// as is what lies outside the input.
void transform_input(Tile tile, uint c, uint depth_row, uint t)
{
    const bool is_channel = c < p.channels;
    const uint base = p.in_offset + tile.image * p.in_n_stride +
                      (is_channel ? c * p.in_c_stride : 0u);
    const int top = int(tile.y * M) - int(p.pad_top);
    const int left = int(tile.x * M) - int(p.pad_left);
    float d[POINTS];

    [[unroll]] for (uint i = 0; i < SIDE; i++) {
        [[unroll]] for (uint j = 0; j < SIDE; j++) {
            const int y = top + int(i), x = left + int(j);
            const bool inside = is_channel && uint(y) < p.in_h && uint(x) < p.in_w;
            const float value = arena[base + (inside ? uint(y) * p.in_w + uint(x) : 0u)];
            d[i * SIDE + j] = inside ? value : 0.0;
        }
    }
    [[unroll]] for (uint i = 0; i < SIDE; i++) {
        TRANSFORM(d, i, SIDE); // columns
    }
    [[unroll]] for (uint i = 0; i < SIDE; i++) {
        TRANSFORM(d, i * SIDE, 1u); // rows
    }
    [[unroll]] for (uint i = 0; i < POINTS; i++) {
        sh_v[(depth_row * POINTS + i) * TILES + t] = d[i];
    }
}

float component(vec4 quad, uint i)
{
    return i == 0u ? quad.x : i == 1u ? quad.y : i == 2u ? quad.z : quad.w;
}

// Channel @k, which is @channel of the OWN_K in sh_u, of tile @t.
void store_output(uint k, uint channel, uint t)
{
    const uint index = gl_WorkGroupID.x * TILES + t;
    const Tile tile = find_tile(index);
    const uint base = p.out_offset + tile.image * p.out_n_stride + k * p.out_c_stride;
    const float bias = component(weights[p.weight_offset + k / 4u], k % 4u);
    float half_way[M * SIDE]; // A^T m

    [[unroll]] for (uint j = 0; j < SIDE; j++) {
        float m[SIDE], y[M];
        [[unroll]] for (uint i = 0; i < SIDE; i++) {
            const uint at = ((i * SIDE + j) * TILES + t) * OWN_QUADS + channel / 4u;
            m[i] = component(sh_u[at], channel % 4u);
        }
        reduce(m, y);
        [[unroll]] for (uint i = 0; i < M; i++) {
            half_way[i * SIDE + j] = y[i];
        }
    }
    [[unroll]] for (uint i = 0; i < M; i++) {
        float m[SIDE], y[M];
        [[unroll]] for (uint j = 0; j < SIDE; j++) {
            m[j] = half_way[i * SIDE + j];
        }
        reduce(m, y);
        [[unroll]] for (uint j = 0; j < M; j++) {
            const uint out_y = tile.y * M + i, out_x = tile.x * M + j;
            if (index < p.images * p.tiles_h * p.tiles_w && k < p.out_channels &&
                out_y < p.out_h && out_x < p.out_w) {
                arena[base + out_y * p.out_w + out_x] = vin_relu_if(p.relu, y[j] + bias);
            }
        }
    }
}

void main()
{
    const uint id = gl_LocalInvocationIndex;
    const uint point = id / LANES, lane = id % LANES;
    const uint block = gl_WorkGroupID.y;
    const uint u = p.weight_offset + p.out_blocks * K_QUADS +
                   block * p.channels_padded * POINTS * K_QUADS;
    const Tile tile = find_tile(gl_WorkGroupID.x * TILES + id % TILES);
    vec4 sums[OWN_QUADS * TILES];

    [[unroll]] for (uint i = 0; i < OWN_QUADS * TILES; i++) {
        sums[i] = vec4(0.0);
    }
    for (uint c = 0u; c < p.channels_padded; c += DEPTH) {
        for (uint i = id; i < DEPTH * POINTS * K_QUADS; i += LOCAL) {
            sh_u[i / K_QUADS * STRIDE + i % K_QUADS] = weights[u + c * POINTS * K_QUADS + i];
        }
        if (id < DEPTH * TILES) {
            transform_input(tile, c + id / TILES, id / TILES, id % TILES);
        }
        barrier();
        for (uint d = 0u; d < DEPTH; d++) {
            const uint row = d * POINTS + point;
            vec4 w[OWN_QUADS];
            [[unroll]] for (uint i = 0; i < OWN_QUADS; i++) {
                w[i] = sh_u[row * STRIDE + lane * OWN_QUADS + i];
            }
            [[unroll]] for (uint t = 0; t < TILES; t++) {
                const float v = sh_v[row * TILES + t];
                [[unroll]] for (uint i = 0; i < OWN_QUADS; i++) {
                    sums[t * OWN_QUADS + i] += w[i] * v;
                }
            }
        }
        barrier();
    }
    for (uint turn = 0u; turn < LANES; turn++) {
        if (lane == turn) {
            [[unroll]] for (uint i = 0; i < OWN_QUADS * TILES; i++) {
                sh_u[point * TILES * OWN_QUADS + i] = sums[i];
            }
        }
        barrier();
        for (uint i = id; i < OWN_K * TILES; i += LOCAL) {
            const uint channel = i / TILES;
            store_output(block * VIN_CONV_WINOGRAD_K + turn * OWN_K + channel, channel, i % TILES);
        }
        barrier();
    }
}
