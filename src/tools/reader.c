/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * uridecodebin ! videoconvert ! videoflip ! appsink. videoconvert passes frames on untouched in
 * every format of VIN_GST_FORMATS, videoflip those that nobody says are to be turned.
 */
#include "reader.h"

#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <vkinception/gst-frame.h>

#include "stop.h"

struct _ToolReader {
    GstElement *pipeline;
    GstAppSink *sink;
    GstBus *bus;
    GstSample *sample;      /* the frame given out, mapped in `mapped` */
    GstVideoFrame mapped;
    gboolean is_mapped;
    double duration;        /* seconds; 0 until it is known */
    gint has_video;         /* atomic: a video pad is linked */
    gint no_more_pads;      /* atomic: there will be no more streams */
};

static void link_video_pad(GstElement *source, GstPad *pad, gpointer user_data)
{
    ToolReader *reader = user_data;
    g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);
    g_autoptr(GstElement) convert = gst_bin_get_by_name(GST_BIN(reader->pipeline), "convert");
    g_autoptr(GstPad) sink_pad = gst_element_get_static_pad(convert, "sink");

    if (caps == NULL) {
        caps = gst_pad_query_caps(pad, NULL);
    }
    if (gst_pad_is_linked(sink_pad) || gst_caps_get_size(caps) == 0 ||
        !gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw")) {
        return;
    }
    if (gst_pad_link(pad, sink_pad) == GST_PAD_LINK_OK) {
        g_atomic_int_set(&reader->has_video, 1);
    }
}

/* jpegdec makes 4:2:0 of every JPEG by leaving out chroma samples, and by default takes a rough
 * inverse transform; a photo on the verge between two classes shows it. FFmpeg's decoder, where
 * there is one, keeps what is in the file. */
static gpointer prefer_exact_jpeg(gpointer unused)
{
    static const char *const names[] = {"jpegparse", "avdec_mjpeg"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GstPluginFeature) feature =
            gst_registry_lookup_feature(gst_registry_get(), names[i]);

        if (feature == NULL) {
            return NULL; /* the decoder takes parsed pictures only */
        }
        gst_plugin_feature_set_rank(feature, GST_RANK_PRIMARY + 1);
    }
    return NULL;
}

/* And where there is none, jpegdec shall at least take the exact transform. */
static void make_exact(GstBin *bin, GstBin *sub_bin, GstElement *element, gpointer user_data)
{
    GstElementFactory *factory = gst_element_get_factory(element);

    if (factory != NULL && g_strcmp0(GST_OBJECT_NAME(factory), "jpegdec") == 0) {
        gst_util_set_object_arg(G_OBJECT(element), "idct-method", "islow");
    }
}

static void note_no_more_pads(GstElement *source, gpointer user_data)
{
    ToolReader *reader = user_data;

    g_atomic_int_set(&reader->no_more_pads, 1);
}

/* A phone writes its pictures and films as its chip lies, and beside them how to turn them. */
static const char *turning(void)
{
    g_autoptr(GstPluginFeature) flip =
        gst_registry_lookup_feature(gst_registry_get(), "videoflip");

    return flip != NULL ? "videoflip video-direction=auto !" : "";
}

static gboolean build_pipeline(ToolReader *reader, const char *uri, GError **error)
{
    g_autoptr(GstElement) source = NULL;
    g_autoptr(GstElement) sink = NULL;
    g_autofree char *launch = g_strdup_printf(
        "uridecodebin name=source  videoconvert name=convert ! %s "
        "capsfilter caps=\"" VIN_GST_CAPS "\" ! appsink name=sink sync=false max-buffers=4",
        turning());

    reader->pipeline = gst_parse_launch(launch, error);
    if (reader->pipeline == NULL) {
        return FALSE;
    }
    source = gst_bin_get_by_name(GST_BIN(reader->pipeline), "source");
    sink = gst_bin_get_by_name(GST_BIN(reader->pipeline), "sink");
    reader->sink = GST_APP_SINK(g_steal_pointer(&sink));
    reader->bus = gst_element_get_bus(reader->pipeline);
    g_object_set(source, "uri", uri, NULL);
    g_signal_connect(reader->pipeline, "deep-element-added", G_CALLBACK(make_exact), NULL);
    g_signal_connect(source, "pad-added", G_CALLBACK(link_video_pad), reader);
    g_signal_connect(source, "no-more-pads", G_CALLBACK(note_no_more_pads), reader);
    return TRUE;
}

