#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Compiled when a build is configured: does the compiler take an instruction by its number, and do
// the tools behind it know this one? It is never run.
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_spirv_intrinsics : require
#include "lib/dot8.glsl"

layout(local_size_x = 32) in;
shared ivec4 values[32];

void main()
{
    values[gl_LocalInvocationIndex] =
        vin_dot8x4(int(gl_LocalInvocationIndex), values[gl_LocalInvocationIndex]);
}
