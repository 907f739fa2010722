#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[c] = exp(in[c] - max) / sum of exp(in[j] - max), over the channels of one pixel. Where an
// input is NaN, or the maximum infinite, every output is NaN.
// A work group makes one pixel's vector: x = pixel, y = image.
#extension GL_GOOGLE_include_directive : require
#include "abi/softmax.h"
#define VIN_PUSH vin_softmax_push
#include "lib/arena.glsl"
#include "lib/number.glsl"

layout(local_size_x = VIN_SOFTMAX_LOCAL) in;

shared float partial[VIN_SOFTMAX_LOCAL];

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint in_base = p.in_offset + gl_WorkGroupID.y * p.in_n_stride + gl_WorkGroupID.x;
    const uint out_base = p.out_offset + gl_WorkGroupID.y * p.out_n_stride + gl_WorkGroupID.x;
    float highest = uintBitsToFloat(0xff800000u);
    float sum = 0.0;
    bool is_sound;

    for (uint c = lane; c < p.channels; c += VIN_SOFTMAX_LOCAL) {
        highest = vin_max(arena[in_base + c * p.in_c_stride], highest);
    }
    partial[lane] = highest;
    barrier();
    for (uint step = VIN_SOFTMAX_LOCAL / 2; step > 0; step /= 2) {
        if (lane < step) {
            partial[lane] = vin_max(partial[lane + step], partial[lane]);
        }
        barrier();
    }
    highest = partial[0];
    is_sound = (floatBitsToUint(highest) & 0x7f800000u) != 0x7f800000u;
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
        float value = exp(arena[in_base + c * p.in_c_stride] - highest) / sum;
        arena[out_base + c * p.out_c_stride] = is_sound ? value : uintBitsToFloat(0x7fc00000u);
    }
}
