/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinModel: finds the network file, its sidecar and its labels and ties them together.
 * Public API; what a model says about itself is in model_describe.c.
 */
#include "model/model.h"

#include "base/error.h"
#include "base/log.h"
#include "model/activation.h"
#include "model/builtin.h"
#include "model/find.h"
#include "model/identity.h"
#include "model/model_private.h"
#include "model/onnx_import.h"
#include "model/ranges.h"

/* A flattened picture would make hundreds of millions of them, each with a label. */
#define MAX_CLASSES (1u << 17)

static void model_free(VinModel *model)
{
    g_free(model->name);
    g_free(model->path);
    g_free(model->folder);
    g_free(model->producer);
    vin_graph_free(model->graph);
    vin_sidecar_free(model->sidecar);
    g_free(model->labels_path);
    vin_labels_free(model->labels);
    g_free(model->identity);
    g_ptr_array_unref(model->more_files);
    g_string_free(model->more_identity, TRUE);
    g_free(model);
}

VinModel *vin_model_ref(VinModel *model)
{
    g_return_val_if_fail(model != NULL, NULL);
    g_atomic_int_inc(&model->refs);
    return model;
}

void vin_model_unref(VinModel *model)
{
    if (model != NULL && g_atomic_int_dec_and_test(&model->refs)) {
        vin_model_drop(model);
        model_free(model);
    }
}

/* The first of the files called NAME.onnx.modelinfo or NAME.modelinfo with our group in it. */
static gboolean find_sidecar(VinModel *model, GError **error)
{
    static const char *const suffixes[] = {".onnx.modelinfo", ".modelinfo"};

    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file_name = g_strconcat(model->name, suffixes[i], NULL);
        g_auto(GStrv) paths = vin_find_files(model->folder, file_name);

        for (guint k = 0; paths[k] != NULL && model->sidecar == NULL; k++) {
            if (!vin_sidecar_load(paths[k], &model->sidecar, error)) {
                return FALSE;
            }
            if (model->sidecar == NULL) {
                vin_log(VIN_LOG_INFO, "%s has no group [vkinception]; looking further", paths[k]);
            }
        }
    }
    if (model->sidecar == NULL) {
        model->sidecar = vin_sidecar_new_assumed();
    }
    return TRUE;
}

/* Outputs are scores, one a class: N x C or N x C x 1 x 1. */
static gboolean check_outputs(const VinModel *model, GError **error)
{
    for (guint i = 0; i < model->graph->outputs->len; i++) {
        const VinTensor *output = g_ptr_array_index(model->graph->outputs, i);
        g_autofree char *shape = NULL;

        if (vin_tensor_h(output) == 1 && vin_tensor_w(output) == 1 &&
            vin_tensor_c(output) <= MAX_CLASSES) {
            continue;
        }
        shape = vin_shape_to_string(&output->shape);
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s: output \"%s\" has shape %s; class scores of N x C, C at most %u, "
                        "are supported",
                        model->path, output->name, shape, MAX_CLASSES);
    }
    return TRUE;
}

/* One that the model's files name; before it is read. */
static void add_file(VinModel *model, const char *path)
{
    g_ptr_array_add(model->more_files, g_strdup(path));
    vin_identity_append(model->more_identity, path);
}

static gboolean load_graph(VinModel *model, VinActivation activation, GError **error)
{
    g_autoptr(VinOnnxFile) file = vin_onnx_file_load(model->path, error);
    const VinSidecar *sidecar = model->sidecar;
    const VinOnnxOutputs outputs = {sidecar->output, (const char *const *)sidecar->heads};
    g_autoptr(GPtrArray) external = g_ptr_array_new_with_free_func(g_free);
    const Onnx__ModelProto *proto;

    if (file == NULL) {
        return FALSE;
    }
    vin_identity_add_external(file, external);
    for (guint i = 0; i < external->len; i++) {
        add_file(model, g_ptr_array_index(external, i));
    }
    proto = file->proto;
    model->file_bytes = file->file_bytes;
    model->ir_version = proto->ir_version;
    model->opset = file->opset;
    if (proto->producer_name != NULL && proto->producer_name[0] != '\0') {
        g_autofree char *text =
            g_strconcat(proto->producer_name, " ",
                        proto->producer_version != NULL ? proto->producer_version : "", NULL);

        model->producer = g_strchomp(g_utf8_make_valid(text, -1));
    }
    model->graph = vin_onnx_import(file, &outputs, error);
    if (model->graph == NULL) {
        return FALSE;
    }
    if (sidecar->ranges != NULL) {
        vin_ranges_apply(sidecar->ranges, model->graph, sidecar->path);
    }
    if (activation == VIN_ACTIVATION_AUTO) {
        activation = sidecar->activation;
    }
    return check_outputs(model, error) &&
           vin_activation_append(model->graph, activation, error);
}

