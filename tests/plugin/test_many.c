/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Many streams of different pictures in one process that share a network: no label reaches another
 * stream, a stream more costs only its buffers, and all together are as fast as one.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <math.h>
#include <stdio.h>
#include <unistd.h>
#include <vkinception/gst-tags.h>

#define N_STREAMS 16
#define N_PICTURES 4
#define N_LABELS 5
#define MAX_BYTES (12 << 20) /* that one more stream of NV12 1080p may take */
#define MAX_DIFFERENCE 1e-3  /* of scores: several frames at once may be added up otherwise */
#define SHARED "vulkaninception batch-size=8"

static const char *const patterns[N_PICTURES] = {"smpte", "snow", "black", "gradient"};

typedef struct {
    guint classes[N_LABELS];
    double scores[N_LABELS];
} Labels;

typedef struct {
    VinPipe pipe;
    GstCaps *caps;
    GstBuffer *const *pictures;
    guint picture;        /* of all frames; N_PICTURES: of each the next one */
    Labels *labels;       /* of each picture */
    gboolean is_learning; /* the labels are what comes, else what has to come */
    guint n_frames;       /* to push */
    guint n_pushed;
    guint n_wrong;
    GThread *thread;
} Stream;

static GstBuffer *draw(const char *pattern, GstCaps *caps)
{
    g_autofree char *text = gst_caps_to_string(caps);
    g_autofree char *launch = g_strdup_printf(
        "videotestsrc num-buffers=1 pattern=%s ! %s ! fakesink name=out", pattern, text);
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, NULL);
    g_autoptr(GstElement) out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    g_autoptr(GstSample) sample = NULL;

    gst_element_set_state(pipeline, GST_STATE_PAUSED);
    gst_element_get_state(pipeline, NULL, NULL, 20 * GST_SECOND);
    g_object_get(out, "last-sample", &sample, NULL);
    g_assert_nonnull(sample);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return gst_buffer_copy_deep(gst_sample_get_buffer(sample));
}

static guint picture_of(const Stream *stream, guint number)
{
    return stream->picture < N_PICTURES ? stream->picture : number % N_PICTURES;
}

static void on_out(GstBuffer *buffer, gpointer user_data)
{
    Stream *stream = user_data;
    Labels *labels =
        &stream->labels[picture_of(stream, (guint)(GST_BUFFER_PTS(buffer) / GST_MSECOND))];
    gboolean ok = TRUE;

    for (guint i = 0; i < N_LABELS; i++) {
        VinTag tag;

        if (!vin_tags_get(buffer, i, &tag)) {
            ok = FALSE;
        } else if (stream->is_learning) {
            labels->classes[i] = tag.index;
            labels->scores[i] = tag.score;
        } else {
            /* Scores that are nearly the same may change places. */
            ok &= fabs(labels->scores[i] - tag.score) < MAX_DIFFERENCE &&
                  (i > 0 || labels->classes[i] == tag.index);
        }
    }
    stream->n_wrong += !ok;
}

static void open_stream(Stream *stream, const char *classifier)
{
    vin_pipe_open(&stream->pipe, "appsrc name=source format=time block=true max-bytes=1",
                  classifier, "fakesink sync=false enable-last-sample=false");
    vin_watch_set_func(stream->pipe.watch, on_out, stream);
    vin_pipe_set_state(&stream->pipe, GST_STATE_PLAYING);
}

/* The memory is the picture's: what is measured is not upstream's. */
static void push(Stream *stream)
{
    const guint number = stream->n_pushed++;
    GstBuffer *picture = stream->pictures[picture_of(stream, number)];
    GstBuffer *frame = gst_buffer_copy(picture);

    GST_BUFFER_PTS(frame) = number * GST_MSECOND;
    GST_BUFFER_DURATION(frame) = GST_MSECOND;
    g_assert_cmpint(vin_pipe_push(&stream->pipe, frame, number == 0 ? stream->caps : NULL), ==,
                    GST_FLOW_OK);
}

static gpointer push_all(gpointer user_data)
{
    Stream *stream = user_data;

    for (guint i = 0; i < stream->n_frames; i++) {
        push(stream);
    }
    return NULL;
}

/* Frames a second of all streams together. */
static double run(Stream *streams, guint n_streams, guint n_frames)
{
    const gint64 since = g_get_monotonic_time();

    for (guint i = 0; i < n_streams; i++) {
        streams[i].n_frames = n_frames;
        streams[i].thread = g_thread_new("source", push_all, &streams[i]);
    }
    for (guint i = 0; i < n_streams; i++) {
        g_thread_join(streams[i].thread);
        g_assert_true(vin_watch_wait(streams[i].pipe.watch, streams[i].n_pushed, 300));
    }
    return (double)n_frames * n_streams * G_USEC_PER_SEC /
           (double)(g_get_monotonic_time() - since);
}

