#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][i] = in[n][i] for i < c*h*w: a tensor into a channel slice of another.
// An invocation makes one value of one image (lib/flat.glsl); work group y = image.
#extension GL_GOOGLE_include_directive : require
#include "abi/copy.h"
#define VIN_PUSH vin_copy_push
#define VIN_SPEC_IN_HALF VIN_COPY_SPEC_IN_HALF
#define VIN_SPEC_OUT_HALF VIN_COPY_SPEC_OUT_HALF
#include "lib/arena.glsl"
#include "lib/flat.glsl"

layout(local_size_x = VIN_FLAT_LOCAL) in;

void main()
{
    const uint i = vin_flat_index();
    const uint n = gl_WorkGroupID.y;
    const float value =
        vin_load(p.in_offset + n * p.in_n_stride + min(i, p.count - 1u));

    if (i < p.count) {
        vin_store(p.out_offset + n * p.out_n_stride + i, value);
    }
}
