/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinStream: one caller's slots, with tickets for what is in them. A slot is taken under the lock
 * and then belongs to the thread that took it, until it gives it back.
 */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "engine/result.h"
#include "engine/stream.h"
#include "model/model.h"

/* With the lock. */
static VinSlot *find_ticket(VinStream *stream, VinTicket ticket)
{
    for (guint i = 0; i < stream->n_slots; i++) {
        if (stream->slots[i].state == VIN_SLOT_SUBMITTED && stream->slots[i].ticket == ticket) {
            return &stream->slots[i];
        }
    }
    return NULL;
}

/* With the lock. */
static gboolean is_idle(VinSlot *slot)
{
    return slot->state == VIN_SLOT_FREE ||
           (slot->state == VIN_SLOT_FORGOTTEN && vin_scheduler_is_done(slot));
}

/* An idle slot, else the one that was forgotten first; NULL where all have tickets. With the
 * lock. */
static VinSlot *find_slot(VinStream *stream)
{
    VinSlot *oldest = NULL;

    for (guint i = 0; i < stream->n_slots; i++) {
        VinSlot *slot = &stream->slots[i];

        if (is_idle(slot)) {
            return slot;
        }
        if (slot->state == VIN_SLOT_FORGOTTEN &&
            (oldest == NULL || slot->ticket < oldest->ticket)) {
            oldest = slot;
        }
    }
    return oldest;
}

/* With the lock: nobody wants what the slot is at. */
static void forget_slot(VinStream *stream, VinSlot *slot)
{
    vin_scheduler_forget(stream->scheduler, slot);
    vin_scheduler_let_go(stream->scheduler, slot);
    slot->state = slot->submission != NULL ? VIN_SLOT_FORGOTTEN : VIN_SLOT_FREE;
}

/* Of a slot that was taken. */
static void give_back(VinStream *stream, VinSlot *slot)
{
    g_mutex_lock(&stream->scheduler->lock);
    forget_slot(stream, slot);
    g_mutex_unlock(&stream->scheduler->lock);
}

/* What a slot that was taken has to end first. */
static gboolean end_forgotten(VinStream *stream, VinSlot *slot, GError **error)
{
    if (slot->submission == NULL) {
        return TRUE;
    }
    if (!vin_vk_command_wait(&slot->submission->head, error)) {
        return FALSE;
    }
    g_mutex_lock(&stream->scheduler->lock);
    vin_scheduler_let_go(stream->scheduler, slot);
    g_mutex_unlock(&stream->scheduler->lock);
    return TRUE;
}

static VinSlot *take_slot(VinStream *stream, GError **error)
{
    g_autoptr(VinSelection) selection = NULL;
    VinSlot *slot;
    guint top_k;

    g_mutex_lock(&stream->scheduler->lock);
    slot = find_slot(stream);
    if (slot != NULL) {
        slot->state = VIN_SLOT_TAKEN;
    }
    top_k = stream->top_k;
    selection = vin_selection_ref(stream->selection);
    g_mutex_unlock(&stream->scheduler->lock);
    if (slot == NULL) {
        vin_fail(error, VIN_ERROR_BUSY,
                 "all %u slots of the stream are in flight; collect a result first",
                 stream->n_slots);
        return NULL;
    }
    if (!end_forgotten(stream, slot, error)) {
        give_back(stream, slot);
        return NULL;
    }
    vin_slot_want(slot, top_k, selection);
    return slot;
}

/* Of a slot that is taken and loaded. */
static gboolean start(VinStream *stream, VinSlot *slot, gboolean alone, VinTicket *ticket,
                      GError **error)
{
    gboolean ok;

    g_mutex_lock(&stream->scheduler->lock);
    slot->ticket = ++stream->last_ticket;
    g_mutex_unlock(&stream->scheduler->lock);
    ok = alone ? vin_scheduler_run(stream->scheduler, slot, error)
               : vin_scheduler_add(stream->scheduler, slot, error);
    if (!ok) {
        return FALSE;
    }
    g_mutex_lock(&stream->scheduler->lock);
    *ticket = slot->ticket;
    slot->state = VIN_SLOT_SUBMITTED;
    g_mutex_unlock(&stream->scheduler->lock);
    return TRUE;
}

