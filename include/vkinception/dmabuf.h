/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames that lie in dma-bufs: what a video decoder or a camera driver filled is read by the GPU
 * where it is. Linux only.
 *
 *     VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 1920, .height = 1080};
 *     VinDmabuf dmabuf = {.fds = {fd, fd}, .offsets = {0, 1920 * 1088}, .strides = {1920, 1920},
 *                         .n_planes = 2};
 *     vin_stream_submit_dmabuf(stream, &frame, &dmabuf, &ticket, &error);
 */
#ifndef VKINCEPTION_DMABUF_H
#define VKINCEPTION_DMABUF_H

#include <glib.h>
#include <vkinception/engine.h>

G_BEGIN_DECLS

/** VIN_DMABUF_LINEAR: the modifier of rows that lie one behind the other. Since 0.1 */
#define VIN_DMABUF_LINEAR G_GUINT64_CONSTANT(0)

/** VinDmabuf: where the planes of a frame lie. Since 0.1 */
typedef struct {
    int fds[4];         /* of each plane; planes in one dma-buf have it, or its duplicate, each */
    guint64 offsets[4]; /* bytes: first of each plane */
    guint32 strides[4]; /* bytes from row to row; 0: tightly packed */
    guint n_planes;     /* linear: the format's. Other modifiers may bring more, up to 4 */
    guint64 modifier;   /* how pixels are arranged, by the numbers of drm_fourcc.h; 0: linear */
    guint64 sizes[4];   /* bytes of each plane's dma-buf; 0: as the kernel says */
} VinDmabuf;

/**
 * vin_device_get_dmabuf_modifiers: in which arrangements @device reads frames of @format from
 * dma-bufs.
 * @n_modifiers: (out): how many
 *
 * Returns: (transfer full): the modifiers, VIN_DMABUF_LINEAR first, to g_free(); NULL when there
 * are none: the driver cannot import dma-bufs. Any thread. Since 0.1
 */
VIN_API guint64 *vin_device_get_dmabuf_modifiers(VinDevice *device, VinFormat format,
                                                 guint *n_modifiers);

/**
 * vin_stream_submit_dmabuf: as vin_stream_submit(), of a frame that lies in dma-bufs; no byte of it
 * passes through the CPU.
 * @frame: its planes and strides are not looked at
 * @dmabuf: read during the call only; the descriptors stay the caller's and may be closed after it
 * @ticket: (out): names the frame
 *
 * Waits until what writes to the dma-bufs has ended. What they hold must stay as it is until the
 * frame is done. The memory of the last frames is kept imported, for producers use few dma-bufs in
 * turn; vin_stream_free() lets go of it.
 *
 * Returns: FALSE with VIN_ERROR_UNSUPPORTED (the driver cannot import dma-bufs, or not these; the
 * caller may map them), VIN_ERROR_INVALID (a plane that leaves its dma-buf, a descriptor that is
 * none), and what vin_stream_submit() fails with. Since 0.1
 */
VIN_API gboolean vin_stream_submit_dmabuf(VinStream *stream, const VinFrame *frame,
                                          const VinDmabuf *dmabuf, VinTicket *ticket,
                                          GError **error);

G_END_DECLS

#endif
