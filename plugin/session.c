/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything that has to do with opening and closing the library for one running element.
 */
#include "session.h"

#include "tagmeta.h"

#include <vkinception/gst-frame.h>

#define MAX_SLOTS 64

struct _VinSession {
    gint ref_count; /* atomic */
    VinSessionSettings settings;
    VinModel *model;
    VinDevice *device;
    VinEngine *engine;
    VinStream *stream;
    guint n_slots;
    GMutex collect_lock; /* the task collects, and so does who looks for late results */
    GQuark *quarks;
    VinRegionCache *regions;
    GMutex abandoned_lock;
    GQueue abandoned; /* Abandoned, oldest first */
};

typedef struct {
    VinTicket ticket;
    GstBuffer *buffer;
} Abandoned;

void vin_session_settings_copy(VinSessionSettings *to, const VinSessionSettings *from)
{
    *to = *from;
    to->model = g_strdup(from->model);
    to->labels_file = g_strdup(from->labels_file);
    to->device = g_strdup(from->device);
    to->heads = g_strdup(from->heads);
    to->head_weights = g_strdup(from->head_weights);
    to->instance_id = g_strdup(from->instance_id);
    to->allow_labels = g_strdup(from->allow_labels);
    to->deny_labels = g_strdup(from->deny_labels);
}

void vin_session_settings_clear(VinSessionSettings *settings)
{
    g_clear_pointer(&settings->model, g_free);
    g_clear_pointer(&settings->labels_file, g_free);
    g_clear_pointer(&settings->device, g_free);
    g_clear_pointer(&settings->heads, g_free);
    g_clear_pointer(&settings->head_weights, g_free);
    g_clear_pointer(&settings->instance_id, g_free);
    g_clear_pointer(&settings->allow_labels, g_free);
    g_clear_pointer(&settings->deny_labels, g_free);
}

gboolean vin_session_settings_fit(const VinSessionSettings *a, const VinSessionSettings *b)
{
    return g_strcmp0(a->model, b->model) == 0 &&
           g_strcmp0(a->labels_file, b->labels_file) == 0 &&
           g_strcmp0(a->device, b->device) == 0 && g_strcmp0(a->heads, b->heads) == 0 &&
           g_strcmp0(a->head_weights, b->head_weights) == 0 &&
           g_strcmp0(a->instance_id, b->instance_id) == 0 && a->activation == b->activation &&
           a->resize == b->resize && a->scale_method == b->scale_method &&
           a->precision == b->precision && a->autotune == b->autotune &&
           a->max_in_flight == b->max_in_flight && a->n_regions == b->n_regions &&
           a->batch_size == b->batch_size && a->batch_timeout_ns == b->batch_timeout_ns &&
           a->scheduling == b->scheduling;
}

static gboolean open_stream(VinSession *session, GError **error)
{
    const VinSessionSettings *settings = &session->settings;
    /* After a flush one of before may still be with the task. */
    const guint n_frames = settings->max_in_flight + 1;
    const VinStreamParams params = {
        .slots = MIN(n_frames * MAX(settings->n_regions, 1), MAX_SLOTS),
        .top_k = settings->top_k,
        /* Not NULL, which would be those of whoever made the engine. */
        .allow_labels = settings->allow_labels != NULL ? settings->allow_labels : "",
        .deny_labels = settings->deny_labels != NULL ? settings->deny_labels : "",
        .resize = settings->resize,
        .scale_method = settings->scale_method,
    };

    session->n_slots = params.slots;
    session->stream = vin_stream_new_with_params(session->engine, &params, error);
    return session->stream != NULL;
}

VinSession *vin_session_new(const VinSessionSettings *settings, VinDevice *device,
                            const VinSession *replaces, VinProgressFunc progress,
                            gpointer progress_data, GError **error)
{
    g_autoptr(VinSession) session = g_new0(VinSession, 1);
    const VinModelParams model_params = {
        .name = settings->model,
        .labels_file = settings->labels_file,
        .activation = settings->activation,
    };
    const VinEngineParams engine_params = {
        .heads = settings->heads,
        .head_weights = settings->head_weights,
        /* So that wrong ones are found before anything is compiled. */
        .allow_labels = settings->allow_labels,
        .deny_labels = settings->deny_labels,
        .precision = settings->precision,
        .autotune = settings->autotune,
        .batch_size = settings->batch_size,
        .batch_timeout_ns = settings->batch_timeout_ns,
        .scheduling = settings->scheduling,
        .replaces = replaces != NULL ? replaces->engine : NULL,
        .progress = progress,
        .progress_data = progress_data,
    };

    session->ref_count = 1;
    g_mutex_init(&session->collect_lock);
    g_mutex_init(&session->abandoned_lock);
    g_queue_init(&session->abandoned);
    vin_session_settings_copy(&session->settings, settings);
    session->model = vin_model_open(&model_params, error);
    if (session->model == NULL) {
        return NULL;
    }
    session->device =
        device != NULL ? vin_device_ref(device) : vin_device_open(settings->device, error);
    if (session->device == NULL) {
        return NULL;
    }
    session->engine = vin_engine_open(session->model, session->device, &engine_params,
                                      settings->instance_id, error);
    if (session->engine == NULL || !open_stream(session, error)) {
        return NULL;
    }
    session->quarks = vin_tag_quarks_new(session->model);
    session->regions = vin_region_cache_new();
    return g_steal_pointer(&session);
}

