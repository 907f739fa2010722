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
 * of the code `open` tell how far that is. A buffer leaves as soon as its result is there, while
 * up to `max-in-flight` are in the element: the next one is uploaded while one is computed.
 * Every property may change while the stream runs; a new `model` is opened beside the old one and
 * takes its place between two frames.
 *
 * Not every frame need wait for a result of its own: with `inference-interval` every N-th is
 * classified, with `no-block` or `max-gpu-time` a slow model does not hold the stream up. Frames
 * without their own result carry the last labels, and in #VinTags as `age` how much older these
 * are.
 *
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
 * Video in Vulkan images (`memory:VulkanImage`), as `vulkanupload` gives it, is read where it lies,
 * on the device that it is of, in place of the one that `device` names: at the caps of such video
 * the element moves there.
 *
 * Video in dma-bufs (`memory:DMABuf`), as decoders and cameras leave it, is read by the device
 * where the driver imports it (VK_EXT_external_memory_dma_buf). From GStreamer 1.24 on the caps are
 * `format=DMA_DRM`, and `drm-format` is one of those that the driver lists with its modifiers
 * (VK_EXT_image_drm_format_modifier); without modifiers, and in caps with a plain format, pixels
 * lie row behind row. Such frames are mapped and copied where the driver does not import them; one
 * line of the debug category at INFO says why.
 *
 * ## Objects of a frame
 *
 * With `inference-region=roi-list` not the frame is classified but each object that an element
 * before this one marked on it, cut out by the GPU: every #GstVideoRegionOfInterestMeta, as
 * DL Streamer's `gvadetect` makes them, and every `GstAnalyticsODMtd` of GStreamer's analytics
 * library. One that is there in both forms, of the same box and class, counts once. `object-class`
 * and the least sizes leave objects out; boxes are cut at the frame's edges, and of a turned one
 * the upright box around it is looked at. `batch-size` over 1 computes several at once. What was
 * found goes on the object, replacing what the same model said before:
 *
 * - into #VinTags, whose `tags` stay empty: an entry of `regions` with box, ids and tags;
 * - as a parameter `classification` of the #GstVideoRegionOfInterestMeta, which DL Streamer's
 *   `gvametaconvert` and `VideoFrame.regions()` read: `label` (string), `label_id` (int),
 *   `confidence` (double), `model_name` and `attribute_name` (string, the model's name), `type`
 *   (string, `classification_result`);
 * - as a `GstAnalyticsClsMtd` of one class to which the `GstAnalyticsODMtd` both CONTAINs and
 *   RELATEs TO: DL Streamer follows the first relation, `objectdetectionoverlay` the second. Only
 *   the best class is there, since DL Streamer joins the labels of longer ones.
 *
 * An object that has a tracker's id (a `GstAnalyticsTrackingMtd`, or `gvatrack`'s parameter
 * `object_id`) is classified every `reclassify-interval` frames; between, and in frames that are
 * not classified, it carries its last tags and their `age`. An object without an id has tags in
 * the frames it is classified in only.
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
 * A camera that must not stutter, on whatever device: frames that cannot be classified in time
 * carry the last labels and their age.
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q videotestsrc is-live=true num-buffers=60 ! video/x-raw,framerate=30/1 ! \
 *     vulkaninception model=googlenet no-block=true ! tagsink sync=true
 * ]|
 *
 * What kind of car each one is, with DL Streamer's detector and tracker before:
 *
 * |[<!-- language="sh" skip: it needs DL Streamer and a detector's model -->
 * gst-launch-1.0 -q filesrc location=movie.mp4 ! decodebin ! videoconvert ! \
 *     gvadetect model=vehicles.xml ! gvatrack tracking-type=short-term-imageless ! \
 *     vulkaninception model=googlenet inference-region=roi-list object-class=car \
 *     object-min-width=64 reclassify-interval=10 batch-size=8 ! \
 *     tagsink location=tags.jsonl
 * ]|
 *
 * The same with what GStreamer 1.26 has itself, and the names drawn at the boxes:
 *
 * |[<!-- language="sh" skip: it needs a detector's model, and opens a window -->
 * gst-launch-1.0 filesrc location=movie.mp4 ! decodebin ! videoconvert ! \
 *     onnxinference model-file=ssd.onnx ! ssdobjectdetector label-file=coco.txt ! \
 *     vulkaninception model=googlenet inference-region=roi-list ! \
 *     objectdetectionoverlay ! videoconvert ! autovideosink
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
 * Video that is on the GPU, and stays there:
 *
 * |[<!-- language="sh" skip: needs the plugin vulkan -->
 * gst-launch-1.0 -q videotestsrc num-buffers=25 ! vulkanupload ! vulkaninception ! tagsink
 * ]|
 *
 * Video that a decoder leaves in GPU memory, as of Intel and AMD, is classified there, and goes on
 * to the screen without a copy:
 *
 * |[<!-- language="sh" skip: needs a GPU with a video decoder, and opens a window -->
 * gst-launch-1.0 filesrc location=movie.mp4 ! qtdemux ! h264parse ! vah264dec ! \
 *     'video/x-raw(memory:DMABuf)' ! vulkaninception model=googlenet post-messages=true ! \
 *     glimagesink
 * ]|
 *
 * The same of a decoder or a camera behind V4L2:
 *
 * |[<!-- language="sh" skip: needs a V4L2 decoder -->
 * gst-launch-1.0 -q filesrc location=movie.mp4 ! qtdemux ! h264parse ! v4l2slh264dec ! \
 *     'video/x-raw(memory:DMABuf)' ! vulkaninception model=googlenet ! tagsink
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

#include "events.h"
#include "flow.h"
#include "onerror.h"
#include "post.h"
#include "report.h"
#include "swap.h"
#include "tagmeta.h"

#include <string.h>
#include <vkinception/gst-frame.h>

#define CAPS GST_STATIC_CAPS(VIN_GST_CAPS VIN_GPU_CAPS VIN_DMABUF_CAPS)

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, CAPS);
static GstStaticPadTemplate src_template =
    GST_STATIC_PAD_TEMPLATE("src", GST_PAD_SRC, GST_PAD_ALWAYS, CAPS);

G_DEFINE_TYPE(VulkanInception, vin_inception, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(vulkaninception, "vulkaninception", GST_RANK_NONE,
                                      VIN_TYPE_INCEPTION, vin_tag_meta_register())

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
    VinSession *session;

    GST_OBJECT_LOCK(self);
    vin_session_settings_copy(&settings, &self->settings);
    self->is_changed = FALSE;
    GST_OBJECT_UNLOCK(self);

    self->swap.device = vin_gpu_device_early(self->gpu, self->sink_pad);
    vin_report_warnings(GST_ELEMENT(self));
    session =
        vin_session_new(&settings, self->swap.device, NULL, vin_post_opening, self, &error);
    vin_report_warnings(NULL);
    if (session != NULL) {
        vin_swap_adopt(self, session);
        vin_post_progress(self, GST_PROGRESS_TYPE_COMPLETE, "Model and device are open");
        return TRUE;
    }
    vin_post_progress(self, GST_PROGRESS_TYPE_ERROR, "Model and device were not opened");
    if (!vin_on_error_opening(self, error, file_code_of(&settings))) {
        return FALSE;
    }
    vin_swap_retry(self);
    return TRUE;
}

static gboolean start(VulkanInception *self)
{
    vin_report_init();
    self->has_info = FALSE;
    memset(&self->video, 0, sizeof self->video);
    self->turn = VIN_TURN_0;
    self->is_lost = FALSE;
    gst_segment_init(&self->segment, GST_FORMAT_UNDEFINED);
    GST_OBJECT_LOCK(self);
    self->warned_invalid = FALSE;
    self->warned_failure = FALSE;
    self->failed = FALSE;
    self->earliest = GST_CLOCK_TIME_NONE;
    self->fps = 0.0;
    memset(&self->stats, 0, sizeof self->stats);
    memset(&self->pace, 0, sizeof self->pace);
    memset(&self->latency, 0, sizeof self->latency);
    g_clear_pointer(&self->stats_model, g_free);
    g_clear_pointer(&self->stats_device, g_free);
    g_clear_pointer(&self->stats_driver, g_free);
    self->stats_n_top = 0;
    GST_OBJECT_UNLOCK(self);
    vin_post_progress(self, GST_PROGRESS_TYPE_START, "Opening model and device");
    return open_session(self);
}

/* The pads are not active any more. */
static void stop(VulkanInception *self)
{
    const gboolean was_lost = self->wants_retry || g_atomic_int_get(&self->is_lost);

    vin_swap_stop(self);
    vin_latest_reset(&self->latest);
    g_clear_pointer(&self->session, vin_session_unref);
    if (was_lost) {
        vin_gpu_forget(self->gpu);
    } else {
        vin_gpu_stop(self->gpu);
    }
    GST_OBJECT_LOCK(self);
    gst_clear_caps(&self->taken);
    GST_OBJECT_UNLOCK(self);
}

static void set_context(GstElement *element, GstContext *context)
{
    vin_gpu_set_context(VIN_INCEPTION(element)->gpu, context);
    GST_ELEMENT_CLASS(vin_inception_parent_class)->set_context(element, context);
}

static GstStateChangeReturn change_state(GstElement *element, GstStateChange transition)
{
    VulkanInception *self = VIN_INCEPTION(element);
    GstStateChangeReturn result;

    if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && !start(self)) {
        return GST_STATE_CHANGE_FAILURE;
    }
    result =
        GST_ELEMENT_CLASS(vin_inception_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_PAUSED_TO_READY ||
        (transition == GST_STATE_CHANGE_READY_TO_PAUSED && result == GST_STATE_CHANGE_FAILURE)) {
        stop(self);
    }
    return result;
}

