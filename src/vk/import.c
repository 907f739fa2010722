/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vkAllocateMemory() takes a descriptor over when it succeeds, so it gets a duplicate each time.
 * How large the memory is tells the kernel, not who handed it over.
 */
#include "vk/import.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "vk/check.h"
#include "vk/device.h"

#define USAGE VK_BUFFER_USAGE_TRANSFER_SRC_BIT

static const char *type_name(VkExternalMemoryHandleTypeFlagBits type)
{
    return type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT ? "a dma-buf"
                                                                  : "an opaque descriptor";
}

gboolean vin_vk_handle_size(int fd, guint64 *size, GError **error)
{
    struct stat facts;
    off_t end;

    if (fd < 0 || fstat(fd, &facts) != 0) {
        return vin_fail(error, VIN_ERROR_INVALID, "descriptor %d is not open", fd);
    }
    /* Of a dma-buf only the end says how large it is; it has no position that moves. */
    end = S_ISREG(facts.st_mode) ? facts.st_size : lseek(fd, 0, SEEK_END);
    if (end <= 0) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "descriptor %d has no size; that of a dma-buf is accepted", fd);
    }
    *size = (guint64)end;
    return TRUE;
}

static VkExternalMemoryFeatureFlags query_features(VinDevice *device,
                                                   VkExternalMemoryHandleTypeFlagBits type)
{
    const gboolean is_dmabuf = type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
    const VkPhysicalDeviceExternalBufferInfo info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
        .usage = USAGE,
        .handleType = type,
    };
    VkExternalBufferProperties properties = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
    };
    const guint32 needs = is_dmabuf ? VIN_CAP_DMABUF : VIN_CAP_EXTERNAL_FD;

    if ((vin_device_get_caps(device)->bits & needs) == 0) {
        return 0;
    }
    vkGetPhysicalDeviceExternalBufferProperties(vin_device_vk_physical(device), &info,
                                                &properties);
    return properties.externalMemoryProperties.externalMemoryFeatures;
}

gboolean vin_vk_import_check(VinDevice *device, VkExternalMemoryHandleTypeFlagBits type,
                             GError **error)
{
    if ((query_features(device, type) & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0) {
        return TRUE;
    }
    return vin_fail(error, VIN_ERROR_UNSUPPORTED, "\"%s\" does not import memory from %s",
                    vin_device_get_info(device)->name, type_name(type));
}

guint32 vin_vk_import_queue_family(VinDevice *device, VkExternalMemoryHandleTypeFlagBits type)
{
    const gboolean is_foreign =
        type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT &&
        (vin_device_get_caps(device)->bits & VIN_CAP_FOREIGN_QUEUE) != 0;

    return is_foreign ? VK_QUEUE_FAMILY_FOREIGN_EXT : VK_QUEUE_FAMILY_EXTERNAL;
}

/* The driver's word that it does not want this memory is no fault of the device. */
static gboolean check_import(VinDevice *device, VkResult result, const char *what,
                             const VinVkHandle *handle, GError **error)
{
    if (result == VK_ERROR_INVALID_EXTERNAL_HANDLE || result == VK_ERROR_FEATURE_NOT_PRESENT) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "\"%s\" does not import %s of %" G_GUINT64_FORMAT
                        " bytes (%s failed: %s)",
                        vin_device_get_info(device)->name, type_name(handle->type), handle->size,
                        what, vin_vk_result_name(result));
    }
    return vin_device_check(device, result, what, error);
}

/* The memory types that may be used, as bits. An opaque descriptor is the driver's own: its type
 * is the one it was allocated with, by our rule the first that the object takes. */
static gboolean query_types(VinDevice *device, const VinVkHandle *handle, guint32 *types,
                            GError **error)
{
    VkMemoryFdPropertiesKHR properties = {.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR};
    VkDevice vk = vin_device_vk(device);
    PFN_vkGetMemoryFdPropertiesKHR get;

    *types = G_MAXUINT32;
    if (handle->type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT) {
        return TRUE;
    }
    get = (PFN_vkGetMemoryFdPropertiesKHR)vkGetDeviceProcAddr(vk, "vkGetMemoryFdPropertiesKHR");
    if (get == NULL) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED, "\"%s\" lacks vkGetMemoryFdPropertiesKHR",
                        vin_device_get_info(device)->name);
    }
    if (!check_import(device, get(vk, handle->type, handle->fd, &properties),
                      "vkGetMemoryFdPropertiesKHR", handle, error)) {
        return FALSE;
    }
    *types = properties.memoryTypeBits;
    return TRUE;
}

/* A descriptor stays ours when the import fails (VkImportMemoryFdInfoKHR); but lavapipe of Mesa
 * 22.3.6 and 25.0.7 closes it, and the number may be another thread's by now. */
