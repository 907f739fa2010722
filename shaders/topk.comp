#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The k highest of c scores, highest first, equal ones by index, NaN never; the same answer
// whatever the device. How many are NaN. A work group serves one image.
//
// Scores with their indices are made pairs of numbers whose order is the result's (no two are
// equal). The least pair that is kept is found digit by digit, eight bits each, the first digit
// first, from how many pairs have which digit; then the kept ones are gathered, and each counts
// those before it. So the scores are read six times or less, nine times where many are equal,
// whatever k is. (Finding one after the other reads them k times: more turns of a loop than the
// 65535 that Mesa's llvmpipe allows a shader, after which it just leaves the loop.)
#extension GL_GOOGLE_include_directive : require
#include "abi/topk.h"
#include "lib/number.glsl"

#define N_BINS (2u * VIN_TOPK_LOCAL)
#define N_DIGITS 7u // four of a score's bits, three of its index

layout(local_size_x = VIN_TOPK_LOCAL) in;
layout(set = 0, binding = VIN_BIND_ARENA) readonly buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_RESULT) buffer Result { uint result[]; };
layout(push_constant) uniform Push { vin_topk_push p; };

shared uint bins[N_BINS];
shared uint chosen_bin, chosen_above, chosen_count; // of choose()
shared uvec2 kept[VIN_TOPK_MAX_K];
shared uint n_kept;

// Bits whose order as integers is the order of the scores, -0 equal to 0; the index backwards.
uvec2 pair_of(float score, uint c)
{
    uint bits = floatBitsToUint(score);

    if (bits == 0x80000000u) {
        bits = 0u;
    }
    bits = (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
    return uvec2(bits, VIN_TOPK_MAX_CHANNELS - 1u - c);
}

bool comes_before(uvec2 a, uvec2 b)
{
    return a.x > b.x || (a.x == b.x && a.y > b.y);
}

// Where the digit lies in a pair.
uvec2 digit_shifts(uint digit)
{
    return digit < 4u ? uvec2(24u - 8u * digit, 32u) : uvec2(32u, 48u - 8u * digit);
}

uint digit_of(uvec2 pair, uint digit)
{
    uvec2 shifts = digit_shifts(digit);

    return (digit < 4u ? pair.x >> shifts.x : pair.y >> shifts.y) & 0xffu;
}

uvec2 place_digit(uint value, uint digit)
{
    uvec2 shifts = digit_shifts(digit);

    return digit < 4u ? uvec2(value << shifts.x, 0u) : uvec2(0u, value << shifts.y);
}

// bins[b]: how many pairs that begin with @prefix have a digit of b or more.
void count(uint lane, uint base, uint digit, uvec2 prefix, uvec2 mask)
{
    bins[lane] = 0u;
    bins[lane + VIN_TOPK_LOCAL] = 0u;
    barrier();
    for (uint c = lane; c < p.channels; c += VIN_TOPK_LOCAL) {
        float score = arena[base + c * p.in_c_stride];
        uvec2 pair = pair_of(score, c);
        if (!vin_is_nan(score) && (pair & mask) == prefix) {
            atomicAdd(bins[digit_of(pair, digit)], 1u);
        }
    }
    barrier();
    for (uint step = 1u; step < N_BINS; step *= 2u) {
        uint high_bin = lane + VIN_TOPK_LOCAL;
        uint low = bins[lane] + bins[min(lane + step, N_BINS - 1u)];
        uint high = bins[min(high_bin + step, N_BINS - 1u)];
        high = bins[high_bin] + (high_bin + step < N_BINS ? high : 0u);
        barrier();
        bins[lane] = low;
        bins[high_bin] = high;
        barrier();
    }
}

// The bin that holds the last of the @need first.
void choose(uint lane, uint need)
{
    for (uint b = lane; b < N_BINS; b += VIN_TOPK_LOCAL) {
        uint above = bins[min(b + 1u, N_BINS - 1u)];
        above = b + 1u < N_BINS ? above : 0u;
        if (above < need && need <= bins[b]) {
            chosen_bin = b;
            chosen_above = above;
            chosen_count = bins[b] - above;
        }
    }
    barrier();
}

void gather(uint lane, uint base, uvec2 prefix, uvec2 mask)
{
    if (lane == 0u) {
        n_kept = 0u;
    }
    barrier();
    for (uint c = lane; c < p.channels; c += VIN_TOPK_LOCAL) {
        float score = arena[base + c * p.in_c_stride];
        uvec2 pair = pair_of(score, c);
        if (!vin_is_nan(score) && !comes_before(prefix, pair & mask)) {
            kept[min(atomicAdd(n_kept, 1u), VIN_TOPK_MAX_K - 1u)] = pair;
        }
    }
    barrier();
}

void write_kept(uint lane, uint base, uint out_base)
{
    const uvec2 own = kept[lane];
    uint place = 0u;

    if (lane < n_kept) {
        const uint index = VIN_TOPK_MAX_CHANNELS - 1u - own.y;

        for (uint i = 0u; i < n_kept; i++) {
            place += comes_before(kept[i], own) ? 1u : 0u;
        }
        result[out_base + 2u * place] = index;
        result[out_base + 2u * place + 1u] =
            floatBitsToUint(arena[base + min(index, p.channels - 1u) * p.in_c_stride]);
    } else if (lane < p.k) {
        result[out_base + 2u * lane] = VIN_TOPK_NO_INDEX;
        result[out_base + 2u * lane + 1u] = 0xff800000u;
    }
}

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint n = gl_WorkGroupID.x;
    const uint base = p.in_offset + n * p.in_n_stride;
    const uint out_base = n * (2u * p.k + 1u + p.n_scores);
    uvec2 prefix = uvec2(0u);
    uvec2 mask = uvec2(0u);
    uint n_numbers;
    uint need = p.k;

    count(lane, base, 0u, prefix, mask);
    n_numbers = bins[0];
    for (uint digit = 0u; need > 0u && need < n_numbers && digit < N_DIGITS; digit++) {
        if (digit > 0u) {
            count(lane, base, digit, prefix, mask);
        }
        choose(lane, need);
        prefix |= place_digit(chosen_bin, digit);
        mask |= place_digit(0xffu, digit);
        need -= chosen_above;
        // All of the bin is wanted: no later digit matters.
        need = chosen_count == need ? 0u : need;
        barrier();
    }
    if (p.k > 0u) {
        gather(lane, base, prefix, mask);
        write_kept(lane, base, out_base);
    }
    if (lane == 0u) {
        result[out_base + 2u * p.k] = p.channels - n_numbers;
    }
    for (uint c = lane; c < p.n_scores; c += VIN_TOPK_LOCAL) {
        result[out_base + 2u * p.k + 1u + c] = floatBitsToUint(arena[base + c * p.in_c_stride]);
    }
}
