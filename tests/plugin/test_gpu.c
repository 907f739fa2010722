/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Video in Vulkan images: the tags are those of system memory, to the last digit; the images go on
 * as they came, and in a state that the next element can use; the device is found by context.
 */
#include <gst/app/gstappsink.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#include "gpu_rig.h"
#include "plugin_test.h"

/* Of every buffer. */
typedef struct {
    GString *lines;
    guint n_images;
} Seen;

static GstPadProbeReturn see(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    Seen *seen = user_data;
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);

    gpu_rig_append_tags(buffer, seen->lines);
    seen->n_images += gst_is_vulkan_image_memory(gst_buffer_peek_memory(buffer, 0));
    return GST_PAD_PROBE_OK;
}

static void watch(GstElement *pipeline, const char *name, Seen *seen)
{
    g_autoptr(GstElement) element = gst_bin_get_by_name(GST_BIN(pipeline), name);
    g_autoptr(GstPad) pad = gst_element_get_static_pad(element, "src");

    *seen = (Seen){.lines = g_string_new(NULL)};
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, see, seen, NULL);
}

/* The tags of @source through "vulkaninception name=v"; NULL when the pipeline could not run. */
static char *tags_of(const char *source, const char *before, const char *behind, guint *n_images)
{
    g_autofree char *element = vin_plugin_test_launch("name=v top-k=4");
    g_autofree char *description =
        g_strdup_printf("%s ! %s %s ! %s fakesink", source, before, element, behind);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    Seen seen;
    gboolean ok;

    watch(pipeline, "v", &seen);
    ok = vin_plugin_test_run(pipeline, 60);
    *n_images = seen.n_images;
    return g_string_free(seen.lines, !ok);
}

typedef struct {
    const char *format;
    gboolean is_promised; /* to be negotiated by every release */
} Format;

static const Format formats[] = {{"NV12", TRUE},  {"BGRA", TRUE},  {"RGBA", TRUE},
                                 {"xRGB", TRUE},  {"YUY2", TRUE},  {"NV21", FALSE},
                                 {"BGRx", FALSE}, {"RGBx", FALSE}, {"ARGB", FALSE},
                                 {"ABGR", FALSE}, {"UYVY", FALSE}};

static void test_format(gconstpointer data)
{
    const Format *format = data;
    g_autofree char *source =
        g_strdup_printf("videotestsrc num-buffers=4 pattern=smpte horizontal-speed=40 ! "
                        "video/x-raw,format=%s,width=92,height=71", format->format);
    g_autofree char *expected = NULL;
    g_autofree char *got = NULL;
    g_autofree char *alone = NULL;
    guint n_images;

    if (!gpu_rig_need_upload()) {
        return;
    }
    expected = tags_of(source, "", "", &n_images);
    g_assert_cmpuint(n_images, ==, 0);
    got = tags_of(source, GPU_RIG_UPLOAD, "vulkandownload !", &n_images);
    if (got == NULL && !format->is_promised) {
        g_test_skip("this release's vulkanupload does not take the format");
        return;
    }
    g_assert_cmpuint(n_images, ==, 4); /* they go on as images */
    g_assert_cmpstr(got, ==, expected);
    alone = tags_of(source, GPU_RIG_UPLOAD, "", &n_images); /* nobody else behind us */
    g_assert_cmpstr(alone, ==, expected);
}

/* System memory, images, system memory: the session moves, and all tags are the same. */
static void test_moves(void)
{
    g_autoptr(GstSample) image = NULL;
    g_autoptr(GstSample) memory = NULL;
    g_auto(GStrv) lines = NULL;
    GpuOutcome outcome;

    if (!gpu_rig_need_upload()) {
        return;
    }
    image = gpu_rig_sample("NV12", GPU_RIG_UPLOAD);
    memory = gpu_rig_sample("NV12", "");
    gpu_rig_push((GstSample *[]){memory, image, image, memory, image}, 5, gpu_rig_device_of(image),
                 &outcome);
    g_assert_cmpint(GST_MESSAGE_TYPE(outcome.last), ==, GST_MESSAGE_EOS);
    g_assert_cmpuint(outcome.n_images, ==, 3);
    lines = g_strsplit(outcome.tags->str, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 6);
    g_assert_cmpuint(strlen(lines[0]), >, 10);
    for (guint i = 0; i < 5; i++) {
        g_assert_cmpstr(lines[i], ==, lines[0]);
    }
    gpu_outcome_clear(&outcome);
}

