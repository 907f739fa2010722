/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Streams that are slow, sought in all the time, or change their caps all the time. Full runs are
 * as long as demanded; others do the same for seconds.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <vkinception/gst-tags.h>

#define SEEK_SECONDS 60
#define SLACK_US 20000 /* that a frame may be out later than its GPU time */

/* GPU time of all frames so far. */
static gint64 gpu_us(GstElement *element)
{
    g_autoptr(GstStructure) stats = NULL;
    guint64 frames = 0;
    guint64 mean = 0;

    g_object_get(element, "stats", &stats, NULL);
    g_assert_true(gst_structure_get(stats, "gpu-time-mean", G_TYPE_UINT64, &mean, "frames",
                                    G_TYPE_UINT64, &frames, NULL));
    return (gint64)(mean * frames / 1000);
}

/* Pushes one frame; how much longer than its GPU time it was in the element, microseconds. */
static gint64 push_one(VinPipe *pipe, const GstVideoInfo *info, guint number)
{
    g_autoptr(GstCaps) caps = number == 0 ? gst_video_info_to_caps(info) : NULL;
    const gint64 before = vin_watch_get(pipe->watch).total - gpu_us(pipe->element);
    gint64 took;

    vin_pipe_push(pipe, vin_plugin_test_frame(info, 0xff0000, number), caps);
    g_assert_true(vin_watch_wait(pipe->watch, number + 1, 10));
    took = vin_watch_get(pipe->watch).total - gpu_us(pipe->element) - before;
    g_test_message("frame %u: GPU time and %.1f ms", number, (double)took / 1e3);
    return took;
}

/* Frames with pauses between: how many were out later than their GPU time and @SLACK_US. */
static guint run_slowly(const char *classifier, guint n_frames, guint pause_ms)
{
    VinWatchFacts facts;
    GstVideoInfo info;
    guint n_late = 0;
    VinPipe pipe;

    vin_pipe_open(&pipe, "appsrc name=source format=time", classifier, "fakesink sync=false");
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 320, 240);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    for (guint i = 0; i < n_frames; i++) {
        n_late += push_one(&pipe, &info, i) > SLACK_US;
        g_usleep(pause_ms * 1000);
    }
    vin_pipe_push_eos(&pipe);
    g_assert_true(vin_pipe_play(&pipe, 10));
    facts = vin_watch_get(pipe.watch);
    g_assert_cmpuint(facts.n_out, ==, n_frames);
    g_assert_cmpuint(facts.n_tagged, ==, n_frames);
    vin_watch_check_empty(pipe.watch);
    vin_pipe_close(&pipe);
    return n_late;
}

/* A frame must not wait for the next one. Somebody else's load can delay a thread, but not each
 * time; an element that waits does. */
static void check_slow_stream(const char *classifier)
{
    const guint n_frames = vin_pipe_size(6, 4);
    const guint pause_ms = vin_pipe_size(1000, 200);
    guint n_late = n_frames;

    for (guint i = 0; n_late > 0 && i < 3; i++) {
        n_late = run_slowly(classifier, n_frames, pause_ms);
    }
    g_assert_cmpuint(n_late, ==, 0);
}

static void test_slow(void)
{
    g_autofree char *tiny = vin_plugin_test_launch("");

    if (vin_plugin_test_has_device()) {
        check_slow_stream(tiny);
        check_slow_stream("vulkaninception");
    }
}

static void seek(VinPipe *pipe, double rate, GstClockTime start, GstClockTime stop)
{
    const gint64 since = g_get_monotonic_time();

    g_assert_true(gst_element_seek(pipe->pipeline, rate, GST_FORMAT_TIME,
                                   GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                                   GST_SEEK_TYPE_SET, start, GST_SEEK_TYPE_SET, stop));
    g_assert_cmpint(g_get_monotonic_time() - since, <, 10 * G_USEC_PER_SEC);
}

/* Flushing seeks with random pauses; now and then the state changes. The last one is played to
 * its end: 25 frames. */
