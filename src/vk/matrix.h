/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The matrices that a device's subgroups multiply (VK_KHR_cooperative_matrix).
 */
#ifndef VIN_VK_MATRIX_H
#define VIN_VK_MATRIX_H

#include "vk/caps.h"

/* The first VIN_MAX_MATRIX_SHAPES shapes of 16-bit floats with 32-bit sums in compute shaders; how
 * many. @physical has the extension. */
guint vin_matrix_shapes(VkPhysicalDevice physical, VinMatrixShape *shapes);

#endif
