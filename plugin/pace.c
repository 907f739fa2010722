/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Decisions about time. Times come from outside, so that tests need no clock.
 */
#include "pace.h"

#include <string.h>

#define MEAN_OF 4                /* results that the moving mean is made of, roughly */
#define TELL_AFTER_US 2000000    /* of a stream; sooner nothing is sure */
#define TELL_RESULTS 2           /* or one, after twice that time: a slow model on a busy machine */
#define TELL_SHARE 10            /* one of so many frames has to be without its result */

void vin_pace_reset(VinPace *pace)
{
    const guint64 work_ns = pace->work_ns;
    const gboolean is_told = pace->is_told;

    memset(pace, 0, sizeof *pace);
    pace->work_ns = work_ns;
    pace->is_told = is_told;
}

static guint64 budget(const VinPaceSettings *settings, guint64 frame_ns)
{
    guint64 ns = settings->no_block ? frame_ns : VIN_PACE_FOR_EVER;

    return settings->max_gpu_ns != 0 ? MIN(ns, settings->max_gpu_ns) : ns;
}

gboolean vin_pace_decide(VinPace *pace, const VinPaceSettings *settings,
                         const VinPaceFrame *frame, guint64 *wait_ns)
{
    const guint64 most = budget(settings, frame->frame_ns);
    const gboolean is_slow = pace->work_ns > most;
    const guint n_busy = frame->n_slots - frame->n_free;

    if (pace->n_frames++ == 0) {
        pace->first_us = frame->now_us;
    }
    if (pace->n_since > 0 && pace->n_since < settings->interval) {
        pace->n_since++;
        return FALSE;
    }
    if (settings->qos && frame->is_late) {
        return FALSE;
    }
    /* A slow model gets one frame at a time: a second one would only make labels older. */
    if (most != VIN_PACE_FOR_EVER && (frame->n_free == 0 || (is_slow && n_busy > 0))) {
        pace->n_slow++;
        return FALSE;
    }
    pace->n_since = 1;
    *wait_ns = is_slow ? 0 : most;
    return TRUE;
}

void vin_pace_result(VinPace *pace, guint64 ns)
{
    pace->n_results++;
    pace->work_ns = pace->work_ns == 0 ? ns : (pace->work_ns * (MEAN_OF - 1) + ns) / MEAN_OF;
}

void vin_pace_passed(VinPace *pace)
{
    pace->n_slow++;
}

gboolean vin_pace_tell(VinPace *pace, gint64 now_us)
{
    const gint64 age_us = now_us - pace->first_us;
    const guint wanted = age_us < 2 * TELL_AFTER_US ? TELL_RESULTS : 1;

    if (pace->is_told || age_us < TELL_AFTER_US || pace->n_results < wanted ||
        pace->n_slow * TELL_SHARE < pace->n_frames) {
        return FALSE;
    }
    pace->is_told = TRUE;
    return TRUE;
}

/* A tenth more than seen, so that it holds for a while. */
static guint64 with_reserve(guint64 ns)
{
    return ns + ns / 10;
}

void vin_latency_start(VinLatency *latency, guint64 ns)
{
    memset(latency, 0, sizeof *latency);
    latency->told_ns = with_reserve(ns);
}

gboolean vin_latency_add(VinLatency *latency, guint64 ns)
{
    guint64 longest = 0;

    latency->window[latency->n++ % VIN_LATENCY_WINDOW] = ns;
    for (guint i = 0; i < MIN(latency->n, VIN_LATENCY_WINDOW); i++) {
        longest = MAX(longest, latency->window[i]);
    }
    /* Less only after a while, for the next frame may take as long as we said. */
    if (longest * 5 > latency->told_ns * 6 ||
        (latency->n >= VIN_LATENCY_WINDOW && with_reserve(longest) * 6 < latency->told_ns * 5)) {
        latency->told_ns = with_reserve(longest);
        return TRUE;
    }
    return FALSE;
}
