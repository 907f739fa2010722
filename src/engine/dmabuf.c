/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where planes lie is somebody's word: each is checked against the size that the kernel says the
 * dma-buf has, before anything is imported.
 */
#include "engine/dmabuf.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/error.h"
#include "base/frame.h"
#include "engine/arrangement.h"
#include "engine/images.h"
#include "engine/stream.h"

#define MAX_WAIT_MS 2000 /* for who writes to a dma-buf */

static gboolean check_planes(const VinFrame *frame, const VinDmabuf *dmabuf, GError **error)
{
    const guint n_planes = vin_format_n_planes(frame->format);

    if (dmabuf->n_planes != n_planes) {
        return vin_fail(error, VIN_ERROR_INVALID, "%u planes in dma-bufs; %s has %u",
                        dmabuf->n_planes, vin_format_name(frame->format), n_planes);
    }
    return TRUE;
}

/* Whether plane @i lies inside @size bytes; its stride. */
static gboolean check_plane(const VinFrame *frame, const VinDmabuf *dmabuf, guint i, guint64 size,
                            gsize *stride, GError **error)
{
    const guint64 offset = dmabuf->offsets[i];
    guint row_bytes = 0, n_rows = 0;
    guint64 bytes;

    vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes, &n_rows);
    *stride = dmabuf->strides[i] != 0 ? dmabuf->strides[i] : row_bytes;
    if (*stride < row_bytes) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "stride %u of plane %u in a dma-buf; %s of width %u needs %u or more",
                        dmabuf->strides[i], i, vin_format_name(frame->format), frame->width,
                        row_bytes);
    }
    bytes = (guint64)(n_rows - 1) * *stride + row_bytes;
    if (offset > size || bytes > size - offset) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "plane %u of a %ux%u %s frame takes %" G_GUINT64_FORMAT
                        " bytes from byte %" G_GUINT64_FORMAT " on; its dma-buf has %"
                        G_GUINT64_FORMAT,
                        i, frame->width, frame->height, vin_format_name(frame->format), bytes,
                        offset, size);
    }
    return TRUE;
}

/* Vulkan knows nothing of a dma-buf's fences: reading waits here for the last writer's. */
gboolean vin_dmabuf_wait(int fd, GError **error)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    int n;

    do {
        n = poll(&readable, 1, MAX_WAIT_MS);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n == 0) {
        return vin_fail(error, VIN_ERROR_DEVICE,
                        "what fills the dma-buf of descriptor %d has not ended after %d s", fd,
                        MAX_WAIT_MS / 1000);
    }
    return TRUE;
}

/* Where plane @i is copied from and to; all but the import. */
static gboolean init_plane(VinDmabufPlane *plane, VkExternalMemoryHandleTypeFlagBits type,
                           const VinFrame *frame, const VinDmabuf *dmabuf, guint i,
                           const VinPlaneWindow *window, GError **error)
{
    guint64 size = 0;

    plane->handle =
        (VinVkHandle){.type = type, .fd = dmabuf->fds[i], .size = dmabuf->sizes[i]};
    if (!vin_vk_handle_size(plane->handle.fd, &size, error)) {
        return FALSE;
    }
    if (plane->handle.size == 0) {
        plane->handle.size = size;
    }
    if (!check_plane(frame, dmabuf, i, MIN(size, plane->handle.size), &plane->stride, error)) {
        return FALSE;
    }
    plane->offset = dmabuf->offsets[i] + window->first_byte;
    if (frame->field == VIN_FIELD_BOTTOM) {
        plane->offset += plane->stride;
    }
    if (frame->field != VIN_FIELD_BOTH) {
        plane->stride *= 2;
    }
    plane->offset += window->first_row * (guint64)plane->stride;
    plane->to_offset = window->offset;
    plane->row_bytes = window->row_bytes;
    plane->n_rows = window->n_rows;
    return TRUE;
}

