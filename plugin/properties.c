/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The values of vulkaninception's properties. All may change while the stream runs; what
 * gst-inspect-1.0 tells of them is in property_specs.c.
 */
#include "properties.h"

#define REGIONS_AT_ONCE 8 /* of a frame in flight; more of them take turns */

static void set_text(char **text, const GValue *value)
{
    g_free(*text);
    *text = g_value_dup_string(value);
    if (*text != NULL && (*text)[0] == '\0') {
        g_clear_pointer(text, g_free);
    }
}

/* Of what a session is opened with, or follows. FALSE: not one of these. */
static gboolean set_setting(VinSessionSettings *settings, guint id, const GValue *value)
{
    switch (id) {
    case PROP_MODEL:
        set_text(&settings->model, value);
        break;
    case PROP_LABELS_FILE:
        set_text(&settings->labels_file, value);
        break;
    case PROP_DEVICE:
        set_text(&settings->device, value);
        break;
    case PROP_HEADS:
        set_text(&settings->heads, value);
        break;
    case PROP_HEAD_WEIGHTS:
        set_text(&settings->head_weights, value);
        break;
    case PROP_ACTIVATION:
        settings->activation = (VinActivation)g_value_get_enum(value);
        break;
    case PROP_RESIZE:
        settings->resize = (VinResizeMode)g_value_get_enum(value);
        break;
    case PROP_SCALE_METHOD:
        settings->scale_method = (VinScaleMethod)g_value_get_enum(value);
        break;
    case PROP_PRECISION:
        settings->precision = (VinPrecision)g_value_get_enum(value);
        break;
    case PROP_AUTOTUNE:
        settings->autotune = (VinAutotune)g_value_get_enum(value);
        break;
    case PROP_TOP_K:
        settings->top_k = g_value_get_uint(value);
        break;
    case PROP_ALLOW_LABELS:
        set_text(&settings->allow_labels, value);
        break;
    case PROP_DENY_LABELS:
        set_text(&settings->deny_labels, value);
        break;
    case PROP_INSTANCE_ID:
        set_text(&settings->instance_id, value);
        break;
    case PROP_MAX_IN_FLIGHT:
        settings->max_in_flight = g_value_get_uint(value);
        break;
    case PROP_BATCH_SIZE:
        settings->batch_size = g_value_get_uint(value);
        break;
    case PROP_BATCH_TIMEOUT:
        settings->batch_timeout_ns = g_value_get_uint64(value);
        break;
    case PROP_SCHEDULING:
        settings->scheduling = (VinScheduling)g_value_get_enum(value);
        break;
    case PROP_INFERENCE_REGION:
        settings->n_regions =
            g_value_get_enum(value) == VIN_INFERENCE_REGION_ROI_LIST ? REGIONS_AT_ONCE : 1;
        break;
    default:
        return FALSE;
    }
    return TRUE;
}

/* Of what is looked at for every frame. FALSE: not one of these. */
static gboolean set_habit(VulkanInception *self, guint id, const GValue *value)
{
    VinPaceSettings *pace = &self->pace_settings;

    switch (id) {
    case PROP_INTERVAL:
        pace->interval = g_value_get_uint(value);
        break;
    case PROP_NO_BLOCK:
        pace->no_block = g_value_get_boolean(value);
        break;
    case PROP_MAX_GPU_TIME:
        pace->max_gpu_ns = g_value_get_uint64(value);
        break;
    case PROP_QOS:
        pace->qos = g_value_get_boolean(value);
        break;
    case PROP_OBJECT_CLASS:
        set_text(&self->region_settings.object_class, value);
        break;
    case PROP_OBJECT_MIN_WIDTH:
        self->region_settings.min_width = g_value_get_uint(value);
        break;
    case PROP_OBJECT_MIN_HEIGHT:
        self->region_settings.min_height = g_value_get_uint(value);
        break;
    case PROP_RECLASSIFY_INTERVAL:
        self->region_settings.reclassify_interval = g_value_get_uint(value);
        break;
    case PROP_THRESHOLD:
        self->threshold = g_value_get_double(value);
        break;
    case PROP_POST_MESSAGES:
        self->post_messages = g_value_get_boolean(value);
        break;
    case PROP_ON_ERROR:
        self->on_error = (VinOnError)g_value_get_enum(value);
        break;
    default:
        return FALSE;
    }
    return TRUE;
}

void vin_inception_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    VulkanInception *self = VIN_INCEPTION(object);

    GST_OBJECT_LOCK(self);
    if (set_setting(&self->settings, id, value)) {
        self->is_changed = TRUE;
    } else if (!set_habit(self, id, value)) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(self);
}

static GstStructure *stats_to_structure(const VulkanInception *self)
{
    return gst_structure_new(
        "vulkaninception-stats",
        "frames", G_TYPE_UINT64, self->stats.frames,
        "gpu-time-mean", G_TYPE_UINT64, vin_stats_mean_gpu_ns(&self->stats),
        "gpu-time-median", G_TYPE_UINT64, vin_stats_median_gpu_ns(&self->stats),
        "fps", G_TYPE_DOUBLE, vin_stats_fps(&self->stats),
        "model", G_TYPE_STRING, self->stats_model,
        "device", G_TYPE_STRING, self->stats_device,
        "driver", G_TYPE_STRING, self->stats_driver,
        "top-k", G_TYPE_UINT, self->stats_n_top, NULL);
}

