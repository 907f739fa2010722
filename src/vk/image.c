/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Images of others are copied, not sampled: a copy gives the bytes as they are, whatever the
 * image's format says of them (sRGB, order of channels, chroma siting), needs no view, no sampler
 * and no other shader, and takes only what is needed. What formats hold is image_format.c's.
 */
#include "vk/image.h"

#include "base/error.h"
#include "vk/device.h"
#include "vk/image_format.h"

/* Stages that every queue which computes knows; another one's image may have been used in more. */
#define OUR_STAGES                                                                             \
    (VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT | VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT |                \
     VK_PIPELINE_STAGE_TRANSFER_BIT | VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT |                   \
     VK_PIPELINE_STAGE_HOST_BIT | VK_PIPELINE_STAGE_ALL_COMMANDS_BIT)

static gboolean check_state(const VinVulkanPlane *plane, guint i, GError **error)
{
    if (plane->image == VK_NULL_HANDLE) {
        return vin_fail(error, VIN_ERROR_INVALID, "plane %u has no image", i);
    }
    if ((plane->usage & VK_IMAGE_USAGE_TRANSFER_SRC_BIT) == 0) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u: its image was made without the usage TRANSFER_SRC (usage 0x%x), "
                        "so that nothing may be copied from it",
                        i, plane->usage);
    }
    if (plane->layout == VK_IMAGE_LAYOUT_UNDEFINED) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u: its image is in the layout UNDEFINED, so that it holds no "
                        "picture",
                        i);
    }
    if (plane->semaphore != VK_NULL_HANDLE && plane->signal_value <= plane->wait_value) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u: the semaphore is to go from %" G_GUINT64_FORMAT " to "
                        "%" G_GUINT64_FORMAT "; it only grows",
                        i, plane->wait_value, plane->signal_value);
    }
    return TRUE;
}

static gboolean check_plane(const VinVulkanPlane *plane, const VinVkImageWindow *window, guint i,
                            GError **error)
{
    VinTexel texel;
    guint32 blocks, rows;

    if (!check_state(plane, i, error)) {
        return FALSE;
    }
    if (!vin_texel_find(plane->format, plane->aspect, &texel) ||
        texel.bytes != window->pixel_bytes * texel.width) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u: aspect 0x%x of an image of VkFormat %d; a format of %u byte%s a "
                        "pixel holds it",
                        i, plane->aspect, (int)plane->format, window->pixel_bytes,
                        window->pixel_bytes == 1 ? "" : "s");
    }
    blocks = (plane->width >> texel.x_shift) / texel.width;
    rows = plane->height >> texel.y_shift;
    if ((window->first_byte + window->row_bytes) / texel.bytes > blocks ||
        window->first_row + (window->n_rows - 1) * window->row_step >= rows) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u: an image of %u x %u pixels of VkFormat %d has rows of %u bytes, "
                        "%u of them; up to byte %u of row %u is needed",
                        i, plane->width, plane->height, (int)plane->format, blocks * texel.bytes,
                        rows, window->first_byte + window->row_bytes - 1,
                        window->first_row + (window->n_rows - 1) * window->row_step);
    }
    return TRUE;
}

