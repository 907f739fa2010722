/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Compute pipelines and the one descriptor layout that serves every shader:
 *   0 storage: activation arena   1 storage: weights, as much of both as a shader can see at once
 *   2 storage: frame bytes (upload)
 *   3 uniform: per-frame numbers  4 storage: result
 * and 128 bytes of push constants.
 */
#ifndef VIN_VK_PIPELINE_H
#define VIN_VK_PIPELINE_H

#include "vk/buffer.h"
#include "vk/pipeline_shelf.h"

#define VIN_N_BINDINGS 5
#define VIN_PUSH_BYTES 128
#define VIN_UNIFORM_BYTES 16384 /* every device takes uniform blocks up to this size */

typedef struct {
    VinDevice *device;
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout layout;
    guint64 window_bytes; /* of the weights, seen at once */
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

/* @buffers: VIN_N_BINDINGS entries; NULL entries are bound to the first non-NULL one. Of the
 * uniform buffer the first VIN_UNIFORM_BYTES are seen. */
gboolean vin_vk_set_init(VinVkSet *set, const VinVkLayout *layout,
                         const VinVkBuffer *const *buffers, GError **error);
void vin_vk_set_clear(VinVkSet *set);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinVkLayout, vin_vk_layout_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinVkSet, vin_vk_set_clear)

#endif
