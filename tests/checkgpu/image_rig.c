/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes images with Vulkan's own calls and fills them by copies, rows without gaps.
 */
#include "image_rig.h"

#include <string.h>

#include "base/frame.h"
#include "support/random.h"
#include "vk/image_format.h"

#define USAGE                                                                                  \
    (VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT |                       \
     VK_IMAGE_USAGE_SAMPLED_BIT)

static VkImageAspectFlags aspect_of(guint plane)
{
    static const VkImageAspectFlags aspects[] = {
        VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT, VK_IMAGE_ASPECT_PLANE_2_BIT};

    return aspects[plane];
}

static void make_bytes(ImageRig *rig, guint64 seed)
{
    VinRandom random = {seed};

    for (guint i = 0; i < rig->n_planes; i++) {
        guint row_bytes, n_rows;

        vin_format_plane_size(rig->frame.format, i, rig->frame.width, rig->frame.height,
                              &row_bytes, &n_rows);
        rig->bytes[i] = g_malloc((gsize)row_bytes * n_rows);
        for (gsize at = 0; at < (gsize)row_bytes * n_rows; at++) {
            rig->bytes[i][at] = (guint8)vin_random_range(&random, 0, 256);
        }
        rig->frame.planes[i] = rig->bytes[i];
    }
}

static gboolean create_image(ImageRig *rig, guint i, VkFormat format, guint width, guint height)
{
    const VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = format,
        .extent = {width, height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = USAGE,
    };
    VkMemoryAllocateInfo memory = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    VkImageFormatProperties properties;
    VkMemoryRequirements needs;
    VkDevice vk = vin_device_vk(rig->device);

    if (vkGetPhysicalDeviceImageFormatProperties(vin_device_vk_physical(rig->device), format,
                                                 VK_IMAGE_TYPE_2D, VK_IMAGE_TILING_OPTIMAL, USAGE,
                                                 0, &properties) != VK_SUCCESS) {
        return FALSE;
    }
    g_assert_cmpint(vkCreateImage(vk, &info, NULL, &rig->images[i]), ==, VK_SUCCESS);
    vkGetImageMemoryRequirements(vk, rig->images[i], &needs);
    memory.allocationSize = needs.size;
    while ((needs.memoryTypeBits & (1u << memory.memoryTypeIndex)) == 0) {
        memory.memoryTypeIndex++;
    }
    g_assert_cmpint(vkAllocateMemory(vk, &memory, NULL, &rig->memories[i]), ==, VK_SUCCESS);
    g_assert_cmpint(vkBindImageMemory(vk, rig->images[i], rig->memories[i], 0), ==, VK_SUCCESS);
    return TRUE;
}

/* Pixels of the image that plane @i lies in, when it has one to itself. */
static void size_of(const ImageRig *rig, guint i, VkFormat format, guint *width, guint *height)
{
    guint row_bytes;
    VinTexel texel;

    g_assert_true(vin_texel_find(format, VK_IMAGE_ASPECT_COLOR_BIT, &texel));
    vin_format_plane_size(rig->frame.format, i, rig->frame.width, rig->frame.height, &row_bytes,
                          height);
    g_assert_cmpuint(row_bytes % texel.bytes, ==, 0);
    *width = row_bytes / texel.bytes * texel.width;
}

static void move(VinVkCommand *command, const VinVulkanPlane *plane, VkImageLayout from,
                 VkImageLayout to)
{
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
        .dstAccessMask = from == VK_IMAGE_LAYOUT_UNDEFINED ? VK_ACCESS_TRANSFER_WRITE_BIT
                                                           : plane->access,
        .oldLayout = from,
        .newLayout = to,
        .srcQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED,
        .image = plane->image,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
    };

    vkCmdPipelineBarrier(command->buffer, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         from == VK_IMAGE_LAYOUT_UNDEFINED ? VK_PIPELINE_STAGE_TRANSFER_BIT
                                                           : plane->stage,
                         0, 0, NULL, 0, NULL, 1, &barrier);
}

