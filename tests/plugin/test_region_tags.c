/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results of regions on buffers, in every form: read back as an application, DL Streamer and an
 * overlay would, written twice, on a copy of the buffer, and as tagsink's line. No device.
 */
#include "compat.h"
#include "plugin_test.h"
#include "region_tags.h"
#include "tagmeta.h"

#include <glib/gstdio.h>
#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-tags.h>

/* Classes of the tiny model: 0 red, 1 green, 2 blue, 3 "class 3" ... */
static VinModel *model;
static GQuark *quarks;

static const VinResult red_or_green = {.n_top = 2, .top = {{0, 0.75f}, {1, 0.25f}}};
static const VinResult blue = {.n_top = 1, .top = {{2, 0.5f}}};

/* Tags every region of @buffer with @result. */
static void tag_all(GstBuffer *buffer, const VinResult *result, double threshold, guint64 age)
{
    const VinRegionSettings settings = {0};
    g_autoptr(GArray) regions = NULL;
    GstVideoInfo info;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 640, 360);
    regions = vin_regions_find(buffer, &info, &settings);
    vin_region_tags_begin(buffer, model);
    for (guint i = 0; i < regions->len; i++) {
        vin_region_tag(buffer, &g_array_index(regions, VinRegion, i), model, quarks, result,
                       threshold, age);
    }
}

static GstVideoRegionOfInterestMeta *add_roi(GstBuffer *buffer, const char *name, guint x)
{
    return gst_buffer_add_video_region_of_interest_meta(buffer, name, x, 20, 30, 40);
}

static GstVideoRegionOfInterestMeta *get_roi(GstBuffer *buffer, guint index)
{
    gpointer state = NULL;
    GstMeta *meta;

    do {
        meta = gst_buffer_iterate_meta_filtered(buffer, &state,
                                                GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE);
    } while (meta != NULL && index-- > 0);
    g_assert_nonnull(meta);
    return (GstVideoRegionOfInterestMeta *)meta;
}

static void test_read(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    VinTagRegion region;
    VinTag tag;

    g_assert_false(vin_tags_has_regions(buffer));
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 0);
    g_assert_false(vin_tags_get_region(buffer, 0, &region));
    g_assert_false(vin_tags_get_region_tag(buffer, 0, 0, &tag));

    add_roi(buffer, "car", 10)->id = 5;
    gst_video_region_of_interest_meta_add_param(
        add_roi(buffer, NULL, 11), gst_structure_new("object_id", "id", G_TYPE_INT, 9, NULL));
    tag_all(buffer, &red_or_green, 0.0, 40);
    g_assert_true(vin_tags_is_present(buffer));
    g_assert_cmpstr(vin_tags_get_model(buffer), ==, "tiny");
    g_assert_cmpuint(vin_tags_get_n(buffer), ==, 0);
    g_assert_true(vin_tags_has_regions(buffer));
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 2);
    g_assert_true(vin_tags_get_region(buffer, 0, &region));
    g_assert_cmpuint(region.x, ==, 10);
    g_assert_cmpuint(region.y, ==, 20);
    g_assert_cmpuint(region.width, ==, 30);
    g_assert_cmpuint(region.height, ==, 40);
    g_assert_cmpuint(region.age, ==, 40);
    g_assert_cmpstr(region.object_class, ==, "car");
    g_assert_true(region.has_roi);
    g_assert_cmpint(region.roi_id, ==, 5);
    g_assert_false(region.is_tracked);
    g_assert_false(region.has_detection);
    g_assert_cmpuint(region.n_tags, ==, 2);
    g_assert_true(vin_tags_get_region(buffer, 1, &region));
    g_assert_null(region.object_class);
    g_assert_true(region.is_tracked);
    g_assert_cmpuint(region.tracking_id, ==, 9);
    g_assert_true(vin_tags_get_region_tag(buffer, 1, 1, &tag));
    g_assert_cmpstr(tag.label, ==, "green");
    g_assert_cmpuint(tag.index, ==, 1);
    g_assert_cmpfloat(tag.score, ==, 0.25);
    g_assert_false(vin_tags_get_region_tag(buffer, 1, 2, &tag));
    g_assert_false(vin_tags_get_region_tag(buffer, 2, 0, &tag));
    g_assert_false(vin_tags_get_region(buffer, 2, &region));
}

/* A frame whose objects were looked for has an empty list; one that was taken whole has none. */
static void test_empty(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    GValue tags = G_VALUE_INIT;

    tag_all(buffer, &red_or_green, 0.0, 0);
    g_assert_true(vin_tags_has_regions(buffer));
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 0);
    vin_tag_array_init(&tags, model, &blue, 0.0);
    vin_tag_meta_set(buffer, "tiny", &tags, 0);
    g_value_unset(&tags);
    g_assert_true(vin_tags_is_present(buffer));
    g_assert_false(vin_tags_has_regions(buffer));
}

