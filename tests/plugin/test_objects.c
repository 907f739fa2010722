/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element with inference-region=roi-list in a harness: every object gets its own
 * tags, many or none, tracked or not, while settings change, frames pass and streams are flushed.
 * The tiny model says which of red, green and blue there is most of.
 */
#include "compat.h"
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#define WIDTH 320
#define HEIGHT 240
#define SIDE 20 /* of an object */
#define N_SLOTS 32 /* of the element's defaults: objects that can be in flight */

static const guint32 colours[] = {0xff0000, 0x00ff00, 0x0000ff};
static const char *const names[] = {"red", "green", "blue"};

static GstHarness *new_harness(GstVideoInfo *info, const char *format, const char *extra)
{
    g_autofree char *more = g_strdup_printf("inference-region=roi-list top-k=1 %s", extra);
    g_autofree char *launch = vin_plugin_test_launch(more);
    GstHarness *h = gst_harness_new_parse(launch);
    g_autofree char *text =
        g_strdup_printf("video/x-raw, format=%s, width=%d, height=%d, framerate=25/1", format,
                        WIDTH, HEIGHT);
    GstCaps *caps = gst_caps_from_string(text);

    g_assert_true(gst_video_info_from_caps(info, caps));
    gst_harness_set_src_caps(h, caps);
    return h;
}

/* Sets properties of the element itself; the harness has a bin. */
#define SET(h, ...)                                                                     \
    do {                                                                                \
        GstElement *element = gst_harness_find_element((h), "vulkaninception");          \
                                                                                        \
        g_object_set(element, __VA_ARGS__, NULL);                                       \
        gst_object_unref(element);                                                      \
    } while (0)

/* Where object @i lies, without touching another. */
static guint left_of(guint i)
{
    return 8 + (i % 10) * 30;
}

static guint top_of(guint i)
{
    return 8 + (i / 10 % 7) * 30;
}

static GstVideoRegionOfInterestMeta *mark(GstBuffer *buffer, guint i, const char *name)
{
    return gst_buffer_add_video_region_of_interest_meta(buffer, name, left_of(i), top_of(i), SIDE,
                                                        SIDE);
}

/* A white frame with @n objects, object i of the colour i + @shift, all marked as "thing". */
static GstBuffer *new_frame(const GstVideoInfo *info, guint number, guint n, guint shift)
{
    GstBuffer *buffer = vin_plugin_test_frame(info, 0xffffff, number);
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    for (guint i = 0; i < n; i++) {
        vin_plugin_test_fill(&frame, left_of(i), top_of(i), SIDE, SIDE, colours[(i + shift) % 3]);
    }
    gst_video_frame_unmap(&frame);
    for (guint i = 0; i < n; i++) {
        mark(buffer, i, "thing");
    }
    return buffer;
}

/* Whether @buffer has exactly @n objects, object i with the one tag i + @shift. */
static void check(GstBuffer *buffer, guint n, guint shift)
{
    VinTagRegion region;
    VinTag tag;

    g_assert_true(vin_tags_has_regions(buffer));
    g_assert_cmpuint(vin_tags_get_n(buffer), ==, 0);
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, n);
    for (guint i = 0; i < n; i++) {
        g_assert_true(vin_tags_get_region(buffer, i, &region));
        g_assert_cmpuint(region.x, ==, left_of(i));
        g_assert_cmpuint(region.y, ==, top_of(i));
        g_assert_cmpuint(region.n_tags, ==, 1);
        g_assert_cmpuint(region.age, ==, 0);
        g_assert_true(vin_tags_get_region_tag(buffer, i, 0, &tag));
        g_assert_cmpstr(tag.label, ==, names[(i + shift) % 3]);
    }
}

/* 0 and 1, as many as are computed at once, and far more than there are slots. */
static void test_each_its_own(void)
{
    static const guint counts[] = {3, 0, 1, 8, 70, 2};
    static const char *const formats[] = {"RGB", "NV12", "I420", "BGRx"};
    GstVideoInfo info;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
        GstHarness *h = new_harness(&info, formats[f], "");

        for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
            g_assert_cmpint(gst_harness_push(h, new_frame(&info, i, counts[i], i)), ==,
                            GST_FLOW_OK);
        }
        gst_harness_push_event(h, gst_event_new_eos());
        for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
            GstBuffer *out = gst_harness_pull(h);

            g_assert_cmpuint(GST_BUFFER_PTS(out), ==, i * 40 * GST_MSECOND);
            check(out, counts[i], i);
            gst_buffer_unref(out);
        }
        gst_harness_teardown(h);
    }
}

