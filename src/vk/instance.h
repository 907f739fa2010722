/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one VkInstance of the process.
 */
#ifndef VIN_VK_INSTANCE_H
#define VIN_VK_INSTANCE_H

#include <glib.h>
#include <vulkan/vulkan.h>

/* Text of the error where there is no Vulkan driver: says what to install. */
#define VIN_NO_DRIVER                                                                          \
    "no Vulkan driver found: install one, e.g. Debian's mesa-vulkan-drivers (its software "    \
    "driver runs on any CPU)"

/* Makes the instance at the first call; it stays as long as the process. VK_NULL_HANDLE with
 * VIN_ERROR_DEVICE without a driver; the next call tries anew. Any thread. */
VkInstance vin_instance_get(GError **error);

#endif
