/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Streams through the classifier: one buffer, EOS, flush, seek, gap, changing caps, messages,
 * two at once.
 */
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-frame.h>
#include <vkinception/gst-tags.h>

static GstHarness *new_harness(void)
{
    g_autofree char *launch = vin_plugin_test_launch("");

    return gst_harness_new_parse(launch);
}

static void set_format(GstHarness *h, GstVideoInfo *info, const char *format, guint width,
                       guint height)
{
    gst_video_info_set_format(info, gst_video_format_from_string(format), width, height);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(info));
}

static const char *top_label(GstBuffer *buffer)
{
    VinTag tag;

    return vin_tags_get(buffer, 0, &tag) ? tag.label : NULL;
}

typedef struct {
    GMutex lock;
    GCond changed;
    guint n_buffers;
    guint n_tagged;
    GstClockTime last_pts;
    guint n_disorder;
} Seen;

static GstPadProbeReturn on_buffer(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    Seen *seen = user_data;

    g_mutex_lock(&seen->lock);
    if (seen->n_buffers > 0 && GST_BUFFER_PTS(buffer) <= seen->last_pts) {
        seen->n_disorder++;
    }
    seen->last_pts = GST_BUFFER_PTS(buffer);
    seen->n_buffers++;
    seen->n_tagged += vin_tags_get_n(buffer) == 5;
    g_cond_signal(&seen->changed);
    g_mutex_unlock(&seen->lock);
    return GST_PAD_PROBE_OK;
}

/* HEAD ! vulkaninception ! fakesink, whose buffers are counted in @seen. */
static GstElement *new_pipeline(const char *head, Seen *seen)
{
    g_autofree char *classifier = vin_plugin_test_launch("name=classifier");
    g_autofree char *launch = g_strdup_printf("%s ! %s ! fakesink name=out", head, classifier);
    g_autoptr(GError) error = NULL;
    GstElement *pipeline = gst_parse_launch(launch, &error);
    g_autoptr(GstElement) out = NULL;
    g_autoptr(GstPad) pad = NULL;

    g_assert_no_error(error);
    out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    pad = gst_element_get_static_pad(out, "sink");
    memset(seen, 0, sizeof *seen);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, seen, NULL);
    return pipeline;
}

static gboolean wait_for(Seen *seen, guint n_buffers, gint64 microseconds)
{
    gint64 until = g_get_monotonic_time() + microseconds;
    gboolean ok = TRUE;

    g_mutex_lock(&seen->lock);
    while (ok && seen->n_buffers < n_buffers) {
        ok = g_cond_wait_until(&seen->changed, &seen->lock, until);
    }
    g_mutex_unlock(&seen->lock);
    return ok;
}

/* One buffer from an application that neither sends another nor ends the stream. */
static void test_one_buffer(void)
{
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) source = NULL;
    g_autoptr(GstCaps) caps = NULL;
    GstFlowReturn flow = GST_FLOW_ERROR;
    GstVideoInfo info;
    GstBuffer *buffer;
    Seen seen;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = new_pipeline("appsrc name=source format=time", &seen);
    source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 64, 48);
    caps = gst_video_info_to_caps(&info);
    g_object_set(source, "caps", caps, NULL);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    buffer = vin_plugin_test_frame(&info, 0xff0000, 0);
    g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
    gst_buffer_unref(buffer);
    g_assert_cmpint(flow, ==, GST_FLOW_OK);
    g_assert_true(wait_for(&seen, 1, G_USEC_PER_SEC));
    g_assert_cmpuint(seen.n_tagged, ==, 1);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

static void test_eos(void)
{
    g_autoptr(GstElement) pipeline = NULL;
    Seen seen;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = new_pipeline("videotestsrc num-buffers=37 ! video/x-raw,width=64,height=48",
                            &seen);
    g_assert_true(vin_plugin_test_run(pipeline, 20));
    g_assert_cmpuint(seen.n_buffers, ==, 37);
    g_assert_cmpuint(seen.n_tagged, ==, 37);
    g_assert_cmpuint(seen.n_disorder, ==, 0);
}