/* The object's own form carries what was found, too. */
static void test_on_the_object(void)
{
    GstVideoInfo info;
    GstVideoRegionOfInterestMeta *roi;
    GstStructure *param;
    GstBuffer *out;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "");
    out = gst_harness_push_and_pull(h, new_frame(&info, 0, 2, 1));
    roi = (GstVideoRegionOfInterestMeta *)gst_buffer_get_meta(
        out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
    g_assert_nonnull(roi);
    param = gst_video_region_of_interest_meta_get_param(roi, "classification");
    g_assert_nonnull(param);
    g_assert_cmpstr(gst_structure_get_string(param, "label"), ==, "green");
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* Filters, and back to whole frames, from frame to frame. */
static void test_live(void)
{
    GstVideoInfo info;
    GstBuffer *frame;
    GstBuffer *out;
    GstHarness *h;
    VinTag tag;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "");
    out = gst_harness_push_and_pull(h, new_frame(&info, 0, 3, 0));
    check(out, 3, 0);
    gst_buffer_unref(out);

    SET(h, "object-class", "car, thing");
    frame = new_frame(&info, 1, 3, 0);
    mark(frame, 3, "face");
    out = gst_harness_push_and_pull(h, frame);
    check(out, 3, 0);
    gst_buffer_unref(out);

    SET(h, "object-min-width", SIDE + 1);
    out = gst_harness_push_and_pull(h, new_frame(&info, 2, 3, 0));
    check(out, 0, 0);
    gst_buffer_unref(out);
    SET(h, "object-min-width", 0, "object-min-height", SIDE);
    out = gst_harness_push_and_pull(h, new_frame(&info, 3, 3, 0));
    check(out, 3, 0);
    gst_buffer_unref(out);

    SET(h, "inference-region", 0);
    out = gst_harness_push_and_pull(h, vin_plugin_test_frame(&info, 0x0000ff, 4));
    g_assert_false(vin_tags_has_regions(out));
    g_assert_true(vin_tags_get(out, 0, &tag));
    g_assert_cmpstr(tag.label, ==, "blue");
    gst_buffer_unref(out);

    SET(h, "inference-region", 1);
    out = gst_harness_push_and_pull(h, new_frame(&info, 5, 3, 2));
    check(out, 3, 2);
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* A frame with one object of a colour, tracked as @id. */
static GstBuffer *new_tracked(const GstVideoInfo *info, guint number, guint colour, gint id)
{
    GstBuffer *buffer = new_frame(info, number, 1, colour);
    GstMeta *roi = gst_buffer_get_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);

    gst_video_region_of_interest_meta_add_param(
        (GstVideoRegionOfInterestMeta *)roi,
        gst_structure_new("object_id", "id", G_TYPE_INT, id, NULL));
    return buffer;
}

static void check_tracked(GstHarness *h, const char *label, guint64 age)
{
    GstBuffer *out = gst_harness_pull(h);
    VinTagRegion region;
    VinTag tag;

    g_assert_true(vin_tags_get_region(out, 0, &region));
    g_assert_true(vin_tags_get_region_tag(out, 0, 0, &tag));
    g_assert_cmpstr(tag.label, ==, label);
    g_assert_cmpuint(region.age, ==, age);
    gst_buffer_unref(out);
}

static guint64 frames_computed(GstHarness *h)
{
    g_autoptr(GstStructure) stats = NULL;
    GstElement *element = gst_harness_find_element(h, "vulkaninception");
    guint64 n = 0;

    g_object_get(element, "stats", &stats, NULL);
    gst_object_unref(element);
    g_assert_true(gst_structure_get_uint64(stats, "frames", &n));
    return n;
}

