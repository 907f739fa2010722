/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Serialized events and queries wait until the ring is empty; a flush waits for nothing.
 */
#include "events.h"

#include "swap.h"

#include <string.h>
#include <vkinception/gst-frame.h>

/* Images are read on the device that made them. FALSE: a message was posted. */
static gboolean move_to_images(VulkanInception *self)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = vin_gpu_device(self->gpu, &error);

    if (device == NULL) {
        GST_ELEMENT_ERROR(self, RESOURCE, NOT_FOUND, ("%s", error->message), (NULL));
        return FALSE;
    }
    if (vin_gpu_is_sheared(self->gpu, &self->info)) {
        GST_ELEMENT_WARNING(self, STREAM, FORMAT,
                            ("vulkanupload before 1.28.3 shears %s of width %d, which 4 does not "
                             "divide: tags are those of a sheared picture; scale the video, or "
                             "leave it in system memory",
                             GST_VIDEO_INFO_NAME(&self->info), GST_VIDEO_INFO_WIDTH(&self->info)),
                            (NULL));
    }
    return vin_swap_move(self, device);
}

static gboolean parse_caps(VulkanInception *self, const GstCaps *caps, GError **error)
{
    const gboolean is_dmabuf = vin_dmabuf_is_caps(caps);

    self->video = (VinInputVideo){.info = &self->info,
                                  .images = vin_gpu_is_image(caps) ? self->gpu : NULL,
                                  .dmabuf = is_dmabuf ? &self->dmabuf : NULL};
    if (!is_dmabuf) {
        return gst_video_info_from_caps(&self->info, caps);
    }
    if (!vin_dmabuf_video_from_caps(&self->dmabuf, caps, error)) {
        return FALSE;
    }
    self->info = self->dmabuf.info;
    return TRUE;
}

/* What no frame of the video can pass is told here, before the first. */
static gboolean set_caps(VulkanInception *self, GstEvent *event)
{
    g_autoptr(GError) error = NULL;
    GstCaps *caps;

    gst_event_parse_caps(event, &caps);
    self->has_info = parse_caps(self, caps, &error);
    if (!self->has_info) {
        GST_ERROR_OBJECT(self, "not the caps of a video: %" GST_PTR_FORMAT ": %s", caps,
                         error != NULL ? error->message : "no format and size");
        return FALSE;
    }
    if (self->video.images != NULL && !move_to_images(self)) {
        self->has_info = FALSE;
        return FALSE;
    }
    if (self->session != NULL && !vin_session_check(self->session, &self->info, &error)) {
        self->has_info = FALSE;
        GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("%s", error->message),
                          ("caps %" GST_PTR_FORMAT, caps));
        return FALSE;
    }
    GST_OBJECT_LOCK(self);
    self->fps = GST_VIDEO_INFO_FPS_N(&self->info) > 0
                    ? (double)GST_VIDEO_INFO_FPS_N(&self->info) / GST_VIDEO_INFO_FPS_D(&self->info)
                    : 0.0;
    GST_OBJECT_UNLOCK(self);
    return TRUE;
}

/* A stream is upright until its tags say otherwise; tags without an orientation leave it. */
static void follow_tags(VulkanInception *self, GstEvent *event)
{
    g_autofree char *orientation = NULL;
    GstTagList *tags;

    gst_event_parse_tag(event, &tags);
    if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &orientation)) {
        self->turn = vin_turn_from_gst(orientation);
    }
}

static void forget_stream(VulkanInception *self)
{
    vin_latest_reset(&self->latest);
    if (self->session != NULL) {
        vin_region_cache_clear(vin_session_get_regions(self->session));
    }
    GST_OBJECT_LOCK(self);
    vin_pace_reset(&self->pace);
    self->earliest = GST_CLOCK_TIME_NONE;
    GST_OBJECT_UNLOCK(self);
}

/* A pad that is being closed says so; as an error it would end the stream with a message. */
static GstFlowReturn forward(VulkanInception *self, GstEvent *event)
{
    GstFlowReturn flow = GST_FLOW_OK;

    if (!gst_pad_push_event(self->src_pad, event)) {
        GST_OBJECT_LOCK(self->src_pad);
        flow = GST_PAD_IS_FLUSHING(self->src_pad) ? GST_FLOW_FLUSHING
               : GST_PAD_IS_EOS(self->src_pad)    ? GST_FLOW_EOS
                                                  : GST_FLOW_ERROR;
        GST_OBJECT_UNLOCK(self->src_pad);
    }
    return flow;
}

