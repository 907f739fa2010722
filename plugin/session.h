/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSession: a model opened on a device, from READY->PAUSED to PAUSED->READY. Knows
 * buffers, but neither pads nor GObject properties.
 */
#ifndef VIN_PLUGIN_SESSION_H
#define VIN_PLUGIN_SESSION_H

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
    char *allow_labels;
    char *deny_labels;
    VinActivation activation;
    guint top_k;
    VinResizeMode resize;
    VinScaleMethod scale_method;
} VinSessionSettings;

void vin_session_settings_copy(VinSessionSettings *to, const VinSessionSettings *from);
void vin_session_settings_clear(VinSessionSettings *settings);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinSessionSettings, vin_session_settings_clear)

/* Loads the model before it looks for a device, so a wrong name is told without one.
 * Returns NULL with an error of VIN_ERROR. */
VinSession *vin_session_new(const VinSessionSettings *settings, VinProgressFunc progress,
                            gpointer progress_data, GError **error);

/* NULL is welcome. Frees what the session's frames hold. */
void vin_session_free(VinSession *session);

/* What frames from now on are to give: top_k, allow_labels and deny_labels of @settings. On failure
 * all stays as it was. */
gboolean vin_session_change(VinSession *session, const VinSessionSettings *settings,
                            GError **error);

/* Most tags a frame can get. */
guint vin_session_get_n_top(VinSession *session);

/* Whether frames of these caps can be classified; VIN_ERROR_INVALID. */
gboolean vin_session_check(VinSession *session, const GstVideoInfo *info, GError **error);

/* Classifies @buffer, whose caps are @info, turned upright, and waits for the result. One
 * thread. */
gboolean vin_session_run(VinSession *session, GstBuffer *buffer, const GstVideoInfo *info,
                         VinTurn turn, VinResult *result, GError **error);

/* Lays @result on the writable @buffer. */
void vin_session_tag(VinSession *session, GstBuffer *buffer, const VinResult *result,
                     double threshold, const GValue *tags);

/* Both live as long as the session. */
VinModel *vin_session_get_model(VinSession *session);
const VinDeviceInfo *vin_session_get_device_info(VinSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinSession, vin_session_free)

#endif