/* The object changes its colour in every frame; it is looked at in every third. */
static void test_reclassify(void)
{
    static const guint64 ages[] = {0, 40, 80, 0, 40, 80};
    GstSegment segment;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "reclassify-interval=3");
    for (guint i = 0; i < G_N_ELEMENTS(ages); i++) {
        gst_harness_push(h, new_tracked(&info, i, i < 3 ? i : i + 1, 7));
    }
    for (guint i = 0; i < G_N_ELEMENTS(ages); i++) {
        check_tracked(h, i < 3 ? "red" : "green", ages[i] * GST_MSECOND);
    }
    g_assert_cmpuint(frames_computed(h), ==, 2);

    /* Another id is another object; without an id there is nothing to remember. */
    gst_harness_push(h, new_tracked(&info, 6, 2, 8));
    check_tracked(h, "blue", 0);
    gst_harness_push(h, new_frame(&info, 7, 1, 2));
    check_tracked(h, "blue", 0);
    gst_harness_push(h, new_tracked(&info, 8, 0, 8));
    check_tracked(h, "blue", 80 * GST_MSECOND);

    /* After a flush ids may mean other objects; other classes need another look. */
    SET(h, "reclassify-interval", 1000);
    gst_harness_push_event(h, gst_event_new_flush_start());
    gst_harness_push_event(h, gst_event_new_flush_stop(FALSE));
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_harness_push_event(h, gst_event_new_segment(&segment));
    gst_harness_push(h, new_tracked(&info, 9, 0, 8));
    check_tracked(h, "red", 0);
    SET(h, "deny-labels", "red");
    gst_harness_push(h, new_tracked(&info, 10, 1, 8));
    check_tracked(h, "green", 0);
    gst_harness_teardown(h);
}

/* Frames that are not classified carry what is known of their objects. */
static void test_interval(void)
{
    GstVideoInfo info;
    GstBuffer *out;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "inference-interval=2");
    gst_harness_push(h, new_tracked(&info, 0, 0, 7));
    check_tracked(h, "red", 0);
    gst_harness_push(h, new_tracked(&info, 1, 1, 7));
    check_tracked(h, "red", 40 * GST_MSECOND);
    gst_harness_push(h, new_tracked(&info, 2, 1, 7));
    check_tracked(h, "green", 0);
    out = gst_harness_push_and_pull(h, new_frame(&info, 3, 3, 0)); /* nothing known */
    check(out, 0, 0);
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* A frame of @n objects with the ids 1, 2, ... */
static GstBuffer *new_all_tracked(const GstVideoInfo *info, guint number, guint n)
{
    GstBuffer *buffer = new_frame(info, number, n, 0);
    gpointer state = NULL;
    GstMeta *roi;

    for (gint id = 1; (roi = gst_buffer_iterate_meta_filtered(
                           buffer, &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)) != NULL;
         id++) {
        gst_video_region_of_interest_meta_add_param(
            (GstVideoRegionOfInterestMeta *)roi,
            gst_structure_new("object_id", "id", G_TYPE_INT, id, NULL));
    }
    return buffer;
}

/* Frames that wait a nanosecond, until all of their @n objects have tags, by and by. */
static void push_until_known(GstHarness *h, const GstVideoInfo *info, guint n)
{
    VinTagRegion region;
    guint n_known = 0;
    VinTag tag;

    for (guint number = 0; n_known < n; number++) {
        GstBuffer *out = gst_harness_push_and_pull(h, new_all_tracked(info, number, n));

        g_assert_cmpuint(number, <, 2000);
        n_known = vin_tags_get_n_regions(out);
        g_assert_true(number > 0 || n_known <= N_SLOTS); /* it would have waited for more */
        for (guint i = 0; vin_tags_get_region(out, i, &region); i++) {
            g_assert_true(vin_tags_get_region_tag(out, i, 0, &tag));
            g_assert_cmpstr(tag.label, ==, names[(region.tracking_id - 1) % 3]);
        }
        gst_buffer_unref(out);
        g_usleep(1000);
    }
}

/* Only the first frame starts anything: what comes of it, and late, is there for others. */
static void test_late_results(void)
{
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "max-gpu-time=1 inference-interval=1000000");
    push_until_known(h, &info, N_SLOTS - 8);
    gst_harness_teardown(h);
}

/* More objects than slots, and no frame that waits for one: each gets its turn, once. */
static void test_more_than_slots(void)
{
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "max-gpu-time=1 reclassify-interval=1000000");
    push_until_known(h, &info, 70);
    gst_harness_teardown(h);
}

