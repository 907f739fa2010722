#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The product of conv_gemm in 8 bits: an instruction multiplies four channels of a pixel by four
// weights and adds them up in 32 bits (VK_KHR_shader_integer_dot_product; with VIN_PLAIN the same
// in ordinary arithmetic, for devices without it). Activations are rounded to 8 bits on their way
// to shared memory:
//
//     q = clamp(round(x * in_inverse) + in_zero, -128, 127), halves to the even number
//     y[k] = scale[k] * (start[k] + sum w[k][row] * q[row]) + bias[k]
//
// start takes in_zero out of the sum again, so that padding and the channels behind the last one,
// which have weights of 0, add nothing. Sums are exact.
//
// Work group x: TILE_PIXELS output pixels of all images as one row   y: TILE_K output channels
// Tiles and who has which sums: conv_gemm.comp. A row here is a tap and four channels, a word.
//
// No 8 bits stand for a NaN. A work group that read one makes all its outputs NaN, so that a broken
// input is seen.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#ifndef VIN_PLAIN
#extension GL_EXT_spirv_intrinsics : require
#endif
#include "abi/conv_gemm.h"
#define VIN_SPEC_IN_HALF VIN_CONV_GEMM_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_CONV_GEMM_SPEC_OUT_HALF
#include "lib/activation.glsl"
#include "lib/arena.glsl"
#include "lib/dot8.glsl"
#include "lib/number.glsl"

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
const uint N_SUMS = OWN_K * OWN_X_QUADS;            // named for a reason: conv_gemm.comp
const uint W_FETCHES = DEPTH * K_QUADS / LOCAL;     // quads of words an invocation fetches
const uint X_FETCHES = DEPTH * X_QUADS / LOCAL;
const uint X_ROWS = LOCAL / X_QUADS;                // rows between two of them

layout(push_constant) uniform Push { vin_conv_gemm_push p; };
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { vec4 weights[]; };
layout(set = 0, binding = VIN_BIND_WEIGHTSINT) readonly buffer WeightsInt { ivec4 weights_int[]; };

shared ivec4 sh_w[DEPTH * K_QUADS];
shared ivec4 sh_x[DEPTH * X_QUADS];
shared uint sh_is_broken; // somebody read a NaN

#include "lib/gather.glsl"

ivec4 quantize(vec4 value)
{
    const float least = float(-128 - p.in_zero), most = float(127 - p.in_zero);
    return ivec4(clamp(roundEven(value * p.in_inverse), least, most)) + p.in_zero;
}

// Four channels of each of four pixels.
ivec4 fetch_words(Source source, Row row, inout bool is_broken)
{
    ivec4 words = ivec4(0);
    [[unroll]] for (uint i = 0; i < 4; i++) {
        const uint channel = row.c * 4u + i;
        const Row of_channel = Row(channel < p.channels ? row.r : KERNEL_H, row.s, channel);
        const vec4 value = fetch_x(source, of_channel);
        is_broken = is_broken || vin_is_nan(value.x) || vin_is_nan(value.y) ||
                    vin_is_nan(value.z) || vin_is_nan(value.w);
        words |= (quantize(value) & 255) << (8u * i);
    }
    return words;
}

ivec4 fetch_weights(uint row, uint quad, uint n_rows)
{
    const bool inside = row < n_rows && quad < p.out_quads;
    const uint first = p.weight_offset + 3u * p.out_quads; // behind scale, bias and start
    const ivec4 words = weights_int[first + (inside ? row * p.out_quads + quad : 0u)];
    return inside ? words : ivec4(0);
}

