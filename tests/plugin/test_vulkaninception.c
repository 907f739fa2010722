/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element in a harness: what it takes, what it adds, what it leaves alone.
 * Streams with events are in test_stream.c, failures in test_errors.c.
 */
#include "compat.h"
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-frame.h>
#include <vkinception/gst-tags.h>

static const char *const names[] = {
    "I420", "YV12", "NV12", "NV21",      "YUY2",      "UYVY",      "Y42B",  "Y444",
    "NV16", "RGB",  "BGR",  "P010_10LE", "I420_10LE", "Y444_10LE", "RGBx",  "BGRx",
    "RGBA", "BGRA", "xRGB", "xBGR",      "ARGB",      "ABGR",      "GRAY8", "GRAY16_LE"};
static const guint32 colours[3] = {0xff0000, 0x00ff00, 0x0000ff};

static GstHarness *new_harness(const char *extra)
{
    g_autofree char *launch = vin_plugin_test_launch(extra);

    return gst_harness_new_parse(launch);
}

static void set_format(GstHarness *h, GstVideoInfo *info, const char *format, guint width,
                       guint height)
{
    g_autoptr(GstCaps) caps = NULL;

    gst_video_info_set_format(info, gst_video_format_from_string(format), width, height);
    GST_VIDEO_INFO_FPS_N(info) = 25;
    caps = gst_video_info_to_caps(info);
    gst_harness_set_src_caps(h, g_steal_pointer(&caps));
}

/* Pushes a frame of @colour and returns what comes out without another frame being pushed. */
static GstBuffer *classify(GstHarness *h, const GstVideoInfo *info, guint32 colour)
{
    GstBuffer *out;

    g_assert_cmpint(gst_harness_push(h, vin_plugin_test_frame(info, colour, 0)), ==, GST_FLOW_OK);
    out = gst_harness_pull(h);
    g_assert_nonnull(out);
    return out;
}

static void assert_top(GstBuffer *buffer, const char *label)
{
    VinTag tag;

    g_assert_true(vin_tags_get(buffer, 0, &tag));
    g_assert_cmpstr(tag.label, ==, label);
}

/* Every format is negotiated and means the same to the network. */
static void test_formats(void)
{
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("top-k=3");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        GstVideoInfo info;

        set_format(h, &info, names[i], 61, 37);
        for (guint c = 0; c < 3; c++) {
            GstBuffer *out = classify(h, &info, colours[c]);

            g_assert_cmpuint(vin_tags_get_n(out), ==, 3);
            g_test_message("%s, colour %u", names[i], c);
            if (!g_str_has_prefix(names[i], "GRAY")) {
                assert_top(out, c == 0 ? "red" : c == 1 ? "green" : "blue");
            }
            gst_buffer_unref(out);
        }
    }
    gst_harness_teardown(h);
}

static void test_refused_caps(void)
{
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("");
    set_format(h, &info, "v210", 64, 64);
    g_assert_cmpint(gst_harness_push(h, vin_plugin_test_frame(&info, 0, 0)), ==,
                    GST_FLOW_NOT_NEGOTIATED);
    gst_harness_teardown(h);
}

