/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Order of the steps. Nodes that do not wait for each other form a phase; a barrier
 * stands between two phases. The branches of an inception module share phases.
 */
#ifndef VIN_PLAN_SCHEDULE_H
#define VIN_PLAN_SCHEDULE_H

#include "plan/storage.h"

typedef struct {
    const VinNode *node;
    guint phase; /* from 0, never falling */
} VinScheduled;

/* Every node that needs a dispatch, in order; array of VinScheduled. */
GArray *vin_schedule_new(const VinGraph *graph, const VinStorageMap *map);
/* Sets the lifetime of every storage, in phases. The input lives from the start, outputs
 * live to the end. */
void vin_schedule_lifetimes(const GArray *schedule, const VinGraph *graph,
                            VinStorageMap *map);

#endif
