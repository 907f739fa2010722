/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What applications do to a pipeline: pause, seek, end, change its state all the time. The same as
 * validate/ does with gst-validate, which not every system has, and watched as closely.
 */
#include "pipe.h"
#include "plugin_test.h"

#define SOURCE "videotestsrc name=source ! video/x-raw,width=64,height=48,framerate=100/1"
#define FRAME (10 * GST_MSECOND)

static const char *const tails[] = {
    "fakesink name=out sync=true",
    "queue max-size-buffers=2 ! fakesink name=out sync=true",
};

static void open_pipe(VinPipe *pipe, const char *tail)
{
    g_autofree char *tiny = vin_plugin_test_launch("");

    vin_pipe_open(pipe, SOURCE, tiny, tail);
}

static void send_eos(VinPipe *pipe)
{
    g_autoptr(GstElement) source = vin_pipe_get(pipe, "source");

    g_assert_true(gst_element_send_event(source, gst_event_new_eos()));
}

static void check_end(VinPipe *pipe)
{
    VinWatchFacts facts;

    g_assert_true(vin_pipe_play(pipe, 20));
    facts = vin_watch_get(pipe->watch);
    g_assert_cmpuint(facts.n_tagged, ==, facts.n_out);
    vin_watch_check_empty(pipe->watch);
}

static GstPadProbeReturn count(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    (void)pad;
    (void)info;
    g_atomic_int_inc((gint *)user_data);
    return GST_PAD_PROBE_OK;
}

/* Nothing reaches the sink in PAUSED, and nothing gets lost by it. */
static void test_pause(gconstpointer tail)
{
    g_autoptr(GstElement) out = NULL;
    g_autoptr(GstPad) pad = NULL;
    gint n_reached = 0;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_pipe(&pipe, tail);
    out = vin_pipe_get(&pipe, "out");
    pad = gst_element_get_static_pad(out, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, count, &n_reached, NULL);
    vin_pipe_reach(&pipe, GST_STATE_PLAYING);
    for (guint i = 0; i < vin_pipe_size(50, 8); i++) {
        gint n_before = g_atomic_int_get(&n_reached);

        while (g_atomic_int_get(&n_reached) <= n_before + 1) { /* it plays, not only will */
            g_usleep(1000);
        }
        vin_pipe_doze(60);
        vin_pipe_reach(&pipe, GST_STATE_PAUSED);
        g_usleep(10000);
        n_before = g_atomic_int_get(&n_reached);
        g_usleep(50000);
        if (g_atomic_int_get(&n_reached) != n_before) {
            g_test_message("the sink is in %s, the pipeline in %s",
                           gst_element_state_get_name(GST_STATE(out)),
                           gst_element_state_get_name(GST_STATE(pipe.pipeline)));
        }
        g_assert_cmpint(g_atomic_int_get(&n_reached), ==, n_before);
        vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    }
    send_eos(&pipe);
    check_end(&pipe);
    g_assert_cmpint(g_atomic_int_get(&n_reached), ==, (gint)vin_watch_get(pipe.watch).n_out);
    vin_pipe_close(&pipe);
}

typedef struct {
    GMutex lock;
    GstClockTime first; /* since the flush */
} First;

static void on_out(GstBuffer *buffer, gpointer user_data)
{
    First *first = user_data;

    g_mutex_lock(&first->lock);
    if (!GST_CLOCK_TIME_IS_VALID(first->first)) {
        first->first = GST_BUFFER_PTS(buffer);
    }
    g_mutex_unlock(&first->lock);
}

static GstPadProbeReturn on_flush(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    First *first = user_data;

    (void)pad;
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_FLUSH_STOP) {
        g_mutex_lock(&first->lock);
        first->first = GST_CLOCK_TIME_NONE;
        g_mutex_unlock(&first->lock);
    }
    return GST_PAD_PROBE_OK;
}