static void test_content(void)
{
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *out;
    VinTag tag;
    VinTag before = {.score = 2.0};
    double sum = 0.0;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("top-k=100");
    set_format(h, &info, "RGB", 64, 64);
    out = classify(h, &info, 0xc00040);
    g_assert_cmpstr(vin_tags_get_model(out), ==, "tiny");
    g_assert_cmpuint(vin_tags_get_n(out), ==, 10); /* all classes: fewer than top-k */
    for (guint i = 0; vin_tags_get(out, i, &tag); i++) {
        g_autofree char *label = g_strdup_printf("class %u", tag.index);

        g_assert_cmpfloat(tag.score, <=, before.score);
        g_assert_cmpfloat(tag.score, >, 0.0);
        g_assert_cmpstr(tag.label, ==, tag.index == 0   ? "red"
                                       : tag.index == 1 ? "green"
                                       : tag.index == 2 ? "blue"
                                                        : label);
        g_assert_null(tag.wnid);
        sum += tag.score;
        before = tag;
    }
    g_assert_cmpfloat_with_epsilon(sum, 1.0, 1e-4);
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* Metadata only: the same memory, the same bytes, times and flags. */
static void test_frame_untouched(void)
{
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *in;
    GstBuffer *out;
    GstMemory *memory;
    g_autofree guint8 *before = NULL;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("");
    set_format(h, &info, "I420", 33, 17);
    in = vin_plugin_test_frame(&info, 0x336699, 5);
    GST_BUFFER_FLAG_SET(in, GST_BUFFER_FLAG_GAP | GST_BUFFER_FLAG_DISCONT);
    memory = gst_buffer_peek_memory(in, 0);
    before = g_malloc(gst_buffer_get_size(in));
    gst_buffer_extract(in, 0, before, gst_buffer_get_size(in));
    out = gst_harness_push_and_pull(h, in);
    g_assert_true(gst_buffer_peek_memory(out, 0) == memory);
    g_assert_cmpint(gst_buffer_memcmp(out, 0, before, gst_buffer_get_size(out)), ==, 0);
    g_assert_cmpuint(GST_BUFFER_PTS(out), ==, 200 * GST_MSECOND);
    g_assert_cmpuint(GST_BUFFER_DURATION(out), ==, 40 * GST_MSECOND);
    g_assert_true(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_GAP));
    g_assert_true(GST_BUFFER_FLAG_IS_SET(out, GST_BUFFER_FLAG_DISCONT));
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* A buffer that upstream keeps stays without tags, and its memory is not copied. */
static void test_shared_buffer(void)
{
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *kept;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("");
    set_format(h, &info, "RGB", 64, 64);
    kept = vin_plugin_test_frame(&info, 0x00ff00, 0);
    out = gst_harness_push_and_pull(h, gst_buffer_ref(kept));
    g_assert_false(vin_tags_is_present(kept));
    assert_top(out, "green");
    g_assert_true(gst_buffer_peek_memory(out, 0) == gst_buffer_peek_memory(kept, 0));
    gst_buffer_unref(out);
    gst_buffer_unref(kept);
    gst_harness_teardown(h);
}

/* Strides and offsets of a GstVideoMeta; the padding has another colour. */
static void test_strides(void)
{
    const gsize n_bytes = 100 + 300 * 48;
    gsize offsets[GST_VIDEO_MAX_PLANES] = {100};
    gint strides[GST_VIDEO_MAX_PLANES] = {300};
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *in;
    GstBuffer *out;
    GstVideoFrame frame;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("");
    set_format(h, &info, "RGB", 64, 48);
    in = gst_buffer_new_allocate(NULL, n_bytes, NULL);
    gst_buffer_memset(in, 0, 0xff, n_bytes);
    gst_buffer_add_video_meta_full(in, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGB, 64, 48, 1,
                                   offsets, strides);
    g_assert_true(gst_video_frame_map(&frame, &info, in, GST_MAP_WRITE));
    vin_plugin_test_fill(&frame, 0, 0, 64, 48, 0x0000c0);
    gst_video_frame_unmap(&frame);
    out = gst_harness_push_and_pull(h, in);
    assert_top(out, "blue");
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* Red on the left, blue on the right. */
static GstBuffer *two_colours(const GstVideoInfo *info)
{
    GstBuffer *buffer = vin_plugin_test_frame(info, 0xff0000, 0);
    guint width = (guint)GST_VIDEO_INFO_WIDTH(info);
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    vin_plugin_test_fill(&frame, width / 2, 0, width - width / 2,
                         (guint)GST_VIDEO_INFO_HEIGHT(info), 0x0000ff);
    gst_video_frame_unmap(&frame);
    return buffer;
}

static void test_crop(void)
{
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("");
    set_format(h, &info, "NV12", 64, 48);
    for (guint i = 0; i < 2; i++) {
        GstBuffer *in = two_colours(&info);
        GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(in);
        GstBuffer *out;

        crop->x = i == 0 ? 2 : 36;
        crop->y = 4;
        crop->width = 24;
        crop->height = 40;
        out = gst_harness_push_and_pull(h, in);
        assert_top(out, i == 0 ? "red" : "blue");
        gst_buffer_unref(out);
    }
    gst_harness_teardown(h);
}

static void test_threshold(void)
{
    GstVideoInfo info;
    GstElement *element;
    GstHarness *h;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("top-k=10 threshold=0.5");
    set_format(h, &info, "RGB", 64, 64);
    out = classify(h, &info, 0x00ff00);
    g_assert_cmpuint(vin_tags_get_n(out), ==, 1);
    gst_buffer_unref(out);
    /* Takes effect while it runs; still marked as classified. */
    element = gst_harness_find_element(h, "vulkaninception");
    g_object_set(element, "threshold", 1.0, NULL);
    gst_object_unref(element);
    out = classify(h, &info, 0x808080);
    g_assert_cmpuint(vin_tags_get_n(out), ==, 0);
    g_assert_true(vin_tags_is_present(out));
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

/* A second classifier's tags take the place of the first one's. */
static void test_rerun(void)
{
    g_autofree char *first = vin_plugin_test_launch("top-k=7 ! ");
    g_autofree char *second = vin_plugin_test_launch("top-k=2");
    g_autofree char *launch = g_strconcat(first, second, NULL);
    GstVideoInfo info;
    GstHarness *h;
    GstBuffer *out;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = gst_harness_new_parse(launch);
    set_format(h, &info, "BGRx", 64, 64);
    out = classify(h, &info, 0xff0000);
    g_assert_cmpuint(vin_tags_get_n(out), ==, 2);
    assert_top(out, "red");
    gst_buffer_unref(out);
    gst_harness_teardown(h);
}

#if VIN_WITH_ANALYTICS

/* The one classification of @buffer, with its entries in the order of VinTags. */
static void check_analytics(GstBuffer *buffer)
{
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    gpointer state = NULL;
    GstAnalyticsMtd found;
    GstAnalyticsClsMtd *classes = (GstAnalyticsClsMtd *)&found;
    VinTag tag;

    g_assert_nonnull(relations);
    g_assert_cmpuint(gst_analytics_relation_get_length(relations), ==, 1);
    g_assert_true(gst_analytics_relation_meta_iterate(
        relations, &state, gst_analytics_cls_mtd_get_mtd_type(), &found));
    g_assert_cmpuint(gst_analytics_cls_mtd_get_length(classes), ==, vin_tags_get_n(buffer));
    for (guint i = 0; vin_tags_get(buffer, i, &tag); i++) {
        GQuark quark = gst_analytics_cls_mtd_get_quark(classes, i);

        g_assert_cmpstr(g_quark_to_string(quark), ==, tag.label);
        g_assert_true(gst_analytics_cls_mtd_get_level(classes, i) == (gfloat)tag.score);
    }
}

/* Also after a second classifier: its findings replace the first one's. */
static void test_analytics(void)
{
    g_autofree char *first = vin_plugin_test_launch("top-k=7 ! ");
    g_autofree char *second = vin_plugin_test_launch("top-k=3");
    g_autofree char *launch = g_strconcat(first, second, NULL);

    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint i = 0; i < 2; i++) {
        GstHarness *h = gst_harness_new_parse(i == 0 ? second : launch);
        GstVideoInfo info;
        GstBuffer *out;

        set_format(h, &info, "RGB", 64, 64);
        out = classify(h, &info, 0x0000ff);
        g_assert_cmpuint(vin_tags_get_n(out), ==, 3);
        check_analytics(out);
        gst_buffer_unref(out);
        gst_harness_teardown(h);
    }
}

#else

static void test_analytics(void)
{
    g_test_skip("GStreamer older than 1.24, or without its analytics library");
}

#endif

static void test_stats(void)
{
    g_autoptr(GstElement) element = NULL;
    g_autoptr(GstStructure) stats = NULL;
    GstVideoInfo info;
    GstHarness *h;
    guint64 frames;
    guint64 mean;
    guint64 median;
    double fps;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("top-k=4");
    set_format(h, &info, "RGB", 64, 64);
    for (guint i = 0; i < 3; i++) {
        gst_buffer_unref(classify(h, &info, 0xff0000));
    }
    element = gst_harness_find_element(h, "vulkaninception");
    g_object_get(element, "stats", &stats, NULL);
    g_assert_true(gst_structure_get(stats, "frames", G_TYPE_UINT64, &frames, "gpu-time-mean",
                                    G_TYPE_UINT64, &mean, "gpu-time-median", G_TYPE_UINT64,
                                    &median, "fps", G_TYPE_DOUBLE, &fps, NULL));
    g_assert_cmpuint(frames, ==, 3);
    g_assert_cmpfloat(fps, >, 0.0);
    g_assert_true((mean > 0) == (median > 0));
    g_assert_cmpstr(gst_structure_get_string(stats, "model"), ==, "tiny");
    g_assert_cmpuint(strlen(gst_structure_get_string(stats, "device")), >, 0);
    gst_harness_teardown(h);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/vulkaninception/formats", test_formats);
    g_test_add_func("/vulkaninception/refused-caps", test_refused_caps);
    g_test_add_func("/vulkaninception/content", test_content);
    g_test_add_func("/vulkaninception/frame-untouched", test_frame_untouched);
    g_test_add_func("/vulkaninception/shared-buffer", test_shared_buffer);
    g_test_add_func("/vulkaninception/strides", test_strides);
    g_test_add_func("/vulkaninception/crop", test_crop);
    g_test_add_func("/vulkaninception/threshold", test_threshold);
    g_test_add_func("/vulkaninception/rerun", test_rerun);
    g_test_add_func("/vulkaninception/analytics", test_analytics);
    g_test_add_func("/vulkaninception/stats", test_stats);
    return g_test_run();
}
