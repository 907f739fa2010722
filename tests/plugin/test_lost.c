/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A device that fails under a running pipeline, or is not there at its start: with on-error=stop
 * one error on the bus and a clean NULL, with on-error=pass one warning and untagged frames.
 */
#include "plugin_test.h"

#include "shim.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#define N_FRAMES 30
#define N_GOOD 12 /* frames before the device fails */

typedef struct {
    GstElement *pipeline;
    guint n_tagged, n_plain;   /* buffers that came out */
    guint n_errors, n_warnings;
    gboolean eos;
    char *text;                /* of the first error or warning */
} Run;

static GstPadProbeReturn on_buffer(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    Run *run = user_data;

    if (vin_tags_is_present(gst_pad_probe_info_get_buffer(info))) {
        run->n_tagged++;
    } else {
        run->n_plain++;
    }
    return GST_PAD_PROBE_OK;
}

/* FALSE, with the test marked as skipped, without a device. */
static gboolean run_init(Run *run, const char *properties)
{
    g_autofree char *classifier = vin_plugin_test_launch(properties);
    g_autofree char *launch = g_strdup_printf(
        "videotestsrc num-buffers=%d ! video/x-raw,width=64,height=48,format=RGB ! %s ! "
        "fakesink name=out", N_FRAMES, classifier);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) out = NULL;
    g_autoptr(GstPad) pad = NULL;

    memset(run, 0, sizeof *run);
    if (!vin_plugin_test_has_device()) {
        return FALSE;
    }
    run->pipeline = gst_parse_launch(launch, &error);
    g_assert_no_error(error);
    out = gst_bin_get_by_name(GST_BIN(run->pipeline), "out");
    pad = gst_element_get_static_pad(out, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, run, NULL);
    shim_reset();
    return TRUE;
}

static void count_message(Run *run, GstMessage *message)
{
    const gboolean is_error = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
    g_autoptr(GError) error = NULL;

    if (is_error) {
        gst_message_parse_error(message, &error, NULL);
        run->n_errors++;
    } else {
        gst_message_parse_warning(message, &error, NULL);
        run->n_warnings++;
    }
    g_test_message("%s: %s: %s", GST_OBJECT_NAME(GST_MESSAGE_SRC(message)),
                   is_error ? "error" : "warning", error->message);
    if (run->text == NULL) {
        run->text = g_strdup(error->message);
    }
}

/* Plays until EOS, which follows an error, too; @n_good network runs go well first. */
static void play(Run *run, const char *entry, guint n_good, VkResult result)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(run->pipeline);
    GstMessage *message;

    if (n_good > 0) {
        gst_element_set_state(run->pipeline, GST_STATE_READY);
        g_assert_cmpint(gst_element_set_state(run->pipeline, GST_STATE_PAUSED), !=,
                        GST_STATE_CHANGE_FAILURE);
        gst_element_get_state(run->pipeline, NULL, NULL, 20 * GST_SECOND); /* one frame */
    }
    if (entry != NULL) {
        shim_fail(entry, MAX(n_good, 1), result, FALSE);
    }
    gst_element_set_state(run->pipeline, GST_STATE_PLAYING);
    while (!run->eos &&
           (message = gst_bus_timed_pop_filtered(
                bus, (run->n_errors > 0 ? 1 : 20) * GST_SECOND,
                GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING)) != NULL) {
        if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
            run->eos = TRUE;
        } else {
            count_message(run, message);
        }
        gst_message_unref(message);
    }
}

static void run_clear(Run *run)
{
    const gint64 start = g_get_monotonic_time();
    g_autofree char *live = NULL;

    g_assert_cmpint(gst_element_set_state(run->pipeline, GST_STATE_NULL), ==,
                    GST_STATE_CHANGE_SUCCESS);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 5 * G_USEC_PER_SEC);
    gst_object_unref(run->pipeline);
    g_free(run->text);
    if (shim_n_live(&live) != 0) {
        g_error("left alive:%s", live);
    }
}

static void check_stops(const char *entry, VkResult result, const char *words)
{
    Run run;

    if (!run_init(&run, "max-in-flight=1")) {
        return;
    }
    play(&run, entry, N_GOOD, result);
    g_assert_cmpstr(shim_fired(), ==, entry);
    g_assert_cmpuint(run.n_errors, ==, 1);
    g_assert_cmpuint(run.n_warnings, ==, 0);
    if (strcmp(entry, "vkQueueSubmit") == 0) { /* once a frame; how often waited is chance */
        g_assert_cmpuint(run.n_tagged, ==, N_GOOD);
    } else {
        g_assert_cmpuint(run.n_tagged, >, 0);
        g_assert_cmpuint(run.n_tagged, <=, N_GOOD);
    }
    g_assert_cmpuint(run.n_plain, ==, 0);
    g_assert_nonnull(strstr(run.text, entry));
    g_assert_nonnull(strstr(run.text, words));
    run_clear(&run);
}

