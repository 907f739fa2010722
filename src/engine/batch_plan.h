/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinBatchPlan: the network for 1, 2, 4, ... images at once, recorded once, for any stream's.
 */
#ifndef VIN_ENGINE_BATCH_PLAN_H
#define VIN_ENGINE_BATCH_PLAN_H

#include "plan/plan.h"

#define VIN_N_BATCH_PLANS 7 /* 1 to 64 images */

typedef struct {
    VinPlan *plan;
    guint index;          /* in the engine's table: it is for 1 << index images */
    VinPlace input, output; /* of the network, in the plan's arena */
    VinVkSet set;         /* arena and weights */
    VinVkCommand network; /* in flight as often as it is needed; not with time_layers */
} VinBatchPlan;

/* @base: of one image; NULL: this is it, and takes @plan, also when it fails. */
VinBatchPlan *vin_batch_plan_new(VinPlan *plan, gboolean time_layers, GError **error);
/* For 1 << @index images; shares with @base what can be shared. */
VinBatchPlan *vin_batch_plan_new_larger(const VinBatchPlan *base, guint index,
                                        gboolean time_layers, GError **error);
/* Nothing of it is in flight. */
void vin_batch_plan_free(VinBatchPlan *batch_plan);
/* The whole network into @command, between barriers. */
void vin_batch_plan_record(const VinBatchPlan *batch_plan, VinVkCommand *command,
                           gboolean time_layers);
/* Where image @i of @place lies, as a place of one image. */
VinPlace vin_batch_plan_image(const VinPlace *place, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinBatchPlan, vin_batch_plan_free)

#endif
