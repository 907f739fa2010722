/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Gathering, starting, waiting. Frames that start together are taken apart into powers of two, for
 * which there are plans; no image is computed for nothing. Making a plan is batches.c's.
 */
#include "engine/scheduler.h"

#include "base/error.h"
#include "engine/batches.h"
#include "engine/options.h"

VinScheduler *vin_scheduler_new(VinEngine *engine, VinBatchPlan *base,
                                const VinEngineParams *params)
{
    VinScheduler *scheduler = g_new0(VinScheduler, 1);
    const guint64 timeout_ns = params->batch_timeout_ns != 0 ? params->batch_timeout_ns
                                                             : VIN_DEFAULT_BATCH_TIMEOUT_NS;

    scheduler->engine = engine;
    scheduler->batch_size = MAX(params->batch_size, 1);
    scheduler->timeout_us = (gint64)MIN(timeout_ns / 1000, (guint64)G_MAXINT64 / 2);
    scheduler->scheduling = params->scheduling;
    scheduler->batch_plans[0] = base;
    scheduler->idle = g_ptr_array_new_with_free_func((GDestroyNotify)vin_submission_free);
    g_mutex_init(&scheduler->lock);
    g_cond_init(&scheduler->changed);
    return scheduler;
}

/* With the lock. */
static VinSubmission *ref(VinSubmission *submission)
{
    submission->ref_count++;
    return submission;
}

/* With the lock. */
static void unref(VinScheduler *scheduler, VinSubmission *submission)
{
    if (--submission->ref_count == 0) {
        g_ptr_array_add(scheduler->idle, submission);
    }
}

void vin_scheduler_free(VinScheduler *scheduler)
{
    VinSubmission *submission;

    if (scheduler == NULL) {
        return;
    }
    while ((submission = g_queue_pop_head(&scheduler->in_flight)) != NULL) {
        unref(scheduler, submission);
    }
    g_ptr_array_unref(scheduler->idle);
    for (guint i = VIN_N_BATCH_PLANS; i-- > 0;) { /* [0] is what the others share */
        vin_batch_plan_free(scheduler->batch_plans[i]);
    }
    g_mutex_clear(&scheduler->lock);
    g_cond_clear(&scheduler->changed);
    g_free(scheduler);
}

gboolean vin_scheduler_reserve(VinScheduler *scheduler, guint n, GError **error)
{
    for (guint i = 0; i < n; i++) {
        VinSubmission *submission = vin_submission_new(scheduler->engine, error);

        if (submission == NULL) {
            vin_scheduler_unreserve(scheduler, i);
            return FALSE;
        }
        g_mutex_lock(&scheduler->lock);
        g_ptr_array_add(scheduler->idle, submission);
        scheduler->n_reserved++;
        g_mutex_unlock(&scheduler->lock);
    }
    return TRUE;
}

void vin_scheduler_unreserve(VinScheduler *scheduler, guint n)
{
    g_autoptr(GPtrArray) surplus =
        g_ptr_array_new_with_free_func((GDestroyNotify)vin_submission_free);

    g_mutex_lock(&scheduler->lock);
    scheduler->n_reserved -= n;
    while (scheduler->idle->len > scheduler->n_reserved) {
        g_ptr_array_add(surplus, g_ptr_array_steal_index(scheduler->idle, 0));
    }
    g_mutex_unlock(&scheduler->lock);
}

/* Whether the device has nothing to do. With the lock. */
static gboolean is_idle(VinScheduler *scheduler)
{
    VinSubmission *oldest;

    while ((oldest = g_queue_peek_head(&scheduler->in_flight)) != NULL &&
           vin_vk_command_settle(&oldest->head)) {
        unref(scheduler, g_queue_pop_head(&scheduler->in_flight));
    }
    return oldest == NULL;
}

/* One that is done, the last used first. With the lock. */
static VinSubmission *take_idle(VinScheduler *scheduler, GError **error)
{
    VinSubmission *submission = NULL;

    for (guint i = scheduler->idle->len; i-- > 0 && submission == NULL;) {
        submission = g_ptr_array_index(scheduler->idle, i);
        vin_vk_command_settle(&submission->head); /* in flight yet if a wait for it failed */
        if (vin_vk_command_is_in_flight(&submission->head)) {
            submission = NULL;
        } else {
            g_ptr_array_steal_index(scheduler->idle, i);
        }
    }
    if (submission == NULL) {
        submission = vin_submission_new(scheduler->engine, error);
    }
    return submission != NULL ? ref(submission) : NULL;
}

