/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes wrong when a pipeline starts: one error message that says what, within two
 * seconds, and a non-zero exit code of gst-launch-1.0.
 */
#include "plugin_test.h"

#include "support/tiny_model.h"

#include <gio/gio.h>
#include <string.h>

#define LIMIT_US (2 * G_USEC_PER_SEC)

/* Starts "videotestsrc ! ELEMENTS" and checks its one error. */
static void assert_fails(const char *elements, GQuark domain, gint code, const char *words)
{
    g_autofree char *launch = g_strdup_printf("videotestsrc num-buffers=3 ! %s", elements);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, &error);
    gint64 start = g_get_monotonic_time();
    guint n_errors;

    g_assert_no_error(error);
    g_assert_cmpint(gst_element_set_state(pipeline, GST_STATE_PAUSED), ==,
                    GST_STATE_CHANGE_FAILURE);
    g_assert_cmpint(g_get_monotonic_time() - start, <, LIMIT_US);
    n_errors = vin_plugin_test_count_errors(pipeline, &error);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    g_assert_cmpuint(n_errors, ==, 1);
    g_test_message("%s", error->message);
    g_assert_error(error, domain, code);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_wrong_heads(void)
{
    assert_fails("vulkaninception heads=main,nose ! fakesink", GST_LIBRARY_ERROR,
                 GST_LIBRARY_ERROR_SETTINGS, "it has: main, head_a, head_b");
    assert_fails("vulkaninception heads=all head-weights=1,2 ! fakesink", GST_LIBRARY_ERROR,
                 GST_LIBRARY_ERROR_SETTINGS, "2 numbers for 3 heads");
}

static void test_wrong_labels(void)
{
    if (!vin_plugin_test_has_device()) {
        return;
    }
    assert_fails("vulkaninception allow-labels=\"blakc, snow\" ! fakesink", GST_LIBRARY_ERROR,
                 GST_LIBRARY_ERROR_SETTINGS, "allow-labels: \"blakc\" is no label, WordNet id or "
                 "index of the model; like it: black");
    assert_fails("vulkaninception deny-labels=* ! fakesink", GST_LIBRARY_ERROR,
                 GST_LIBRARY_ERROR_SETTINGS, "leave none of the");
    assert_fails("vulkaninception allow-labels=1234 ! fakesink", GST_LIBRARY_ERROR,
                 GST_LIBRARY_ERROR_SETTINGS, "index 1234 is past the last class");
}

static void test_missing_model(void)
{
    assert_fails("vulkaninception model=nosuchmodel ! fakesink", GST_RESOURCE_ERROR,
                 GST_RESOURCE_ERROR_NOT_FOUND, "nosuchmodel");
    assert_fails("vulkaninception model=/no/such/file.onnx ! fakesink", GST_RESOURCE_ERROR,
                 GST_RESOURCE_ERROR_NOT_FOUND, "/no/such/file.onnx");
}

/* There, but nothing to read. */
static void test_unreadable_model(void)
{
    g_autofree char *elements =
        g_strdup_printf("vulkaninception model=%s ! fakesink", vin_plugin_test_folder());

    assert_fails(elements, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 vin_plugin_test_folder());
}

static void write_file(const char *name, const char *text, gssize n, char **path)
{
    g_autoptr(GError) error = NULL;

    *path = g_build_filename(vin_plugin_test_folder(), name, NULL);
    g_file_set_contents(*path, text, n, &error);
    g_assert_no_error(error);
}

static void test_text_as_model(void)
{
    g_autofree char *path = NULL;
    g_autofree char *elements = NULL;

    write_file("text.onnx", "These are words, not a network.\n", -1, &path);
    elements = g_strdup_printf("vulkaninception model=%s ! fakesink", path);
    assert_fails(elements, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "text.onnx");
}

static void test_truncated_model(void)
{
    g_autofree char *whole = NULL;
    g_autofree char *path = NULL;
    g_autofree char *elements = NULL;
    gsize n_bytes = 0;

    g_assert_true(g_file_get_contents(vin_plugin_test_model(), &whole, &n_bytes, NULL));
    write_file("cut.onnx", whole, (gssize)(n_bytes / 2), &path);
    elements = g_strdup_printf("vulkaninception model=%s ! fakesink", path);
    assert_fails(elements, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "cut.onnx");
}

