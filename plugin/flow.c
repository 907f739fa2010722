/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the sink pad's thread does with a buffer: decides whether it is classified, submits its
 * picture and puts it into the ring. It waits where the ring is full.
 */
#include "flow.h"

#include "input.h"
#include "onerror.h"
#include "region_flow.h"
#include "report.h"
#include "swap.h"

static void stamp(VulkanInception *self, VinEntry *entry)
{
    const GstClockTime pts = GST_BUFFER_PTS(entry->buffer);

    entry->stamp.arrival_us = g_get_monotonic_time();
    entry->stamp.running_time = GST_CLOCK_TIME_NONE;
    if (GST_CLOCK_TIME_IS_VALID(pts) && self->segment.format == GST_FORMAT_TIME) {
        entry->stamp.running_time =
            gst_segment_to_running_time(&self->segment, GST_FORMAT_TIME, pts);
    }
}

/* How long until the next frame, by the buffer, else by the caps; 0: nobody says. */
static guint64 frame_ns(const VulkanInception *self, GstBuffer *buffer)
{
    if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
        return GST_BUFFER_DURATION(buffer);
    }
    if (GST_VIDEO_INFO_FPS_N(&self->info) > 0) {
        return gst_util_uint64_scale_int(GST_SECOND, GST_VIDEO_INFO_FPS_D(&self->info),
                                         GST_VIDEO_INFO_FPS_N(&self->info));
    }
    return 0;
}

/* Is the frame to be classified? */
static gboolean decide(VulkanInception *self, VinEntry *entry)
{
    VinStream *stream = vin_session_get_stream(self->session);
    VinPaceFrame frame = {
        .now_us = entry->stamp.arrival_us,
        .frame_ns = frame_ns(self, entry->buffer),
        .n_free = vin_stream_get_n_free(stream),
        .n_slots = vin_session_get_n_slots(self->session),
    };
    gboolean yes;

    GST_OBJECT_LOCK(self);
    frame.is_late = GST_CLOCK_TIME_IS_VALID(self->earliest) &&
                    GST_CLOCK_TIME_IS_VALID(entry->stamp.running_time) &&
                    entry->stamp.running_time <= self->earliest;
    yes = vin_pace_decide(&self->pace, &self->pace_settings, &frame, &entry->wait_ns);
    GST_OBJECT_UNLOCK(self);
    return yes;
}

static gboolean submit(VulkanInception *self, VinEntry *entry, GError **error)
{
    VinItem *item;
    VinInput input;
    gboolean ok;

    if (!vin_input_open(&input, &self->video, entry->buffer, self->turn, error)) {
        return FALSE;
    }
    entry->is_read = vin_input_is_read(&input);
    item = vin_entry_add(entry);
    ok = vin_input_submit(&input, vin_session_get_stream(entry->session), NULL, &item->ticket,
                          error);
    vin_input_close(&input);
    return ok;
}

/* Submits all of the frame, or those of its regions that have to be classified. */
static GstFlowReturn enter_session(VulkanInception *self, VinEntry *entry)
{
    const gboolean is_wanted = decide(self, entry);
    g_autoptr(GError) error = NULL;
    gboolean ok;

    if (!is_wanted && !self->is_region_list) {
        entry->kind = VIN_ENTRY_LAST;
        return GST_FLOW_OK;
    }
    entry->session = vin_session_ref(self->session);
    vin_session_make_room(self->session);
    entry->kind = self->is_region_list ? VIN_ENTRY_REGIONS : VIN_ENTRY_OWN;
    vin_report_warnings(GST_ELEMENT(self));
    ok = self->is_region_list ? vin_region_flow_submit(self, entry, is_wanted, &error)
                              : submit(self, entry, &error);
    vin_report_warnings(NULL);
    if (ok) {
        return GST_FLOW_OK;
    }
    if (g_error_matches(error, VIN_ERROR, VIN_ERROR_BUSY)) {
        /* Frames that did not wait have all slots still. */
        entry->kind = self->is_region_list ? VIN_ENTRY_REGIONS : VIN_ENTRY_LAST;
        return GST_FLOW_OK;
    }
    entry->kind = VIN_ENTRY_UNTAGGED;
    return vin_on_error_frame(self, error);
}

/* What becomes of @entry; the stream's flow, where it cannot go on. */
static GstFlowReturn enter(VulkanInception *self, VinEntry *entry)
{
    GstFlowReturn flow = GST_FLOW_OK;

    if (gst_buffer_get_size(entry->buffer) == 0) {
        entry->kind = VIN_ENTRY_UNTOUCHED; /* stands for a gap: no picture */
        return GST_FLOW_OK;
    }
    if (g_atomic_int_compare_and_exchange(&self->is_lost, TRUE, FALSE)) {
        vin_swap_retry(self);
    }
    vin_swap_follow(self);
    entry->kind = VIN_ENTRY_UNTAGGED;
    if (self->session == NULL) {
        return GST_FLOW_OK;
    }
    if (!vin_flow_look(self, &flow)) {
        return flow;
    }
    return enter_session(self, entry);
}

GstFlowReturn vin_flow_chain(GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
    VulkanInception *self = VIN_INCEPTION(parent);
    g_autoptr(VinEntry) entry = vin_entry_new(buffer);
    gboolean is_read;
    guint capacity;
    GstFlowReturn flow;

    if (!self->has_info) {
        GST_ELEMENT_ERROR(self, CORE, NEGOTIATION,
                          ("A buffer came before the caps of its video"), (NULL));
        return GST_FLOW_NOT_NEGOTIATED;
    }
    GST_OBJECT_LOCK(self);
    capacity = self->settings.max_in_flight;
    self->is_region_list = self->settings.n_regions > 1;
    GST_OBJECT_UNLOCK(self);
    flow = vin_ring_wait_room(&self->ring, capacity);
    if (flow != GST_FLOW_OK) {
        return flow;
    }
    stamp(self, entry);
    flow = enter(self, entry);
    if (flow != GST_FLOW_OK) {
        return flow;
    }
    is_read = entry->is_read && entry->items->len > 0;
    flow = vin_ring_push(&self->ring, g_steal_pointer(&entry));
    if (flow == GST_FLOW_OK && !is_read && self->video.images != NULL &&
        vin_gpu_is_hasty(self->video.images)) {
        flow = vin_ring_drain(&self->ring);
    }
    return flow;
}
