#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The maximum of pool.comp in straight-line code, from a blocked activation to a blocked one
// (abi/blocked.h). Lanes are eight neighbouring channels; a lane makes TILE_H x TILE_W output
// pixels. Every value of the input under a tile is loaded once: down each column its rows are
// folded into one maximum for each row of the tile, and that goes into the windows it belongs to.
//
//     column     0 1 2 3 4 5 6 ...
//     window 0   * * *                kernel 3, stride 2
//     window 1       * * *
//
// What lies outside of the input is the nearest value inside, which belongs to the same window.
// Work group x: tile   y: 8 channels   z: image
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "abi/pool_straight.h"
#include "lib/address.glsl"
#include "lib/number.glsl"

layout(local_size_x = VIN_STRAIGHT_LANES) in;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_KERNEL_H) const uint KERNEL_H = 3;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_KERNEL_W) const uint KERNEL_W = 3;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_STRIDE_H) const uint STRIDE_H = 1;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_STRIDE_W) const uint STRIDE_W = 1;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_TILE_W) const uint TILE_W = 14;
layout(constant_id = VIN_POOL_STRAIGHT_SPEC_TILE_H) const uint TILE_H = 1;
layout(push_constant) uniform Push {
    vin_pool_straight_push p;
    uint digit[VIN_STRAIGHT_DIGITS];
};
#include "lib/straight.glsl"

const uint ROWS = (TILE_H - 1) * STRIDE_H + KERNEL_H; // of the input, under a tile
const uint COLUMNS = (TILE_W - 1) * STRIDE_W + KERNEL_W;

uint64_t half_block(uint offset, uint n_stride, uint c_stride)
{
    const uint group = same2(gl_WorkGroupID.y);

    return address_of(p.arena_lo, p.arena_hi) +
           floats(offset + same2(gl_WorkGroupID.z) * n_stride + group / 2u * c_stride +
                  group % 2u * VIN_STRAIGHT_LANES);
}

uint inside(int at, uint size)
{
    return uint(clamp(at, 0, int(size) - 1));
}

void main()
{
    const uint tile = same3(gl_WorkGroupID.x);
    const uint tile_row = tile * p.tiles_w_magic >> 16;
    // The last tiles of a map overlap the ones before and make the same values there.
    const uint y = min(tile_row * TILE_H, p.out_h - TILE_H);
    const uint x = min((tile - tile_row * p.tiles_w) * TILE_W, p.out_w - TILE_W);
    const int top = int(y * STRIDE_H) - int(p.pad_top);
    const int left = int(x * STRIDE_W) - int(p.pad_left);
    const uint64_t in_base = half_block(p.in_offset, p.in_n_stride, p.in_c_stride);
    const uint64_t out_base = half_block(p.out_offset, p.out_n_stride, p.out_c_stride) +
                              floats(gl_SubgroupInvocationID);
    uint64_t rows[ROWS];
    float best[TILE_H * TILE_W];

    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        rows[r] = in_base + floats(inside(top + int(r), p.in_h) * p.in_w * VIN_BLOCK);
    }
    [[unroll]] for (uint c = 0; c < COLUMNS; c++) {
        const uint64_t column = floats(inside(left + int(c), p.in_w) * VIN_BLOCK);
        float values[ROWS];

        [[unroll]] for (uint r = 0; r < ROWS; r++) {
            values[r] = load_lanes(rows[r] + column);
        }
        [[unroll]] for (uint i = 0; i < TILE_H; i++) {
            float highest = values[i * STRIDE_H];
            [[unroll]] for (uint r = 1; r < KERNEL_H; r++) {
                highest = vin_max(values[i * STRIDE_H + r], highest);
            }
            [[unroll]] for (uint s = 0; s < KERNEL_W; s++) { // the window's cell that it is
                const uint at = i * TILE_W + (c - s) / STRIDE_W;
                if (c >= s && (c - s) % STRIDE_W == 0u && (c - s) / STRIDE_W < TILE_W) {
                    best[at] = s == 0u ? highest : vin_max(highest, best[at]);
                }
            }
        }
    }
    [[unroll]] for (uint i = 0; i < TILE_H * TILE_W; i++) {
        store_float(out_base + floats(((y + i / TILE_W) * p.out_w + x + i % TILE_W) * VIN_BLOCK),
                    best[i]);
    }
}