static void test_label_count(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *model = g_build_filename(vin_plugin_test_folder(), "thousand.onnx", NULL);
    g_autofree char *labels = NULL;
    g_autofree char *elements = NULL;

    vin_tiny_model_write(model, 1000, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 999; i++) {
        g_string_append_printf(text, "thing %u\n", i);
    }
    write_file("999.txt", text->str, -1, &labels);
    elements = g_strdup_printf("vulkaninception model=%s labels-file=%s ! fakesink", model,
                               labels);
    assert_fails(elements, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT, "999");
}

static void test_missing_labels(void)
{
    g_autofree char *elements =
        g_strdup_printf("vulkaninception model=%s labels-file=/no/such/labels.txt ! fakesink",
                        vin_plugin_test_model());

    assert_fails(elements, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
                 "/no/such/labels.txt");
}

static void test_no_such_device(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("device=nosuchdevice ! fakesink");

    if (!vin_plugin_test_has_device()) {
        return;
    }
    assert_fails(classifier, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, "nosuchdevice");
}

/* In a process without drivers, which test_no_driver() starts. */
static void test_without_driver(void)
{
    g_autofree char *classifier = vin_plugin_test_launch("! fakesink");

    assert_fails(classifier, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, "driver");
}

static const char *self_path;

static void test_no_driver(void)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;

    g_subprocess_launcher_setenv(launcher, "VK_ICD_FILENAMES", "/dev/null", TRUE);
    g_subprocess_launcher_setenv(launcher, "VK_DRIVER_FILES", "/dev/null", TRUE);
    process = g_subprocess_launcher_spawn(launcher, &error, self_path, NULL);
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, &output, NULL, NULL));
    g_test_message("%s", output);
    g_assert_true(g_subprocess_get_successful(process));
    g_assert_nonnull(strstr(output, "ok 1 /errors/without-driver"));
}

static void test_unwritable_tag_file(void)
{
    assert_fails("tagsink location=/no/such/folder/tags.jsonl", GST_RESOURCE_ERROR,
                 GST_RESOURCE_ERROR_OPEN_WRITE, "/no/such/folder/tags.jsonl");
    assert_fails("tagsink location=/", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_WRITE, "/");
}

/* As a user meets it. */
static void test_exit_code(void)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_autoptr(GSubprocess) process = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *output = NULL;
    const char *found;
    guint n = 0;

#ifdef __SANITIZE_ADDRESS__
    g_test_skip("gst-launch-1.0 cannot load a plugin with sanitizers");
    return;
#endif
    g_subprocess_launcher_setenv(launcher, "GST_PLUGIN_PATH", VIN_PLUGIN_FOLDER, TRUE);
    process = g_subprocess_launcher_spawn(
        launcher, &error, "gst-launch-1.0", "videotestsrc", "num-buffers=1", "!",
        "vulkaninception", "model=nosuchmodel", "!", "fakesink", NULL);
    if (g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT)) {
        g_test_skip("no gst-launch-1.0");
        return;
    }
    g_assert_no_error(error);
    g_assert_true(g_subprocess_communicate_utf8(process, NULL, NULL, NULL, &output, NULL));
    g_assert_true(g_subprocess_get_if_exited(process));
    g_assert_cmpint(g_subprocess_get_exit_status(process), !=, 0);
    for (found = output; (found = strstr(found, "ERROR: from element")) != NULL; found++) {
        n++;
    }
    g_assert_cmpuint(n, ==, 1);
}

int main(int argc, char **argv)
{
    gboolean has_no_driver = g_strcmp0(g_getenv("VK_DRIVER_FILES"), "/dev/null") == 0;

    self_path = argv[0];
    vin_plugin_test_init(&argc, &argv);
    if (has_no_driver) {
        g_test_add_func("/errors/without-driver", test_without_driver);
        return g_test_run();
    }
    g_test_add_func("/errors/wrong-heads", test_wrong_heads);
    g_test_add_func("/errors/wrong-labels", test_wrong_labels);
    g_test_add_func("/errors/missing-model", test_missing_model);
    g_test_add_func("/errors/unreadable-model", test_unreadable_model);
    g_test_add_func("/errors/text-as-model", test_text_as_model);
    g_test_add_func("/errors/truncated-model", test_truncated_model);
    g_test_add_func("/errors/label-count", test_label_count);
    g_test_add_func("/errors/missing-labels", test_missing_labels);
    g_test_add_func("/errors/no-such-device", test_no_such_device);
    g_test_add_func("/errors/no-driver", test_no_driver);
    g_test_add_func("/errors/unwritable-tag-file", test_unwritable_tag_file);
    g_test_add_func("/errors/exit-code", test_exit_code);
    return g_test_run();
}