void store(ivec4 sums[N_SUMS], uint k_quad, uint x_quad)
{
    const uint total = p.images * p.out_h * p.out_w;
    const bool is_broken = sh_is_broken != 0u;
    [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
        const uint first = (x_quad + j * X_LANES) * 4u;
        uint at[4];
        [[unroll]] for (uint l = 0; l < 4; l++) {
            const uvec2 place = image_and_pixel(first + l);
            at[l] = p.out_offset + place.x * p.out_n_stride + place.y;
        }
        [[unroll]] for (uint i = 0; i < OWN_K; i++) {
            const uint quad = k_quad + i / 4u * K_LANES, k = quad * 4u + i % 4u;
            const uint packed = p.weight_offset + min(quad, p.out_quads - 1u);
            const float scale = weights[packed][i % 4u];
            const float bias = weights[packed + p.out_quads][i % 4u];
            vec4 value = vec4(sums[i * OWN_X_QUADS + j]) * scale + bias;
            if (is_broken) {
                value = vec4(uintBitsToFloat(0x7fc00000u));
            }
            value = vec4(vin_relu_if(p.relu, value.x), vin_relu_if(p.relu, value.y),
                         vin_relu_if(p.relu, value.z), vin_relu_if(p.relu, value.w));
            if (k >= p.out_channels) {
                continue;
            }
            if (OUT_QUADS != 0u) {
                if (first < total) {
                    vin_store4(at[0] + k * p.out_c_stride, value);
                }
                continue;
            }
            [[unroll]] for (uint l = 0; l < 4; l++) {
                if (first + l < total) {
                    vin_store(at[l] + k * p.out_c_stride, value[l]);
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
    const uint n_rows = KERNEL_H * KERNEL_W * p.channel_quads;
    const Source source = find_source((tile_x + id % X_QUADS) * 4u);
    Row first_row = Row(0u, 0u, 0u);
    ivec4 next_w[W_FETCHES], next_x[X_FETCHES];
    ivec4 sums[N_SUMS];
    bool is_broken = false;

    if (id == 0u) {
        sh_is_broken = 0u;
    }
    [[unroll]] for (uint i = 0; i < OWN_K_QUADS; i++) {
        const uint quad = min(tile_k + own_k + i * K_LANES, p.out_quads - 1u);
        const ivec4 start = weights_int[p.weight_offset + 2u * p.out_quads + quad];
        [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
            sums[(i * 4u + 0u) * OWN_X_QUADS + j] = ivec4(start.x);
            sums[(i * 4u + 1u) * OWN_X_QUADS + j] = ivec4(start.y);
            sums[(i * 4u + 2u) * OWN_X_QUADS + j] = ivec4(start.z);
            sums[(i * 4u + 3u) * OWN_X_QUADS + j] = ivec4(start.w);
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
                next_w[i] = fetch_weights(row + index / K_QUADS, tile_k + index % K_QUADS, n_rows);
            }
            [[unroll]] for (uint i = 0; i < X_FETCHES; i++) {
                const Row at = advance(first_row, id / X_QUADS + i * X_ROWS, p.channel_quads);
                next_x[i] = fetch_words(source, at, is_broken);
            }
            first_row = advance(first_row, DEPTH, p.channel_quads);
        } else if (is_broken) {
            sh_is_broken = 1u;
        }
        if (row > 0u) {
            for (uint d = 0u; d < DEPTH; d++) {
                ivec4 w[OWN_K_QUADS], x[OWN_X_QUADS];
                [[unroll]] for (uint i = 0; i < OWN_K_QUADS; i++) {
                    w[i] = sh_w[d * K_QUADS + own_k + i * K_LANES];
                }
                [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
                    x[j] = sh_x[d * X_QUADS + own_x + j * X_LANES];
                }
                [[unroll]] for (uint i = 0; i < OWN_K; i++) {
                    [[unroll]] for (uint j = 0; j < OWN_X_QUADS; j++) {
                        sums[i * OWN_X_QUADS + j] += vin_dot8x4(w[i / 4u][i % 4u], x[j]);
                    }
                }
            }
        }
        barrier();
    }
    store(sums, tile_k + own_k, tile_x + own_x);
}
