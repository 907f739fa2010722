/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A network that is slower than the stream: frames go on at once with the labels of an earlier
 * one, and say how old these are.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <vkinception/gst-tags.h>

#define FPS 60
#define LIMIT_US 40000 /* a frame of a live source may be that late */

static const guint32 colours[] = {0xff0000, 0x00ff00, 0x0000ff};
static const char *const colour_names[] = {"red", "green", "blue"};

typedef struct {
    guint64 frame_ns;
    guint n_odd;   /* ages that are no whole number of frames */
    guint n_wrong; /* labels that are not those of the frame that the age tells of */
    guint n_bare;  /* frames without labels after one that had some */
    gboolean has_begun;
    gboolean has_colours;
} Ages;

static void on_out(GstBuffer *buffer, gpointer user_data)
{
    const GstStructure *tags = vin_tags_get_structure(buffer);
    Ages *ages = user_data;
    guint64 number;
    guint64 age = 0;
    VinTag tag;

    if (tags == NULL) {
        ages->n_bare += ages->has_begun;
        return;
    }
    ages->has_begun = TRUE;
    gst_structure_get_uint64(tags, "age", &age);
    /* Times are rounded to nanoseconds. */
    ages->n_odd += (age + 1000) % ages->frame_ns > 2000 || age > GST_BUFFER_PTS(buffer);
    number = (GST_BUFFER_PTS(buffer) - age + 1000) / ages->frame_ns;
    ages->n_wrong += ages->has_colours &&
                     (!vin_tags_get(buffer, 0, &tag) ||
                      g_strcmp0(tag.label, colour_names[number % G_N_ELEMENTS(colours)]) != 0);
}

static char *googlenet(void)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    char *path =
        g_build_filename(shared != NULL ? shared : ".", "models", "googlenet.onnx", NULL);

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no googlenet.onnx in VIN_SHARED_DIR");
        g_clear_pointer(&path, g_free);
    }
    return path;
}

static void test_live(void)
{
    const guint seconds = vin_pipe_size(60, 5);
    g_autofree char *model = googlenet();
    g_autofree char *classifier = NULL;
    Ages ages = {.frame_ns = GST_SECOND / FPS};
    VinWatchFacts facts;
    VinPipe pipe;

    if (model == NULL || !vin_plugin_test_has_device()) {
        return;
    }
    classifier = g_strdup_printf("vulkaninception no-block=true model=%s", model);
    vin_pipe_open(&pipe,
                  "videotestsrc is-live=true name=source ! "
                  "video/x-raw,format=NV12,width=320,height=240,framerate=60/1",
                  classifier, "fakesink sync=false");
    vin_watch_set_limit(pipe.watch, LIMIT_US);
    vin_watch_set_func(pipe.watch, on_out, &ages);
    vin_pipe_reach(&pipe, GST_STATE_PAUSED);
    vin_pipe_reach(&pipe, GST_STATE_PLAYING);
    g_usleep(seconds * G_USEC_PER_SEC);
    facts = vin_watch_get(pipe.watch);
    vin_pipe_messages(&pipe);
    g_test_message("%u frames, %u tagged, %u with older labels (up to %.0f ms), %u over 40 ms; "
                   "mean %.2f ms, longest %.1f ms; %u warnings",
                   facts.n_out, facts.n_tagged, facts.n_aged, (double)facts.max_age / 1e6,
                   facts.n_late, (double)facts.total / MAX(facts.n_out, 1) / 1e3,
                   (double)facts.longest / 1e3, pipe.n_warnings);
    /* Nothing was dropped or held: what the source makes at its pace, less what a busy machine
     * takes. */
    g_assert_cmpuint(facts.n_out, >=, seconds * FPS * 8 / 10);
    g_assert_cmpuint(facts.n_in - facts.n_out, <=, 4);
    g_assert_cmpuint(facts.n_aged, >, 0);
    g_assert_cmpuint(ages.n_bare, ==, 0);
    g_assert_cmpuint(ages.n_odd, ==, 0);
    g_assert_cmpuint(pipe.n_warnings, ==, 1);
    /* Other work of a machine delays threads; full runs have it for themselves. */
    g_assert_cmpuint(facts.n_late, <=, vin_pipe_is_full() ? 0 : facts.n_out / 20);
    vin_pipe_close(&pipe);
}

/* Frames of changing colours, the next one when the last is out and some time has passed. */
static VinWatchFacts run_colours(const char *properties, guint n, guint doze_ms)
{
    g_autofree char *tiny = vin_plugin_test_launch(properties);
    Ages ages = {.frame_ns = 40 * GST_MSECOND, .has_colours = TRUE};
    VinWatchFacts facts;
    GstVideoInfo info;
    VinPipe pipe;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 64, 48);
    vin_pipe_open(&pipe, "appsrc name=source format=time", tiny, "fakesink sync=false");
    vin_watch_set_func(pipe.watch, on_out, &ages);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    for (guint i = 0; i < n; i++) {
        g_autoptr(GstCaps) caps = i == 0 ? gst_video_info_to_caps(&info) : NULL;

        vin_pipe_push(&pipe,
                      vin_plugin_test_frame(&info, colours[i % G_N_ELEMENTS(colours)], i), caps);
        g_assert_true(vin_watch_wait(pipe.watch, i + 1, 20));
        vin_pipe_doze(doze_ms);
    }
    vin_pipe_push_eos(&pipe);
    g_assert_true(vin_pipe_play(&pipe, 20));
    facts = vin_watch_get(pipe.watch);
    g_test_message("%s: %u frames, %u tagged, %u with older labels (up to %.0f ms)", properties,
                   n, facts.n_tagged, facts.n_aged, (double)facts.max_age / 1e6);
    g_assert_cmpuint(facts.n_out, ==, n);
    g_assert_cmpuint(ages.n_bare, ==, 0);
    g_assert_cmpuint(ages.n_odd, ==, 0);
    g_assert_cmpuint(ages.n_wrong, ==, 0);
    vin_watch_check_empty(pipe.watch);
    vin_pipe_close(&pipe);
    return facts;
}

static void test_interval(void)
{
    VinWatchFacts facts;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    facts = run_colours("inference-interval=3", 31, 0);
    g_assert_cmpuint(facts.n_tagged, ==, 31);
    g_assert_cmpuint(facts.n_aged, ==, 20);
    g_assert_cmpuint(facts.max_age, ==, 80 * GST_MSECOND);
}

/* Never time to wait for a result: each one comes too late for its own frame. */
static void test_no_time(void)
{
    VinWatchFacts facts;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    facts = run_colours("max-gpu-time=1", 100, 10);
    g_assert_cmpuint(facts.n_aged, >=, 50);
}

static void test_enough_time(void)
{
    VinWatchFacts facts;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    facts = run_colours("max-gpu-time=20000000000", 50, 0);
    g_assert_cmpuint(facts.n_tagged, ==, 50);
    g_assert_cmpuint(facts.n_aged, ==, 0);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/overload/live", test_live);
    g_test_add_func("/overload/interval", test_interval);
    g_test_add_func("/overload/no-time", test_no_time);
    g_test_add_func("/overload/enough-time", test_enough_time);
    return g_test_run();
}
