/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes the image by a list of one modifier, so that the driver chooses offsets and strides, fills
 * it by a copy and asks where its memory planes lie.
 */
#include "modifier_rig.h"

#include <string.h>
#include <unistd.h>

#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

static gboolean can_export(VinDevice *device, VkFormat format, guint64 modifier)
{
    const VkPhysicalDeviceImageDrmFormatModifierInfoEXT arranged = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT,
        .drmFormatModifier = modifier,
    };
    const VkPhysicalDeviceExternalImageFormatInfo external = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO,
        .pNext = &arranged,
        .handleType = DMA_BUF,
    };
    const VkPhysicalDeviceImageFormatInfo2 info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
        .pNext = &external,
        .format = format,
        .type = VK_IMAGE_TYPE_2D,
        .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
    };
    VkExternalImageFormatProperties memory = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES,
    };
    VkImageFormatProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2,
        .pNext = &memory,
    };

    return vkGetPhysicalDeviceImageFormatProperties2(vin_device_vk_physical(device), &info,
                                                     &properties) == VK_SUCCESS &&
           (memory.externalMemoryProperties.externalMemoryFeatures &
            VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) != 0;
}

static void create_image(ModifierRig *rig, VkFormat format, guint width, guint height,
                         guint64 modifier)
{
    const VkImageDrmFormatModifierListCreateInfoEXT list = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT,
        .drmFormatModifierCount = 1,
        .pDrmFormatModifiers = &modifier,
    };
    const VkExternalMemoryImageCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
        .pNext = &list,
        .handleTypes = DMA_BUF,
    };
    const VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .pNext = &external,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = format,
        .extent = {width, height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
        .initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
    };
    VkResult result = vkCreateImage(vin_device_vk(rig->device), &info, NULL, &rig->image);

    g_assert_cmpint(result, ==, VK_SUCCESS);
}

static void allocate(ModifierRig *rig)
{
    const VkMemoryDedicatedAllocateInfo dedicated = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
        .image = rig->image,
    };
    const VkExportMemoryAllocateInfo export = {
        .sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
        .pNext = &dedicated,
        .handleTypes = DMA_BUF,
    };
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &export,
    };
    VkMemoryRequirements needs;
    VkDevice vk = vin_device_vk(rig->device);
    VkResult result;

    vkGetImageMemoryRequirements(vk, rig->image, &needs);
    info.allocationSize = needs.size;
    info.memoryTypeIndex = (guint32)g_bit_nth_lsf(needs.memoryTypeBits, -1);
    result = vkAllocateMemory(vk, &info, NULL, &rig->memory);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    result = vkBindImageMemory(vk, rig->image, rig->memory, 0);
    g_assert_cmpint(result, ==, VK_SUCCESS);
}

static void move(VinVkCommand *command, VkImage image, VkImageLayout from, VkImageLayout to,
                 guint32 to_family)
{
    const VkImageMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
        .dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
        .oldLayout = from,
        .newLayout = to,
        .srcQueueFamilyIndex = to_family != VK_QUEUE_FAMILY_IGNORED
                                   ? vin_device_queue_family(command->device)
                                   : VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = to_family,
        .image = image,
        .subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
    };

    vkCmdPipelineBarrier(command->buffer, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
                         VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &barrier);
}

static void fill(ModifierRig *rig, guint width, guint height, const guint8 *pixels, gsize bytes)
{
    const VkBufferImageCopy region = {
        .imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1},
        .imageExtent = {width, height, 1},
    };
    g_auto(VinVkBuffer) buffer = {0};
    g_auto(VinVkCommand) command = {0};
    g_autoptr(GError) error = NULL;

    vin_vk_buffer_init(&buffer, rig->device, bytes, VIN_BUFFER_UPLOAD, &error);
    g_assert_no_error(error);
    vin_vk_buffer_write(&buffer, 0, pixels, bytes, &error);
    g_assert_no_error(error);
    vin_vk_command_init(&command, rig->device, 0, &error);
    g_assert_no_error(error);
    g_assert_true(vin_vk_command_begin(&command, &error));
    move(&command, rig->image, VK_IMAGE_LAYOUT_UNDEFINED, VK_IMAGE_LAYOUT_GENERAL,
         VK_QUEUE_FAMILY_IGNORED);
    vkCmdCopyBufferToImage(command.buffer, buffer.buffer, rig->image, VK_IMAGE_LAYOUT_GENERAL, 1,
                           &region);
    move(&command, rig->image, VK_IMAGE_LAYOUT_GENERAL, VK_IMAGE_LAYOUT_GENERAL,
         vin_vk_import_queue_family(rig->device, DMA_BUF));
    g_assert_true(vin_vk_command_end(&command, &error));
    g_assert_true(vin_vk_command_submit(&command, &error));
    g_assert_true(vin_vk_command_wait(&command, &error));
}

/* One dma-buf with all memory planes. */
static void hand_over(ModifierRig *rig, const VinVkModifier *modifier)
{
    static const VkImageAspectFlagBits aspects[] = {
        VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT,
        VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_3_BIT_EXT};
    const VkMemoryGetFdInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
        .memory = rig->memory,
        .handleType = DMA_BUF,
    };
    VkDevice vk = vin_device_vk(rig->device);
    PFN_vkGetMemoryFdKHR get = (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(vk, "vkGetMemoryFdKHR");
    VkResult result;
    int fd = -1;

    result = get(vk, &info, &fd);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    rig->dmabuf.modifier = modifier->modifier;
    rig->dmabuf.n_planes = modifier->n_planes;
    for (guint i = 0; i < modifier->n_planes; i++) {
        const VkImageSubresource plane = {.aspectMask = aspects[i]};
        VkSubresourceLayout layout;

        vkGetImageSubresourceLayout(vk, rig->image, &plane, &layout);
        rig->dmabuf.fds[i] = fd;
        rig->dmabuf.offsets[i] = layout.offset;
        rig->dmabuf.strides[i] = (guint32)layout.rowPitch;
    }
}

gboolean modifier_rig_open(ModifierRig *rig, VkFormat format, guint bytes, guint width,
                           guint height, const VinVkModifier *modifier, const guint8 *pixels)
{
    g_autoptr(GError) error = NULL;

    memset(rig, 0, sizeof *rig);
    rig->device = vin_device_new(NULL, &error);
    g_assert_no_error(error);
    if (!can_export(rig->device, format, modifier->modifier)) {
        return FALSE;
    }
    create_image(rig, format, width, height, modifier->modifier);
    allocate(rig);
    fill(rig, width, height, pixels, (gsize)width * height * bytes);
    hand_over(rig, modifier);
    return TRUE;
}

void modifier_rig_close(ModifierRig *rig)
{
    if (rig->dmabuf.n_planes > 0) {
        close(rig->dmabuf.fds[0]);
    }
    if (rig->device != NULL) {
        vkDestroyImage(vin_device_vk(rig->device), rig->image, NULL);
        vkFreeMemory(vin_device_vk(rig->device), rig->memory, NULL);
    }
    vin_device_unref(rig->device);
    memset(rig, 0, sizeof *rig);
}