/* Two of them, one behind the other, say it once. */
static void test_twice(void)
{
    g_autofree char *one = vin_plugin_test_launch("inference-region=roi-list top-k=1");
    g_autofree char *launch = g_strdup_printf("%s ! %s", one, one);
    GstVideoRegionOfInterestMeta *roi;
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, WIDTH, HEIGHT);
    h = gst_harness_new_parse(launch);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    out = gst_harness_push_and_pull(h, new_frame(&info, 0, 3, 0));
    check(out, 3, 0);
    roi = (GstVideoRegionOfInterestMeta *)gst_buffer_get_meta(
        out, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
    g_assert_cmpuint(g_list_length(roi->params), ==, 1);
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

#if VIN_WITH_ANALYTICS

/* Detections of the analytics library, tracked: the result is related to them, in a buffer that
 * somebody else holds, too. */
static void test_detections(void)
{
    GstAnalyticsTrackingMtd tracking;
    GstAnalyticsRelationMeta *relations;
    GstAnalyticsODMtd detection;
    GstAnalyticsClsMtd result;
    VinTagRegion region;
    GstVideoInfo info;
    GstBuffer *buffer;
    GstBuffer *out;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "NV12", "reclassify-interval=10");
    for (guint i = 0; i < 2; i++) {
        buffer = new_frame(&info, i, 1, 2 * i);
        gst_buffer_remove_meta(
            buffer, gst_buffer_get_meta(buffer, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE));
        relations = gst_buffer_add_analytics_relation_meta(buffer);
        gst_analytics_relation_meta_add_od_mtd(relations, g_quark_from_string("thing"),
                                               (gint)left_of(0), (gint)top_of(0), SIDE, SIDE, 1.0f,
                                               &detection);
        gst_analytics_relation_meta_add_tracking_mtd(relations, 5, 0, &tracking);
        gst_analytics_relation_meta_set_relation(relations, GST_ANALYTICS_REL_TYPE_RELATE_TO,
                                                 detection.id, tracking.id);
        out = gst_harness_push_and_pull(h, gst_buffer_ref(buffer));
        g_assert_true(out != buffer);
        g_assert_cmpuint(gst_analytics_relation_get_length(relations), ==, 2);
        relations = gst_buffer_get_analytics_relation_meta(out);
        g_assert_true(gst_analytics_relation_meta_get_direct_related(
            relations, detection.id, GST_ANALYTICS_REL_TYPE_CONTAIN,
            gst_analytics_cls_mtd_get_mtd_type(), NULL, &result));
        g_assert_cmpstr(g_quark_to_string(gst_analytics_cls_mtd_get_quark(&result, 0)), ==,
                        "red");
        g_assert_true(vin_tags_get_region(out, 0, &region));
        g_assert_cmpuint(region.tracking_id, ==, 5);
        g_assert_cmpuint(region.detection_id, ==, detection.id);
        g_assert_cmpuint(region.age, ==, i * 40 * GST_MSECOND);
        gst_buffer_unref(out);
        gst_buffer_unref(buffer);
    }
    gst_harness_teardown(h);
}

#endif

static void test_messages(void)
{
    g_autoptr(GstBus) bus = gst_bus_new();
    g_autoptr(GstMessage) message = NULL;
    const GstStructure *content;
    const GstStructure *region;
    const GValue *regions;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness(&info, "RGB", "post-messages=true");
    gst_element_set_bus(h->element, bus);
    gst_buffer_unref(gst_harness_push_and_pull(h, new_frame(&info, 1, 2, 1)));
    message = gst_bus_pop_filtered(bus, GST_MESSAGE_ELEMENT);
    g_assert_nonnull(message);
    content = gst_message_get_structure(message);
    g_assert_true(gst_structure_has_name(content, "vulkaninception"));
    g_assert_cmpuint(gst_value_array_get_size(gst_structure_get_value(content, "tags")), ==, 0);
    regions = gst_structure_get_value(content, "regions");
    g_assert_nonnull(regions);
    g_assert_cmpuint(gst_value_array_get_size(regions), ==, 2);
    region = gst_value_get_structure(gst_value_array_get_value(regions, 0));
    g_assert_cmpstr(gst_structure_get_string(region, "object-class"), ==, "thing");
    gst_element_set_bus(h->element, NULL);
    gst_harness_teardown(h);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/objects/each-its-own", test_each_its_own);
    g_test_add_func("/objects/on-the-object", test_on_the_object);
    g_test_add_func("/objects/live", test_live);
    g_test_add_func("/objects/reclassify", test_reclassify);
    g_test_add_func("/objects/interval", test_interval);
    g_test_add_func("/objects/late-results", test_late_results);
    g_test_add_func("/objects/more-than-slots", test_more_than_slots);
    g_test_add_func("/objects/messages", test_messages);
    g_test_add_func("/objects/twice", test_twice);
#if VIN_WITH_ANALYTICS
    g_test_add_func("/objects/detections", test_detections);
#endif
    return g_test_run();
}
