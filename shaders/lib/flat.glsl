// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A row of values cut into work groups: along x as far as the device goes, then along z.
#ifndef VIN_LIB_FLAT_GLSL
#define VIN_LIB_FLAT_GLSL

#include "abi/flat.h"

// May lie behind the end of the row.
uint vin_flat_index()
{
    return (gl_WorkGroupID.z * gl_NumWorkGroups.x + gl_WorkGroupID.x) * VIN_FLAT_LOCAL +
           gl_LocalInvocationID.x;
}

#endif