/* What DL Streamer's readers ask a parameter for: VideoFrame.regions()[i].tensors() and
 * gvametaconvert, which leaves out what has no label and model_name. */
static void assert_param(GstBuffer *buffer, guint roi, const char *label, gint id, double score)
{
    GstStructure *param =
        gst_video_region_of_interest_meta_get_param(get_roi(buffer, roi), "classification");
    double confidence = -1.0;
    gint label_id = -1;

    g_assert_nonnull(param);
    g_assert_cmpstr(gst_structure_get_string(param, "type"), ==, "classification_result");
    g_assert_cmpstr(gst_structure_get_string(param, "model_name"), ==, "tiny");
    g_assert_cmpstr(gst_structure_get_string(param, "attribute_name"), ==, "tiny");
    g_assert_cmpstr(gst_structure_get_string(param, "label"), ==, label);
    g_assert_true(gst_structure_get_int(param, "label_id", &label_id));
    g_assert_cmpint(label_id, ==, id);
    g_assert_true(gst_structure_get_double(param, "confidence", &confidence));
    g_assert_cmpfloat(confidence, ==, score);
}

static void test_params(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();

    gst_video_region_of_interest_meta_add_param(
        add_roi(buffer, "car", 10),
        gst_structure_new("detection", "confidence", G_TYPE_DOUBLE, 0.9, NULL));
    gst_video_region_of_interest_meta_add_param(
        add_roi(buffer, "car", 11),
        gst_structure_new("classification", "type", G_TYPE_STRING, "classification_result",
                          "model_name", G_TYPE_STRING, "colours", "label", G_TYPE_STRING, "red",
                          NULL));
    tag_all(buffer, &red_or_green, 0.0, 0);
    g_assert_cmpuint(g_list_length(get_roi(buffer, 0)->params), ==, 2);
    assert_param(buffer, 0, "red", 0, 0.75);
    g_assert_cmpuint(g_list_length(get_roi(buffer, 1)->params), ==, 2);

    /* Again: ours is replaced, a detector's and another model's stay. */
    tag_all(buffer, &blue, 0.0, 0);
    g_assert_cmpuint(g_list_length(get_roi(buffer, 0)->params), ==, 2);
    assert_param(buffer, 0, "blue", 2, 0.5);
    g_assert_cmpuint(g_list_length(get_roi(buffer, 1)->params), ==, 2);

    /* Nothing is sure enough: what was said before does not hold any more. */
    tag_all(buffer, &blue, 0.6, 0);
    g_assert_cmpuint(g_list_length(get_roi(buffer, 0)->params), ==, 1);
    g_assert_nonnull(
        gst_video_region_of_interest_meta_get_param(get_roi(buffer, 0), "detection"));
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 2);
}

/* A region found on a buffer holds for its copy, which is what becomes writable; the original
 * stays as it was. */
static void test_copy(void)
{
    const VinRegionSettings settings = {0};
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GArray) regions = NULL;
    g_autoptr(GstBuffer) copy = NULL;
    GstVideoInfo info;

    add_roi(buffer, "car", 700); /* outside, and yet the first */
    add_roi(buffer, "car", 10);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 640, 360);
    regions = vin_regions_find(buffer, &info, &settings);
    g_assert_cmpuint(regions->len, ==, 1);
    copy = gst_buffer_copy(buffer);
    vin_region_tags_begin(copy, model);
    vin_region_tag(copy, &g_array_index(regions, VinRegion, 0), model, quarks, &blue, 0.0, 0);
    g_assert_null(get_roi(copy, 0)->params);
    assert_param(copy, 1, "blue", 2, 0.5);
    g_assert_null(get_roi(buffer, 1)->params);
    g_assert_false(vin_tags_is_present(buffer));
}

static void test_many(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    VinTagRegion region;

    for (guint i = 0; i < 600; i++) {
        add_roi(buffer, "car", i);
    }
    tag_all(buffer, &red_or_green, 0.0, 0);
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 600);
    for (guint i = 0; i < 600; i++) {
        g_assert_true(vin_tags_get_region(buffer, i, &region));
        g_assert_cmpuint(region.x, ==, i);
        assert_param(buffer, i, "red", 0, 0.75);
    }
}

