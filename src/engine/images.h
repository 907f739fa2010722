/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For sources of frames (slot.h): planes that lie in images.
 */
#ifndef VIN_ENGINE_IMAGES_H
#define VIN_ENGINE_IMAGES_H

#include <vkinception/vulkan.h>

#include "engine/slot.h"

/* Submits the copies of @planes, of which @frame has @n_planes. VIN_ERROR_INVALID where one cannot
 * be copied from. */
gboolean vin_images_fill(VinSlot *slot, const VinPlaneWindow windows[3], const VinFrame *frame,
                         VinVulkanPlane *planes, guint n_planes, GError **error);

#endif
