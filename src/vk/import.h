/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Memory that somebody else allocated and handed over as a file descriptor, as a VinVkBuffer.
 * Arranged pixels (modifiers) are import_image.c's.
 */
#ifndef VIN_VK_IMPORT_H
#define VIN_VK_IMPORT_H

#include "vk/buffer.h"

/* A file descriptor that stands for memory; it stays the caller's. */
typedef struct {
    VkExternalMemoryHandleTypeFlagBits type; /* DMA_BUF_BIT_EXT or OPAQUE_FD_BIT */
    int fd;
    guint64 size; /* bytes; of OPAQUE_FD those it was allocated with */
} VinVkHandle;

/* Bytes behind @fd: of a dma-buf, a memfd or a file. VIN_ERROR_INVALID for what is not open or has
 * no size. */
gboolean vin_vk_handle_size(int fd, guint64 *size, GError **error);

/* Whether memory of this kind can be bound to buffers at all; VIN_ERROR_UNSUPPORTED. */
gboolean vin_vk_import_check(VinDevice *device, VkExternalMemoryHandleTypeFlagBits type,
                             GError **error);

/* A buffer over all bytes of the handle, for copies from it; vin_vk_buffer_clear() frees it.
 * VIN_ERROR_UNSUPPORTED when the driver does not take this memory, VIN_ERROR_INVALID when the
 * descriptor is none. On failure the buffer is zeroed and no descriptor was opened. */
gboolean vin_vk_import_buffer(VinVkBuffer *buffer, VinDevice *device, const VinVkHandle *handle,
                              GError **error);

/* The queue family that @type's memory belongs to between our uses of it. */
guint32 vin_vk_import_queue_family(VinDevice *device, VkExternalMemoryHandleTypeFlagBits type);

/* Memory for an object that needs @needs; on failure no descriptor was opened. @dedicated: the
 * object it is for, or NULL. For import_image.c. */
gboolean vin_vk_import_memory(VinDevice *device, const VinVkHandle *handle,
                              const VkMemoryRequirements *needs,
                              const VkMemoryDedicatedAllocateInfo *dedicated,
                              VkDeviceMemory *memory, GError **error);

#endif
