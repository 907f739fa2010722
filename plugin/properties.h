/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of vulkaninception by number.
 */
#ifndef VIN_PLUGIN_PROPERTIES_H
#define VIN_PLUGIN_PROPERTIES_H

#include "onerror.h"

enum {
    PROP_0,
    PROP_MODEL,
    PROP_LABELS_FILE,
    PROP_DEVICE,
    PROP_HEADS,
    PROP_HEAD_WEIGHTS,
    PROP_ACTIVATION,
    PROP_RESIZE,
    PROP_SCALE_METHOD,
    PROP_PRECISION,
    PROP_AUTOTUNE,
    PROP_TOP_K,
    PROP_ALLOW_LABELS,
    PROP_DENY_LABELS,
    PROP_THRESHOLD,
    PROP_POST_MESSAGES,
    PROP_ON_ERROR,
    PROP_MAX_IN_FLIGHT,
    PROP_INSTANCE_ID,
    PROP_INTERVAL,
    PROP_NO_BLOCK,
    PROP_MAX_GPU_TIME,
    PROP_QOS,
    PROP_BATCH_SIZE,
    PROP_BATCH_TIMEOUT,
    PROP_SCHEDULING,
    PROP_INFERENCE_REGION,
    PROP_OBJECT_CLASS,
    PROP_OBJECT_MIN_WIDTH,
    PROP_OBJECT_MIN_HEIGHT,
    PROP_RECLASSIFY_INTERVAL,
    PROP_STATS
};

/* The property inference-region: what of a frame is classified. */
typedef enum {
    VIN_INFERENCE_REGION_FULL_FRAME,
    VIN_INFERENCE_REGION_ROI_LIST
} VinInferenceRegion;

void vin_inception_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec);
void vin_inception_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec);

#endif
