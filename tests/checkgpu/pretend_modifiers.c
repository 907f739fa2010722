/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the pretended driver answers, and how its calls become the real one's.
 */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include "pretend_modifiers.h"

#include <dlfcn.h>
#include <string.h>

#pragma GCC visibility push(default)

#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT
#define OPAQUE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define MAX_IMAGES 64

/* Those that the real driver lacks are pretended. */
static const char *const wanted[] = {VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
                                     VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME};

static const VkFormat *listed;

/* One of them. An image of two planes is an image of the first and one of the second. */
typedef struct {
    VkImage images[2];
    VkDeviceSize offsets[2];
    guint n_planes;
} Image;

static Image live[MAX_IMAGES];
static guint n_live, n_made, n_acquired, n_released;

void pretend_formats(const VkFormat *formats)
{
    listed = formats;
}

guint pretend_n_made(void)
{
    return n_made;
}

guint pretend_n_live(void)
{
    return n_live;
}

guint pretend_n_acquired(void)
{
    return n_acquired;
}

guint pretend_n_released(void)
{
    return n_released;
}

static gpointer next(const char *entry)
{
    gpointer found = dlsym(RTLD_NEXT, entry);

    if (found == NULL) {
        g_error("no %s in the loader", entry);
    }
    return found;
}

static const void *find_link(const void *chain, VkStructureType type)
{
    for (const VkBaseInStructure *link = chain; link != NULL; link = link->pNext) {
        if (link->sType == type) {
            return link;
        }
    }
    return NULL;
}

/* The real driver's extensions, to g_free(). */
static VkExtensionProperties *list_real(VkPhysicalDevice physical, uint32_t *n)
{
    PFN_vkEnumerateDeviceExtensionProperties list = (PFN_vkEnumerateDeviceExtensionProperties)next(
        "vkEnumerateDeviceExtensionProperties");
    VkExtensionProperties *extensions;

    g_assert_cmpint(list(physical, NULL, n, NULL), ==, VK_SUCCESS);
    extensions = g_new0(VkExtensionProperties, *n + G_N_ELEMENTS(wanted));
    g_assert_cmpint(list(physical, NULL, n, extensions), ==, VK_SUCCESS);
    return extensions;
}

