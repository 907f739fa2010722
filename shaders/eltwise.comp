#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][c][i] = f(x[n][c][i], y), f = add, multiply, sigmoid of x or just x, then relu if wanted;
// y is another activation's value at the same place or a constant of the channel.
// An invocation makes one value of one image (lib/flat.glsl); work group y = image.
#extension GL_GOOGLE_include_directive : require
#include "abi/eltwise.h"
#define VIN_PUSH vin_eltwise_push
#define VIN_SPEC_IN_HALF VIN_ELTWISE_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_ELTWISE_SPEC_OUT_HALF
#include "lib/activation.glsl"
#include "lib/arena.glsl"
#include "lib/flat.glsl"
#include "lib/number.glsl"

layout(local_size_x = VIN_FLAT_LOCAL) in;
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { float weights[]; };

float rhs_value(uint n, uint i)
{
    if (p.rhs == VIN_ELTWISE_RHS_CHANNEL) {
        return weights[p.rhs_offset + i / p.pixels];
    }
    return vin_load(p.rhs_offset + n * p.rhs_n_stride + i);
}

// exp() of what is not above 0 cannot overflow; what it makes of a NaN is the driver's choice.
float sigmoid(float x)
{
    const float e = exp(-abs(x));

    return vin_is_nan(x) ? x : (x < 0.0 ? e : 1.0) / (1.0 + e);
}

void main()
{
    const uint n = gl_WorkGroupID.y;
    const uint i = min(vin_flat_index(), p.count - 1u);
    float value = vin_load(p.in_offset + n * p.in_n_stride + i);

    if (p.method == VIN_ELTWISE_ADD) {
        value += rhs_value(n, i);
    } else if (p.method == VIN_ELTWISE_MUL) {
        value *= rhs_value(n, i);
    } else if (p.method == VIN_ELTWISE_SIGMOID) {
        value = sigmoid(value);
    }
    if (vin_flat_index() < p.count) {
        vin_store(p.out_offset + n * p.out_n_stride + i, vin_relu_if(p.relu, value));
    }
}
