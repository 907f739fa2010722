/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The Vulkan nouns of the house in one: device, buffer, pipeline, command. No neural words.
 * All handles sit in owning structs; _clear(zeroed) is a no-op.
 */
#ifndef VIN_VK_VK_H
#define VIN_VK_VK_H

#include "vk/buffer.h"
#include "vk/caps.h"
#include "vk/check.h"
#include "vk/command.h"
#include "vk/device.h"
#include "vk/image.h"
#include "vk/import.h"
#include "vk/import_image.h"
#include "vk/pipeline.h"

#endif