static gboolean is_among(const VkExtensionProperties *extensions, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(extensions[i].extensionName, name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_listed(VkFormat format)
{
    for (const VkFormat *one = listed; one != NULL && *one != VK_FORMAT_UNDEFINED; one++) {
        if (*one == format) {
            return TRUE;
        }
    }
    return FALSE;
}

static guint n_memory_planes(VkFormat format)
{
    return format == VK_FORMAT_G8_B8R8_2PLANE_420_UNORM ? 2 : 1;
}

VKAPI_ATTR VkResult VKAPI_CALL
vkEnumerateDeviceExtensionProperties(VkPhysicalDevice physical, const char *layer, uint32_t *n,
                                     VkExtensionProperties *properties)
{
    uint32_t have = 0;
    g_autofree VkExtensionProperties *extensions = list_real(physical, &have);

    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        if (!is_among(extensions, have, wanted[i])) {
            g_strlcpy(extensions[have++].extensionName, wanted[i], VK_MAX_EXTENSION_NAME_SIZE);
        }
    }
    if (properties != NULL) {
        g_assert_cmpuint(*n, >=, have);
        memcpy(properties, extensions, have * sizeof *extensions);
    }
    *n = have;
    return VK_SUCCESS;
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateDevice(VkPhysicalDevice physical,
                                              const VkDeviceCreateInfo *info,
                                              const VkAllocationCallbacks *allocator,
                                              VkDevice *device)
{
    uint32_t have = 0;
    g_autofree VkExtensionProperties *extensions = list_real(physical, &have);
    g_autofree const char **enabled = g_new0(const char *, info->enabledExtensionCount + 1);
    VkDeviceCreateInfo real = *info;

    real.enabledExtensionCount = 0;
    real.ppEnabledExtensionNames = enabled;
    for (guint i = 0; i < info->enabledExtensionCount; i++) {
        if (is_among(extensions, have, info->ppEnabledExtensionNames[i])) {
            enabled[real.enabledExtensionCount++] = info->ppEnabledExtensionNames[i];
        }
    }
    return ((PFN_vkCreateDevice)next("vkCreateDevice"))(physical, &real, allocator, device);
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceExternalBufferProperties(
    VkPhysicalDevice physical, const VkPhysicalDeviceExternalBufferInfo *info,
    VkExternalBufferProperties *properties)
{
    VkPhysicalDeviceExternalBufferInfo real = *info;

    real.handleType = OPAQUE;
    ((PFN_vkGetPhysicalDeviceExternalBufferProperties)next(
        "vkGetPhysicalDeviceExternalBufferProperties"))(physical, &real, properties);
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceFormatProperties2(VkPhysicalDevice physical,
                                                                VkFormat format,
                                                                VkFormatProperties2 *properties)
{
    VkDrmFormatModifierPropertiesListEXT *list = (gpointer)find_link(
        properties->pNext, VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT);
    VkFormatProperties2 real = {.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2};

    ((PFN_vkGetPhysicalDeviceFormatProperties2)next("vkGetPhysicalDeviceFormatProperties2"))(
        physical, format, &real);
    properties->formatProperties = real.formatProperties;
    if (list == NULL) {
        return;
    }
    list->drmFormatModifierCount = is_listed(format) ? 3 : 0;
    if (list->pDrmFormatModifierProperties != NULL && list->drmFormatModifierCount > 0) {
        const VkDrmFormatModifierPropertiesEXT all[3] = {
            {0, n_memory_planes(format), VK_FORMAT_FEATURE_TRANSFER_SRC_BIT},
            {PRETENDED_MODIFIER, n_memory_planes(format), VK_FORMAT_FEATURE_TRANSFER_SRC_BIT},
            {PRETENDED_MODIFIER + 1, n_memory_planes(format),
             VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT}}; /* cannot be copied from */

        memcpy(list->pDrmFormatModifierProperties, all, sizeof all);
    }
}

VKAPI_ATTR VkResult VKAPI_CALL vkGetPhysicalDeviceImageFormatProperties2(
    VkPhysicalDevice physical, const VkPhysicalDeviceImageFormatInfo2 *info,
    VkImageFormatProperties2 *properties)
{
    const VkPhysicalDeviceImageDrmFormatModifierInfoEXT *arranged =
        find_link(info->pNext,
                  VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT);
    const VkPhysicalDeviceExternalImageFormatInfo *external = find_link(
        info->pNext, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO);
    VkExternalImageFormatProperties *memory = (gpointer)find_link(
        properties->pNext, VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES);

    g_assert_nonnull(arranged);
    g_assert_nonnull(external);
    g_assert_nonnull(memory);
    g_assert_cmpint(info->tiling, ==, VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT);
    g_assert_cmpint(info->type, ==, VK_IMAGE_TYPE_2D);
    g_assert_cmpuint(info->usage, ==, VK_IMAGE_USAGE_TRANSFER_SRC_BIT);
    g_assert_cmpuint(external->handleType, ==, DMA_BUF);
    if (!is_listed(info->format) || arranged->drmFormatModifier > PRETENDED_MODIFIER + 1) {
        return VK_ERROR_FORMAT_NOT_SUPPORTED;
    }
    properties->imageFormatProperties.maxExtent = (VkExtent3D){4096, 4096, 1};
    memory->externalMemoryProperties.externalMemoryFeatures =
        VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT;
    return VK_SUCCESS;
}

/* Valid usage of VkImageDrmFormatModifierExplicitCreateInfoEXT and what goes with it. */
static void check_image(const VkImageCreateInfo *info,
                        const VkImageDrmFormatModifierExplicitCreateInfoEXT *arranged)
{
    const VkExternalMemoryImageCreateInfo *external =
        find_link(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO);

    g_assert_nonnull(arranged);
    g_assert_nonnull(external);
    g_assert_cmpuint(external->handleTypes, ==, DMA_BUF);
    g_assert_cmpint(info->initialLayout, ==, VK_IMAGE_LAYOUT_UNDEFINED);
    g_assert_cmpuint(info->mipLevels, ==, 1);
    g_assert_cmpuint(info->arrayLayers, ==, 1);
    g_assert_cmpuint(info->extent.depth, ==, 1);
    g_assert_cmpuint(info->flags, ==, 0);
    g_assert_true(is_listed(info->format));
    g_assert_cmpuint(arranged->drmFormatModifier, ==, PRETENDED_MODIFIER);
    g_assert_cmpuint(arranged->drmFormatModifierPlaneCount, ==, n_memory_planes(info->format));
    if (n_memory_planes(info->format) == 2) { /* chroma is halved */
        g_assert_cmpuint(info->extent.width % 2 + info->extent.height % 2, ==, 0);
    }
    for (guint i = 0; i < arranged->drmFormatModifierPlaneCount; i++) {
        g_assert_cmpuint(arranged->pPlaneLayouts[i].size, ==, 0);
        g_assert_cmpuint(arranged->pPlaneLayouts[i].arrayPitch, ==, 0);
        g_assert_cmpuint(arranged->pPlaneLayouts[i].depthPitch, ==, 0);
        g_assert_cmpuint(arranged->pPlaneLayouts[i].rowPitch, >, 0);
    }
}

static Image *find_live(VkImage image)
{
    for (guint i = 0; i < n_live; i++) {
        if (live[i].images[0] == image) {
            return &live[i];
        }
    }
    return NULL;
}

/* FALSE where the driver's linear image does not lie as @layout wants. */
static gboolean create_plane(VkDevice device, const VkImageCreateInfo *info, guint plane,
                             const VkSubresourceLayout *layout, VkImage *image)
{
    static const VkFormat formats[] = {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM};
    const VkExternalMemoryImageCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
        .handleTypes = OPAQUE,
    };
    const VkImageSubresource all = {.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT};
    VkImageCreateInfo real = *info;
    VkSubresourceLayout linear;
    VkResult result;

    real.tiling = VK_IMAGE_TILING_LINEAR;
    real.pNext = &external;
    if (n_memory_planes(info->format) == 2) {
        real.format = formats[plane];
        real.extent.width >>= plane;
        real.extent.height >>= plane;
    }
    result = ((PFN_vkCreateImage)next("vkCreateImage"))(device, &real, NULL, image);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    vkGetImageSubresourceLayout(device, *image, &all, &linear);
    return linear.rowPitch == layout->rowPitch;
}

VKAPI_ATTR void VKAPI_CALL vkDestroyImage(VkDevice device, VkImage image,
                                          const VkAllocationCallbacks *allocator)
{
    PFN_vkDestroyImage destroy = (PFN_vkDestroyImage)next("vkDestroyImage");
    Image *ours = find_live(image);

    if (ours != NULL) {
        destroy(device, ours->images[1], NULL);
        *ours = live[--n_live];
    }
    destroy(device, image, allocator);
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateImage(VkDevice device, const VkImageCreateInfo *info,
                                             const VkAllocationCallbacks *allocator,
                                             VkImage *image)
{
    const VkImageDrmFormatModifierExplicitCreateInfoEXT *arranged = find_link(
        info->pNext, VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT);
    gboolean ok = TRUE;
    Image *ours;

    if (info->tiling != VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT) {
        return ((PFN_vkCreateImage)next("vkCreateImage"))(device, info, allocator, image);
    }
    check_image(info, arranged);
    g_assert_cmpuint(n_live, <, MAX_IMAGES);
    ours = &live[n_live++];
    *ours = (Image){.n_planes = arranged->drmFormatModifierPlaneCount};
    for (guint i = 0; i < ours->n_planes; i++) {
        ok = create_plane(device, info, i, &arranged->pPlaneLayouts[i], &ours->images[i]) && ok;
        ours->offsets[i] = arranged->pPlaneLayouts[i].offset;
    }
    *image = ours->images[0];
    if (!ok) {
        vkDestroyImage(device, *image, NULL);
        return VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT;
    }
    n_made++;
    return VK_SUCCESS;
}

/* Memory that reaches to the end of the last plane. */
VKAPI_ATTR void VKAPI_CALL vkGetImageMemoryRequirements2(
    VkDevice device, const VkImageMemoryRequirementsInfo2 *info, VkMemoryRequirements2 *needs)
{
    PFN_vkGetImageMemoryRequirements2 get =
        (PFN_vkGetImageMemoryRequirements2)next("vkGetImageMemoryRequirements2");
    const Image *ours = find_live(info->image);
    VkDeviceSize end = 0;

    get(device, info, needs);
    for (guint i = 0; ours != NULL && i < ours->n_planes; i++) {
        VkMemoryRequirements one;

        vkGetImageMemoryRequirements(device, ours->images[i], &one);
        end = MAX(end, ours->offsets[i] + one.size);
    }
    if (ours != NULL) {
        needs->memoryRequirements.size = end;
    }
}

VKAPI_ATTR VkResult VKAPI_CALL vkBindImageMemory(VkDevice device, VkImage image,
                                                 VkDeviceMemory memory, VkDeviceSize offset)
{
    PFN_vkBindImageMemory bind = (PFN_vkBindImageMemory)next("vkBindImageMemory");
    const Image *ours = find_live(image);
    VkResult result = VK_SUCCESS;

    if (ours == NULL) {
        return bind(device, image, memory, offset);
    }
    for (guint i = 0; i < ours->n_planes && result == VK_SUCCESS; i++) {
        result = bind(device, ours->images[i], memory, offset + ours->offsets[i]);
    }
    return result;
}

VKAPI_ATTR void VKAPI_CALL vkCmdCopyImageToBuffer(VkCommandBuffer commands, VkImage image,
                                                  VkImageLayout layout, VkBuffer buffer,
                                                  uint32_t n,
                                                  const VkBufferImageCopy *regions)
{
    g_autofree VkBufferImageCopy *real = g_new(VkBufferImageCopy, n);
    const Image *ours = find_live(image);
    const guint plane = regions[0].imageSubresource.aspectMask == VK_IMAGE_ASPECT_PLANE_1_BIT;

    memcpy(real, regions, n * sizeof *regions);
    if (ours != NULL && ours->n_planes == 2) {
        image = ours->images[plane];
        for (guint i = 0; i < n; i++) { /* all of one plane */
            g_assert_cmpuint(real[i].imageSubresource.aspectMask, ==,
                             plane == 1 ? VK_IMAGE_ASPECT_PLANE_1_BIT
                                        : VK_IMAGE_ASPECT_PLANE_0_BIT);
            real[i].imageSubresource.aspectMask = VK_IMAGE_ASPECT_COLOR_BIT;
        }
    }
    ((PFN_vkCmdCopyImageToBuffer)next("vkCmdCopyImageToBuffer"))(commands, image, layout, buffer,
                                                                 n, real);
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateBuffer(VkDevice device, const VkBufferCreateInfo *info,
                                              const VkAllocationCallbacks *allocator,
                                              VkBuffer *buffer)
{
    const VkExternalMemoryBufferCreateInfo *external =
        find_link(info->pNext, VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO);
    const VkExternalMemoryBufferCreateInfo opaque = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = OPAQUE,
    };
    VkBufferCreateInfo real = *info;

    if (external != NULL) {
        real.pNext = &opaque;
    }
    return ((PFN_vkCreateBuffer)next("vkCreateBuffer"))(device, &real, allocator, buffer);
}

VKAPI_ATTR VkResult VKAPI_CALL vkAllocateMemory(VkDevice device, const VkMemoryAllocateInfo *info,
                                                const VkAllocationCallbacks *allocator,
                                                VkDeviceMemory *memory)
{
    const VkImportMemoryFdInfoKHR *import =
        find_link(info->pNext, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);
    VkImportMemoryFdInfoKHR opaque;
    VkMemoryAllocateInfo real = *info;

    if (import != NULL) {
        opaque = *import;
        opaque.handleType = OPAQUE;
        real.pNext = &opaque;
    }
    return ((PFN_vkAllocateMemory)next("vkAllocateMemory"))(device, &real, allocator, memory);
}

static gboolean is_others(uint32_t family)
{
    return family == VK_QUEUE_FAMILY_FOREIGN_EXT || family == VK_QUEUE_FAMILY_EXTERNAL;
}

VKAPI_ATTR void VKAPI_CALL vkCmdPipelineBarrier(
    VkCommandBuffer commands, VkPipelineStageFlags from, VkPipelineStageFlags to,
    VkDependencyFlags flags, uint32_t n_memory, const VkMemoryBarrier *memory, uint32_t n_buffers,
    const VkBufferMemoryBarrier *buffers, uint32_t n_images, const VkImageMemoryBarrier *images)
{
    VkImageMemoryBarrier both[8];
    uint32_t n_both = 0;

    g_assert_cmpuint(n_images, <=, G_N_ELEMENTS(both) / 2);
    for (guint i = 0; i < n_images; i++) {
        const Image *ours = find_live(images[i].image);

        both[n_both++] = images[i];
        if (ours != NULL && ours->n_planes == 2) {
            both[n_both] = images[i];
            both[n_both++].image = ours->images[1];
        }
        n_acquired += is_others(images[i].srcQueueFamilyIndex);
        n_released += is_others(images[i].dstQueueFamilyIndex);
        g_assert_cmpint(images[i].oldLayout, ==, VK_IMAGE_LAYOUT_GENERAL);
        g_assert_cmpint(images[i].newLayout, ==, VK_IMAGE_LAYOUT_GENERAL);
    }
    ((PFN_vkCmdPipelineBarrier)next("vkCmdPipelineBarrier"))(
        commands, from, to, flags, n_memory, memory, n_buffers, buffers, n_both, both);
}

static VKAPI_ATTR VkResult VKAPI_CALL get_fd_properties(VkDevice device,
                                                        VkExternalMemoryHandleTypeFlagBits type,
                                                        int fd,
                                                        VkMemoryFdPropertiesKHR *properties)
{
    g_assert_cmpint(type, ==, DMA_BUF);
    g_assert_cmpint(fd, >=, 0);
    properties->memoryTypeBits = 1;
    return VK_SUCCESS;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char *entry)
{
    if (strcmp(entry, "vkGetMemoryFdPropertiesKHR") == 0) {
        return (PFN_vkVoidFunction)get_fd_properties;
    }
    return ((PFN_vkGetDeviceProcAddr)next("vkGetDeviceProcAddr"))(device, entry);
}
