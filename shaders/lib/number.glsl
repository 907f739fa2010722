// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What is no number. By the bits: a compiler may take isnan() for false and max() may drop a NaN,
// and then a broken network looks like a sound one.
#ifndef VIN_LIB_NUMBER_GLSL
#define VIN_LIB_NUMBER_GLSL

bool vin_is_nan(float value)
{
    return (floatBitsToUint(value) & 0x7fffffffu) > 0x7f800000u;
}

// The greater of the two; a NaN where one is.
float vin_max(float a, float b)
{
    return vin_is_nan(a) || a > b ? a : b;
}

#endif
