/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element: its life and the way of a buffer through it. What touches the
 * library is in session.c, its properties in properties.c.
 */
/**
 * SECTION:element-vulkaninception
 * @title: vulkaninception
 * @short_description: says what is to be seen in each frame
 *
 * Runs an Inception network on every frame with Vulkan compute shaders and lays the result on
 * the buffer as metadata: #VinTags, read through `vkinception/gst-tags.h`, and, from GStreamer
 * 1.24 on, one `GstAnalyticsClsMtd` with the highest score first. The frame itself passes
 * untouched, and no frame is dropped or reordered.
 *
 * Model and device are opened when the element goes from READY to PAUSED; progress messages
 * of the code `open` tell how far that is. A buffer leaves as soon as its result is there.
 * When the device fails, `on-error` says whether the stream ends with an error or goes on untagged.
 * Where upstream put a #GstVideoCropMeta on a buffer, only that part is classified. Where the
 * stream's tags have an `image-orientation`, the picture is classified upright.
 *
 * Of interlaced video the first field of each frame is classified, so that no moving edge is
 * torn into a comb: of every frame when the caps say `interlace-mode=interleaved`, of those with
 * the flag when they say `mixed`. Which field is first say the caps' field order or else the
 * buffer's flags. The modes `fields` and `alternate` are not taken. Video of the transfer
 * functions PQ and HLG (HDR) is mapped to SDR first, with one warning message a stream.
 *
 * ## Example pipelines
 *
 * One line of JSON for each frame:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q uridecodebin uri=file://$PWD/movie.mp4 ! videoconvert ! \
 *     vulkaninception model=googlenet top-k=5 ! tagsink
 * ]|
 *
 * What state the picture is in, only where the model is sure of it:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q videotestsrc num-buffers=25 pattern=snow ! vulkaninception threshold=0.5 ! \
 *     tagsink
 * ]|
 *
 * Only whether something is wrong with the picture, the likeliest fault of a few:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q videotestsrc num-buffers=25 pattern=black ! vulkaninception top-k=1 \
 *     allow-labels="black, snow*, *bars" threshold=0.5 ! tagsink
 * ]|
 *
 * The tags as messages, of which `-m` prints every one:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -m videotestsrc num-buffers=25 ! vulkaninception post-messages=true ! fakesink
 * ]|
 *
 * Shows the video, and prints the messages with the tags:
 *
 * |[<!-- language="sh" skip: it opens a window -->
 * gst-launch-1.0 -m videotestsrc ! vulkaninception post-messages=true ! \
 *     videoconvert ! autovideosink
 * ]|
 *
 * Tags beside a video that goes on: behind a tee, one frame every five seconds is looked at.
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q filesrc location=movie.mp4 ! decodebin ! tee name=t \
 *     t. ! queue ! videoconvert ! jpegenc ! avimux ! filesink location=copy.avi \
 *     t. ! queue ! videorate drop-only=true ! video/x-raw,framerate=1/5 ! videoconvert ! \
 *     vulkaninception model=googlenet ! tagsink location=tags.jsonl
 * ]|
 */
#include "vulkaninception.h"

#include "onerror.h"
#include "report.h"
#include "tagmeta.h"

#include <string.h>
#include <vkinception/gst-frame.h>

#define PROGRESS_EVERY_US (G_USEC_PER_SEC / 4)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE(
    "sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS(VIN_GST_CAPS));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE(
    "src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS(VIN_GST_CAPS));

