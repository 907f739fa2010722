/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One plane of doubles, for the reference of pre-processing.
 */
#ifndef VIN_TESTS_PLANE_H
#define VIN_TESTS_PLANE_H

#include <glib.h>

typedef struct {
    guint width, height;
    double *values; /* [height][width] */
} Plane;

static inline Plane plane_new(guint width, guint height)
{
    return (Plane){width, height, g_new(double, (gsize)width * height)};
}

/* The sample at @index, edges repeated. */
static inline guint clamp_index(double index, guint size)
{
    return index < 0 ? 0 : index > size - 1 ? size - 1 : (guint)index;
}

#endif