static gboolean import_planes(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                              GError **error)
{
    for (guint i = 0; i < source->n_planes; i++) {
        VinDmabufPlane *plane = &source->planes[i];

        if (!vin_dmabuf_wait(plane->handle.fd, error)) {
            return FALSE;
        }
        plane->import = vin_import_cache_get(cache, device, &plane->handle, NULL, error);
        if (plane->import == NULL) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean init_rows(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                          VkExternalMemoryHandleTypeFlagBits type, const VinFrame *frame,
                          const VinDmabuf *dmabuf, GError **error)
{
    VinFrameLayout layout;

    if (!check_planes(frame, dmabuf, error) ||
        !vin_preprocess_layout(frame, NULL, NULL, &layout, error)) {
        return FALSE;
    }
    for (guint i = 0; i < source->n_planes; i++) {
        if (!init_plane(&source->planes[i], type, frame, dmabuf, i, &layout.planes[i], error)) {
            return FALSE;
        }
    }
    return import_planes(source, cache, device, error);
}

gboolean vin_dmabuf_source_init(VinDmabufSource *source, VinImportCache *cache,
                                VinDevice *device, VkExternalMemoryHandleTypeFlagBits type,
                                const VinFrame *frame, const VinDmabuf *dmabuf, GError **error)
{
    gboolean ok;

    memset(source, 0, sizeof *source);
    if (!vin_frame_check_shape(frame, error) || !vin_vk_import_check(device, type, error)) {
        return FALSE;
    }
    source->queue_family = vin_vk_import_queue_family(device, type);
    source->n_planes = vin_format_n_planes(frame->format);
    source->is_arranged = dmabuf->modifier != VIN_DMABUF_LINEAR;
    ok = source->is_arranged
             ? vin_arrangement_import(source, cache, device, frame, dmabuf, error)
             : init_rows(source, cache, device, type, frame, dmabuf, error);
    if (!ok) { /* frames that follow will perhaps be mapped: nothing is kept for them */
        vin_dmabuf_source_clear(source);
        vin_import_cache_clear(cache);
    }
    return ok;
}

void vin_dmabuf_source_clear(VinDmabufSource *source)
{
    for (guint i = 0; i < source->n_planes; i++) {
        vin_import_unref(source->planes[i].import);
    }
    memset(source, 0, sizeof *source);
}

void vin_dmabuf_source_free(gpointer source)
{
    vin_dmabuf_source_clear(source);
    g_free(source);
}

/* Planes may share an import, which is acquired once. */
static void own(const VinDmabufSource *source, VinVkCommand *command, gboolean acquire)
{
    for (guint i = 0; i < source->n_planes; i++) {
        gboolean is_first = TRUE;

        for (guint j = 0; j < i; j++) {
            is_first = is_first && source->planes[j].import != source->planes[i].import;
        }
        if (is_first) {
            vin_vk_command_own(command, &source->planes[i].import->buffer, source->queue_family,
                               acquire);
        }
    }
}

void vin_dmabuf_source_record(const VinDmabufSource *source, VinVkCommand *command,
                              const VinVkBuffer *upload)
{
    own(source, command, TRUE);
    for (guint i = 0; i < source->n_planes; i++) {
        const VinDmabufPlane *plane = &source->planes[i];

        vin_vk_command_copy_rows(command, &plane->import->buffer, plane->offset, plane->stride,
                                 upload, plane->to_offset, plane->row_bytes, plane->n_rows);
    }
    own(source, command, FALSE);
}

typedef struct {
    const VinFrame *frame;
    VinDmabufSource *source; /* NULL: a slot has it */
} Fill;

static gboolean fill_rows(VinSlot *slot, const VinDmabufSource *source, GError **error)
{
    if (!vin_slot_begin_fill(slot, error)) {
        return FALSE;
    }
    vin_dmabuf_source_record(source, &slot->fill, &slot->upload);
    return vin_vk_command_end(&slot->fill, error) && vin_vk_command_submit(&slot->fill, error);
}

static gboolean fill(VinSlot *slot, const VinPlaneWindow windows[3], gpointer data,
                     GError **error)
{
    Fill *fill = data;
    VinDmabufSource *source = fill->source;

    if (!(source->is_arranged ? vin_images_fill(slot, windows, fill->frame, source->images,
                                                source->n_planes, error)
                              : fill_rows(slot, source, error))) {
        return FALSE;
    }
    vin_slot_hold(slot, g_steal_pointer(&fill->source), vin_dmabuf_source_free);
    return TRUE;
}

gboolean vin_stream_submit_memory(VinStream *stream, const VinFrame *frame,
                                  const VinDmabuf *dmabuf,
                                  VkExternalMemoryHandleTypeFlagBits type, VinTicket *ticket,
                                  GError **error)
{
    Fill to_fill = {.frame = frame, .source = g_new0(VinDmabufSource, 1)};
    const VinFrameSource frame_source = {.fill = fill, .data = &to_fill};
    gboolean ok;

    ok = vin_dmabuf_source_init(to_fill.source, vin_stream_imports(stream),
                                vin_stream_device(stream), type, frame, dmabuf, error) &&
         vin_stream_submit_from(stream, frame, &frame_source, ticket, error);
    if (to_fill.source != NULL) {
        vin_dmabuf_source_free(to_fill.source);
    }
    return ok;
}

gboolean vin_stream_submit_dmabuf(VinStream *stream, const VinFrame *frame,
                                  const VinDmabuf *dmabuf, VinTicket *ticket, GError **error)
{
    g_return_val_if_fail(stream != NULL && frame != NULL && ticket != NULL, FALSE);
    g_return_val_if_fail(dmabuf != NULL, FALSE);
    return vin_stream_submit_memory(stream, frame, dmabuf,
                                    VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, ticket, error);
}

guint64 *vin_device_get_dmabuf_modifiers(VinDevice *device, VinFormat format,
                                         guint *n_modifiers)
{
    g_autofree guint64 *arranged = NULL;
    guint64 *modifiers;
    guint n = 0;

    g_return_val_if_fail(device != NULL && n_modifiers != NULL, NULL);
    *n_modifiers = 0;
    if (vin_format_get_info(format) == NULL ||
        !vin_vk_import_check(device, VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, NULL)) {
        return NULL;
    }
    arranged = vin_arrangement_list(device, format, &n);
    modifiers = g_new0(guint64, n + 1);
    modifiers[0] = VIN_DMABUF_LINEAR;
    for (guint i = 0; i < n; i++) {
        modifiers[1 + i] = arranged[i];
    }
    *n_modifiers = n + 1;
    return modifiers;
}
