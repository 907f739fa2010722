/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * uridecodebin ! videoconvert ! appsink. videoconvert passes frames on untouched in every format
 * of VIN_GST_FORMATS. How a frame is to be turned is noted on the buffer as it reaches the sink,
 * since the sink's queue may hold frames of before and after such a tag.
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
    VinTurn turn;           /* streaming thread: of the buffers that come next */

    GMappedFile *raw;       /* NULL but for raw frames, which need no pipeline */
    GstCaps *raw_caps;
    gsize raw_at;           /* bytes given out */
};

static GQuark turn_quark(void)
{
    return g_quark_from_static_string("vin-turn");
}

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
static GstPadProbeReturn note_turn(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    ToolReader *reader = user_data;
    g_autofree char *orientation = NULL;
    GstTagList *tags;

    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        gst_mini_object_set_qdata(GST_MINI_OBJECT(GST_PAD_PROBE_INFO_BUFFER(info)), turn_quark(),
                                  GUINT_TO_POINTER(reader->turn), NULL);
    } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_TAG) {
        gst_event_parse_tag(GST_PAD_PROBE_INFO_EVENT(info), &tags);
        if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &orientation)) {
            reader->turn = vin_turn_from_gst(orientation);
        }
    }
    return GST_PAD_PROBE_OK;
}

static gboolean build_pipeline(ToolReader *reader, const char *uri, GError **error)
{
    g_autoptr(GstElement) source = NULL;
    g_autoptr(GstElement) sink = NULL;
    g_autoptr(GstPad) pad = NULL;

    reader->pipeline = gst_parse_launch(
        "uridecodebin name=source  videoconvert name=convert ! "
        "capsfilter caps=\"" VIN_GST_CAPS "\" ! appsink name=sink sync=false max-buffers=4",
        error);
    if (reader->pipeline == NULL) {
        return FALSE;
    }
    source = gst_bin_get_by_name(GST_BIN(reader->pipeline), "source");
    sink = gst_bin_get_by_name(GST_BIN(reader->pipeline), "sink");
    reader->sink = GST_APP_SINK(g_steal_pointer(&sink));
    pad = gst_element_get_static_pad(GST_ELEMENT(reader->sink), "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                      note_turn, reader, NULL);
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

ToolReader *tool_reader_open_raw(const char *name, const char *caps, GError **error)
{
    g_autoptr(ToolReader) reader = g_new0(ToolReader, 1);
    g_autoptr(GError) cause = NULL;
    GstVideoInfo info;
    VinFrame frame;

    if (!gst_init_check(NULL, NULL, error)) {
        return NULL;
    }
    reader->raw_caps = gst_caps_from_string(caps);
    if (reader->raw_caps == NULL || !gst_video_info_from_caps(&info, reader->raw_caps)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "--raw '%s' are not the caps of a video, such as video/x-raw, format=NV12, "
                    "width=640, height=360", caps);
        return NULL;
    }
    if (!vin_frame_from_gst_info(&frame, &info, error)) {
        return NULL;
    }
    reader->raw = g_mapped_file_new(name, FALSE, &cause);
    if (reader->raw == NULL) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_FILE, cause->message);
        return NULL;
    }
    if (g_mapped_file_get_length(reader->raw) < GST_VIDEO_INFO_SIZE(&info)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_FORMAT,
                    "%" G_GSIZE_FORMAT " bytes are less than the %" G_GSIZE_FORMAT
                    " of a frame of these caps", g_mapped_file_get_length(reader->raw),
                    GST_VIDEO_INFO_SIZE(&info));
        return NULL;
    }
    return g_steal_pointer(&reader);
}

/* The next frame of a file that holds nothing else; NULL at its end. */
static GstSample *take_raw_sample(ToolReader *reader)
{
    gsize length = g_mapped_file_get_length(reader->raw);
    g_autoptr(GstBuffer) buffer = NULL;
    GstVideoInfo info;

    gst_video_info_from_caps(&info, reader->raw_caps);
    if (length - reader->raw_at < GST_VIDEO_INFO_SIZE(&info)) {
        return NULL;
    }
    buffer = gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY,
                                         g_mapped_file_get_contents(reader->raw), length,
                                         reader->raw_at, GST_VIDEO_INFO_SIZE(&info), NULL, NULL);
    reader->raw_at += GST_VIDEO_INFO_SIZE(&info);
    return gst_sample_new(buffer, reader->raw_caps, NULL, NULL);
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
    g_clear_pointer(&reader->raw, g_mapped_file_unref);
    g_clear_pointer(&reader->raw_caps, gst_caps_unref);
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
    reader->sample = reader->raw != NULL ? take_raw_sample(reader) : pull_sample(reader, error);
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
    if (!vin_frame_from_gst(frame, &reader->mapped, error)) {
        return FALSE;
    }
    frame->turn = (VinTurn)GPOINTER_TO_UINT(gst_mini_object_get_qdata(
        GST_MINI_OBJECT(gst_sample_get_buffer(reader->sample)), turn_quark()));
    return TRUE;
}

double tool_reader_get_duration(ToolReader *reader)
{
    gint64 duration = 0;

    if (reader->duration <= 0.0 && reader->pipeline != NULL &&
        gst_element_query_duration(reader->pipeline, GST_FORMAT_TIME, &duration)) {
        reader->duration = (double)duration / GST_SECOND;
    }
    return reader->duration;
}
