/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 16-bit floats: one bit of sign, five of exponent (bias 15), ten of mantissa.
 */
#include "base/half.h"

#include <math.h>
#include <string.h>

static guint32 bits_of(float value)
{
    guint32 bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

guint16 vin_half_from_float(float value)
{
    const guint16 sign = bits_of(value) >> 16 & 0x8000;
    guint32 magnitude = bits_of(fabsf(value));

    if (isnan(value)) {
        return sign | 0x7e00;
    }
    if (fabsf(value) >= VIN_HALF_MAX) {
        return sign | 0x7bff;
    }
    if (fabsf(value) < 0x1p-14f) {
        /* Without an exponent, in steps of 2^-24: those of a float between a half and one. */
        return sign | (guint16)(bits_of(fabsf(value) + 0.5f) - bits_of(0.5f));
    }
    /* 13 bits fewer, rounded to the nearest; a carry into the exponent is as it should be. */
    magnitude += 0xfff + (magnitude >> 13 & 1);
    return sign | (guint16)((magnitude >> 13) - ((127 - 15) << 10));
}

float vin_half_to_float(guint16 half)
{
    const int exponent = (half >> 10) & 0x1f;
    const int mantissa = half & 0x3ff;
    const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;

    if (exponent == 0x1f) {
        return mantissa != 0 ? NAN : sign * INFINITY;
    }
    if (exponent == 0) {
        return sign * ldexpf((float)mantissa, -24);
    }
    return sign * ldexpf((float)(mantissa + 0x400), exponent - 25);
}
