/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One allocation a buffer: a plan has a handful of them. Memory of integrated and software
 * devices is mapped, so they need no staging.
 */
#include "vk/buffer.h"

#include <string.h>

#include "base/error.h"
#include "vk/check.h"
#include "vk/command.h"
#include "vk/device.h"

#define STAGING_BYTES ((gsize)16 << 20) /* a large copy goes in pieces of this size */

#define MAPPABLE                                                                               \
    (VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT)

/* The first allowed memory type that has all of @want; -1 when there is none. */
static gint find_type(const VkPhysicalDeviceMemoryProperties *memory, guint32 allowed,
                      VkMemoryPropertyFlags want)
{
    for (uint32_t i = 0; i < memory->memoryTypeCount; i++) {
        if ((allowed & (1u << i)) != 0 &&
            (memory->memoryTypes[i].propertyFlags & want) == want) {
            return (gint)i;
        }
    }
    return -1;
}

static gint choose_type(VinDevice *device, const VkPhysicalDeviceMemoryProperties *memory,
                        guint32 allowed, VinBufferKind kind)
{
    const VinDeviceType type = vin_device_get_info(device)->type;
    /* A discrete card's mappable local memory may be a small window: leave it alone. */
    const gboolean own_memory = type == VIN_DEVICE_DISCRETE || type == VIN_DEVICE_VIRTUAL;
    const VkMemoryPropertyFlags wishes[][3] = {
        [VIN_BUFFER_DEVICE] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT |
                                   (own_memory ? 0 : MAPPABLE),
                               VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0},
        [VIN_BUFFER_UPLOAD] = {MAPPABLE, MAPPABLE, MAPPABLE},
        [VIN_BUFFER_READBACK] = {MAPPABLE | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, MAPPABLE,
                                 MAPPABLE},
        [VIN_BUFFER_LARGE] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | (own_memory ? 0 : MAPPABLE),
                              VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0},
    };

    for (guint i = 0; i < 3; i++) {
        const gint found = find_type(memory, allowed, wishes[kind][i]);

        if (found >= 0) {
            return found;
        }
    }
    return -1;
}

static gboolean check_size(VinDevice *device, gsize size, VinBufferKind kind, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(device);

    if (size == 0) {
        return vin_fail(error, VIN_ERROR_INVALID, "a GPU buffer of 0 bytes was asked for");
    }
    if ((kind != VIN_BUFFER_LARGE && size > caps->max_storage_bytes) ||
        size > caps->max_allocation_bytes) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "a buffer of %" G_GSIZE_FORMAT " bytes is over the limits of \"%s\": "
                        "%" G_GUINT64_FORMAT " a storage buffer, %" G_GUINT64_FORMAT
                        " an allocation",
                        size, vin_device_get_info(device)->name, caps->max_storage_bytes,
                        caps->max_allocation_bytes);
    }
    return TRUE;
}

static gboolean has_addresses(VinDevice *device)
{
    return (vin_device_get_caps(device)->bits & VIN_CAP_BUFFER_ADDRESS) != 0;
}

/* Core in Vulkan 1.2, an extension's before: the loader need not export it. */
static VkDeviceAddress query_address(const VinVkBuffer *buffer)
{
    const VkBufferDeviceAddressInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO,
        .buffer = buffer->buffer,
    };
    VkDevice vk = vin_device_vk(buffer->device);
    PFN_vkGetBufferDeviceAddress get;

    if (!has_addresses(buffer->device)) {
        return 0;
    }
    get = (PFN_vkGetBufferDeviceAddress)vkGetDeviceProcAddr(vk, "vkGetBufferDeviceAddress");
    if (get == NULL) {
        get = (PFN_vkGetBufferDeviceAddress)vkGetDeviceProcAddr(vk,
                                                                "vkGetBufferDeviceAddressKHR");
    }
    return get != NULL ? get(vk, &info) : 0;
}

static gboolean allocate(VinVkBuffer *buffer, VinBufferKind kind, GError **error)
{
    VinDevice *device = buffer->device;
    VkPhysicalDeviceMemoryProperties memory;
    VkMemoryRequirements needs;
    const VkMemoryAllocateFlagsInfo flags = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
        .flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
    };
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = has_addresses(buffer->device) ? &flags : NULL,
    };
    const VkMemoryType *type;
    gint index;

    vkGetPhysicalDeviceMemoryProperties(vin_device_vk_physical(device), &memory);
    vkGetBufferMemoryRequirements(vin_device_vk(device), buffer->buffer, &needs);
    index = choose_type(device, &memory, needs.memoryTypeBits, kind);
    if (index < 0) {
        return vin_fail(error, VIN_ERROR_MEMORY, "\"%s\" has no memory type for a buffer",
                        vin_device_get_info(device)->name);
    }
    type = &memory.memoryTypes[index];
    if (needs.size > memory.memoryHeaps[type->heapIndex].size) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "a buffer of %" G_GUINT64_FORMAT " bytes is larger than memory heap %u "
                        "(%" G_GUINT64_FORMAT " bytes)",
                        (guint64)needs.size, type->heapIndex,
                        (guint64)memory.memoryHeaps[type->heapIndex].size);
    }
    info.allocationSize = needs.size;
    info.memoryTypeIndex = (guint32)index;
    if (!vin_device_check(device,
                          vkAllocateMemory(vin_device_vk(device), &info, NULL, &buffer->memory),
                          "vkAllocateMemory", error)) {
        buffer->memory = VK_NULL_HANDLE;
        g_prefix_error(error, "%" G_GUINT64_FORMAT " bytes: ", (guint64)needs.size);
        return FALSE;
    }
    if (!vin_device_check(
            device, vkBindBufferMemory(vin_device_vk(device), buffer->buffer, buffer->memory, 0),
            "vkBindBufferMemory", error)) {
        return FALSE;
    }
    if ((type->propertyFlags & MAPPABLE) != MAPPABLE) {
        return TRUE;
    }
    return vin_device_check(device,
                            vkMapMemory(vin_device_vk(device), buffer->memory, 0, VK_WHOLE_SIZE,
                                        0, (void **)&buffer->mapped),
                            "vkMapMemory", error);
}

