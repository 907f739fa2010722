/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinVkBuffer: a buffer with memory of its own, and blocking copies to and from it.
 */
#ifndef VIN_VK_BUFFER_H
#define VIN_VK_BUFFER_H

#include <vkinception/device.h>
#include <vulkan/vulkan.h>

typedef enum {
    VIN_BUFFER_DEVICE,   /* device-local; uploads go through a staging buffer */
    VIN_BUFFER_UPLOAD,   /* host-visible, coherent, mapped: the CPU writes */
    VIN_BUFFER_READBACK, /* host-visible, coherent, cached if there is, mapped: the CPU reads */
    VIN_BUFFER_LARGE     /* as DEVICE, and may be larger than a shader can see at once */
} VinBufferKind;

#define VIN_WINDOW_ALIGN 256 /* bytes; every device takes offsets of bindings that are multiples */

/* Of weights or activations, seen at once by a shader that can see @max_bytes. */
static inline guint64 vin_vk_window_bytes(guint64 max_bytes)
{
    return max_bytes / VIN_WINDOW_ALIGN * VIN_WINDOW_ALIGN;
}

typedef struct {
    VinDevice *device; /* borrowed; outlives the buffer */
    VkBuffer buffer;
    VkDeviceMemory memory;
    gsize size;        /* bytes */
    guint8 *mapped;    /* NULL for DEVICE on a discrete card */
    VkDeviceAddress address; /* 0 without VIN_CAP_BUFFER_ADDRESS */
} VinVkBuffer;

/* Usage is always STORAGE | UNIFORM | TRANSFER_SRC | TRANSFER_DST. Size 0 is an error. The size
 * is checked against maxStorageBufferRange (but for LARGE) and the heap before anything is
 * allocated (VIN_ERROR_MEMORY). On failure the buffer is zeroed. */
gboolean vin_vk_buffer_init(VinVkBuffer *buffer, VinDevice *device, gsize size,
                            VinBufferKind kind, GError **error);
void vin_vk_buffer_clear(VinVkBuffer *buffer);
/* Blocking copies, through a staging buffer where needed. For set-up and tests. A read sees what
 * was submitted before it; a write is the caller's to order against work in flight. A range
 * outside the buffer is VIN_ERROR_INVALID. */
gboolean vin_vk_buffer_write(VinVkBuffer *buffer, gsize offset, const void *data, gsize size,
                             GError **error);
gboolean vin_vk_buffer_read(VinVkBuffer *buffer, gsize offset, void *data, gsize size,
                            GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinVkBuffer, vin_vk_buffer_clear)

#endif
