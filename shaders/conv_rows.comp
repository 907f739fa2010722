#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The convolution of conv_direct for small subgroups from a planar activation of few channels, as
// a network's first layer has them. STRIDE_W is given when it is compiled.
//
// A work group is one subgroup. Its lanes are output channels: lane l makes channels 2 l and
// 2 l + 1 of one block of 16, at 14 neighbouring pixels of one row. All the input values those
// pixels need of one row of the input lie next to each other:
//
//     | value 0 1 | 2 3 | ... | 14 15 |     first load: lane 0 holds 0 and 1, lane 1 2 and 3, ...
//     | 16 17 | ...                         second load, and so on
//
// so a row is loaded once, across the lanes, and serves all taps and pixels by broadcasts.
// Work group x: output rows times tiles of a row   y: block of output channels   z: image
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require
#include "abi/conv_rows.h"
#include "lib/address.glsl"
#include "lib/store_blocked.glsl"

layout(local_size_x = VIN_BLOCK_LANES) in;
layout(constant_id = VIN_CONV_ROWS_SPEC_PLANAR) const uint PLANAR = 0;
layout(constant_id = VIN_CONV_ROWS_SPEC_PAIRS) const uint PAIRS = 4;
layout(push_constant) uniform Push { vin_conv_rows_push p; };

const uint PIXELS = VIN_CONV_ROWS_PIXELS;
const uint SPAN = (PIXELS - 1) * STRIDE_W + VIN_CONV_ROWS_TAPS; // values of a row
const uint LOADS = (SPAN + VIN_BLOCK - 1) / VIN_BLOCK;
const uint64_t ROW_BYTES = uint64_t(VIN_BLOCK_LANES * 2 * 4); // one row of packed weights

// Value @n of the row, in all lanes. The lane of a broadcast must be a literal, hence macros.
#define VALUE(n) subgroupBroadcast(row[(n) / VIN_BLOCK][(n) % 2], (n) % VIN_BLOCK / 2)
#define MULTIPLY(i, j)                                                                         \
    {                                                                                          \
        float first = VALUE((i) * STRIDE_W + 2 * (j));                                         \
        float second = VALUE((i) * STRIDE_W + 2 * (j) + 1);                                    \
        acc[i].x += even.x * first;                                                            \
        acc[i].y += odd.x * first;                                                             \
        acc[i].x += even.y * second;                                                           \
        acc[i].y += odd.y * second;                                                            \
    }
#define MULTIPLY_PAIR(j)                                                                       \
    {                                                                                          \
        vec2 even = load_pair(w + uint64_t(2 * j) * ROW_BYTES);                                \
        vec2 odd = load_pair(w + uint64_t(2 * j + 1) * ROW_BYTES);                             \
        MULTIPLY(0, j)                                                                         \
        MULTIPLY(1, j)                                                                         \
        MULTIPLY(2, j)                                                                         \
        MULTIPLY(3, j)                                                                         \
        MULTIPLY(4, j)                                                                         \
        MULTIPLY(5, j)                                                                         \
        MULTIPLY(6, j)                                                                         \
        MULTIPLY(7, j)                                                                         \
        MULTIPLY(8, j)                                                                         \
        MULTIPLY(9, j)                                                                         \
        MULTIPLY(10, j)                                                                        \
        MULTIPLY(11, j)                                                                        \
        MULTIPLY(12, j)                                                                        \
        MULTIPLY(13, j)                                                                        \
    }

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint block = gl_WorkGroupID.y;
    const uint out_y = gl_WorkGroupID.x / p.tiles_w;
    const uint first = (gl_WorkGroupID.x - out_y * p.tiles_w) * PIXELS;
    const uint64_t arena = address_of(p.arena_lo, p.arena_hi);
    const uint64_t weights = address_of(p.weights_lo, p.weights_hi) + floats(p.weight_offset) +
                             uint64_t(lane * 8u);
    const int left = int(first * STRIDE_W) - int(p.pad_left) + int(lane * 2u);
    vec2 acc[PIXELS];

    vec2 bias = load_pair(weights + floats(block * VIN_BLOCK));
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        acc[i] = bias;
    }

    uint64_t w = weights + floats(p.out_blocks * VIN_BLOCK) +
                 uint64_t(block * p.channels * p.kernel_h) * floats(VIN_CONV_ROWS_CELL);
    for (uint c = 0; c < p.channels; c++) {
        const uint64_t plane =
            arena + floats(p.in_offset + gl_WorkGroupID.z * p.in_n_stride + c * p.in_c_stride);
        for (uint r = 0; r < p.kernel_h; r++) {
            const int y = int(out_y * p.stride_h + r * p.dilation_h) - int(p.pad_top);
            const bool row_inside = uint(y) < p.in_h;
            const uint64_t line = plane + floats(uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w);
            vec2 row[LOADS];
            [[unroll]] for (uint k = 0; k < LOADS; k++) {
                [[unroll]] for (uint m = 0; m < 2; m++) {
                    int x = left + int(k * VIN_BLOCK + m);
                    float loaded = load_float(line + floats(uint(clamp(x, 0, int(p.in_w) - 1))));
                    row[k][m] = row_inside && uint(x) < p.in_w ? loaded : 0.0;
                }
            }
            MULTIPLY_PAIR(0)
            if (PAIRS > 1u) {
                MULTIPLY_PAIR(1)
            }
            if (PAIRS > 2u) {
                MULTIPLY_PAIR(2)
            }
            if (PAIRS > 3u) {
                MULTIPLY_PAIR(3)
            }
            w += floats(VIN_CONV_ROWS_CELL);
        }
    }

    const Output o = Output(arena + floats(p.out_offset + gl_WorkGroupID.z * p.out_n_stride),
                            p.out_c_stride, p.out_channels, block, lane, p.relu, PLANAR != 0u);
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        if (first + i < p.out_w) {
            store_output(o, out_y * p.out_w + first + i, acc[i]);
        }
    }
}
