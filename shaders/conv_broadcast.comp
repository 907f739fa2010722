#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The convolution of conv_direct for small subgroups, from a blocked activation (abi/blocked.h).
//
// A work group is one subgroup. Its lanes are output channels: lane l makes channels 2 l and
// 2 l + 1 of one block of 16 at PIXELS output pixels, all in registers. Of every pixel of the
// window it loads 16 input channels across the lanes, and each value reaches all lanes by a
// broadcast from the lane that holds it:
//
//     acc[pixel].channel += weight.channel[k] * broadcast(input[pixel], lane of k)
//
// Work group x: PIXELS pixels of the output map as one row   y: block of output channels   z: image
// The loops over the window and the input's blocks stay loops, the body over 16 inputs is unrolled.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require
#include "abi/conv_broadcast.h"
#include "lib/address.glsl"
#include "lib/store_blocked.glsl"

layout(local_size_x = VIN_BLOCK_LANES) in;
layout(constant_id = VIN_CONV_BROADCAST_SPEC_PIXELS) const uint PIXELS = 14;
layout(constant_id = VIN_CONV_BROADCAST_SPEC_PADDED) const uint PADDED = 1;
layout(constant_id = VIN_CONV_BROADCAST_SPEC_PLANAR) const uint PLANAR = 0;
layout(push_constant) uniform Push { vin_conv_broadcast_push p; };

const uint64_t ROW_BYTES = uint64_t(VIN_BLOCK_LANES * 2 * 4); // one row of packed weights

// Two input channels, from lane @j. A macro, because the lane of a broadcast must be a literal.
#define MULTIPLY_PAIR(j)                                                                       \
    {                                                                                          \
        vec2 even = load_pair(w + uint64_t(2 * j) * ROW_BYTES);                                \
        vec2 odd = load_pair(w + uint64_t(2 * j + 1) * ROW_BYTES);                             \
        [[unroll]] for (uint i = 0; i < PIXELS; i++) {                                         \
            float first = subgroupBroadcast(values[i].x, j);                                   \
            float second = subgroupBroadcast(values[i].y, j);                                  \
            acc[i].x += even.x * first;                                                        \
            acc[i].y += odd.x * first;                                                         \
            acc[i].x += even.y * second;                                                       \
            acc[i].y += odd.y * second;                                                        \
        }                                                                                      \
    }

void multiply(inout vec2 acc[PIXELS], vec2 values[PIXELS], uint64_t w)
{
    MULTIPLY_PAIR(0)
    MULTIPLY_PAIR(1)
    MULTIPLY_PAIR(2)
    MULTIPLY_PAIR(3)
    MULTIPLY_PAIR(4)
    MULTIPLY_PAIR(5)
    MULTIPLY_PAIR(6)
    MULTIPLY_PAIR(7)
}

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint block = gl_WorkGroupID.y;
    const uint first = gl_WorkGroupID.x * PIXELS;
    const uint n_pixels = p.out_h * p.out_w;
    const uint64_t weights = address_of(p.weights_lo, p.weights_hi) +
                             floats(p.weight_offset) + uint64_t(lane * 8u);
    const uint64_t in_base = address_of(p.arena_lo, p.arena_hi) + uint64_t(lane * 8u) +
                             floats(p.in_offset + gl_WorkGroupID.z * p.in_n_stride);
    const uint64_t block_step = floats(p.in_c_stride);
    int top[PIXELS], left[PIXELS];
    vec2 acc[PIXELS];

    vec2 bias = load_pair(weights + floats(block * VIN_BLOCK));
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        uint pixel = min(first + i, n_pixels - 1u);
        uint y = pixel / p.out_w;
        top[i] = int(y * p.stride_h) - int(p.pad_top);
        left[i] = int((pixel - y * p.out_w) * p.stride_w) - int(p.pad_left);
        acc[i] = bias;
    }

    uint64_t w = weights + floats(p.out_blocks * VIN_BLOCK) +
                 uint64_t(block * p.kernel_h * p.kernel_w * p.in_blocks) *
                     floats(VIN_BLOCK * VIN_BLOCK);
    for (uint r = 0; r < p.kernel_h; r++) {
        for (uint s = 0; s < p.kernel_w; s++) {
            uint64_t at[PIXELS];
            bool inside[PIXELS];
            [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                int y = top[i] + int(r * p.dilation_h);
                int x = left[i] + int(s * p.dilation_w);
                inside[i] = PADDED == 0u || (uint(y) < p.in_h && uint(x) < p.in_w);
                at[i] = in_base + floats((uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w +
                                          uint(clamp(x, 0, int(p.in_w) - 1))) *
                                         VIN_BLOCK);
            }
            uint64_t step = 0ul;
            for (uint c = 0; c < p.in_blocks; c++) {
                vec2 values[PIXELS];
                [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                    vec2 loaded = load_pair(at[i] + step);
                    values[i] = inside[i] ? loaded : vec2(0.0);
                }
                multiply(acc, values, w);
                w += floats(VIN_BLOCK * VIN_BLOCK);
                step += block_step;
            }
        }
    }

    const Output o =
        Output(address_of(p.arena_lo, p.arena_hi) +
                   floats(p.out_offset + gl_WorkGroupID.z * p.out_n_stride),
               p.out_c_stride, p.out_channels, block, lane, p.relu, PLANAR != 0u);
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        if (first + i < n_pixels) {
            store_output(o, first + i, acc[i]);
        }
    }
}
