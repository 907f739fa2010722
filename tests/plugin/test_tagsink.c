/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * tagsink: one line a buffer, at once, in order, and its failures. Lines of classified frames
 * need a device, the rest does not.
 */
#include "plugin_test.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstharness.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

static char *tag_path(void)
{
    return g_build_filename(vin_plugin_test_folder(), "tags.jsonl", NULL);
}

/* The lines of the file; the text has to end with a line end. */
static GStrv read_lines(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    gsize n = 0;

    g_file_get_contents(path, &text, &n, &error);
    g_assert_no_error(error);
    if (n > 0) {
        g_assert_cmpint(text[n - 1], ==, '\n');
        text[n - 1] = '\0';
    }
    return g_strsplit(text, "\n", -1);
}

static JsonObject *parse_line(JsonParser *parser, const char *line)
{
    g_autoptr(GError) error = NULL;

    json_parser_load_from_data(parser, line, -1, &error);
    g_assert_no_error(error);
    return json_node_get_object(json_parser_get_root(parser));
}

static void test_untagged(void)
{
    g_autofree char *path = tag_path();
    g_autofree char *launch = g_strdup_printf(
        "videotestsrc num-buffers=3 ! video/x-raw,framerate=25/1 ! tagsink location=%s", path);
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, NULL);
    g_auto(GStrv) lines = NULL;

    g_assert_true(vin_plugin_test_run(pipeline, 10));
    lines = read_lines(path);
    g_assert_cmpuint(g_strv_length(lines), ==, 3);
    g_assert_cmpstr(lines[0], ==,
                    "{\"frame\":0,\"running_time\":0,\"duration\":40000000,\"model\":null,"
                    "\"tags\":[]}");
    g_assert_cmpstr(lines[2], ==,
                    "{\"frame\":2,\"running_time\":80000000,\"duration\":40000000,"
                    "\"model\":null,\"tags\":[]}");
}

/* Running time, not the buffer's own; null where there is none; each line at once. */
static void test_times(void)
{
    g_autofree char *path = tag_path();
    g_autofree char *launch = g_strdup_printf("tagsink location=%s", path);
    GstHarness *h = gst_harness_new_parse(launch);
    GstSegment segment;
    g_auto(GStrv) first = NULL;
    g_auto(GStrv) lines = NULL;
    GstBuffer *buffer = gst_buffer_new();

    gst_harness_set_src_caps_str(h, "video/x-raw");
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.start = segment.position = segment.time = 10 * GST_SECOND;
    segment.base = 3 * GST_SECOND;
    gst_harness_push_event(h, gst_event_new_segment(&segment));
    GST_BUFFER_PTS(buffer) = 11 * GST_SECOND;
    g_assert_cmpint(gst_harness_push(h, buffer), ==, GST_FLOW_OK);
    first = read_lines(path);
    g_assert_cmpstr(first[0], ==,
                    "{\"frame\":0,\"running_time\":4000000000,\"duration\":null,"
                    "\"model\":null,\"tags\":[]}");
    g_assert_cmpint(gst_harness_push(h, gst_buffer_new()), ==, GST_FLOW_OK);
    lines = read_lines(path);
    g_assert_cmpstr(lines[1], ==,
                    "{\"frame\":1,\"running_time\":null,\"duration\":null,\"model\":null,"
                    "\"tags\":[]}");
    gst_harness_teardown(h);
}

static void check_line(const char *line, guint number)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    JsonObject *root = parse_line(parser, line);
    JsonArray *tags = json_object_get_array_member(root, "tags");
    JsonObject *tag;
    double before = 1.0;

    g_assert_cmpint(json_object_get_int_member(root, "frame"), ==, number);
    g_assert_cmpint(json_object_get_int_member(root, "running_time"), ==,
                    number * 40 * GST_MSECOND);
    g_assert_cmpstr(json_object_get_string_member(root, "model"), ==, "tiny");
    g_assert_cmpuint(json_array_get_length(tags), ==, 4);
    for (guint i = 0; i < 4; i++) {
        tag = json_array_get_object_element(tags, i);
        g_assert_cmpfloat(json_object_get_double_member(tag, "score"), <=, before);
        before = json_object_get_double_member(tag, "score");
        g_assert_true(json_object_has_member(tag, "wnid"));
    }
    tag = json_array_get_object_element(tags, 0);
    g_assert_cmpstr(json_object_get_string_member(tag, "label"), ==, "blue");
    g_assert_cmpint(json_object_get_int_member(tag, "index"), ==, 2);
}

