/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Recording. A recording is made once and submitted many times, which is submit.c's.
 */
#include "vk/command.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "vk/device.h"

#define GPU_STAGES (VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT)
#define GPU_WRITES (VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT)
#define GPU_ALL                                                                                \
    (GPU_WRITES | VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_UNIFORM_READ_BIT |                     \
     VK_ACCESS_TRANSFER_READ_BIT)

static gboolean create_buffer(VinVkCommand *command, GError **error)
{
    const VkCommandPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .queueFamilyIndex = vin_device_queue_family(command->device),
    };
    VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    VkDevice vk = vin_device_vk(command->device);

    if (!vin_device_check(command->device,
                          vkCreateCommandPool(vk, &pool_info, NULL, &command->pool),
                          "vkCreateCommandPool", error)) {
        command->pool = VK_NULL_HANDLE;
        return FALSE;
    }
    info.commandPool = command->pool;
    return vin_device_check(command->device,
                            vkAllocateCommandBuffers(vk, &info, &command->buffer),
                            "vkAllocateCommandBuffers", error);
}

static gboolean create_queries(VinVkCommand *command, guint n_queries, GError **error)
{
    const VkQueryPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
        .queryType = VK_QUERY_TYPE_TIMESTAMP,
        .queryCount = n_queries,
    };

    if (n_queries == 0 ||
        (vin_device_get_caps(command->device)->bits & VIN_CAP_TIMESTAMPS) == 0) {
        return TRUE;
    }
    if (!vin_device_check(command->device,
                          vkCreateQueryPool(vin_device_vk(command->device), &info, NULL,
                                            &command->queries),
                          "vkCreateQueryPool", error)) {
        command->queries = VK_NULL_HANDLE;
        return FALSE;
    }
    command->n_queries = n_queries;
    return TRUE;
}

static gboolean create_fence(VinVkCommand *command, GError **error)
{
    const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};

    if (!vin_device_check(
            command->device,
            vkCreateFence(vin_device_vk(command->device), &info, NULL, &command->fence),
            "vkCreateFence", error)) {
        command->fence = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

gboolean vin_vk_command_init(VinVkCommand *command, VinDevice *device, guint n_queries,
                             GError **error)
{
    memset(command, 0, sizeof *command);
    command->device = device;
    if (!create_buffer(command, error) || !create_fence(command, error) ||
        !create_queries(command, n_queries, error)) {
        vin_vk_command_clear(command);
        return FALSE;
    }
    return TRUE;
}

gboolean vin_vk_command_init_part(VinVkCommand *command, VinDevice *device,
                                  const VinVkCommand *timed, GError **error)
{
    memset(command, 0, sizeof *command);
    command->device = device;
    command->is_part = TRUE;
    if (timed != NULL) {
        command->queries = timed->queries;
        command->n_queries = timed->n_queries;
    }
    if (!create_buffer(command, error)) {
        vin_vk_command_clear(command);
        return FALSE;
    }
    return TRUE;
}

void vin_vk_command_clear(VinVkCommand *command)
{
    if (command->device != NULL) {
        vin_vk_command_finish(command);
    }
    if (command->device != NULL && vin_device_may_destroy(command->device)) {
        VkDevice vk = vin_device_vk(command->device);

        if (!command->is_part) {
            vkDestroyQueryPool(vk, command->queries, NULL);
            vkDestroyFence(vk, command->fence, NULL);
        }
        vkDestroyCommandPool(vk, command->pool, NULL);
    }
    memset(command, 0, sizeof *command);
}

static gboolean begin(VinVkCommand *command, VkCommandBufferUsageFlags usage, GError **error)
{
    const VkCommandBufferBeginInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = usage,
    };

    g_assert(!g_atomic_int_get(&command->in_flight));
    if (!vin_device_check(command->device,
                          vkResetCommandPool(vin_device_vk(command->device), command->pool, 0),
                          "vkResetCommandPool", error) ||
        !vin_device_check(command->device, vkBeginCommandBuffer(command->buffer, &info),
                          "vkBeginCommandBuffer", error)) {
        return FALSE;
    }
    if (command->queries != VK_NULL_HANDLE && !command->is_part) {
        vkCmdResetQueryPool(command->buffer, command->queries, 0, command->n_queries);
    }
    return TRUE;
}

gboolean vin_vk_command_begin(VinVkCommand *command, GError **error)
{
    return begin(command, 0, error);
}

gboolean vin_vk_command_begin_shared(VinVkCommand *command, GError **error)
{
    return begin(command, VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT, error);
}

gboolean vin_vk_command_end(VinVkCommand *command, GError **error)
{
    return vin_device_check(command->device, vkEndCommandBuffer(command->buffer),
                            "vkEndCommandBuffer", error);
}

void vin_vk_command_bind(VinVkCommand *command, const VinVkLayout *layout, const VinVkSet *set)
{
    command->set = set->set;
    vin_vk_command_move_window(command, layout, 0);
}

void vin_vk_command_move_window(VinVkCommand *command, const VinVkLayout *layout, gsize offset)
{
    const guint32 offsets[] = {(guint32)offset};

    vkCmdBindDescriptorSets(command->buffer, VK_PIPELINE_BIND_POINT_COMPUTE, layout->layout, 0,
                            1, &command->set, G_N_ELEMENTS(offsets), offsets);
}

