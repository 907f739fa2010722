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

/* Puts a copy of input @i before @concat, at @place, and returns the copy. */
static VinTensor *insert_copy(VinGraph *graph, guint place, const VinNode *concat, guint i,
                              GError **error)
{
    g_autofree char *base = g_strdup_printf("%s/copy%u", concat->name, i);
    g_autofree char *name = vin_graph_unique_name(graph, base);
    VinNode copy = {.op = VIN_OP_COPY, .n_inputs = 1};

    copy.inputs[0] = concat->inputs[i];
    return vin_graph_insert_node(graph, place, name, &copy, name, error);
}

/* The number of nodes put before @concat, which is gone after; -1 with @error. */
static gint elide(VinGraph *graph, guint place, VinNode *concat, GError **error)
{
    VinTensor *out = concat->output;
    guint32 channel = 0;
    gint n_copies = 0;

    for (guint i = 0; i < concat->n_inputs; i++) {
        VinTensor *input = concat->inputs[i];

        if (!can_be_view(graph, input)) {
            input = insert_copy(graph, place + (guint)n_copies, concat, i, error);
            if (input == NULL) {
                return -1;
            }
            n_copies++;
        }
        input->base = out;
        input->channel_offset = channel;
        channel += vin_tensor_c(input);
    }
    vin_graph_remove_node(graph, concat);
    return n_copies;
}

gboolean vin_pass_elide_concat(VinGraph *graph, GError **error)
{
    guint i = 0;

    while (i < graph->nodes->len) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);
        gint n_copies = 0;

        if (node->op != VIN_OP_CONCAT) {
            i++;
            continue;
        }
        n_copies = elide(graph, i, node, error);
        if (n_copies < 0) {
            return FALSE;
        }
        i += (guint)n_copies;
    }
    return TRUE;
}