static GstFlowReturn flush_stop(VulkanInception *self, GstEvent *event)
{
    GstFlowReturn flow;
    gboolean reset_time;

    gst_event_parse_flush_stop(event, &reset_time);
    g_rec_mutex_lock(&self->push_lock); /* a push from before has returned, none begins */
    if (reset_time) {
        gst_segment_init(&self->segment, GST_FORMAT_UNDEFINED);
    }
    forget_stream(self);
    flow = forward(self, event);
    vin_ring_set_flushing(&self->ring, FALSE);
    g_rec_mutex_unlock(&self->push_lock);
    return flow;
}

/* The frames before it are out; FALSE when it is not to be forwarded. */
static gboolean take_serialized(VulkanInception *self, GstEvent *event)
{
    GstFlowReturn flow;

    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        self->turn = VIN_TURN_0;
        forget_stream(self);
        vin_ring_forgive(&self->ring);
        return TRUE;
    case GST_EVENT_CAPS:
        return set_caps(self, event);
    case GST_EVENT_SEGMENT:
        gst_event_copy_segment(event, &self->segment);
        return TRUE;
    case GST_EVENT_TAG:
        follow_tags(self, event);
        return TRUE;
    case GST_EVENT_EOS:
        /* Nobody hears of it from a buffer any more. */
        flow = vin_ring_get_flow(&self->ring);
        if (flow == GST_FLOW_NOT_LINKED || flow < GST_FLOW_EOS) {
            GST_ELEMENT_FLOW_ERROR(self, flow);
        }
        return TRUE;
    default:
        return TRUE;
    }
}

GstFlowReturn vin_events_sink(GstPad *pad, GstObject *parent, GstEvent *event)
{
    VulkanInception *self = VIN_INCEPTION(parent);

    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_FLUSH_START:
        vin_ring_set_flushing(&self->ring, TRUE);
        return forward(self, event);
    case GST_EVENT_FLUSH_STOP:
        return flush_stop(self, event);
    default:
        break;
    }
    if (GST_EVENT_IS_SERIALIZED(event)) {
        /* A flush has begun, which downstream may not know yet. What outlives a flush is kept by
         * the source pad for later. */
        if (vin_ring_drain(&self->ring) == GST_FLOW_FLUSHING &&
            (!GST_EVENT_IS_STICKY(event) || GST_EVENT_TYPE(event) == GST_EVENT_EOS)) {
            gst_event_unref(event);
            return GST_FLOW_FLUSHING;
        }
        if (!take_serialized(self, event)) {
            gst_event_unref(event);
            return GST_FLOW_NOT_NEGOTIATED;
        }
    }
    return forward(self, event);
}

gboolean vin_events_src(GstPad *pad, GstObject *parent, GstEvent *event)
{
    VulkanInception *self = VIN_INCEPTION(parent);
    GstClockTimeDiff diff;
    GstClockTime timestamp;

    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_QOS:
        gst_event_parse_qos(event, NULL, NULL, &diff, &timestamp);
        if (GST_CLOCK_TIME_IS_VALID(timestamp)) {
            GST_OBJECT_LOCK(self);
            self->earliest = diff >= 0 || timestamp > (guint64)-diff
                                 ? timestamp + (guint64)diff
                                 : 0;
            GST_OBJECT_UNLOCK(self);
        }
        break;
    case GST_EVENT_RECONFIGURE:
        if (vin_ring_get_flow(&self->ring) == GST_FLOW_NOT_LINKED) {
            vin_ring_forgive(&self->ring);
        }
        break;
    default:
        break;
    }
    return gst_pad_push_event(self->sink_pad, event);
}

/* Frames wait here while upstream needs more of them. */
static void add_depth(GstQuery *query, guint depth)
{
    guint n = gst_query_get_n_allocation_pools(query);
    GstVideoInfo info;
    GstCaps *caps;

    for (guint i = 0; i < n; i++) {
        GstBufferPool *pool;
        guint size;
        guint min;
        guint max;

        gst_query_parse_nth_allocation_pool(query, i, &pool, &size, &min, &max);
        gst_query_set_nth_allocation_pool(query, i, pool, size, min + depth,
                                          max != 0 ? max + depth : 0);
        g_clear_object(&pool);
    }
    gst_query_parse_allocation(query, &caps, NULL);
    if (n == 0 && caps != NULL && gst_video_info_from_caps(&info, caps)) {
        gst_query_add_allocation_pool(query, NULL, (guint)GST_VIDEO_INFO_SIZE(&info), depth, 0);
    }
}

