/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Progress, tags, and that the model is slow. Any thread.
 */
#include "post.h"

#include <vkinception/gst-tags.h>

#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 4)

void vin_post_progress(VulkanInception *self, GstProgressType type, const char *text)
{
    GST_OBJECT_LOCK(self);
    self->progress_us = g_get_monotonic_time();
    GST_OBJECT_UNLOCK(self);
    gst_element_post_message(GST_ELEMENT(self),
                             gst_message_new_progress(GST_OBJECT(self), type, "open", text));
}

void vin_post_opening(guint done, guint total, const char *what, gpointer element)
{
    VulkanInception *self = VIN_INCEPTION(element);
    g_autofree char *text = NULL;
    gint64 since_us;

    GST_OBJECT_LOCK(self);
    since_us = g_get_monotonic_time() - self->progress_us;
    GST_OBJECT_UNLOCK(self);
    if (done < total && since_us >= PROGRESS_EVERY_US) {
        text = g_strdup_printf("%s (%u of %u)", what, done, total);
        vin_post_progress(self, GST_PROGRESS_TYPE_CONTINUE, text);
    }
}

static gboolean copy_field(GQuark field, const GValue *value, gpointer content)
{
    gst_structure_id_set_value(content, field, value);
    return TRUE;
}

void vin_post_tags(VulkanInception *self, const VinEntry *entry)
{
    GstStructure *content;
    gboolean post_messages;

    GST_OBJECT_LOCK(self);
    post_messages = self->post_messages;
    GST_OBJECT_UNLOCK(self);
    if (!post_messages) {
        return;
    }
    content = gst_structure_new_empty("vulkaninception");
    if (GST_BUFFER_PTS_IS_VALID(entry->buffer)) {
        gst_structure_set(content, "pts", G_TYPE_UINT64, GST_BUFFER_PTS(entry->buffer), NULL);
        if (GST_CLOCK_TIME_IS_VALID(entry->stamp.running_time)) {
            gst_structure_set(content, "running-time", G_TYPE_UINT64,
                              entry->stamp.running_time, NULL);
        }
    }
    if (GST_BUFFER_DURATION_IS_VALID(entry->buffer)) {
        gst_structure_set(content, "duration", G_TYPE_UINT64,
                          GST_BUFFER_DURATION(entry->buffer), NULL);
    }
    gst_structure_foreach(vin_tags_get_structure(entry->buffer), copy_field, content);
    gst_element_post_message(GST_ELEMENT(self),
                             gst_message_new_element(GST_OBJECT(self), content));
}

/* "30 frames a second", or how many came. */
static char *rate_text(double fps, double seconds, const VinPace *pace)
{
    return fps > 0 ? g_strdup_printf("%.4g frames/s", fps)
                   : g_strdup_printf("about %.3g frames/s", (double)pace->n_frames / seconds);
}

void vin_post_if_slow(VulkanInception *self, gint64 now_us)
{
    g_autofree char *model = NULL;
    g_autofree char *device = NULL;
    g_autofree char *rate = NULL;
    double seconds;
    double fps;
    VinPace pace;
    gboolean tell;

    GST_OBJECT_LOCK(self);
    tell = vin_pace_tell(&self->pace, now_us);
    if (tell) {
        pace = self->pace;
        model = g_strdup(self->stats_model);
        device = g_strdup(self->stats_device);
        fps = self->fps;
    }
    GST_OBJECT_UNLOCK(self);
    if (!tell) {
        return;
    }
    seconds = (double)MAX(now_us - pace.first_us, 1) / G_USEC_PER_SEC;
    rate = rate_text(fps, seconds, &pace);
    GST_ELEMENT_WARNING(
        self, STREAM, FAILED,
        ("Model %s takes %.0f ms a frame on \"%s\" (%.1f frames/s), but video comes at %s: "
         "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " frames went on with the labels of an "
         "earlier one",
         model, (double)pace.work_ns / 1e6, device, 1e9 / (double)MAX(pace.work_ns, 1), rate,
         pace.n_slow, pace.n_frames),
        ("a smaller model, a faster device, or inference-interval=%u would keep up; no-block=false "
         "and max-gpu-time=0 let every frame wait for its own labels",
         (guint)((double)pace.work_ns / 1e9 * (fps > 0 ? fps : (double)pace.n_frames / seconds)) +
             1));
}
