/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Formats that hold planes of video. Only sizes count here: what bytes mean says the frame's
 * format.
 */
#include "vk/image_format.h"

/* Formats of one plane, by runs that differ in the meaning of the bits alone. */
static const struct {
    VkFormat first, last;
    guint8 bytes, width;
} runs[] = {
    {VK_FORMAT_R8_UNORM, VK_FORMAT_R8_SRGB, 1, 1},
    {VK_FORMAT_R8G8_UNORM, VK_FORMAT_R8G8_SRGB, 2, 1},
    {VK_FORMAT_R8G8B8_UNORM, VK_FORMAT_B8G8R8_SRGB, 3, 1},
    {VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_B8G8R8A8_SRGB, 4, 1},
    {VK_FORMAT_R16_UNORM, VK_FORMAT_R16_SFLOAT, 2, 1},
    {VK_FORMAT_R16G16_UNORM, VK_FORMAT_R16G16_SFLOAT, 4, 1},
    {VK_FORMAT_G8B8G8R8_422_UNORM, VK_FORMAT_B8G8R8G8_422_UNORM, 4, 2},
    {VK_FORMAT_R10X6_UNORM_PACK16, VK_FORMAT_R10X6_UNORM_PACK16, 2, 1},
    {VK_FORMAT_R10X6G10X6_UNORM_2PACK16, VK_FORMAT_R10X6G10X6_UNORM_2PACK16, 4, 1},
};

/* Formats of several planes, luma first. */
static const struct {
    VkFormat format;
    guint8 n_planes, luma_bytes, chroma_bytes, x_shift, y_shift;
} planar[] = {
    {VK_FORMAT_G8_B8_R8_3PLANE_420_UNORM, 3, 1, 1, 1, 1},
    {VK_FORMAT_G8_B8R8_2PLANE_420_UNORM, 2, 1, 2, 1, 1},
    {VK_FORMAT_G8_B8_R8_3PLANE_422_UNORM, 3, 1, 1, 1, 0},
    {VK_FORMAT_G8_B8R8_2PLANE_422_UNORM, 2, 1, 2, 1, 0},
    {VK_FORMAT_G8_B8_R8_3PLANE_444_UNORM, 3, 1, 1, 0, 0},
    {VK_FORMAT_G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16, 2, 2, 4, 1, 1},
};

static guint plane_of(VkImageAspectFlags aspect)
{
    switch (aspect) {
    case VK_IMAGE_ASPECT_PLANE_0_BIT:
        return 0;
    case VK_IMAGE_ASPECT_PLANE_1_BIT:
        return 1;
    case VK_IMAGE_ASPECT_PLANE_2_BIT:
        return 2;
    default:
        return G_MAXUINT;
    }
}

gboolean vin_texel_find(VkFormat format, VkImageAspectFlags aspect, VinTexel *texel)
{
    for (guint i = 0; aspect == VK_IMAGE_ASPECT_COLOR_BIT && i < G_N_ELEMENTS(runs); i++) {
        if (format >= runs[i].first && format <= runs[i].last) {
            *texel = (VinTexel){.bytes = runs[i].bytes, .width = runs[i].width};
            return TRUE;
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(planar); i++) {
        const guint plane = plane_of(aspect);

        if (format == planar[i].format && plane < planar[i].n_planes) {
            *texel = (VinTexel){.bytes = plane == 0 ? planar[i].luma_bytes : planar[i].chroma_bytes,
                                .width = 1,
                                .x_shift = plane == 0 ? 0 : planar[i].x_shift,
                                .y_shift = plane == 0 ? 0 : planar[i].y_shift};
            return TRUE;
        }
    }
    return FALSE;
}
