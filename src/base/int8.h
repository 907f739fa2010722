/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers in 8 bits: steps of equal size over a range.
 */
#ifndef VIN_BASE_INT8_H
#define VIN_BASE_INT8_H

#include <glib.h>

/* q = clamp(round(x * inverse) + zero, -128, 127) stands for (q - zero) * step. 0 is one of the
 * numbers that have a q of their own, for what is read beyond the edges of a map is 0. */
typedef struct {
    double step;
    float inverse; /* 1 / step, as shaders multiply with it */
    gint32 zero;   /* -128 for a range that begins at 0, which has 255 steps above it then */
} VinInt8Range;

/* Of the values low..high; low <= 0 <= high. Neither so narrow nor so wide that a step or its
 * inverse is no ordinary float: FALSE. */
gboolean vin_int8_range(float low, float high, VinInt8Range *range);

/* Weights, as whole steps from -127 to 127 of max |w| / 127, which it returns; 0 where all are 0,
 * a NaN or an infinity where one is. */
float vin_int8_weights(const float *weights, gsize n, gint8 *dst);

#endif
