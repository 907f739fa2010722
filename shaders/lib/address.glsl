// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Memory by address instead of by binding: a software driver gathers in one instruction what it
// loads lane by lane from a binding. All offsets are added in 64 bits, so that the driver can fold
// them; two floats are loaded as one 64-bit word, which is one gather, not two.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require

layout(buffer_reference, std430, buffer_reference_align = 8) buffer Word64 { uint64_t word; };
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Float32 { float value; };

uint64_t address_of(uint lo, uint hi)
{
    return packUint2x32(uvec2(lo, hi));
}

uint64_t floats(uint n)
{
    return uint64_t(n) * 4ul;
}

vec2 load_pair(uint64_t at)
{
    return uintBitsToFloat(unpackUint2x32(Word64(at).word));
}

void store_pair(uint64_t at, vec2 value)
{
    Word64(at).word = packUint2x32(floatBitsToUint(value));
}

float load_float(uint64_t at)
{
    return Float32(at).value;
}

void store_float(uint64_t at, float value)
{
    Float32(at).value = value;
}
