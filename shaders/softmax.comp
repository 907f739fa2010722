#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[c] = exp(in[c] - max) / sum of exp(in[j] - max), over the channels of one pixel.
// A work group makes one pixel's vector: x = pixel, y = image.
#extension GL_GOOGLE_include_directive : require
#include "abi/softmax.h"

layout(local_size_x = VIN_SOFTMAX_LOCAL) in;
layout(set = 0, binding = VIN_BIND_ARENA) buffer Arena { float arena[]; };
layout(push_constant) uniform Push { vin_softmax_push p; };

shared float partial[VIN_SOFTMAX_LOCAL];

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint in_base = p.in_offset + gl_WorkGroupID.y * p.in_n_stride + gl_WorkGroupID.x;
    const uint out_base = p.out_offset + gl_WorkGroupID.y * p.out_n_stride + gl_WorkGroupID.x;
    float highest = uintBitsToFloat(0xff800000u);
    float sum = 0.0;

    for (uint c = lane; c < p.channels; c += VIN_SOFTMAX_LOCAL) {
        highest = max(highest, arena[in_base + c * p.in_c_stride]);
    }
    partial[lane] = highest;
    barrier();
    for (uint step = VIN_SOFTMAX_LOCAL / 2; step > 0; step /= 2) {
        if (lane < step) {
            partial[lane] = max(partial[lane], partial[lane + step]);
        }
        barrier();
    }
    highest = partial[0];
    barrier();

    for (uint c = lane; c < p.channels; c += VIN_SOFTMAX_LOCAL) {
        sum += exp(arena[in_base + c * p.in_c_stride] - highest);
    }
    partial[lane] = sum;
    barrier();
    for (uint step = VIN_SOFTMAX_LOCAL / 2; step > 0; step /= 2) {
        if (lane < step) {
            partial[lane] += partial[lane + step];
        }
        barrier();
    }
    sum = partial[0];

    for (uint c = lane; c < p.channels; c += VIN_SOFTMAX_LOCAL) {
        arena[out_base + c * p.out_c_stride] =
            exp(arena[in_base + c * p.in_c_stride] - highest) / sum;
    }
}
