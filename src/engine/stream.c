/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinStream: one caller's ring of slots, with tickets for what is in them.
 */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "engine/result.h"
#include "engine/slot.h"
#include "model/model.h"

struct _VinStream {
    VinEngine *engine; /* referenced */
    VinSlot *slots;    /* engine->n_slots */
    VinTicket last_ticket;
    guint top_k;             /* of what is submitted next */
    VinSelection *selection; /* likewise; NULL: every class */
    gboolean is_warned;      /* of scores that are not numbers */
    gboolean is_told_of_hdr; /* that it is mapped to SDR */
    float *scores;        /* every class's, with all_scores, of the last collected */
    VinLayerTime *layers; /* every step's, with time_layers, of the last collected */
    gboolean has_layers;
};

VinStream *vin_stream_new(VinEngine *engine, GError **error)
{
    g_autoptr(VinStream) stream = NULL;

    g_return_val_if_fail(engine != NULL, NULL);
    stream = g_new0(VinStream, 1);
    stream->engine = vin_engine_ref(engine);
    stream->top_k = engine->top_k;
    stream->selection = vin_selection_ref(engine->selection);
    stream->slots = g_new0(VinSlot, engine->n_slots);
    for (guint i = 0; i < engine->n_slots; i++) {
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

void vin_stream_free(VinStream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (guint i = 0; i < stream->engine->n_slots; i++) {
        vin_slot_clear(&stream->slots[i]);
    }
    vin_selection_unref(stream->selection);
    g_free(stream->slots);
    g_free(stream->scores);
    g_free(stream->layers);
    vin_engine_unref(stream->engine);
    g_free(stream);
}

void vin_stream_mute(VinStream *stream)
{
    stream->is_warned = TRUE;
}

gboolean vin_stream_select(VinStream *stream, const char *allow_labels, const char *deny_labels,
                           GError **error)
{
    VinSelection *selection = NULL;

    g_return_val_if_fail(stream != NULL, FALSE);
    if (!vin_model_select(stream->engine->model, allow_labels, deny_labels, &selection, error)) {
        return FALSE;
    }
    vin_selection_unref(stream->selection);
    stream->selection = selection;
    return TRUE;
}

gboolean vin_stream_set_top_k(VinStream *stream, guint top_k, GError **error)
{
    g_return_val_if_fail(stream != NULL, FALSE);
    if (top_k > VIN_MAX_TOP_K) {
        return vin_fail(error, VIN_ERROR_INVALID, "top-k %u; 1 to %d, or 0 for the engine's, are "
                        "accepted", top_k, VIN_MAX_TOP_K);
    }
    stream->top_k = top_k != 0 ? top_k : stream->engine->top_k;
    return TRUE;
}

guint vin_stream_get_n_top(VinStream *stream)
{
    g_return_val_if_fail(stream != NULL, 0);
    return MIN(stream->top_k, stream->selection != NULL ? stream->selection->n_selected
                                                        : stream->engine->output.c);
}

static VinSlot *find_slot(VinStream *stream, VinTicket ticket)
{
    for (guint i = 0; i < stream->engine->n_slots; i++) {
        if (stream->slots[i].ticket == ticket) {
            return &stream->slots[i];
        }
    }
    return NULL;
}

static VinSlot *find_free_slot(VinStream *stream, GError **error)
{
    VinSlot *slot = find_slot(stream, 0);

    if (slot == NULL) {
        vin_fail(error, VIN_ERROR_BUSY,
                 "all %u slots of the stream are in flight; collect a result first",
                 stream->engine->n_slots);
        return NULL;
    }
    /* Still at work when a collect failed for want of memory. */
    if (!vin_vk_command_wait(&slot->command, error)) {
        return NULL;
    }
    vin_slot_want(slot, stream->top_k, stream->selection);
    return slot;
}

static gboolean start(VinStream *stream, VinSlot *slot, VinTicket *ticket, GError **error)
{
    if (!vin_vk_command_submit(&slot->command, error)) {
        return FALSE;
    }
    slot->ticket = ++stream->last_ticket;
    *ticket = slot->ticket;
    return TRUE;
}

gboolean vin_stream_check_frame(VinStream *stream, const VinFrame *frame, GError **error)
{
    g_return_val_if_fail(stream != NULL && frame != NULL, FALSE);
    return vin_slot_check_frame(stream->engine, frame, error);
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

gboolean vin_stream_submit(VinStream *stream, const VinFrame *frame, VinTicket *ticket,
                           GError **error)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL && frame != NULL && ticket != NULL, FALSE);
    tell_of_hdr(stream, frame);
    slot = find_free_slot(stream, error);
    return slot != NULL && vin_slot_load_frame(slot, frame, VIN_WORK_FRAME, error) &&
           start(stream, slot, ticket, error);
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

gboolean vin_stream_collect(VinStream *stream, VinTicket ticket, VinResult *result,
                            GError **error)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL && result != NULL, FALSE);
    slot = ticket != 0 ? find_slot(stream, ticket) : NULL;
    if (slot == NULL) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "ticket %" G_GUINT64_FORMAT " is not in flight: each is collected once",
                        ticket);
    }
    slot->ticket = 0;
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

gboolean vin_stream_is_done(VinStream *stream, VinTicket ticket)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL, TRUE);
    slot = ticket != 0 ? find_slot(stream, ticket) : NULL;
    return slot == NULL || vin_vk_command_is_done(&slot->command);
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
    slot = find_free_slot(stream, error);
    return slot != NULL && vin_slot_load_tensor(slot, data, error) &&
           start(stream, slot, &ticket, error) &&
           vin_stream_collect(stream, ticket, result, error);
}

gboolean vin_stream_preprocess(VinStream *stream, const VinFrame *frame, float *data,
                               gsize n_values, GError **error)
{
    VinSlot *slot;

    g_return_val_if_fail(stream != NULL && frame != NULL && data != NULL, FALSE);
    tell_of_hdr(stream, frame);
    if (!check_n_values(stream, n_values, error)) {
        return FALSE;
    }
    slot = find_free_slot(stream, error);
    if (slot == NULL || !vin_slot_load_frame(slot, frame, VIN_WORK_PREPROCESS, error) ||
        !vin_vk_command_submit(&slot->command, error) ||
        !vin_vk_command_wait(&slot->command, error)) {
        return FALSE;
    }
    memcpy(data, slot->result.mapped, n_values * sizeof *data);
    return TRUE;
}

const VinLayerTime *vin_stream_get_layer_times(VinStream *stream, guint *n_layers)
{
    g_return_val_if_fail(stream != NULL && n_layers != NULL, NULL);
    *n_layers = stream->has_layers ? stream->engine->plan->n_steps : 0;
    return stream->has_layers ? stream->layers : NULL;
}