static gboolean get_setting(const VinSessionSettings *settings, guint id, GValue *value)
{
    switch (id) {
    case PROP_MODEL:
        g_value_set_string(value, settings->model);
        break;
    case PROP_LABELS_FILE:
        g_value_set_string(value, settings->labels_file);
        break;
    case PROP_DEVICE:
        g_value_set_string(value, settings->device);
        break;
    case PROP_HEADS:
        g_value_set_string(value, settings->heads);
        break;
    case PROP_HEAD_WEIGHTS:
        g_value_set_string(value, settings->head_weights);
        break;
    case PROP_ACTIVATION:
        g_value_set_enum(value, (gint)settings->activation);
        break;
    case PROP_RESIZE:
        g_value_set_enum(value, settings->resize);
        break;
    case PROP_SCALE_METHOD:
        g_value_set_enum(value, settings->scale_method);
        break;
    case PROP_PRECISION:
        g_value_set_enum(value, (gint)settings->precision);
        break;
    case PROP_AUTOTUNE:
        g_value_set_enum(value, (gint)settings->autotune);
        break;
    case PROP_TOP_K:
        g_value_set_uint(value, settings->top_k);
        break;
    case PROP_ALLOW_LABELS:
        g_value_set_string(value, settings->allow_labels);
        break;
    case PROP_DENY_LABELS:
        g_value_set_string(value, settings->deny_labels);
        break;
    case PROP_INSTANCE_ID:
        g_value_set_string(value, settings->instance_id);
        break;
    case PROP_MAX_IN_FLIGHT:
        g_value_set_uint(value, settings->max_in_flight);
        break;
    case PROP_BATCH_SIZE:
        g_value_set_uint(value, settings->batch_size);
        break;
    case PROP_BATCH_TIMEOUT:
        g_value_set_uint64(value, settings->batch_timeout_ns);
        break;
    case PROP_SCHEDULING:
        g_value_set_enum(value, (gint)settings->scheduling);
        break;
    case PROP_INFERENCE_REGION:
        g_value_set_enum(value, settings->n_regions > 1 ? VIN_INFERENCE_REGION_ROI_LIST
                                                        : VIN_INFERENCE_REGION_FULL_FRAME);
        break;
    default:
        return FALSE;
    }
    return TRUE;
}

static gboolean get_habit(const VulkanInception *self, guint id, GValue *value)
{
    const VinPaceSettings *pace = &self->pace_settings;

    switch (id) {
    case PROP_INTERVAL:
        g_value_set_uint(value, pace->interval);
        break;
    case PROP_NO_BLOCK:
        g_value_set_boolean(value, pace->no_block);
        break;
    case PROP_MAX_GPU_TIME:
        g_value_set_uint64(value, pace->max_gpu_ns);
        break;
    case PROP_QOS:
        g_value_set_boolean(value, pace->qos);
        break;
    case PROP_OBJECT_CLASS:
        g_value_set_string(value, self->region_settings.object_class);
        break;
    case PROP_OBJECT_MIN_WIDTH:
        g_value_set_uint(value, self->region_settings.min_width);
        break;
    case PROP_OBJECT_MIN_HEIGHT:
        g_value_set_uint(value, self->region_settings.min_height);
        break;
    case PROP_RECLASSIFY_INTERVAL:
        g_value_set_uint(value, self->region_settings.reclassify_interval);
        break;
    case PROP_THRESHOLD:
        g_value_set_double(value, self->threshold);
        break;
    case PROP_POST_MESSAGES:
        g_value_set_boolean(value, self->post_messages);
        break;
    case PROP_ON_ERROR:
        g_value_set_enum(value, (gint)self->on_error);
        break;
    case PROP_STATS:
        g_value_take_boxed(value, stats_to_structure(self));
        break;
    default:
        return FALSE;
    }
    return TRUE;
}

void vin_inception_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    VulkanInception *self = VIN_INCEPTION(object);

    GST_OBJECT_LOCK(self);
    if (!get_setting(&self->settings, id, value) && !get_habit(self, id, value)) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
    GST_OBJECT_UNLOCK(self);
}

void vin_inception_clear_properties(VulkanInception *self)
{
    vin_session_settings_clear(&self->settings);
    vin_region_settings_clear(&self->region_settings);
    g_clear_pointer(&self->stats_model, g_free);
    g_clear_pointer(&self->stats_device, g_free);
    g_clear_pointer(&self->stats_driver, g_free);
}

double vin_inception_get_threshold(VulkanInception *self)
{
    double threshold;

    GST_OBJECT_LOCK(self);
    threshold = self->threshold;
    GST_OBJECT_UNLOCK(self);
    return threshold;
}
