/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How many bytes a copy from an image gives.
 */
#ifndef VIN_VK_IMAGE_FORMAT_H
#define VIN_VK_IMAGE_FORMAT_H

#include <glib.h>
#include <vulkan/vulkan.h>

/* One plane of an image. */
typedef struct {
    guint8 bytes;            /* of a block */
    guint8 width;            /* pixels of a block, which is one row high */
    guint8 x_shift, y_shift; /* pixels of the image to pixels of the plane */
} VinTexel;

/* FALSE for formats and aspects that hold no plane of video. */
gboolean vin_texel_find(VkFormat format, VkImageAspectFlags aspect, VinTexel *texel);

#endif
