#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The pooling of pool.comp from a blocked activation to a blocked one (abi/blocked.h). An
// invocation makes two neighbouring channels of an output pixel; those of an image are one row,
// cut into work groups by lib/flat.glsl.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/pool_blocked.h"
#include "lib/address.glsl"
#include "lib/flat.glsl"
#include "lib/number.glsl"
#include "lib/window.glsl"

layout(local_size_x = VIN_FLAT_LOCAL) in;
layout(constant_id = VIN_POOL_SPEC_METHOD) const uint METHOD = VIN_POOL_MAX;
layout(constant_id = VIN_POOL_SPEC_KERNEL_H) const uint KERNEL_H = 0; // 0: p.kernel_h
layout(constant_id = VIN_POOL_SPEC_KERNEL_W) const uint KERNEL_W = 0;
layout(push_constant) uniform Push { vin_pool_blocked_push p; };

vec2 pool(uint64_t base, int top, int left)
{
    const vec2 minus_infinity = vec2(uintBitsToFloat(0xff800000u));
    const uint kernel_h = KERNEL_H != 0u ? KERNEL_H : p.kernel_h;
    const uint kernel_w = KERNEL_W != 0u ? KERNEL_W : p.kernel_w;
    vec2 best = minus_infinity;
    vec2 sum = vec2(0.0);
    uint cells = 0u;

    [[unroll]] for (uint r = 0; r < kernel_h; r++) {
        int y = top + int(r * p.dilation_h);
        uint row = uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w;
        [[unroll]] for (uint s = 0; s < kernel_w; s++) {
            int x = left + int(s * p.dilation_w);
            bool inside = uint(y) < p.in_h && uint(x) < p.in_w;
            uint cell = row + uint(clamp(x, 0, int(p.in_w) - 1));
            vec2 value = load_pair(base + floats(cell * VIN_BLOCK));
            if (METHOD == VIN_POOL_MAX) {
                vec2 candidate = inside ? value : minus_infinity;
                best = vec2(vin_max(candidate.x, best.x), vin_max(candidate.y, best.y));
            } else {
                sum += inside ? value : vec2(0.0);
                cells += inside ? 1u : 0u;
            }
        }
    }
    if (METHOD == VIN_POOL_MAX) {
        return best;
    }
    if (METHOD == VIN_POOL_AVERAGE_PADDED) {
        cells = vin_padded_cells(top, kernel_h, p.dilation_h, p.in_h + p.pad_bottom) *
                vin_padded_cells(left, kernel_w, p.dilation_w, p.in_w + p.pad_right);
    }
    return sum / float(max(cells, 1u));
}

void main()
{
    const uint n = gl_WorkGroupID.y;
    const uint n_pixels = p.out_h * p.out_w;
    const uint count = p.blocks * n_pixels * VIN_BLOCK_LANES;
    const uint i = min(vin_flat_index(), count - 1u);
    const uint lane = i % VIN_BLOCK_LANES;
    const uint block = i / (n_pixels * VIN_BLOCK_LANES);
    const uint pixel = i / VIN_BLOCK_LANES - block * n_pixels;
    const uint y = pixel / p.out_w;
    const uint x = pixel - y * p.out_w;
    const uint64_t arena = address_of(p.arena_lo, p.arena_hi) + uint64_t(lane * 8u);
    const vec2 value =
        pool(arena + floats(p.in_offset + n * p.in_n_stride + block * p.in_c_stride),
             int(y * p.stride_h) - int(p.pad_top), int(x * p.stride_w) - int(p.pad_left));

    if (vin_flat_index() < count) {
        store_pair(arena + floats(p.out_offset + n * p.out_n_stride + block * p.out_c_stride +
                                  pixel * VIN_BLOCK),
                   value);
    }
}
