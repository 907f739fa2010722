/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Video whose planes lie in one Vulkan image, as decoders give it: the tags of system memory.
 */
#include <gst/video/video.h>
#include <string.h>

#include "gpu_rig.h"
#include "plugin_test.h"

#define FORMAT VK_FORMAT_G8_B8R8_2PLANE_420_UNORM
#define USAGE (VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT)
#define WIDTH 64
#define HEIGHT 48

#if GST_CHECK_VERSION(1, 23, 0)

static gboolean is_supported(GstVulkanDevice *device)
{
    VkImageFormatProperties properties;

    return vkGetPhysicalDeviceImageFormatProperties(
               gst_vulkan_device_get_physical_device(device), FORMAT, VK_IMAGE_TYPE_2D,
               VK_IMAGE_TILING_OPTIMAL, USAGE, 0, &properties) == VK_SUCCESS;
}

/* Both planes, which lie without gaps in @bytes. */
static void record(VkCommandBuffer commands, VkBuffer bytes, VkImage image)
{
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
        .newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = image,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
    };
    const VkBufferImageCopy regions[2] = {
        {.imageSubresource = {VK_IMAGE_ASPECT_PLANE_0_BIT, 0, 0, 1},
         .imageExtent = {WIDTH, HEIGHT, 1}},
        {.bufferOffset = WIDTH * HEIGHT,
         .imageSubresource = {VK_IMAGE_ASPECT_PLANE_1_BIT, 0, 0, 1},
         .imageExtent = {WIDTH / 2, HEIGHT / 2, 1}},
    };

    vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT,
                         VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 0, NULL, 1, &barrier);
    vkCmdCopyBufferToImage(commands, bytes, image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 2,
                           regions);
}

static void fill(GstVulkanDevice *device, GstVulkanBufferMemory *bytes,
                 GstVulkanImageMemory *image)
{
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    g_autoptr(GstVulkanQueue) queue = gst_vulkan_device_select_queue(device, VK_QUEUE_GRAPHICS_BIT);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstVulkanCommandPool) pool = gst_vulkan_queue_create_command_pool(queue, &error);
    GstVulkanCommandBuffer *commands = gst_vulkan_command_pool_create(pool, &error);
    VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO, .commandBufferCount = 1};

    g_assert_no_error(error);
    submit.pCommandBuffers = &commands->cmd;
    g_assert_cmpint(vkBeginCommandBuffer(commands->cmd, &begin), ==, VK_SUCCESS);
    record(commands->cmd, bytes->buffer, image->image);
    g_assert_cmpint(vkEndCommandBuffer(commands->cmd), ==, VK_SUCCESS);
    g_assert_cmpint(vkQueueSubmit(queue->queue, 1, &submit, VK_NULL_HANDLE), ==, VK_SUCCESS);
    g_assert_cmpint(vkQueueWaitIdle(queue->queue), ==, VK_SUCCESS);
    gst_vulkan_command_buffer_unref(commands);
    image->barrier.image_layout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
    image->barrier.parent.pipeline_stages = VK_PIPELINE_STAGE_TRANSFER_BIT;
    image->barrier.parent.access_flags = VK_ACCESS_TRANSFER_WRITE_BIT;
}

/* The frame of @sample, of system memory, in one image. */
static GstSample *move_to_image(GstSample *sample, GstVulkanDevice *device)
{
    g_autoptr(GstCaps) caps = gst_caps_copy(gst_sample_get_caps(sample));
    GstMemory *image = gst_vulkan_image_memory_alloc(device, FORMAT, WIDTH, HEIGHT,
                                                     VK_IMAGE_TILING_OPTIMAL, USAGE,
                                                     VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
    GstMemory *bytes = gst_vulkan_buffer_memory_alloc(
        device, WIDTH * HEIGHT * 3 / 2, VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    g_autoptr(GstBuffer) buffer = gst_buffer_new();
    GstMapInfo map;

    g_assert_nonnull(image);
    g_assert_true(gst_memory_map(bytes, &map, GST_MAP_WRITE));
    g_assert_cmpuint(gst_buffer_extract(gst_sample_get_buffer(sample), 0, map.data,
                                        WIDTH * HEIGHT * 3 / 2), ==, WIDTH * HEIGHT * 3 / 2);
    gst_memory_unmap(bytes, &map);
    fill(device, (GstVulkanBufferMemory *)bytes, (GstVulkanImageMemory *)image);
    gst_memory_unref(bytes);
    gst_buffer_append_memory(buffer, image);
    gst_caps_set_features(caps, 0,
                          gst_caps_features_new(GST_CAPS_FEATURE_MEMORY_VULKAN_IMAGE, NULL));
    return gst_sample_new(buffer, caps, NULL, NULL);
}

static GstSample *with_crop(GstSample *sample)
{
    g_autoptr(GstBuffer) buffer = gst_buffer_copy(gst_sample_get_buffer(sample));
    GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);

    crop->x = 13;
    crop->y = 5;
    crop->width = 30;
    crop->height = 21;
    return gst_sample_new(buffer, gst_sample_get_caps(sample), NULL, NULL);
}

static void test_one_image(void)
{
    g_autoptr(GstSample) other = NULL;
    g_autoptr(GstSample) memory = NULL;
    g_autoptr(GstSample) image = NULL;
    g_autoptr(GstSample) memory_part = NULL;
    g_autoptr(GstSample) image_part = NULL;
    g_auto(GStrv) lines = NULL;
    GstVulkanDevice *device;
    GpuOutcome outcome;

    if (!gpu_rig_need_upload()) {
        return;
    }
    other = gpu_rig_sample("NV12", GPU_RIG_UPLOAD); /* for its device */
    device = gpu_rig_device_of(other);
    if (!is_supported(device)) {
        g_test_skip("the device has no images of two planes");
        return;
    }
    memory = gpu_rig_sample("NV12", "");
    image = move_to_image(memory, device);
    memory_part = with_crop(memory);
    image_part = with_crop(image);
    gpu_rig_push((GstSample *[]){memory, memory_part, image, image_part, image}, 5, device,
                 &outcome);
    g_assert_cmpint(GST_MESSAGE_TYPE(outcome.last), ==, GST_MESSAGE_EOS);
    g_assert_cmpuint(outcome.n_images, ==, 3);
    lines = g_strsplit(outcome.tags->str, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 6);
    g_assert_cmpstr(lines[0], !=, lines[1]);
    g_assert_cmpstr(lines[2], ==, lines[0]);
    g_assert_cmpstr(lines[3], ==, lines[1]);
    g_assert_cmpstr(lines[4], ==, lines[0]);
    gpu_outcome_clear(&outcome);
}

#else

static void test_one_image(void)
{
    g_test_skip("GStreamer before 1.24 makes no images of several planes");
}

#endif

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/gpu-planes/one-image", test_one_image);
    return g_test_run();
}