G_DEFINE_TYPE(VulkanInception, vin_inception, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(vulkaninception, "vulkaninception", GST_RANK_NONE,
                                      VIN_TYPE_INCEPTION, vin_tag_meta_register())

static void post_progress(VulkanInception *self, GstProgressType type, const char *text)
{
    self->progress_us = g_get_monotonic_time();
    gst_element_post_message(GST_ELEMENT(self),
                             gst_message_new_progress(GST_OBJECT(self), type, "open", text));
}

static void on_progress(guint done, guint total, const char *what, gpointer user_data)
{
    VulkanInception *self = user_data;
    g_autofree char *text = NULL;

    if (done < total && g_get_monotonic_time() - self->progress_us >= PROGRESS_EVERY_US) {
        text = g_strdup_printf("%s (%u of %u)", what, done, total);
        post_progress(self, GST_PROGRESS_TYPE_CONTINUE, text);
    }
}

/* A name that is no path is looked for in folders, so a model's file is missing unless the
 * property is the path of one that cannot be read. */
static GstResourceError file_code_of(const VinSessionSettings *settings)
{
    const char *labels = settings->labels_file;
    const char *model = settings->model;
    gboolean exists = (model == NULL || g_file_test(model, G_FILE_TEST_EXISTS)) &&
                      (labels == NULL || g_file_test(labels, G_FILE_TEST_EXISTS));

    return exists ? GST_RESOURCE_ERROR_OPEN_READ : GST_RESOURCE_ERROR_NOT_FOUND;
}

/* Opens the session of a copy of the settings, so that no lock is held meanwhile; posts what
 * went wrong. FALSE: the element does not start. */
static gboolean open_session(VulkanInception *self)
{
    g_auto(VinSessionSettings) settings = {0};
    g_autoptr(GError) error = NULL;
    gboolean ok = TRUE;

    GST_OBJECT_LOCK(self);
    vin_session_settings_copy(&settings, &self->settings);
    self->is_changed = FALSE;
    GST_OBJECT_UNLOCK(self);

    vin_report_warnings(GST_ELEMENT(self));
    self->session = vin_session_new(&settings, on_progress, self, &error);
    vin_report_warnings(NULL);
    if (self->session == NULL) {
        post_progress(self, GST_PROGRESS_TYPE_ERROR, "Model and device were not opened");
        ok = vin_on_error_opening(self, error, file_code_of(&settings));
    }
    return ok;
}

static void reset_stats(VulkanInception *self)
{
    GST_OBJECT_LOCK(self);
    memset(&self->stats, 0, sizeof self->stats);
    self->latency = 0;
    g_clear_pointer(&self->stats_model, g_free);
    g_clear_pointer(&self->stats_device, g_free);
    g_clear_pointer(&self->stats_driver, g_free);
    self->stats_n_top = 0;
    if (self->session != NULL) {
        const VinDeviceInfo *device = vin_session_get_device_info(self->session);

        self->stats_n_top = vin_session_get_n_top(self->session);
        self->stats_model = g_strdup(vin_model_get_name(vin_session_get_model(self->session)));
        self->stats_device = g_strdup(device->name);
        self->stats_driver = g_strdup(device->driver);
    }
    GST_OBJECT_UNLOCK(self);
}

static gboolean start(GstBaseTransform *trans)
{
    VulkanInception *self = VIN_INCEPTION(trans);

    vin_report_init();
    self->has_info = FALSE;
    self->warned_invalid = FALSE;
    self->warned_failure = FALSE;
    self->failed = FALSE;
    self->turn = VIN_TURN_0;
    post_progress(self, GST_PROGRESS_TYPE_START, "Opening model and device");
    if (!open_session(self)) {
        return FALSE;
    }
    reset_stats(self);
    if (self->session != NULL) {
        post_progress(self, GST_PROGRESS_TYPE_COMPLETE, "Model and device are open");
    }
    return TRUE;
}

static gboolean stop(GstBaseTransform *trans)
{
    VulkanInception *self = VIN_INCEPTION(trans);

    g_clear_pointer(&self->session, vin_session_free);
    return TRUE;
}

/* What no frame of the video can pass is told here, before the first. */
static gboolean set_caps(GstBaseTransform *trans, GstCaps *in_caps, GstCaps *out_caps)
{
    VulkanInception *self = VIN_INCEPTION(trans);
    g_autoptr(GError) error = NULL;

    self->has_info = gst_video_info_from_caps(&self->info, in_caps);
    if (!self->has_info) {
        GST_ERROR_OBJECT(self, "not the caps of a video: %" GST_PTR_FORMAT, in_caps);
        return FALSE;
    }
    if (self->session != NULL && !vin_session_check(self->session, &self->info, &error)) {
        self->has_info = FALSE;
        GST_ELEMENT_ERROR(self, STREAM, FORMAT, ("%s", error->message),
                          ("caps %" GST_PTR_FORMAT, in_caps));
        return FALSE;
    }
    return TRUE;
}

/* A stream is upright until its tags say otherwise; tags without an orientation leave it. */
static gboolean sink_event(GstBaseTransform *trans, GstEvent *event)
{
    VulkanInception *self = VIN_INCEPTION(trans);
    g_autofree char *orientation = NULL;
    GstTagList *tags;

    switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_STREAM_START:
        self->turn = VIN_TURN_0;
            break;
    case GST_EVENT_TAG:
        gst_event_parse_tag(event, &tags);
        if (gst_tag_list_get_string(tags, GST_TAG_IMAGE_ORIENTATION, &orientation)) {
            self->turn = vin_turn_from_gst(orientation);
        }
        break;
    default:
        break;
    }
    return GST_BASE_TRANSFORM_CLASS(vin_inception_parent_class)->sink_event(trans, event);
}

