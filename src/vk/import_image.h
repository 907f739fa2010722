/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pixels in imported memory that are not row behind row: a modifier of drm_fourcc.h says how they
 * are arranged, and an image of that arrangement is copied from.
 */
#ifndef VIN_VK_IMPORT_IMAGE_H
#define VIN_VK_IMPORT_IMAGE_H

#include "vk/import.h"

#define VIN_MAX_MEMORY_PLANES 4

/* How the pixels of one format may be arranged. */
typedef struct {
    guint64 modifier;
    guint n_planes; /* memory planes: pixels, and what a compression needs */
} VinVkModifier;

/* What an image is like. No gaps between the fields' bytes: is compared as such. */
typedef struct {
    guint64 modifier;
    guint64 offsets[VIN_MAX_MEMORY_PLANES]; /* bytes: of each memory plane */
    guint64 strides[VIN_MAX_MEMORY_PLANES]; /* bytes from row to row, of tiles as of pixels */
    guint32 format;                         /* VkFormat */
    guint32 width, height;                  /* pixels */
    guint32 n_planes;                       /* memory planes */
} VinVkArrangement;

/* An image with imported memory, to be copied from. Between uses it is in the layout GENERAL and
 * belongs to vin_vk_import_queue_family(). */
typedef struct {
    VinDevice *device; /* borrowed; outlives it */
    VkImage image;
    VkDeviceMemory memory;
    VinVkArrangement arrangement;
} VinVkImported;

/* The modifiers of images of @format that can be imported from dma-bufs and copied from. To
 * g_free(); NULL for none. */
VinVkModifier *vin_vk_list_modifiers(VinDevice *device, VkFormat format, guint *n);

/* VIN_ERROR_UNSUPPORTED when the driver does not take this memory in this arrangement. On failure
 * the image is zeroed and no descriptor was opened. */
gboolean vin_vk_import_image(VinVkImported *image, VinDevice *device, const VinVkHandle *handle,
                             const VinVkArrangement *arrangement, GError **error);
void vin_vk_imported_clear(VinVkImported *image);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinVkImported, vin_vk_imported_clear)

#endif
