#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The product of conv_gemm on a GPU's matrix units (VK_KHR_cooperative_matrix): 16-bit weights and
// activations, 32-bit sums. Activations in 32 bits are rounded on their way to shared memory.
//
// Work group x: TILE_PIXELS output pixels of all images as one row   y: TILE_K output channels
//
//              TILE_PIXELS                   a subgroup: OWN_K x OWN_PIXELS sums, as matrices of
//             +-----------+                  MATRIX_M channels x MATRIX_N pixels. A turn multiplies
//       DEPTH |  sh_x     |                  DEPTH rows, MATRIX_K at a time:
//             +-----------+
//      DEPTH  +-----+-----+                  sums += w[MATRIX_M][MATRIX_K] * x[MATRIX_K][MATRIX_N]
//     +----+  |     | a   |
// TILE|sh_w|  +-----+ sub-|    sh_w lies as the weights do, [DEPTH][TILE_K]: its matrices are
// _K  +----+  |     |group|    loaded as columns.
//             +-----+-----+
//
// Rows in shared memory are 16 bytes longer than the tile: lanes that load a column then come to
// different banks, and matrices still begin at multiples of 16 bytes, which loading them wants.
// Sums lie in lanes as the driver likes; they go through sh_out, a matrix a subgroup at a time,
// where each lane finds four pixels of one channel.
#pragma use_vulkan_memory_model
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_shader_subgroup_basic : require
#include "abi/conv_gemm.h"
#define VIN_HALF
#define VIN_SPEC_IN_HALF VIN_CONV_GEMM_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_CONV_GEMM_SPEC_OUT_HALF
#include "lib/activation.glsl"
#include "lib/arena.glsl"

layout(local_size_x = 64, local_size_x_id = VIN_CONV_GEMM_SPEC_LOCAL) in;
layout(constant_id = VIN_CONV_GEMM_SPEC_TILE_K) const uint TILE_K = 32;
layout(constant_id = VIN_CONV_GEMM_SPEC_TILE_PIXELS) const uint TILE_PIXELS = 32;
layout(constant_id = VIN_CONV_GEMM_SPEC_OWN_K) const uint OWN_K = 16;
layout(constant_id = VIN_CONV_GEMM_SPEC_OWN_PIXELS) const uint OWN_PIXELS = 16;
layout(constant_id = VIN_CONV_GEMM_SPEC_KERNEL_H) const uint KERNEL_H = 1;
layout(constant_id = VIN_CONV_GEMM_SPEC_KERNEL_W) const uint KERNEL_W = 1;
layout(constant_id = VIN_CONV_GEMM_SPEC_IN_QUADS) const uint IN_QUADS = 0;
layout(constant_id = VIN_CONV_GEMM_SPEC_OUT_QUADS) const uint OUT_QUADS = 0;
layout(constant_id = VIN_CONV_GEMM_SPEC_MATRIX_M) const uint MATRIX_M = 16;
layout(constant_id = VIN_CONV_GEMM_SPEC_MATRIX_N) const uint MATRIX_N = 16;
layout(constant_id = VIN_CONV_GEMM_SPEC_MATRIX_K) const uint MATRIX_K = 16;
layout(constant_id = VIN_CONV_GEMM_SPEC_DEPTH) const uint DEPTH = 32;

const uint LOCAL = gl_WorkGroupSize.x;
const uint PARTS_X = TILE_PIXELS / OWN_PIXELS;              // subgroups side by side
const uint PARTS = TILE_K / OWN_K * PARTS_X;                // of a work group
const uint OWN_M = OWN_K / MATRIX_M, OWN_N = OWN_PIXELS / MATRIX_N; // matrices of a subgroup
const uint K_QUADS = TILE_K / 4, X_QUADS = TILE_PIXELS / 4; // of a tile
const uint W_STRIDE = K_QUADS + 2, X_STRIDE = X_QUADS + 2;  // quads from row to row
const uint W_FETCHES = (DEPTH * K_QUADS + LOCAL - 1) / LOCAL; // quads an invocation fetches
const uint X_ROWS = LOCAL / X_QUADS;                          // rows between two of them
const uint X_FETCHES = (DEPTH + X_ROWS - 1) / X_ROWS;
const uint OUT_QUAD_ROW = MATRIX_N / 4, OUT_QUADS_ALL = MATRIX_M * OUT_QUAD_ROW; // of a matrix

layout(push_constant) uniform Push { vin_conv_gemm_push p; };

shared f16vec4 sh_w[DEPTH * W_STRIDE];
shared f16vec4 sh_x[DEPTH * X_STRIDE];
shared vec4 sh_out[PARTS * OUT_QUADS_ALL];

#include "lib/gather.glsl"
#include "lib/gather_weights.glsl"

#define MATRIX_A coopmat<float16_t, gl_ScopeSubgroup, MATRIX_M, MATRIX_K, gl_MatrixUseA>
#define MATRIX_B coopmat<float16_t, gl_ScopeSubgroup, MATRIX_K, MATRIX_N, gl_MatrixUseB>
#define SUMS coopmat<float, gl_ScopeSubgroup, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator>

f16vec4 to_half(vec4 value)
{
    if (IN_HALF != 0u) {
        return f16vec4(value);
    }
    return f16vec4(vec4(vin_to_half_range(value.x), vin_to_half_range(value.y),
                        vin_to_half_range(value.z), vin_to_half_range(value.w)));
}