static void seek_storm(VinPipe *pipe, guint length_s, gboolean can_reverse)
{
    const guint n = vin_pipe_size(500, 60);
    const guint doze_ms = vin_pipe_is_full() ? SEEK_SECONDS * 1000 * 9 / 10 / n * 2 : 30;
    const gint64 since = g_get_monotonic_time();
    VinWatchFacts facts;
    double seconds;

    vin_pipe_reach(pipe, GST_STATE_PAUSED);
    for (guint i = 0; i < n; i++) {
        GstClockTime start = (GstClockTime)g_test_rand_int_range(
                                 0, (gint32)(length_s - 2) * 1000) * GST_MSECOND;
        double rate = can_reverse && i % 7 == 6 ? -1.0 : i % 5 == 4 ? 2.0 : 1.0;

        if (i % 10 == 0) {
            vin_pipe_set_state(pipe, i % 20 == 0 ? GST_STATE_PLAYING : GST_STATE_PAUSED);
        }
        seek(pipe, rate, start, start + 2 * GST_SECOND);
        vin_pipe_doze(doze_ms);
        vin_watch_check(pipe->watch);
    }
    seconds = (double)(g_get_monotonic_time() - since) / G_USEC_PER_SEC;
    /* Without the ends of segments that were played whole. */
    vin_pipe_reach(pipe, GST_STATE_PAUSED);
    vin_pipe_messages(pipe);
    seek(pipe, 1.0, GST_SECOND, 2 * GST_SECOND);
    g_assert_true(vin_pipe_play(pipe, 20));
    facts = vin_watch_get(pipe->watch);
    g_test_message("%u seeks in %.1f s: %u frames in, %u out, slowest %.1f ms", n, seconds,
                   facts.n_in, facts.n_out, (double)facts.longest / 1e3);
    g_assert_cmpuint(facts.n_flushes, ==, n + 1);
    g_assert_cmpuint(facts.n_since_flush, ==, 25);
    g_assert_cmpuint(facts.n_tagged, ==, facts.n_out);
    g_assert_cmpfloat(seconds, <, SEEK_SECONDS);
    vin_watch_check_empty(pipe->watch);
    vin_pipe_close(pipe);
}

static void test_seeks(gconstpointer tail)
{
    g_autofree char *tiny = vin_plugin_test_launch("");
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, "videotestsrc ! video/x-raw,width=64,height=48,framerate=25/1", tiny,
                  tail);
    seek_storm(&pipe, 100, TRUE);
}

static gboolean has_elements(const char *const *names)
{
    for (guint i = 0; names[i] != NULL; i++) {
        GstElementFactory *factory = gst_element_factory_find(names[i]);

        if (factory == NULL) {
            g_autofree char *reason = g_strdup_printf("no element %s", names[i]);

            g_test_skip(reason);
            return FALSE;
        }
        gst_object_unref(factory);
    }
    return TRUE;
}

/* A file that a demuxer seeks in. */
static void test_seeks_in_file(void)
{
    static const char *const needed[] = {"jpegenc", "avimux", "avidemux", "jpegdec", NULL};
    g_autofree char *path = g_build_filename(vin_plugin_test_folder(), "clip.avi", NULL);
    g_autofree char *write = g_strdup_printf(
        "videotestsrc num-buffers=250 ! video/x-raw,width=64,height=48,framerate=25/1 ! jpegenc ! "
        "avimux ! filesink location=%s", path);
    g_autofree char *head =
        g_strdup_printf("filesrc location=%s ! avidemux ! queue ! jpegdec", path);
    g_autofree char *tiny = vin_plugin_test_launch("");
    g_autoptr(GstElement) writer = NULL;
    VinPipe pipe;

    if (!has_elements(needed) || !vin_plugin_test_has_device()) {
        return;
    }
    writer = gst_parse_launch(write, NULL);
    g_assert_true(vin_plugin_test_run(writer, 20));
    vin_pipe_open(&pipe, head, tiny, "fakesink sync=true");
    seek_storm(&pipe, 10, FALSE);
}

