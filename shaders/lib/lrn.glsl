// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The division of a local response normalisation.
#ifndef VIN_LIB_LRN_GLSL
#define VIN_LIB_LRN_GLSL

// @three_quarter: beta is 0.75, two square roots do.
float vin_lrn_divide(float value, float base, float beta, bool three_quarter)
{
    if (three_quarter) {
        float root = sqrt(base);
        return value / (root * sqrt(root));
    }
    return value / pow(base, beta);
}

#endif
