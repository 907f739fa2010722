/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinAhead: pipelines compiled on a further device of the same driver, for its disk cache. A
 * software driver compiles a pipeline when it first runs, on the one thread of the device's queue;
 * the first frame of a machine waits for all of them, one after the other. This compiles the same
 * ones from the other end of the list, and where the two meet the device finds the rest in the
 * cache.
 */
#ifndef VIN_PLAN_AHEAD_H
#define VIN_PLAN_AHEAD_H

#include "kernels/kernel.h"

typedef struct {
    guint shader; /* as in VinDispatch */
    guint n_spec;
    guint32 spec[VIN_MAX_SPEC];
} VinAheadKey;

typedef struct _VinAhead VinAhead;

/* @keys in the order in which they will run on @device; copied. NULL where it would be of no use:
 * on other drivers, for few pipelines, with a device that is not ours, with one processor. What
 * fails is only logged. */
VinAhead *vin_ahead_start(VinDevice *device, const VinAheadKey *keys, guint n);
/* Begins no other one, and waits for the one that is being compiled. */
void vin_ahead_free(VinAhead *ahead);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinAhead, vin_ahead_free)

#endif
