/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which images hold the bytes of a frame's format. Drivers list modifiers for formats of several
 * planes, or only for those that each plane has by itself.
 */
#include "engine/arrangement.h"

#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/frame.h"

#define DMA_BUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

typedef struct {
    VinFormat format;
    VkFormat whole;    /* of one image with all planes; UNDEFINED: there is none */
    VkFormat parts[2]; /* of an image for each plane; UNDEFINED: the format has one plane */
} Images;

static const Images images_of[] = {
    {VIN_FORMAT_NV12,
     VK_FORMAT_G8_B8R8_2PLANE_420_UNORM,
     {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM}},
    {VIN_FORMAT_NV21, VK_FORMAT_UNDEFINED, {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM}},
    {VIN_FORMAT_NV16,
     VK_FORMAT_G8_B8R8_2PLANE_422_UNORM,
     {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM}},
    {VIN_FORMAT_P010_10LE,
     VK_FORMAT_G10X6_B10X6R10X6_2PLANE_420_UNORM_3PACK16,
     {VK_FORMAT_R16_UNORM, VK_FORMAT_R16G16_UNORM}},
    {VIN_FORMAT_BGRX, VK_FORMAT_B8G8R8A8_UNORM, {VK_FORMAT_UNDEFINED, VK_FORMAT_UNDEFINED}},
    {VIN_FORMAT_BGRA, VK_FORMAT_B8G8R8A8_UNORM, {VK_FORMAT_UNDEFINED, VK_FORMAT_UNDEFINED}},
    {VIN_FORMAT_RGBX, VK_FORMAT_R8G8B8A8_UNORM, {VK_FORMAT_UNDEFINED, VK_FORMAT_UNDEFINED}},
    {VIN_FORMAT_RGBA, VK_FORMAT_R8G8B8A8_UNORM, {VK_FORMAT_UNDEFINED, VK_FORMAT_UNDEFINED}},
};

static const Images *find_images(VinFormat format)
{
    for (guint i = 0; i < G_N_ELEMENTS(images_of); i++) {
        if (images_of[i].format == format) {
            return &images_of[i];
        }
    }
    return NULL;
}

static gboolean is_listed(const VinVkModifier *modifiers, guint n, guint64 modifier)
{
    for (guint i = 0; i < n; i++) {
        if (modifiers[i].modifier == modifier && modifiers[i].n_planes == 1) {
            return TRUE;
        }
    }
    return FALSE;
}

static void add(GArray *list, guint64 modifier)
{
    for (guint i = 0; i < list->len; i++) {
        if (g_array_index(list, guint64, i) == modifier) {
            return;
        }
    }
    if (modifier != VIN_DMABUF_LINEAR) {
        g_array_append_val(list, modifier);
    }
}

guint64 *vin_arrangement_list(VinDevice *device, VinFormat format, guint *n)
{
    const Images *images = find_images(format);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(guint64));
    g_autofree VinVkModifier *whole = NULL, *luma = NULL, *chroma = NULL;
    guint n_whole = 0, n_luma = 0, n_chroma = 0;

    *n = 0;
    if (images == NULL) {
        return NULL;
    }
    if (images->whole != VK_FORMAT_UNDEFINED) {
        whole = vin_vk_list_modifiers(device, images->whole, &n_whole);
    }
    if (images->parts[0] != VK_FORMAT_UNDEFINED) {
        luma = vin_vk_list_modifiers(device, images->parts[0], &n_luma);
        chroma = vin_vk_list_modifiers(device, images->parts[1], &n_chroma);
    }
    for (guint i = 0; i < n_whole; i++) {
        add(list, whole[i].modifier);
    }
    for (guint i = 0; i < n_luma; i++) { /* both planes are arranged alike */
        if (luma[i].n_planes == 1 && is_listed(chroma, n_chroma, luma[i].modifier)) {
            add(list, luma[i].modifier);
        }
    }
    *n = list->len;
    return list->len > 0 ? (guint64 *)(gpointer)g_array_free(g_steal_pointer(&list), FALSE) : NULL;
}

/* How a modifier arranges bytes is the driver's knowledge: only where planes begin is checked here,
 * and by vin_vk_import_memory() that all of them fit. */
static gboolean find_handles(const VinDmabuf *dmabuf, VinVkHandle *handles,
                             gboolean *is_one_memory, GError **error)
{
    struct stat first = {0};

    *is_one_memory = TRUE;
    for (guint i = 0; i < dmabuf->n_planes; i++) {
        guint64 size = 0;
        struct stat facts;

        if (!vin_vk_handle_size(dmabuf->fds[i], &size, error)) {
            return FALSE;
        }
        if (dmabuf->offsets[i] >= size || dmabuf->strides[i] == 0) {
            return vin_fail(error, VIN_ERROR_INVALID,
                            "plane %u with a stride of %u begins at byte %" G_GUINT64_FORMAT
                            " of a dma-buf of %" G_GUINT64_FORMAT "; accepted: a stride, and a "
                            "place inside",
                            i, dmabuf->strides[i], dmabuf->offsets[i], size);
        }
        if (!vin_dmabuf_wait(dmabuf->fds[i], error)) {
            return FALSE;
        }
        handles[i] = (VinVkHandle){.type = DMA_BUF, .fd = dmabuf->fds[i], .size = size};
        fstat(dmabuf->fds[i], &facts);
        if (i == 0) {
            first = facts;
        }
        *is_one_memory = *is_one_memory && facts.st_dev == first.st_dev &&
                         facts.st_ino == first.st_ino;
    }
    return TRUE;
}

