/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything that has to do with the library for one running element: open, run a frame,
 * close. Called by vulkaninception.c.
 */
#include "session.h"

#include "tagmeta.h"

#include <vkinception/gst-frame.h>

struct _VinSession {
    VinModel *model;
    VinDevice *device;
    VinEngine *engine;
    VinStream *stream;
    GQuark *quarks; /* one a class, or NULL without analytics */
};

void vin_session_settings_copy(VinSessionSettings *to, const VinSessionSettings *from)
{
    *to = *from;
    to->model = g_strdup(from->model);
    to->labels_file = g_strdup(from->labels_file);
    to->device = g_strdup(from->device);
    to->heads = g_strdup(from->heads);
    to->head_weights = g_strdup(from->head_weights);
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
    g_clear_pointer(&settings->allow_labels, g_free);
    g_clear_pointer(&settings->deny_labels, g_free);
}

VinSession *vin_session_new(const VinSessionSettings *settings, VinProgressFunc progress,
                            gpointer progress_data, GError **error)
{
    g_autoptr(VinSession) session = g_new0(VinSession, 1);
    VinModelParams model_params = {
        .name = settings->model,
        .labels_file = settings->labels_file,
        .activation = settings->activation,
    };
    VinEngineParams engine_params = {
        .top_k = settings->top_k,
        .heads = settings->heads,
        .head_weights = settings->head_weights,
        .resize = settings->resize,
        .scale_method = settings->scale_method,
        .allow_labels = settings->allow_labels,
        .deny_labels = settings->deny_labels,
        .progress = progress,
        .progress_data = progress_data,
    };

    session->model = vin_model_load(&model_params, error);
    if (session->model == NULL) {
        return NULL;
    }
    session->device = vin_device_new(settings->device, error);
    if (session->device == NULL) {
        return NULL;
    }
    session->engine = vin_engine_new(session->model, session->device, &engine_params, error);
    if (session->engine == NULL) {
        return NULL;
    }
    session->stream = vin_stream_new(session->engine, error);
    if (session->stream == NULL) {
        return NULL;
    }
    session->quarks = vin_tag_quarks_new(session->model);
    return g_steal_pointer(&session);
}

void vin_session_free(VinSession *session)
{
    if (session == NULL) {
        return;
    }
    vin_stream_free(session->stream);
    vin_engine_unref(session->engine);
    vin_device_unref(session->device);
    vin_model_unref(session->model);
    g_free(session->quarks);
    g_free(session);
}

gboolean vin_session_change(VinSession *session, const VinSessionSettings *settings,
                            GError **error)
{
    return vin_stream_select(session->stream, settings->allow_labels, settings->deny_labels,
                             error) &&
           vin_stream_set_top_k(session->stream, settings->top_k, error);
}

guint vin_session_get_n_top(VinSession *session)
{
    return vin_stream_get_n_top(session->stream);
}

gboolean vin_session_check(VinSession *session, const GstVideoInfo *info, GError **error)
{
    VinFrame frame;

    return vin_frame_from_gst_info(&frame, info, error) &&
           vin_stream_check_frame(session->stream, &frame, error);
}

gboolean vin_session_run(VinSession *session, GstBuffer *buffer, const GstVideoInfo *info,
                         VinTurn turn, VinResult *result, GError **error)
{
    GstVideoFrame mapped;
    VinFrame frame;
    gboolean ok;

    if (!gst_video_frame_map(&mapped, info, buffer, GST_MAP_READ)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "a buffer of %" G_GSIZE_FORMAT " bytes is not a mappable %d x %d %s "
                    "frame, which takes %" G_GSIZE_FORMAT,
                    gst_buffer_get_size(buffer), GST_VIDEO_INFO_WIDTH(info),
                    GST_VIDEO_INFO_HEIGHT(info), GST_VIDEO_INFO_NAME(info),
                    GST_VIDEO_INFO_SIZE(info));
        return FALSE;
    }
    ok = vin_frame_from_gst(&frame, &mapped, error);
    frame.turn = turn;
    ok = ok && vin_stream_run(session->stream, &frame, result, error);
    gst_video_frame_unmap(&mapped);
    return ok;
}

void vin_session_tag(VinSession *session, GstBuffer *buffer, const VinResult *result,
                     double threshold, const GValue *tags)
{
    vin_tag_analytics_set(buffer, session->quarks, result, threshold);
    vin_tag_meta_set(buffer, vin_model_get_name(session->model), tags);
}

VinModel *vin_session_get_model(VinSession *session)
{
    return session->model;
}

const VinDeviceInfo *vin_session_get_device_info(VinSession *session)
{
    return vin_device_get_info(session->device);
}
