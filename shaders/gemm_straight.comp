#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The product of gemm.comp in straight-line code (lib/straight.glsl). Lanes are eight neighbouring
// outputs, of IMAGES images, so that a weight is loaded once for all of these; each subgroup of a
// work group adds up one chunk of the inputs (abi/gemm_straight.h):
//
//     sums[image] += weight[k] (a vector) * input[image][k] (the same in all lanes)
//
// Work group x: 8 outputs   y: IMAGES images
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#include "abi/gemm_straight.h"
#include "lib/activation.glsl"
#include "lib/address.glsl"

layout(local_size_x_id = VIN_GEMM_STRAIGHT_SPEC_LOCAL) in;
layout(constant_id = VIN_GEMM_STRAIGHT_SPEC_CHUNKS) const uint CHUNKS = 1;
layout(constant_id = VIN_GEMM_STRAIGHT_SPEC_INPUTS) const uint INPUTS = 64;
layout(constant_id = VIN_GEMM_STRAIGHT_SPEC_IMAGES) const uint IMAGES = 1;
layout(push_constant) uniform Push {
    vin_gemm_straight_push p;
    uint digit[VIN_STRAIGHT_DIGITS];
};
#include "lib/straight.glsl"

const uint GROUP = (CHUNKS * INPUTS + 1) * VIN_STRAIGHT_LANES; // bias and weights, floats
const uint SHARE = (IMAGES + CHUNKS - 1) / CHUNKS; // images that a subgroup ends up with

shared vec4 partial[CHUNKS * IMAGES * 2];

void multiply(inout float sums[IMAGES], uint64_t inputs, uint64_t w)
{
    [[unroll]] for (uint k = 0; k < INPUTS; k += 4) {
        vec4 values[IMAGES];

        [[unroll]] for (uint i = 0; i < IMAGES; i++) {
            values[i] = load_four(inputs + floats(i * p.in_n_stride) + floats(k));
        }
        [[unroll]] for (uint j = 0; j < 4; j++) {
            const float weight = load_lanes(w + uint64_t((k + j) * VIN_STRAIGHT_LANES * 4u));

            [[unroll]] for (uint i = 0; i < IMAGES; i++) {
                sums[i] += weight * values[i][j];
            }
        }
    }
}

void store_partial(float sums[IMAGES], uint chunk)
{
    [[unroll]] for (uint i = 0; i < IMAGES; i++) {
        const float sum = sums[i];

        partial[(chunk * IMAGES + i) * 2] =
            vec4(subgroupBroadcast(sum, 0), subgroupBroadcast(sum, 1),
                 subgroupBroadcast(sum, 2), subgroupBroadcast(sum, 3));
        partial[(chunk * IMAGES + i) * 2 + 1] =
            vec4(subgroupBroadcast(sum, 4), subgroupBroadcast(sum, 5),
                 subgroupBroadcast(sum, 6), subgroupBroadcast(sum, 7));
    }
}

// This subgroup's share of the images, from what all subgroups have added up.
void store_share(uint subgroup, uint first_image, float bias)
{
    const uint m = gl_WorkGroupID.x * VIN_STRAIGHT_LANES + gl_SubgroupInvocationID;

    [[unroll]] for (uint j = 0; j < SHARE; j++) {
        const uint image = min(subgroup * SHARE + j, IMAGES - 1u);
        float sum = bias;

        [[unroll]] for (uint t = 0; t < CHUNKS; t++) {
            sum += spread(partial[(t * IMAGES + image) * 2],
                          partial[(t * IMAGES + image) * 2 + 1]);
        }
        if (m < p.n_out) {
            store_float(address_of(p.arena_lo, p.arena_hi) +
                            floats(p.out_offset + (first_image + image) * p.out_n_stride + m),
                        vin_relu_if(p.relu, sum));
        }
    }
}

void main()
{
    const uint chunk = same2(gl_SubgroupID);
    const uint first_image = same2(gl_WorkGroupID.y) * IMAGES;
    const uint64_t inputs = address_of(p.arena_lo, p.arena_hi) +
                            floats(p.in_offset + first_image * p.in_n_stride +
                                   min(chunk * INPUTS, p.n_in - INPUTS));
    const uint64_t biases = address_of(p.weights_lo, p.weights_hi) +
                            floats(p.weight_offset + same3(gl_WorkGroupID.x) * GROUP);
    const uint64_t w = biases + floats((chunk * INPUTS + 1u) * VIN_STRAIGHT_LANES);
    float sums[IMAGES];

    [[unroll]] for (uint i = 0; i < IMAGES; i++) {
        sums[i] = 0.0;
    }
    multiply(sums, inputs, w);
    store_partial(sums, chunk);
    barrier();
    store_share(chunk, first_image, load_lanes(biases));
}
