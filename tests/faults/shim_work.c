/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The shim's functions that ask, record, submit and wait, and the card it can pretend to be.
 */
#include "shim_private.h"

#include <string.h>

#pragma GCC visibility push(default)

VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateInstanceVersion(uint32_t *version)
{
    const char *entry = "vkEnumerateInstanceVersion";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)
               ? result
               : ((PFN_vkEnumerateInstanceVersion)shim_next(entry))(version);
}

VKAPI_ATTR VkResult VKAPI_CALL vkEnumerateInstanceLayerProperties(uint32_t *n,
                                                                  VkLayerProperties *layers)
{
    const char *entry = "vkEnumerateInstanceLayerProperties";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)
               ? result
               : ((PFN_vkEnumerateInstanceLayerProperties)shim_next(entry))(n, layers);
}

VKAPI_ATTR VkResult VKAPI_CALL vkEnumeratePhysicalDevices(VkInstance instance, uint32_t *n,
                                                          VkPhysicalDevice *devices)
{
    const char *entry = "vkEnumeratePhysicalDevices";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)
               ? result
               : ((PFN_vkEnumeratePhysicalDevices)shim_next(entry))(instance, n, devices);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkEnumerateDeviceExtensionProperties(VkPhysicalDevice physical, const char *layer, uint32_t *n,
                                     VkExtensionProperties *extensions)
{
    const char *entry = "vkEnumerateDeviceExtensionProperties";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)
               ? result
               : ((PFN_vkEnumerateDeviceExtensionProperties)shim_next(entry))(physical, layer, n,
                                                                              extensions);
}

VKAPI_ATTR VkResult VKAPI_CALL
vkAllocateCommandBuffers(VkDevice device, const VkCommandBufferAllocateInfo *info,
                         VkCommandBuffer *buffers)
{
    const char *entry = "vkAllocateCommandBuffers";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        memset(buffers, 0, info->commandBufferCount * sizeof *buffers); /* promised */
        return result;
    }
    return ((PFN_vkAllocateCommandBuffers)shim_next(entry))(device, info, buffers);
}

VKAPI_ATTR VkResult VKAPI_CALL vkAllocateDescriptorSets(VkDevice device,
                                                        const VkDescriptorSetAllocateInfo *info,
                                                        VkDescriptorSet *sets)
{
    const char *entry = "vkAllocateDescriptorSets";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        memset(sets, 0, info->descriptorSetCount * sizeof *sets); /* promised */
        return result;
    }
    return ((PFN_vkAllocateDescriptorSets)shim_next(entry))(device, info, sets);
}

VKAPI_ATTR VkResult VKAPI_CALL vkBindBufferMemory(VkDevice device, VkBuffer buffer,
                                                  VkDeviceMemory memory, VkDeviceSize offset)
{
    const char *entry = "vkBindBufferMemory";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, device, &result)
               ? result
               : ((PFN_vkBindBufferMemory)shim_next(entry))(device, buffer, memory, offset);
}

VKAPI_ATTR VkResult VKAPI_CALL vkBindImageMemory(VkDevice device, VkImage image,
                                                 VkDeviceMemory memory, VkDeviceSize offset)
{
    const char *entry = "vkBindImageMemory";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, device, &result)
               ? result
               : ((PFN_vkBindImageMemory)shim_next(entry))(device, image, memory, offset);
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetPhysicalDeviceImageFormatProperties2(
    VkPhysicalDevice physical, const VkPhysicalDeviceImageFormatInfo2 *info,
    VkImageFormatProperties2 *properties)
{
    const char *entry = "vkGetPhysicalDeviceImageFormatProperties2";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, NULL, &result)
               ? result
               : ((PFN_vkGetPhysicalDeviceImageFormatProperties2)shim_next(entry))(
                     physical, info, properties);
}

