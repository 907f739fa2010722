/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The main job on real clips, as gst-launch-1.0 does it: one line a frame, in order, none
 * missing, and the right label. Needs the folder of reference data.
 */
#include "plugin_test.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* The path of a file of the reference data; NULL, with the test skipped, when absent. */
static char *shared_file(const char *folder, const char *name)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    char *path = g_build_filename(shared != NULL ? shared : ".", folder, name, NULL);

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no reference data in VIN_SHARED_DIR");
        g_clear_pointer(&path, g_free);
    }
    return path;
}

static gboolean is_missing_decoder(const GError *error)
{
    return g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND) ||
           g_error_matches(error, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
}

/* CLIP ! CLASSIFIER ! tagsink; FALSE, with the test skipped, where no decoder takes it. */
static gboolean tag_clip(const char *clip, const char *classifier, const char *tags)
{
    g_autofree char *uri = gst_filename_to_uri(clip, NULL);
    g_autofree char *launch =
        g_strdup_printf("uridecodebin uri=%s ! videoconvert ! %s ! tagsink location=%s", uri,
                        classifier, tags);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, &error);
    g_autoptr(GstBus) bus = NULL;
    g_autoptr(GstMessage) message = NULL;

    g_assert_no_error(error);
    bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE,
                                         GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        if (is_missing_decoder(error)) {
            g_test_skip(error->message);
            return FALSE;
        }
        g_assert_no_error(error);
    }
    return TRUE;
}

/* How many lines, which have to be numbered and timed in order, all with @label first unless
 * that is NULL. */
static guint check_lines(const char *path, const char *label)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gint64 before = -1;
    guint n = 0;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    lines = g_strsplit(text, "\n", -1);
    for (; lines[n][0] != '\0'; n++) {
        g_autoptr(JsonParser) parser = json_parser_new();
        JsonObject *root;
        JsonArray *tags;
        gint64 time;

        g_assert_true(json_parser_load_from_data(parser, lines[n], -1, NULL));
        root = json_node_get_object(json_parser_get_root(parser));
        tags = json_object_get_array_member(root, "tags");
        time = json_object_get_int_member(root, "running_time");
        g_assert_cmpint(json_object_get_int_member(root, "frame"), ==, n);
        g_assert_cmpint(time, >, before);
        g_assert_cmpuint(json_array_get_length(tags), ==, 5);
        if (label != NULL) {
            JsonObject *top = json_array_get_object_element(tags, 0);

            g_assert_cmpstr(json_object_get_string_member(top, "label"), ==, label);
        }
        before = time;
    }
    return n;
}

static void run_clip(const char *clip, const char *classifier, const char *label, guint n_frames)
{
    g_autofree char *tags = g_build_filename(vin_plugin_test_folder(), "clip.jsonl", NULL);
    g_autofree char *path = NULL;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    path = shared_file("videos", clip);
    if (path != NULL && tag_clip(path, classifier, tags)) {
        g_assert_cmpuint(check_lines(tags, label), ==, n_frames);
    }
}

static void test_cars(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("");

    run_clip("car-detection.mp4", classifier, NULL, 377);
}

static void test_bottles(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("");

    run_clip("bottle-detection.mp4", classifier, NULL, 1189);
}

/* Minutes on a software device. */
static void test_bottle_labels(void)
{
    g_autofree char *model = NULL;
    g_autofree char *classifier = NULL;

    if (g_getenv("VIN_TEST_FULL") == NULL) {
        g_test_skip("only with VIN_TEST_FULL set");
        return;
    }
    model = shared_file("models", "googlenet.onnx");
    if (model != NULL) {
        classifier = g_strdup_printf("vulkaninception model=%s", model);
        run_clip("bottle-detection.mp4", classifier, "water bottle", 1189);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/clips/cars", test_cars);
    g_test_add_func("/clips/bottles", test_bottles);
    g_test_add_func("/clips/bottle-labels", test_bottle_labels);
    return g_test_run();
}
