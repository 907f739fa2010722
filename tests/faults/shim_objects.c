/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The shim's functions that make and destroy objects.
 */
#include "shim_private.h"

#include <string.h>

#pragma GCC visibility push(default)

typedef VkResult(VKAPI_PTR *CreateFunc)(VkDevice device, const void *info,
                                        const VkAllocationCallbacks *allocator, void *handle);
typedef void(VKAPI_PTR *DestroyFunc)(VkDevice device, guint64 handle,
                                     const VkAllocationCallbacks *allocator);

VkResult shim_create(const char *entry, gconstpointer site, VkDevice device, const void *info,
                     const VkAllocationCallbacks *allocator, void *handle)
{
    VkResult result;

    if (shim_fails(entry, site, device, &result)) {
        memset(handle, 0xa5, sizeof(guint64));
        return result;
    }
    result = ((CreateFunc)shim_next(entry))(device, info, allocator, handle);
    if (result >= 0) {
        shim_count(entry, 1);
    }
    return result;
}

void shim_destroy(const char *entry, const char *creator, VkDevice device, guint64 handle,
                  const VkAllocationCallbacks *allocator)
{
    if (handle != 0) {
        shim_count(creator, -1);
    }
    ((DestroyFunc)shim_next(entry))(device, handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateBuffer(VkDevice device, const VkBufferCreateInfo *info,
               const VkAllocationCallbacks *allocator, VkBuffer *handle)
{
    return shim_create("vkCreateBuffer", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyBuffer(VkDevice device, VkBuffer handle,
                const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyBuffer", "vkCreateBuffer", device, (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateImage(VkDevice device, const VkImageCreateInfo *info,
              const VkAllocationCallbacks *allocator, VkImage *handle)
{
    return shim_create("vkCreateImage", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyImage(VkDevice device, VkImage handle,
               const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyImage", "vkCreateImage", device, (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateCommandPool(VkDevice device, const VkCommandPoolCreateInfo *info,
                    const VkAllocationCallbacks *allocator, VkCommandPool *handle)
{
    return shim_create("vkCreateCommandPool", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyCommandPool(VkDevice device, VkCommandPool handle,
                     const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyCommandPool", "vkCreateCommandPool", device, (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateDescriptorPool(VkDevice device, const VkDescriptorPoolCreateInfo *info,
                       const VkAllocationCallbacks *allocator, VkDescriptorPool *handle)
{
    return shim_create("vkCreateDescriptorPool", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyDescriptorPool(VkDevice device, VkDescriptorPool handle,
                        const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyDescriptorPool", "vkCreateDescriptorPool", device, (guint64)handle,
                 allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateDescriptorSetLayout(VkDevice device, const VkDescriptorSetLayoutCreateInfo *info,
                            const VkAllocationCallbacks *allocator, VkDescriptorSetLayout *handle)
{
    return shim_create("vkCreateDescriptorSetLayout", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyDescriptorSetLayout(VkDevice device, VkDescriptorSetLayout handle,
                             const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyDescriptorSetLayout", "vkCreateDescriptorSetLayout", device,
                 (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateFence(VkDevice device, const VkFenceCreateInfo *info,
              const VkAllocationCallbacks *allocator, VkFence *handle)
{
    return shim_create("vkCreateFence", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyFence(VkDevice device, VkFence handle,
               const VkAllocationCallbacks *allocator)
{
    shim_fence_touched(handle, "vkDestroyFence");
    shim_destroy("vkDestroyFence", "vkCreateFence", device, (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreatePipelineLayout(VkDevice device, const VkPipelineLayoutCreateInfo *info,
                       const VkAllocationCallbacks *allocator, VkPipelineLayout *handle)
{
    return shim_create("vkCreatePipelineLayout", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyPipelineLayout(VkDevice device, VkPipelineLayout handle,
                        const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyPipelineLayout", "vkCreatePipelineLayout", device, (guint64)handle,
                 allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateQueryPool(VkDevice device, const VkQueryPoolCreateInfo *info,
                  const VkAllocationCallbacks *allocator, VkQueryPool *handle)
{
    return shim_create("vkCreateQueryPool", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyQueryPool(VkDevice device, VkQueryPool handle,
                   const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyQueryPool", "vkCreateQueryPool", device, (guint64)handle, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkCreateShaderModule(VkDevice device, const VkShaderModuleCreateInfo *info,
                     const VkAllocationCallbacks *allocator, VkShaderModule *handle)
{
    return shim_create("vkCreateShaderModule", SHIM_SITE, device, info, allocator, handle);
}

VKAPI_ATTR void VKAPI_CALL
vkDestroyShaderModule(VkDevice device, VkShaderModule handle,
                      const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyShaderModule", "vkCreateShaderModule", device, (guint64)handle,
                 allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkAllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info,
                 const VkAllocationCallbacks *allocator, VkDeviceMemory *memory)
{
    VkMemoryAllocateInfo copy = *info;

    if (shim_is_card()) { /* both types are the real device's one */
        copy.memoryTypeIndex = 0;
    }
    return shim_create("vkAllocateMemory", SHIM_SITE, device, &copy, allocator, memory);
}

VKAPI_ATTR void VKAPI_CALL vkFreeMemory(VkDevice device, VkDeviceMemory memory,
                                        const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkFreeMemory", "vkAllocateMemory", device, (guint64)memory, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateComputePipelines(VkDevice device, VkPipelineCache cache,
                                                        uint32_t n,
                                                        const VkComputePipelineCreateInfo *infos,
                                                        const VkAllocationCallbacks *allocator,
                                                        VkPipeline *pipelines)
{
    const char *entry = "vkCreateComputePipelines";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        for (uint32_t i = 0; i < n; i++) { /* this one promises null handles */
            pipelines[i] = VK_NULL_HANDLE;
        }
        return result;
    }
    result = ((PFN_vkCreateComputePipelines)shim_next(entry))(device, cache, n, infos,
                                                              allocator, pipelines);
    for (uint32_t i = 0; i < n; i++) {
        shim_count(entry, pipelines[i] != VK_NULL_HANDLE ? 1 : 0);
    }
    return result;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyPipeline(VkDevice device, VkPipeline pipeline,
                                             const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyPipeline", "vkCreateComputePipelines", device, (guint64)pipeline,
                 allocator);
}

/* The driver sees the header alone: what follows is the shim's own. */
VKAPI_ATTR VkResult VKAPI_CALL
vkCreatePipelineCache(VkDevice device, const VkPipelineCacheCreateInfo *info,
                      const VkAllocationCallbacks *allocator, VkPipelineCache *cache)
{
    VkPipelineCacheCreateInfo copy = *info;

    shim_cache_made(info);
    if (shim_cache_bytes() > 0 && info->initialDataSize > 0) {
        copy.initialDataSize = sizeof(VkPipelineCacheHeaderVersionOne);
    }
    return shim_create("vkCreatePipelineCache", SHIM_SITE, device, &copy, allocator, cache);
}

VKAPI_ATTR void VKAPI_CALL vkDestroyPipelineCache(VkDevice device, VkPipelineCache cache,
                                                  const VkAllocationCallbacks *allocator)
{
    shim_destroy("vkDestroyPipelineCache", "vkCreatePipelineCache", device, (guint64)cache,
                 allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetPipelineCacheData(VkDevice device, VkPipelineCache cache,
                                                      size_t *size, void *data)
{
    const char *entry = "vkGetPipelineCacheData";
    const gsize header = sizeof(VkPipelineCacheHeaderVersionOne);
    const gsize room = *size;
    PFN_vkGetPipelineCacheData next = (PFN_vkGetPipelineCacheData)shim_next(entry);
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        return result;
    }
    if (shim_cache_bytes() == 0) {
        return next(device, cache, size, data);
    }
    *size = header + shim_cache_bytes();
    if (data == NULL) {
        return VK_SUCCESS;
    }
    if (room < *size) {
        *size = 0;
        return VK_INCOMPLETE;
    }
    *size = header;
    result = next(device, cache, size, data); /* VK_INCOMPLETE: the driver has more */
    *size = header + shim_cache_bytes();
    for (gsize i = header; i < *size; i++) {
        ((guint8 *)data)[i] = (guint8)(i * 7);
    }
    return result < 0 ? result : VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateDevice(VkPhysicalDevice physical,
                                              const VkDeviceCreateInfo *info,
                                              const VkAllocationCallbacks *allocator,
                                              VkDevice *device)
{
    const char *entry = "vkCreateDevice";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)) {
        memset(device, 0xa5, sizeof *device);
        return result;
    }
    result = ((PFN_vkCreateDevice)shim_next(entry))(physical, info, allocator, device);
    if (result >= 0) {
        shim_count(entry, 1);
    }
    return result;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyDevice(VkDevice device,
                                           const VkAllocationCallbacks *allocator)
{
    ((PFN_vkDestroyDevice)shim_next("vkDestroyDevice"))(device, allocator);
    shim_device_closed(device);
    shim_count("vkCreateDevice", -1);
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateInstance(const VkInstanceCreateInfo *info,
                                                const VkAllocationCallbacks *allocator,
                                                VkInstance *instance)
{
    const char *entry = "vkCreateInstance";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)) {
        memset(instance, 0xa5, sizeof *instance);
        return result;
    }
    return ((PFN_vkCreateInstance)shim_next(entry))(info, allocator, instance);
}
