#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The normalisation of lrn.comp from a blocked activation to a blocked one (abi/blocked.h). An
// invocation makes two neighbouring channels of a pixel and loads the pairs of channels around
// them; those of an image are one row, cut into work groups by lib/flat.glsl.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "abi/lrn_blocked.h"
#include "lib/address.glsl"
#include "lib/flat.glsl"
#include "lib/lrn.glsl"

layout(local_size_x = VIN_FLAT_LOCAL) in;
layout(constant_id = VIN_LRN_SPEC_SIZE) const uint SIZE = 5;
layout(constant_id = VIN_LRN_SPEC_THREE_QUARTER) const uint THREE_QUARTER = 1;
const uint BEFORE = (SIZE - 1) / 2;           // channels of the window below its own
const uint PAIRS_BEFORE = (BEFORE + 1) / 2;
const uint PAIRS_AFTER = (SIZE / 2 + 1) / 2;
const uint PAIRS = PAIRS_BEFORE + 1 + PAIRS_AFTER;
layout(push_constant) uniform Push { vin_lrn_blocked_push p; };

void main()
{
    const uint n = gl_WorkGroupID.y;
    const uint n_pairs = p.blocks * VIN_BLOCK_LANES;
    const uint count = n_pairs * p.pixels;
    const uint i = min(vin_flat_index(), count - 1u);
    const uint lane = i % VIN_BLOCK_LANES;
    const uint block = i / (p.pixels * VIN_BLOCK_LANES);
    const uint pixel = i / VIN_BLOCK_LANES - block * p.pixels;
    const uint64_t arena = address_of(p.arena_lo, p.arena_hi);
    const uint64_t in_base =
        arena + floats(p.in_offset + n * p.in_n_stride + pixel * VIN_BLOCK);
    float values[2 * PAIRS];
    vec2 result;

    [[unroll]] for (uint j = 0; j < PAIRS; j++) {
        int pair = int(block * VIN_BLOCK_LANES + lane + j) - int(PAIRS_BEFORE);
        uint at = uint(clamp(pair, 0, int(n_pairs) - 1));
        vec2 loaded = load_pair(in_base + floats(at / VIN_BLOCK_LANES * p.in_c_stride +
                                                 at % VIN_BLOCK_LANES * 2u));
        bool inside = uint(pair) < n_pairs; // channels beyond C are zero
        values[2 * j] = inside ? loaded.x : 0.0;
        values[2 * j + 1] = inside ? loaded.y : 0.0;
    }
    [[unroll]] for (uint t = 0; t < 2; t++) {
        float sum = 0.0;
        [[unroll]] for (uint k = 0; k < SIZE; k++) {
            float value = values[2 * PAIRS_BEFORE + t + k - BEFORE];
            sum += value * value;
        }
        result[t] = vin_lrn_divide(values[2 * PAIRS_BEFORE + t],
                                   p.bias + p.alpha_over_size * sum, p.beta,
                                   THREE_QUARTER != 0u);
    }
    if (vin_flat_index() < count) {
        store_pair(arena + floats(p.out_offset + n * p.out_n_stride + block * p.out_c_stride +
                                  pixel * VIN_BLOCK + lane * 2u),
                   result);
    }
}
