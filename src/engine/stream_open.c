/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opening and closing a stream, and what it is set to. Frames are stream.c's.
 */
#include "base/error.h"
#include "engine/options.h"
#include "engine/stream.h"
#include "model/model.h"

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
    stream->engine = vin_engine_ref(engine);
    stream->scheduler = engine->scheduler;
    if (!set_options(stream, params != NULL ? params : &defaults, error)) {
        return NULL;
    }
    stream->slots = g_new0(VinSlot, stream->n_slots);
    for (guint i = 0; i < stream->n_slots; i++) {
        if (!vin_slot_init(&stream->slots[i], engine, error)) {
            g_prefix_error(error, "a stream's slot: ");
            return NULL;
        }
        stream->slots[i].owner = stream;
    }
    if (!vin_scheduler_reserve(stream->scheduler, stream->n_slots, error)) {
        g_prefix_error(error, "a stream's submissions: ");
        return NULL;
    }
    stream->n_reserved = stream->n_slots;
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

static void end_slot(VinStream *stream, VinSlot *slot)
{
    g_mutex_lock(&stream->scheduler->lock);
    vin_scheduler_forget(stream->scheduler, slot);
    g_mutex_unlock(&stream->scheduler->lock);
    if (slot->submission != NULL) {
        vin_vk_command_finish(&slot->submission->head);
    }
    g_mutex_lock(&stream->scheduler->lock);
    vin_scheduler_let_go(stream->scheduler, slot);
    g_mutex_unlock(&stream->scheduler->lock);
    vin_slot_clear(slot);
}

void vin_stream_free(VinStream *stream)
{
    if (stream == NULL) {
        return;
    }
    for (guint i = 0; stream->slots != NULL && i < stream->n_slots; i++) {
        end_slot(stream, &stream->slots[i]);
    }
    vin_scheduler_unreserve(stream->scheduler, stream->n_reserved);
    vin_import_cache_clear(&stream->imports);
    vin_selection_unref(stream->selection);
    g_free(stream->slots);
    g_free(stream->scores);
    g_free(stream->layers);
    vin_engine_unref(stream->engine);
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
    g_mutex_lock(&stream->scheduler->lock);
    old = stream->selection;
    stream->selection = selection;
    g_mutex_unlock(&stream->scheduler->lock);
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
    g_mutex_lock(&stream->scheduler->lock);
    stream->top_k = top_k != 0 ? top_k : stream->engine->top_k;
    g_mutex_unlock(&stream->scheduler->lock);
    return TRUE;
}

guint vin_stream_get_n_top(VinStream *stream)
{
    guint n_top;

    g_return_val_if_fail(stream != NULL, 0);
    g_mutex_lock(&stream->scheduler->lock);
    n_top = MIN(stream->top_k, stream->selection != NULL ? stream->selection->n_selected
                                                         : stream->engine->output.c);
    g_mutex_unlock(&stream->scheduler->lock);
    return n_top;
}