/* Of several frames in flight those before the failure come out. */
static void check_stops_in_flight(const char *entry)
{
    Run run;

    if (!run_init(&run, "max-in-flight=4")) {
        return;
    }
    play(&run, entry, N_GOOD, VK_ERROR_DEVICE_LOST);
    g_assert_cmpuint(run.n_errors, ==, 1);
    g_assert_cmpuint(run.n_warnings, ==, 0);
    g_assert_cmpuint(run.n_tagged, >, 0);
    g_assert_cmpuint(run.n_tagged, <=, N_GOOD + 4); /* some went in before it was counted */
    g_assert_cmpuint(run.n_plain, ==, 0);
    run_clear(&run);
}

static void test_stop_in_flight(void)
{
    check_stops_in_flight("vkQueueSubmit");
    check_stops_in_flight("vkWaitForFences");
}

static void test_stop(void)
{
    check_stops("vkQueueSubmit", VK_ERROR_DEVICE_LOST, "set the pipeline to NULL");
    check_stops("vkWaitForFences", VK_ERROR_DEVICE_LOST, "was lost");
    check_stops("vkQueueSubmit", VK_ERROR_OUT_OF_DEVICE_MEMORY, "OUT_OF_DEVICE_MEMORY");
}

static void test_pass(void)
{
    Run run;

    if (!run_init(&run, "on-error=pass max-in-flight=1")) {
        return;
    }
    play(&run, "vkQueueSubmit", N_GOOD, VK_ERROR_DEVICE_LOST);
    g_assert_cmpuint(run.n_errors, ==, 0);
    g_assert_cmpuint(run.n_warnings, ==, 1);
    g_assert_true(run.eos);
    g_assert_cmpuint(run.n_tagged, ==, N_GOOD);
    g_assert_cmpuint(run.n_plain, ==, N_FRAMES - N_GOOD);
    g_assert_nonnull(strstr(run.text, "frames pass without tags"));
    run_clear(&run);
}

/* Where the device is not lost, the next frame may go well again. */
static void test_pass_once(void)
{
    Run run;

    if (!run_init(&run, "on-error=pass max-in-flight=1")) {
        return;
    }
    play(&run, "vkQueueSubmit", N_GOOD, VK_ERROR_OUT_OF_HOST_MEMORY);
    g_assert_cmpuint(run.n_errors, ==, 0);
    g_assert_cmpuint(run.n_warnings, ==, 1);
    g_assert_cmpuint(run.n_plain, ==, 1);
    g_assert_cmpuint(run.n_tagged, ==, N_FRAMES - 1);
    run_clear(&run);
}

/* A wait that fails once is tried again. */
static void test_wait_once(void)
{
    Run run;

    if (!run_init(&run, "max-in-flight=1")) {
        return;
    }
    play(&run, "vkWaitForFences", N_GOOD, VK_ERROR_OUT_OF_HOST_MEMORY);
    g_assert_cmpstr(shim_fired(), ==, "vkWaitForFences");
    g_assert_cmpuint(run.n_tagged + run.n_errors, >=, N_GOOD / 2);
    g_assert_true(run.n_errors == 1 || run.n_tagged == N_FRAMES);
    run_clear(&run);
}

static void check_restart(const char *properties)
{
    Run run;

    if (!run_init(&run, properties)) {
        return;
    }
    play(&run, "vkQueueSubmit", N_GOOD, VK_ERROR_DEVICE_LOST);
    g_assert_cmpuint(run.n_errors + run.n_warnings, ==, 1);
    gst_element_set_state(run.pipeline, GST_STATE_NULL);
    run.n_tagged = run.n_plain = run.n_errors = run.n_warnings = 0;
    run.eos = FALSE;
    shim_reset();
    play(&run, NULL, 0, VK_SUCCESS);
    g_assert_cmpuint(run.n_errors + run.n_warnings, ==, 0);
    g_assert_cmpuint(run.n_tagged, ==, N_FRAMES);
    run_clear(&run);
}

/* From NULL the device is opened anew. */
static void test_restart(void)
{
    check_restart("");
    check_restart("on-error=pass");
}

static gboolean is_tagged(GstHarness *h, const GstVideoInfo *info, guint number)
{
    g_autoptr(GstBuffer) out =
        gst_harness_push_and_pull(h, vin_plugin_test_frame(info, 0xff0000, number));

    return vin_tags_is_present(out);
}

