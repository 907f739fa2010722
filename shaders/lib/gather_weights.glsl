// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The weights of a convolution as a matrix product: the rows of abi/conv_gemm.h, in quads.
#ifndef VIN_LIB_GATHER_WEIGHTS_GLSL
#define VIN_LIB_GATHER_WEIGHTS_GLSL

layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { vec4 weights[]; };
#ifdef VIN_HALF
layout(set = 0, binding = VIN_BIND_WEIGHTSHALF) readonly buffer WeightsHalf
{
    f16vec4 weights_half[];
};
#endif

vec4 fetch_w(uint depth_row, uint quad, uint n_rows)
{
    const bool inside = depth_row < n_rows && quad < p.out_quads;
    const uint at = inside ? depth_row * p.out_quads + quad : 0u;
    const uint first = p.weight_offset + p.out_quads; // behind the bias
#ifdef VIN_HALF
    const vec4 value = vec4(weights_half[2u * first + at]);
#else
    const vec4 value = weights[first + at];
#endif
    return inside ? value : vec4(0.0);
}

#endif
