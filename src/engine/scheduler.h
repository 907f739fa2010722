/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinScheduler: which loaded slots, of whatever streams, go to the device together, and when. It
 * has no thread: who submits, waits or asks starts what is due.
 */
#ifndef VIN_ENGINE_SCHEDULER_H
#define VIN_ENGINE_SCHEDULER_H

#include "engine/submission.h"

struct _VinScheduler {
    VinEngine *engine;  /* borrowed */
    guint batch_size;
    gint64 timeout_us;
    VinScheduling scheduling;
    GMutex lock;        /* of all below, of submissions, of states of the engine's slots, and of
                         * what streams are set to. Never held over a wait for the device, a copy
                         * of planes or a compilation */
    GCond changed;      /* something gathered has started, or was forgotten */
    GQueue gathered;    /* VinSlot, the oldest first */
    GQueue in_flight;   /* VinSubmission, referenced, in the order of their start; batches only */
    GPtrArray *idle;    /* VinSubmission */
    guint n_reserved;   /* submissions that slots may need at once */
    VinBatchPlan *batch_plans[VIN_N_BATCH_PLANS]; /* NULL: not made; [0] always is there */
    guint n_refused;    /* 0, or the index of the smallest plan that could not be made */
    gboolean is_making; /* a thread makes a plan */
};

/* @params: as vin_engine_new() got them. Takes @base. */
VinScheduler *vin_scheduler_new(VinEngine *engine, VinBatchPlan *base,
                                const VinEngineParams *params);
/* All streams are gone; NULL is welcome. */
void vin_scheduler_free(VinScheduler *scheduler);
/* Makes ready for @n slots more. */
gboolean vin_scheduler_reserve(VinScheduler *scheduler, guint n, GError **error);
void vin_scheduler_unreserve(VinScheduler *scheduler, guint n);

/* Of a slot that the thread has taken and loaded, and that has its ticket: starts it, at once or
 * once it has company. FALSE when it was tried to start and failed. */
gboolean vin_scheduler_add(VinScheduler *scheduler, VinSlot *slot, GError **error);
/* Starts it at once and alone. */
gboolean vin_scheduler_run(VinScheduler *scheduler, VinSlot *slot, GError **error);
/* Starts what @owner has gathered. */
void vin_scheduler_flush(VinScheduler *scheduler, gconstpointer owner);
/* Takes a slot out that has not started. With the lock. */
void vin_scheduler_forget(VinScheduler *scheduler, VinSlot *slot);

/* With the lock: whether a slot whose result nobody wants has ended. */
gboolean vin_scheduler_is_done(VinSlot *slot);
/* Waits for the slot as long as it has this ticket; TRUE when a wait would not last any more. */
gboolean vin_scheduler_poll(VinScheduler *scheduler, VinSlot *slot, VinTicket ticket,
                            guint64 timeout_ns);
/* The work of a slot that the thread has taken is done. FALSE with the error that it failed with,
 * or that the wait failed with; then it may go on. */
gboolean vin_scheduler_wait(VinScheduler *scheduler, VinSlot *slot, GError **error);
/* With the lock: the slot needs its submission no more, if that is done. */
void vin_scheduler_let_go(VinScheduler *scheduler, VinSlot *slot);

#endif
