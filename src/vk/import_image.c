/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VK_EXT_image_drm_format_modifier. What the driver lists for a format is asked for in the very
 * form that the image then has, as its valid usage wants.
 */
#include "vk/import_image.h"

#include <string.h>

#include "base/error.h"
#include "vk/check.h"
#include "vk/device.h"

#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

static VkDrmFormatModifierPropertiesEXT *query_modifiers(VinDevice *device, VkFormat format,
                                                         guint *n)
{
    VkDrmFormatModifierPropertiesListEXT list = {
        .sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT,
    };
    VkFormatProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2,
        .pNext = &list,
    };
    VkPhysicalDevice physical = vin_device_vk_physical(device);

    *n = 0;
    if ((vin_device_get_caps(device)->bits & VIN_CAP_DRM_MODIFIER) == 0) {
        return NULL;
    }
    vkGetPhysicalDeviceFormatProperties2(physical, format, &properties);
    if (list.drmFormatModifierCount == 0) {
        return NULL;
    }
    list.pDrmFormatModifierProperties =
        g_new0(VkDrmFormatModifierPropertiesEXT, list.drmFormatModifierCount);
    vkGetPhysicalDeviceFormatProperties2(physical, format, &properties);
    *n = list.drmFormatModifierCount;
    return list.pDrmFormatModifierProperties;
}

/* Whether images of this kind can be imported and copied from, and how large they may be. */
static gboolean query_image(VinDevice *device, VkFormat format, guint64 modifier,
                            VkExtent3D *max_extent, gboolean *is_dedicated)
{
    const VkPhysicalDeviceImageDrmFormatModifierInfoEXT arranged = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT,
        .drmFormatModifier = modifier,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    const VkPhysicalDeviceExternalImageFormatInfo external = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO,
        .pNext = &arranged,
        .handleType = DMA_BUF,
    };
    const VkPhysicalDeviceImageFormatInfo2 info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2,
        .pNext = &external,
        .format = format,
        .type = VK_IMAGE_TYPE_2D,
        .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
    };
    VkExternalImageFormatProperties memory = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES,
    };
    VkImageFormatProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2,
        .pNext = &memory,
    };
    VkExternalMemoryFeatureFlags features;

    if (vkGetPhysicalDeviceImageFormatProperties2(vin_device_vk_physical(device), &info,
                                                  &properties) != VK_SUCCESS) {
        return FALSE; /* VK_ERROR_FORMAT_NOT_SUPPORTED is the usual no */
    }
    features = memory.externalMemoryProperties.externalMemoryFeatures;
    *max_extent = properties.imageFormatProperties.maxExtent;
    *is_dedicated = (features & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT) != 0;
    return (features & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0;
}

VinVkModifier *vin_vk_list_modifiers(VinDevice *device, VkFormat format, guint *n)
{
    guint n_listed;
    g_autofree VkDrmFormatModifierPropertiesEXT *listed =
        query_modifiers(device, format, &n_listed);
    VinVkModifier *modifiers = g_new0(VinVkModifier, n_listed);
    VkExtent3D max_extent;
    gboolean is_dedicated;

    *n = 0;
    for (guint i = 0; i < n_listed; i++) {
        const VkDrmFormatModifierPropertiesEXT *one = &listed[i];

        if ((one->drmFormatModifierTilingFeatures & VK_FORMAT_FEATURE_TRANSFER_SRC_BIT) != 0 &&
            one->drmFormatModifierPlaneCount <= VIN_MAX_MEMORY_PLANES &&
            query_image(device, format, one->drmFormatModifier, &max_extent, &is_dedicated)) {
            modifiers[(*n)++] = (VinVkModifier){.modifier = one->drmFormatModifier,
                                                .n_planes = one->drmFormatModifierPlaneCount};
        }
    }
    if (*n == 0) {
        g_clear_pointer(&modifiers, g_free);
    }
    return modifiers;
}

