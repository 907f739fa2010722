#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][c][y][x] = maximum or average of the window of in[n][c] that starts at
// (y * stride - pad). Cells of the padding never enter a maximum or a sum.
// An invocation makes one output value of one image; the values of an image are one row, cut into
// work groups by lib/flat.glsl. Small windows are unrolled: without a loop a software driver
// knows that all lanes are active and loads several times as fast.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/pool.h"
#define VIN_PUSH vin_pool_push
#define VIN_SPEC_IN_HALF VIN_POOL_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_POOL_SPEC_OUT_HALF
#include "lib/arena.glsl"
#include "lib/flat.glsl"
#include "lib/number.glsl"
#include "lib/window.glsl"

layout(local_size_x = VIN_FLAT_LOCAL) in;
layout(constant_id = VIN_POOL_SPEC_METHOD) const uint METHOD = VIN_POOL_MAX;
layout(constant_id = VIN_POOL_SPEC_KERNEL_H) const uint KERNEL_H = 0; // 0: p.kernel_h
layout(constant_id = VIN_POOL_SPEC_KERNEL_W) const uint KERNEL_W = 0;

float pool(uint base, int top, int left)
{
    const float minus_infinity = uintBitsToFloat(0xff800000u);
    const uint kernel_h = KERNEL_H != 0u ? KERNEL_H : p.kernel_h;
    const uint kernel_w = KERNEL_W != 0u ? KERNEL_W : p.kernel_w;
    float best = minus_infinity;
    float sum = 0.0;
    uint cells = 0u;

    [[unroll]] for (uint r = 0; r < kernel_h; r++) {
        int y = top + int(r * p.dilation_h);
        uint row = base + uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w;
        [[unroll]] for (uint s = 0; s < kernel_w; s++) {
            int x = left + int(s * p.dilation_w);
            bool inside = uint(y) < p.in_h && uint(x) < p.in_w;
            float value = vin_load(row + uint(clamp(x, 0, int(p.in_w) - 1)));
            if (METHOD == VIN_POOL_MAX) {
                best = vin_max(inside ? value : minus_infinity, best);
            } else {
                sum += inside ? value : 0.0;
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
    const uint count = p.channels * n_pixels;
    const uint i = min(vin_flat_index(), count - 1u);
    const uint c = i / n_pixels;
    const uint pixel = i - c * n_pixels;
    const uint y = pixel / p.out_w;
    const uint x = pixel - y * p.out_w;
    const uint base = p.in_offset + n * p.in_n_stride + c * p.in_c_stride;
    const float value =
        pool(base, int(y * p.stride_h) - int(p.pad_top), int(x * p.stride_w) - int(p.pad_left));

    if (vin_flat_index() < count) {
        vin_store(p.out_offset + n * p.out_n_stride + c * p.out_c_stride + pixel, value);
    }
}