/* With the lock. Each of the slots has an error afterwards, or the submission. */
static void start(VinScheduler *scheduler, const VinBatchPlan *batch_plan, VinSlot **slots,
                  guint n)
{
    g_autoptr(GError) error = NULL;
    VinSubmission *submission;

    is_idle(scheduler); /* what is done can be used again */
    submission = take_idle(scheduler, &error);
    if (submission != NULL &&
        vin_submission_start(submission, batch_plan, slots, n, &error)) {
        for (guint i = 0; i < n; i++) {
            slots[i]->submission = ref(submission);
        }
        if (scheduler->batch_size > 1) {
            g_queue_push_tail(&scheduler->in_flight, ref(submission));
        }
    }
    for (guint i = 0; i < n; i++) {
        slots[i]->is_gathered = FALSE;
        if (slots[i]->submission == NULL) {
            slots[i]->error = g_error_copy(error);
        }
    }
    if (submission != NULL) {
        unref(scheduler, submission);
    }
    g_cond_broadcast(&scheduler->changed);
}

/* Starts the oldest @n of what is gathered, or what there is. With the lock, which it lets go of
 * to make a plan. */
static void start_gathered(VinScheduler *scheduler, guint n)
{
    while (n > 0 && scheduler->gathered.length > 0) {
        const guint wanted = MIN(MIN(n, scheduler->gathered.length), scheduler->batch_size);
        const VinBatchPlan *batch_plan = vin_batches_choose(scheduler, wanted);
        VinSlot *slots[1 << (VIN_N_BATCH_PLANS - 1)];
        guint n_images;

        if (batch_plan == NULL) { /* one was made; meanwhile all may have changed */
            continue;
        }
        n_images = 1u << batch_plan->index;
        for (guint i = 0; i < n_images; i++) {
            slots[i] = g_queue_pop_head(&scheduler->gathered);
        }
        start(scheduler, batch_plan, slots, n_images);
        n -= n_images;
    }
}

/* Starts what need not wait any more. With the lock. */
static void kick(VinScheduler *scheduler)
{
    const VinSlot *oldest = g_queue_peek_head(&scheduler->gathered);

    while (scheduler->gathered.length >= scheduler->batch_size) {
        start_gathered(scheduler, scheduler->batch_size);
    }
    oldest = g_queue_peek_head(&scheduler->gathered);
    if (oldest != NULL &&
        (oldest->due_us <= g_get_monotonic_time() ||
         (scheduler->scheduling == VIN_SCHEDULING_LATENCY && is_idle(scheduler)))) {
        start_gathered(scheduler, scheduler->gathered.length);
    }
}

static gboolean take_error(VinSlot *slot, GError **error)
{
    if (slot->error == NULL) {
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&slot->error));
    return FALSE;
}

gboolean vin_scheduler_add(VinScheduler *scheduler, VinSlot *slot, GError **error)
{
    gboolean ok;

    if (scheduler->batch_size == 1) {
        return vin_scheduler_run(scheduler, slot, error);
    }
    g_mutex_lock(&scheduler->lock);
    slot->is_gathered = TRUE;
    slot->due_us = g_get_monotonic_time() + scheduler->timeout_us;
    g_queue_push_tail(&scheduler->gathered, slot);
    kick(scheduler);
    ok = take_error(slot, error);
    g_mutex_unlock(&scheduler->lock);
    return ok;
}

gboolean vin_scheduler_run(VinScheduler *scheduler, VinSlot *slot, GError **error)
{
    gboolean ok;

    g_mutex_lock(&scheduler->lock);
    start(scheduler, scheduler->batch_plans[0], &slot, 1);
    ok = take_error(slot, error);
    g_mutex_unlock(&scheduler->lock);
    return ok;
}

void vin_scheduler_flush(VinScheduler *scheduler, gconstpointer owner)
{
    guint n = 0, i = 0;

    g_mutex_lock(&scheduler->lock);
    for (GList *link = scheduler->gathered.head; link != NULL; link = link->next) {
        i++;
        if (((const VinSlot *)link->data)->owner == owner) {
            n = i; /* those before it are older and go along */
        }
    }
    start_gathered(scheduler, n);
    g_mutex_unlock(&scheduler->lock);
}