/* To and fro; what comes first after a seek is what was sought, never a frame of before. */
static void seek_about(const char *tail, GstState state)
{
    First first = {.first = GST_CLOCK_TIME_NONE};
    g_autoptr(GstPad) pad = NULL;
    VinPipe pipe;

    open_pipe(&pipe, tail);
    pad = gst_element_get_static_pad(pipe.element, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_EVENT_FLUSH, on_flush, &first, NULL);
    vin_watch_set_func(pipe.watch, on_out, &first);
    vin_pipe_reach(&pipe, GST_STATE_PAUSED);
    for (guint i = 0; i < vin_pipe_size(200, 20); i++) {
        GstClockTime to = (guint)g_test_rand_int_range(0, 100000) * FRAME;

        vin_pipe_set_state(&pipe, state);
        g_assert_true(gst_element_seek_simple(pipe.pipeline, GST_FORMAT_TIME,
                                              GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                                              (gint64)to));
        vin_pipe_reach(&pipe, state); /* the sink has the new frame */
        g_mutex_lock(&first.lock);
        g_assert_cmpuint(first.first, ==, to);
        g_mutex_unlock(&first.lock);
        vin_pipe_doze(20);
    }
    vin_pipe_reach(&pipe, GST_STATE_PLAYING); /* the source waits for its thread */
    send_eos(&pipe);
    check_end(&pipe);
    vin_pipe_close(&pipe);
    g_mutex_clear(&first.lock);
}

static void test_seek_playing(gconstpointer tail)
{
    if (vin_plugin_test_has_device()) {
        seek_about(tail, GST_STATE_PLAYING);
    }
}

static void test_seek_paused(gconstpointer tail)
{
    if (vin_plugin_test_has_device()) {
        seek_about(tail, GST_STATE_PAUSED);
    }
}

/* The stream ends after any number of frames, and goes on after a seek. */
static void test_eos(gconstpointer tail)
{
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_pipe(&pipe, tail);
    vin_pipe_reach(&pipe, GST_STATE_PAUSED);
    for (guint i = 0; i < vin_pipe_size(100, 15); i++) {
        guint n = (guint)g_test_rand_int_range(1, 12);

        g_assert_true(gst_element_seek(pipe.pipeline, 1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                       GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_SET,
                                       (gint64)(n * FRAME)));
        check_end(&pipe);
        g_assert_cmpuint(vin_watch_get(pipe.watch).n_since_flush, ==, n);
    }
    vin_pipe_close(&pipe);
}

static void test_states(gconstpointer tail)
{
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    open_pipe(&pipe, tail);
    for (guint i = 0; i < vin_pipe_size(400, 24); i++) {
        GstState state = i < 12 ? (i % 2 == 0 ? GST_STATE_PLAYING : GST_STATE_NULL)
                                : (GstState)g_test_rand_int_range(GST_STATE_NULL,
                                                                  GST_STATE_PLAYING + 1);

        vin_pipe_set_state(&pipe, state);
        if (state < GST_STATE_PAUSED) {
            vin_watch_check(pipe.watch);
            vin_watch_reset(pipe.watch);
        }
        if (g_test_rand_bit()) {
            vin_pipe_doze(20);
        }
    }
    vin_pipe_messages(&pipe);
    g_assert_cmpuint(pipe.n_errors, ==, 0);
    vin_pipe_set_state(&pipe, GST_STATE_NULL);
    vin_watch_reset(pipe.watch);
    vin_pipe_reach(&pipe, GST_STATE_PLAYING);
    g_assert_true(vin_watch_wait(pipe.watch, 10, 20));
    send_eos(&pipe);
    check_end(&pipe);
    vin_pipe_close(&pipe);
}

static void add(const char *name, GTestDataFunc func)
{
    for (guint i = 0; i < G_N_ELEMENTS(tails); i++) {
        g_autofree char *path =
            g_strdup_printf("/scenarios/%s%s", name, i == 0 ? "" : "-queue");

        g_test_add_data_func(path, tails[i], func);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    add("pause", test_pause);
    add("seek", test_seek_playing);
    add("seek-paused", test_seek_paused);
    add("eos", test_eos);
    add("states", test_states);
    return g_test_run();
}
