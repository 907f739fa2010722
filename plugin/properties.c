/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The properties of vulkaninception: what gst-inspect-1.0 tells of them, and their values.
 */
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
    PROP_TOP_K,
    PROP_ALLOW_LABELS,
    PROP_DENY_LABELS,
    PROP_THRESHOLD,
    PROP_POST_MESSAGES,
    PROP_ON_ERROR,
    PROP_STATS
};

static GType activation_get_type(void)
{
    static const GEnumValue values[] = {
        {VIN_ACTIVATION_AUTO, "As the model's .modelinfo says, else none", "auto"},
        {VIN_ACTIVATION_NONE, "Nothing: scores are the network's outputs", "none"},
        {VIN_ACTIVATION_SOFTMAX, "One class of all: scores add up to 1", "softmax"},
        {VIN_ACTIVATION_SIGMOID, "Each class by itself: several may be high", "sigmoid"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VulkanInceptionActivation", values));
    }
    return type;
}

static void set_text(char **text, const GValue *value)
{
    g_free(*text);
    *text = g_value_dup_string(value);
    if (*text != NULL && (*text)[0] == '\0') {
        g_clear_pointer(text, g_free);
    }
}

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    VulkanInception *self = VIN_INCEPTION(object);

    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_MODEL:
        set_text(&self->settings.model, value);
        break;
    case PROP_LABELS_FILE:
        set_text(&self->settings.labels_file, value);
        break;
    case PROP_DEVICE:
        set_text(&self->settings.device, value);
        break;
    case PROP_HEADS:
        set_text(&self->settings.heads, value);
        break;
    case PROP_HEAD_WEIGHTS:
        set_text(&self->settings.head_weights, value);
        break;
    case PROP_ACTIVATION:
        self->settings.activation = (VinActivation)g_value_get_enum(value);
        break;
    case PROP_RESIZE:
        self->settings.resize = (VinResizeMode)g_value_get_enum(value);
        break;
    case PROP_SCALE_METHOD:
        self->settings.scale_method = (VinScaleMethod)g_value_get_enum(value);
        break;
    case PROP_TOP_K:
        self->settings.top_k = g_value_get_uint(value);
        self->is_changed = TRUE;
        break;
    case PROP_ALLOW_LABELS:
        set_text(&self->settings.allow_labels, value);
        self->is_changed = TRUE;
        break;
    case PROP_DENY_LABELS:
        set_text(&self->settings.deny_labels, value);
        self->is_changed = TRUE;
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
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        break;
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

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    VulkanInception *self = VIN_INCEPTION(object);

    GST_OBJECT_LOCK(self);
    switch (id) {
    case PROP_MODEL:
        g_value_set_string(value, self->settings.model);
        break;
    case PROP_LABELS_FILE:
        g_value_set_string(value, self->settings.labels_file);
        break;
    case PROP_DEVICE:
        g_value_set_string(value, self->settings.device);
        break;
    case PROP_HEADS:
        g_value_set_string(value, self->settings.heads);
        break;
    case PROP_HEAD_WEIGHTS:
        g_value_set_string(value, self->settings.head_weights);
        break;
    case PROP_ACTIVATION:
        g_value_set_enum(value, (gint)self->settings.activation);
        break;
    case PROP_RESIZE:
        g_value_set_enum(value, self->settings.resize);
        break;
    case PROP_SCALE_METHOD:
        g_value_set_enum(value, self->settings.scale_method);
        break;
    case PROP_TOP_K:
        g_value_set_uint(value, self->settings.top_k);
        break;
    case PROP_ALLOW_LABELS:
        g_value_set_string(value, self->settings.allow_labels);
        break;
    case PROP_DENY_LABELS:
        g_value_set_string(value, self->settings.deny_labels);
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
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        break;
    }
    GST_OBJECT_UNLOCK(self);
}

