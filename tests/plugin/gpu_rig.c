/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames of vulkanupload, pushed by an application.
 */
#include "gpu_rig.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#include "plugin_test.h"

gboolean gpu_rig_need_upload(void)
{
    g_autoptr(GstElementFactory) factory = gst_element_factory_find("vulkanupload");

    if (factory == NULL) {
        g_test_skip("GStreamer's plugin vulkan is not there");
        return FALSE;
    }
    return vin_plugin_test_has_device();
}

void gpu_rig_append_tags(GstBuffer *buffer, GString *lines)
{
    VinTag tag;

    for (guint i = 0; vin_tags_get(buffer, i, &tag); i++) {
        g_string_append_printf(lines, "%s %.9g ", tag.label, tag.score);
    }
    g_string_append(lines, vin_tags_is_present(buffer) ? "\n" : "untagged\n");
}

GstElement *gpu_rig_launch(const char *description)
{
    g_autoptr(GError) error = NULL;
    GstElement *pipeline = gst_parse_launch(description, &error);

    g_assert_no_error(error);
    return pipeline;
}

GstVulkanDevice *gpu_rig_device_of(GstSample *sample)
{
    GstMemory *memory = gst_buffer_peek_memory(gst_sample_get_buffer(sample), 0);

    g_assert_true(gst_is_vulkan_image_memory(memory));
    return ((GstVulkanImageMemory *)memory)->device;
}

GstSample *gpu_rig_sample(const char *format, const char *upload)
{
    g_autofree char *description =
        g_strdup_printf("videotestsrc num-buffers=1 pattern=smpte ! "
                        "video/x-raw,format=%s,width=64,height=48 ! %s appsink name=sink "
                        "sync=false", format, upload);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    GstSample *sample;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    sample = gst_app_sink_pull_sample(GST_APP_SINK(sink));
    g_assert_nonnull(sample);
    if (upload[0] != '\0') { /* vulkanupload frees what the device still copies from */
        vkDeviceWaitIdle(gpu_rig_device_of(sample)->device);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return sample;
}

/* The application's answer to what elements ask it for. */
static GstBusSyncReply answer(GstBus *bus, GstMessage *message, gpointer device)
{
    const char *type;

    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_NEED_CONTEXT &&
        gst_message_parse_context_type(message, &type) &&
        strcmp(type, GST_VULKAN_DEVICE_CONTEXT_TYPE_STR) == 0) {
        g_autoptr(GstContext) context = gst_context_new(type, TRUE);

        gst_context_set_vulkan_device(context, device);
        gst_element_set_context(GST_ELEMENT(GST_MESSAGE_SRC(message)), context);
    }
    return GST_BUS_PASS;
}

void gpu_outcome_clear(GpuOutcome *outcome)
{
    g_string_free(outcome->tags, TRUE);
    gst_message_unref(outcome->last);
}

static GstPadProbeReturn take(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    GpuOutcome *outcome = user_data;
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);

    outcome->n_out++;
    outcome->n_images += gst_is_vulkan_image_memory(gst_buffer_peek_memory(buffer, 0));
    gpu_rig_append_tags(buffer, outcome->tags);
    return GST_PAD_PROBE_OK;
}

void gpu_rig_push(GstSample *const *samples, guint n, GstVulkanDevice *device, GpuOutcome *outcome)
{
    g_autofree char *element = vin_plugin_test_launch("name=v top-k=4");
    g_autofree char *description =
        g_strdup_printf("appsrc name=src format=time ! %s ! fakesink", element);
    g_autoptr(GstElement) pipeline = gpu_rig_launch(description);
    g_autoptr(GstElement) src = gst_bin_get_by_name(GST_BIN(pipeline), "src");
    g_autoptr(GstElement) v = gst_bin_get_by_name(GST_BIN(pipeline), "v");
    g_autoptr(GstPad) pad = gst_element_get_static_pad(v, "src");
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);

    *outcome = (GpuOutcome){.tags = g_string_new(NULL)};
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, take, outcome, NULL);
    if (device != NULL) {
        gst_bus_set_sync_handler(bus, answer, device, NULL);
    }
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    for (guint i = 0; i < n; i++) {
        gst_app_src_push_sample(GST_APP_SRC(src), samples[i]);
    }
    gst_app_src_end_of_stream(GST_APP_SRC(src));
    outcome->last = gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND,
                                               GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    g_assert_nonnull(outcome->last);
    gst_bus_set_sync_handler(bus, NULL, NULL, NULL);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}
