/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A driver that has VK_EXT_external_memory_dma_buf and VK_EXT_image_drm_format_modifier, made of
 * one that has VK_KHR_external_memory_fd: an opaque descriptor is a dma-buf, and the pixels of each
 * plane of an image with PRETENDED_MODIFIER lie as those of the driver's linear images do. Every
 * image is held against the valid usage of the extension. Linked into a program it comes before the
 * loader.
 */
#ifndef VIN_TESTS_PRETEND_MODIFIERS_H
#define VIN_TESTS_PRETEND_MODIFIERS_H

#include <glib.h>
#include <vulkan/vulkan.h>

#define PRETENDED_MODIFIER G_GUINT64_CONSTANT(0x00f0000000000001)

/* Which formats it lists with the modifier, 0-terminated; the array is kept. */
void pretend_formats(const VkFormat *formats);
/* Images made with the modifier, and those that live. */
guint pretend_n_made(void);
guint pretend_n_live(void);
/* Barriers that took an image from, or gave it to, another driver's hardware or another driver. */
guint pretend_n_acquired(void);
guint pretend_n_released(void);

#endif