static GType resize_type(void)
{
    static const GEnumValue values[] = {
        {VIN_RESIZE_MODE_AUTO, "as the model's recipe says", "auto"},
        {VIN_RESIZE_MODE_STRETCH, "the whole picture, stretched to the input", "stretch"},
        {VIN_RESIZE_MODE_CROP, "the middle of the picture, filling the input", "crop"},
        {VIN_RESIZE_MODE_LETTERBOX, "the whole picture, the rest of the input filled",
         "letterbox"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInceptionResize", values));
    }
    return type;
}

static GType scale_method_type(void)
{
    static const GEnumValue values[] = {
        {VIN_SCALE_METHOD_AUTO, "as the model's recipe says", "auto"},
        {VIN_SCALE_METHOD_BILINEAR, "two pixels each way, no antialiasing", "bilinear"},
        {VIN_SCALE_METHOD_AREA, "mean of all that a pixel covers", "area"},
        {VIN_SCALE_METHOD_NEAREST, "the nearest pixel", "nearest"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInceptionScaleMethod", values));
    }
    return type;
}

static void install_picture_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

    g_object_class_install_property(klass, PROP_RESIZE,
        g_param_spec_enum("resize", "Resize",
            "How a picture is fitted into the network's input, in place of what the model's "
            "recipe says; scores are best as the network was trained", resize_type(),
            VIN_RESIZE_MODE_AUTO, flags));
    g_object_class_install_property(klass, PROP_SCALE_METHOD,
        g_param_spec_enum("scale-method", "Scale method",
            "How pixels are scaled, in place of what the model's recipe says; without effect on "
            "tiles, which are not scaled", scale_method_type(), VIN_SCALE_METHOD_AUTO, flags));
}

static void install_opening_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

    g_object_class_install_property(klass, PROP_MODEL,
        g_param_spec_string("model", "Model",
            "Network to run: a name such as 'googlenet', looked up as NAME.onnx in the folders "
            "of VIN_MODEL_PATH, the user's data folder and the installed one; or the path of "
            "an .onnx file; unset: 'signal', the model inside the library, which says what "
            "state a picture is in", NULL, flags));
    g_object_class_install_property(klass, PROP_LABELS_FILE,
        g_param_spec_string("labels-file", "Labels file",
            "UTF-8 text file with one label a line, as many as the model has classes; unset: "
            "the one the model's .modelinfo names, else 'class N'", NULL, flags));
    g_object_class_install_property(klass, PROP_DEVICE,
        g_param_spec_string("device", "Device",
            "Vulkan device: an index, a device UUID or a part of the name in any case, as "
            "vin-inspect --devices lists them; unset: the one VIN_DEVICE names in the "
            "environment, else discrete before integrated before virtual before software",
            NULL, flags));
    g_object_class_install_property(klass, PROP_HEADS,
        g_param_spec_string("heads", "Heads",
            "Outputs of the network that make the result: names with commas between, 'main' "
            "and those the model's .modelinfo gives to intermediate softmaxes, or 'all'; "
            "unset: main alone", NULL, flags));
    g_object_class_install_property(klass, PROP_HEAD_WEIGHTS,
        g_param_spec_string("head-weights", "Head weights",
            "Weights of the heads in their order, numbers with commas between; the result is "
            "the weighted mean; unset: 1 for main, 0.3 for an intermediate head", NULL, flags));
    g_object_class_install_property(klass, PROP_ACTIVATION,
        g_param_spec_enum("activation", "Activation",
            "What makes scores of a network's outputs, unless they end in a softmax or a sigmoid "
            "of their own", activation_get_type(), VIN_ACTIVATION_AUTO, flags));
}

/* Which tags a frame gets, and how many: followed from frame to frame. */
static void install_choosing_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(klass, PROP_TOP_K,
        g_param_spec_uint("top-k", "Top k",
            "Most classes to tag a frame with, highest score first; fewer where the model, or "
            "allow-labels and deny-labels, have fewer", 1, VIN_MAX_TOP_K, VIN_INCEPTION_TOP_K,
            flags));
    g_object_class_install_property(klass, PROP_ALLOW_LABELS,
        g_param_spec_string("allow-labels", "Allowed labels",
            "The only classes a frame may be tagged with: labels, WordNet ids, indices, and "
            "patterns with * and ?, with commas between; with semicolons where labels hold "
            "commas, or a backslash before such a comma. The best of these are taken; scores "
            "stay what they are. Unset: all", NULL, flags));
    g_object_class_install_property(klass, PROP_DENY_LABELS,
        g_param_spec_string("deny-labels", "Denied labels",
            "Classes a frame is not tagged with, listed as in allow-labels and taken from what "
            "that one allows; unset: none", NULL, flags));
    g_object_class_install_property(klass, PROP_THRESHOLD,
        g_param_spec_double("threshold", "Threshold",
            "Lowest score (probability, 0 to 1) of a class worth a tag; a frame may then have "
            "fewer tags than top-k, even none; 0: no class is left out for its score", 0.0, 1.0,
            0.0, flags));
}

void vin_inception_install_properties(GObjectClass *klass)
{
    klass->set_property = set_property;
    klass->get_property = get_property;
    install_opening_properties(klass);
    install_picture_properties(klass);
    install_choosing_properties(klass);
    g_object_class_install_property(klass, PROP_POST_MESSAGES,
        g_param_spec_boolean("post-messages", "Post messages",
            "Post an element message 'vulkaninception' for each frame, with pts, duration, "
            "running-time (uint64, ns, absent where not known), model (string) and tags (array "
            "of structures: label string, index uint, score double, wnid string)", FALSE,
            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
    g_object_class_install_property(klass, PROP_ON_ERROR,
        g_param_spec_enum("on-error", "On error",
            "When the device fails, at the start or in the stream (none found, out of memory, "
            "lost): 'stop' ends the stream with an error message, 'pass' posts one warning and "
            "passes frames on without tags. A model or property that cannot be used stops the "
            "start in any case", VIN_TYPE_ON_ERROR, VIN_ON_ERROR_STOP,
            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
    g_object_class_install_property(klass, PROP_STATS,
        g_param_spec_boxed("stats", "Statistics",
            "Since the last start: frames (uint64), gpu-time-mean and gpu-time-median (uint64, "
            "ns a frame, 0: the device has no timestamps; median of the last 512), fps "
            "(double, frames a second), model, device, driver (string), top-k (uint, "
            "most tags a frame can get)",
            GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

void vin_inception_clear_properties(VulkanInception *self)
{
    vin_session_settings_clear(&self->settings);
    g_clear_pointer(&self->stats_model, g_free);
    g_clear_pointer(&self->stats_device, g_free);
    g_clear_pointer(&self->stats_driver, g_free);
}
