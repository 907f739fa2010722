/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The Vulkan nouns of the house: device, buffer, pipeline, command, fence. No neural
 * words. All handles sit in owning structs; _clear(zeroed) is a no-op.
 */
#ifndef VIN_VK_VK_H
#define VIN_VK_VK_H

#include <vkinception/device.h>
#include <vulkan/vulkan.h>

/* Capability bits; a kernel lists those it needs. VIN_CAPS_MASK switches bits off. */
typedef enum {
    VIN_CAP_TIMESTAMPS = 1 << 0,
    VIN_CAP_TIMELINE = 1 << 1,
    VIN_CAP_FP16_STORAGE = 1 << 2,
    VIN_CAP_BUFFER_ADDRESS = 1 << 3,
    VIN_CAP_SUBGROUP_SIZE_CONTROL = 1 << 4
} VinCapBits;

typedef struct {
    guint32 bits;                 /* VinCapBits, mask applied */
    guint32 subgroup_size;
    guint64 max_storage_bytes;    /* maxStorageBufferRange */
    guint64 max_allocation_bytes; /* maxMemoryAllocationSize */
    guint32 max_workgroup_count[3];
    guint32 max_workgroup_size[3];
    guint32 max_workgroup_invocations;
    guint32 max_shared_bytes;
    double timestamp_ns;          /* ns per tick; 0 without timestamps */
    gboolean is_software;
} VinCaps;

const VinCaps *vin_device_get_caps(const VinDevice *device);
VkDevice vin_device_vk(const VinDevice *device);
VkPhysicalDevice vin_device_vk_physical(const VinDevice *device);
guint32 vin_device_queue_family(const VinDevice *device);
/* Submits under the queue's lock; VIN_ERROR_LOST when the device was lost. */
gboolean vin_device_submit(VinDevice *device, VkCommandBuffer commands, VkFence fence,
                           GError **error);
/* TRUE once a call returned VK_ERROR_DEVICE_LOST. */
gboolean vin_device_is_lost(const VinDevice *device);

/* vk/check.c: FALSE with an error naming @what when @result is an error. */
gboolean vin_vk_check(VkResult result, const char *what, GError **error);
const char *vin_vk_result_name(VkResult result);

/* vk/buffer.c */
typedef enum {
    VIN_BUFFER_DEVICE,   /* device-local; uploads go through a staging buffer */
    VIN_BUFFER_UPLOAD,   /* host-visible, coherent, mapped: the CPU writes */
    VIN_BUFFER_READBACK  /* host-visible, coherent, cached if there is, mapped: the CPU reads */
} VinBufferKind;

typedef struct {
    VinDevice *device; /* borrowed; outlives the buffer */
    VkBuffer buffer;
    VkDeviceMemory memory;
    gsize size;        /* bytes */
    guint8 *mapped;    /* NULL for DEVICE on a discrete card */
} VinVkBuffer;

/* Usage is always STORAGE | UNIFORM | TRANSFER_SRC | TRANSFER_DST. Size 0 is an error. The size
 * is checked against maxStorageBufferRange and the heap before anything is allocated. */
gboolean vin_vk_buffer_init(VinVkBuffer *buffer, VinDevice *device, gsize size,
                            VinBufferKind kind, GError **error);
void vin_vk_buffer_clear(VinVkBuffer *buffer);
/* Blocking copies, through a staging buffer where needed. For set-up and tests. */
gboolean vin_vk_buffer_write(VinVkBuffer *buffer, gsize offset, const void *data, gsize size,
                             GError **error);
gboolean vin_vk_buffer_read(VinVkBuffer *buffer, gsize offset, void *data, gsize size,
                            GError **error);

/* vk/pipeline.c: one descriptor layout serves every shader:
 *   0 storage: activation arena   1 storage: weights     2 storage: frame bytes (upload)
 *   3 uniform: per-frame numbers  4 storage: result
 * and 128 bytes of push constants. */
#define VIN_N_BINDINGS 5
#define VIN_PUSH_BYTES 128
#define VIN_MAX_SPEC 16

typedef struct {
    VinDevice *device;
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    VkPipelineCache cache;
} VinVkLayout;

gboolean vin_vk_layout_init(VinVkLayout *layout, VinDevice *device, GError **error);
void vin_vk_layout_clear(VinVkLayout *layout);

/* @spirv: words; @spec: values of constant ids 0..n_spec-1, each 32 bits. */
gboolean vin_vk_pipeline_build(const VinVkLayout *layout, const guint32 *spirv,
                               gsize spirv_bytes, const guint32 *spec, guint n_spec,
                               VkPipeline *pipeline, GError **error);

typedef struct {
    VinDevice *device;
    VkDescriptorPool pool;
    VkDescriptorSet set;
} VinVkSet;

/* @buffers: VIN_N_BINDINGS entries; NULL entries are bound to the first non-NULL one. */
gboolean vin_vk_set_init(VinVkSet *set, const VinVkLayout *layout,
                         const VinVkBuffer *const *buffers, GError **error);
void vin_vk_set_clear(VinVkSet *set);

/* vk/command.c: one command buffer with its pool and fence. */
typedef struct {
    VinDevice *device;
    VkCommandPool pool;
    VkCommandBuffer buffer;
    VkFence fence;
    VkQueryPool queries; /* VK_NULL_HANDLE without timestamps */
    guint n_queries;
    gboolean in_flight;
} VinVkCommand;

/* @n_queries: timestamps to make room for, 0 for none. */
gboolean vin_vk_command_init(VinVkCommand *command, VinDevice *device, guint n_queries,
                             GError **error);
void vin_vk_command_clear(VinVkCommand *command); /* waits when in flight */
gboolean vin_vk_command_begin(VinVkCommand *command, GError **error); /* re-usable recording */
gboolean vin_vk_command_end(VinVkCommand *command, GError **error);
void vin_vk_command_bind(VinVkCommand *command, const VinVkLayout *layout, const VinVkSet *set);
void vin_vk_command_dispatch(VinVkCommand *command, const VinVkLayout *layout,
                             VkPipeline pipeline, const void *push, guint push_bytes,
                             guint32 x, guint32 y, guint32 z);
/* Compute writes before are visible to compute reads and writes, and transfers, after. */
void vin_vk_command_barrier(VinVkCommand *command);
/* Host writes -> compute at the start; compute and transfer -> host reads at the end. */
void vin_vk_command_host_barrier(VinVkCommand *command, gboolean to_host);
void vin_vk_command_copy(VinVkCommand *command, const VinVkBuffer *from, gsize from_offset,
                         const VinVkBuffer *to, gsize to_offset, gsize size);
void vin_vk_command_timestamp(VinVkCommand *command, guint index);
gboolean vin_vk_command_submit(VinVkCommand *command, GError **error);
gboolean vin_vk_command_wait(VinVkCommand *command, GError **error); /* no-op when not in flight */
gboolean vin_vk_command_is_done(VinVkCommand *command);
/* Nanoseconds at each of the first @n timestamps after a wait; FALSE without timestamps. */
gboolean vin_vk_command_read_times(VinVkCommand *command, guint64 *ns, guint n);

#endif