gboolean vin_stream_check_frame(VinStream *stream, const VinFrame *frame, GError **error)
{
    g_return_val_if_fail(stream != NULL && frame != NULL, FALSE);
    return vin_slot_check_frame(stream->engine, &stream->preprocess, frame, error);
}

/* Networks are trained on SDR pictures. */
static void tell_of_hdr(VinStream *stream, const VinFrame *frame)
{
    if (frame->transfer != VIN_TRANSFER_SDR && !stream->is_told_of_hdr) {
        stream->is_told_of_hdr = TRUE;
        vin_log(VIN_LOG_WARN, "HDR video (%s) is mapped to SDR by a plain rule; scores may "
                "differ from those of a graded SDR version",
                frame->transfer == VIN_TRANSFER_PQ ? "PQ" : "HLG");
    }
}

gboolean vin_stream_submit_from(VinStream *stream, const VinFrame *frame,
                                const VinFrameSource *source, VinTicket *ticket, GError **error)
{
    VinSlot *slot;

    tell_of_hdr(stream, frame);
    slot = take_slot(stream, error);
    if (slot == NULL) {
        return FALSE;
    }
    if (!vin_slot_load_frame(slot, &stream->preprocess, frame, source, VIN_WORK_FRAME, error) ||
        !start(stream, slot, FALSE, ticket, error)) {
        give_back(stream, slot);
        return FALSE;
    }
    return TRUE;
}

gboolean vin_stream_submit(VinStream *stream, const VinFrame *frame, VinTicket *ticket,
                           GError **error)
{
    g_return_val_if_fail(stream != NULL && frame != NULL && ticket != NULL, FALSE);
    return vin_stream_submit_from(stream, frame, NULL, ticket, error);
}

/* Tags that do not come are to have a reason; once, for it is every frame's. */
static void warn_of_no_numbers(VinStream *stream, const VinResult *result)
{
    if (result->n_nan > 0 && !stream->is_warned) {
        stream->is_warned = TRUE;
        vin_log(VIN_LOG_WARN,
                "model %s gave %u score%s not a number (NaN) for a frame; such classes are "
                "left out of this frame's result and of later ones",
                vin_model_get_name(stream->engine->model), result->n_nan,
                result->n_nan == 1 ? "" : "s");
    }
}

static gboolean read_result(VinStream *stream, VinSlot *slot, VinResult *result, GError **error)
{
    stream->has_layers = FALSE;
    if (!vin_scheduler_wait(stream->scheduler, slot, error)) {
        return FALSE;
    }
    vin_result_read(slot, stream->scores, result);
    warn_of_no_numbers(stream, result);
    if (stream->layers != NULL) {
        stream->has_layers = vin_result_read_layers(slot, stream->layers);
    }
    return TRUE;
}

gboolean vin_stream_collect(VinStream *stream, VinTicket ticket, VinResult *result,
                            GError **error)
{
    VinSlot *slot;
    gboolean ok;

    g_return_val_if_fail(stream != NULL && result != NULL, FALSE);
    g_mutex_lock(&stream->scheduler->lock);
    slot = find_ticket(stream, ticket);
    if (slot != NULL) {
        slot->state = VIN_SLOT_TAKEN;
    }
    g_mutex_unlock(&stream->scheduler->lock);
    if (slot == NULL) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "ticket %" G_GUINT64_FORMAT " is not in flight: each is collected once",
                        ticket);
    }
    ok = read_result(stream, slot, result, error);
    give_back(stream, slot);
    return ok;
}

gboolean vin_stream_wait(VinStream *stream, VinTicket ticket, guint64 timeout_ns)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL, TRUE);
    g_mutex_lock(&stream->scheduler->lock);
    slot = find_ticket(stream, ticket);
    g_mutex_unlock(&stream->scheduler->lock);
    return slot == NULL ||
           vin_scheduler_poll(stream->scheduler, slot, ticket, timeout_ns);
}