/* A buffer that somebody else holds too is copied, its memory is not. */
static GstFlowReturn prepare_output_buffer(GstBaseTransform *trans, GstBuffer *in_buffer,
                                           GstBuffer **out_buffer)
{
    *out_buffer = gst_buffer_is_writable(in_buffer) ? in_buffer : gst_buffer_copy(in_buffer);
    return GST_FLOW_OK;
}

/* A live sink has to wait for the time a frame takes here, else each one comes too late. */
static gboolean query(GstBaseTransform *trans, GstPadDirection direction, GstQuery *question)
{
    VulkanInception *self = VIN_INCEPTION(trans);
    GstClockTime min;
    GstClockTime max;
    gboolean is_live;

    if (!GST_BASE_TRANSFORM_CLASS(vin_inception_parent_class)->query(trans, direction, question)) {
        return FALSE;
    }
    if (direction == GST_PAD_SRC && GST_QUERY_TYPE(question) == GST_QUERY_LATENCY) {
        gst_query_parse_latency(question, &is_live, &min, &max);
        GST_OBJECT_LOCK(self);
        self->is_live = is_live;
        if (is_live) {
            min += self->latency;
            max = GST_CLOCK_TIME_IS_VALID(max) ? max + self->latency : max;
        }
        GST_OBJECT_UNLOCK(self);
        gst_query_set_latency(question, is_live, min, max);
    }
    return TRUE;
}

/* Tells the pipeline when a frame took longer than we said; a quarter is added so that this
 * ends soon. */
static void follow_latency(VulkanInception *self, GstClockTime took)
{
    gboolean tell = FALSE;

    GST_OBJECT_LOCK(self);
    if (took > self->latency) {
        self->latency = took + took / 4;
        tell = self->is_live;
    }
    GST_OBJECT_UNLOCK(self);
    if (tell) {
        gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
    }
}

static void post_tags(VulkanInception *self, GstBuffer *buffer, const GValue *tags)
{
    const GstSegment *segment = &GST_BASE_TRANSFORM(self)->segment;
    GstStructure *content = gst_structure_new_empty("vulkaninception");

    if (GST_BUFFER_PTS_IS_VALID(buffer)) {
        guint64 running_time =
            gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));

        gst_structure_set(content, "pts", G_TYPE_UINT64, GST_BUFFER_PTS(buffer), NULL);
        if (GST_CLOCK_TIME_IS_VALID(running_time)) {
            gst_structure_set(content, "running-time", G_TYPE_UINT64, running_time, NULL);
        }
    }
    if (GST_BUFFER_DURATION_IS_VALID(buffer)) {
        gst_structure_set(content, "duration", G_TYPE_UINT64, GST_BUFFER_DURATION(buffer),
                          NULL);
    }
    gst_structure_set(content, "model", G_TYPE_STRING,
                      vin_model_get_name(vin_session_get_model(self->session)), NULL);
    gst_structure_set_value(content, "tags", tags);
    gst_element_post_message(GST_ELEMENT(self),
                             gst_message_new_element(GST_OBJECT(self), content));
}

/* What was set since the last frame, for this one. A list that is wrong is told and not followed:
 * it is no reason to end a stream. */