/* Images of which nobody says where they are from. */
static void test_no_device(void)
{
    g_autoptr(GstSample) image = NULL;
    g_autoptr(GError) error = NULL;
    GpuOutcome outcome;

    if (!gpu_rig_need_upload()) {
        return;
    }
    image = gpu_rig_sample("BGRA", GPU_RIG_UPLOAD);
    gpu_rig_push(&image, 1, NULL, &outcome);
    g_assert_cmpint(GST_MESSAGE_TYPE(outcome.last), ==, GST_MESSAGE_ERROR);
    gst_message_parse_error(outcome.last, &error, NULL);
    g_assert_nonnull(strstr(error->message, "the context \"gst.vulkan.device\""));
    g_assert_cmpuint(outcome.n_out, ==, 0);
    gpu_outcome_clear(&outcome);
}

/* Images of another device than the pipeline's: frames pass, without tags. */
static void test_other_device(void)
{
    g_autoptr(GstSample) image = NULL;
    g_autoptr(GstSample) other = NULL;
    GpuOutcome outcome;

    if (!gpu_rig_need_upload()) {
        return;
    }
    image = gpu_rig_sample("BGRA", GPU_RIG_UPLOAD);
    other = gpu_rig_sample("BGRA", GPU_RIG_UPLOAD);
    g_assert_true(gpu_rig_device_of(image) != gpu_rig_device_of(other));
    gpu_rig_push((GstSample *[]){image, other, image}, 3, gpu_rig_device_of(other), &outcome);
    g_assert_cmpint(GST_MESSAGE_TYPE(outcome.last), ==, GST_MESSAGE_EOS);
    g_assert_cmpuint(outcome.n_out, ==, 3);
    g_assert_true(g_str_has_prefix(outcome.tags->str, "untagged\n"));
    g_assert_true(g_str_has_suffix(outcome.tags->str, "\nuntagged\n"));
    g_assert_cmpuint(strlen(outcome.tags->str), >, strlen("untagged\n\nuntagged\n"));
    gpu_outcome_clear(&outcome);
}

/* What was uploaded comes out of a download unchanged, though we read it in between. */
static char *checksum(const char *middle)
{
    g_autofree char *description = g_strdup_printf(
        "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,format=NV12,width=320,height=240 ! "
        "vulkanupload ! %s vulkandownload ! appsink name=sink sync=false", middle);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    for (guint i = 0; i < 40; i++) {
        g_autoptr(GstSample) sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
        GstMapInfo map;

        g_assert_nonnull(sample);
        g_assert_true(gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ));
        g_checksum_update(sum, map.data, (gssize)map.size);
        gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return g_strdup(g_checksum_get_string(sum));
}

static void test_untouched(void)
{
    static const char *const how[] = {"!", "inference-interval=4 !", "no-block=true !"};
    g_autofree char *expected = NULL;

    if (!gpu_rig_need_upload()) {
        return;
    }
    expected = checksum("");
    for (guint i = 0; i < G_N_ELEMENTS(how); i++) {
        g_autofree char *element = vin_plugin_test_launch(how[i]);
        g_autofree char *got = checksum(element); /* none was overwritten by the next one */

        g_assert_cmpstr(got, ==, expected);
    }
}

/* Two elements read one buffer at the same time. */
static void test_tee(void)
{
    g_autofree char *one = vin_plugin_test_launch("name=v1 top-k=3");
    g_autofree char *two = vin_plugin_test_launch("name=v2 top-k=3 max-in-flight=1");
    g_autofree char *description = g_strdup_printf(
        "videotestsrc num-buffers=30 pattern=smpte ! "
        "video/x-raw,format=RGBA,width=64,height=48 ! vulkanupload ! tee name=t "
        "t. ! queue ! %s ! fakesink t. ! queue ! %s ! vulkandownload ! fakesink", one, two);
    g_autoptr(GstElement) pipeline = NULL;
    Seen seen[2];

    if (!gpu_rig_need_upload()) {
        return;
    }
    pipeline = gpu_rig_launch(description);
    watch(pipeline, "v1", &seen[0]);
    watch(pipeline, "v2", &seen[1]);
    g_assert_true(vin_plugin_test_run(pipeline, 60));
    g_assert_cmpuint(seen[0].n_images, ==, 30);
    g_assert_cmpstr(seen[0].lines->str, ==, seen[1].lines->str);
    g_string_free(seen[0].lines, TRUE);
    g_string_free(seen[1].lines, TRUE);
}

