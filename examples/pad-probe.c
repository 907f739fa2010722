/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tags read in a pad probe: an application's own pipeline, and a callback that sees every frame
 * behind vulkaninception. There is nothing of vkinception to link: gst-tags.h is all inline.
 *
 *     cc pad-probe.c $(pkg-config --cflags --libs vkinception gstreamer-1.0) -o pad-probe
 *     ./pad-probe googlenet file://$PWD/movie.mp4
 */
#include <gst/gst.h>
#include <stdio.h>
#include <vkinception/gst-tags.h>

/* Called in the streaming thread with every buffer, before the next element gets it. */
static GstPadProbeReturn on_buffer(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    guint *n_frames = user_data;
    VinTag tag;

    printf("%6.2f s ", (double)GST_BUFFER_PTS(buffer) / GST_SECOND);
    for (guint i = 0; vin_tags_get(buffer, i, &tag); i++) {
        printf(" %s %.2f ", tag.label, tag.score);
    }
    printf("\n");
    (*n_frames)++;
    return GST_PAD_PROBE_OK;
}

/* Plays until the end; FALSE after an error, which it prints. */
static gboolean play(GstElement *pipeline)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) message = NULL;
    g_autoptr(GError) error = NULL;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE,
                                         GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        fprintf(stderr, "pad-probe: %s\n", error->message);
        return FALSE;
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) tagger = NULL;
    g_autoptr(GstPad) pad = NULL;
    g_autofree char *source = NULL;
    g_autofree char *launch = NULL;
    guint n_frames = 0;

    gst_init(&argc, &argv);
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: pad-probe MODEL [URI]\n");
        return 2;
    }
    source = argc == 3 ? g_strdup_printf("uridecodebin uri=\"%s\"", argv[2])
                       : g_strdup("videotestsrc num-buffers=10");
    launch = g_strdup_printf("%s ! videoconvert ! vulkaninception name=tagger ! fakesink", source);
    pipeline = gst_parse_launch(launch, &error);
    if (error != NULL) { /* a pipeline may have come with it, though not a whole one */
        fprintf(stderr, "pad-probe: %s\n", error->message);
        return 1;
    }
    tagger = gst_bin_get_by_name(GST_BIN(pipeline), "tagger");
    g_object_set(tagger, "model", argv[1], "top-k", 3, NULL);
    pad = gst_element_get_static_pad(tagger, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, &n_frames, NULL);

    if (!play(pipeline)) {
        return 1;
    }
    printf("%u frames\n", n_frames);
    return 0;
}
