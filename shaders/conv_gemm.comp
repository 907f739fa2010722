#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The convolution of conv_direct as a matrix product, for GPUs: out[K][pixels] =
// w[K][depth] * x[depth][pixels], where depth = (r, s, c), c fastest, and x is never written down:
// a tile of it is gathered from the input when it is needed (implicit GEMM).
//
// Work group x: TILE_PIXELS output pixels of all images as one row   y: TILE_K output channels
//
//              TILE_PIXELS                     an invocation: OWN_K x OWN_PIXELS sums in registers,
//             +-----------+                    in quads: its quad i of channels and j of pixels are
//       DEPTH |  sh_x     |                    at (own_k + i * the invocations along K) and
//             +-----------+                    (own_pixel + j * those along pixels), so that
//      DEPTH  +-----------+                    neighbours read neighbouring quads
//     +----+  | sums in   |
// TILE|sh_w|  | registers |    Each turn: what was fetched goes to shared memory, the next DEPTH
// _K  +----+  +-----------+    rows are fetched into registers, then DEPTH products are added.
//
// On paper, for 64 x 64 with 8 x 8 an invocation (64 of them):
//  - a row of DEPTH costs an invocation 2 + 2 loads of 16 bytes from shared memory for 64
//    multiply-adds. A subgroup of 32 has 8 neighbouring pixel quads (128 bytes, every bank once)
//    and 4 channel quads (one address a quarter, broadcast): no bank conflict, and 4 cycles of
//    shared memory beside 16 of arithmetic. Stores go to it in the order of invocations.
//  - weights are read along K, 256 bytes in a row, as vec4; the input along pixels, as vec4 where
//    channels are aligned and the filter is 1x1, else four neighbouring floats that one cache line
//    mostly holds. Each value fetched is used 64 times.
//  - 64 sums, 16 fetched vec4, 4 of the product and addresses: about 120 registers, 16 subgroups of
//    32 on 64 K registers; 8 KiB of shared memory. Fetching a turn ahead hides latency at that.
//  - a tile of 32 x 32 has 1/4 of the sums: for maps too small to give every core a large one.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/conv_gemm.h"
#define VIN_SPEC_IN_HALF VIN_CONV_GEMM_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_CONV_GEMM_SPEC_OUT_HALF
#include "lib/activation.glsl"
#include "lib/arena.glsl"

layout(local_size_x = 64, local_size_x_id = VIN_CONV_GEMM_SPEC_LOCAL) in;
layout(constant_id = VIN_CONV_GEMM_SPEC_TILE_K) const uint TILE_K = 32;
layout(constant_id = VIN_CONV_GEMM_SPEC_TILE_PIXELS) const uint TILE_PIXELS = 32;
layout(constant_id = VIN_CONV_GEMM_SPEC_OWN_K) const uint OWN_K = 4;
layout(constant_id = VIN_CONV_GEMM_SPEC_OWN_PIXELS) const uint OWN_PIXELS = 4;
layout(constant_id = VIN_CONV_GEMM_SPEC_KERNEL_H) const uint KERNEL_H = 1;
layout(constant_id = VIN_CONV_GEMM_SPEC_KERNEL_W) const uint KERNEL_W = 1;
layout(constant_id = VIN_CONV_GEMM_SPEC_IN_QUADS) const uint IN_QUADS = 0;
layout(constant_id = VIN_CONV_GEMM_SPEC_OUT_QUADS) const uint OUT_QUADS = 0;

const uint DEPTH = VIN_CONV_GEMM_DEPTH;
const uint LOCAL = TILE_K / OWN_K * (TILE_PIXELS / OWN_PIXELS);
const uint K_QUADS = TILE_K / 4, X_QUADS = TILE_PIXELS / 4;         // of a tile
const uint OWN_K_QUADS = OWN_K / 4, OWN_X_QUADS = OWN_PIXELS / 4;   // of an invocation
const uint K_LANES = TILE_K / OWN_K, X_LANES = TILE_PIXELS / OWN_PIXELS;
// A name for the size of the sums: arrays of the same unnamed specialized size are two types, and
// glslang copies them wrongly into a parameter.
const uint N_SUMS = OWN_K * OWN_X_QUADS;
const uint W_FETCHES = DEPTH * K_QUADS / LOCAL;                     // vec4s an invocation fetches
const uint X_FETCHES = DEPTH * X_QUADS / LOCAL;
const uint X_ROWS = LOCAL / X_QUADS;                                // rows between two of them

layout(push_constant) uniform Push { vin_conv_gemm_push p; };

shared vec4 sh_w[DEPTH * K_QUADS];
shared vec4 sh_x[DEPTH * X_QUADS];

#include "lib/gather.glsl"
#include "lib/gather_weights.glsl"

