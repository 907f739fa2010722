/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A thread opens, the sink pad's thread starts it, joins it and takes what it made.
 */
#include "swap.h"

#include "onerror.h"
#include "post.h"
#include "report.h"

#include <string.h>

#define RETRY_US (5 * G_USEC_PER_SEC)

static gpointer open_session(gpointer element)
{
    VulkanInception *self = VIN_INCEPTION(element);
    VinSwap *swap = &self->swap;

    vin_report_warnings(GST_ELEMENT(self));
    swap->session = vin_session_new(&swap->settings, swap->device, swap->old, vin_post_opening,
                                    self, &swap->error);
    vin_report_warnings(NULL);
    g_atomic_int_set(&swap->is_done, TRUE);
    return NULL;
}

static void begin(VulkanInception *self, const VinSessionSettings *settings)
{
    VinSwap *swap = &self->swap;

    vin_session_settings_clear(&swap->settings);
    vin_session_settings_copy(&swap->settings, settings);
    swap->old = self->session != NULL ? vin_session_ref(self->session) : NULL;
    swap->is_done = FALSE;
    swap->retry_us = g_get_monotonic_time() + RETRY_US;
    vin_post_progress(self, GST_PROGRESS_TYPE_START, "Opening model and device");
    swap->thread = g_thread_new("vin-open", open_session, self);
}

void vin_swap_adopt(VulkanInception *self, VinSession *session)
{
    const VinDeviceInfo *device = vin_device_get_info(vin_session_get_device(session));
    g_autoptr(GstCaps) template = gst_pad_get_pad_template_caps(self->sink_pad);
    GstCaps *taken = vin_dmabuf_caps_for(template, vin_session_get_device(session));

    vin_session_unref(self->session);
    self->session = session;
    GST_OBJECT_LOCK(self);
    gst_caps_take(&self->taken, taken);
    g_free(self->stats_model);
    g_free(self->stats_device);
    g_free(self->stats_driver);
    self->stats_model = g_strdup(vin_model_get_name(vin_session_get_model(session)));
    self->stats_device = g_strdup(device->name);
    self->stats_driver = g_strdup(device->driver);
    self->stats_n_top = vin_session_get_n_top(session);
    self->pace.work_ns = vin_session_get_frame_ns(session);
    vin_latency_start(&self->latency, self->pace.work_ns);
    GST_OBJECT_UNLOCK(self);
}

static void end(VulkanInception *self)
{
    VinSwap *swap = &self->swap;
    g_autoptr(GError) error = g_steal_pointer(&swap->error);
    VinSession *session = g_steal_pointer(&swap->session);

    g_thread_join(g_steal_pointer(&swap->thread));
    g_clear_pointer(&swap->old, vin_session_unref);
    if (session != NULL && self->has_info &&
        !vin_session_check(session, &self->info, &error)) {
        g_clear_pointer(&session, vin_session_unref);
    }
    if (session != NULL) {
        vin_swap_adopt(self, session);
        self->wants_retry = FALSE;
        vin_post_progress(self, GST_PROGRESS_TYPE_COMPLETE, "Model and device are open");
        if (self->is_live) {
            gst_element_post_message(GST_ELEMENT(self),
                                     gst_message_new_latency(GST_OBJECT(self)));
        }
    } else if (self->wants_retry) {
        GST_INFO_OBJECT(self, "still no device: %s", error->message);
        vin_post_progress(self, GST_PROGRESS_TYPE_ERROR, "Model and device were not opened");
    } else {
        vin_post_progress(self, GST_PROGRESS_TYPE_ERROR, "Model and device were not opened");
        GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS, ("%s", error->message),
                            ("the stream goes on with the model and the settings that it had"));
    }
}

/* A list that is wrong is told and not followed: it is no reason to end a stream. */
static void change(VulkanInception *self, const VinSessionSettings *settings)
{
    g_autoptr(GError) error = NULL;

    if (!vin_session_change(self->session, settings, &error)) {
        GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS, ("%s", error->message),
                            ("which classes a frame may be tagged with stays as it was"));
    }
    GST_OBJECT_LOCK(self);
    self->stats_n_top = vin_session_get_n_top(self->session);
    GST_OBJECT_UNLOCK(self);
}

void vin_swap_follow(VulkanInception *self)
{
    VinSwap *swap = &self->swap;
    g_auto(VinSessionSettings) settings = {0};
    gboolean is_changed;
    gboolean is_due;

    if (swap->thread != NULL && !g_atomic_int_get(&swap->is_done)) {
        return;
    }
    if (swap->thread != NULL) {
        end(self);
    }
    is_due = self->wants_retry && g_get_monotonic_time() >= swap->retry_us;
    GST_OBJECT_LOCK(self);
    is_changed = self->is_changed;
    self->is_changed = FALSE;
    if (is_changed || is_due) {
        vin_session_settings_copy(&settings, &self->settings);
    }
    GST_OBJECT_UNLOCK(self);
    if (is_due || (is_changed && (self->session == NULL ||
                                  !vin_session_settings_fit(
                                      &settings, vin_session_get_settings(self->session))))) {
        begin(self, &settings);
    } else if (is_changed) {
        change(self, &settings);
    }
}

/* What is being opened is for another device. */
static void drop(VinSwap *swap)
{
    if (swap->thread != NULL) {
        g_thread_join(g_steal_pointer(&swap->thread));
    }
    g_clear_pointer(&swap->old, vin_session_unref);
    g_clear_pointer(&swap->session, vin_session_unref);
    g_clear_error(&swap->error);
}

gboolean vin_swap_move(VulkanInception *self, VinDevice *device)
{
    g_auto(VinSessionSettings) settings = {0};
    g_autoptr(GError) error = NULL;
    VinSession *session;

    if (self->swap.device != device) {
        drop(&self->swap);
        vin_device_unref(self->swap.device);
        self->swap.device = vin_device_ref(device);
    }
    if (self->session == NULL || vin_session_get_device(self->session) == device) {
        return TRUE;
    }
    GST_OBJECT_LOCK(self);
    vin_session_settings_copy(&settings, &self->settings);
    self->is_changed = FALSE;
    GST_OBJECT_UNLOCK(self);
    vin_post_progress(self, GST_PROGRESS_TYPE_START, "Opening the model on the pipeline's device");
    vin_report_warnings(GST_ELEMENT(self));
    session =
        vin_session_new(&settings, device, self->session, vin_post_opening, self, &error);
    vin_report_warnings(NULL);
    if (session != NULL) {
        vin_swap_adopt(self, session);
        vin_post_progress(self, GST_PROGRESS_TYPE_COMPLETE, "Model and device are open");
        return TRUE;
    }
    vin_post_progress(self, GST_PROGRESS_TYPE_ERROR, "Model and device were not opened");
    if (!vin_on_error_opening(self, error, GST_RESOURCE_ERROR_OPEN_READ)) {
        return FALSE;
    }
    vin_swap_retry(self);
    return TRUE;
}

void vin_swap_retry(VulkanInception *self)
{
    g_clear_pointer(&self->session, vin_session_unref);
    self->wants_retry = TRUE;
    self->swap.retry_us = g_get_monotonic_time() + RETRY_US;
}

void vin_swap_stop(VulkanInception *self)
{
    VinSwap *swap = &self->swap;

    drop(swap);
    g_clear_pointer(&swap->device, vin_device_unref);
    vin_session_settings_clear(&swap->settings);
    memset(swap, 0, sizeof *swap);
    self->wants_retry = FALSE;
}
