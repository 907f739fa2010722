/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which objects of a frame are found, and where: regions of interest, detections of the analytics
 * library where there is one, objects in both forms, wrong numbers, filters. No device.
 */
#include "compat.h"
#include "plugin_test.h"
#include "regions.h"

#include <math.h>

#define WIDTH 640
#define HEIGHT 360

static const VinRegionSettings all_of_them = {0};

static GArray *find(GstBuffer *buffer, const VinRegionSettings *settings)
{
    GstVideoInfo info;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, WIDTH, HEIGHT);
    return vin_regions_find(buffer, &info, settings);
}

static const VinRegion *at(GArray *regions, guint i)
{
    g_assert_cmpuint(i, <, regions->len);
    return &g_array_index(regions, VinRegion, i);
}

static void assert_box(const VinRegion *region, guint x, guint y, guint width, guint height)
{
    g_assert_cmpuint(region->x, ==, x);
    g_assert_cmpuint(region->y, ==, y);
    g_assert_cmpuint(region->width, ==, width);
    g_assert_cmpuint(region->height, ==, height);
}

static void assert_class(const VinRegion *region, const char *name)
{
    g_assert_cmpstr(g_quark_to_string(region->object_class), ==, name);
}

static GstVideoRegionOfInterestMeta *add_roi(GstBuffer *buffer, const char *name, gint x, gint y,
                                             gint width, gint height)
{
    return gst_buffer_add_video_region_of_interest_meta(buffer, name, (guint)x, (guint)y,
                                                        (guint)width, (guint)height);
}

static void test_none(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = find(buffer, &all_of_them);

    g_assert_cmpuint(regions->len, ==, 0);
}

static void test_rois(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;

    add_roi(buffer, "car", 10, 20, 30, 40)->id = 5;
    gst_video_region_of_interest_meta_add_param(
        add_roi(buffer, "face", 11, 21, 31, 41),
        gst_structure_new("object_id", "id", G_TYPE_INT, -3, NULL));
    gst_video_region_of_interest_meta_add_param(
        add_roi(buffer, NULL, 12, 22, 32, 42),
        gst_structure_new("object_id", "id", G_TYPE_INT, 0, NULL));
    regions = find(buffer, &all_of_them);
    g_assert_cmpuint(regions->len, ==, 3);
    assert_box(at(regions, 0), 10, 20, 30, 40);
    assert_class(at(regions, 0), "car");
    g_assert_true(at(regions, 0)->has_roi);
    g_assert_cmpint(at(regions, 0)->roi_id, ==, 5);
    g_assert_cmpuint(at(regions, 0)->roi_index, ==, 0);
    g_assert_false(at(regions, 0)->is_tracked);
    g_assert_false(at(regions, 0)->has_detection);
    assert_box(at(regions, 1), 11, 21, 31, 41);
    g_assert_cmpuint(at(regions, 1)->roi_index, ==, 1);
    g_assert_true(at(regions, 1)->is_tracked);
    g_assert_cmpuint(at(regions, 1)->tracking_id, ==, (guint64)-3);
    assert_class(at(regions, 2), NULL);
    g_assert_false(at(regions, 2)->is_tracked); /* 0: no id yet */
}

/* What lies over an edge is cut there; what lies outside or is empty is no region. */
static void test_wrong_numbers(void)
{
    static const struct {
        gint given[4];
        guint kept[4]; /* all 0: dropped */
    } cases[] = {
        {{-10, -20, 50, 60}, {0, 0, 40, 40}},
        {{600, 300, 100, 100}, {600, 300, 40, 60}},
        {{-5, -5, 10000, 10000}, {0, 0, 640, 360}},
        {{G_MININT, G_MININT, G_MAXINT, G_MAXINT}, {0, 0, 0, 0}},
        {{G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT}, {0, 0, 0, 0}},
        {{1, 1, G_MAXINT, G_MAXINT}, {1, 1, 639, 359}},
        {{10, 10, 0, 10}, {0, 0, 0, 0}},
        {{10, 10, 10, 0}, {0, 0, 0, 0}},
        {{10, 10, -1, 10}, {0, 0, 0, 0}},
        {{10, 10, 10, -1}, {0, 0, 0, 0}},
        {{640, 0, 10, 10}, {0, 0, 0, 0}},
        {{0, 360, 10, 10}, {0, 0, 0, 0}},
        {{-10, 0, 10, 10}, {0, 0, 0, 0}},
        {{0, -10, 10, 10}, {0, 0, 0, 0}},
        {{639, 359, 1, 1}, {639, 359, 1, 1}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstBuffer) buffer = gst_buffer_new();
        g_autoptr(GArray) regions = NULL;
        const gint *given = cases[i].given;
        const guint *kept = cases[i].kept;

        g_test_message("case %u", i);
        add_roi(buffer, "car", given[0], given[1], given[2], given[3]);
        add_roi(buffer, "car", 1, 2, 3, 4);
        regions = find(buffer, &all_of_them);
        g_assert_cmpuint(regions->len, ==, kept[2] > 0 ? 2 : 1);
        if (kept[2] > 0) {
            assert_box(at(regions, 0), kept[0], kept[1], kept[2], kept[3]);
        }
        /* What was dropped still counts in the buffer's order. */
        g_assert_cmpuint(at(regions, regions->len - 1)->roi_index, ==, 1);
        assert_box(at(regions, regions->len - 1), 1, 2, 3, 4);
    }
}