static void follow_settings(VulkanInception *self)
{
    g_auto(VinSessionSettings) settings = {0};
    g_autoptr(GError) error = NULL;
    gboolean is_changed;

    GST_OBJECT_LOCK(self);
    is_changed = self->is_changed;
    self->is_changed = FALSE;
    if (is_changed) {
        vin_session_settings_copy(&settings, &self->settings);
    }
    GST_OBJECT_UNLOCK(self);
    if (!is_changed) {
        return;
    }
    if (!vin_session_change(self->session, &settings, &error)) {
        GST_ELEMENT_WARNING(self, LIBRARY, SETTINGS, ("%s", error->message),
                            ("which classes a frame may be tagged with stays as it was"));
    }
    GST_OBJECT_LOCK(self);
    self->stats_n_top = vin_session_get_n_top(self->session);
    GST_OBJECT_UNLOCK(self);
}

static GstFlowReturn transform_ip(GstBaseTransform *trans, GstBuffer *buffer)
{
    VulkanInception *self = VIN_INCEPTION(trans);
    g_autoptr(GError) error = NULL;
    g_auto(GValue) tags = G_VALUE_INIT;
    gint64 start_us = g_get_monotonic_time();
    gint64 end_us;
    gboolean post_messages;
    VinResult result;
    double threshold;
    gboolean ok;

    if (!self->has_info) {
        GST_ELEMENT_ERROR(self, CORE, NEGOTIATION,
                          ("A buffer came before the caps of its video"), (NULL));
        return GST_FLOW_NOT_NEGOTIATED;
    }
    if (gst_buffer_get_size(buffer) == 0) {
        return GST_FLOW_OK; /* stands for a gap: no picture */
    }
    if (self->session == NULL) {
        vin_tag_meta_remove(buffer);
        return GST_FLOW_OK;
    }
    follow_settings(self);
    vin_report_warnings(GST_ELEMENT(self));
    ok = vin_session_run(self->session, buffer, &self->info, self->turn, &result, &error);
    vin_report_warnings(NULL);
    if (!ok) {
        return vin_on_error_frame(self, buffer, error);
    }

    end_us = g_get_monotonic_time();
    follow_latency(self, (GstClockTime)(end_us - start_us) * GST_USECOND);
    GST_OBJECT_LOCK(self);
    vin_stats_add(&self->stats, result.gpu_ns, start_us, end_us);
    threshold = self->threshold;
    post_messages = self->post_messages;
    GST_OBJECT_UNLOCK(self);

    vin_tag_array_init(&tags, vin_session_get_model(self->session), &result, threshold);
    vin_session_tag(self->session, buffer, &result, threshold, &tags);
    if (post_messages) {
        post_tags(self, buffer, &tags);
    }
    return GST_FLOW_OK;
}

static void finalize(GObject *object)
{
    VulkanInception *self = VIN_INCEPTION(object);

    vin_inception_clear_properties(self);
    G_OBJECT_CLASS(vin_inception_parent_class)->finalize(object);
}

static void vin_inception_class_init(VulkanInceptionClass *klass)
{
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
    GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS(klass);

    vin_report_init();
    G_OBJECT_CLASS(klass)->finalize = finalize;
    vin_inception_install_properties(G_OBJECT_CLASS(klass));

    trans_class->start = start;
    trans_class->stop = stop;
    trans_class->set_caps = set_caps;
    trans_class->sink_event = sink_event;
    trans_class->query = query;
    trans_class->prepare_output_buffer = prepare_output_buffer;
    trans_class->transform_ip = transform_ip;

    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_add_static_pad_template(element_class, &src_template);
    gst_element_class_set_static_metadata(
        element_class, "Vulkan Inception classifier", "Filter/Analyzer/Video",
        "Says what is to be seen in each frame: runs an Inception network (its own that tells "
        "the state of a picture, GoogLeNet, ...) in "
        "Vulkan compute shaders and adds the best classes as metadata (VinTags; "
        "GstAnalyticsClsMtd from GStreamer 1.24 on); the frame passes untouched. Example: "
        "videotestsrc ! vulkaninception model=googlenet top-k=5 ! tagsink",
        "vkinception developers");
}

static void vin_inception_init(VulkanInception *self)
{
    GstBaseTransform *trans = GST_BASE_TRANSFORM(self);

    self->settings.top_k = VIN_INCEPTION_TOP_K;
    gst_base_transform_set_in_place(trans, TRUE);
    /* Buffer flags are upstream's: the base class would clear GAP otherwise. */
    gst_base_transform_set_gap_aware(trans, TRUE);
}
