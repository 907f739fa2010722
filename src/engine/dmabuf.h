/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A frame in dma-bufs as what a slot's commands begin with: copies of the rows that are looked at
 * to where vin_upload_planes() would put them.
 */
#ifndef VIN_ENGINE_DMABUF_H
#define VIN_ENGINE_DMABUF_H

#include <vkinception/dmabuf.h>

#include "engine/import_cache.h"
#include "vk/image.h"

typedef struct {
    VinVkHandle handle; /* the caller's, during vin_dmabuf_source_init() only */
    VinImport *import;  /* referenced; planes may share one */
    guint64 offset;     /* bytes: where copying begins */
    gsize stride;
    gsize to_offset;    /* in the upload buffer */
    gsize row_bytes;
    guint n_rows;
} VinDmabufPlane;

typedef struct {
    VinDmabufPlane planes[3];
    guint n_planes;
    guint32 queue_family;     /* whose memory it is meanwhile */
    gboolean is_arranged;     /* images are copied, not rows */
    VinVulkanPlane images[3]; /* of the imports of planes */
} VinDmabufSource;

/* Checks every plane against its dma-buf, waits for what is written to it, and imports it.
 * @type: DMA_BUF_BIT_EXT; tests have others. @frame: checked by vin_frame_check_shape().
 * VIN_ERROR_INVALID or VIN_ERROR_UNSUPPORTED; then @source is zeroed and @cache empty. */
gboolean vin_dmabuf_source_init(VinDmabufSource *source, VinImportCache *cache,
                                VinDevice *device, VkExternalMemoryHandleTypeFlagBits type,
                                const VinFrame *frame, const VinDmabuf *dmabuf, GError **error);
/* Waits until nobody writes to an open dma-buf any more, but not for ever: VIN_ERROR_DEVICE. */
gboolean vin_dmabuf_wait(int fd, GError **error);
void vin_dmabuf_source_clear(VinDmabufSource *source); /* when its work is done */
void vin_dmabuf_source_free(gpointer source);          /* one that g_new() made */
/* The copies of rows. What is recorded behind has to wait for transfer writes to see them. */
void vin_dmabuf_source_record(const VinDmabufSource *source, VinVkCommand *command,
                              const VinVkBuffer *upload);

/* vin_stream_submit_dmabuf() for any type of descriptor. */
gboolean vin_stream_submit_memory(VinStream *stream, const VinFrame *frame,
                                  const VinDmabuf *dmabuf,
                                  VkExternalMemoryHandleTypeFlagBits type, VinTicket *ticket,
                                  GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinDmabufSource, vin_dmabuf_source_clear)

#endif