// Four pixels of output channel @k, the first of them @first of all images.
void store_quad(uint k, uint first, vec4 sum)
{
    const uint total = p.images * p.out_h * p.out_w;
    const uint channel = p.out_offset + k * p.out_c_stride;
    if (k >= p.out_channels || first >= total) {
        return;
    }
    sum += weights[p.weight_offset + k / 4u][k % 4u];
    const vec4 value = vec4(vin_relu_if(p.relu, sum.x), vin_relu_if(p.relu, sum.y),
                            vin_relu_if(p.relu, sum.z), vin_relu_if(p.relu, sum.w));
    if (OUT_QUADS != 0u) {
        const uvec2 place = image_and_pixel(first);
        vin_store4(channel + place.x * p.out_n_stride + place.y, value);
        return;
    }
    [[unroll]] for (uint l = 0; l < 4; l++) {
        const uvec2 place = image_and_pixel(first + l);
        if (first + l < total) {
            vin_store(channel + place.x * p.out_n_stride + place.y, value[l]);
        }
    }
}

void main()
{
    const uint id = gl_LocalInvocationIndex;
    const uint part_k = gl_SubgroupID / PARTS_X, part_x = gl_SubgroupID % PARTS_X;
    const uint tile_x = gl_WorkGroupID.x * TILE_PIXELS, tile_k = gl_WorkGroupID.y * TILE_K;
    const uint n_rows = KERNEL_H * KERNEL_W * p.channels;
    const uint own_quad = id % X_QUADS, own_row = id / X_QUADS;
    const Source source = find_source(tile_x + own_quad * 4u);
    Row first_row = Row(0u, 0u, 0u);
    f16vec4 next_w[W_FETCHES], next_x[X_FETCHES];
    SUMS sums[OWN_M * OWN_N];

    [[unroll]] for (uint i = 0; i < OWN_M * OWN_N; i++) {
        sums[i] = SUMS(0.0);
    }
    for (uint row = 0u; row < n_rows + DEPTH; row += DEPTH) { // the last turn fetches nothing
        if (row > 0u) {
            [[unroll]] for (uint i = 0; i < W_FETCHES; i++) {
                const uint index = id + i * LOCAL;
                if (index < DEPTH * K_QUADS) {
                    sh_w[index / K_QUADS * W_STRIDE + index % K_QUADS] = next_w[i];
                }
            }
            [[unroll]] for (uint i = 0; i < X_FETCHES; i++) {
                if (own_row + i * X_ROWS < DEPTH) {
                    sh_x[(own_row + i * X_ROWS) * X_STRIDE + own_quad] = next_x[i];
                }
            }
        }
        barrier();
        if (row < n_rows) {
            [[unroll]] for (uint i = 0; i < W_FETCHES; i++) {
                const uint index = id + i * LOCAL;
                next_w[i] = f16vec4(
                    fetch_w(row + index / K_QUADS, tile_k / 4u + index % K_QUADS, n_rows));
            }
            [[unroll]] for (uint i = 0; i < X_FETCHES; i++) {
                const Row at = advance(first_row, own_row + i * X_ROWS, p.channels);
                next_x[i] = to_half(fetch_x(source, at));
            }
            first_row = advance(first_row, DEPTH, p.channels);
        }
        if (row > 0u) {
            [[unroll]] for (uint d = 0u; d < DEPTH; d += MATRIX_K) {
                MATRIX_A w[OWN_M];
                [[unroll]] for (uint i = 0; i < OWN_M; i++) {
                    coopMatLoad(w[i], sh_w,
                                d * W_STRIDE + (part_k * OWN_K + i * MATRIX_M) / 4u, W_STRIDE,
                                gl_CooperativeMatrixLayoutColumnMajor);
                }
                [[unroll]] for (uint j = 0; j < OWN_N; j++) {
                    MATRIX_B x;
                    coopMatLoad(x, sh_x,
                                d * X_STRIDE + (part_x * OWN_PIXELS + j * MATRIX_N) / 4u, X_STRIDE,
                                gl_CooperativeMatrixLayoutRowMajor);
                    [[unroll]] for (uint i = 0; i < OWN_M; i++) {
                        sums[i * OWN_N + j] = coopMatMulAdd(w[i], x, sums[i * OWN_N + j]);
                    }
                }
            }
        }
        barrier();
    }
    [[unroll]] for (uint i = 0; i < OWN_M * OWN_N; i++) {
        const uint k = tile_k + part_k * OWN_K + i / OWN_N * MATRIX_M;
        const uint x = tile_x + part_x * OWN_PIXELS + i % OWN_N * MATRIX_N;
        const uint staged = gl_SubgroupID * OUT_QUADS_ALL;
        coopMatStore(sums[i], sh_out, staged, OUT_QUAD_ROW, gl_CooperativeMatrixLayoutRowMajor);
        subgroupBarrier();
        for (uint at = gl_SubgroupInvocationID; at < OUT_QUADS_ALL; at += gl_SubgroupSize) {
            store_quad(k + at / OUT_QUAD_ROW, x + at % OUT_QUAD_ROW * 4u, sh_out[staged + at]);
        }
        subgroupBarrier();
    }
}
