// SPDX-License-Identifier: LGPL-2.1-or-later
//
// For code without a loop and without a branch around its loads, as llvmpipe likes it. That driver
// loads once and copies to all lanes what it can prove to have the same address in all of them;
// eight such loads side by side that end up in the lanes of a vector become one load of it. It
// proves little: sums and products of constants and push constants, outside of loops and branches.
// So numbers such as gl_WorkGroupID are looked up digit by digit in push constants.
// Needs lib/address.glsl and, among the push constants, digit[VIN_STRAIGHT_DIGITS].
#ifndef VIN_LIB_STRAIGHT_GLSL
#define VIN_LIB_STRAIGHT_GLSL

layout(buffer_reference, std430, buffer_reference_align = 4) buffer Four { vec4 values; };

// @x, below 16, 256 or 4096, as the driver can see that it is the same in all lanes.
uint same1(uint x)
{
    return digit[x & 15u];
}

uint same2(uint x)
{
    return digit[x & 15u] + digit[(x >> 4) & 15u] * 16u;
}

uint same3(uint x)
{
    return same2(x) + digit[(x >> 8) & 15u] * 256u;
}

vec4 load_four(uint64_t at)
{
    return Four(at).values;
}

// Value l of the eight in lane l.
float spread(vec4 low, vec4 high)
{
    const uint lane = gl_SubgroupInvocationID;
    float value = low.x;

    value = mix(value, low.y, lane == 1u);
    value = mix(value, low.z, lane == 2u);
    value = mix(value, low.w, lane == 3u);
    value = mix(value, high.x, lane == 4u);
    value = mix(value, high.y, lane == 5u);
    value = mix(value, high.z, lane == 6u);
    return mix(value, high.w, lane == 7u);
}

float load_lanes(uint64_t at)
{
    return spread(load_four(at), load_four(at + 16ul));
}

#endif
