/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A layer whose weights are more than a shader can see at once becomes several, each of some of its
 * output channels:
 *
 *      x -- conv, w [K C R S] -- y      ->      x -+- conv, w [K0 C R S] -- y, channels 0..K0-1
 *                                                  +- conv, w [K1 C R S] -- y, channels K0..
 */
#include "passes/passes.h"

#include <string.h>

#include "base/error.h"
#include "graph/rewrite.h"

/* Parts begin at multiples of one of these, so that blocks of channels stay whole. */
static const guint32 whole_channels[] = {64, 16, 1};

typedef struct {
    VinNode *node;
    guint32 first, count; /* output channels */
} Part;

static gboolean has_constant_weights(const VinNode *node)
{
    return (node->op == VIN_OP_GEMM || (node->op == VIN_OP_CONV && node->u.window.groups == 1)) &&
           vin_tensor_is_constant(node->inputs[1]);
}

/* Output channels of a part; all where no split is needed, or none helps. */
static guint32 part_channels(const VinNode *node, guint64 max_bytes)
{
    const guint32 n_out = vin_tensor_c(node->output);
    const guint64 bytes = vin_shape_n_values(&node->inputs[1]->shape) * sizeof(float);
    const guint32 fit = (guint32)MIN(max_bytes / (bytes / n_out), n_out);
    guint i = 0;

    if (fit == n_out || fit == 0) {
        return n_out;
    }
    while (whole_channels[i] > fit) {
        i++;
    }
    return fit / whole_channels[i] * whole_channels[i];
}

/* Rows of @tensor, or with @columns what a matrix of @n_out columns has of them. */
static GBytes *slice(const VinTensor *tensor, const Part *part, guint32 n_out, gboolean columns)
{
    const gsize n_values = vin_shape_n_values(&tensor->shape);
    const gsize n_rows = n_values / n_out;
    const float *values = vin_tensor_floats(tensor);
    float *copy;

    if (!columns) {
        return g_bytes_new_from_bytes(tensor->data, part->first * n_rows * sizeof(float),
                                      part->count * n_rows * sizeof(float));
    }
    copy = g_try_malloc_n(n_rows * part->count, sizeof(float));
    for (gsize i = 0; copy != NULL && i < n_rows; i++) {
        memcpy(copy + i * part->count, values + i * n_out + part->first,
               part->count * sizeof(float));
    }
    return copy != NULL ? g_bytes_new_take(copy, n_rows * part->count * sizeof(float)) : NULL;
}

/* What @part has of input @i, a constant. */
static VinTensor *add_slice(VinGraph *graph, const Part *part, guint i, GError **error)
{
    const VinTensor *tensor = part->node->inputs[i];
    const gboolean columns =
        part->node->op == VIN_OP_GEMM && i == 1 && !part->node->u.gemm.trans_b;
    const guint32 n_out = vin_tensor_c(part->node->output);
    g_autofree char *base = g_strdup_printf("%s/%u", tensor->name, part->first);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    g_autoptr(GBytes) data = slice(tensor, part, n_out, columns);
    VinShape shape = tensor->shape;

    if (data == NULL) {
        vin_fail(error, VIN_ERROR_MEMORY, "node '%s': no host memory for a part of its weights",
                 part->node->name);
        return NULL;
    }
    shape.dims[columns ? 1 : 0] = part->count;
    return vin_graph_add_constant(graph, name, VIN_TYPE_F32, &shape, data);
}

static gboolean add_part(VinRewrite *rewrite, const Part *part, GError **error)
{
    const VinNode *node = part->node;
    VinNode proto = {.op = node->op, .n_inputs = node->n_inputs, .u = node->u};
    g_autofree char *base = g_strdup_printf("%s/%u", node->name, part->first);
    g_autofree char *name = vin_graph_unique_name(rewrite->graph, base);
    VinTensor *output;

    for (guint i = 0; i < node->n_inputs; i++) {
        proto.inputs[i] = node->inputs[i];
        if (i == 0 || node->inputs[i] == NULL) {
            continue;
        }
        proto.inputs[i] = add_slice(rewrite->graph, part, i, error);
        if (proto.inputs[i] == NULL) {
            return FALSE;
        }
    }
    output = vin_rewrite_add(rewrite, name, &proto, error);
    if (output == NULL) {
        return FALSE;
    }
    output->base = node->output;
    output->channel_offset = part->first;
    return TRUE;
}

gboolean vin_pass_split_weights(VinGraph *graph, guint64 max_bytes, GError **error)
{
    g_auto(VinRewrite) rewrite = {0};
    VinNode *node;

    vin_rewrite_begin(&rewrite, graph);
    while ((node = vin_rewrite_next(&rewrite)) != NULL) {
        const guint32 n_out = vin_tensor_c(node->output);
        Part part = {.node = node};

        if (!has_constant_weights(node) || part_channels(node, max_bytes) >= n_out) {
            vin_rewrite_keep(&rewrite, node);
            continue;
        }
        for (; part.first < n_out; part.first += part.count) {
            part.count = MIN(part_channels(node, max_bytes), n_out - part.first);
            if (!add_part(&rewrite, &part, error)) {
                vin_rewrite_keep(&rewrite, node);
                return FALSE;
            }
        }
        vin_rewrite_drop(&rewrite, node, NULL); /* its slices make its output */
    }
    return vin_graph_verify(graph, error);
}
