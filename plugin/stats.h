/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinStats: what a running element counts. No locks: its owner's business.
 */
#ifndef VIN_PLUGIN_STATS_H
#define VIN_PLUGIN_STATS_H

#include <glib.h>

#define VIN_STATS_WINDOW 512 /* frames the median looks back on */

typedef struct {
    guint64 frames;
    guint64 gpu_ns_sum;
    guint64 n_timed;                     /* frames the device had a GPU time for */
    guint64 gpu_ns[VIN_STATS_WINDOW];    /* ring of the last n_timed */
    gint64 first_us, last_us;            /* monotonic: first frame's start, last one's end */
} VinStats;

/* One frame, classified from @start_us to @end_us (monotonic, us). @gpu_ns 0: not known. */
void vin_stats_add(VinStats *stats, guint64 gpu_ns, gint64 start_us, gint64 end_us);

guint64 vin_stats_mean_gpu_ns(const VinStats *stats);
/* Of the last VIN_STATS_WINDOW frames; the lower of the two middle ones. */
guint64 vin_stats_median_gpu_ns(const VinStats *stats);
/* Frames a second from the first frame's start to the last one's end; 0 before any. */
double vin_stats_fps(const VinStats *stats);

#endif