void vin_vk_command_dispatch(VinVkCommand *command, const VinVkLayout *layout,
                             VkPipeline pipeline, const void *push, guint push_bytes,
                             guint32 x, guint32 y, guint32 z)
{
    g_assert(push_bytes <= VIN_PUSH_BYTES && push_bytes % 4 == 0);
    vkCmdBindPipeline(command->buffer, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    if (push_bytes > 0) {
        vkCmdPushConstants(command->buffer, layout->layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           push_bytes, push);
    }
    vkCmdDispatch(command->buffer, x, y, z);
}

static void memory_barrier(VinVkCommand *command, VkPipelineStageFlags from,
                           VkAccessFlags writes, VkPipelineStageFlags to, VkAccessFlags reads)
{
    const VkMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = writes,
        .dstAccessMask = reads,
    };

    vkCmdPipelineBarrier(command->buffer, from, to, 0, 1, &barrier, 0, NULL, 0, NULL);
}

void vin_vk_command_barrier(VinVkCommand *command)
{
    memory_barrier(command, GPU_STAGES, GPU_WRITES, GPU_STAGES, GPU_ALL);
}

void vin_vk_command_host_barrier(VinVkCommand *command, gboolean to_host)
{
    if (to_host) {
        memory_barrier(command, GPU_STAGES, GPU_WRITES, VK_PIPELINE_STAGE_HOST_BIT,
                       VK_ACCESS_HOST_READ_BIT);
    } else {
        memory_barrier(command, GPU_STAGES | VK_PIPELINE_STAGE_HOST_BIT,
                       GPU_WRITES | VK_ACCESS_HOST_WRITE_BIT, GPU_STAGES, GPU_ALL);
    }
}

void vin_vk_command_copy(VinVkCommand *command, const VinVkBuffer *from, gsize from_offset,
                         const VinVkBuffer *to, gsize to_offset, gsize size)
{
    const VkBufferCopy copy = {
        .srcOffset = from_offset,
        .dstOffset = to_offset,
        .size = size,
    };

    vkCmdCopyBuffer(command->buffer, from->buffer, to->buffer, 1, &copy);
}

#define REGIONS 64 /* of one call */

void vin_vk_command_copy_rows(VinVkCommand *command, const VinVkBuffer *from, gsize from_offset,
                              gsize from_stride, const VinVkBuffer *to, gsize to_offset,
                              gsize row_bytes, guint n_rows)
{
    VkBufferCopy regions[REGIONS];
    guint n = 0;

    if (n_rows == 0 || from_stride == row_bytes) {
        if (n_rows > 0) {
            vin_vk_command_copy(command, from, from_offset, to, to_offset, row_bytes * n_rows);
        }
        return;
    }
    for (guint y = 0; y < n_rows; y++) {
        regions[n++] = (VkBufferCopy){.srcOffset = from_offset + y * from_stride,
                                      .dstOffset = to_offset + y * row_bytes,
                                      .size = row_bytes};
        if (n == REGIONS || y == n_rows - 1) {
            vkCmdCopyBuffer(command->buffer, from->buffer, to->buffer, n, regions);
            n = 0;
        }
    }
}

void vin_vk_command_own(VinVkCommand *command, const VinVkBuffer *imported, guint32 family,
                        gboolean acquire)
{
    const guint32 ours = vin_device_queue_family(command->device);
    const VkBufferMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_BARRIER,
        .dstAccessMask = acquire ? VK_ACCESS_TRANSFER_READ_BIT : 0,
        .srcQueueFamilyIndex = acquire ? family : ours,
        .dstQueueFamilyIndex = acquire ? ours : family,
        .buffer = imported->buffer,
        .size = VK_WHOLE_SIZE,
    };

    vkCmdPipelineBarrier(
        command->buffer,
        acquire ? VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT : VK_PIPELINE_STAGE_TRANSFER_BIT,
        acquire ? VK_PIPELINE_STAGE_TRANSFER_BIT : VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0,
        NULL, 1, &barrier, 0, NULL);
}

void vin_vk_command_timestamp(VinVkCommand *command, guint index)
{
    if (command->queries != VK_NULL_HANDLE) {
        g_assert(index < command->n_queries);
        vkCmdWriteTimestamp(command->buffer, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                            command->queries, index);
    }
}

gboolean vin_vk_command_read_times(VinVkCommand *command, guint64 *ns, guint n)
{
    const VinCaps *caps = vin_device_get_caps(command->device);
    VkResult result;

    if (command->queries == VK_NULL_HANDLE || n == 0 || n > command->n_queries) {
        return FALSE;
    }
    result = vkGetQueryPoolResults(vin_device_vk(command->device), command->queries, 0, n,
                                   n * sizeof *ns, ns, sizeof *ns, VK_QUERY_RESULT_64_BIT);
    if (result != VK_SUCCESS) {
        vin_device_check(command->device, result, "vkGetQueryPoolResults", NULL);
        return FALSE;
    }
    for (guint i = n; i-- > 0;) { /* backwards: ns[0] is the origin; the mask mends a wrap */
        ns[i] = (guint64)((double)((ns[i] - ns[0]) & caps->timestamp_mask) *
                          caps->timestamp_ns);
    }
    return TRUE;
}
