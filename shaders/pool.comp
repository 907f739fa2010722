#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][c][y][x] = maximum or average of the window of in[n][c] that starts at
// (y * stride - pad). Cells of the padding never enter a maximum or a sum.
// An invocation makes one output value; work group y = image. The grid strides over an image
// that has more values than work groups fit.
#extension GL_GOOGLE_include_directive : require
#include "abi/pool.h"

layout(local_size_x = VIN_POOL_LOCAL) in;
layout(set = 0, binding = VIN_BIND_ARENA) buffer Arena { float arena[]; };
layout(push_constant) uniform Push { vin_pool_push p; };

// Cells of one axis of the window that lie inside the padded input: a window in ceil mode may
// reach over the far padding, and those cells do not count.
uint padded_cells(int start, uint kernel, uint dilation, uint far_end)
{
    uint fit = (uint(int(far_end) - start) + dilation - 1u) / dilation;
    return min(kernel, fit);
}

float pool(uint base, int top, int left)
{
    const float minus_infinity = uintBitsToFloat(0xff800000u);
    float best = minus_infinity;
    float sum = 0.0;
    uint cells = 0u;

    for (uint r = 0; r < p.kernel_h; r++) {
        int y = top + int(r * p.dilation_h);
        uint row = base + uint(clamp(y, 0, int(p.in_h) - 1)) * p.in_w;
        for (uint s = 0; s < p.kernel_w; s++) {
            int x = left + int(s * p.dilation_w);
            bool inside = uint(y) < p.in_h && uint(x) < p.in_w;
            float value = arena[row + uint(clamp(x, 0, int(p.in_w) - 1))];
            best = max(best, inside ? value : minus_infinity);
            sum += inside ? value : 0.0;
            cells += inside ? 1u : 0u;
        }
    }
    if (p.method == VIN_POOL_MAX) {
        return best;
    }
    if (p.method == VIN_POOL_AVERAGE_PADDED) {
        cells = padded_cells(top, p.kernel_h, p.dilation_h, p.in_h + p.pad_bottom) *
                padded_cells(left, p.kernel_w, p.dilation_w, p.in_w + p.pad_right);
    }
    return sum / float(max(cells, 1u));
}

void main()
{
    const uint n = gl_WorkGroupID.y;
    const uint n_pixels = p.out_h * p.out_w;

    for (uint i = gl_GlobalInvocationID.x; i < p.channels * n_pixels;
         i += gl_NumWorkGroups.x * VIN_POOL_LOCAL) {
        uint c = i / n_pixels;
        uint pixel = i - c * n_pixels;
        uint y = pixel / p.out_w;
        uint x = pixel - y * p.out_w;
        uint base = p.in_offset + n * p.in_n_stride + c * p.in_c_stride;

        arena[p.out_offset + n * p.out_n_stride + c * p.out_c_stride + pixel] =
            pool(base, int(y * p.stride_h) - int(p.pad_top), int(x * p.stride_w) - int(p.pad_left));
    }
}