gboolean vin_vk_image_check(const VinVulkanPlane *planes, const VinVkImageWindow *windows, guint n,
                            GError **error)
{
    g_assert(n <= VIN_MAX_IMAGE_PLANES);
    for (guint i = 0; i < n; i++) {
        if (!check_plane(&planes[i], &windows[i], i, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Whether an earlier plane is a part of the same image, and so has seen to it. */
static gboolean is_seen(const VinVulkanPlane *planes, guint i)
{
    for (guint before = 0; before < i; before++) {
        if (planes[before].image == planes[i].image) {
            return TRUE;
        }
    }
    return FALSE;
}

static VkImageLayout layout_while_read(const VinVulkanPlane *plane)
{
    return plane->layout == VK_IMAGE_LAYOUT_GENERAL ? VK_IMAGE_LAYOUT_GENERAL
                                                    : VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
}

static VkImageLayout layout_after(const VinVulkanPlane *plane)
{
    return plane->layout == VK_IMAGE_LAYOUT_PREINITIALIZED ? VK_IMAGE_LAYOUT_GENERAL
                                                           : plane->layout;
}

/* What a barrier of ours may name of the image's last use. Our own stage is always among them: the
 * wait for a semaphore ends there, and no stage at all would wait for nothing. */
static void known_use(const VinVulkanPlane *plane, VkPipelineStageFlags *stage,
                      VkAccessFlags *access)
{
    *stage = plane->stage | VK_PIPELINE_STAGE_TRANSFER_BIT;
    *access = plane->access;
    if ((plane->stage & ~OUR_STAGES) != 0) {
        *stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | (plane->stage & VK_PIPELINE_STAGE_HOST_BIT);
        *access = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    }
}

static VkImageMemoryBarrier image_barrier(VinDevice *device, const VinVulkanPlane *plane)
{
    const guint32 ours = vin_device_queue_family(device);
    const gboolean is_others =
        plane->queue_family != VK_QUEUE_FAMILY_IGNORED && plane->queue_family != ours;

    return (VkImageMemoryBarrier){
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
        .srcQueueFamilyIndex = is_others ? plane->queue_family : VK_QUEUE_FAMILY_IGNORED,
        .dstQueueFamilyIndex = is_others ? ours : VK_QUEUE_FAMILY_IGNORED,
        .image = plane->image,
        .subresourceRange = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT,
                             .levelCount = 1,
                             .layerCount = 1},
    };
}

static void record_acquire(VinVkCommand *command, const VinVulkanPlane *plane)
{
    VkImageMemoryBarrier barrier = image_barrier(command->device, plane);
    VkPipelineStageFlags stage;

    known_use(plane, &stage, &barrier.srcAccessMask);
    barrier.dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
    barrier.oldLayout = plane->layout;
    barrier.newLayout = layout_while_read(plane);
    vkCmdPipelineBarrier(command->buffer, stage, VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, NULL, 0,
                         NULL, 1, &barrier);
}

static void record_release(VinVkCommand *command, const VinVulkanPlane *plane)
{
    VkImageMemoryBarrier barrier = image_barrier(command->device, plane);
    const guint32 from = barrier.srcQueueFamilyIndex;
    VkPipelineStageFlags stage;

    known_use(plane, &stage, &barrier.dstAccessMask);
    barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex;
    barrier.dstQueueFamilyIndex = from;
    barrier.oldLayout = layout_while_read(plane);
    barrier.newLayout = layout_after(plane);
    vkCmdPipelineBarrier(command->buffer, VK_PIPELINE_STAGE_TRANSFER_BIT, stage, 0, 0, NULL, 0,
                         NULL, 1, &barrier);
}

static void record_copy(VinVkCommand *command, const VinVulkanPlane *plane,
                        const VinVkImageWindow *window, const VinVkBuffer *to)
{
    const gboolean all_rows = window->row_step == 1;
    const guint n_regions = all_rows ? 1 : window->n_rows;
    g_autofree VkBufferImageCopy *regions = g_new0(VkBufferImageCopy, n_regions);
    VinTexel texel;
    guint32 width;

    vin_texel_find(plane->format, plane->aspect, &texel);
    width = window->row_bytes / texel.bytes * texel.width;
    for (guint i = 0; i < n_regions; i++) {
        regions[i] = (VkBufferImageCopy){
            .bufferOffset = window->offset + (VkDeviceSize)i * window->row_bytes,
            .bufferRowLength = width,
            .imageSubresource = {.aspectMask = plane->aspect, .layerCount = 1},
            .imageOffset = {.x = (int32_t)(window->first_byte / texel.bytes * texel.width),
                            .y = (int32_t)(window->first_row + i * window->row_step)},
            .imageExtent = {width, all_rows ? window->n_rows : 1, 1},
        };
    }
    vkCmdCopyImageToBuffer(command->buffer, plane->image, layout_while_read(plane), to->buffer,
                           n_regions, regions);
}

void vin_vk_image_record(VinVkCommand *command, const VinVulkanPlane *planes,
                         const VinVkImageWindow *windows, guint n, const VinVkBuffer *to)
{
    for (guint i = 0; i < n; i++) {
        if (!is_seen(planes, i)) {
            record_acquire(command, &planes[i]);
        }
    }
    for (guint i = 0; i < n; i++) {
        record_copy(command, &planes[i], &windows[i], to);
    }
    for (guint i = 0; i < n; i++) {
        if (!is_seen(planes, i)) {
            record_release(command, &planes[i]);
        }
    }
}

/* The state that the release left, so that the same planes can be submitted anew. */
static void advance(VinVulkanPlane *plane)
{
    plane->layout = layout_after(plane);
    plane->stage |= VK_PIPELINE_STAGE_TRANSFER_BIT;
    if (plane->semaphore != VK_NULL_HANDLE) {
        plane->wait_value = plane->signal_value++;
    }
}

gboolean vin_vk_image_submit(VinVkCommand *command, VinVulkanPlane *planes, guint n,
                             GError **error)
{
    VkSemaphore semaphores[VIN_MAX_IMAGE_PLANES];
    guint64 waits[VIN_MAX_IMAGE_PLANES], signals[VIN_MAX_IMAGE_PLANES];
    VkPipelineStageFlags stages[VIN_MAX_IMAGE_PLANES];
    guint n_semaphores = 0;
    VkTimelineSemaphoreSubmitInfo values = {
        .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
        .pWaitSemaphoreValues = waits,
        .pSignalSemaphoreValues = signals,
    };
    VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .commandBufferCount = 1,
        .pCommandBuffers = &command->buffer,
        .pWaitSemaphores = semaphores,
        .pWaitDstStageMask = stages,
        .pSignalSemaphores = semaphores,
    };

    for (guint i = 0; i < n; i++) {
        if (planes[i].semaphore != VK_NULL_HANDLE && !is_seen(planes, i)) {
            semaphores[n_semaphores] = planes[i].semaphore;
            waits[n_semaphores] = planes[i].wait_value;
            signals[n_semaphores] = planes[i].signal_value;
            stages[n_semaphores++] = VK_PIPELINE_STAGE_TRANSFER_BIT;
        }
    }
    info.waitSemaphoreCount = info.signalSemaphoreCount = n_semaphores;
    values.waitSemaphoreValueCount = values.signalSemaphoreValueCount = n_semaphores;
    info.pNext = n_semaphores > 0 ? &values : NULL;
    if (!vin_vk_command_submit_info(command, &info, error)) {
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        advance(&planes[i]);
    }
    return TRUE;
}
