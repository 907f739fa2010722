/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A relu goes into the conv, gemm or add before it, when nobody else reads that. A relu of
 * something that is never negative (another relu, fused or not) goes altogether.
 */
#include "graph/rewrite.h"
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

static gboolean can_fuse(const VinRewrite *rewrite, const VinNode *relu)
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
    return flag != NULL && vin_rewrite_n_readers(rewrite, x) == 1;
}

gboolean vin_pass_fuse_relu(VinGraph *graph, GError **error)
{
    g_auto(VinRewrite) rewrite = {0};
    VinNode *node;

    vin_rewrite_begin(&rewrite, graph);
    while ((node = vin_rewrite_next(&rewrite)) != NULL) {
        VinTensor *x = node->inputs[0];

        if (node->op != VIN_OP_RELU || !can_fuse(&rewrite, node)) {
            vin_rewrite_keep(&rewrite, node);
            continue;
        }
        if (x->producer->op != VIN_OP_RELU) {
            *relu_flag(x->producer) = TRUE;
        }
        vin_rewrite_drop(&rewrite, node, x);
    }
    return TRUE;
}
