/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mixing intermediate softmaxes into the result. Done in the graph, so that the mixing
 * runs on the device by the ordinary kernels and costs nothing when only main is wanted.
 */
#include "engine/heads.h"

#include <math.h>

#include "base/error.h"
#include "graph/rewrite.h"

#define AUXILIARY_WEIGHT 0.3

typedef struct {
    guint output;  /* index in the graph's outputs */
    double weight;
} Head;

static char *list_names(const VinModel *model)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < vin_model_get_n_heads(model); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", vin_model_get_head(model, i));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static gboolean add_head(const VinModel *model, const char *name, GArray *chosen, GError **error)
{
    g_autofree char *names = NULL;

    for (guint i = 0; i < vin_model_get_n_heads(model); i++) {
        if (g_str_equal(name, vin_model_get_head(model, i))) {
            const Head head = {i, i == 0 ? 1.0 : AUXILIARY_WEIGHT};

            for (guint k = 0; k < chosen->len; k++) {
                if (g_array_index(chosen, Head, k).output == i) {
                    return vin_fail(error, VIN_ERROR_INVALID, "head \"%s\" is named twice", name);
                }
            }
            g_array_append_val(chosen, head);
            return TRUE;
        }
    }
    names = list_names(model);
    return vin_fail(error, VIN_ERROR_INVALID,
                    "model %s has no head \"%s\"; it has: %s; \"all\" takes them all",
                    vin_model_get_name(model), name, names);
}

static gboolean parse_heads(const VinModel *model, const char *heads, GArray *chosen,
                            GError **error)
{
    g_autofree char *all = NULL;
    g_auto(GStrv) names = NULL;

    if (heads == NULL || heads[0] == '\0') {
        heads = "main";
    } else if (g_str_equal(heads, "all")) {
        heads = all = list_names(model);
    }
    names = g_strsplit(heads, ",", -1);
    for (guint i = 0; names[i] != NULL; i++) {
        if (!add_head(model, g_strstrip(names[i]), chosen, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean parse_weights(const char *weights, GArray *chosen, GError **error)
{
    g_auto(GStrv) parts = NULL;
    double sum = 0;

    if (weights != NULL && weights[0] != '\0') {
        parts = g_strsplit(weights, ",", -1);
        if (g_strv_length(parts) != chosen->len) {
            return vin_fail(error, VIN_ERROR_INVALID,
                            "head weights \"%s\" are %u numbers for %u heads", weights,
                            g_strv_length(parts), chosen->len);
        }
    }
    for (guint i = 0; i < chosen->len; i++) {
        Head *head = &g_array_index(chosen, Head, i);

        if (parts != NULL) {
            char *end = NULL;
            const char *text = g_strstrip(parts[i]);

            head->weight = g_ascii_strtod(text, &end);
            if (end == text || *end != '\0' || !isfinite(head->weight) || head->weight < 0) {
                return vin_fail(error, VIN_ERROR_INVALID,
                                "head weight \"%s\" is not a number of 0 or more", text);
            }
        }
        sum += head->weight;
    }
    if (!(sum > 0) || !isfinite(sum)) {
        return vin_fail(error, VIN_ERROR_INVALID, "head weights add up to %g; it must be over 0",
                        sum);
    }
    for (guint i = 0; i < chosen->len; i++) {
        g_array_index(chosen, Head, i).weight /= sum;
    }
    return TRUE;
}

/* Appends value * weight to the graph. */
static VinTensor *scale(VinGraph *graph, VinTensor *value, double weight, GError **error)
{
    const VinShape scalar = {.n_dims = 0};
    const float number = (float)weight;
    g_autoptr(GBytes) data = g_bytes_new(&number, sizeof number);
    g_autofree char *weight_name = vin_graph_unique_name(graph, "head_weight");
    g_autofree char *name = vin_graph_unique_name(graph, "head_scaled");
    VinNode proto = {.op = VIN_OP_MUL, .n_inputs = 2};

    proto.inputs[0] = value;
    proto.inputs[1] = vin_graph_add_constant(graph, weight_name, VIN_TYPE_F32, &scalar, data);
    return vin_graph_add_node(graph, name, &proto, name, error);
}

static VinTensor *mix(VinGraph *graph, const GArray *chosen, GError **error)
{
    VinTensor *sum = NULL;

    for (guint i = 0; i < chosen->len; i++) {
        const Head *head = &g_array_index(chosen, Head, i);
        VinTensor *part = g_ptr_array_index(graph->outputs, head->output);

        if (chosen->len == 1) {
            return part;
        }
        part = scale(graph, part, head->weight, error);
        if (part != NULL && sum != NULL) {
            g_autofree char *name = vin_graph_unique_name(graph, "head_mix");
            VinNode proto = {.op = VIN_OP_ADD, .n_inputs = 2, .inputs = {sum, part}};

            part = vin_graph_add_node(graph, name, &proto, name, error);
        }
        if (part == NULL) {
            return NULL;
        }
        sum = part;
    }
    return sum;
}

VinGraph *vin_heads_build(const VinModel *model, const char *heads, const char *weights,
                          GError **error)
{
    g_autoptr(VinGraph) graph = vin_graph_copy(vin_model_get_graph(model));
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(Head));
    VinTensor *output;

    if (!parse_heads(model, heads, chosen, error) || !parse_weights(weights, chosen, error)) {
        return NULL;
    }
    output = mix(graph, chosen, error);
    if (output == NULL) {
        return NULL;
    }
    g_ptr_array_set_size(graph->outputs, 0);
    g_ptr_array_add(graph->outputs, output);
    vin_graph_drop_unread(graph);
    return g_steal_pointer(&graph);
}
