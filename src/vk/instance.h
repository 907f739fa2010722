/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one VkInstance of the process, counted.
 */
#ifndef VIN_VK_INSTANCE_H
#define VIN_VK_INSTANCE_H

#include <glib.h>
#include <vulkan/vulkan.h>

/* Text of the error where there is no Vulkan driver: says what to install. */
#define VIN_NO_DRIVER                                                                          \
    "no Vulkan driver found: install one, e.g. Debian's mesa-vulkan-drivers (its software "    \
    "driver runs on any CPU)"

/* Makes the instance at the first call; each acquire wants one release. VK_NULL_HANDLE with
 * VIN_ERROR_DEVICE without a driver. Any thread. */
VkInstance vin_instance_acquire(GError **error);
void vin_instance_release(void);

#endif
