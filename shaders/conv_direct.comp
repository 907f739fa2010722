#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][k][y][x] = bias[k] + sum over c, r, s of
//     w[k][c][r][s] * in[n][c][y * stride + r * dilation - pad][x * ...]
// Any filter, stride, padding and dilation; one group. Layout of the weights: abi/conv.h.
//
// An invocation makes PIXELS output pixels x BLOCKS * 16 output channels:
//
//     work group x: the output map as one row      y: output channels       z: image
//     |<- LOCAL ->|<- LOCAL ->| ... PIXELS times   BLOCKS * 16 a group
//
// Lanes are neighbouring pixels, so weights have the same address in all of them. Nothing
// branches around a load: an address outside the input is clamped and its value dropped.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/conv.h"
#define VIN_PUSH vin_conv_push
#include "lib/activation.glsl"
#include "lib/arena.glsl"

layout(local_size_x = 64, local_size_x_id = VIN_CONV_SPEC_LOCAL) in;
layout(constant_id = VIN_CONV_SPEC_PIXELS) const uint PIXELS = 1;
layout(constant_id = VIN_CONV_SPEC_BLOCKS) const uint BLOCKS = 1;
layout(constant_id = VIN_CONV_SPEC_BLOCKED) const uint BLOCKED = 0;
const uint VECS = VIN_CONV_BLOCK / 4; // vec4s a block
const uint ROW = BLOCKS * VECS;       // vec4s a pixel

layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { vec4 weights[]; };

void main()
{
    const uint block = gl_WorkGroupID.y * BLOCKS;
    const uint first = gl_WorkGroupID.x * gl_WorkGroupSize.x * PIXELS + gl_LocalInvocationID.x;
    const uint n_pixels = p.out_h * p.out_w;
    const uint in_base = p.in_offset + gl_WorkGroupID.z * p.in_n_stride;
    const uint block_vecs = p.kernel_h * p.kernel_w * p.channels * VECS;
    int top[PIXELS], left[PIXELS];
    vec4 acc[PIXELS * ROW];

    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        uint pixel = min(first + i * gl_WorkGroupSize.x, n_pixels - 1u);
        uint y = pixel / p.out_w;
        top[i] = int(y * p.stride_h) - int(p.pad_top);
        left[i] = int((pixel - y * p.out_w) * p.stride_w) - int(p.pad_left);
    }
    [[unroll]] for (uint q = 0; q < ROW; q++) {
        vec4 bias = weights[p.weight_offset + block * VECS + q];
        [[unroll]] for (uint i = 0; i < PIXELS; i++) {
            acc[i * ROW + q] = bias;
        }
    }

    uint w = p.weight_offset + p.blocks_padded * VECS + block * block_vecs;
    for (uint r = 0; r < p.kernel_h; r++) {
        for (uint s = 0; s < p.kernel_w; s++) {
            uint at[PIXELS];
            bool inside[PIXELS];
            [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                int y = top[i] + int(r * p.dilation_h);
                int x = left[i] + int(s * p.dilation_w);
                inside[i] = uint(y) < p.in_h && uint(x) < p.in_w;
                at[i] = in_base + uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w +
                        uint(clamp(x, 0, int(p.in_w) - 1));
            }
            for (uint c = 0; c < p.channels; c++) {
                float value[PIXELS];
                [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                    float loaded = arena[at[i] + c * p.in_c_stride];
                    value[i] = inside[i] ? loaded : 0.0;
                }
                [[unroll]] for (uint b = 0; b < BLOCKS; b++) {
                    [[unroll]] for (uint q = 0; q < VECS; q++) {
                        vec4 weight = weights[w + b * block_vecs + q];
                        [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                            acc[i * ROW + b * VECS + q] += weight * value[i];
                        }
                    }
                }
                w += VECS;
            }
        }
    }

    // A real loop that moves the pixels up, so that the code has the stores of one pixel:
    // compiling those of all took longer than everything else.
    const uint out_base = p.out_offset + gl_WorkGroupID.z * p.out_n_stride;
    const uint n_channels = BLOCKED != 0u // a blocked output is zero beyond its channels
                                ? (p.out_channels + VIN_BLOCK - 1u) / VIN_BLOCK * VIN_BLOCK
                                : p.out_channels;
    [[dont_unroll]] for (uint i = 0; i < PIXELS; i++) {
        uint pixel = first + i * gl_WorkGroupSize.x;
        if (pixel < n_pixels) {
            [[unroll]] for (uint q = 0; q < ROW; q++) {
                [[unroll]] for (uint j = 0; j < 4; j++) {
                    uint k = block * VIN_CONV_BLOCK + q * 4 + j;
                    float value = vin_relu_if(p.relu, acc[q][j]);
                    uint at = BLOCKED != 0u ? k / VIN_BLOCK * p.out_c_stride +
                                                  pixel * VIN_BLOCK + k % VIN_BLOCK
                                            : k * p.out_c_stride + pixel;
                    if (k < n_channels) {
                        arena[out_base + at] = value;
                    }
                }
            }
        }
        [[unroll]] for (uint q = 0; q < (PIXELS - 1) * ROW; q++) {
            acc[q] = acc[q + ROW];
        }
    }
}
