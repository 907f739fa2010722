/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Overflow-checked sizes. Used wherever a number comes from a file or a frame.
 */
#ifndef VIN_BASE_BYTES_H
#define VIN_BASE_BYTES_H

#include <glib.h>

/* *out = a * b; FALSE on overflow of 64 bits. */
static inline gboolean vin_mul_u64(guint64 a, guint64 b, guint64 *out)
{
    return g_uint64_checked_mul(out, a, b);
}

/* The smallest multiple of @alignment (a power of two) not below @value. */
static inline guint64 vin_align_up(guint64 value, guint64 alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline guint32 vin_div_up(guint32 a, guint32 b)
{
    return a / b + (a % b != 0);
}

#endif
