/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the files of the shim share.
 */
#ifndef VIN_TESTS_FAULTS_SHIM_PRIVATE_H
#define VIN_TESTS_FAULTS_SHIM_PRIVATE_H

#include "shim.h"

#define SHIM_SITE __builtin_return_address(0)

/* The loader's function of that name. */
PFN_vkVoidFunction shim_next(const char *entry);

/* Counts a call that can fail. TRUE when it is to fail, with what in @result. @device: whose call
 * it is, NULL before there is one. */
gboolean shim_fails(const char *entry, gconstpointer site, VkDevice device, VkResult *result);

/* vkCreate* and vkAllocateMemory all look alike; so do vkDestroy* and vkFreeMemory. */
VkResult shim_create(const char *entry, gconstpointer site, VkDevice device, const void *info,
                     const VkAllocationCallbacks *allocator, void *handle);
void shim_destroy(const char *entry, const char *creator, VkDevice device, guint64 handle,
                  const VkAllocationCallbacks *allocator);
void shim_count(const char *creator, gint change);

void shim_device_opened(VkDevice device, VkQueue queue);
void shim_device_closed(VkDevice device);
VkDevice shim_device_of(VkQueue queue);

/* From a submission to a wait that saw its end, a fence is in use. */
void shim_fence_submitted(VkFence fence, VkDevice device);
void shim_fence_done(VkFence fence);
void shim_fence_touched(VkFence fence, const char *entry); /* must not be in use */

gboolean shim_is_card(void);
gsize shim_cache_bytes(void);
void shim_cache_made(const VkPipelineCacheCreateInfo *info);

/* @is_barrier: else something that a barrier can order. */
void shim_recorded(VkCommandBuffer commands, gboolean is_barrier);

#endif
