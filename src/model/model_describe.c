/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A model in words: the file, the recipe and the labels, before what the graph says of
 * itself (graph/dump.c).
 */
#include "base/json.h"
#include "graph/dump.h"
#include "model/activation.h"
#include "model/model_private.h"

char *vin_model_describe_recipe(const VinModel *model)
{
    g_return_val_if_fail(model != NULL, NULL);
    return vin_recipe_to_string(&model->sidecar->recipe, vin_model_input_size(model));
}

static char *describe_text(const VinModel *model)
{
    g_autofree char *recipe = vin_model_describe_recipe(model);
    g_autofree char *graph = vin_graph_dump_text(model->graph);
    g_autofree char *name = vin_printable(model->name);
    g_autofree char *path = vin_printable(model->path);
    g_autofree char *producer =
        model->producer != NULL ? vin_printable(model->producer) : g_strdup("nobody known");
    g_autofree char *sidecar = vin_printable(model->sidecar->path != NULL ? model->sidecar->path
                                                                          : "assumed");
    g_autofree char *labels =
        vin_printable(model->labels_path != NULL ? model->labels_path : "numbered");
    const VinInputSize input = vin_model_input_size(model);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "model     %s\n", name);
    g_string_append_printf(text, "file      %s, %" G_GUINT64_FORMAT " bytes\n", path,
                           model->file_bytes);
    g_string_append_printf(text,
                           "format    ONNX, IR version %" G_GINT64_FORMAT ", operator set "
                           "%" G_GINT64_FORMAT ", made by %s\n",
                           model->ir_version, model->opset, producer);
    g_string_append_printf(text, "input     %u x %u, %u channel%s\n", input.width, input.height,
                           input.channels, input.channels == 1 ? "" : "s");
    g_string_append_printf(text, "recipe    %s (%s)\n", recipe, sidecar);
    g_string_append_printf(text, "scores    activation %s\n",
                           vin_activation_name(vin_activation_of(model->graph)));
    g_string_append_printf(text, "labels    %u (%s)\n\n", model->labels->n_labels, labels);
    g_string_append(text, graph);
    return g_string_free(text, FALSE);
}

static void append_json_text(GString *json, const char *key, const char *value)
{
    if (json->len > 1) {
        g_string_append(json, ", ");
    }
    g_string_append_printf(json, "\"%s\": ", key);
    if (value != NULL) {
        vin_json_append_string(json, value);
    } else {
        g_string_append(json, "null");
    }
}

static void append_json_number(GString *json, const char *key, guint64 value)
{
    g_string_append_printf(json, ", \"%s\": %" G_GUINT64_FORMAT, key, value);
}

/* The graph's own JSON object with the facts of the model as its first members. */
static char *describe_json(const VinModel *model)
{
    g_autofree char *recipe = vin_model_describe_recipe(model);
    g_autofree char *graph = vin_graph_dump_json(model->graph);
    const VinInputSize input = vin_model_input_size(model);
    GString *json = g_string_new("{");

    append_json_text(json, "name", model->name);
    append_json_text(json, "file", model->path);
    append_json_number(json, "file_bytes", model->file_bytes);
    append_json_number(json, "ir_version", (guint64)model->ir_version);
    append_json_number(json, "opset", (guint64)model->opset);
    append_json_text(json, "producer", model->producer);
    append_json_number(json, "input_width", input.width);
    append_json_number(json, "input_height", input.height);
    append_json_number(json, "input_channels", input.channels);
    append_json_text(json, "recipe", recipe);
    append_json_text(json, "recipe_file", model->sidecar->path);
    append_json_text(json, "activation", vin_activation_name(vin_activation_of(model->graph)));
    append_json_number(json, "classes", model->labels->n_labels);
    append_json_text(json, "labels_file", model->labels_path);
    g_string_append_printf(json, ", %s", graph + 1);
    return g_string_free(json, FALSE);
}

char *vin_model_describe(const VinModel *model, VinDescribeFormat format)
{
    g_return_val_if_fail(model != NULL, NULL);
    switch (format) {
    case VIN_DESCRIBE_JSON:
        return describe_json(model);
    case VIN_DESCRIBE_DOT:
        return vin_graph_dump_dot(model->graph);
    default:
        return describe_text(model);
    }
}
