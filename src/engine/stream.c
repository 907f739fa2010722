/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinStream: one caller's slots, with tickets for what is in them. A slot is taken under the lock
 * and then belongs to the thread that took it, until it gives it back.
 */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "engine/options.h"
#include "engine/result.h"
#include "engine/slot.h"
#include "engine/stream.h"
#include "model/model.h"

struct _VinStream {
    VinEngine *engine; /* referenced */
    VinPreprocessParams preprocess;
    VinSlot *slots;
    guint n_slots;
    VinImportCache imports;
    GMutex lock; /* states and tickets of slots, and what follows. Never held over a wait for the
                  * device or a copy of planes */
    VinTicket last_ticket;
    guint top_k;             /* of what is submitted next */
    VinSelection *selection; /* likewise; NULL: every class */
    gboolean is_warned;      /* of scores that are not numbers */
    gboolean is_told_of_hdr; /* that it is mapped to SDR */
    float *scores;        /* every class's, with all_scores, of the last collected */
    VinLayerTime *layers; /* every step's, with time_layers, of the last collected */
    gboolean has_layers;
};

static gboolean set_options(VinStream *stream, const VinStreamParams *params, GError **error)
{
    const VinEngine *engine = stream->engine;
    const char *allow = params->allow_labels, *deny = params->deny_labels;

    if (!vin_options_check(params->top_k, params->slots, params->resize, params->scale_method,
                           error)) {
        return FALSE;
    }
    stream->preprocess = vin_options_preprocess(
        engine->model,
        params->resize != VIN_RESIZE_MODE_AUTO ? params->resize : engine->resize,
        params->scale_method != VIN_SCALE_METHOD_AUTO ? params->scale_method
                                                      : engine->scale_method);
    stream->n_slots = params->slots != 0 ? params->slots : engine->n_slots;
    stream->top_k = params->top_k != 0 ? params->top_k : engine->top_k;
    return vin_model_select(engine->model, allow != NULL ? allow : engine->allow_labels,
                            deny != NULL ? deny : engine->deny_labels, &stream->selection,
                            error);
}

VinStream *vin_stream_new_with_params(VinEngine *engine, const VinStreamParams *params,
                                      GError **error)
{
    static const VinStreamParams defaults;
    g_autoptr(VinStream) stream = NULL;

    g_return_val_if_fail(engine != NULL, NULL);
    stream = g_new0(VinStream, 1);
    g_mutex_init(&stream->lock);
    stream->engine = vin_engine_ref(engine);
    if (!set_options(stream, params != NULL ? params : &defaults, error)) {
        return NULL;
    }
    stream->slots = g_new0(VinSlot, stream->n_slots);
    for (guint i = 0; i < stream->n_slots; i++) {
        if (!vin_slot_init(&stream->slots[i], engine, error)) {
            g_prefix_error(error, "a stream's slot: ");
            return NULL;
        }
    }
    if (engine->all_scores) {
        stream->scores = g_new0(float, engine->output.c);
    }
    if (engine->time_layers) {
        stream->layers = g_new0(VinLayerTime, engine->plan->n_steps);
    }
    return g_steal_pointer(&stream);
}

VinStream *vin_stream_new(VinEngine *engine, GError **error)
{
    return vin_stream_new_with_params(engine, NULL, error);
}

void vin_stream_free(VinStream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (guint i = 0; stream->slots != NULL && i < stream->n_slots; i++) {
        vin_slot_clear(&stream->slots[i]);
    }
    vin_import_cache_clear(&stream->imports);
    vin_selection_unref(stream->selection);
    g_free(stream->slots);
    g_free(stream->scores);
    g_free(stream->layers);
    vin_engine_unref(stream->engine);
    g_mutex_clear(&stream->lock);
    g_free(stream);
}

VinImportCache *vin_stream_imports(VinStream *stream)
{
    return &stream->imports;
}

VinDevice *vin_stream_device(VinStream *stream)
{
    return stream->engine->device;
}

void vin_stream_mute(VinStream *stream)
{
    stream->is_warned = TRUE;
}

gboolean vin_stream_select(VinStream *stream, const char *allow_labels, const char *deny_labels,
                           GError **error)
{
    VinSelection *selection = NULL;
    VinSelection *old;

    g_return_val_if_fail(stream != NULL, FALSE);
    if (!vin_model_select(stream->engine->model, allow_labels, deny_labels, &selection, error)) {
        return FALSE;
    }
    g_mutex_lock(&stream->lock);
    old = stream->selection;
    stream->selection = selection;
    g_mutex_unlock(&stream->lock);
    vin_selection_unref(old);
    return TRUE;
}