static void test_classified(void)
{
    g_autofree char *path = tag_path();
    g_autofree char *classifier = vin_plugin_test_launch("top-k=4");
    g_autofree char *launch =
        g_strdup_printf("videotestsrc num-buffers=30 pattern=blue ! video/x-raw,width=64,"
                        "height=48,framerate=25/1 ! %s ! videoconvert ! videoscale ! "
                        "video/x-raw,format=RGB,width=20 ! queue ! tagsink location=%s",
                        classifier, path);
    g_autoptr(GstElement) pipeline = NULL;
    g_auto(GStrv) lines = NULL;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    pipeline = gst_parse_launch(launch, NULL);
    g_assert_true(vin_plugin_test_run(pipeline, 20));
    lines = read_lines(path);
    g_assert_cmpuint(g_strv_length(lines), ==, 30);
    for (guint i = 0; i < 30; i++) {
        check_line(lines[i], i);
    }
}

/* The file is open from READY on: the property then goes on telling its name. */
static void test_location_of_open_file(void)
{
    g_autofree char *path = tag_path();
    g_autofree char *shown = NULL;
    g_autoptr(GstElement) sink = gst_object_ref_sink(gst_element_factory_make("tagsink", NULL));
    GParamSpec *spec = g_object_class_find_property(G_OBJECT_GET_CLASS(sink), "location");

    g_assert_false(spec->flags & GST_PARAM_MUTABLE_READY);
    g_object_set(sink, "location", path, NULL);
    g_assert_cmpint(gst_element_set_state(sink, GST_STATE_READY), ==, GST_STATE_CHANGE_SUCCESS);
    g_object_set(sink, "location", "/no/such/folder/tags.jsonl", NULL);
    g_object_get(sink, "location", &shown, NULL);
    g_assert_cmpstr(shown, ==, path);
    g_assert_cmpint(gst_element_set_state(sink, GST_STATE_NULL), ==, GST_STATE_CHANGE_SUCCESS);
    g_object_set(sink, "location", "other.jsonl", NULL);
    g_free(g_steal_pointer(&shown));
    g_object_get(sink, "location", &shown, NULL);
    g_assert_cmpstr(shown, ==, "other.jsonl");
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* Runs "videotestsrc ! tagsink" into what cannot take it; the sink's own first error. */
static void assert_write_fails(const char *location, gint code)
{
    g_autofree char *launch =
        g_strdup_printf("videotestsrc num-buffers=100 ! tagsink name=sink location=%s", location);
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, NULL);
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    guint n_sink_errors = 0;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    /* The source has its own word about a stream that stopped, after the sink's. */
    while ((message = gst_bus_timed_pop_filtered(bus, 10 * GST_SECOND,
                                                 GST_MESSAGE_ERROR | GST_MESSAGE_EOS)) != NULL) {
        g_autoptr(GError) error = NULL;
        gboolean from_sink = strcmp(GST_OBJECT_NAME(message->src), "sink") == 0;

        g_assert_cmpint(GST_MESSAGE_TYPE(message), ==, GST_MESSAGE_ERROR);
        gst_message_parse_error(message, &error, NULL);
        gst_message_unref(message);
        if (!from_sink) {
            break;
        }
        g_assert_error(error, GST_RESOURCE_ERROR, code);
        n_sink_errors++;
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    g_assert_cmpuint(n_sink_errors, ==, 1);
}

static void test_disk_full(void)
{
    if (access("/dev/full", W_OK) != 0) {
        g_test_skip("no /dev/full");
        return;
    }
    assert_write_fails("/dev/full", GST_RESOURCE_ERROR_NO_SPACE_LEFT);
}

static void test_closed_pipe(void)
{
    g_autofree char *path = NULL;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    path = g_strdup_printf("/dev/fd/%d", ends[1]);
    /* Opening waits for a reader; it is gone when the first line is written. */
    {
        g_autofree char *launch = g_strdup_printf("tagsink location=%s", path);
        GstHarness *h = gst_harness_new_parse(launch);

        gst_harness_set_src_caps_str(h, "video/x-raw");
        g_assert_cmpint(gst_harness_push(h, gst_buffer_new()), ==, GST_FLOW_OK);
        close(ends[0]);
        g_assert_cmpint(gst_harness_push(h, gst_buffer_new()), ==, GST_FLOW_ERROR);
        gst_harness_teardown(h);
    }
    close(ends[1]);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/tagsink/untagged", test_untagged);
    g_test_add_func("/tagsink/times", test_times);
    g_test_add_func("/tagsink/classified", test_classified);
    g_test_add_func("/tagsink/location-of-open-file", test_location_of_open_file);
    g_test_add_func("/tagsink/disk-full", test_disk_full);
    g_test_add_func("/tagsink/closed-pipe", test_closed_pipe);
    return g_test_run();
}
