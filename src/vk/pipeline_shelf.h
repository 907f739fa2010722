/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPipelineShelf: pipelines of a device that nobody uses at the moment. Who needs one of these
 * again, because a model comes back or another one has the same layers, takes it from here:
 * making one takes a software driver 10 to 250 ms. The oldest ones go when it is full.
 */
#ifndef VIN_VK_PIPELINE_SHELF_H
#define VIN_VK_PIPELINE_SHELF_H

#include <glib.h>
#include <vulkan/vulkan.h>

#define VIN_MAX_SPEC 16
#define VIN_PIPELINE_SHELF_SIZE 128 /* GoogLeNet has 12 to 30 */

/* What tells two pipelines of a device apart. */
typedef struct {
    const guint32 *spirv; /* words that live as long as the process */
    guint32 spec[VIN_MAX_SPEC];
    guint n_spec;
} VinPipelineKey;

/* All of any thread, but clear. */
typedef struct {
    GMutex lock;
    GQueue entries; /* oldest first */
} VinPipelineShelf;

void vin_pipeline_shelf_init(VinPipelineShelf *shelf);
/* Destroys those on it; @destroy FALSE: forgets them. */
void vin_pipeline_shelf_clear(VinPipelineShelf *shelf, VkDevice device, gboolean destroy);
/* VK_NULL_HANDLE when there is none. */
VkPipeline vin_pipeline_shelf_take(VinPipelineShelf *shelf, const VinPipelineKey *key);
/* Takes @pipeline, which no work uses any more. */
void vin_pipeline_shelf_put(VinPipelineShelf *shelf, VkDevice device, const VinPipelineKey *key,
                            VkPipeline pipeline);

#endif
