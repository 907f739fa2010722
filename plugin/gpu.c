/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A buffer's Vulkan images into a VinStream, and the state of the images afterwards.
 */
#include "gpu_private.h"

#include <vkinception/vulkan.h>

/* GStreamer does not lock an image's state. Elements of ours that share a buffer, behind a tee, at
 * least do not get into each other's way: each reads the state, submits and writes it back. */
static GMutex state_lock;

#define MAX_READ_NS (10 * G_GUINT64_CONSTANT(1000000000)) /* the device may be busy before */

#if VIN_VULKAN_SEMAPHORES

/* From 1.24 on these are flags of VK_KHR_synchronization2, which has some that the calls of Vulkan
 * 1.1 do not have: those stand for all. */
static void take_use(const GstVulkanBarrierMemoryInfo *barrier, VinVulkanPlane *plane)
{
    const gboolean is_known = barrier->pipeline_stages <= G_MAXUINT32 &&
                              barrier->access_flags <= G_MAXUINT32;

    plane->stage = is_known ? (VkPipelineStageFlags)barrier->pipeline_stages
                            : VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
    plane->access = is_known ? (VkAccessFlags)barrier->access_flags
                             : VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT;
    plane->semaphore = barrier->semaphore;
    plane->wait_value = barrier->semaphore_value;
    plane->signal_value = barrier->semaphore_value + 1;
}

static void give_use(const VinVulkanPlane *plane, GstVulkanBarrierMemoryInfo *barrier)
{
    barrier->pipeline_stages |= plane->stage;
    if (plane->semaphore != VK_NULL_HANDLE) {
        barrier->semaphore_value = plane->wait_value;
    }
}

#else

static void take_use(const GstVulkanBarrierMemoryInfo *barrier, VinVulkanPlane *plane)
{
    plane->stage = barrier->pipeline_stages;
    plane->access = barrier->access_flags;
}

static void give_use(const VinVulkanPlane *plane, GstVulkanBarrierMemoryInfo *barrier)
{
    barrier->pipeline_stages = plane->stage;
}

#endif

static VkImageAspectFlags aspect_of(guint plane)
{
    static const VkImageAspectFlags aspects[] = {
        VK_IMAGE_ASPECT_PLANE_0_BIT, VK_IMAGE_ASPECT_PLANE_1_BIT, VK_IMAGE_ASPECT_PLANE_2_BIT};

    return aspects[plane];
}

static guint32 owner_of(const GstVulkanImageMemory *memory)
{
    return memory->create_info.sharingMode == VK_SHARING_MODE_EXCLUSIVE &&
                   memory->barrier.parent.queue != NULL
               ? memory->barrier.parent.queue->family
               : VK_QUEUE_FAMILY_IGNORED;
}

static void take_plane(const GstVulkanImageMemory *memory, VinVulkanPlane *plane)
{
    *plane = (VinVulkanPlane){
        .image = memory->image,
        .format = memory->create_info.format,
        .aspect = VK_IMAGE_ASPECT_COLOR_BIT,
        .width = memory->create_info.extent.width,
        .height = memory->create_info.extent.height,
        .usage = memory->usage,
        .layout = memory->barrier.image_layout,
        .queue_family = owner_of(memory),
    };
    take_use(&memory->barrier.parent, plane);
}

/* The memory of each plane: one for all, or one each. */
static gboolean find_memories(VinGpu *gpu, GstBuffer *buffer, guint n_planes,
                              GstVulkanImageMemory *memories[3], GError **error)
{
    const guint n = gst_buffer_n_memory(buffer);

    if (n != n_planes && n != 1) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "a buffer of %u Vulkan images for a frame of %u planes: one image, or as many "
                    "as planes, are taken", n, n_planes);
        return FALSE;
    }
    for (guint i = 0; i < n_planes; i++) {
        GstMemory *memory = gst_buffer_peek_memory(buffer, n == 1 ? 0 : i);

        if (!gst_is_vulkan_image_memory(memory)) {
            g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                        "memory %u of the buffer is no Vulkan image, though the caps say that the "
                        "video lies in some", i);
            return FALSE;
        }
        memories[i] = (GstVulkanImageMemory *)memory;
        if (memories[i]->device != gpu->device) {
            g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                        "the buffer's images are those of %s, but the pipeline's device is %s",
                        GST_OBJECT_NAME(memories[i]->device), GST_OBJECT_NAME(gpu->device));
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_gpu_submit(VinGpu *gpu, VinStream *stream, GstBuffer *buffer, const VinFrame *frame,
                        VinTicket *ticket, GError **error)
{
    const guint n_planes = vin_format_n_planes(frame->format);
    GstVulkanImageMemory *memories[3];
    VinVulkanPlane planes[3];
    gboolean ok;

    if (!find_memories(gpu, buffer, n_planes, memories, error)) {
        return FALSE;
    }
    g_mutex_lock(&state_lock);
    for (guint i = 0; i < n_planes; i++) {
        take_plane(memories[i], &planes[i]);
        if (n_planes > 1 && memories[1] == memories[0]) {
            planes[i].aspect = aspect_of(i);
        }
    }
    ok = vin_stream_submit_vulkan(stream, frame, planes, n_planes, ticket, error);
    for (guint i = 0; i < n_planes; i++) {
        memories[i]->barrier.image_layout = planes[i].layout;
        give_use(&planes[i], &memories[i]->barrier.parent);
    }
    g_mutex_unlock(&state_lock);
    if (ok && gpu->is_hasty) { /* our copy comes behind theirs, so theirs is done, too */
        vin_stream_wait_read(stream, *ticket, MAX_READ_NS);
    }
    return ok;
}
