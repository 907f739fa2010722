/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPipelineCache: a device's VkPipelineCache and its file. Only a help: where any of it fails,
 * pipelines are built without.
 */
#ifndef VIN_VK_PIPELINE_CACHE_H
#define VIN_VK_PIPELINE_CACHE_H

#include <vulkan/vulkan.h>

#include "base/cachefile.h"

typedef struct {
    VkDevice device;
    VkPipelineCache vk; /* VK_NULL_HANDLE: none. Takes pipelines of several threads at once */
    char *path;         /* NULL: not kept on disk */
    VinCacheKey key;
    gsize kept_bytes;   /* as the file has it */
} VinPipelineCache;

/* The file of a @kind of cache, to g_free(); NULL where none is kept. */
char *vin_cache_path(const char *kind, const VinCacheKey *key, const char *driver);
/* @driver: part of the file's name, so that two drivers of one card keep a file each. */
void vin_pipeline_cache_open(VinPipelineCache *cache, VkDevice device, VkPhysicalDevice physical,
                             const char *driver);
/* Writes the file when the cache has changed since. One thread at a time. */
void vin_pipeline_cache_save(VinPipelineCache *cache);
/* @destroy: FALSE when the device must be left alone. */
void vin_pipeline_cache_clear(VinPipelineCache *cache, gboolean destroy);

#endif