VinSession *vin_session_ref(VinSession *session)
{
    g_atomic_int_inc(&session->ref_count);
    return session;
}

static void free_abandoned(Abandoned *abandoned)
{
    gst_buffer_unref(abandoned->buffer);
    g_free(abandoned);
}

void vin_session_unref(VinSession *session)
{
    if (session == NULL || !g_atomic_int_dec_and_test(&session->ref_count)) {
        return;
    }
    vin_stream_free(session->stream); /* then nothing is read any more */
    g_queue_clear_full(&session->abandoned, (GDestroyNotify)free_abandoned);
    g_mutex_clear(&session->abandoned_lock);
    vin_engine_unref(session->engine);
    vin_device_unref(session->device);
    vin_model_unref(session->model);
    vin_session_settings_clear(&session->settings);
    g_mutex_clear(&session->collect_lock);
    vin_region_cache_free(session->regions);
    g_free(session->quarks);
    g_free(session);
}

const VinSessionSettings *vin_session_get_settings(VinSession *session)
{
    return &session->settings;
}

static void set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

gboolean vin_session_change(VinSession *session, const VinSessionSettings *settings,
                            GError **error)
{
    if (!vin_stream_select(session->stream, settings->allow_labels, settings->deny_labels,
                           error) ||
        !vin_stream_set_top_k(session->stream, settings->top_k, error)) {
        return FALSE;
    }
    vin_region_cache_clear(session->regions); /* they may be called otherwise now */
    session->settings.top_k = settings->top_k;
    set_text(&session->settings.allow_labels, settings->allow_labels);
    set_text(&session->settings.deny_labels, settings->deny_labels);
    return TRUE;
}

guint vin_session_get_n_top(VinSession *session)
{
    return vin_stream_get_n_top(session->stream);
}

guint vin_session_get_n_slots(VinSession *session)
{
    return session->n_slots;
}

guint64 vin_session_get_frame_ns(VinSession *session)
{
    return vin_engine_get_frame_ns(session->engine);
}

gboolean vin_session_check(VinSession *session, const GstVideoInfo *info, GError **error)
{
    VinFrame frame;

    return vin_frame_from_gst_info(&frame, info, error) &&
           vin_stream_check_frame(session->stream, &frame, error);
}

VinStream *vin_session_get_stream(VinSession *session)
{
    return session->stream;
}

gboolean vin_session_collect(VinSession *session, VinTicket ticket, VinResult *result,
                             GError **error)
{
    gboolean ok;

    g_mutex_lock(&session->collect_lock);
    ok = vin_stream_collect(session->stream, ticket, result, error);
    g_mutex_unlock(&session->collect_lock);
    return ok;
}

void vin_session_abandon(VinSession *session, VinTicket ticket, GstBuffer *buffer)
{
    Abandoned *abandoned = g_new(Abandoned, 1);

    abandoned->ticket = ticket;
    abandoned->buffer = gst_buffer_ref(buffer);
    g_mutex_lock(&session->abandoned_lock);
    g_queue_push_tail(&session->abandoned, abandoned);
    g_mutex_unlock(&session->abandoned_lock);
}

void vin_session_make_room(VinSession *session)
{
    Abandoned *oldest;
    gboolean is_full;

    for (;;) {
        g_mutex_lock(&session->abandoned_lock);
        oldest = g_queue_peek_head(&session->abandoned);
        g_mutex_unlock(&session->abandoned_lock);
        if (oldest == NULL) {
            return;
        }
        is_full = vin_stream_get_n_free(session->stream) == 0;
        if (!vin_stream_wait(session->stream, oldest->ticket, is_full ? G_MAXUINT64 : 0)) {
            return;
        }
        g_mutex_lock(&session->abandoned_lock);
        g_queue_pop_head(&session->abandoned);
        g_mutex_unlock(&session->abandoned_lock);
        vin_stream_forget(session->stream, oldest->ticket);
        free_abandoned(oldest);
    }
}

VinModel *vin_session_get_model(VinSession *session)
{
    return session->model;
}

VinDevice *vin_session_get_device(VinSession *session)
{
    return session->device;
}

const GQuark *vin_session_get_quarks(VinSession *session)
{
    return session->quarks;
}

VinRegionCache *vin_session_get_regions(VinSession *session)
{
    return session->regions;
}
