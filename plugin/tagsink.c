/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The sink of tags. The line's format is in tagjson.c, the file in tagfile.c.
 */
/**
 * SECTION:element-tagsink
 * @title: tagsink
 * @short_description: writes the tags of each frame as a line of JSON
 *
 * Writes one line for each buffer, in order and at once (here it is broken for the page):
 *
 * |[<!-- language="json" -->
 * {"frame":0,"running_time":0,"duration":40000000,"model":"googlenet","tags":[
 *  {"label":"water bottle","index":898,"score":0.71,"wnid":"n04557648"}]}
 * ]|
 *
 * `frame` is counted from 0 since the file was opened, whatever is seeked
 * or flushed. `running_time` and `duration` are in nanoseconds, null when the buffer does not
 * say. `score` is a probability, 0 to 1, highest first; `index` is the class, 0-based, in the
 * model's order; `wnid` is the WordNet 3.0 id or null. Tags that were found in an earlier frame
 * have an `"age"` behind the model: how many nanoseconds earlier. A buffer which was not
 * classified has model null and no tags.
 *
 * Where objects were classified instead of the whole frame (`inference-region=roi-list` of
 * vulkaninception), `tags` is empty and the line ends with them:
 *
 * |[<!-- language="json" -->
 * {"frame":0,"running_time":0,"duration":40000000,"model":"googlenet","tags":[],"regions":[
 *  {"x":64,"y":40,"width":224,"height":180,"object_class":"bottle","tracking_id":7,"roi_id":3,
 *  "age":0,"tags":[{"label":"water bottle","index":898,"score":0.71,"wnid":"n04557648"}]}]}
 * ]|
 *
 * `x`, `y`, `width` and `height` are pixels of the frame that was classified; `object_class` is
 * what the detector took the object for; `tracking_id` is the tracker's, `roi_id` that of the
 * #GstVideoRegionOfInterestMeta, each null where there is none; `age` is the time in
 * nanoseconds since the frame that gave the tags, 0 for the same one.
 *
 * ## Example pipelines
 *
 * Lines on standard output, here of the model inside the library:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q videotestsrc num-buffers=10 ! vulkaninception ! tagsink
 * ]|
 *
 * Lines in a file, as fast as frames come:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 filesrc location=movie.mp4 ! decodebin ! videoconvert ! \
 *     vulkaninception model=googlenet ! tagsink location=tags.jsonl
 * ]|
 *
 * A line when its frame is due, and not before:
 *
 * |[<!-- language="sh" -->
 * gst-launch-1.0 -q videotestsrc num-buffers=10 is-live=true ! vulkaninception ! \
 *     tagsink sync=true location=tags.jsonl
 * ]|
 */
#include "tagsink.h"

#include "report.h"
#include "tagfile.h"
#include "tagjson.h"
#include "tagmeta.h"

#include <gst/video/video.h>

struct _TagSink {
    GstBaseSink parent;

    char *location;   /* under the object lock */
    VinTagFile *file; /* open from READY on; set under the object lock */
    guint64 n_frames; /* written since it was opened */
};

enum { PROP_0, PROP_LOCATION };

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_TYPE(TagSink, vin_tag_sink, GST_TYPE_BASE_SINK)
GST_ELEMENT_REGISTER_DEFINE_WITH_CODE(tagsink, "tagsink", GST_RANK_NONE, VIN_TYPE_TAG_SINK,
                                      vin_tag_meta_register())

static void set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    TagSink *self = VIN_TAG_SINK(object);
    gboolean is_open;

    if (id != PROP_LOCATION) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    GST_OBJECT_LOCK(self);
    is_open = self->file != NULL;
    if (!is_open) {
        g_free(self->location);
        self->location = g_value_dup_string(value);
    }
    GST_OBJECT_UNLOCK(self);
    if (is_open) {
        GST_WARNING_OBJECT(self, "location stays as it is while the file is open, from READY on");
    }
}

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    TagSink *self = VIN_TAG_SINK(object);

    if (id != PROP_LOCATION) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
        return;
    }
    GST_OBJECT_LOCK(self);
    g_value_set_string(value, self->location);
    GST_OBJECT_UNLOCK(self);
}

/* Posts what went wrong with the file as one error message. */
static void report(TagSink *self, GstResourceError code, const GError *error)
{
    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE)) {
        code = GST_RESOURCE_ERROR_NO_SPACE_LEFT;
    }
    gst_element_message_full(GST_ELEMENT(self), GST_MESSAGE_ERROR, GST_RESOURCE_ERROR,
                             (gint)code, g_strdup(error->message), NULL, __FILE__,
                             GST_FUNCTION, __LINE__);
}

static gboolean open_file(TagSink *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *location = NULL;
    VinTagFile *file;

    GST_OBJECT_LOCK(self);
    location = g_strdup(self->location);
    GST_OBJECT_UNLOCK(self);
    file = vin_tag_file_open(location, &error); /* of a pipe this may take its time */
    GST_OBJECT_LOCK(self);
    self->file = file;
    self->n_frames = 0;
    GST_OBJECT_UNLOCK(self);
    if (file == NULL) {
        report(self, GST_RESOURCE_ERROR_OPEN_WRITE, error);
        return FALSE;
    }
    return TRUE;
}