VKAPI_ATTR VkResult VKAPI_CALL vkMapMemory(VkDevice device, VkDeviceMemory memory,
                                           VkDeviceSize offset, VkDeviceSize size,
                                           VkMemoryMapFlags flags, void **data)
{
    const char *entry = "vkMapMemory";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        memset(data, 0xa5, sizeof *data);
        return result;
    }
    return ((PFN_vkMapMemory)shim_next(entry))(device, memory, offset, size, flags, data);
}

/* Command buffers don't tell their device: no lost device ends a recording. */
VKAPI_ATTR VkResult VKAPI_CALL vkBeginCommandBuffer(VkCommandBuffer commands,
                                                    const VkCommandBufferBeginInfo *info)
{
    const char *entry = "vkBeginCommandBuffer";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)) {
        return result;
    }
    shim_recorded(commands, FALSE);
    return ((PFN_vkBeginCommandBuffer)shim_next(entry))(commands, info);
}

VKAPI_ATTR VkResult VKAPI_CALL vkEndCommandBuffer(VkCommandBuffer commands)
{
    const char *entry = "vkEndCommandBuffer";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, VK_NULL_HANDLE, &result)
               ? result
               : ((PFN_vkEndCommandBuffer)shim_next(entry))(commands);
}

VKAPI_ATTR VkResult VKAPI_CALL vkResetCommandPool(VkDevice device, VkCommandPool pool,
                                                  VkCommandPoolResetFlags flags)
{
    const char *entry = "vkResetCommandPool";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, device, &result)
               ? result
               : ((PFN_vkResetCommandPool)shim_next(entry))(device, pool, flags);
}

VKAPI_ATTR VkResult VKAPI_CALL vkResetFences(VkDevice device, uint32_t n, const VkFence *fences)
{
    const char *entry = "vkResetFences";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        return result;
    }
    for (uint32_t i = 0; i < n; i++) {
        shim_fence_touched(fences[i], entry);
    }
    return ((PFN_vkResetFences)shim_next(entry))(device, n, fences);
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetFenceStatus(VkDevice device, VkFence fence)
{
    const char *entry = "vkGetFenceStatus";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        return result;
    }
    result = ((PFN_vkGetFenceStatus)shim_next(entry))(device, fence);
    if (result == VK_SUCCESS) {
        shim_fence_done(fence);
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL vkWaitForFences(VkDevice device, uint32_t n,
                                               const VkFence *fences, VkBool32 all,
                                               uint64_t timeout)
{
    const char *entry = "vkWaitForFences";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, device, &result)) {
        return result;
    }
    result = ((PFN_vkWaitForFences)shim_next(entry))(device, n, fences, all, timeout);
    for (uint32_t i = 0; i < n && all && result == VK_SUCCESS; i++) {
        shim_fence_done(fences[i]);
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetQueryPoolResults(VkDevice device, VkQueryPool pool,
                                                     uint32_t first, uint32_t n, size_t size,
                                                     void *data, VkDeviceSize stride,
                                                     VkQueryResultFlags flags)
{
    const char *entry = "vkGetQueryPoolResults";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, device, &result)
               ? result
               : ((PFN_vkGetQueryPoolResults)shim_next(entry))(device, pool, first, n, size,
                                                               data, stride, flags);
}

VKAPI_ATTR VkResult VKAPI_CALL vkQueueSubmit(VkQueue queue, uint32_t n,
                                             const VkSubmitInfo *submits, VkFence fence)
{
    const char *entry = "vkQueueSubmit";
    VkResult result;

    if (shim_fails(entry, SHIM_SITE, shim_device_of(queue), &result)) {
        return result;
    }
    result = ((PFN_vkQueueSubmit)shim_next(entry))(queue, n, submits, fence);
    if (result == VK_SUCCESS && fence != VK_NULL_HANDLE) {
        shim_fence_submitted(fence, shim_device_of(queue));
    }
    return result;
}

VKAPI_ATTR VkResult VKAPI_CALL vkQueueWaitIdle(VkQueue queue)
{
    const char *entry = "vkQueueWaitIdle";
    VkResult result;

    return shim_fails(entry, SHIM_SITE, shim_device_of(queue), &result)
               ? result
               : ((PFN_vkQueueWaitIdle)shim_next(entry))(queue);
}

