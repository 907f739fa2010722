/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTags on buffers: written, read, replaced, and kept by the elements that stand between
 * a classifier and whoever reads it. No device.
 */
#include "plugin_test.h"
#include "tagmeta.h"

#include <math.h>
#include <vkinception/gst-tags.h>

static void add_tags(GstBuffer *buffer, const char *model, guint first, guint n)
{
    GValue array = G_VALUE_INIT;

    g_value_init(&array, GST_TYPE_ARRAY);
    for (guint i = 0; i < n; i++) {
        g_autofree char *label = g_strdup_printf("thing %u", first + i);
        GValue value = G_VALUE_INIT;
        GstStructure *tag = gst_structure_new("tag", "label", G_TYPE_STRING, label, "index",
                                              G_TYPE_UINT, first + i, "score", G_TYPE_DOUBLE,
                                              0.5 / (i + 1), NULL);

        if (i == 0) {
            gst_structure_set(tag, "wnid", G_TYPE_STRING, "n00001740", NULL);
        }
        g_value_init(&value, GST_TYPE_STRUCTURE);
        g_value_take_boxed(&value, tag);
        gst_value_array_append_and_take_value(&array, &value);
    }
    vin_tag_meta_set(buffer, model, &array, 0);
    g_value_unset(&array);
}

static void test_read(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    VinTag tag;

    g_assert_false(vin_tags_is_present(buffer));
    g_assert_null(vin_tags_get_model(buffer));
    g_assert_cmpuint(vin_tags_get_n(buffer), ==, 0);
    g_assert_false(vin_tags_get(buffer, 0, &tag));

    add_tags(buffer, "m", 7, 2);
    g_assert_true(vin_tags_is_present(buffer));
    g_assert_cmpstr(vin_tags_get_model(buffer), ==, "m");
    g_assert_cmpuint(vin_tags_get_n(buffer), ==, 2);
    g_assert_true(vin_tags_get(buffer, 0, &tag));
    g_assert_cmpstr(tag.label, ==, "thing 7");
    g_assert_cmpstr(tag.wnid, ==, "n00001740");
    g_assert_cmpuint(tag.index, ==, 7);
    g_assert_cmpfloat(tag.score, ==, 0.5);
    g_assert_true(vin_tags_get(buffer, 1, &tag));
    g_assert_cmpstr(tag.label, ==, "thing 8");
    g_assert_null(tag.wnid);
    g_assert_cmpfloat(tag.score, ==, 0.25);
    g_assert_false(vin_tags_get(buffer, 2, &tag));
}

/* Weights that are no numbers give such scores, last in the result: no tag, whatever the
 * threshold. */
static void test_scores_that_are_no_numbers(void)
{
    VinModelParams params = {.name = vin_plugin_test_model()};
    g_autoptr(VinModel) model = vin_model_load(&params, NULL);
    const VinResult none = {.n_top = 2, .top = {{0, NAN}, {1, NAN}}};
    const VinResult one = {.n_top = 3, .top = {{4, 0.25f}, {0, NAN}, {1, NAN}}};
    g_auto(GValue) no_tags = G_VALUE_INIT;
    g_auto(GValue) one_tag = G_VALUE_INIT;

    g_assert_nonnull(model);
    vin_tag_array_init(&no_tags, model, &none, 0.0);
    g_assert_cmpuint(gst_value_array_get_size(&no_tags), ==, 0);
    vin_tag_array_init(&one_tag, model, &one, 0.0);
    g_assert_cmpuint(gst_value_array_get_size(&one_tag), ==, 1);
}

/* A threshold is met by the score that prints as it; 0 leaves nothing out, be it below 0. */
static void test_threshold(void)
{
    const VinResult result = {.n_top = 4, .top = {{4, 0.7f}, {0, 0.1f}, {1, 0.0f}, {2, -3.0f}}};
    static const struct {
        double threshold;
        guint n;
    } cases[] = {{0.7, 1}, {0.7000001, 0}, {0.1, 2}, {1e-30, 2}, {0.0, 4}, {1.0, 0}};
    VinModelParams params = {.name = vin_plugin_test_model()};
    g_autoptr(VinModel) model = vin_model_load(&params, NULL);

    g_assert_nonnull(model);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GValue) tags = G_VALUE_INIT;

        vin_tag_array_init(&tags, model, &result, cases[i].threshold);
        g_assert_cmpuint(gst_value_array_get_size(&tags), ==, cases[i].n);
    }
}

static guint count_metas(GstBuffer *buffer)
{
    gpointer state = NULL;
    guint n = 0;

    while (gst_buffer_iterate_meta(buffer, &state) != NULL) {
        n++;
    }
    return n;
}