/* The first existing one of: the caller's, the sidecar's, NAME.labels. */
static gboolean load_labels(VinModel *model, const char *labels_file, GError **error)
{
    const guint n_classes = vin_model_get_n_classes(model);

    if (labels_file != NULL) {
        model->labels_path = g_strdup(labels_file);
    } else if (model->sidecar->labels_file != NULL) {
        g_autofree char *folder = g_path_get_dirname(model->sidecar->path);
        g_auto(GStrv) paths = vin_find_files(folder, model->sidecar->labels_file);

        if (paths[0] == NULL) {
            return vin_fail(error, VIN_ERROR_FILE,
                            "%s: [vkinception] labels=%s: there is no such file beside it or in "
                            "the folders of models",
                            model->sidecar->path, model->sidecar->labels_file);
        }
        model->labels_path = g_strdup(paths[0]);
        add_file(model, model->labels_path);
    } else {
        g_autofree char *file_name = g_strconcat(model->name, ".labels", NULL);
        g_auto(GStrv) paths = vin_find_files(model->folder, file_name);

        model->labels_path = g_strdup(paths[0]);
    }
    if (model->labels_path == NULL) {
        vin_log(VIN_LOG_INFO, "model %s has no labels; classes are numbered", model->name);
        model->labels = vin_labels_new_numbered(n_classes);
        return TRUE;
    }
    model->labels = vin_labels_load(model->labels_path, n_classes, error);
    return model->labels != NULL;
}

static gboolean load_parts(VinModel *model, const VinModelParams *params, GError **error)
{
    if ((guint)params->activation > VIN_ACTIVATION_SIGMOID) {
        return vin_fail(error, VIN_ERROR_INVALID, "activation %u; auto, none, softmax and sigmoid "
                        "(0 to 3) are accepted", (guint)params->activation);
    }
    if (!find_sidecar(model, error) || !load_graph(model, params->activation, error) ||
        !vin_sidecar_fit(model->sidecar, vin_model_input_size(model), error) ||
        !load_labels(model, params->labels_file, error)) {
        return FALSE;
    }
    if (!vin_model_has_recipe(model)) {
        g_autofree char *recipe = vin_model_describe_recipe(model);

        vin_log(VIN_LOG_WARN,
                "model %s has no recipe (no %s.modelinfo with a group [vkinception]); assuming: "
                "%s. Wrong pre-processing costs accuracy",
                model->path, model->name, recipe);
    }
    return TRUE;
}

char *vin_model_find(const VinModelParams *params, GError **error)
{
    const gboolean is_named = params->name != NULL && params->name[0] != '\0';

    return vin_find_model(is_named ? params->name : VIN_BUILTIN_MODEL, error);
}

VinModel *vin_model_load_path(const VinModelParams *params, const char *path, GError **error)
{
    g_autoptr(VinModel) model = g_new0(VinModel, 1);

    model->refs = 1;
    model->path = g_strdup(path);
    model->name = vin_find_model_name(model->path);
    model->folder = g_path_get_dirname(model->path);
    model->identity = vin_identity_of_params(params, path);
    model->more_files = g_ptr_array_new_with_free_func(g_free);
    model->more_identity = g_string_new(NULL);
    if (!load_parts(model, params, error)) {
        return NULL;
    }
    return g_steal_pointer(&model);
}

VinModel *vin_model_load(const VinModelParams *params, GError **error)
{
    g_autofree char *path = NULL;

    g_return_val_if_fail(params != NULL, NULL);
    path = vin_model_find(params, error);
    return path != NULL ? vin_model_load_path(params, path, error) : NULL;
}

const VinGraph *vin_model_get_graph(const VinModel *model)
{
    return model->graph;
}

const VinRecipe *vin_model_get_recipe(const VinModel *model)
{
    return &model->sidecar->recipe;
}

const char *vin_model_sidecar_path(const VinModel *model)
{
    return model->sidecar->path;
}

gboolean vin_model_select(const VinModel *model, const char *allow, const char *deny,
                          VinSelection **out, GError **error)
{
    return vin_selection_new(model->labels, allow, deny, out, error);
}

VinInputSize vin_model_input_size(const VinModel *model)
{
    const VinTensor *input = g_ptr_array_index(model->graph->inputs, 0);

    return (VinInputSize){vin_tensor_c(input), vin_tensor_w(input), vin_tensor_h(input)};
}

const char *vin_model_get_name(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, NULL);
    return model->name;
}

const char *vin_model_get_path(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, NULL);
    return model->path;
}

guint vin_model_get_n_classes(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, 0);
    return vin_tensor_c(g_ptr_array_index(model->graph->outputs, 0));
}

guint vin_model_get_n_heads(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, 0);
    return model->graph->outputs->len;
}

const char *vin_model_get_head(const VinModel *model, guint index)
{
    g_return_val_if_fail(model != NULL, NULL);
    if (index >= model->graph->outputs->len) {
        return NULL;
    }
    return index == 0 ? "main" : model->sidecar->heads[index - 1];
}

const char *vin_model_get_label(const VinModel *model, guint index)
{
    g_return_val_if_fail(model != NULL, NULL);
    return index < model->labels->n_labels ? model->labels->names[index] : NULL;
}

const char *vin_model_get_wnid(const VinModel *model, guint index)
{
    g_return_val_if_fail(model != NULL, NULL);
    return index < model->labels->n_labels ? model->labels->wnids[index] : NULL;
}

void vin_model_get_input_size(const VinModel *model, guint *width, guint *height)
{
    VinInputSize size;

    g_return_if_fail(model != NULL);
    size = vin_model_input_size(model);
    if (width != NULL) {
        *width = size.width;
    }
    if (height != NULL) {
        *height = size.height;
    }
}

guint vin_model_get_input_channels(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, 0);
    return vin_model_input_size(model).channels;
}

gboolean vin_model_has_recipe(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, FALSE);
    return model->sidecar->path != NULL;
}