static void test_object_class(void)
{
    static const struct {
        const char *list;
        guint n;
    } cases[] = {{NULL, 4},   {"", 4},      {"car", 2},           {"car,face", 3},
                 {"bus", 0},  {"Car", 0},   {" face , bus ", 1},  {"ca", 0},
                 {",", 0},    {"car, car", 2}};
    g_autoptr(GstBuffer) buffer = gst_buffer_new();

    add_roi(buffer, "car", 1, 1, 9, 9);
    add_roi(buffer, "face", 2, 2, 9, 9);
    add_roi(buffer, NULL, 3, 3, 9, 9);
    add_roi(buffer, "car", 4, 4, 9, 9);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(VinRegionSettings) settings = {0};
        VinRegionSettings given = {.object_class = (char *)cases[i].list};
        g_autoptr(GArray) regions = NULL;

        vin_region_settings_copy(&settings, &given);
        regions = find(buffer, &settings);
        g_test_message("list '%s'", cases[i].list);
        g_assert_cmpuint(regions->len, ==, cases[i].n);
    }
}

/* Of what is inside the frame, since that is what the network sees. */
static void test_minimum_size(void)
{
    const VinRegionSettings settings = {.min_width = 20, .min_height = 10};
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;

    add_roi(buffer, "a", 0, 0, 20, 10);
    add_roi(buffer, "b", 0, 0, 19, 10);
    add_roi(buffer, "c", 0, 0, 20, 9);
    add_roi(buffer, "d", 630, 0, 20, 10);
    regions = find(buffer, &settings);
    g_assert_cmpuint(regions->len, ==, 1);
    assert_class(at(regions, 0), "a");
}

static void test_bounded(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;

    for (guint i = 0; i < VIN_MAX_REGIONS + 10; i++) {
        add_roi(buffer, "car", (gint)(i % 600), 1, 9, 9);
    }
    regions = find(buffer, &all_of_them);
    g_assert_cmpuint(regions->len, ==, VIN_MAX_REGIONS);
}

#if VIN_WITH_ANALYTICS

static guint add_detection(GstBuffer *buffer, const char *name, gint x, gint y, gint width,
                           gint height)
{
    GstAnalyticsODMtd detection;

    g_assert_true(gst_analytics_relation_meta_add_od_mtd(
        gst_buffer_add_analytics_relation_meta(buffer),
        name != NULL ? g_quark_from_string(name) : 0, x, y, width, height, 0.9f, &detection));
    return detection.id;
}

static guint add_tracking(GstBuffer *buffer, guint64 id)
{
    GstAnalyticsTrackingMtd tracking;

    g_assert_true(gst_analytics_relation_meta_add_tracking_mtd(
        gst_buffer_add_analytics_relation_meta(buffer), id, 0, &tracking));
    return tracking.id;
}

static void relate(GstBuffer *buffer, guint from, guint to)
{
    g_assert_true(gst_analytics_relation_meta_set_relation(
        gst_buffer_get_analytics_relation_meta(buffer), GST_ANALYTICS_REL_TYPE_RELATE_TO, from,
        to));
}

