/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine as its streams and slots see it: decided once, read-only afterwards.
 */
#ifndef VIN_ENGINE_ENGINE_H
#define VIN_ENGINE_ENGINE_H

#include <vkinception/engine.h>

#include "model/selection.h"
#include "plan/plan.h"

typedef struct _VinScheduler VinScheduler;

struct _VinEngine {
    gint ref_count; /* atomic */
    VinModel *model;
    VinDevice *device;
    VinPlan *plan;          /* for one image; the scheduler's, which has those for more */
    VinPlace input, output; /* of the network, in the plan's arena */
    VinScheduler *scheduler;
    guint n_slots, top_k;   /* of streams that do not say otherwise, as the next ones */
    char *allow_labels, *deny_labels; /* nullable */
    VinResizeMode resize;
    VinScaleMethod scale_method;
    guint64 frame_ns;       /* vin_engine_get_frame_ns() */
    gboolean all_scores, time_layers;
    char *made_of;          /* vin_engine_open(): what it was opened with; NULL: not by it */
    VkPipeline topk_pipeline; /* the plan's */
};

/* engine_open.c: of an engine that goes. */
void vin_engine_drop(VinEngine *engine);
/* Values of the network's input: C * H * W. */
gsize vin_engine_n_input_values(const VinEngine *engine);
/* No warning of scores that are not numbers: what goes through @stream is nobody's frame. */
void vin_stream_mute(VinStream *stream);

#endif
