/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Planes that lie in somebody's images, into a buffer: which part, with what barriers, and behind
 * which semaphores.
 */
#ifndef VIN_VK_IMAGE_H
#define VIN_VK_IMAGE_H

#include <vkinception/vulkan.h>

#include "vk/buffer.h"
#include "vk/command.h"

#define VIN_MAX_IMAGE_PLANES 3

/* The part of a plane that is copied, and where it lies in the buffer: rows without gaps. */
typedef struct {
    guint32 first_row, n_rows, row_step; /* step 2: every second row of the plane */
    guint32 first_byte, row_bytes;       /* of each of these rows */
    guint32 pixel_bytes;                 /* of a pixel of the image */
    guint32 offset;                      /* bytes in the buffer, a multiple of 16 */
} VinVkImageWindow;

/* Whether each window can be copied out of its plane; VIN_ERROR_INVALID. */
gboolean vin_vk_image_check(const VinVulkanPlane *planes, const VinVkImageWindow *windows, guint n,
                            GError **error);
/* Records the copies of what was checked. Images are in their layouts before and after. What is
 * recorded behind has to wait for transfer writes to see the buffer. */
void vin_vk_image_record(VinVkCommand *command, const VinVulkanPlane *planes,
                         const VinVkImageWindow *windows, guint n, const VinVkBuffer *to);
/* Submits what vin_vk_image_record() recorded, between the planes' semaphore values; on success
 * @planes say what the next use has to wait for. */
gboolean vin_vk_image_submit(VinVkCommand *command, VinVulkanPlane *planes, guint n,
                             GError **error);

#endif