static void test_detections(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;
    guint ids[4];

    ids[0] = add_detection(buffer, "car", -10, 20, 30, 400);
    ids[1] = add_detection(buffer, NULL, 11, 21, 31, 41);
    add_detection(buffer, "car", 11, 21, -31, 41);
    add_detection(buffer, "car", 641, 21, 31, 41);
    ids[2] = add_detection(buffer, "face", G_MININT, G_MININT, G_MAXINT, G_MAXINT);
    ids[3] = add_detection(buffer, "face", 12, 22, 32, 42);
    add_tracking(buffer, 100);
    relate(buffer, ids[1], add_tracking(buffer, G_MAXUINT64));
    relate(buffer, add_tracking(buffer, 7), ids[3]);
    regions = find(buffer, &all_of_them);
    g_assert_cmpuint(regions->len, ==, 3);
    assert_box(at(regions, 0), 0, 20, 20, 340);
    assert_class(at(regions, 0), "car");
    g_assert_true(at(regions, 0)->has_detection);
    g_assert_cmpuint(at(regions, 0)->detection_id, ==, ids[0]);
    g_assert_false(at(regions, 0)->has_roi);
    g_assert_false(at(regions, 0)->is_tracked);
    assert_class(at(regions, 1), NULL);
    g_assert_true(at(regions, 1)->is_tracked);
    g_assert_cmpuint(at(regions, 1)->tracking_id, ==, G_MAXUINT64);
    assert_box(at(regions, 2), 12, 22, 32, 42);
    g_assert_cmpuint(at(regions, 2)->tracking_id, ==, 7);
}

/* One object in both forms is one region with the numbers of both; near is not the same. */
static void test_both_forms(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;
    guint detection;

    add_roi(buffer, "car", 10, 20, 30, 40)->id = 3;
    add_roi(buffer, "car", 10, 20, 30, 41);
    add_roi(buffer, NULL, 100, 20, 30, 40);
    add_detection(buffer, "bus", 10, 20, 30, 40);
    detection = add_detection(buffer, "car", 10, 20, 30, 40);
    relate(buffer, detection, add_tracking(buffer, 77));
    add_detection(buffer, "car", 10, 20, 30, 40); /* the same again: a region of its own */
    add_detection(buffer, "face", 100, 20, 30, 40);
    regions = find(buffer, &all_of_them);
    g_assert_cmpuint(regions->len, ==, 5);
    g_assert_true(at(regions, 0)->has_roi && at(regions, 0)->has_detection);
    g_assert_cmpint(at(regions, 0)->roi_id, ==, 3);
    g_assert_cmpuint(at(regions, 0)->detection_id, ==, detection);
    g_assert_cmpuint(at(regions, 0)->tracking_id, ==, 77);
    assert_class(at(regions, 0), "car");
    g_assert_true(at(regions, 1)->has_roi && !at(regions, 1)->has_detection);
    g_assert_true(at(regions, 2)->has_roi && at(regions, 2)->has_detection);
    assert_class(at(regions, 2), "face");
    assert_class(at(regions, 3), "bus");
    g_assert_false(at(regions, 3)->has_roi);
    assert_class(at(regions, 4), "car");
    g_assert_false(at(regions, 4)->has_roi);
}

#if VIN_WITH_TURNED_DETECTIONS

/* The region is the upright box around a turned one. */
static void test_turned(void)
{
    static const struct {
        gfloat turn;
        guint box[4];
    } cases[] = {
        {0.0f, {100, 100, 100, 40}},
        {(gfloat)G_PI_2, {130, 70, 40, 100}},
        {(gfloat)G_PI, {100, 100, 100, 40}},
        {(gfloat)G_PI_4, {101, 71, 99, 99}},
        {-(gfloat)G_PI_4, {101, 71, 99, 99}},
        {(gfloat)NAN, {100, 100, 100, 40}},
        {(gfloat)INFINITY, {100, 100, 100, 40}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstBuffer) buffer = gst_buffer_new();
        g_autoptr(GArray) regions = NULL;
        GstAnalyticsODMtd detection;

        g_assert_true(gst_analytics_relation_meta_add_oriented_od_mtd(
            gst_buffer_add_analytics_relation_meta(buffer), g_quark_from_string("car"), 100, 100,
            100, 40, cases[i].turn, 0.9f, &detection));
        add_roi(buffer, "car", 100, 100, 100, 40);
        regions = find(buffer, &all_of_them);
        g_assert_cmpuint(regions->len, ==, 1);
        g_assert_true(at(regions, 0)->has_roi && at(regions, 0)->has_detection);
        assert_box(at(regions, 0), cases[i].box[0], cases[i].box[1], cases[i].box[2],
                   cases[i].box[3]);
    }
}

#endif

#endif

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/regions/none", test_none);
    g_test_add_func("/regions/rois", test_rois);
    g_test_add_func("/regions/wrong-numbers", test_wrong_numbers);
    g_test_add_func("/regions/object-class", test_object_class);
    g_test_add_func("/regions/minimum-size", test_minimum_size);
    g_test_add_func("/regions/bounded", test_bounded);
#if VIN_WITH_ANALYTICS
    g_test_add_func("/regions/detections", test_detections);
    g_test_add_func("/regions/both-forms", test_both_forms);
#if VIN_WITH_TURNED_DETECTIONS
    g_test_add_func("/regions/turned", test_turned);
#endif
#endif
    return g_test_run();
}
