/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VkResult into GError.
 */
#ifndef VIN_VK_CHECK_H
#define VIN_VK_CHECK_H

#include <glib.h>
#include <vulkan/vulkan.h>

/* FALSE with an error naming @what when @result is an error (a negative VkResult): LOST for
 * a lost device, MEMORY for lack of memory, else DEVICE. */
gboolean vin_vk_check(VkResult result, const char *what, GError **error);
/* "VK_ERROR_DEVICE_LOST"; "VkResult" for a value this file does not know. Static. */
const char *vin_vk_result_name(VkResult result);

#endif
