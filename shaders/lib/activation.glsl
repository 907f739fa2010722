// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What a layer may do to a value on its way out.
#ifndef VIN_LIB_ACTIVATION_GLSL
#define VIN_LIB_ACTIVATION_GLSL

// Not max(): a NaN stays a NaN, so that a broken input is seen.
float vin_relu_if(uint relu, float value)
{
    return relu != 0u && value < 0.0 ? 0.0 : value;
}

#endif
