/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes on around frames in flight: flushes, the end, states, a sink that blocks, refuses or
 * wants other buffers.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#define SOURCE "videotestsrc ! video/x-raw,width=64,height=48,framerate=25/1"
#define APP "appsrc name=source format=time"

static void open_tiny(VinPipe *pipe, const char *head, const char *tail)
{
    g_autofree char *tiny = vin_plugin_test_launch("");

    vin_pipe_open(pipe, head, tiny, tail);
}

static void seek_to(VinPipe *pipe, guint second)
{
    g_assert_true(gst_element_seek_simple(pipe->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                          second * GST_SECOND));
}

/* A sink in PAUSED keeps its first frame, so that everything before it is full. */
static void test_flush_full(void)
{
    VinWatchFacts facts;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_tiny(&pipe, SOURCE, "fakesink");
    vin_pipe_reach(&pipe, GST_STATE_PAUSED);
    for (guint i = 0; i < 20; i++) {
        g_usleep(10000);
        seek_to(&pipe, i);
        vin_pipe_reach(&pipe, GST_STATE_PAUSED);
        g_assert_cmpuint(vin_watch_get(pipe.watch).n_since_flush, >=, 1);
    }
    facts = vin_watch_get(pipe.watch);
    g_assert_cmpuint(facts.n_flushes, ==, 20);
    g_assert_cmpuint(facts.n_tagged, ==, facts.n_out);
    vin_pipe_close(&pipe);
}

/* Frames of the real network are long enough to meet one in flight nearly every time. */
static void test_flush_start(void)
{
    const guint n = 20;
    VinWatchFacts facts;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, SOURCE, "vulkaninception", "fakesink sync=false");
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(vin_watch_wait(pipe.watch, 3, 60));
    for (guint i = 0; i < n; i++) {
        vin_pipe_doze(40);
        seek_to(&pipe, i);
    }
    facts = vin_watch_get(pipe.watch);
    g_test_message("%u of %u flushes were slow to start; a frame took up to %.1f ms",
                   facts.n_slow_flushes, n, (double)facts.longest / 1e3);
    g_assert_cmpuint(facts.n_slow_flushes, <, n / 2);
    vin_pipe_close(&pipe);
}

static void test_stop_playing(gconstpointer tail)
{
    const guint n = vin_pipe_size(200, 8);
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_tiny(&pipe, SOURCE, tail);
    for (guint i = 0; i < n; i++) {
        vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
        vin_pipe_doze(40);
        vin_pipe_stop(&pipe);
        vin_watch_check(pipe.watch);
        vin_watch_reset(pipe.watch);
    }
    vin_pipe_close(&pipe);
}

static GstPadProbeReturn block(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    (void)pad;
    (void)info;
    (void)user_data;
    return GST_PAD_PROBE_OK; /* as long as the probe is there */
}

static GstPad *sink_pad(VinPipe *pipe)
{
    g_autoptr(GstElement) sink = vin_pipe_get(pipe, "out");

    return gst_element_get_static_pad(sink, "sink");
}

static void push_frames(VinPipe *pipe, guint n)
{
    GstVideoInfo info;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 64, 48);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GstCaps) caps = i == 0 ? gst_video_info_to_caps(&info) : NULL;

        g_assert_cmpint(
            vin_pipe_push(pipe, vin_plugin_test_frame(&info, 0x00ff00, i), caps), ==,
            GST_FLOW_OK);
    }
}

/* More frames than fit in, and the end behind them, before a sink that takes nothing. */
static void test_blocked(gconstpointer stop)
{
    const guint n = 17;
    g_autoptr(GstPad) pad = NULL;
    VinWatchFacts facts;
    VinPipe pipe;
    gulong id;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_tiny(&pipe, APP, "fakesink name=out sync=false");
    pad = sink_pad(&pipe);
    id = gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER, block, NULL,
                           NULL);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    push_frames(&pipe, n);
    vin_pipe_push_eos(&pipe);
    g_assert_true(vin_watch_wait(pipe.watch, 1, 10));
    g_usleep(50000);
    g_assert_cmpuint(vin_watch_get(pipe.watch).n_out, ==, 1);
    if (stop != NULL) {
        vin_pipe_stop(&pipe);
        gst_pad_remove_probe(pad, id);
    } else {
        gst_pad_remove_probe(pad, id);
        g_assert_true(vin_pipe_play(&pipe, 10));
        facts = vin_watch_get(pipe.watch);
        g_assert_cmpuint(facts.n_out, ==, n);
        g_assert_cmpuint(facts.n_tagged, ==, n);
        vin_watch_check_empty(pipe.watch);
    }
    vin_pipe_close(&pipe);
}

