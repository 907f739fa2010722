/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A relu goes into the conv, gemm or add before it, when nobody else reads that. A relu of
 * something that is never negative (another relu, fused or not) goes altogether.
 */
#include "passes/passes.h"

/* Where @node keeps its fused relu, or NULL when it can't have one. */
static gboolean *relu_flag(VinNode *node)
{
    switch (node->op) {
    case VIN_OP_CONV:
        return &node->u.window.relu;
    case VIN_OP_GEMM:
        return &node->u.gemm.relu;
    case VIN_OP_ADD:
        return &node->u.relu;
    default:
        return NULL;
    }
}

static gboolean can_fuse(const VinGraph *graph, VinNode *relu)
{
    const VinTensor *x = relu->inputs[0];
    VinNode *producer = x->producer;
    gboolean *flag = producer != NULL ? relu_flag(producer) : NULL;

    if (producer == NULL) {
        return FALSE;
    }
    if (producer->op == VIN_OP_RELU || (flag != NULL && *flag)) {
        return TRUE;
    }
    return flag != NULL && vin_graph_only_reader(graph, x) == relu;
}

gboolean vin_pass_fuse_relu(VinGraph *graph, GError **error)
{
    guint i = 0;

    while (i < graph->nodes->len) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);
        VinTensor *x = node->inputs[0];

        if (node->op != VIN_OP_RELU || !can_fuse(graph, node)) {
            i++;
            continue;
        }
        if (x->producer->op != VIN_OP_RELU) {
            *relu_flag(x->producer) = TRUE;
        }
        vin_graph_replace_tensor(graph, node->output, x);
        vin_graph_remove_node(graph, node);
    }
    return TRUE;
}
