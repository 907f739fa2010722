/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSession: a model opened on a device, with a stream of its own. Knows frames, but neither
 * pads nor GObject properties. Reference counted, since frames in flight outlive a change of the
 * model.
 */
#ifndef VIN_PLUGIN_SESSION_H
#define VIN_PLUGIN_SESSION_H

#include "region_cache.h"

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

typedef struct _VinSession VinSession;

/* Unset strings are NULL. */
typedef struct {
    char *model;
    char *labels_file;
    char *device;
    char *heads;
    char *head_weights;
    char *instance_id;
    VinActivation activation;
    VinResizeMode resize;
    VinScaleMethod scale_method;
    VinPrecision precision;
    VinAutotune autotune;
    guint max_in_flight;      /* frames */
    guint n_regions;          /* of a frame in flight at once */
    guint batch_size;         /* frames, of all streams of the engine */
    guint64 batch_timeout_ns;
    VinScheduling scheduling;

    /* Followed by vin_session_change(). */
    char *allow_labels;
    char *deny_labels;
    guint top_k;
} VinSessionSettings;

void vin_session_settings_copy(VinSessionSettings *to, const VinSessionSettings *from);
void vin_session_settings_clear(VinSessionSettings *settings);
/* FALSE: a new session is needed to follow them. */
gboolean vin_session_settings_fit(const VinSessionSettings *a, const VinSessionSettings *b);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinSessionSettings, vin_session_settings_clear)

/* Loads the model before it looks for a device, so a wrong name is told without one. Model,
 * device and engine are those of other sessions, where they are the same.
 * @device: (nullable): in place of the settings'
 * @replaces: (nullable): whose place the new one is to take
 * Returns NULL with an error of VIN_ERROR. Any thread. */
VinSession *vin_session_new(const VinSessionSettings *settings, VinDevice *device,
                            const VinSession *replaces, VinProgressFunc progress,
                            gpointer progress_data, GError **error);
VinSession *vin_session_ref(VinSession *session);
/* NULL is welcome. The last one waits for what is in flight. */
void vin_session_unref(VinSession *session);

/* What it was made with, followed changes included. */
const VinSessionSettings *vin_session_get_settings(VinSession *session);
/* What frames from now on are to give: top_k, allow_labels and deny_labels of @settings. On failure
 * all stays as it was. The submitting thread's. */
gboolean vin_session_change(VinSession *session, const VinSessionSettings *settings,
                            GError **error);

/* Most tags a frame can get. The submitting thread's. */
guint vin_session_get_n_top(VinSession *session);
/* Frames, or regions, that can be in flight at once. */
guint vin_session_get_n_slots(VinSession *session);
/* What a frame takes from submission to its result, as the warm-up measured it. */
guint64 vin_session_get_frame_ns(VinSession *session);

/* Whether frames of these caps can be classified; VIN_ERROR_INVALID. */
gboolean vin_session_check(VinSession *session, const GstVideoInfo *info, GError **error);

/* The stream that frames are submitted to. */
VinStream *vin_session_get_stream(VinSession *session);
/* As vin_stream_collect(), from any thread, when vin_stream_wait() said that it is done. */
gboolean vin_session_collect(VinSession *session, VinTicket ticket, VinResult *result,
                             GError **error);

/* Nobody wants the ticket's result any more, but the device reads @buffer until it is done: keeps a
 * reference for as long. Waits for nothing. Any thread. */
void vin_session_abandon(VinSession *session, VinTicket ticket, GstBuffer *buffer);
/* Gives buffers back that are not read any more; where no slot is free for that, waits for one.
 * The submitting thread's, before it submits. */
void vin_session_make_room(VinSession *session);

/* All live as long as the session. */
VinModel *vin_session_get_model(VinSession *session);
VinDevice *vin_session_get_device(VinSession *session);
/* One a class, or NULL without analytics. */
const GQuark *vin_session_get_quarks(VinSession *session);
/* What this model found tracked objects to be. */
VinRegionCache *vin_session_get_regions(VinSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinSession, vin_session_unref)

#endif