static void close_duplicate(int duplicate, int fd)
{
    struct stat ours, theirs;

    if (fstat(fd, &ours) == 0 && fstat(duplicate, &theirs) == 0 &&
        ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino) {
        close(duplicate);
    }
}

gboolean vin_vk_import_memory(VinDevice *device, const VinVkHandle *handle,
                              const VkMemoryRequirements *needs,
                              const VkMemoryDedicatedAllocateInfo *dedicated,
                              VkDeviceMemory *memory, GError **error)
{
    VkImportMemoryFdInfoKHR import = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
        .pNext = dedicated,
        .handleType = handle->type,
    };
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &import,
        .allocationSize = handle->type == VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
                              ? handle->size
                              : needs->size,
    };
    guint32 types = 0;

    *memory = VK_NULL_HANDLE;
    if (needs->size > handle->size) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "\"%s\" wants %" G_GUINT64_FORMAT " bytes where %s has %"
                        G_GUINT64_FORMAT,
                        vin_device_get_info(device)->name, (guint64)needs->size,
                        type_name(handle->type), handle->size);
    }
    if (!query_types(device, handle, &types, error)) {
        return FALSE;
    }
    types &= needs->memoryTypeBits;
    if (types == 0) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "\"%s\" has no memory type for %s",
                        vin_device_get_info(device)->name, type_name(handle->type));
    }
    info.memoryTypeIndex = (guint32)g_bit_nth_lsf(types, -1);
    import.fd = fcntl(handle->fd, F_DUPFD_CLOEXEC, 0);
    if (import.fd < 0) {
        return vin_fail(error, VIN_ERROR_INVALID, "descriptor %d cannot be duplicated: %s",
                        handle->fd, g_strerror(errno));
    }
    if (!check_import(device, vkAllocateMemory(vin_device_vk(device), &info, NULL, memory),
                      "vkAllocateMemory", handle, error)) {
        close_duplicate(import.fd, handle->fd);
        *memory = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

static gboolean bind_memory(VinVkBuffer *buffer, const VinVkHandle *handle, GError **error)
{
    VinDevice *device = buffer->device;
    const VkBufferMemoryRequirementsInfo2 question = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_MEMORY_REQUIREMENTS_INFO_2,
        .buffer = buffer->buffer,
    };
    const VkMemoryDedicatedAllocateInfo dedicated = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
        .buffer = buffer->buffer,
    };
    VkMemoryDedicatedRequirements own = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS,
    };
    VkMemoryRequirements2 needs = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
        .pNext = &own,
    };
    gboolean is_dedicated = (query_features(device, handle->type) &
                             VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT) != 0;

    vkGetBufferMemoryRequirements2(vin_device_vk(device), &question, &needs);
    is_dedicated |= own.requiresDedicatedAllocation != VK_FALSE;
    return vin_vk_import_memory(device, handle, &needs.memoryRequirements,
                                is_dedicated ? &dedicated : NULL, &buffer->memory, error) &&
           vin_device_check(device,
                            vkBindBufferMemory(vin_device_vk(device), buffer->buffer,
                                               buffer->memory, 0),
                            "vkBindBufferMemory", error);
}

gboolean vin_vk_import_buffer(VinVkBuffer *buffer, VinDevice *device, const VinVkHandle *handle,
                              GError **error)
{
    const VkExternalMemoryBufferCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = handle->type,
    };
    const VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .pNext = &external,
        .size = handle->size,
        .usage = USAGE,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    guint64 size = 0;

    memset(buffer, 0, sizeof *buffer);
    if (!vin_vk_handle_size(handle->fd, &size, error) ||
        !vin_vk_import_check(device, handle->type, error)) {
        return FALSE;
    }
    if (handle->size == 0 || handle->size > size) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "%" G_GUINT64_FORMAT " bytes of %s that has %" G_GUINT64_FORMAT,
                        handle->size, type_name(handle->type), size);
    }
    if (handle->size > vin_device_get_caps(device)->max_allocation_bytes) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s of %" G_GUINT64_FORMAT " bytes is over the limit of \"%s\": %"
                        G_GUINT64_FORMAT, type_name(handle->type), handle->size,
                        vin_device_get_info(device)->name,
                        vin_device_get_caps(device)->max_allocation_bytes);
    }
    buffer->device = device;
    buffer->size = handle->size;
    if (!vin_device_check(device,
                          vkCreateBuffer(vin_device_vk(device), &info, NULL, &buffer->buffer),
                          "vkCreateBuffer", error)) {
        memset(buffer, 0, sizeof *buffer);
        return FALSE;
    }
    if (!bind_memory(buffer, handle, error)) {
        vin_vk_buffer_clear(buffer);
        return FALSE;
    }
    return TRUE;
}
