/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a device's pipeline cache when it is opened, writes it when an engine is ready and when
 * the device is closed. Drivers that keep pipelines by themselves, as Mesa's do, have nothing in
 * theirs but a header; then there is no file.
 */
#include "vk/pipeline_cache.h"

#include <string.h>
#include <unistd.h>

#include "base/env.h"
#include "base/log.h"
#include "vk/check.h"

#define HEADER_BYTES sizeof(VkPipelineCacheHeaderVersionOne)

char *vin_cache_path(const char *kind, const VinCacheKey *key, const char *driver)
{
    g_autofree char *word = g_ascii_strdown(driver, -1);
    g_autofree char *name = NULL;

    if (vin_env_get()->cache_dir == NULL) {
        return NULL;
    }
    g_strcanon(word, "abcdefghijklmnopqrstuvwxyz0123456789", '_');
    name = g_strdup_printf("%s-%08x-%08x-%.40s.bin", kind, key->vendor_id, key->device_id,
                           word[0] != '\0' ? word : "driver");
    return g_build_filename(vin_env_get()->cache_dir, name, NULL);
}

/* Drivers are to look at this themselves; not all do. */
static gboolean is_of_driver(const guint8 *bytes, gsize n_bytes, const VinCacheKey *key)
{
    VkPipelineCacheHeaderVersionOne header;

    if (n_bytes < HEADER_BYTES) {
        return FALSE;
    }
    memcpy(&header, bytes, sizeof header);
    return header.headerSize == HEADER_BYTES &&
           header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
           header.vendorID == key->vendor_id && header.deviceID == key->device_id &&
           memcmp(header.pipelineCacheUUID, key->uuid, sizeof key->uuid) == 0;
}

static guint8 *read_file(VinPipelineCache *cache, gsize *n_bytes)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = NULL;

    *n_bytes = 0;
    if (cache->path == NULL) {
        return NULL;
    }
    bytes = vin_cache_file_read(cache->path, &cache->key, (guint)geteuid(), n_bytes, &error);
    if (error != NULL) {
        vin_log(VIN_LOG_INFO, "cache ignored, a new one will take its place: %s",
                error->message);
    } else if (bytes != NULL && !is_of_driver(bytes, *n_bytes, &cache->key)) {
        vin_log(VIN_LOG_INFO, "cache ignored, a new one will take its place: %s: its content is "
                              "another driver's",
                cache->path);
        *n_bytes = 0;
        return NULL;
    }
    return g_steal_pointer(&bytes);
}

static VkResult create(VinPipelineCache *cache, const guint8 *bytes, gsize n_bytes)
{
    const VkPipelineCacheCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = n_bytes,
        .pInitialData = bytes,
    };
    VkResult result = vkCreatePipelineCache(cache->device, &info, NULL, &cache->vk);

    if (result < 0) {
        cache->vk = VK_NULL_HANDLE;
        vin_log(VIN_LOG_INFO, "no pipeline cache of %" G_GSIZE_FORMAT " bytes: %s", n_bytes,
                vin_vk_result_name(result));
    }
    return result;
}

void vin_pipeline_cache_open(VinPipelineCache *cache, VkDevice device, VkPhysicalDevice physical,
                             const char *driver)
{
    g_autofree guint8 *bytes = NULL;
    VkPhysicalDeviceProperties properties;
    gsize n_bytes = 0;

    memset(cache, 0, sizeof *cache);
    vkGetPhysicalDeviceProperties(physical, &properties);
    cache->device = device;
    cache->key.vendor_id = properties.vendorID;
    cache->key.device_id = properties.deviceID;
    cache->key.driver_version = properties.driverVersion;
    memcpy(cache->key.uuid, properties.pipelineCacheUUID, sizeof cache->key.uuid);
    cache->path = vin_cache_path("pipelines", &cache->key, driver);

    bytes = read_file(cache, &n_bytes);
    if (create(cache, bytes, n_bytes) >= 0) {
        cache->kept_bytes = n_bytes;
    } else if (n_bytes > 0) { /* perhaps it is the content's fault */
        create(cache, NULL, 0);
    }
}

static guint8 *get_data(const VinPipelineCache *cache, gsize *n_bytes)
{
    g_autofree guint8 *bytes = NULL;
    size_t size = 0;

    if (vkGetPipelineCacheData(cache->device, cache->vk, &size, NULL) != VK_SUCCESS ||
        size <= HEADER_BYTES || size == cache->kept_bytes || size > VIN_CACHE_MAX_BYTES) {
        return NULL;
    }
    bytes = g_try_malloc(size);
    if (bytes == NULL ||
        vkGetPipelineCacheData(cache->device, cache->vk, &size, bytes) != VK_SUCCESS) {
        return NULL;
    }
    *n_bytes = size;
    return g_steal_pointer(&bytes);
}

void vin_pipeline_cache_save(VinPipelineCache *cache)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = NULL;
    gsize n_bytes = 0;

    if (cache->path == NULL || cache->vk == VK_NULL_HANDLE) {
        return;
    }
    bytes = get_data(cache, &n_bytes);
    if (bytes == NULL) {
        return;
    }
    if (vin_cache_file_write(cache->path, &cache->key, bytes, n_bytes, &error)) {
        vin_log(VIN_LOG_DEBUG, "cache of %" G_GSIZE_FORMAT " bytes written: %s", n_bytes,
                cache->path);
    } else {
        vin_log(VIN_LOG_DEBUG, "cache not written: %s", error->message);
    }
    cache->kept_bytes = n_bytes; /* not tried again for the same content */
}

void vin_pipeline_cache_clear(VinPipelineCache *cache, gboolean destroy)
{
    if (cache->device != VK_NULL_HANDLE && destroy) {
        vkDestroyPipelineCache(cache->device, cache->vk, NULL);
    }
    g_free(cache->path);
    memset(cache, 0, sizeof *cache);
}
