// SPDX-License-Identifier: LGPL-2.1-or-later
//
// How a lane stores its two output channels of a pixel, in either order. Needs lib/address.glsl.
#ifndef VIN_LIB_STORE_BLOCKED_GLSL
#define VIN_LIB_STORE_BLOCKED_GLSL

#include "abi/blocked.h"
#include "lib/activation.glsl"

struct Output {
    uint64_t base;         // of the image
    uint c_stride;         // floats from block to block, or from channel to channel of a planar one
    uint channels;         // K
    uint block, lane;
    uint relu;
    bool planar;
};

void store_output(Output o, uint pixel, vec2 sums)
{
    const uint channel = o.block * VIN_BLOCK + o.lane * 2u;
    const vec2 value = vec2(vin_relu_if(o.relu, sums.x), vin_relu_if(o.relu, sums.y));

    if (!o.planar) {
        store_pair(o.base + floats(o.block * o.c_stride + pixel * VIN_BLOCK + o.lane * 2u), value);
        return;
    }
    uint64_t at = o.base + floats(channel * o.c_stride + pixel);
    if (channel < o.channels) {
        store_float(at, value.x);
    }
    if (channel + 1u < o.channels) {
        store_float(at + floats(o.c_stride), value.y);
    }
}

#endif
