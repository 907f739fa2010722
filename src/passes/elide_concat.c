/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Channel-offset concat: each input becomes a slice of the output, so that its producer
 * writes there at once and the concat itself vanishes.
 *
 *      a [N 2 H W] --+
 *                    concat [N 5 H W]     ->     out [N 5 H W] = [ a | b ]
 *      b [N 3 H W] --+
 *
 * An input that itself is the output of an earlier concat becomes a slice with slices.
 */
#include "graph/rewrite.h"
#include "passes/passes.h"

/* Whether @tensor's only home can be a slice. The graph's own inputs and outputs have dense
 * memory of their own, a reshape's output lies where its input does, and so its input must not
 * be split from it; nothing can lie in two places. */
static gboolean can_be_view(const VinGraph *graph, const VinTensor *tensor)
{
    return !g_ptr_array_find(graph->inputs, tensor, NULL) &&
           !g_ptr_array_find(graph->outputs, tensor, NULL) && tensor->base == NULL &&
           (tensor->producer == NULL || tensor->producer->op != VIN_OP_RESHAPE);
}

/* Puts a copy of input @i before @concat and returns the copy. */
static VinTensor *add_copy(VinRewrite *rewrite, const VinNode *concat, guint i, GError **error)
{
    g_autofree char *base = g_strdup_printf("%s/copy%u", concat->name, i);
    g_autofree char *name = vin_graph_unique_name(rewrite->graph, base);
    VinNode copy = {.op = VIN_OP_COPY, .n_inputs = 1};

    copy.inputs[0] = concat->inputs[i];
    return vin_rewrite_add(rewrite, name, &copy, error);
}

static gboolean elide(VinRewrite *rewrite, VinNode *concat, GError **error)
{
    VinTensor *out = concat->output;
    guint32 channel = 0;

    for (guint i = 0; i < concat->n_inputs; i++) {
        VinTensor *input = concat->inputs[i];

        if (!can_be_view(rewrite->graph, input)) {
            input = add_copy(rewrite, concat, i, error);
            if (input == NULL) {
                return FALSE;
            }
        }
        input->base = out;
        input->channel_offset = channel;
        channel += vin_tensor_c(input);
    }
    return TRUE;
}

gboolean vin_pass_elide_concat(VinGraph *graph, GError **error)
{
    g_auto(VinRewrite) rewrite = {0};
    VinNode *node;

    vin_rewrite_begin(&rewrite, graph);
    while ((node = vin_rewrite_next(&rewrite)) != NULL) {
        if (node->op != VIN_OP_CONCAT) {
            vin_rewrite_keep(&rewrite, node);
            continue;
        }
        if (!elide(&rewrite, node, error)) {
            vin_rewrite_keep(&rewrite, node);
            return FALSE;
        }
        vin_rewrite_drop(&rewrite, node, NULL); /* its slices make its output */
    }
    return TRUE;
}
