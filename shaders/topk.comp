#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The k highest of c scores, highest first, equal ones by index, NaN last; the same answer
// whatever the device. A work group serves one image: k rounds, each finding the best score
// that comes after the one before.
#extension GL_GOOGLE_include_directive : require
#include "abi/topk.h"

layout(local_size_x = VIN_TOPK_LOCAL) in;
layout(set = 0, binding = VIN_BIND_ARENA) readonly buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_RESULT) buffer Result { uint result[]; };
layout(push_constant) uniform Push { vin_topk_push p; };

// Key and index of a lane's best; the index says whether there is one.
shared uint best_key[VIN_TOPK_LOCAL];
shared uint best_index[VIN_TOPK_LOCAL];

// Bits whose order as integers is the order of the scores; NaN below all, -0 equal to 0.
uint order_key(uint bits)
{
    if ((bits & 0x7fffffffu) > 0x7f800000u) {
        return 0u;
    }
    if (bits == 0x80000000u) {
        bits = 0u;
    }
    return (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
}

// Does (key_a, index_a) come before (key_b, index_b)? Nothing comes after "no index".
bool comes_before(uint key_a, uint index_a, uint key_b, uint index_b)
{
    if (index_b == VIN_TOPK_NO_INDEX) {
        return index_a != VIN_TOPK_NO_INDEX;
    }
    return index_a != VIN_TOPK_NO_INDEX &&
           (key_a > key_b || (key_a == key_b && index_a < index_b));
}

void find_in_lane(uint lane, uint base, bool is_first, uint last_key, uint last_index)
{
    uint key = 0u;
    uint index = VIN_TOPK_NO_INDEX;

    for (uint c = lane; c < p.channels; c += VIN_TOPK_LOCAL) {
        uint candidate = order_key(floatBitsToUint(arena[base + c * p.in_c_stride]));
        if ((is_first || comes_before(last_key, last_index, candidate, c)) &&
            comes_before(candidate, c, key, index)) {
            key = candidate;
            index = c;
        }
    }
    best_key[lane] = key;
    best_index[lane] = index;
}

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint n = gl_WorkGroupID.x;
    const uint base = p.in_offset + n * p.in_n_stride;
    const uint out_base = n * (2u * p.k + p.n_scores);
    uint last_key = 0u;
    uint last_index = 0u;

    for (uint round = 0; round < p.k; round++) {
        find_in_lane(lane, base, round == 0u, last_key, last_index);
        barrier();
        for (uint step = VIN_TOPK_LOCAL / 2; step > 0; step /= 2) {
            if (lane < step && comes_before(best_key[lane + step], best_index[lane + step],
                                            best_key[lane], best_index[lane])) {
                best_key[lane] = best_key[lane + step];
                best_index[lane] = best_index[lane + step];
            }
            barrier();
        }
        last_key = best_key[0];
        last_index = best_index[0];
        barrier();
        if (lane == 0u) {
            bool found = last_index != VIN_TOPK_NO_INDEX;
            uint at = base + min(last_index, p.channels - 1u) * p.in_c_stride;
            result[out_base + 2u * round] = last_index;
            result[out_base + 2u * round + 1u] = found ? floatBitsToUint(arena[at]) : 0xff800000u;
        }
    }
    for (uint c = lane; c < p.n_scores; c += VIN_TOPK_LOCAL) {
        result[out_base + 2u * p.k + c] = floatBitsToUint(arena[base + c * p.in_c_stride]);
    }
}