void vin_scheduler_forget(VinScheduler *scheduler, VinSlot *slot)
{
    if (slot->is_gathered) {
        g_queue_remove(&scheduler->gathered, slot);
        slot->is_gathered = FALSE;
        g_cond_broadcast(&scheduler->changed);
    }
    g_clear_error(&slot->error);
}

gboolean vin_scheduler_is_done(VinSlot *slot)
{
    return !slot->is_gathered &&
           (slot->submission == NULL || vin_vk_command_settle(&slot->submission->head));
}

/* Waits for a submission until @end_us; TRUE when it is done. With the lock, which it lets go of
 * meanwhile. */
static gboolean wait_for_submission(VinScheduler *scheduler, VinSubmission *submission,
                                    gint64 end_us)
{
    const gint64 now_us = end_us != G_MAXINT64 ? g_get_monotonic_time() : 0;
    const guint64 timeout_ns = end_us == G_MAXINT64 ? G_MAXUINT64
                               : end_us > now_us    ? (guint64)(end_us - now_us) * 1000
                                                    : 0;
    gboolean is_done;

    ref(submission);
    g_mutex_unlock(&scheduler->lock);
    is_done = vin_vk_command_poll(&submission->head, timeout_ns);
    g_mutex_lock(&scheduler->lock);
    unref(scheduler, submission);
    return is_done;
}

/* Waits until a slot that is gathered may start, or until @end_us; then the caller looks again.
 * With the lock, which it lets go of meanwhile. */
static void wait_for_start(VinScheduler *scheduler, const VinSlot *slot, gint64 end_us)
{
    VinSubmission *newest = g_queue_peek_tail(&scheduler->in_flight);

    end_us = MIN(end_us, slot->due_us);
    if (scheduler->scheduling == VIN_SCHEDULING_LATENCY && newest != NULL) {
        wait_for_submission(scheduler, newest, end_us);
    } else {
        g_cond_wait_until(&scheduler->changed, &scheduler->lock, end_us);
    }
}

/* Until the slot has started, has failed, or is another ticket's; FALSE at @end_us. With the
 * lock, which it lets go of meanwhile. */
static gboolean until_started(VinScheduler *scheduler, VinSlot *slot, VinTicket ticket,
                              gint64 end_us)
{
    for (;;) {
        if (slot->is_gathered) {
            kick(scheduler);
        }
        if (!slot->is_gathered || slot->ticket != ticket) {
            return TRUE;
        }
        if (end_us <= g_get_monotonic_time()) {
            return FALSE;
        }
        wait_for_start(scheduler, slot, end_us);
    }
}

/* G_MAXINT64: never, which centuries are, too. */
static gint64 end_of(guint64 timeout_ns)
{
    return timeout_ns > G_MAXINT64
               ? G_MAXINT64
               : g_get_monotonic_time() + (gint64)((timeout_ns + 999) / 1000);
}

gboolean vin_scheduler_poll(VinScheduler *scheduler, VinSlot *slot, VinTicket ticket,
                            guint64 timeout_ns)
{
    const gint64 end_us = end_of(timeout_ns);
    gboolean is_done;

    g_mutex_lock(&scheduler->lock);
    is_done = until_started(scheduler, slot, ticket, end_us);
    if (is_done && slot->ticket == ticket && slot->submission != NULL) {
        is_done = wait_for_submission(scheduler, slot->submission, end_us);
        kick(scheduler); /* the device may have time now */
    }
    g_mutex_unlock(&scheduler->lock);
    return is_done;
}

gboolean vin_scheduler_wait(VinScheduler *scheduler, VinSlot *slot, GError **error)
{
    gboolean ok;

    g_mutex_lock(&scheduler->lock);
    until_started(scheduler, slot, slot->ticket, G_MAXINT64);
    ok = take_error(slot, error);
    g_mutex_unlock(&scheduler->lock);
    if (!ok || slot->submission == NULL) {
        return ok;
    }
    ok = vin_vk_command_wait(&slot->submission->head, error);
    if (scheduler->batch_size > 1) {
        g_mutex_lock(&scheduler->lock);
        kick(scheduler);
        g_mutex_unlock(&scheduler->lock);
    }
    return ok;
}

void vin_scheduler_let_go(VinScheduler *scheduler, VinSlot *slot)
{
    if (slot->submission != NULL && !vin_vk_command_is_in_flight(&slot->submission->head)) {
        unref(scheduler, slot->submission);
        slot->submission = NULL;
    }
}
