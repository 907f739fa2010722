/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the tensors of a plan lie in its arena.
 */
#ifndef VIN_PLAN_ARENA_H
#define VIN_PLAN_ARENA_H

#include "plan/plan.h"
#include "plan/storage.h"

/* Offsets of storages whose lifetimes and orders are set, and plan->arena_floats. Where
 * plan->is_far, the graph's inputs and outputs come first, for those are bound. */
void vin_arena_place(VinPlan *plan, VinStorageMap *map, const VinPlanParams *params);
/* Is it too large? VIN_ERROR_MEMORY with the layer, its bytes and the limit. */
gboolean vin_arena_check(const VinPlan *plan, const VinCaps *caps, const VinStorageMap *map,
                         GError **error);
/* A place for every tensor that has one. */
void vin_arena_fill_places(VinPlan *plan, const VinStorageMap *map);

#endif
