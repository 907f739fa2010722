/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What gst-inspect-1.0 tells of the properties of vulkaninception.
 */
#include "properties.h"

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

static GType precision_type(void)
{
    static const GEnumValue values[] = {
        {VIN_PRECISION_AUTO, "fp16 on GPUs that have 16-bit storage, else fp32", "auto"},
        {VIN_PRECISION_FP32, "32 bits everywhere", "fp32"},
        {VIN_PRECISION_FP16, "activations and weights in 16 bits, sums in 32", "fp16"},
        {VIN_PRECISION_INT8, "convolutions multiply 8 bits, for a model that was calibrated",
         "int8"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInceptionPrecision", values));
    }
    return type;
}

static GType autotune_type(void)
{
    static const GEnumValue values[] = {
        {VIN_AUTOTUNE_OFF, "kernels by what the device can do", "off"},
        {VIN_AUTOTUNE_ONCE, "the fastest kernel for each shape of layer, timed at the first start "
                            "and kept; not on software drivers", "once"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInceptionAutotune", values));
    }
    return type;
}

static void install_computing_properties(GObjectClass *klass)
{
    g_object_class_install_property(klass, PROP_PRECISION,
        g_param_spec_enum("precision", "Precision",
            "In what the network computes; 16 bits halve the memory traffic, and change scores by "
            "about a thousandth", precision_type(), VIN_PRECISION_AUTO,
            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
    g_object_class_install_property(klass, PROP_AUTOTUNE,
        g_param_spec_enum("autotune", "Autotune",
            "Whether kernels are chosen by timing them on the device, which makes the first start "
            "with a network longer", autotune_type(), VIN_AUTOTUNE_OFF,
            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
}

static void install_picture_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

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
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

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

static GType scheduling_type(void)
{
    static const GEnumValue values[] = {
        {VIN_SCHEDULING_LATENCY, "At once while the device is idle; what comes meanwhile is "
         "gathered", "latency"},
        {VIN_SCHEDULING_THROUGHPUT, "When batch-size frames are there, or batch-timeout is over",
         "throughput"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInceptionScheduling", values));
    }
    return type;
}

static GType inference_region_type(void)
{
    static const GEnumValue values[] = {
        {VIN_INFERENCE_REGION_FULL_FRAME, "The frame, or what a GstVideoCropMeta leaves of it",
         "full-frame"},
        {VIN_INFERENCE_REGION_ROI_LIST, "Each object that a detector upstream marked on it",
         "roi-list"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type)) {
        g_once_init_leave(&type, g_enum_register_static("VinInferenceRegion", values));
    }
    return type;
}

/* Who computes together. */
static void install_batch_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(klass, PROP_BATCH_SIZE,
        g_param_spec_uint("batch-size", "Batch size",
            "Most frames, or regions, that are computed at once, of all elements that share the "
            "model", 1, 64, 1, flags));
    g_object_class_install_property(klass, PROP_BATCH_TIMEOUT,
        g_param_spec_uint64("batch-timeout", "Batch timeout",
            "Longest time that a frame waits for others to be computed with, ns", 1,
            G_MAXINT64, VIN_INCEPTION_BATCH_TIMEOUT, flags));
    g_object_class_install_property(klass, PROP_SCHEDULING,
        g_param_spec_enum("scheduling", "Scheduling",
            "When a batch of frames starts, with batch-size over 1", scheduling_type(),
            VIN_SCHEDULING_LATENCY, flags));
}

static void install_region_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(klass, PROP_INFERENCE_REGION,
        g_param_spec_enum("inference-region", "Inference region",
            "What of a frame is classified; the results of objects are laid on these",
            inference_region_type(), VIN_INFERENCE_REGION_FULL_FRAME, flags));
    g_object_class_install_property(klass, PROP_OBJECT_CLASS,
        g_param_spec_string("object-class", "Object class",
            "With inference-region=roi-list: the only objects that are classified, as the "
            "detector calls them, names with commas between; unset: all", NULL, flags));
    g_object_class_install_property(klass, PROP_OBJECT_MIN_WIDTH,
        g_param_spec_uint("object-min-width", "Least object width",
            "With inference-region=roi-list: objects that are less wide inside the frame are not "
            "classified, pixels", 0, 16384, 0, flags));
    g_object_class_install_property(klass, PROP_OBJECT_MIN_HEIGHT,
        g_param_spec_uint("object-min-height", "Least object height",
            "With inference-region=roi-list: objects that are less high inside the frame are not "
            "classified, pixels", 0, 16384, 0, flags));
    g_object_class_install_property(klass, PROP_RECLASSIFY_INTERVAL,
        g_param_spec_uint("reclassify-interval", "Reclassify interval",
            "With inference-region=roi-list: every how many frames an object that a tracker "
            "follows is classified; its labels are kept between, with their 'age'; 0: in every "
            "frame", 0,
            G_MAXINT, 0, flags));
}

/* How frames travel, and with whom. */
static void install_flow_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(klass, PROP_MAX_IN_FLIGHT,
        g_param_spec_uint("max-in-flight", "Frames in flight",
            "Frames that may be in the element at once: while the device computes one, the next "
            "is uploaded and the last one's tags are read", 1, VIN_INCEPTION_MOST_IN_FLIGHT,
            VIN_INCEPTION_MAX_IN_FLIGHT, flags));
    g_object_class_install_property(klass, PROP_INSTANCE_ID,
        g_param_spec_string("model-instance-id", "Model instance",
            "Elements of one process with the same model, device and options share weights, "
            "pipelines and queue. With a name of their own here they share with those of the "
            "same name only", NULL, flags));
}

/* Which frames are classified, and how long they wait. */
static void install_pace_properties(GObjectClass *klass)
{
    const GParamFlags flags =
        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING;

    g_object_class_install_property(klass, PROP_INTERVAL,
        g_param_spec_uint("inference-interval", "Inference interval",
            "Every how many frames one is classified; those between carry its labels, and as "
            "'age' how much older these are", 1, G_MAXINT, 1, flags));
    g_object_class_install_property(klass, PROP_NO_BLOCK,
        g_param_spec_boolean("no-block", "No block",
            "Never hold the stream up: a frame whose result is not there when the next frame is "
            "due goes on at once, with the last labels and their 'age'", FALSE, flags));
    g_object_class_install_property(klass, PROP_MAX_GPU_TIME,
        g_param_spec_uint64("max-gpu-time", "Longest GPU time",
            "Longest time a frame waits for its result, ns; then it goes on with the last "
            "labels and their 'age'; 0: no limit", 0, G_MAXUINT64, 0, flags));
    g_object_class_install_property(klass, PROP_QOS,
        g_param_spec_boolean("qos", "QoS",
            "Frames that come too late for a sink downstream, by its QoS events, are not "
            "classified: they carry the last labels and their 'age'", TRUE, flags));
}

void vin_inception_install_properties(GObjectClass *klass)
{
    klass->set_property = vin_inception_set_property;
    klass->get_property = vin_inception_get_property;
    install_opening_properties(klass);
    install_picture_properties(klass);
    install_computing_properties(klass);
    install_choosing_properties(klass);
    install_flow_properties(klass);
    install_pace_properties(klass);
    install_batch_properties(klass);
    install_region_properties(klass);
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
            "Since the last start: frames (uint64; with roi-list objects), gpu-time-mean and "
            "gpu-time-median (uint64, ns a frame, 0: the device has no timestamps; median of the "
            "last 512), fps (double, frames a second), model, device, driver (string), top-k "
            "(uint, most tags a frame can get)",
            GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

