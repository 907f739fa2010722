/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The Vulkan devices of this machine and the choice among them.
 */
#ifndef VIN_VK_PHYSICAL_H
#define VIN_VK_PHYSICAL_H

#include <vkinception/device.h>
#include <vulkan/vulkan.h>

typedef struct {
    VkPhysicalDevice vk;
    VinDeviceInfo info;
    guint32 queue_family; /* of a usable device: the first one with compute */
} VinPhysical;

/* All devices in the driver's order; NULL with VIN_ERROR_DEVICE when there are none. To
 * g_free(). */
VinPhysical *vin_physical_list(VkInstance instance, guint *n, GError **error);
/* The one that @selector means (see vin_device_new()), or NULL with an error that lists all. */
const VinPhysical *vin_physical_choose(const VinPhysical *list, guint n, const char *selector,
                                       GError **error);

#endif