static const GstVideoFormat formats[] = {
    GST_VIDEO_FORMAT_I420,      GST_VIDEO_FORMAT_YV12,  GST_VIDEO_FORMAT_NV12,
    GST_VIDEO_FORMAT_NV21,      GST_VIDEO_FORMAT_YUY2,  GST_VIDEO_FORMAT_UYVY,
    GST_VIDEO_FORMAT_Y42B,      GST_VIDEO_FORMAT_Y444,  GST_VIDEO_FORMAT_NV16,
    GST_VIDEO_FORMAT_P010_10LE, GST_VIDEO_FORMAT_RGB,   GST_VIDEO_FORMAT_BGR,
    GST_VIDEO_FORMAT_RGBx,      GST_VIDEO_FORMAT_BGRA,  GST_VIDEO_FORMAT_xRGB,
    GST_VIDEO_FORMAT_ABGR};
static const guint32 colours[] = {0xff0000, 0x00ff00, 0x0000ff};
static const char *const colour_names[] = {"red", "green", "blue"};

/* The frame's number is in its time, its colour in its number. */
static void check_colour(GstBuffer *buffer, gpointer user_data)
{
    guint number = (guint)(GST_BUFFER_PTS(buffer) / (40 * GST_MSECOND));
    guint *n_wrong = user_data;
    VinTag tag;

    *n_wrong += !vin_tags_get(buffer, 0, &tag) ||
                g_strcmp0(tag.label, colour_names[number % G_N_ELEMENTS(colours)]) != 0;
}

static guint random_size(void)
{
    return (guint)g_test_rand_int_range(1, g_test_rand_bit() ? 64 : 700);
}

/* Other caps every few frames: each frame is read by its own. */
static void test_caps(void)
{
    const guint n = vin_pipe_size(200, 50);
    g_autofree char *tiny = vin_plugin_test_launch("");
    guint n_frames = 0;
    guint n_wrong = 0;
    VinWatchFacts facts;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, "appsrc name=source format=time block=true max-bytes=4000000", tiny,
                  "fakesink sync=false");
    vin_watch_set_func(pipe.watch, check_colour, &n_wrong);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    for (guint i = 0; i < n; i++) {
        const guint n_of_these = (guint)g_test_rand_int_range(1, 6);
        g_autoptr(GstCaps) caps = NULL;
        GstVideoInfo info;

        gst_video_info_set_format(&info, formats[g_test_rand_int_range(
                                             0, G_N_ELEMENTS(formats))],
                                  random_size(), random_size());
        caps = gst_video_info_to_caps(&info);
        for (guint j = 0; j < n_of_these; j++, n_frames++) {
            GstBuffer *frame = vin_plugin_test_frame(
                &info, colours[n_frames % G_N_ELEMENTS(colours)], n_frames);

            g_assert_cmpint(vin_pipe_push(&pipe, frame, j == 0 ? caps : NULL), ==, GST_FLOW_OK);
        }
    }
    vin_pipe_push_eos(&pipe);
    g_assert_true(vin_pipe_play(&pipe, 60));
    facts = vin_watch_get(pipe.watch);
    g_test_message("%u caps, %u frames", n, n_frames);
    g_assert_cmpuint(facts.n_out, ==, n_frames);
    g_assert_cmpuint(facts.n_tagged, ==, n_frames);
    g_assert_cmpuint(n_wrong, ==, 0);
    vin_watch_check_empty(pipe.watch);
    vin_pipe_close(&pipe);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/storm/slow", test_slow);
    g_test_add_data_func("/storm/seeks/free", "fakesink sync=false", test_seeks);
    g_test_add_data_func("/storm/seeks/clock", "fakesink sync=true", test_seeks);
    g_test_add_data_func("/storm/seeks/queue", "queue max-size-buffers=3 ! fakesink sync=true",
                         test_seeks);
    g_test_add_func("/storm/seeks/file", test_seeks_in_file);
    g_test_add_func("/storm/caps", test_caps);
    return g_test_run();
}