ToolReader *tool_reader_open(const char *name, GError **error)
{
    static GOnce once = G_ONCE_INIT;
    g_autoptr(ToolReader) reader = g_new0(ToolReader, 1);
    g_autofree char *uri = NULL;

    if (!gst_init_check(NULL, NULL, error)) {
        return NULL;
    }
    g_once(&once, prefer_exact_jpeg, NULL);
    /* "take:2.png" has the form of a URI, too. */
    uri = gst_uri_is_valid(name) && !g_file_test(name, G_FILE_TEST_EXISTS)
              ? g_strdup(name)
              : gst_filename_to_uri(name, error);
    if (uri == NULL || !build_pipeline(reader, uri, error)) {
        return NULL;
    }
    /* A refusal comes with a message on the bus, which tool_reader_next() reports. */
    gst_element_set_state(reader->pipeline, GST_STATE_PLAYING);
    return g_steal_pointer(&reader);
}

static void release_frame(ToolReader *reader)
{
    if (reader->is_mapped) {
        gst_video_frame_unmap(&reader->mapped);
        reader->is_mapped = FALSE;
    }
    g_clear_pointer(&reader->sample, gst_sample_unref);
}

void tool_reader_free(ToolReader *reader)
{
    if (reader == NULL) {
        return;
    }
    release_frame(reader);
    if (reader->pipeline != NULL) {
        gst_element_set_state(reader->pipeline, GST_STATE_NULL);
    }
    g_clear_object(&reader->bus);
    g_clear_object(&reader->sink);
    g_clear_object(&reader->pipeline);
    g_free(reader);
}

/* FALSE with @error when the pipeline has failed, or will never bring a frame. */
static gboolean check_pipeline(ToolReader *reader, GError **error)
{
    g_autoptr(GstMessage) message = gst_bus_pop_filtered(reader->bus, GST_MESSAGE_ERROR);

    if (message != NULL) {
        g_autoptr(GError) cause = NULL;

        gst_message_parse_error(message, &cause, NULL);
        if (g_atomic_int_get(&reader->no_more_pads) && !g_atomic_int_get(&reader->has_video)) {
            g_set_error_literal(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED,
                                "there is no picture and no video in it");
        } else {
            g_set_error_literal(error, VIN_ERROR, VIN_ERROR_FILE, cause->message);
        }
        return FALSE;
    }
    if (g_atomic_int_get(&reader->no_more_pads) && !g_atomic_int_get(&reader->has_video)) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED,
                            "there is no picture and no video in it");
        return FALSE;
    }
    return TRUE;
}

/* Waits for a sample, an end or an error, whichever comes first. */
static GstSample *pull_sample(ToolReader *reader, GError **error)
{
    for (;;) {
        GstSample *sample = gst_app_sink_try_pull_sample(reader->sink, 50 * GST_MSECOND);

        if (sample != NULL) {
            return sample;
        }
        if (!check_pipeline(reader, error) || gst_app_sink_is_eos(reader->sink)) {
            return NULL;
        }
        if (tool_stop_signal() != 0) {
            g_set_error_literal(error, VIN_ERROR, VIN_ERROR_FILE, "stopped");
            return NULL;
        }
    }
}

static double sample_seconds(GstSample *sample)
{
    GstClockTime pts = GST_BUFFER_PTS(gst_sample_get_buffer(sample));
    GstClockTime time = GST_CLOCK_TIME_NONE;

    if (GST_CLOCK_TIME_IS_VALID(pts)) {
        time = gst_segment_to_stream_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, pts);
    }
    return GST_CLOCK_TIME_IS_VALID(time) ? (double)time / GST_SECOND : 0.0;
}

gboolean tool_reader_next(ToolReader *reader, VinFrame *frame, double *seconds, GError **error)
{
    GstVideoInfo info;

    release_frame(reader);
    reader->sample = pull_sample(reader, error);
    if (reader->sample == NULL) {
        return FALSE;
    }
    if (!gst_video_info_from_caps(&info, gst_sample_get_caps(reader->sample)) ||
        !gst_video_frame_map(&reader->mapped, &info, gst_sample_get_buffer(reader->sample),
                             GST_MAP_READ)) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_INVALID,
                            "a decoded frame cannot be mapped");
        return FALSE;
    }
    reader->is_mapped = TRUE;
    *seconds = sample_seconds(reader->sample);
    return vin_frame_from_gst(frame, &reader->mapped, error);
}

double tool_reader_get_duration(ToolReader *reader)
{
    gint64 duration = 0;

    if (reader->duration <= 0.0 &&
        gst_element_query_duration(reader->pipeline, GST_FORMAT_TIME, &duration)) {
        reader->duration = (double)duration / GST_SECOND;
    }
    return reader->duration;
}