/* Events pass; what came before EOS is out before it. */
static void test_events(void)
{
    GstVideoInfo info;
    GstHarness *h;
    GstEvent *event;
    gboolean gap_seen = FALSE;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    set_format(h, &info, "RGB", 64, 64);
    gst_harness_push(h, vin_plugin_test_frame(&info, 0xff0000, 0));
    gst_harness_push_event(h, gst_event_new_gap(40 * GST_MSECOND, 40 * GST_MSECOND));
    gst_harness_push(h, vin_plugin_test_frame(&info, 0x0000ff, 2));
    gst_harness_push_event(h, gst_event_new_eos());
    g_assert_cmpuint(gst_harness_buffers_received(h), ==, 2);
    while ((event = gst_harness_try_pull_event(h)) != NULL &&
           GST_EVENT_TYPE(event) != GST_EVENT_EOS) {
        gap_seen |= GST_EVENT_TYPE(event) == GST_EVENT_GAP;
        gst_event_unref(event);
    }
    g_assert_nonnull(event);
    gst_event_unref(event);
    g_assert_true(gap_seen);
    gst_harness_teardown(h);
}

/* A buffer without a picture stands for a gap. */
static void test_empty_buffer(void)
{
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *in;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    set_format(h, &info, "I420", 64, 64);
    in = gst_buffer_new();
    GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_GAP);
    out = gst_harness_push_and_pull(h, in);
    g_assert_false(vin_tags_is_present(out));
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

static void test_flush(void)
{
    GstVideoInfo info;
    GstSegment segment;
    GstHarness *h;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    set_format(h, &info, "RGB", 64, 64);
    gst_buffer_unref(gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0xff0000, 0)));
    g_assert_true(gst_harness_push_event(h, gst_event_new_flush_start()));
    g_assert_cmpint(gst_harness_push(h, vin_plugin_test_frame(&info, 0xff0000, 1)), ==,
                    GST_FLOW_FLUSHING);
    g_assert_true(gst_harness_push_event(h, gst_event_new_flush_stop(TRUE)));
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.position = 10 * GST_SECOND;
    g_assert_true(gst_harness_push_event(h, gst_event_new_segment(&segment)));
    out = gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0x00ff00, 250));
    g_assert_cmpstr(top_label(out), ==, "green");
    g_assert_cmpuint(GST_BUFFER_PTS(out), ==, 10 * GST_SECOND);
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

static void test_seek(void)
{
    g_autoptr(GstElement) pipeline = NULL;
    Seen seen;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = new_pipeline("videotestsrc ! video/x-raw,width=64,height=48,framerate=25/1",
                            &seen);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_assert_true(wait_for(&seen, 10, 10 * G_USEC_PER_SEC));
    g_assert_true(gst_element_seek(pipeline, 1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                   GST_SEEK_TYPE_SET, 3600 * GST_SECOND, GST_SEEK_TYPE_SET,
                                   3601 * GST_SECOND));
    g_assert_true(vin_plugin_test_run(pipeline, 10));
    g_assert_cmpuint(seen.n_tagged, ==, seen.n_buffers);
    g_assert_cmpuint(seen.n_buffers, >=, 35);
    /* The last one is the last of the segment. */
    g_assert_cmpuint(seen.last_pts, ==, 3600 * GST_SECOND + 24 * 40 * GST_MSECOND);
    g_assert_cmpuint(seen.n_disorder, ==, 0);
}

static void test_caps_change(void)
{
    static const struct {
        const char *format;
        guint width, height;
        guint32 colour;
        const char *label;
    } steps[] = {
        {"I420", 64, 48, 0xff0000, "red"},   {"I420", 641, 361, 0x00ff00, "green"},
        {"RGB", 641, 361, 0x0000ff, "blue"}, {"NV12", 16, 16, 0xff0000, "red"},
        {"BGRA", 1, 1, 0x00ff00, "green"},   {"I420", 64, 48, 0x0000ff, "blue"},
    };
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        GstBuffer *out;

        set_format(h, &info, steps[i].format, steps[i].width, steps[i].height);
        out = gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, steps[i].colour, i));
        g_assert_cmpstr(top_label(out), ==, steps[i].label);
        gst_buffer_unref(out);
    }
    gst_harness_teardown(h);
}