static gboolean check_arrangement(VinDevice *device, const VinVkArrangement *arrangement,
                                  gboolean *is_dedicated, GError **error)
{
    guint n = 0;
    g_autofree VinVkModifier *modifiers =
        vin_vk_list_modifiers(device, (VkFormat)arrangement->format, &n);
    VkExtent3D max_extent = {0};

    for (guint i = 0; i < n; i++) {
        if (modifiers[i].modifier == arrangement->modifier &&
            modifiers[i].n_planes == arrangement->n_planes &&
            query_image(device, (VkFormat)arrangement->format, arrangement->modifier,
                        &max_extent, is_dedicated) &&
            arrangement->width <= max_extent.width &&
            arrangement->height <= max_extent.height) {
            return TRUE;
        }
    }
    return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                    "\"%s\" does not read images of VkFormat %u, %ux%u, with the modifier "
                    "0x%016" G_GINT64_MODIFIER "x in %u planes",
                    vin_device_get_info(device)->name, arrangement->format, arrangement->width,
                    arrangement->height, arrangement->modifier, arrangement->n_planes);
}

/* The driver's word on strides and offsets that it cannot work with. */
static gboolean check_create(VinDevice *device, VkResult result, GError **error)
{
    if (result == VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "\"%s\" does not read planes at these offsets and strides",
                        vin_device_get_info(device)->name);
    }
    return vin_device_check(device, result, "vkCreateImage", error);
}

static gboolean create_image(VinVkImported *image, GError **error)
{
    const VinVkArrangement *arrangement = &image->arrangement;
    VkSubresourceLayout planes[VIN_MAX_MEMORY_PLANES] = {{0}};
    const VkImageDrmFormatModifierExplicitCreateInfoEXT arranged = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT,
        .drmFormatModifier = arrangement->modifier,
        .drmFormatModifierPlaneCount = arrangement->n_planes,
        .pPlaneLayouts = planes,
    };
    const VkExternalMemoryImageCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO,
        .pNext = &arranged,
        .handleTypes = DMA_BUF,
    };
    const VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .pNext = &external,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = (VkFormat)arrangement->format,
        .extent = {arrangement->width, arrangement->height, 1},
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT,
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
        .initialLayout = VK_IMAGE_LAYOUT_UNDEFINED, /* all that external memory may have */
    };

    for (guint i = 0; i < arrangement->n_planes; i++) { /* sizes and other pitches must be 0 */
        planes[i].offset = arrangement->offsets[i];
        planes[i].rowPitch = arrangement->strides[i];
    }
    if (!check_create(image->device,
                      vkCreateImage(vin_device_vk(image->device), &info, NULL, &image->image),
                      error)) {
        image->image = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

static gboolean bind_memory(VinVkImported *image, const VinVkHandle *handle,
                            gboolean is_dedicated, GError **error)
{
    VinDevice *device = image->device;
    const VkImageMemoryRequirementsInfo2 question = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_REQUIREMENTS_INFO_2,
        .image = image->image,
    };
    const VkMemoryDedicatedAllocateInfo dedicated = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
        .image = image->image,
    };
    VkMemoryDedicatedRequirements own = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_REQUIREMENTS,
    };
    VkMemoryRequirements2 needs = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_REQUIREMENTS_2,
        .pNext = &own,
    };

    vkGetImageMemoryRequirements2(vin_device_vk(device), &question, &needs);
    is_dedicated |= own.requiresDedicatedAllocation || own.prefersDedicatedAllocation;
    return vin_vk_import_memory(device, handle, &needs.memoryRequirements,
                                is_dedicated ? &dedicated : NULL, &image->memory, error) &&
           vin_device_check(
               device,
               vkBindImageMemory(vin_device_vk(device), image->image, image->memory, 0),
               "vkBindImageMemory", error);
}

gboolean vin_vk_import_image(VinVkImported *image, VinDevice *device, const VinVkHandle *handle,
                             const VinVkArrangement *arrangement, GError **error)
{
    gboolean is_dedicated = FALSE;

    memset(image, 0, sizeof *image);
    if (!check_arrangement(device, arrangement, &is_dedicated, error)) {
        return FALSE;
    }
    image->device = device;
    image->arrangement = *arrangement;
    if (!create_image(image, error) || !bind_memory(image, handle, is_dedicated, error)) {
        vin_vk_imported_clear(image);
        return FALSE;
    }
    return TRUE;
}

void vin_vk_imported_clear(VinVkImported *image)
{
    if (image->device != NULL && vin_device_may_destroy(image->device)) {
        vkDestroyImage(vin_device_vk(image->device), image->image, NULL);
        vkFreeMemory(vin_device_vk(image->device), image->memory, NULL);
    }
    memset(image, 0, sizeof *image);
}
