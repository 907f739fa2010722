/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes out nodes that change nothing: dropout (identity in inference), identity, reshape
 * to the shape there is, concat of one.
 */
#include "passes/passes.h"

static gboolean is_noop(const VinNode *node)
{
    switch (node->op) {
    case VIN_OP_DROPOUT:
    case VIN_OP_IDENTITY:
        return TRUE;
    case VIN_OP_RESHAPE:
        return vin_shape_equal(&node->inputs[0]->shape, &node->output->shape);
    case VIN_OP_CONCAT:
        return node->n_inputs == 1;
    default:
        return FALSE;
    }
}

gboolean vin_pass_drop_noops(VinGraph *graph, GError **error)
{
    guint i = 0;

    while (i < graph->nodes->len) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (is_noop(node)) {
            vin_graph_replace_tensor(graph, node->output, node->inputs[0]);
            vin_graph_remove_node(graph, node);
        } else {
            i++;
        }
    }
    return TRUE;
}
