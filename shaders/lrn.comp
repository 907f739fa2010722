#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[c] = in[c] / (bias + alpha / SIZE * sum of in[j]^2)^beta, at every pixel, with j from
// c - (SIZE - 1) / 2 to c + SIZE / 2 (both rounded down), inside 0..C-1.
// An invocation makes VIN_LRN_TILE channels of one pixel, so neighbours' squares are read
// once. Work group x: pixels, y: channels, z: image.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/lrn.h"
#define VIN_PUSH vin_lrn_push
#define VIN_SPEC_IN_HALF VIN_LRN_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_LRN_SPEC_OUT_HALF
#include "lib/arena.glsl"
#include "lib/lrn.glsl"

layout(local_size_x = VIN_LRN_LOCAL) in;
layout(constant_id = VIN_LRN_SPEC_SIZE) const uint SIZE = 5;
layout(constant_id = VIN_LRN_SPEC_THREE_QUARTER) const uint THREE_QUARTER = 1;
const uint SPAN = VIN_LRN_TILE + SIZE - 1;

void main()
{
    const uint pixel = min(gl_GlobalInvocationID.x, p.pixels - 1u);
    const uint first = gl_WorkGroupID.y * VIN_LRN_TILE;
    const int before = int((SIZE - 1u) / 2u);
    const uint in_base = p.in_offset + gl_WorkGroupID.z * p.in_n_stride + pixel;
    const uint out_base = p.out_offset + gl_WorkGroupID.z * p.out_n_stride + pixel;
    float values[SPAN];

    [[unroll]] for (uint i = 0; i < SPAN; i++) {
        int c = int(first + i) - before;
        float loaded =
            vin_load(in_base + uint(clamp(c, 0, int(p.channels) - 1)) * p.in_c_stride);
        values[i] = uint(c) < p.channels ? loaded : 0.0;
    }
    [[unroll]] for (uint t = 0; t < VIN_LRN_TILE; t++) {
        float sum = 0.0;
        [[unroll]] for (uint i = 0; i < SIZE; i++) {
            sum += values[t + i] * values[t + i];
        }
        if (gl_GlobalInvocationID.x < p.pixels && first + t < p.channels) {
            vin_store(out_base + (first + t) * p.out_c_stride,
                      vin_lrn_divide(values[t + before], p.bias + p.alpha_over_size * sum, p.beta,
                                     THREE_QUARTER != 0u));
        }
    }
}
