/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTrial: a kernel and how long it took. Which of several wins, in words and as a line of the
 * cache. Pure functions: no Vulkan.
 */
#ifndef VIN_PLAN_TRIALS_H
#define VIN_PLAN_TRIALS_H

#include "kernels/kernel.h"

#define VIN_MAX_TRIALS 16 /* kernels of an op */
#define VIN_TRIALS_MARGIN 3 /* percent that a kernel has to be faster than the table's choice */

typedef struct {
    const VinKernel *kernel;
    guint64 ns; /* of one dispatch with its barrier; 0: not timed */
} VinTrial;

/* The fastest of @n, or @table, that of the table's choice, where the fastest is not faster by the
 * margin, or where that one was not timed. */
guint vin_trials_choose(const VinTrial *trials, guint n, guint table);
/* Why it won: "the fastest of 3 timed: 0.120 ms, next conv_gemm 0.150 ms". To g_free(). */
char *vin_trials_reason(const VinTrial *trials, guint n, guint table);
/* "conv_gemm 150000\tconv_direct 900000", to g_free(). */
char *vin_trials_to_line(const VinTrial *trials, guint n);
/* The times of a line that has just these kernels in this order, each with one. FALSE for any other
 * line; then all are 0. */
gboolean vin_trials_from_line(VinTrial *trials, guint n, const char *line);

#endif
