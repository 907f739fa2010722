/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Top-k of a probability vector: the size of its result and its dispatch. Not a node of
 * the graph, so not in the registry.
 */
#include "kernels/topk.h"

#include "abi/topk.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_topk_push) <= VIN_PUSH_BYTES);
G_STATIC_ASSERT(VIN_TOPK_NONE == VIN_TOPK_NO_INDEX);

gsize vin_topk_result_bytes(guint32 n, guint32 c, guint32 k, gboolean all_scores)
{
    return (gsize)n * (2 * (gsize)k + 1 + (all_scores ? c : 0)) * sizeof(guint32);
}

void vin_topk_dispatch(const VinPlace *in, guint32 k, gboolean all_scores,
                       const VinCaps *caps, VinDispatch *dispatch)
{
    struct vin_topk_push push = {
        .in_offset = in->offset,
        .in_n_stride = in->n_stride,
        .in_c_stride = in->c_stride,
        .channels = in->c,
        .k = k,
        .n_scores = all_scores ? in->c : 0,
    };

    g_assert(k <= VIN_TOPK_MAX_K && in->c <= VIN_TOPK_MAX_CHANNELS);
    vin_dispatch_init(dispatch, VIN_SHADER_TOPK, &push, sizeof push);
    dispatch->groups[0] = in->n;
}
