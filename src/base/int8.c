/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ranges and weights to steps of 8 bits. Activations become so in shaders/conv_dot8.comp.
 */
#include "base/int8.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define STEPS 255 /* of a range, from -128 to 127 */
#define MAX_WEIGHT 127

gboolean vin_int8_range(float low, float high, VinInt8Range *range)
{
    const double width = (double)high - (double)low;
    const double inverse = STEPS / width;

    if (!(low <= 0) || !(high >= 0) || !(width / STEPS >= (double)FLT_MIN) ||
        !(inverse >= (double)FLT_MIN) || width > (double)FLT_MAX) {
        return FALSE;
    }
    range->step = width / STEPS;
    range->inverse = (float)inverse;
    range->zero = (gint32)lrint(-128 - (double)low * inverse);
    return isfinite(range->inverse);
}

float vin_int8_weights(const float *weights, gsize n, gint8 *dst)
{
    float most = 0;

    for (gsize i = 0; i < n; i++) {
        most = fabsf(weights[i]) > most || isnan(weights[i]) ? fabsf(weights[i]) : most;
        if (isnan(most)) {
            break;
        }
    }
    if (!isfinite(most) || most == 0) {
        memset(dst, 0, n);
        return most;
    }
    for (gsize i = 0; i < n; i++) {
        dst[i] = (gint8)lrint((double)weights[i] * MAX_WEIGHT / (double)most);
    }
    return most / MAX_WEIGHT;
}
