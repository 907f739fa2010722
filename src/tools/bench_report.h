/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What vin-bench was asked for, what it measured, and telling it.
 */
#ifndef VIN_TOOLS_BENCH_REPORT_H
#define VIN_TOOLS_BENCH_REPORT_H

#include "tool.h"

#define BENCH_PICTURES 4 /* different frames, so that nothing is cached between two */

typedef struct {
    ToolOptions options;
    int frames, warm_up, batch;
    char *size, *format;
    gboolean layers, json;
} BenchJob;

typedef struct {
    char *name, *kernel;
    guint64 ns, macs; /* ns: of all frames together */
} LayerSum;

typedef struct {
    guint width, height;
    VinFrame pictures[BENCH_PICTURES];
    guint8 *pixels[BENCH_PICTURES];
    double *milliseconds;   /* per frame, sorted */
    guint64 *gpu_ns;        /* per frame, sorted */
    double frames_per_second;
    GArray *layers;         /* LayerSum */
} Bench;

/* Prints the measurements on standard output, in the form that @job asks for. */
gboolean bench_report(const BenchJob *job, const Bench *bench, VinEngine *engine, GError **error);

#endif
