/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Video of the caps feature memory:DMABuf: its caps, and where the planes of its buffers lie. Where
 * the driver cannot read them the caller maps them instead.
 */
#ifndef VIN_PLUGIN_DMABUF_H
#define VIN_PLUGIN_DMABUF_H

#include "compat.h"

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

/* Formats that decoders and cameras leave in dma-bufs, row behind row. */
#define VIN_DMABUF_FORMATS                                                                     \
    "{ NV12, BGRx, BGRA, RGBx, RGBA, NV21, I420, YV12, YUY2, UYVY, NV16, P010_10LE }"

/* Caps of all such video, as structures of caps to put behind VIN_GST_CAPS in a pad template; they
 * begin with "; ". */
#define VIN_DMABUF_SIZE                                                                        \
    "width = (int) [ 1, 16384 ], height = (int) [ 1, 16384 ], "                                \
    "framerate = (fraction) [ 0, max ]"
#define VIN_DMABUF_PLAIN_CAPS                                                                  \
    "; video/x-raw(memory:DMABuf), format = (string) " VIN_DMABUF_FORMATS ", " VIN_DMABUF_SIZE
#if VIN_WITH_DMA_DRM
#define VIN_DMABUF_CAPS                                                                        \
    VIN_DMABUF_PLAIN_CAPS "; video/x-raw(memory:DMABuf), format = (string) DMA_DRM, "          \
                          VIN_DMABUF_SIZE
#else
#define VIN_DMABUF_CAPS VIN_DMABUF_PLAIN_CAPS
#endif

/* What caps say of frames in dma-bufs. */
typedef struct {
    GstVideoInfo info;  /* as if the frames lay in system memory; the planes' places in linear
                         * ones as far as no GstVideoMeta says better */
    guint64 modifier;   /* 0: linear */
    gboolean is_mapped; /* the driver cannot read them: every frame is to be mapped */
} VinDmabufVideo;

/* TRUE for caps of the feature memory:DMABuf. */
gboolean vin_dmabuf_is_caps(const GstCaps *caps);

/* A copy of @caps, in which DMA_DRM means what @device reads: each format as the driver lists its
 * modifiers, and row behind row in any case, for that can be mapped. (transfer full) */
GstCaps *vin_dmabuf_caps_for(const GstCaps *caps, VinDevice *device);

/* Fixed caps for which vin_dmabuf_is_caps() is TRUE; from GStreamer 1.24 on also those of the
 * format DMA_DRM. VIN_ERROR_INVALID. */
gboolean vin_dmabuf_video_from_caps(VinDmabufVideo *video, const GstCaps *caps, GError **error);

/* Where @buffer's planes lie; valid as long as the buffer. VIN_ERROR_INVALID, or
 * VIN_ERROR_UNSUPPORTED for memory that is no dma-buf.
 * @frame: (out): as vin_frame_from_gst_buffer() fills it */
gboolean vin_dmabuf_from_buffer(const VinDmabufVideo *video, GstBuffer *buffer, VinFrame *frame,
                                VinDmabuf *dmabuf, GError **error);

/* What follows from @reason, which is taken: an error of the above or of
 * vin_stream_submit_dmabuf(). TRUE: this frame and those after it are to be mapped instead, which
 * one INFO line tells; FALSE: they can not, and @error is set. */
gboolean vin_dmabuf_must_map(VinDmabufVideo *video, GError *reason, GError **error);

#endif