void store(vec4 sums[N_SUMS], uint k_quad, uint x_quad)
{
    const uint total = p.images * p.out_h * p.out_w;
    [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
        const uint first = (x_quad + j * X_LANES) * 4u;
        uint at[4];
        [[unroll]] for (uint l = 0; l < 4; l++) {
            const uvec2 place = image_and_pixel(first + l);
            at[l] = p.out_offset + place.x * p.out_n_stride + place.y;
        }
        [[unroll]] for (uint i = 0; i < OWN_K; i++) {
            const uint k = (k_quad + i / 4u * K_LANES) * 4u + i % 4u;
            const uint channel = k * p.out_c_stride;
            const vec4 sum = sums[i * OWN_X_QUADS + j];
            const vec4 value = vec4(vin_relu_if(p.relu, sum.x), vin_relu_if(p.relu, sum.y),
                                    vin_relu_if(p.relu, sum.z), vin_relu_if(p.relu, sum.w));
            if (OUT_QUADS != 0u) {
                if (k < p.out_channels && first < total) {
                    vin_store4(at[0] + channel, value);
                }
            } else if (k < p.out_channels) {
                [[unroll]] for (uint l = 0; l < 4; l++) {
                    if (first + l < total) {
                        vin_store(at[l] + channel, value[l]);
                    }
                }
            }
        }
    }
}

void main()
{
    const uint id = gl_LocalInvocationIndex;
    const uint own_x = id % X_LANES, own_k = id / X_LANES;
    const uint tile_x = gl_WorkGroupID.x * X_QUADS, tile_k = gl_WorkGroupID.y * K_QUADS; // quads
    const uint n_rows = KERNEL_H * KERNEL_W * p.channels;
    const Source source = find_source((tile_x + id % X_QUADS) * 4u);
    Row first_row = Row(0u, 0u, 0u);
    vec4 next_w[W_FETCHES], next_x[X_FETCHES];
    vec4 sums[N_SUMS];

    [[unroll]] for (uint i = 0; i < OWN_K_QUADS; i++) {
        const uint quad = tile_k + own_k + i * K_LANES;
        const vec4 bias = weights[p.weight_offset + min(quad, p.out_quads - 1u)];
        [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
            sums[(i * 4u + 0u) * OWN_X_QUADS + j] = vec4(bias.x);
            sums[(i * 4u + 1u) * OWN_X_QUADS + j] = vec4(bias.y);
            sums[(i * 4u + 2u) * OWN_X_QUADS + j] = vec4(bias.z);
            sums[(i * 4u + 3u) * OWN_X_QUADS + j] = vec4(bias.w);
        }
    }
    for (uint row = 0u; row < n_rows + DEPTH; row += DEPTH) { // the last turn fetches nothing
        if (row > 0u) {
            [[unroll]] for (uint i = 0; i < W_FETCHES; i++) {
                sh_w[id + i * LOCAL] = next_w[i];
            }
            [[unroll]] for (uint i = 0; i < X_FETCHES; i++) {
                sh_x[id + i * LOCAL] = next_x[i];
            }
        }
        barrier();
        if (row < n_rows) {
            [[unroll]] for (uint i = 0; i < W_FETCHES; i++) {
                const uint index = id + i * LOCAL;
                next_w[i] = fetch_w(row + index / K_QUADS, tile_k + index % K_QUADS, n_rows);
            }
            [[unroll]] for (uint i = 0; i < X_FETCHES; i++) {
                const Row at = advance(first_row, id / X_QUADS + i * X_ROWS, p.channels);
                next_x[i] = fetch_x(source, at);
            }
            first_row = advance(first_row, DEPTH, p.channels);
        }
        if (row > 0u) {
            for (uint d = 0u; d < DEPTH; d++) {
                vec4 w[OWN_K_QUADS], x[OWN_X_QUADS];
                [[unroll]] for (uint i = 0; i < OWN_K_QUADS; i++) {
                    w[i] = sh_w[d * K_QUADS + own_k + i * K_LANES];
                }
                [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
                    x[j] = sh_x[d * X_QUADS + own_x + j * X_LANES];
                }
                [[unroll]] for (uint i = 0; i < OWN_K_QUADS; i++) {
                    [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
                        sums[(i * 4u + 0u) * OWN_X_QUADS + j] += w[i].x * x[j];
                        sums[(i * 4u + 1u) * OWN_X_QUADS + j] += w[i].y * x[j];
                        sums[(i * 4u + 2u) * OWN_X_QUADS + j] += w[i].z * x[j];
                        sums[(i * 4u + 3u) * OWN_X_QUADS + j] += w[i].w * x[j];
                    }
                }
            }
        }
        barrier();
    }
    store(sums, tile_k + own_k, tile_x + own_x);
}