/* Sizes of formats with fewer chroma samples have to be whole multiples of theirs. */
static gboolean is_even(const VinFrame *frame)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    const guint last = format->n_planes - 1u;

    return frame->width % (1u << format->x_shift[last]) == 0 &&
           frame->height % (1u << format->y_shift[last]) == 0;
}

static gboolean import_plane(VinDmabufSource *source, guint i, VinImportCache *cache,
                             VinDevice *device, const VinVkHandle *handle,
                             const VinVkArrangement *arrangement, GError **error)
{
    source->planes[i].import =
        vin_import_cache_get(cache, device, handle, arrangement, error);
    if (source->planes[i].import == NULL) {
        return FALSE;
    }
    source->images[i] = (VinVulkanPlane){
        .image = source->planes[i].import->image.image,
        .format = (VkFormat)arrangement->format,
        .aspect = VK_IMAGE_ASPECT_COLOR_BIT,
        .width = arrangement->width,
        .height = arrangement->height,
        .layout = VK_IMAGE_LAYOUT_GENERAL, /* so what another driver's hardware wrote is kept */
        .usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
        .stage = VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT,
        .queue_family = source->queue_family,
    };
    return TRUE;
}

/* One image, whose memory planes are all those of the frame. */
static gboolean import_whole(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                             const VinFrame *frame, const VinDmabuf *dmabuf,
                             const VinVkHandle *handle, GError **error)
{
    VinVkArrangement arrangement = {
        .modifier = dmabuf->modifier,
        .format = find_images(frame->format)->whole,
        .width = frame->width,
        .height = frame->height,
        .n_planes = dmabuf->n_planes,
    };

    for (guint i = 0; i < dmabuf->n_planes; i++) {
        arrangement.offsets[i] = dmabuf->offsets[i];
        arrangement.strides[i] = dmabuf->strides[i];
    }
    if (!import_plane(source, 0, cache, device, handle, &arrangement, error)) {
        return FALSE;
    }
    for (guint i = 0; source->n_planes > 1 && i < source->n_planes; i++) {
        source->images[i] = source->images[0];
        source->images[i].aspect =
            i == 0 ? VK_IMAGE_ASPECT_PLANE_0_BIT : VK_IMAGE_ASPECT_PLANE_1_BIT;
    }
    return TRUE;
}

static gboolean import_parts(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                             const VinFrame *frame, const VinDmabuf *dmabuf,
                             const VinVkHandle *handles, GError **error)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);

    for (guint i = 0; i < source->n_planes; i++) {
        VinVkArrangement arrangement = {
            .modifier = dmabuf->modifier,
            .offsets = {dmabuf->offsets[i]},
            .strides = {dmabuf->strides[i]},
            .format = find_images(frame->format)->parts[i],
            .n_planes = 1,
        };
        guint row_bytes = 0;

        vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes,
                              &arrangement.height);
        arrangement.width = row_bytes / format->bytes[i];
        if (!import_plane(source, i, cache, device, &handles[i], &arrangement, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_arrangement_import(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                                const VinFrame *frame, const VinDmabuf *dmabuf, GError **error)
{
    const Images *images = find_images(frame->format);
    VinVkHandle handles[VIN_MAX_MEMORY_PLANES];
    gboolean is_one_memory = FALSE;
    gboolean may_be_whole, may_be_parts;
    g_autoptr(GError) problem = NULL;

    if (dmabuf->n_planes < source->n_planes || dmabuf->n_planes > VIN_MAX_MEMORY_PLANES) {
        return vin_fail(error, VIN_ERROR_INVALID, "%u planes in dma-bufs; %s has %u to %d",
                        dmabuf->n_planes, vin_format_name(frame->format), source->n_planes,
                        VIN_MAX_MEMORY_PLANES);
    }
    if (!find_handles(dmabuf, handles, &is_one_memory, error)) {
        return FALSE;
    }
    may_be_whole = images != NULL && images->whole != VK_FORMAT_UNDEFINED && is_one_memory &&
                   is_even(frame);
    may_be_parts = images != NULL && images->parts[0] != VK_FORMAT_UNDEFINED &&
                   dmabuf->n_planes == source->n_planes;
    if (may_be_whole &&
        import_whole(source, cache, device, frame, dmabuf, &handles[0], &problem)) {
        return TRUE;
    }
    if (may_be_parts &&
        (problem == NULL || g_error_matches(problem, VIN_ERROR, VIN_ERROR_UNSUPPORTED))) {
        return import_parts(source, cache, device, frame, dmabuf, handles, error);
    }
    if (problem != NULL) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return FALSE;
    }
    return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                    "%s of %ux%u in %u planes%s with the modifier 0x%016" G_GINT64_MODIFIER
                    "x has no image; linear is read", vin_format_name(frame->format),
                    frame->width, frame->height, dmabuf->n_planes,
                    is_one_memory ? "" : " of several memories", dmabuf->modifier);
}
