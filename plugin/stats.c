/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Counting frames and their times, for the property `stats`.
 */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

void vin_stats_add(VinStats *stats, guint64 gpu_ns, gint64 start_us, gint64 end_us)
{
    if (stats->frames == 0) {
        stats->first_us = start_us;
    }
    stats->last_us = end_us;
    stats->frames++;
    if (gpu_ns != 0) {
        stats->gpu_ns[stats->n_timed % VIN_STATS_WINDOW] = gpu_ns;
        stats->gpu_ns_sum += gpu_ns;
        stats->n_timed++;
    }
}

guint64 vin_stats_mean_gpu_ns(const VinStats *stats)
{
    return stats->n_timed > 0 ? stats->gpu_ns_sum / stats->n_timed : 0;
}

static int compare_ns(const void *a, const void *b)
{
    guint64 left = *(const guint64 *)a;
    guint64 right = *(const guint64 *)b;

    return (left > right) - (left < right);
}

guint64 vin_stats_median_gpu_ns(const VinStats *stats)
{
    gsize n = (gsize)MIN(stats->n_timed, VIN_STATS_WINDOW);
    guint64 sorted[VIN_STATS_WINDOW];

    if (n == 0) {
        return 0;
    }
    memcpy(sorted, stats->gpu_ns, n * sizeof sorted[0]);
    qsort(sorted, n, sizeof sorted[0], compare_ns);
    return sorted[(n - 1) / 2];
}

double vin_stats_fps(const VinStats *stats)
{
    gint64 us = stats->last_us - stats->first_us;

    return us > 0 ? (double)stats->frames * G_USEC_PER_SEC / (double)us : 0.0;
}