static void close_stream(Stream *stream)
{
    VinWatchFacts facts = vin_watch_get(stream->pipe.watch);

    g_assert_cmpuint(facts.n_out, ==, stream->n_pushed);
    g_assert_cmpuint(facts.n_tagged, ==, stream->n_pushed);
    g_assert_cmpuint(stream->n_wrong, ==, 0);
    vin_watch_check_empty(stream->pipe.watch);
    vin_pipe_close(&stream->pipe);
}

/* One stream alone, that learns what the labels are and how fast it is. */
static double learn(Stream *stream, guint n_frames)
{
    double speed;

    stream->is_learning = TRUE;
    stream->picture = N_PICTURES;
    open_stream(stream, "vulkaninception");
    run(stream, 1, N_PICTURES);
    speed = run(stream, 1, n_frames);
    close_stream(stream);
    for (guint i = 0; i < N_PICTURES; i++) {
        g_test_message("%s: class %u, %.3f", patterns[i], stream->labels[i].classes[0],
                       stream->labels[i].scores[0]);
        for (guint j = 0; j < i; j++) {
            g_assert_cmpuint(stream->labels[i].classes[0], !=, stream->labels[j].classes[0]);
        }
    }
    return speed;
}

static gint64 resident(void)
{
    g_autofree char *text = NULL;
    long total = 0;
    long pages = 0;

    if (g_file_get_contents("/proc/self/statm", &text, NULL, NULL)) {
        g_assert_cmpint(sscanf(text, "%ld %ld", &total, &pages), ==, 2);
    }
    return (gint64)pages * sysconf(_SC_PAGESIZE);
}

/* A sanitizer keeps freed memory and has a shadow of the rest. */
static void check_memory(gint64 bytes)
{
    g_test_message("%.2f MB for each further stream", (double)bytes / (1 << 20));
#ifndef __SANITIZE_ADDRESS__
    g_assert_cmpint(bytes, <=, MAX_BYTES);
#endif
}

/* All open and each had a frame of every slot; what the last ones of them took, each. */
static gint64 open_all(Stream *streams, const Stream *proto)
{
    const guint n_slots = 4;
    gint64 before = 0;

    for (guint i = 0; i < N_STREAMS; i++) {
        streams[i] = *proto;
        streams[i].picture = i % N_PICTURES;
        streams[i].is_learning = FALSE;
        streams[i].n_pushed = 0;
        open_stream(&streams[i], SHARED);
        run(&streams[i], 1, n_slots);
        if (i == 0) {
            before = resident();
        }
    }
    return (resident() - before) / (N_STREAMS - 1);
}

static void run_many(guint width, guint height, guint n_frames, gboolean is_measured)
{
    g_autoptr(GstCaps) caps = gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, "NV12", "width", G_TYPE_INT, (gint)width, "height",
        G_TYPE_INT, (gint)height, "framerate", GST_TYPE_FRACTION, 25, 1, NULL);
    g_autofree Stream *streams = g_new0(Stream, N_STREAMS);
    GstBuffer *pictures[N_PICTURES];
    Labels labels[N_PICTURES] = {0};
    Stream first = {.caps = caps, .pictures = pictures, .labels = labels};
    gint64 bytes;
    double alone;
    double together;

    for (guint i = 0; i < N_PICTURES; i++) {
        pictures[i] = draw(patterns[i], caps);
    }
    alone = learn(&first, n_frames);
    bytes = open_all(streams, &first);
    together = run(streams, N_STREAMS, n_frames);
    g_test_message("%u x %u: alone %.1f frames/s, %u streams together %.1f", width, height, alone,
                   N_STREAMS, together);
    for (guint i = 0; i < N_STREAMS; i++) {
        close_stream(&streams[i]);
    }
    for (guint i = 0; i < N_PICTURES; i++) {
        gst_buffer_unref(pictures[i]);
    }
    if (is_measured) {
        check_memory(bytes);
    }
    /* Other work of a machine changes this; full runs have it for themselves. */
    if (vin_pipe_is_full() && is_measured) {
        g_assert_cmpfloat(together, >=, 0.9 * alone);
    }
}

static void test_small(void)
{
    if (vin_plugin_test_has_device()) {
        run_many(321, 241, vin_pipe_size(200, 12), FALSE);
    }
}

static void test_1080p(void)
{
    if (vin_plugin_test_has_device()) {
        run_many(1920, 1080, vin_pipe_size(200, 4), TRUE);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/many/small", test_small);
    g_test_add_func("/many/1080p", test_1080p);
    return g_test_run();
}