gboolean vin_vk_buffer_init(VinVkBuffer *buffer, VinDevice *device, gsize size,
                            VinBufferKind kind, GError **error)
{
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT |
                 VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };

    memset(buffer, 0, sizeof *buffer);
    if (!check_size(device, size, kind, error)) {
        return FALSE;
    }
    buffer->device = device;
    buffer->size = size;
    if (has_addresses(device)) {
        info.usage |= VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;
    }
    if (!vin_device_check(device,
                          vkCreateBuffer(vin_device_vk(device), &info, NULL, &buffer->buffer),
                          "vkCreateBuffer", error)) {
        memset(buffer, 0, sizeof *buffer);
        return FALSE;
    }
    if (!allocate(buffer, kind, error)) {
        vin_vk_buffer_clear(buffer);
        return FALSE;
    }
    buffer->address = query_address(buffer);
    return TRUE;
}

void vin_vk_buffer_clear(VinVkBuffer *buffer)
{
    if (buffer->device != NULL && vin_device_may_destroy(buffer->device)) {
        vkDestroyBuffer(vin_device_vk(buffer->device), buffer->buffer, NULL);
        vkFreeMemory(vin_device_vk(buffer->device), buffer->memory, NULL); /* unmaps */
    }
    memset(buffer, 0, sizeof *buffer);
}

static gboolean check_range(const VinVkBuffer *buffer, gsize offset, gsize size, GError **error)
{
    if (offset > buffer->size || size > buffer->size - offset) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "bytes %" G_GSIZE_FORMAT " + %" G_GSIZE_FORMAT
                        " lie outside a buffer of %" G_GSIZE_FORMAT,
                        offset, size, buffer->size);
    }
    return TRUE;
}

/* Runs one recording that copies, when @from is not NULL, and makes all writes so far visible to
 * the host. */
static gboolean run_copy(VinDevice *device, const VinVkBuffer *from, gsize from_offset,
                         const VinVkBuffer *to, gsize to_offset, gsize size, GError **error)
{
    g_auto(VinVkCommand) command = {0};

    if (!vin_vk_command_init(&command, device, 0, error) ||
        !vin_vk_command_begin(&command, error)) {
        return FALSE;
    }
    if (from != NULL) {
        vin_vk_command_host_barrier(&command, FALSE);
        vin_vk_command_copy(&command, from, from_offset, to, to_offset, size);
    }
    vin_vk_command_host_barrier(&command, TRUE);
    return vin_vk_command_end(&command, error) && vin_vk_command_submit(&command, error) &&
           vin_vk_command_wait(&command, error);
}

gboolean vin_vk_buffer_write(VinVkBuffer *buffer, gsize offset, const void *data, gsize size,
                             GError **error)
{
    g_auto(VinVkBuffer) staging = {0};

    if (!check_range(buffer, offset, size, error)) {
        return FALSE;
    }
    if (size == 0) {
        return TRUE;
    }
    if (buffer->mapped != NULL) {
        memcpy(buffer->mapped + offset, data, size);
        return TRUE;
    }
    if (!vin_vk_buffer_init(&staging, buffer->device, MIN(size, STAGING_BYTES),
                            VIN_BUFFER_UPLOAD, error)) {
        return FALSE;
    }
    for (gsize done = 0; done < size; done += staging.size) {
        const gsize piece = MIN(size - done, staging.size);

        memcpy(staging.mapped, (const guint8 *)data + done, piece);
        if (!run_copy(buffer->device, &staging, 0, buffer, offset + done, piece, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_vk_buffer_read(VinVkBuffer *buffer, gsize offset, void *data, gsize size,
                            GError **error)
{
    g_auto(VinVkBuffer) staging = {0};

    if (!check_range(buffer, offset, size, error)) {
        return FALSE;
    }
    if (size == 0) {
        return TRUE;
    }
    if (buffer->mapped != NULL) {
        if (!run_copy(buffer->device, NULL, 0, NULL, 0, 0, error)) {
            return FALSE;
        }
        memcpy(data, buffer->mapped + offset, size);
        return TRUE;
    }
    if (!vin_vk_buffer_init(&staging, buffer->device, MIN(size, STAGING_BYTES),
                            VIN_BUFFER_READBACK, error)) {
        return FALSE;
    }
    for (gsize done = 0; done < size; done += staging.size) {
        const gsize piece = MIN(size - done, staging.size);

        if (!run_copy(buffer->device, buffer, offset + done, &staging, 0, piece, error)) {
            return FALSE;
        }
        memcpy((guint8 *)data + done, staging.mapped, piece);
    }
    return TRUE;
}
