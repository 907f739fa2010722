// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Sums of products of signed bytes, four in a word. GLSL has had a function for OpSDot for a short
// time only, and SPIR-V as its compilers have been able to name it for long does as well. The
// numbers are those of SPV_KHR_integer_dot_product: the capabilities DotProduct and
// DotProductInput4x8BitPacked, the instruction, and PackedVectorFormat4x8Bit.
#ifndef VIN_LIB_DOT8_GLSL
#define VIN_LIB_DOT8_GLSL

#ifdef VIN_PLAIN

int vin_dot8(int a, int b)
{
    return bitfieldExtract(a, 0, 8) * bitfieldExtract(b, 0, 8) +
           bitfieldExtract(a, 8, 8) * bitfieldExtract(b, 8, 8) +
           bitfieldExtract(a, 16, 8) * bitfieldExtract(b, 16, 8) +
           bitfieldExtract(a, 24, 8) * bitfieldExtract(b, 24, 8);
}

#else

spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019],
                  id = 4450)
int vin_op_sdot(int a, int b, spirv_literal int format);

int vin_dot8(int a, int b)
{
    return vin_op_sdot(a, b, 0);
}

#endif

ivec4 vin_dot8x4(int a, ivec4 b)
{
    return ivec4(vin_dot8(a, b.x), vin_dot8(a, b.y), vin_dot8(a, b.z), vin_dot8(a, b.w));
}

#endif
