/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A picture of random bytes twice: in system memory, and in Vulkan images of a device.
 */
#ifndef VIN_TESTS_IMAGE_RIG_H
#define VIN_TESTS_IMAGE_RIG_H

#include <vkinception/vkinception.h>

#include "vk/vk.h"

/* Which images a frame's planes lie in. */
typedef struct {
    const char *name;
    VinFormat format;
    VkFormat images[3];   /* of each plane; only the first: one image with all planes */
    VkImageLayout layout;
    VkPipelineStageFlags stage; /* of the last use that is claimed */
    VkAccessFlags access;
} ImageKind;

typedef struct {
    VinDevice *device;
    VinFrame frame;     /* with planes in system memory */
    guint8 *bytes[3];
    VkImage images[3];
    VkDeviceMemory memories[3];
    VinVulkanPlane planes[3];
    guint n_planes;
} ImageRig;

/* @shape: size, crop, field and turn. FALSE where the device does not have the images' formats. */
gboolean image_rig_open(ImageRig *rig, VinDevice *device, const ImageKind *kind,
                        const VinFrame *shape, guint64 seed);
void image_rig_close(ImageRig *rig); /* a zeroed one is welcome */

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImageRig, image_rig_close)

#endif
