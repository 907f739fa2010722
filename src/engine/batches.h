/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which plans an engine has for several images at once. They are made when they are first
 * wanted.
 */
#ifndef VIN_ENGINE_BATCHES_H
#define VIN_ENGINE_BATCHES_H

#include "engine/scheduler.h"

/* The largest plan for at most @n images, 1 to 64. NULL when one was made instead, without the
 * lock, that would have been better: look again. While another thread makes one, and where none
 * can be made, smaller ones do. With the scheduler's lock. */
const VinBatchPlan *vin_batches_choose(VinScheduler *scheduler, guint n);

#endif
