/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plans for 2, 4, 8, ... images, one after the other as streams come to need them. Whoever needs
 * one first makes it; all others go on with what there is.
 */
#include "engine/batches.h"

#include "base/log.h"

static void make(VinScheduler *scheduler, guint index)
{
    VinEngine *engine = scheduler->engine;
    g_autoptr(GError) error = NULL;
    VinBatchPlan *made;

    scheduler->is_making = TRUE;
    g_mutex_unlock(&scheduler->lock);
    made = vin_batch_plan_new_larger(scheduler->batch_plans[0], index, engine->time_layers,
                                     &error);
    if (made == NULL) {
        vin_log(VIN_LOG_WARN, "batches of %u images cannot be had, smaller ones go on: %s",
                1u << index, error->message);
    } else {
        vin_log(VIN_LOG_INFO, "batches of %u images: arena %.1f MiB more, weights %s",
                1u << index, (double)made->plan->arena.size / (1 << 20),
                made->plan->shares_weights ? "shared" : "of their own");
    }
    g_mutex_lock(&scheduler->lock);
    scheduler->batch_plans[index] = made;
    if (made == NULL) {
        scheduler->n_refused = index;
    }
    scheduler->is_making = FALSE;
}

const VinBatchPlan *vin_batches_choose(VinScheduler *scheduler, guint n)
{
    guint index = g_bit_storage(n) - 1;

    if (scheduler->n_refused > 0) {
        index = MIN(index, scheduler->n_refused - 1);
    }
    if (scheduler->batch_plans[index] == NULL && !scheduler->is_making) {
        make(scheduler, index);
        return NULL;
    }
    while (scheduler->batch_plans[index] == NULL) {
        index--;
    }
    return scheduler->batch_plans[index];
}