static void test_tagsink(void)
{
    g_autofree char *path = g_build_filename(vin_plugin_test_folder(), "tags.jsonl", NULL);
    g_autofree char *launch = g_strdup_printf("tagsink location=%s", path);
    GstHarness *h = gst_harness_new_parse(launch);
    GstBuffer *buffer = gst_buffer_new();
    g_autofree char *text = NULL;

    add_roi(buffer, "car", 10)->id = 5;
    add_roi(buffer, NULL, 11);
    tag_all(buffer, &red_or_green, 0.0, 7);
    gst_harness_set_src_caps_str(h, "video/x-raw");
    g_assert_cmpint(gst_harness_push(h, buffer), ==, GST_FLOW_OK);
    gst_harness_teardown(h);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(
        text, "\"model\":\"tiny\",\"tags\":[],\"regions\":[{\"x\":10,\"y\":20,\"width\":30,"
              "\"height\":40,\"object_class\":\"car\",\"tracking_id\":null,\"roi_id\":5,"
              "\"age\":7,\"tags\":[{\"label\":\"red\",\"index\":0,\"score\":0.75,\"wnid\":null},"
              "{\"label\":\"green\",\"index\":1,\"score\":0.25,\"wnid\":null}]},{\"x\":11,"));
    g_assert_cmpint(g_unlink(path), ==, 0);
}

#if VIN_WITH_ANALYTICS

static guint add_detection(GstBuffer *buffer, const char *name, gint x)
{
    GstAnalyticsODMtd detection;

    g_assert_true(gst_analytics_relation_meta_add_od_mtd(
        gst_buffer_add_analytics_relation_meta(buffer), g_quark_from_string(name), x, 20, 30,
        40, 0.9f, &detection));
    return detection.id;
}

/* The classifications that the detection leads to by @relation; the last one's label. */
static guint count_related(GstBuffer *buffer, guint detection, GstAnalyticsRelTypes relation,
                           const char **label)
{
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    GstAnalyticsClsMtd found;
    gpointer state = NULL;
    guint n = 0;

    while (gst_analytics_relation_meta_get_direct_related(
        relations, detection, relation, gst_analytics_cls_mtd_get_mtd_type(), &state, &found)) {
        g_assert_cmpuint(gst_analytics_cls_mtd_get_length(&found), ==, 1);
        *label = g_quark_to_string(gst_analytics_cls_mtd_get_quark(&found, 0));
        g_assert_cmpint(gst_analytics_relation_meta_get_relation(relations, found.id, detection),
                        ==,
                        GST_ANALYTICS_REL_TYPE_IS_PART_OF | GST_ANALYTICS_REL_TYPE_RELATE_TO);
        n++;
    }
    return n;
}

/* DL Streamer follows CONTAIN, the overlay RELATE_TO: each finds one result and no old one. */
static void assert_related(GstBuffer *buffer, guint detection, const char *expected)
{
    const guint n = expected != NULL ? 1 : 0;
    const char *label = NULL;

    g_assert_cmpuint(
        count_related(buffer, detection, GST_ANALYTICS_REL_TYPE_CONTAIN, &label), ==, n);
    g_assert_cmpstr(label, ==, expected);
    label = NULL;
    g_assert_cmpuint(
        count_related(buffer, detection, GST_ANALYTICS_REL_TYPE_RELATE_TO, &label), ==, n);
    g_assert_cmpstr(label, ==, expected);
}

static void test_detections(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    const guint first = add_detection(buffer, "car", 10);
    const guint second = add_detection(buffer, "car", 11);
    gsize length;
    VinTagRegion region;

    add_roi(buffer, "car", 11);
    tag_all(buffer, &red_or_green, 0.0, 0);
    assert_related(buffer, first, "red");
    assert_related(buffer, second, "red");
    assert_param(buffer, 0, "red", 0, 0.75);
    g_assert_cmpuint(vin_tags_get_n_regions(buffer), ==, 2);
    g_assert_true(vin_tags_get_region(buffer, 0, &region));
    g_assert_true(region.has_roi && region.has_detection);
    g_assert_cmpuint(region.detection_id, ==, second);

    /* The same again adds nothing at all. */
    length = gst_analytics_relation_get_length(gst_buffer_get_analytics_relation_meta(buffer));
    g_assert_cmpuint(length, ==, 4);
    tag_all(buffer, &red_or_green, 0.0, 0);
    g_assert_cmpuint(gst_analytics_relation_get_length(
                         gst_buffer_get_analytics_relation_meta(buffer)),
                     ==, length);
    assert_related(buffer, first, "red");

    tag_all(buffer, &blue, 0.0, 0);
    assert_related(buffer, first, "blue");
    assert_related(buffer, second, "blue");
    tag_all(buffer, &blue, 0.6, 0);
    assert_related(buffer, first, NULL);
}

