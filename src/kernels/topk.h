/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Top-k of a probability vector in the arena, into the result buffer.
 */
#ifndef VIN_KERNELS_TOPK_H
#define VIN_KERNELS_TOPK_H

#include "kernels/kernel.h"

/* Result buffer, per image: k pairs (guint32 index, float score), highest first, equal scores by
 * index, VIN_TOPK_NONE and -infinity where no number is left; how many scores are NaN (guint32);
 * then, when @all_scores, c floats. @k may be 0. */
#define VIN_TOPK_NONE G_MAXUINT32

gsize vin_topk_result_bytes(guint32 n, guint32 c, guint32 k, gboolean all_scores);
void vin_topk_dispatch(const VinPlace *in, guint32 k, gboolean all_scores,
                       const VinCaps *caps, VinDispatch *dispatch);

#endif
