/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Objects classified in place of whole frames. What a detector would do is done by hand: a pad
 * probe before vulkaninception marks three parts of every frame (of the test picture its blue, red
 * and green bar), and one behind it reads what they were found to be.
 *
 *     cc objects.c $(pkg-config --cflags --libs vkinception gstreamer-video-1.0) -o objects
 *     ./objects googlenet file://$PWD/movie.mp4
 */
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdio.h>
#include <vkinception/gst-tags.h>

/* Marks bars 6, 5 and 3 of seven, from the left, on a frame before it is classified. */
static GstPadProbeReturn mark_objects(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    static const guint bars[] = {6, 5, 3};
    GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GstCaps *caps = gst_pad_get_current_caps(pad);
    GstVideoInfo video;

    if (caps != NULL && gst_video_info_from_caps(&video, caps)) {
        const guint width = (guint)GST_VIDEO_INFO_WIDTH(&video);
        const guint height = (guint)GST_VIDEO_INFO_HEIGHT(&video);

        for (guint i = 0; i < G_N_ELEMENTS(bars); i++) {
            gst_buffer_add_video_region_of_interest_meta(buffer, "bar", bars[i] * width / 7 + 1,
                                                         0, width / 7 - 2, height * 2 / 3);
        }
    }
    gst_clear_caps(&caps);
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
}

/* Prints the best class of each object. */
static GstPadProbeReturn print_objects(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    VinTagRegion region;
    VinTag tag;

    printf("%6.2f s ", (double)GST_BUFFER_PTS(buffer) / GST_SECOND);
    for (guint i = 0; vin_tags_get_region(buffer, i, &region); i++) {
        if (vin_tags_get_region_tag(buffer, i, 0, &tag)) {
            printf(" %s %.2f ", tag.label, tag.score);
        }
    }
    printf("\n");
    return GST_PAD_PROBE_OK;
}

static void probe(GstElement *element, const char *pad_name, GstPadProbeCallback callback)
{
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, pad_name);

    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, NULL, NULL);
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
        fprintf(stderr, "objects: %s\n", error->message);
        return FALSE;
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) tagger = NULL;
    g_autofree char *source = NULL;
    g_autofree char *launch = NULL;

    gst_init(&argc, &argv);
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: objects MODEL [URI]\n");
        return 2;
    }
    source = argc == 3 ? g_strdup_printf("uridecodebin uri=\"%s\"", argv[2])
                       : g_strdup("videotestsrc num-buffers=10");
    launch = g_strdup_printf("%s ! videoconvert ! vulkaninception name=tagger "
                             "inference-region=roi-list batch-size=4 ! fakesink", source);
    pipeline = gst_parse_launch(launch, &error);
    if (error != NULL) { /* a pipeline may have come with it, though not a whole one */
        fprintf(stderr, "objects: %s\n", error->message);
        return 1;
    }
    tagger = gst_bin_get_by_name(GST_BIN(pipeline), "tagger");
    g_object_set(tagger, "model", argv[1], NULL);
    probe(tagger, "sink", mark_objects);
    probe(tagger, "src", print_objects);
    return play(pipeline) ? 0 : 1;
}