void vin_stream_flush(VinStream *stream)
{
    g_return_if_fail(stream != NULL);
    vin_scheduler_flush(stream->scheduler, stream);
}

gboolean vin_stream_wait_read(VinStream *stream, VinTicket ticket, guint64 timeout_ns)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL, TRUE);
    g_mutex_lock(&stream->scheduler->lock);
    slot = find_ticket(stream, ticket);
    g_mutex_unlock(&stream->scheduler->lock);
    return slot == NULL || vin_vk_command_poll(&slot->fill, timeout_ns);
}

gboolean vin_stream_is_done(VinStream *stream, VinTicket ticket)
{
    return vin_stream_wait(stream, ticket, 0);
}

void vin_stream_forget(VinStream *stream, VinTicket ticket)
{
    VinSlot *slot;

    g_return_if_fail(stream != NULL);
    g_mutex_lock(&stream->scheduler->lock);
    slot = find_ticket(stream, ticket);
    if (slot != NULL) {
        forget_slot(stream, slot);
    }
    g_mutex_unlock(&stream->scheduler->lock);
}

guint vin_stream_get_n_free(VinStream *stream)
{
    guint n_free = 0;

    g_return_val_if_fail(stream != NULL, 0);
    g_mutex_lock(&stream->scheduler->lock);
    for (guint i = 0; i < stream->n_slots; i++) {
        n_free += is_idle(&stream->slots[i]);
    }
    g_mutex_unlock(&stream->scheduler->lock);
    return n_free;
}

gboolean vin_stream_run(VinStream *stream, const VinFrame *frame, VinResult *result,
                        GError **error)
{
    VinTicket ticket = 0;

    return vin_stream_submit(stream, frame, &ticket, error) &&
           vin_stream_collect(stream, ticket, result, error);
}

static gboolean check_n_values(const VinStream *stream, gsize n_values, GError **error)
{
    const VinPlace *input = &stream->engine->input;

    if (n_values != vin_engine_n_input_values(stream->engine)) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "%" G_GSIZE_FORMAT " values for an input of %ux%ux%u", n_values,
                        input->c, input->h, input->w);
    }
    return TRUE;
}

gboolean vin_stream_run_tensor(VinStream *stream, const float *data, gsize n_values,
                               VinResult *result, GError **error)
{
    VinTicket ticket = 0;
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL && data != NULL && result != NULL, FALSE);
    if (!check_n_values(stream, n_values, error)) {
        return FALSE;
    }
    slot = take_slot(stream, error);
    if (slot == NULL) {
        return FALSE;
    }
    if (!vin_slot_load_tensor(slot, data, error) ||
        !start(stream, slot, TRUE, &ticket, error)) {
        give_back(stream, slot);
        return FALSE;
    }
    return vin_stream_collect(stream, ticket, result, error);
}

gboolean vin_stream_preprocess(VinStream *stream, const VinFrame *frame, float *data,
                               gsize n_values, GError **error)
{
    VinSlot *slot;
    gboolean ok;

    g_return_val_if_fail(stream != NULL && frame != NULL && data != NULL, FALSE);
    tell_of_hdr(stream, frame);
    if (!check_n_values(stream, n_values, error)) {
        return FALSE;
    }
    slot = take_slot(stream, error);
    if (slot == NULL) {
        return FALSE;
    }
    ok = vin_slot_load_frame(slot, &stream->preprocess, frame, NULL, VIN_WORK_PREPROCESS,
                             error) &&
         vin_scheduler_run(stream->scheduler, slot, error) &&
         vin_scheduler_wait(stream->scheduler, slot, error);
    if (ok) {
        memcpy(data, slot->result.mapped, n_values * sizeof *data);
    }
    give_back(stream, slot);
    return ok;
}

const VinLayerTime *vin_stream_get_layer_times(VinStream *stream, guint *n_layers)
{
    g_return_val_if_fail(stream != NULL && n_layers != NULL, NULL);
    *n_layers = stream->has_layers ? stream->engine->plan->n_steps : 0;
    return stream->has_layers ? stream->layers : NULL;
}