/* With on-error=pass a lost device is opened again while the stream goes on. */
static void test_comes_back(void)
{
    g_autofree char *launch = vin_plugin_test_launch("on-error=pass");
    const gint64 start = g_get_monotonic_time();
    GstVideoInfo info;
    GstHarness *h;
    guint n = 1;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = gst_harness_new_parse(launch);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 48);
    gst_harness_set_src_caps(h, gst_video_info_to_caps(&info));
    g_assert_true(is_tagged(h, &info, 0));
    shim_fail("vkQueueSubmit", 1, VK_ERROR_DEVICE_LOST, FALSE);
    g_assert_false(is_tagged(h, &info, n++));
    shim_reset();
    while (!is_tagged(h, &info, n++)) {
        g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
        g_usleep(100000);
    }
    g_assert_cmpint(g_get_monotonic_time() - start, >, 4 * G_USEC_PER_SEC);
    gst_harness_teardown(h);
}

static void test_start_stop(void)
{
    g_autoptr(GError) error = NULL;
    Run run;

    if (!run_init(&run, "")) {
        return;
    }
    shim_fail("vkCreateDevice", 1, VK_ERROR_INITIALIZATION_FAILED, FALSE);
    g_assert_cmpint(gst_element_set_state(run.pipeline, GST_STATE_PLAYING), ==,
                    GST_STATE_CHANGE_FAILURE);
    g_assert_cmpuint(vin_plugin_test_count_errors(run.pipeline, &error), ==, 1);
    g_assert_nonnull(strstr(error->message, "vkCreateDevice"));
    run_clear(&run);
}

static void check_start_passes(const char *entry, guint n, VkResult result)
{
    Run run;

    if (!run_init(&run, "on-error=pass")) {
        return;
    }
    shim_fail(entry, n, result, FALSE);
    play(&run, NULL, 0, VK_SUCCESS);
    g_assert_cmpstr(shim_fired(), ==, entry);
    g_assert_cmpuint(run.n_errors, ==, 0);
    g_assert_cmpuint(run.n_warnings, ==, 1);
    g_assert_true(run.eos);
    g_assert_cmpuint(run.n_tagged, ==, 0);
    g_assert_cmpuint(run.n_plain, ==, N_FRAMES);
    run_clear(&run);
}

/* Gone between the list and the opening; lost in the warm-up; too small. */
static void test_start_pass(void)
{
    check_start_passes("vkCreateDevice", 1, VK_ERROR_INITIALIZATION_FAILED);
    check_start_passes("vkQueueSubmit", 1, VK_ERROR_DEVICE_LOST);
    check_start_passes("vkAllocateMemory", 2, VK_ERROR_OUT_OF_DEVICE_MEMORY);
}

/* A wrong model is not the device's fault. */
static void test_start_pass_model(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = gst_parse_launch(
        "videotestsrc num-buffers=3 ! vulkaninception model=nosuchmodel on-error=pass ! fakesink",
        &error);

    g_assert_no_error(error);
    g_assert_cmpint(gst_element_set_state(pipeline, GST_STATE_PAUSED), ==,
                    GST_STATE_CHANGE_FAILURE);
    g_assert_cmpuint(vin_plugin_test_count_errors(pipeline, &error), ==, 1);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

/* One of two elements of a process loses its device; the other goes on. */
static void test_other_goes_on(void)
{
    Run lost, other;

    if (!run_init(&lost, "on-error=pass") || !run_init(&other, "")) {
        return;
    }
    play(&lost, "vkQueueSubmit", N_GOOD, VK_ERROR_DEVICE_LOST);
    g_assert_cmpuint(lost.n_warnings, ==, 1);
    play(&other, NULL, 0, VK_SUCCESS);
    g_assert_cmpuint(other.n_errors + other.n_warnings, ==, 0);
    g_assert_cmpuint(other.n_tagged, ==, N_FRAMES);
    gst_element_set_state(lost.pipeline, GST_STATE_NULL);
    run_clear(&other);
    run_clear(&lost);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/lost/stop", test_stop);
    g_test_add_func("/lost/stop-in-flight", test_stop_in_flight);
    g_test_add_func("/lost/pass", test_pass);
    g_test_add_func("/lost/pass-once", test_pass_once);
    g_test_add_func("/lost/wait-once", test_wait_once);
    g_test_add_func("/lost/restart", test_restart);
    g_test_add_func("/lost/comes-back", test_comes_back);
    g_test_add_func("/lost/start-stop", test_start_stop);
    g_test_add_func("/lost/start-pass", test_start_pass);
    g_test_add_func("/lost/start-pass-model", test_start_pass_model);
    g_test_add_func("/lost/other-goes-on", test_other_goes_on);
    return g_test_run();
}
