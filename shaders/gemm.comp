#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][m] = bias[m] + sum over c of w[c][m] * in[n][c]: a fully connected layer.
// An invocation makes one output; lanes are neighbouring outputs, whose weights lie side by
// side (abi/gemm.h). Work group y = image. Four partial sums hide the latency of the loads.
#extension GL_GOOGLE_include_directive : require
#include "abi/gemm.h"
#define VIN_PUSH vin_gemm_push
#include "lib/activation.glsl"
#include "lib/arena.glsl"

layout(local_size_x = VIN_GEMM_LOCAL) in;
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { float weights[]; };

void main()
{
    const uint m = min(gl_GlobalInvocationID.x, p.n_out - 1u);
    const uint in_base = p.in_offset + gl_WorkGroupID.y * p.in_n_stride;
    uint w = p.weight_offset + p.n_out_padded + m;
    float sum0 = weights[p.weight_offset + m], sum1 = 0.0, sum2 = 0.0, sum3 = 0.0;
    uint c = 0;

    for (; c + 4u <= p.n_in; c += 4u) {
        sum0 += weights[w] * arena[in_base + c];
        sum1 += weights[w + p.n_out_padded] * arena[in_base + c + 1u];
        sum2 += weights[w + 2u * p.n_out_padded] * arena[in_base + c + 2u];
        sum3 += weights[w + 3u * p.n_out_padded] * arena[in_base + c + 3u];
        w += 4u * p.n_out_padded;
    }
    for (; c < p.n_in; c++) {
        sum0 += weights[w] * arena[in_base + c];
        w += p.n_out_padded;
    }
    if (gl_GlobalInvocationID.x < p.n_out) {
        arena[p.out_offset + gl_WorkGroupID.y * p.out_n_stride + m] =
            vin_relu_if(p.relu, (sum0 + sum1) + (sum2 + sum3));
    }
}
