/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinModel: a network file with its recipe and its labels, not yet on any device.
 */
#ifndef VKINCEPTION_MODEL_H
#define VKINCEPTION_MODEL_H

#include <glib.h>
#include <vkinception/error.h>

G_BEGIN_DECLS

/** VinModel: constant after loading; reference counted, usable from any thread. Since 0.1 */
typedef struct _VinModel VinModel;

/** VinActivation: what makes scores of a network's outputs, unless they end in a softmax or a
 *  sigmoid of their own: that is left as it is. Since 0.1 */
typedef enum {
    VIN_ACTIVATION_AUTO,    /* what the sidecar says; none where it says nothing */
    VIN_ACTIVATION_NONE,    /* scores are the outputs, any numbers */
    VIN_ACTIVATION_SOFTMAX, /* one class of all: scores add up to 1 */
    VIN_ACTIVATION_SIGMOID  /* each class by itself: 0 to 1, several may be high */
} VinActivation;

/** VinModelParams: zeroed fields and NULL mean defaults. Since 0.1 */
typedef struct {
    const char *name;        /* model name ("googlenet") or path of an .onnx file; NULL:
                              * "signal", the default model inside the library. A name without
                              * '/' is looked up as NAME.onnx in VIN_MODEL_PATH (colon list), the
                              * user's data folder, the installed one, then in the library */
    const char *labels_file; /* one label a line; NULL: the sidecar's, else NAME.labels in the
                              * model's folder or where models are looked up, else "class N" */
    VinActivation activation;
} VinModelParams;

/** VinDescribeFormat: text for people, JSON for programs, DOT for Graphviz. Since 0.1 */
typedef enum { VIN_DESCRIBE_TEXT, VIN_DESCRIBE_JSON, VIN_DESCRIBE_DOT } VinDescribeFormat;

/**
 * vin_model_load: finds and reads a model, its sidecar (.modelinfo) and its labels.
 * @params: the name and options; only read during the call
 *
 * Returns: (transfer full): the model, or NULL with VIN_ERROR_FILE (not found; the message
 * lists where it looked), VIN_ERROR_FORMAT (malformed) or VIN_ERROR_UNSUPPORTED (an operator
 * or version that is not ours, with node name and what is supported) or VIN_ERROR_MEMORY.
 * The files are not trusted. Any thread. Since 0.1
 */
VIN_API VinModel *vin_model_load(const VinModelParams *params, GError **error);

/**
 * vin_model_open: as vin_model_load(), but gives the model that another caller has opened this
 * way, as long as it is in use, was asked for with the same options, and none of the files it was
 * made of has changed since. Any thread. Since 0.1
 */
VIN_API VinModel *vin_model_open(const VinModelParams *params, GError **error);

/**
 * vin_model_list: the names by which vin_model_load() finds a model, sorted. Whether a file is a
 * model that can be run is not looked at.
 *
 * Returns: (transfer full): NULL-terminated, to g_strfreev(). Any thread. Since 0.1
 */
VIN_API char **vin_model_list(void);

VIN_API VinModel *vin_model_ref(VinModel *model);
/** vin_model_unref: gives a reference back; NULL is welcome. Since 0.1 */
VIN_API void vin_model_unref(VinModel *model);

/** vin_model_get_name: the name without folder and suffix ("googlenet"). Since 0.1 */
VIN_API const char *vin_model_get_name(const VinModel *model);
/** vin_model_get_path: the file that was read. Since 0.1 */
VIN_API const char *vin_model_get_path(const VinModel *model);
/** vin_model_get_n_classes: entries of the main output. Since 0.1 */
VIN_API guint vin_model_get_n_classes(const VinModel *model);
/** vin_model_get_label: unique UTF-8 label of class @index, the model's; NULL past the end.
 *  Since 0.1 */
VIN_API const char *vin_model_get_label(const VinModel *model, guint index);
/** vin_model_get_wnid: WordNet 3.0 id ("n02084071") of class @index, or NULL. Since 0.1 */
VIN_API const char *vin_model_get_wnid(const VinModel *model, guint index);
/** vin_model_get_input_size: width and height of the network's input, pixels. Since 0.1 */
VIN_API void vin_model_get_input_size(const VinModel *model, guint *width, guint *height);
/** vin_model_get_input_channels: channels of the network's input, 3 or 1. Since 0.1 */
VIN_API guint vin_model_get_input_channels(const VinModel *model);
/** vin_model_get_n_heads: outputs that give class scores: the main one and the intermediate
 *  softmaxes that the sidecar names; at least 1. Since 0.1 */
VIN_API guint vin_model_get_n_heads(const VinModel *model);
/** vin_model_get_head: name of output @index, the model's: "main" for 0; NULL past the end.
 *  Since 0.1 */
VIN_API const char *vin_model_get_head(const VinModel *model, guint index);
/** vin_model_has_recipe: FALSE when pre-processing had to be assumed. Since 0.1 */
VIN_API gboolean vin_model_has_recipe(const VinModel *model);
/** vin_model_describe_recipe: the pre-processing in a line of text, to g_free(). Since 0.1 */
VIN_API char *vin_model_describe_recipe(const VinModel *model);

/**
 * vin_model_describe: the graph with shapes, parameters and multiply-adds per layer and
 * per inception module.
 *
 * Returns: (transfer full): text to g_free(). Any thread. Since 0.1
 */
VIN_API char *vin_model_describe(const VinModel *model, VinDescribeFormat format);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinModel, vin_model_unref)

G_END_DECLS

#endif