/* Buffers too small for their caps: passed on untagged, one warning, then life goes on. */
static void test_bad_buffers(void)
{
    g_autoptr(GstBus) bus = gst_bus_new();
    g_autoptr(GstElement) element = NULL;
    g_autoptr(GstMessage) warning = NULL;
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    element = gst_harness_find_element(h, "vulkaninception");
    set_format(h, &info, "RGB", 64, 64);
    gst_element_set_bus(element, bus);
    for (guint i = 0; i < 2; i++) {
        out = gst_harness_push_and_pull(h, gst_buffer_new_allocate(NULL, 100, NULL));
        g_assert_false(vin_tags_is_present(out));
        gst_buffer_unref(out);
    }
    warning = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
    g_assert_nonnull(warning);
    g_assert_cmpint(GST_MESSAGE_TYPE(warning), ==, GST_MESSAGE_WARNING);
    g_assert_null(gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR));
    out = gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0x00ff00, 0));
    g_assert_cmpstr(top_label(out), ==, "green");
    gst_buffer_unref(out);
    gst_element_set_bus(element, NULL);
    gst_harness_teardown(h);
}

/* Downstream's allocation reply reaches upstream, for frames pass through, strides and all; and
 * what the element keeps of them is added. */
static void test_allocation(void)
{
    g_autoptr(GstCaps) caps = NULL;
    GstVideoInfo info;
    guint size, min;
    GstQuery *query;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    set_format(h, &info, "I420", 64, 64);
    gst_buffer_unref(gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0, 0)));
    caps = gst_video_info_to_caps(&info);
    gst_harness_add_propose_allocation_meta(h, GST_VIDEO_META_API_TYPE, NULL);
    query = gst_query_new_allocation(caps, TRUE);
    g_assert_true(gst_pad_peer_query(h->srcpad, query));
    g_assert_true(gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, NULL));
    g_assert_cmpuint(gst_query_get_n_allocation_pools(query), ==, 1);
    gst_query_parse_nth_allocation_pool(query, 0, NULL, &size, &min, NULL);
    g_assert_cmpuint(size, ==, GST_VIDEO_INFO_SIZE(&info));
    g_assert_cmpuint(min, ==, 3); /* those in the element */
    gst_query_unref(query);
    gst_harness_teardown(h);
}

/* A live sink is told how long a frame takes: first by the warm-up, then, when a frame takes much
 * longer, by a message. */
static void test_latency(void)
{
    const GstClockTime upstream = 5 * GST_MSECOND;
    g_autoptr(GstBus) bus = gst_bus_new();
    g_autoptr(GstElement) element = NULL;
    g_autoptr(GstMessage) message = NULL;
    GstClockTime first;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness();
    element = gst_harness_find_element(h, "vulkaninception");
    gst_harness_set_upstream_latency(h, upstream);
    set_format(h, &info, "RGB", 6000, 6000);
    first = gst_harness_query_latency(h);
    g_assert_cmpuint(first, >, upstream);
    gst_element_set_bus(element, bus);
    gst_buffer_unref(gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0, 0)));
    message = gst_bus_pop_filtered(bus, GST_MESSAGE_LATENCY);
    g_assert_nonnull(message);
    g_assert_cmpuint(gst_harness_query_latency(h), >, first);
    gst_element_set_bus(element, NULL);
    gst_harness_teardown(h);
}

static void check_message(GstMessage *message, guint number)
{
    const GstStructure *content = gst_message_get_structure(message);
    guint64 running_time = 0;
    guint64 pts = 0;
    const GValue *tags = gst_structure_get_value(content, "tags");
    const GstStructure *tag;

    g_assert_true(gst_structure_has_name(content, "vulkaninception"));
    g_assert_true(gst_structure_get_uint64(content, "running-time", &running_time));
    g_assert_true(gst_structure_get_uint64(content, "pts", &pts));
    g_assert_cmpuint(pts, ==, number * 40 * GST_MSECOND);
    g_assert_cmpuint(running_time, ==, pts);
    g_assert_cmpstr(gst_structure_get_string(content, "model"), ==, "tiny");
    g_assert_true(GST_VALUE_HOLDS_ARRAY(tags));
    g_assert_cmpuint(gst_value_array_get_size(tags), ==, 5);
    tag = gst_value_get_structure(gst_value_array_get_value(tags, 0));
    g_assert_nonnull(gst_structure_get_string(tag, "label"));
    g_assert_true(gst_structure_has_field_typed(tag, "index", G_TYPE_UINT));
    g_assert_true(gst_structure_has_field_typed(tag, "score", G_TYPE_DOUBLE));
}

