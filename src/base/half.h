/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 16-bit floats.
 */
#ifndef VIN_BASE_HALF_H
#define VIN_BASE_HALF_H

#include <glib.h>

#define VIN_HALF_MAX 65504.0f /* the largest finite one */

/* The nearest one, of two the even one. What is too large for any becomes the largest finite one,
 * an infinity too; a NaN stays a NaN. */
guint16 vin_half_from_float(float value);
float vin_half_to_float(guint16 half);

#endif