static gboolean query_allocation(VulkanInception *self, GstQuery *query)
{
    guint depth;

    /* Where nobody downstream answers, nothing but the frames kept here counts. */
    gst_pad_peer_query(self->src_pad, query);
    GST_OBJECT_LOCK(self);
    depth = self->settings.max_in_flight;
    GST_OBJECT_UNLOCK(self);
    add_depth(query, depth);
    return TRUE;
}

/* The template's caps, once it is open those that the device reads. */
static GstCaps *taken_caps(VulkanInception *self)
{
    GstCaps *caps = NULL;

    GST_OBJECT_LOCK(self);
    if (self->taken != NULL) {
        caps = gst_caps_ref(self->taken);
    }
    GST_OBJECT_UNLOCK(self);
    return caps != NULL ? caps : gst_pad_get_pad_template_caps(self->sink_pad);
}

/* What both we and the neighbour downstream take. */
static gboolean query_caps(VulkanInception *self, GstPad *pad, GstObject *parent, GstQuery *query)
{
    g_autoptr(GstCaps) taken = taken_caps(self);
    g_autoptr(GstCaps) both = NULL;
    GstCaps *caps;

    if (!gst_pad_query_default(pad, parent, query)) {
        return FALSE;
    }
    gst_query_parse_caps_result(query, &caps);
    both = gst_caps_intersect_full(caps, taken, GST_CAPS_INTERSECT_FIRST);
    gst_query_set_caps_result(query, both);
    return TRUE;
}

static void query_accept_caps(VulkanInception *self, GstQuery *query)
{
    g_autoptr(GstCaps) taken = taken_caps(self);
    gboolean ok;
    GstCaps *caps;

    gst_query_parse_accept_caps(query, &caps);
    ok = gst_caps_is_subset(caps, taken);
    if (ok && gst_pad_is_linked(self->src_pad)) {
        ok = gst_pad_peer_query_accept_caps(self->src_pad, caps);
    }
    gst_query_set_accept_caps_result(query, ok);
}

gboolean vin_queries_sink(GstPad *pad, GstObject *parent, GstQuery *query)
{
    VulkanInception *self = VIN_INCEPTION(parent);

    switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_ALLOCATION:
        vin_ring_drain(&self->ring);
        return query_allocation(self, query);
    case GST_QUERY_DRAIN:
        vin_ring_drain(&self->ring);
        return gst_pad_peer_query(self->src_pad, query);
    case GST_QUERY_CAPS:
        return query_caps(self, pad, parent, query);
    case GST_QUERY_ACCEPT_CAPS:
        query_accept_caps(self, query);
        return TRUE;
    case GST_QUERY_CONTEXT:
        return vin_gpu_handle_context_query(self->gpu, query) ||
               gst_pad_query_default(pad, parent, query);
    default:
        if (GST_QUERY_IS_SERIALIZED(query)) {
            vin_ring_drain(&self->ring);
        }
        return gst_pad_query_default(pad, parent, query);
    }
}

/* A live sink has to wait for the time a frame takes here, else each one comes too late. */
static gboolean query_latency(VulkanInception *self, GstQuery *query)
{
    GstClockTime min;
    GstClockTime max;
    gboolean is_live;

    if (!gst_pad_peer_query(self->sink_pad, query)) {
        return FALSE;
    }
    gst_query_parse_latency(query, &is_live, &min, &max);
    GST_OBJECT_LOCK(self);
    self->is_live = is_live;
    if (is_live) {
        const GstClockTime frame = self->fps > 0 ? (GstClockTime)(GST_SECOND / self->fps) : 0;
        const GstClockTime room = self->settings.max_in_flight * frame;

        min += self->latency.told_ns;
        if (GST_CLOCK_TIME_IS_VALID(max)) {
            max += MAX(self->latency.told_ns, room);
        }
    }
    GST_OBJECT_UNLOCK(self);
    gst_query_set_latency(query, is_live, min, max);
    return TRUE;
}

gboolean vin_queries_src(GstPad *pad, GstObject *parent, GstQuery *query)
{
    VulkanInception *self = VIN_INCEPTION(parent);

    switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_LATENCY:
        return query_latency(self, query);
    case GST_QUERY_CONTEXT:
        return vin_gpu_handle_context_query(self->gpu, query) ||
               gst_pad_query_default(pad, parent, query);
    default:
        return gst_pad_query_default(pad, parent, query);
    }
}