VKAPI_ATTR void VKAPI_CALL vkGetDeviceQueue(VkDevice device, uint32_t family, uint32_t index,
                                            VkQueue *queue)
{
    ((PFN_vkGetDeviceQueue)shim_next("vkGetDeviceQueue"))(device, family, index, queue);
    shim_device_opened(device, *queue);
}

VKAPI_ATTR void VKAPI_CALL vkCmdPipelineBarrier(
    VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
    VkDependencyFlags flags, uint32_t n_memory, const VkMemoryBarrier *memory, uint32_t n_buffer,
    const VkBufferMemoryBarrier *buffer, uint32_t n_image, const VkImageMemoryBarrier *image)
{
    shim_recorded(commands, TRUE);
    ((PFN_vkCmdPipelineBarrier)shim_next("vkCmdPipelineBarrier"))(
        commands, from, to, flags, n_memory, memory, n_buffer, buffer, n_image, image);
}

VKAPI_ATTR void VKAPI_CALL vkCmdDispatch(VkCommandBuffer commands, uint32_t x, uint32_t y,
                                         uint32_t z)
{
    shim_recorded(commands, FALSE);
    ((PFN_vkCmdDispatch)shim_next("vkCmdDispatch"))(commands, x, y, z);
}

VKAPI_ATTR void VKAPI_CALL vkCmdCopyBuffer(VkCommandBuffer commands, VkBuffer from, VkBuffer to,
                                           uint32_t n, const VkBufferCopy *regions)
{
    shim_recorded(commands, FALSE);
    ((PFN_vkCmdCopyBuffer)shim_next("vkCmdCopyBuffer"))(commands, from, to, n, regions);
}

static void change_properties(VkPhysicalDeviceProperties *properties)
{
    if (shim_is_card()) {
        properties->apiVersion = VK_API_VERSION_1_1;
        properties->deviceType = VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU;
    }
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceProperties(VkPhysicalDevice physical,
                                                         VkPhysicalDeviceProperties *properties)
{
    ((PFN_vkGetPhysicalDeviceProperties)shim_next("vkGetPhysicalDeviceProperties"))(physical,
                                                                                    properties);
    change_properties(properties);
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceProperties2(
    VkPhysicalDevice physical, VkPhysicalDeviceProperties2 *properties)
{
    ((PFN_vkGetPhysicalDeviceProperties2)shim_next("vkGetPhysicalDeviceProperties2"))(
        physical, properties);
    change_properties(&properties->properties);
    for (VkBaseOutStructure *link = properties->pNext; link != NULL; link = link->pNext) {
        if (shim_is_card() &&
            link->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES) {
            ((VkPhysicalDeviceDriverProperties *)link)->driverID =
                VK_DRIVER_ID_AMD_PROPRIETARY; /* not one that is known for software */
        }
    }
}

/* Type 0 can be mapped, type 1 is the card's own; one heap. */
VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceMemoryProperties(
    VkPhysicalDevice physical, VkPhysicalDeviceMemoryProperties *memory)
{
    ((PFN_vkGetPhysicalDeviceMemoryProperties)shim_next("vkGetPhysicalDeviceMemoryProperties"))(
        physical, memory);
    if (shim_is_card()) {
        memory->memoryTypeCount = 2;
        memory->memoryTypes[1] = memory->memoryTypes[0];
        memory->memoryTypes[0].propertyFlags &= ~(VkFlags)VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
        memory->memoryTypes[1].propertyFlags = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    }
}

VKAPI_ATTR void VKAPI_CALL vkGetBufferMemoryRequirements(VkDevice device, VkBuffer buffer,
                                                         VkMemoryRequirements *needs)
{
    ((PFN_vkGetBufferMemoryRequirements)shim_next("vkGetBufferMemoryRequirements"))(
        device, buffer, needs);
    if (shim_is_card()) {
        needs->memoryTypeBits = 3;
    }
}
