// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The arena as floats and as vec4s; with VIN_HALF also as 16-bit floats, where specialization says
// which of them the input and the output are. Places are counted in values of their own type.
// The views are one memory, but no dispatch reads what it writes. With VIN_FAR the arena is not
// bound, for it is more than a binding shows, but at the address that push constants begin with; as
// floats only. VIN_PUSH is the type of the shader's push constants, which are declared here.
#ifndef VIN_LIB_ARENA_GLSL
#define VIN_LIB_ARENA_GLSL

#include "abi/types.h"

#ifdef VIN_FAR
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
layout(buffer_reference, std430, buffer_reference_align = 16) buffer FarArena { float values[]; };
layout(push_constant) uniform Push { uvec2 arena_address; VIN_PUSH p; };
#define arena FarArena(arena_address).values
#else
#ifdef VIN_PUSH
layout(push_constant) uniform Push { VIN_PUSH p; };
#endif
layout(set = 0, binding = VIN_BIND_ARENA) buffer Arena { float arena[]; };
layout(set = 0, binding = VIN_BIND_ARENA4) buffer Arena4 { vec4 arena4[]; };
#endif
#ifdef VIN_HALF
#extension GL_EXT_shader_16bit_storage : require
layout(set = 0, binding = VIN_BIND_ARENAHALF) buffer ArenaHalf { float16_t arena_half[]; };
layout(set = 0, binding = VIN_BIND_ARENAHALF4) buffer ArenaHalf4 { f16vec4 arena_half4[]; };
layout(constant_id = VIN_SPEC_IN_HALF) const uint IN_HALF = 0;
layout(constant_id = VIN_SPEC_OUT_HALF) const uint OUT_HALF = 0;

const float HALF_MAX = 65504.0; // the largest finite one

// What is too large becomes the largest, not infinity; a NaN stays one.
float vin_to_half_range(float value)
{
    return value > HALF_MAX ? HALF_MAX : value < -HALF_MAX ? -HALF_MAX : value;
}
#endif

float vin_load(uint at)
{
#ifdef VIN_HALF
    if (IN_HALF != 0u) {
        return float(arena_half[at]);
    }
#endif
    return arena[at];
}

#ifndef VIN_FAR
// @at: a multiple of 4.
vec4 vin_load4(uint at)
{
#ifdef VIN_HALF
    if (IN_HALF != 0u) {
        return vec4(arena_half4[at / 4u]);
    }
#endif
    return arena4[at / 4u];
}
#endif

void vin_store(uint at, float value)
{
#ifdef VIN_HALF
    if (OUT_HALF != 0u) {
        arena_half[at] = float16_t(vin_to_half_range(value));
        return;
    }
#endif
    arena[at] = value;
}

#ifndef VIN_FAR
// @at: a multiple of 4.
void vin_store4(uint at, vec4 value)
{
#ifdef VIN_HALF
    if (OUT_HALF != 0u) {
        arena_half4[at / 4u] =
            f16vec4(vec4(vin_to_half_range(value.x), vin_to_half_range(value.y),
                         vin_to_half_range(value.z), vin_to_half_range(value.w)));
        return;
    }
#endif
    arena4[at / 4u] = value;
}
#endif

#endif