static void test_messages(void)
{
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) classifier = NULL;
    g_autoptr(GstBus) bus = NULL;
    GstMessage *message;
    GstProgressType first = GST_PROGRESS_TYPE_ERROR;
    GstProgressType last = GST_PROGRESS_TYPE_ERROR;
    guint n_progress = 0;
    guint n = 0;
    Seen seen;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = new_pipeline("videotestsrc num-buffers=4 ! video/x-raw,width=64,height=48,"
                            "framerate=25/1", &seen);
    classifier = gst_bin_get_by_name(GST_BIN(pipeline), "classifier");
    g_object_set(classifier, "post-messages", TRUE, NULL);
    bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    while ((message = gst_bus_timed_pop_filtered(
                bus, 10 * GST_SECOND, GST_MESSAGE_ELEMENT | GST_MESSAGE_PROGRESS |
                GST_MESSAGE_EOS | GST_MESSAGE_ERROR)) != NULL) {
        GstMessageType type = GST_MESSAGE_TYPE(message);

        if (type == GST_MESSAGE_ELEMENT) {
            check_message(message, n++);
        } else if (type == GST_MESSAGE_PROGRESS) {
            gst_message_parse_progress(message, &last, NULL, NULL);
            first = n_progress++ == 0 ? last : first;
        }
        gst_message_unref(message);
        if (type == GST_MESSAGE_EOS || type == GST_MESSAGE_ERROR) {
            break;
        }
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    g_assert_cmpuint(n, ==, 4);
    g_assert_cmpuint(n_progress, >=, 2);
    g_assert_cmpint(first, ==, GST_PROGRESS_TYPE_START);
    g_assert_cmpint(last, ==, GST_PROGRESS_TYPE_COMPLETE);
}

/* Two classifiers of one process at the same time, in threads of their own. */
static void test_two_at_once(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("");
    g_autofree char *launch = g_strdup_printf(
        "videotestsrc num-buffers=50 pattern=red ! video/x-raw,width=64,height=48 ! %s ! "
        "fakesink name=a videotestsrc num-buffers=50 pattern=blue ! "
        "video/x-raw,format=RGB,width=96,height=80 ! %s ! fakesink name=b",
        classifier, classifier);
    g_autoptr(GstElement) pipeline = NULL;
    Seen seen[2];

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = gst_parse_launch(launch, NULL);
    memset(seen, 0, sizeof seen);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(pipeline), i == 0 ? "a" : "b");
        g_autoptr(GstPad) pad = gst_element_get_static_pad(out, "sink");

        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &seen[i], NULL);
    }
    g_assert_true(vin_plugin_test_run(pipeline, 30));
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpuint(seen[i].n_buffers, ==, 50);
        g_assert_cmpuint(seen[i].n_tagged, ==, 50);
        g_assert_cmpuint(seen[i].n_disorder, ==, 0);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/stream/one-buffer", test_one_buffer);
    g_test_add_func("/stream/eos", test_eos);
    g_test_add_func("/stream/events", test_events);
    g_test_add_func("/stream/empty-buffer", test_empty_buffer);
    g_test_add_func("/stream/flush", test_flush);
    g_test_add_func("/stream/seek", test_seek);
    g_test_add_func("/stream/caps-change", test_caps_change);
    g_test_add_func("/stream/bad-buffers", test_bad_buffers);
    g_test_add_func("/stream/allocation", test_allocation);
    g_test_add_func("/stream/latency", test_latency);
    g_test_add_func("/stream/messages", test_messages);
    g_test_add_func("/stream/two-at-once", test_two_at_once);
    return g_test_run();
}