gboolean vin_stream_set_top_k(VinStream *stream, guint top_k, GError **error)
{
    g_return_val_if_fail(stream != NULL, FALSE);
    if (top_k > VIN_MAX_TOP_K) {
        return vin_fail(error, VIN_ERROR_INVALID, "top-k %u; 1 to %d, or 0 for the engine's, are "
                        "accepted", top_k, VIN_MAX_TOP_K);
    }
    g_mutex_lock(&stream->lock);
    stream->top_k = top_k != 0 ? top_k : stream->engine->top_k;
    g_mutex_unlock(&stream->lock);
    return TRUE;
}

guint vin_stream_get_n_top(VinStream *stream)
{
    guint n_top;

    g_return_val_if_fail(stream != NULL, 0);
    g_mutex_lock(&stream->lock);
    n_top = MIN(stream->top_k, stream->selection != NULL ? stream->selection->n_selected
                                                         : stream->engine->output.c);
    g_mutex_unlock(&stream->lock);
    return n_top;
}

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
           (slot->state == VIN_SLOT_FORGOTTEN && vin_vk_command_poll(&slot->command, 0));
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

/* Of a slot that was taken. */
static void give_back(VinStream *stream, VinSlot *slot)
{
    g_mutex_lock(&stream->lock);
    slot->state = VIN_SLOT_FORGOTTEN;
    g_mutex_unlock(&stream->lock);
}

static VinSlot *take_slot(VinStream *stream, GError **error)
{
    g_autoptr(VinSelection) selection = NULL;
    VinSlot *slot;
    guint top_k;

    g_mutex_lock(&stream->lock);
    slot = find_slot(stream);
    if (slot != NULL) {
        slot->state = VIN_SLOT_TAKEN;
    }
    top_k = stream->top_k;
    selection = vin_selection_ref(stream->selection);
    g_mutex_unlock(&stream->lock);
    if (slot == NULL) {
        vin_fail(error, VIN_ERROR_BUSY,
                 "all %u slots of the stream are in flight; collect a result first",
                 stream->n_slots);
        return NULL;
    }
    if (!vin_vk_command_wait(&slot->command, error)) {
        give_back(stream, slot);
        return NULL;
    }
    vin_slot_want(slot, top_k, selection);
    return slot;
}

static gboolean start(VinStream *stream, VinSlot *slot, VinTicket *ticket, GError **error)
{
    if (!vin_vk_command_submit(&slot->command, error)) {
        return FALSE;
    }
    g_mutex_lock(&stream->lock);
    *ticket = slot->ticket = ++stream->last_ticket;
    slot->state = VIN_SLOT_SUBMITTED;
    g_mutex_unlock(&stream->lock);
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
        !start(stream, slot, ticket, error)) {
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
    if (!vin_vk_command_wait(&slot->command, error)) {
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
    g_mutex_lock(&stream->lock);
    slot = find_ticket(stream, ticket);
    if (slot != NULL) {
        slot->state = VIN_SLOT_TAKEN;
    }
    g_mutex_unlock(&stream->lock);
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
    g_mutex_lock(&stream->lock);
    slot = find_ticket(stream, ticket);
    g_mutex_unlock(&stream->lock);
    return slot == NULL || vin_vk_command_poll(&slot->command, timeout_ns);
}

gboolean vin_stream_wait_read(VinStream *stream, VinTicket ticket, guint64 timeout_ns)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL, TRUE);
    g_mutex_lock(&stream->lock);
    slot = find_ticket(stream, ticket);
    g_mutex_unlock(&stream->lock);
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
    g_mutex_lock(&stream->lock);
    slot = find_ticket(stream, ticket);
    if (slot != NULL) {
        slot->state = VIN_SLOT_FORGOTTEN;
    }
    g_mutex_unlock(&stream->lock);
}

guint vin_stream_get_n_free(VinStream *stream)
{
    guint n_free = 0;

    g_return_val_if_fail(stream != NULL, 0);
    g_mutex_lock(&stream->lock);
    for (guint i = 0; i < stream->n_slots; i++) {
        n_free += is_idle(&stream->slots[i]);
    }
    g_mutex_unlock(&stream->lock);
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
    if (!vin_slot_load_tensor(slot, data, error) || !start(stream, slot, &ticket, error)) {
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
    ok = vin_slot_load_frame(slot, &stream->preprocess, frame, NULL, VIN_WORK_PREPROCESS, error) &&
         vin_vk_command_submit(&slot->command, error) &&
         vin_vk_command_wait(&slot->command, error);
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