static void test_eos_without_frames(void)
{
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_tiny(&pipe, APP, "fakesink");
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    vin_pipe_push_eos(&pipe);
    g_assert_true(vin_pipe_play(&pipe, 10));
    vin_watch_check_empty(pipe.watch);
    vin_pipe_close(&pipe);
}

typedef struct {
    GstFlowReturn flow;
    gint after; /* frames that are taken before */
} Refusal;

static GstPadProbeReturn refuse(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    Refusal *refusal = user_data;

    (void)pad;
    if (refusal->after-- > 0) {
        return GST_PAD_PROBE_OK;
    }
    gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) = refusal->flow;
    return GST_PAD_PROBE_HANDLED;
}

static void open_refusing(VinPipe *pipe, const char *head, Refusal *refusal)
{
    g_autoptr(GstPad) pad = NULL;

    open_tiny(pipe, head, "fakesink name=out sync=false");
    vin_watch_set_lossy(pipe->watch);
    pad = sink_pad(pipe);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, refuse, refusal, NULL);
}

/* Downstream has had enough: the source learns it and ends the stream. */
static void test_refused_eos(void)
{
    Refusal refusal = {GST_FLOW_EOS, 5};
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_refusing(&pipe, SOURCE, &refusal);
    g_assert_true(vin_pipe_play(&pipe, 10));
    vin_pipe_close(&pipe);
}

/* Downstream fails: the stream ends with an error, whether the source goes on or, having ended
 * (@head), will never hear of it. */
static void test_refused_error(gconstpointer head)
{
    Refusal refusal = {GST_FLOW_ERROR, 5};
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_refusing(&pipe, head, &refusal);
    g_assert_false(vin_pipe_play(&pipe, 10));
    vin_pipe_messages(&pipe);
    g_assert_cmpuint(pipe.n_errors, >=, 1);
    pipe.n_errors = 0;
    vin_pipe_close(&pipe);
}

/* Downstream is flushing, as a branch that is being taken away: quiet, and alive after a flush. */
static void test_refused_flushing(void)
{
    Refusal refusal = {GST_FLOW_FLUSHING, 5};
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_refusing(&pipe, SOURCE, &refusal);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(vin_watch_wait(pipe.watch, 6, 10));
    g_usleep(50000);
    vin_pipe_messages(&pipe);
    g_assert_cmpuint(pipe.n_errors, ==, 0);
    refusal.after = 1000000;
    g_assert_true(gst_element_seek(pipe.pipeline, 1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                   GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET, GST_SECOND));
    g_assert_true(vin_pipe_play(&pipe, 10));
    g_assert_cmpuint(vin_watch_get(pipe.watch).n_since_flush, ==, 25);
    vin_pipe_close(&pipe);
}

static GstPadProbeReturn count_allocation(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    (void)pad;
    if (GST_QUERY_TYPE(GST_PAD_PROBE_INFO_QUERY(info)) == GST_QUERY_ALLOCATION) {
        g_atomic_int_inc((gint *)user_data);
    }
    return GST_PAD_PROBE_OK;
}

/* Downstream wants other buffers in the middle of the stream: upstream asks it again. */
static void test_reallocation(void)
{
    g_autoptr(GstPad) pad = NULL;
    gint n_asked = 0;
    gint n_before;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_tiny(&pipe, SOURCE, "fakesink name=out sync=false");
    pad = sink_pad(&pipe);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, count_allocation, &n_asked, NULL);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(vin_watch_wait(pipe.watch, 10, 10));
    for (guint i = 0; i < 5; i++) {
        n_before = g_atomic_int_get(&n_asked);
        g_assert_cmpint(n_before, >=, 1);
        gst_pad_push_event(pad, gst_event_new_reconfigure());
        g_assert_true(vin_watch_wait(pipe.watch, vin_watch_get(pipe.watch).n_out + 20, 10));
        g_assert_cmpint(g_atomic_int_get(&n_asked), >, n_before);
    }
    vin_pipe_close(&pipe);
}

static GstEvent *random_event(guint i)
{
    const GstClockTime at = i * 40 * GST_MSECOND;
    GstSegment segment;

    switch (g_test_rand_int_range(0, 4)) {
    case 0:
        return gst_event_new_gap(at, 40 * GST_MSECOND);
    case 1:
        return gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, "title", NULL));
    case 2:
        return gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                    gst_structure_new("mark", "n", G_TYPE_UINT, i, NULL));
    default:
        gst_segment_init(&segment, GST_FORMAT_TIME);
        segment.base = at;
        return gst_event_new_segment(&segment);
    }
}

