/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the house sees of a VinDevice beside the public calls.
 */
#ifndef VIN_VK_DEVICE_H
#define VIN_VK_DEVICE_H

#include <vkinception/device.h>
#include <vulkan/vulkan.h>

#include "vk/caps.h"

const VinCaps *vin_device_get_caps(const VinDevice *device);
VkDevice vin_device_vk(const VinDevice *device);
VkPhysicalDevice vin_device_vk_physical(const VinDevice *device);
guint32 vin_device_queue_family(const VinDevice *device);
/* Submits under the queue's lock; VIN_ERROR_LOST when the device was lost. */
gboolean vin_device_submit(VinDevice *device, VkCommandBuffer commands, VkFence fence,
                           GError **error);
/* As vin_vk_check(), and remembers a lost device. */
gboolean vin_device_check(VinDevice *device, VkResult result, const char *what,
                          GError **error);
/* For all pipelines of the device; may be VK_NULL_HANDLE. Any thread. */
VkPipelineCache vin_device_pipeline_cache(const VinDevice *device);
/* Keeps what was compiled so far for the next process. Any thread. */
void vin_device_save_cache(VinDevice *device);
/* TRUE once a call returned VK_ERROR_DEVICE_LOST, or a submission never ended. */
gboolean vin_device_is_lost(const VinDevice *device);
/* Work of this device never ended, so it may still use any of its objects: from here on it counts
 * as lost, and nothing of it is destroyed any more, itself included. */
void vin_device_set_stuck(VinDevice *device);
/* TRUE when objects of the device may be destroyed. */
gboolean vin_device_may_destroy(const VinDevice *device);

#endif
