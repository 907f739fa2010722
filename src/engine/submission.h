/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSubmission: the fence and the timestamps of work that the device got at once: one slot's, or
 * that of a batch. Used again when nobody refers to it any more, so that a fence is never reset
 * while somebody waits for it. All but waiting for its head is under the scheduler's lock.
 */
#ifndef VIN_ENGINE_SUBMISSION_H
#define VIN_ENGINE_SUBMISSION_H

#include "engine/engine.h"
#include "engine/slot.h"

struct _VinSubmission {
    guint ref_count;
    const VinEngine *engine;
    VinVkCommand head;     /* the first: orders all behind earlier work; has fence and timestamps */
    VinVkCommand tail;     /* the last: results become visible */
    VinVkCommand network;  /* with time_layers, for timestamps of its own, else unused */
    const VinBatchPlan *recorded; /* what network is of */
    const VinBatchPlan *batch_plan; /* of this run */
    guint n_frames;        /* of this run */
    GArray *buffers;       /* of this run: VkCommandBuffer */
};

VinSubmission *vin_submission_new(VinEngine *engine, GError **error);
void vin_submission_free(VinSubmission *submission); /* gives the device up that does not end it */
/* Timestamps of its head: 0 first, then n_steps + 1 with time_layers, then the last. */
guint vin_submission_n_queries(const VinEngine *engine);
/* Starts @n loaded slots, whose images are those of @batch_plan in this order. VIN_WORK_PREPROCESS
 * goes alone. */
gboolean vin_submission_start(VinSubmission *submission, const VinBatchPlan *batch_plan,
                              VinSlot **slots, guint n, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinSubmission, vin_submission_free)

#endif
