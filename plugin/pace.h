/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPace: which frames are classified, and how long one waits for its result, when the model
 * may be slower than the stream; and the latency the element tells of. No locks: its owner's
 * business.
 */
#ifndef VIN_PLUGIN_PACE_H
#define VIN_PLUGIN_PACE_H

#include <glib.h>

#define VIN_PACE_FOR_EVER G_MAXUINT64

/* What the element's properties say. */
typedef struct {
    guint interval;     /* every how many frames one is classified; 0 as 1 */
    gboolean no_block;  /* a frame waits no longer than until the next is due */
    guint64 max_gpu_ns; /* nor longer than this; 0: no limit */
    gboolean qos;       /* frames that are too late downstream are not classified */
} VinPaceSettings;

typedef struct {
    guint64 n_frames;    /* since the last reset */
    guint64 n_results;
    guint64 n_slow;      /* passed without their own result, for the model is slow */
    guint64 work_ns;     /* moving mean, from a frame's submission to its result */
    guint n_since;       /* frames since one was classified, itself too; 0: none was */
    gint64 first_us;     /* monotonic: the first frame's arrival */
    gboolean is_told;    /* that the model is slow */
} VinPace;

/* A frame that comes now. */
typedef struct {
    gint64 now_us;
    guint64 frame_ns;    /* until the next one; 0: not known */
    guint n_free, n_slots; /* of the stream */
    gboolean is_late;    /* downstream has no use for it */
} VinPaceFrame;

/* A new stream of frames. What is known of the model's speed is kept. */
void vin_pace_reset(VinPace *pace);
/* TRUE: classify it, and wait at most *@wait_ns for the result. */
gboolean vin_pace_decide(VinPace *pace, const VinPaceSettings *settings,
                         const VinPaceFrame *frame, guint64 *wait_ns);
/* A result came @ns after its frame was submitted. */
void vin_pace_result(VinPace *pace, guint64 ns);
/* A frame went on without waiting for its result any longer. */
void vin_pace_passed(VinPace *pace);
/* TRUE once: when it is clear that the model does not keep up. */
gboolean vin_pace_tell(VinPace *pace, gint64 now_us);

#define VIN_LATENCY_WINDOW 32 /* frames */

typedef struct {
    guint64 told_ns;
    guint64 window[VIN_LATENCY_WINDOW]; /* ring of the last n times */
    guint64 n;
} VinLatency;

/* @ns: what a frame is expected to take. */
void vin_latency_start(VinLatency *latency, guint64 ns);
/* A frame was @ns in the element. TRUE when what we tell has to change, by more than a fifth. */
gboolean vin_latency_add(VinLatency *latency, guint64 ns);

#endif