static gboolean close_file(TagSink *self)
{
    g_autoptr(GError) error = NULL;
    VinTagFile *file;

    GST_OBJECT_LOCK(self);
    file = g_steal_pointer(&self->file);
    GST_OBJECT_UNLOCK(self);
    if (!vin_tag_file_close(file, &error)) {
        report(self, GST_RESOURCE_ERROR_CLOSE, error);
        return FALSE;
    }
    return TRUE;
}

/* Not start() and stop(): where start() fails, the base class posts an error of its own after
 * ours. */
static GstStateChangeReturn change_state(GstElement *element, GstStateChange transition)
{
    TagSink *self = VIN_TAG_SINK(element);
    GstStateChangeReturn result;

    if (transition == GST_STATE_CHANGE_NULL_TO_READY && !open_file(self)) {
        return GST_STATE_CHANGE_FAILURE;
    }
    result = GST_ELEMENT_CLASS(vin_tag_sink_parent_class)->change_state(element, transition);
    if (transition == GST_STATE_CHANGE_READY_TO_NULL && !close_file(self)) {
        return GST_STATE_CHANGE_FAILURE;
    }
    return result;
}

/* Pixels are never looked at, so any strides are welcome. */
static gboolean propose_allocation(GstBaseSink *sink, GstQuery *query)
{
    gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, NULL);
    return TRUE;
}

static GstClockTime running_time_of(const GstSegment *segment, GstBuffer *buffer)
{
    if (segment->format != GST_FORMAT_TIME || !GST_BUFFER_PTS_IS_VALID(buffer)) {
        return GST_CLOCK_TIME_NONE;
    }
    return gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
}

/* Appends @buffer's VinTagRegions, and the VinTags of all of them one after the other. */
static void read_regions(GstBuffer *buffer, GArray *regions, GArray *tags)
{
    VinTagRegion region;
    VinTag tag;

    for (guint i = 0; vin_tags_get_region(buffer, i, &region); i++) {
        for (guint k = 0; k < region.n_tags; k++) {
            if (!vin_tags_get_region_tag(buffer, i, k, &tag)) {
                region.n_tags = k;
                break;
            }
            g_array_append_val(tags, tag);
        }
        g_array_append_val(regions, region);
    }
}

static GstFlowReturn render(GstBaseSink *sink, GstBuffer *buffer)
{
    TagSink *self = VIN_TAG_SINK(sink);
    g_autofree VinTag *tags = g_new(VinTag, MAX(vin_tags_get_n(buffer), 1));
    g_autoptr(GArray) regions = g_array_new(FALSE, FALSE, sizeof(VinTagRegion));
    g_autoptr(GArray) region_tags = g_array_new(FALSE, FALSE, sizeof(VinTag));
    g_autofree char *json = NULL;
    g_autoptr(GError) error = NULL;
    VinTagLine line = {
        .frame = self->n_frames,
        .running_time = running_time_of(&sink->segment, buffer),
        .duration = GST_BUFFER_DURATION(buffer),
        .model = vin_tags_get_model(buffer),
        .age = vin_tags_get_age(buffer),
        .tags = tags,
    };

    while (vin_tags_get(buffer, line.n_tags, &tags[line.n_tags])) {
        line.n_tags++;
    }
    read_regions(buffer, regions, region_tags);
    line.has_regions = vin_tags_has_regions(buffer);
    line.regions = (const VinTagRegion *)regions->data;
    line.n_regions = regions->len;
    line.region_tags = (const VinTag *)region_tags->data;
    json = vin_tag_line_to_json(&line);
    if (!vin_tag_file_write_line(self->file, json, &error)) {
        report(self, GST_RESOURCE_ERROR_WRITE, error);
        return GST_FLOW_ERROR;
    }
    self->n_frames++;
    return GST_FLOW_OK;
}

static void finalize(GObject *object)
{
    g_free(VIN_TAG_SINK(object)->location);
    G_OBJECT_CLASS(vin_tag_sink_parent_class)->finalize(object);
}

static void vin_tag_sink_class_init(TagSinkClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GstElementClass *element_class = GST_ELEMENT_CLASS(klass);
    GstBaseSinkClass *sink_class = GST_BASE_SINK_CLASS(klass);

    vin_report_init();
    object_class->set_property = set_property;
    object_class->get_property = get_property;
    object_class->finalize = finalize;
    g_object_class_install_property(object_class, PROP_LOCATION,
        g_param_spec_string("location", "Location",
            "File to write, which is emptied first; unset, empty or '-': standard output. Has "
            "to be set before READY, where it is opened",
            NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

    element_class->change_state = change_state;
    sink_class->propose_allocation = propose_allocation;
    sink_class->render = render;

    gst_element_class_add_static_pad_template(element_class, &sink_template);
    gst_element_class_set_static_metadata(
        element_class, "Tag sink", "Sink/Video",
        "Writes the tags that vulkaninception put on each frame, one line of JSON a frame: "
        "frame (counted from 0), running_time and duration (ns or null), model, tags (label, "
        "index, score 0..1, wnid; highest score first), and where objects were classified "
        "regions (x, y, width, height, object_class, tracking_id, roi_id, age, tags). Example: "
        "videotestsrc num-buffers=10 ! vulkaninception model=googlenet ! tagsink "
        "location=tags.jsonl",
        "vkinception developers");
}

static void vin_tag_sink_init(TagSink *self)
{
    GstBaseSink *sink = GST_BASE_SINK(self);

    gst_base_sink_set_sync(sink, FALSE);
    /* Nobody looks at the frame any more: let its memory go back to the decoder. */
    gst_base_sink_set_last_sample_enabled(sink, FALSE);
}
