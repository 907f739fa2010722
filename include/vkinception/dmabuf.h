/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames that lie in dma-bufs: what a video decoder or a camera driver filled is read by the GPU
 * where it is. Linux only.
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

G_END_DECLS

#endif
