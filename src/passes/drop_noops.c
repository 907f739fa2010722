/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes out nodes that change nothing: dropout (identity in inference), identity, reshape
 * to the shape there is, concat of one.
 */
#include "graph/rewrite.h"
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
    g_auto(VinRewrite) rewrite = {0};
    VinNode *node;

    vin_rewrite_begin(&rewrite, graph);
    while ((node = vin_rewrite_next(&rewrite)) != NULL) {
        if (is_noop(node)) {
            vin_rewrite_drop(&rewrite, node, node->inputs[0]);
        } else {
            vin_rewrite_keep(&rewrite, node);
        }
    }
    return TRUE;
}