static void upload_plane(ImageRig *rig, VinVkCommand *command, guint i, VinVkBuffer *staging)
{
    const VinVulkanPlane *plane = &rig->planes[i];
    guint row_bytes, n_rows;
    VkBufferImageCopy region = {.imageSubresource = {.aspectMask = plane->aspect,
                                                     .layerCount = 1}};
    g_autoptr(GError) error = NULL;
    VinTexel texel;

    vin_format_plane_size(rig->frame.format, i, rig->frame.width, rig->frame.height, &row_bytes,
                          &n_rows);
    vin_vk_buffer_init(staging, rig->device, (gsize)row_bytes * n_rows, VIN_BUFFER_UPLOAD, &error);
    g_assert_no_error(error);
    memcpy(staging->mapped, rig->bytes[i], staging->size);
    g_assert_true(vin_texel_find(plane->format, plane->aspect, &texel));
    region.imageExtent.width = row_bytes / texel.bytes * texel.width;
    region.imageExtent.height = n_rows;
    region.imageExtent.depth = 1;
    vkCmdCopyBufferToImage(command->buffer, staging->buffer, plane->image,
                           VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region);
}

static void upload(ImageRig *rig, gboolean is_one)
{
    const guint n_images = is_one ? 1 : rig->n_planes;
    VinVkBuffer staging[3] = {{0}};
    g_auto(VinVkCommand) command = {0};
    g_autoptr(GError) error = NULL;

    vin_vk_command_init(&command, rig->device, 0, &error);
    g_assert_no_error(error);
    vin_vk_command_begin(&command, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < n_images; i++) {
        move(&command, &rig->planes[i], VK_IMAGE_LAYOUT_UNDEFINED,
             VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
    }
    for (guint i = 0; i < rig->n_planes; i++) {
        upload_plane(rig, &command, i, &staging[i]);
    }
    for (guint i = 0; i < n_images; i++) {
        move(&command, &rig->planes[i], VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
             rig->planes[i].layout);
    }
    vin_vk_command_end(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_submit(&command, &error);
    g_assert_no_error(error);
    vin_vk_command_wait(&command, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < rig->n_planes; i++) {
        vin_vk_buffer_clear(&staging[i]);
    }
}

gboolean image_rig_open(ImageRig *rig, VinDevice *device, const ImageKind *kind,
                        const VinFrame *shape, guint64 seed)
{
    gboolean is_one;

    memset(rig, 0, sizeof *rig);
    rig->device = device;
    rig->frame = *shape;
    rig->frame.format = kind->format;
    rig->n_planes = vin_format_n_planes(kind->format);
    is_one = rig->n_planes > 1 && kind->images[1] == VK_FORMAT_UNDEFINED;
    make_bytes(rig, seed);
    for (guint i = 0; i < rig->n_planes; i++) {
        VinVulkanPlane *plane = &rig->planes[i];

        *plane = (VinVulkanPlane){
            .format = kind->images[is_one ? 0 : i],
            .aspect = is_one ? aspect_of(i) : VK_IMAGE_ASPECT_COLOR_BIT,
            .width = shape->width,
            .height = shape->height,
            .usage = USAGE,
            .layout = kind->layout,
            .stage = kind->stage,
            .access = kind->access,
            .queue_family = VK_QUEUE_FAMILY_IGNORED,
        };
        if (!is_one) {
            size_of(rig, i, plane->format, &plane->width, &plane->height);
        }
        if ((!is_one || i == 0) &&
            !create_image(rig, i, plane->format, plane->width, plane->height)) {
            image_rig_close(rig);
            return FALSE;
        }
        plane->image = rig->images[is_one ? 0 : i];
    }
    upload(rig, is_one);
    return TRUE;
}

void image_rig_close(ImageRig *rig)
{
    for (guint i = 0; i < rig->n_planes; i++) {
        vkDestroyImage(vin_device_vk(rig->device), rig->images[i], NULL);
        vkFreeMemory(vin_device_vk(rig->device), rig->memories[i], NULL);
        g_free(rig->bytes[i]);
    }
    memset(rig, 0, sizeof *rig);
}