static gboolean activate_sink(GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
    VulkanInception *self = VIN_INCEPTION(parent);

    if (mode != GST_PAD_MODE_PUSH) {
        return FALSE;
    }
    if (!active) {
        vin_ring_set_flushing(&self->ring, TRUE);
    }
    return TRUE;
}

static gboolean activate_src(GstPad *pad, GstObject *parent, GstPadMode mode, gboolean active)
{
    VulkanInception *self = VIN_INCEPTION(parent);

    if (mode != GST_PAD_MODE_PUSH) {
        return FALSE;
    }
    vin_ring_set_stopped(&self->ring, !active);
    vin_ring_set_flushing(&self->ring, !active);
    return active ? gst_pad_start_task(pad, vin_flow_loop, self, NULL) : gst_pad_stop_task(pad);
}

static void finalize(GObject *object)
{
    VulkanInception *self = VIN_INCEPTION(object);

    vin_inception_clear_properties(self);
    vin_latest_clear(&self->latest);
    vin_ring_clear(&self->ring);
    vin_gpu_free(self->gpu);
    g_rec_mutex_clear(&self->push_lock);
    G_OBJECT_CLASS(vin_inception_parent_class)->finalize(object);
}

static void vin_inception_class_init(VulkanInceptionClass *klass)
{
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);

    vin_report_init();
    G_OBJECT_CLASS(klass)->finalize = finalize;
    vin_inception_install_properties(G_OBJECT_CLASS(klass));
    element_class->change_state = change_state;
    element_class->set_context = set_context;

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