/* A detector's own list of classes and another model's result are not touched. */
static void test_other_results(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    const guint detection = add_detection(buffer, "car", 10);
    GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer);
    gfloat levels[] = {0.0f, 0.0f};
    GQuark classes[] = {quarks[0], quarks[1]};
    GstAnalyticsClsMtd list, other, contained;
    guint n = 0;
    gpointer state = NULL;
    GstAnalyticsMtd any;

    gst_analytics_relation_meta_add_cls_mtd(relations, 2, levels, classes, &list);
    gst_analytics_relation_meta_set_relation(relations, GST_ANALYTICS_REL_TYPE_RELATE_TO,
                                             detection, list.id);
    gst_analytics_relation_meta_add_one_cls_mtd(relations, 0.5f, g_quark_from_string("sedan"),
                                                &other);
    gst_analytics_relation_meta_set_relation(
        relations, GST_ANALYTICS_REL_TYPE_CONTAIN | GST_ANALYTICS_REL_TYPE_RELATE_TO, detection,
        other.id);
    gst_analytics_relation_meta_add_one_cls_mtd(relations, 0.5f, quarks[2], &contained);
    gst_analytics_relation_meta_set_relation(relations, GST_ANALYTICS_REL_TYPE_CONTAIN, detection,
                                             contained.id);
    tag_all(buffer, &red_or_green, 0.0, 0);
    tag_all(buffer, &blue, 0.0, 0);
    while (gst_analytics_relation_meta_get_direct_related(relations, detection,
                                                          GST_ANALYTICS_REL_TYPE_ANY,
                                                          GST_ANALYTICS_MTD_TYPE_ANY, &state,
                                                          &any)) {
        n++;
    }
    g_assert_cmpuint(n, ==, 4);
    g_assert_cmpint(gst_analytics_relation_meta_get_relation(relations, detection, list.id), ==,
                    GST_ANALYTICS_REL_TYPE_RELATE_TO);
}

/* A frame with one tagged detection as objectdetectionoverlay draws it; NULL where there is no
 * such element. */
static char *draw(const VinResult *result)
{
    g_autoptr(GstElementFactory) factory = gst_element_factory_find("objectdetectionoverlay");
    GstVideoInfo info;
    GstBuffer *buffer;
    GstHarness *h;
    GstMapInfo map;
    char *sum;

    if (factory == NULL) {
        return NULL;
    }
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGBx, 320, 240);
    buffer = vin_plugin_test_frame(&info, 0, 0);
    add_detection(buffer, "car", 100);
    tag_all(buffer, result, 0.0, 0);
    h = gst_harness_new("objectdetectionoverlay");
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    buffer = gst_harness_push_and_pull(h, buffer);
    g_assert_nonnull(buffer);
    g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
    sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, map.data, map.size);
    gst_buffer_unmap(buffer, &map);
    gst_buffer_unref(buffer);
    gst_harness_teardown(h);
    return sum;
}

/* It writes our label at the box: another label gives another picture. */
static void test_overlay(void)
{
    static const VinResult green = {.n_top = 1, .top = {{1, 0.5f}}};
    g_autofree char *with_blue = draw(&blue);
    g_autofree char *again = NULL;
    g_autofree char *with_green = NULL;

    if (with_blue == NULL) {
        g_test_skip("no objectdetectionoverlay");
        return;
    }
    again = draw(&blue);
    with_green = draw(&green);
    g_assert_cmpstr(with_blue, ==, again);
    g_assert_cmpstr(with_blue, !=, with_green);
}

#endif

int main(int argc, char **argv)
{
    VinModelParams params = {0};
    int status;

    vin_plugin_test_init(&argc, &argv);
    vin_tag_meta_register();
    params.name = vin_plugin_test_model();
    params.labels_file = vin_plugin_test_labels();
    model = vin_model_load(&params, NULL);
    g_assert_nonnull(model);
    quarks = vin_tag_quarks_new(model);
    g_test_add_func("/region-tags/read", test_read);
    g_test_add_func("/region-tags/empty", test_empty);
    g_test_add_func("/region-tags/params", test_params);
    g_test_add_func("/region-tags/copy", test_copy);
    g_test_add_func("/region-tags/many", test_many);
    g_test_add_func("/region-tags/tagsink", test_tagsink);
#if VIN_WITH_ANALYTICS
    g_test_add_func("/region-tags/detections", test_detections);
    g_test_add_func("/region-tags/other-results", test_other_results);
    g_test_add_func("/region-tags/overlay", test_overlay);
#endif
    status = g_test_run();
    g_free(quarks);
    vin_model_unref(model);
    return status;
}
