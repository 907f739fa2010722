/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Random values that are the same on every machine and every run: SplitMix64 (Steele, Lea,
 * Flood 2014) from a seed. Header only, for any test.
 */
#ifndef VIN_TESTS_RANDOM_H
#define VIN_TESTS_RANDOM_H

#include "graph/graph.h"

typedef struct {
    guint64 state; /* the seed, to begin with */
} VinRandom;

static inline guint32 vin_random_u32(VinRandom *random)
{
    guint64 z = random->state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return (guint32)((z ^ (z >> 31)) >> 32);
}

/* low <= result <= high */
static inline guint32 vin_random_range(VinRandom *random, guint32 low, guint32 high)
{
    return low + (guint32)(vin_random_u32(random) % ((guint64)high - low + 1));
}

/* low <= result < high, of 2^24 steps */
static inline float vin_random_float(VinRandom *random, float low, float high)
{
    return low + (high - low) * ((float)(vin_random_u32(random) >> 8) / 16777216.0f);
}

/* To g_free(). */
static inline float *vin_random_floats(VinRandom *random, gsize n, float low, float high)
{
    float *values = g_new(float, n);

    for (gsize i = 0; i < n; i++) {
        values[i] = vin_random_float(random, low, high);
    }
    return values;
}

/* A constant of random values in @graph. */
static inline VinTensor *vin_random_constant(VinRandom *random, VinGraph *graph,
                                             const char *name, const VinShape *shape,
                                             float low, float high)
{
    gsize n = (gsize)vin_shape_n_values(shape);
    g_autoptr(GBytes) data =
        g_bytes_new_take(vin_random_floats(random, n, low, high), n * sizeof(float));

    return vin_graph_add_constant(graph, name, VIN_TYPE_F32, shape, data);
}

#endif