static void make_pads(VulkanInception *self)
{
    self->sink_pad = gst_pad_new_from_static_template(&sink_template, "sink");
    gst_pad_set_chain_function(self->sink_pad, vin_flow_chain);
    gst_pad_set_event_full_function(self->sink_pad, vin_events_sink);
    gst_pad_set_query_function(self->sink_pad, vin_queries_sink);
    gst_pad_set_activatemode_function(self->sink_pad, activate_sink);
    GST_PAD_SET_PROXY_CAPS(self->sink_pad);
    gst_element_add_pad(GST_ELEMENT(self), self->sink_pad);

    self->src_pad = gst_pad_new_from_static_template(&src_template, "src");
    gst_pad_set_event_function(self->src_pad, vin_events_src);
    gst_pad_set_query_function(self->src_pad, vin_queries_src);
    gst_pad_set_activatemode_function(self->src_pad, activate_src);
    GST_PAD_SET_PROXY_CAPS(self->src_pad);
    gst_element_add_pad(GST_ELEMENT(self), self->src_pad);
}

static void vin_inception_init(VulkanInception *self)
{
    self->settings.top_k = VIN_INCEPTION_TOP_K;
    self->settings.max_in_flight = VIN_INCEPTION_MAX_IN_FLIGHT;
    self->settings.n_regions = 1;
    self->settings.batch_size = 1;
    self->settings.batch_timeout_ns = VIN_INCEPTION_BATCH_TIMEOUT;
    self->settings.scheduling = VIN_SCHEDULING_LATENCY;
    self->pace_settings.interval = 1;
    self->pace_settings.qos = TRUE;
    self->earliest = GST_CLOCK_TIME_NONE;
    g_rec_mutex_init(&self->push_lock);
    vin_ring_init(&self->ring, (GDestroyNotify)vin_entry_free);
    vin_latest_init(&self->latest);
    self->gpu = vin_gpu_new(GST_ELEMENT(self));
    make_pads(self);
}
