/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An image of a second device whose pixels are arranged by a modifier, handed over as a dma-buf.
 */
#ifndef VIN_TESTS_MODIFIER_RIG_H
#define VIN_TESTS_MODIFIER_RIG_H

#include <vkinception/dmabuf.h>

#include "vk/vk.h"

typedef struct {
    VinDevice *device;
    VkImage image;
    VkDeviceMemory memory;
    VinDmabuf dmabuf; /* one format plane, in as many memory planes as the modifier has */
} ModifierRig;

/* FALSE where the driver does not export such images. @pixels: @height rows of @width times @bytes
 * bytes. */
gboolean modifier_rig_open(ModifierRig *rig, VkFormat format, guint bytes, guint width,
                           guint height, const VinVkModifier *modifier, const guint8 *pixels);
void modifier_rig_close(ModifierRig *rig);

#endif
