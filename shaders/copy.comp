#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// out[n][i] = in[n][i] for i < c*h*w: a tensor into a channel slice of another.
// Work group: VIN_COPY_LOCAL values of one image; y = image; the grid strides.
#extension GL_GOOGLE_include_directive : require
#include "abi/copy.h"

layout(local_size_x = VIN_COPY_LOCAL) in;
layout(set = 0, binding = VIN_BIND_ARENA) buffer Arena { float arena[]; };
layout(push_constant) uniform Push { vin_copy_push p; };

void main()
{
    uint n = gl_WorkGroupID.y;

    for (uint i = gl_GlobalInvocationID.x; i < p.count; i += gl_NumWorkGroups.x * VIN_COPY_LOCAL) {
        arena[p.out_offset + n * p.out_n_stride + i] = arena[p.in_offset + n * p.in_n_stride + i];
    }
}