static gpointer ask(GstPad *pad, const char *type)
{
    g_autoptr(GstQuery) query = gst_query_new_context(type);
    GstContext *context = NULL;
    gpointer found = NULL;

    if (gst_pad_query(pad, query)) {
        gst_query_parse_context(query, &context);
    }
    if (context != NULL) {
        found = g_value_dup_object(
            gst_structure_get_value(gst_context_get_structure(context), type));
    }
    return found;
}

/* Who asks us is told of the device, its instance and its queue, from both sides. */
static void test_answers(void)
{
    static const char *const pads[] = {"sink", "src"};
    g_autofree char *element = vin_plugin_test_launch("name=v");
    g_autofree char *description = g_strdup_printf(
        "videotestsrc num-buffers=1 ! video/x-raw,format=NV12,width=64,height=48 ! "
        "vulkanupload ! %s ! appsink name=sink sync=false", element);
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) v = NULL;
    g_autoptr(GstElement) sink = NULL;
    g_autoptr(GstSample) sample = NULL;

    if (!gpu_rig_need_upload()) {
        return;
    }
    pipeline = gpu_rig_launch(description);
    v = gst_bin_get_by_name(GST_BIN(pipeline), "v");
    sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
    g_assert_nonnull(sample);
    for (guint i = 0; i < G_N_ELEMENTS(pads); i++) {
        g_autoptr(GstPad) pad = gst_element_get_static_pad(v, pads[i]);
        g_autoptr(GstVulkanInstance) instance = ask(pad, GST_VULKAN_INSTANCE_CONTEXT_TYPE_STR);
        g_autoptr(GstVulkanDevice) device = ask(pad, GST_VULKAN_DEVICE_CONTEXT_TYPE_STR);
        g_autoptr(GstVulkanQueue) queue = ask(pad, GST_VULKAN_QUEUE_CONTEXT_TYPE_STR);

        g_assert_true(device == gpu_rig_device_of(sample));
        g_assert_true(instance == device->instance);
        g_assert_nonnull(queue);
        g_assert_true(queue->device == device);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

static guint count_openings(const char *source)
{
    g_autofree char *element = vin_plugin_test_launch("");
    g_autofree char *description = g_strdup_printf("%s ! %s ! fakesink", source, element);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    guint n = 0;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    while ((message = gst_bus_timed_pop(bus, 60 * GST_SECOND)) != NULL) {
        const GstMessageType type = GST_MESSAGE_TYPE(message);
        GstProgressType progress = GST_PROGRESS_TYPE_ERROR;

        if (type == GST_MESSAGE_PROGRESS) {
            gst_message_parse_progress(message, &progress, NULL, NULL);
        }
        gst_message_unref(message);
        n += progress == GST_PROGRESS_TYPE_START;
        g_assert_cmpint(type, !=, GST_MESSAGE_ERROR);
        if (type == GST_MESSAGE_EOS) {
            break;
        }
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return n;
}

/* Where nothing but images can come, the model is opened on the pipeline's device at once. */
static void test_early(void)
{
    if (!gpu_rig_need_upload()) {
        return;
    }
    g_assert_cmpuint(count_openings("videotestsrc num-buffers=2 ! vulkanupload"), ==, 1);
    g_assert_cmpuint(count_openings("videotestsrc num-buffers=2"), ==, 1);
}

static gboolean warns(const char *caps)
{
    g_autofree char *element = vin_plugin_test_launch("");
    g_autofree char *description = g_strdup_printf(
        "videotestsrc num-buffers=2 ! %s ! vulkanupload ! %s ! fakesink", caps, element);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) message = NULL;
    g_autoptr(GError) warning = NULL;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(
        bus, 60 * GST_SECOND, GST_MESSAGE_WARNING | GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    g_assert_nonnull(message);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS) {
        return FALSE;
    }
    g_assert_cmpint(GST_MESSAGE_TYPE(message), ==, GST_MESSAGE_WARNING);
    gst_message_parse_warning(message, &warning, NULL);
    g_assert_nonnull(strstr(warning->message, "shears NV12 of width 66"));
    return TRUE;
}

/* What vulkanupload gets wrong is told. */
static void test_sheared(void)
{
    guint major, minor, micro, nano;

    if (!gpu_rig_need_upload()) {
        return;
    }
    gst_version(&major, &minor, &micro, &nano);
    g_assert_cmpint(warns("video/x-raw,format=NV12,width=66,height=47"), ==,
                    minor < 28 || (minor == 28 && micro < 3));
    g_assert_false(warns("video/x-raw,format=NV12,width=68,height=47"));
    g_assert_false(warns("video/x-raw,format=RGBA,width=66,height=47"));
    g_assert_false(warns("video/x-raw,format=YUY2,width=66,height=47"));
}

/* What we wrote down is what a next element has to wait for. */
static void test_state(void)
{
    g_autofree char *element = vin_plugin_test_launch("");
    g_autofree char *upload = g_strdup_printf("%s %s !", GPU_RIG_UPLOAD, element);
    g_autoptr(GstSample) sample = NULL;
    const GstVulkanImageMemory *memory;
    const GstVulkanBarrierMemoryInfo *barrier;

    if (!gpu_rig_need_upload()) {
        return;
    }
    sample = gpu_rig_sample("RGBA", upload);
    memory = (GstVulkanImageMemory *)gst_buffer_peek_memory(gst_sample_get_buffer(sample), 0);
    barrier = &memory->barrier.parent;
    g_assert_cmpint(memory->barrier.image_layout, ==, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    g_assert_cmpuint(barrier->pipeline_stages & VK_PIPELINE_STAGE_TRANSFER_BIT, !=, 0);
#if GST_CHECK_VERSION(1, 23, 0)
    if (barrier->semaphore != VK_NULL_HANDLE) {
        const VkSemaphoreWaitInfo info = {
            .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
            .semaphoreCount = 1,
            .pSemaphores = &barrier->semaphore,
            .pValues = &barrier->semaphore_value,
        };
        guint64 value = 0;

        g_assert_cmpuint(barrier->semaphore_value, >=, 1);
        g_assert_cmpint(vkWaitSemaphores(memory->device->device, &info, 5000000000), ==,
                        VK_SUCCESS);
        vkGetSemaphoreCounterValue(memory->device->device, barrier->semaphore, &value);
        g_assert_cmpuint(value, ==, barrier->semaphore_value);
    } else {
        g_test_message("the images have no semaphores");
    }
#endif
}

/* Flushes, changes and restarts in the middle of things. */
static void test_storm(void)
{
    const gboolean full = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
    g_autofree char *element = vin_plugin_test_launch("name=v");
    g_autofree char *description = g_strdup_printf(
        "videotestsrc ! video/x-raw,format=NV12,width=320,height=240 ! vulkanupload ! %s ! "
        "vulkandownload ! fakesink", element);
    g_autoptr(GstElement) pipeline = NULL;
    g_autoptr(GstElement) v = NULL;
    gint64 until;
    Seen seen;

    if (!gpu_rig_need_upload()) {
        return;
    }
    pipeline = gpu_rig_launch(description);
    v = gst_bin_get_by_name(GST_BIN(pipeline), "v");
    watch(pipeline, "v", &seen);
    /* On a slow machine most rounds flush before an image is out: some more of them. */
    until = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    for (guint i = 0; i < (full ? 500 : 60) || (g_atomic_int_get((gint *)&seen.n_images) <= 10 &&
                                                g_get_monotonic_time() < until);
         i++) {
        if (i % 10 == 0) {
            gst_element_set_state(pipeline, i % 20 == 0 ? GST_STATE_READY : GST_STATE_PAUSED);
            gst_element_set_state(pipeline, GST_STATE_PLAYING);
            g_assert_cmpint(gst_element_get_state(pipeline, NULL, NULL, 20 * GST_SECOND), ==,
                            GST_STATE_CHANGE_SUCCESS);
            g_object_set(v, "top-k", 1 + i / 10, NULL);
        }
        g_assert_true(gst_element_seek_simple(pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
                                              i % 50 * GST_SECOND));
        g_usleep(5000);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    g_assert_cmpuint(vin_plugin_test_count_errors(pipeline, NULL), ==, 0);
    g_assert_cmpuint(seen.n_images, >, 10);
    g_assert_null(strstr(seen.lines->str, "untagged"));
    g_string_free(seen.lines, TRUE);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *path = g_strconcat("/gpu/format/", formats[i].format, NULL);

        g_test_add_data_func(path, &formats[i], test_format);
    }
    g_test_add_func("/gpu/moves", test_moves);
    g_test_add_func("/gpu/no_device", test_no_device);
    g_test_add_func("/gpu/other_device", test_other_device);
    g_test_add_func("/gpu/untouched", test_untouched);
    g_test_add_func("/gpu/storm", test_storm);
    g_test_add_func("/gpu/tee", test_tee);
    g_test_add_func("/gpu/answers", test_answers);
    g_test_add_func("/gpu/early", test_early);
    g_test_add_func("/gpu/sheared", test_sheared);
    g_test_add_func("/gpu/state", test_state);
    return g_test_run();
}