static void test_replace(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();

    add_tags(buffer, "first", 0, 5);
    add_tags(buffer, "second", 0, 0);
    g_assert_cmpuint(count_metas(buffer), ==, 1);
    g_assert_cmpstr(vin_tags_get_model(buffer), ==, "second");
    g_assert_cmpuint(vin_tags_get_n(buffer), ==, 0);
    g_assert_true(vin_tags_is_present(buffer));
    vin_tag_meta_remove(buffer);
    g_assert_cmpuint(count_metas(buffer), ==, 0);
    vin_tag_meta_remove(buffer);
}

/* Copies own their tags: what happens to one does not show in the other. */
static void test_copy(void)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    g_autoptr(GstBuffer) copy = NULL;

    add_tags(buffer, "m", 1, 3);
    copy = gst_buffer_copy(buffer);
    add_tags(buffer, "other", 1, 1);
    g_assert_cmpuint(vin_tags_get_n(copy), ==, 3);
    g_assert_cmpstr(vin_tags_get_model(copy), ==, "m");
}

static GstPadProbeReturn tag_buffer(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GstBuffer *buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));

    add_tags(buffer, "m", 100, 3);
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
}

typedef struct {
    guint n_buffers;
    guint n_tagged;
} Seen;

static GstPadProbeReturn look_at_buffer(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    Seen *seen = user_data;
    VinTag tag;

    seen->n_buffers++;
    if (vin_tags_get_n(buffer) == 3 && vin_tags_get(buffer, 2, &tag) && tag.index == 102) {
        seen->n_tagged++;
    }
    return GST_PAD_PROBE_OK;
}

/* videotestsrc, tagged, through the elements of @data to a fakesink. */
static void test_survives(gconstpointer data)
{
    g_autofree char *launch =
        g_strdup_printf("videotestsrc num-buffers=6 ! video/x-raw,format=I420,width=64,"
                        "height=48,framerate=30/1 ! identity name=in ! %s ! fakesink name=out",
                        (const char *)data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, &error);
    g_autoptr(GstElement) in = NULL;
    g_autoptr(GstElement) out = NULL;
    g_autoptr(GstPad) in_pad = NULL;
    g_autoptr(GstPad) out_pad = NULL;
    Seen seen = {0, 0};

    if (g_error_matches(error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT)) {
        g_test_skip(error->message);
        return;
    }
    g_assert_no_error(error);
    in = gst_bin_get_by_name(GST_BIN(pipeline), "in");
    out = gst_bin_get_by_name(GST_BIN(pipeline), "out");
    in_pad = gst_element_get_static_pad(in, "src");
    out_pad = gst_element_get_static_pad(out, "sink");
    gst_pad_add_probe(in_pad, GST_PAD_PROBE_TYPE_BUFFER, tag_buffer, NULL, NULL);
    gst_pad_add_probe(out_pad, GST_PAD_PROBE_TYPE_BUFFER, look_at_buffer, &seen, NULL);
    g_assert_true(vin_plugin_test_run(pipeline, 10));
    g_assert_cmpuint(seen.n_buffers, >=, 3);
    g_assert_cmpuint(seen.n_tagged, ==, seen.n_buffers);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    vin_tag_meta_register();
    g_test_add_func("/tagmeta/read", test_read);
    g_test_add_func("/tagmeta/replace", test_replace);
    g_test_add_func("/tagmeta/copy", test_copy);
    g_test_add_func("/tagmeta/threshold", test_threshold);
    g_test_add_func("/tagmeta/no-numbers", test_scores_that_are_no_numbers);
    g_test_add_data_func("/tagmeta/survives/queue", "queue", test_survives);
    g_test_add_data_func("/tagmeta/survives/tee", "tee name=t t. ! queue ! fakesink t. ! queue",
                         test_survives);
    g_test_add_data_func("/tagmeta/survives/videoscale",
                         "videoscale ! video/x-raw,width=32,height=99", test_survives);
    g_test_add_data_func("/tagmeta/survives/videoconvert",
                         "videoconvert ! video/x-raw,format=BGRx", test_survives);
    g_test_add_data_func("/tagmeta/survives/videocrop", "videocrop left=7 bottom=5",
                         test_survives);
    g_test_add_data_func("/tagmeta/survives/videorate-up",
                         "videorate ! video/x-raw,framerate=60/1", test_survives);
    g_test_add_data_func("/tagmeta/survives/videorate-down",
                         "videorate ! video/x-raw,framerate=15/1", test_survives);
    g_test_add_data_func("/tagmeta/survives/videoflip", "videoflip method=clockwise",
                         test_survives);
    g_test_add_data_func("/tagmeta/survives/videobox", "videobox left=-8 top=4", test_survives);
#ifndef __SANITIZE_ADDRESS__ /* these elements leave memory in the driver */
    g_test_add_data_func("/tagmeta/survives/vulkan",
                         "videoconvert ! video/x-raw,format=RGBA ! vulkanupload ! "
                         "vulkandownload", test_survives);
#endif
    return g_test_run();
}