/* Events between frames stay between them, and a drain query returns when all is out. */
static void test_events(void)
{
    const guint n = vin_pipe_size(2000, 200);
    g_autofree char *tiny = vin_plugin_test_launch("");
    g_autoptr(GstElement) element = NULL;
    g_autoptr(VinWatch) watch = NULL;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = gst_harness_new_parse(tiny);
    element = gst_harness_find_element(h, "vulkaninception");
    watch = vin_watch_new(element);
    gst_harness_set_drop_buffers(h, TRUE);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 64);
    gst_harness_push_event(h, gst_event_new_stream_start("storm")); /* the watch saw no other */
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    for (guint i = 0; i < n; i++) {
        if (g_test_rand_int_range(0, 3) == 0) {
            g_assert_true(gst_harness_push_event(h, random_event(i)));
        } else {
            g_assert_cmpint(gst_harness_push(h, vin_plugin_test_frame(&info, 0xff, i)), ==,
                            GST_FLOW_OK);
        }
        if (g_test_rand_int_range(0, 20) == 0) {
            g_autoptr(GstQuery) drain = gst_query_new_drain();

            gst_pad_peer_query(h->srcpad, drain);
            vin_watch_check_empty(watch);
        }
    }
    gst_harness_push_event(h, gst_event_new_eos());
    vin_watch_check_empty(watch);
    gst_harness_teardown(h);
}

/* On its way to READY the element closes its source pad first. Upstream has to learn that, and not
 * that an event of its stream's beginning went wrong: that would be an error of the stream. */
static void test_closing(void)
{
    g_autofree char *tiny = vin_plugin_test_launch("");
    g_autoptr(GstElement) element = NULL;
    g_autoptr(GstPad) src = NULL;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = gst_harness_new_parse(tiny);
    element = gst_harness_find_element(h, "vulkaninception");
    src = gst_element_get_static_pad(element, "src");
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 64);
    gst_pad_set_active(src, FALSE);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    g_assert_cmpint(gst_harness_push(h, vin_plugin_test_frame(&info, 0, 0)), ==,
                    GST_FLOW_FLUSHING);
    gst_harness_teardown(h);
}

/* What somebody else holds, too, is not written to. */
static void test_held_buffers(void)
{
    g_autofree char *tiny = vin_plugin_test_launch("");
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = gst_harness_new_parse(tiny);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 64);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    for (guint i = 0; i < 20; i++) {
        g_autoptr(GstBuffer) held = vin_plugin_test_frame(&info, 0x0000ff, i);
        g_autoptr(GstBuffer) out = NULL;

        g_assert_cmpint(gst_harness_push(h, gst_buffer_ref(held)), ==, GST_FLOW_OK);
        out = gst_harness_pull(h);
        g_assert_true(vin_tags_is_present(out));
        g_assert_false(vin_tags_is_present(held));
    }
    gst_harness_teardown(h);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/flow/flush-full", test_flush_full);
    g_test_add_func("/flow/flush-start", test_flush_start);
    g_test_add_data_func("/flow/stop/free", "fakesink sync=false", test_stop_playing);
    g_test_add_data_func("/flow/stop/clock", "fakesink sync=true", test_stop_playing);
    g_test_add_data_func("/flow/stop/queue", "queue max-size-buffers=1 ! fakesink sync=true",
                         test_stop_playing);
    g_test_add_data_func("/flow/blocked/eos", NULL, test_blocked);
    g_test_add_data_func("/flow/blocked/stop", "stop", test_blocked);
    g_test_add_func("/flow/eos-without-frames", test_eos_without_frames);
    g_test_add_func("/flow/refused/eos", test_refused_eos);
    g_test_add_data_func("/flow/refused/error", SOURCE, test_refused_error);
    g_test_add_data_func("/flow/refused/error-at-end",
                         "videotestsrc num-buffers=6 ! video/x-raw,width=64,height=48",
                         test_refused_error);
    g_test_add_func("/flow/refused/flushing", test_refused_flushing);
    g_test_add_func("/flow/reallocation", test_reallocation);
    g_test_add_func("/flow/events", test_events);
    g_test_add_func("/flow/closing", test_closing);
    g_test_add_func("/flow/held-buffers", test_held_buffers);
    return g_test_run();
}
