/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Video of the caps feature memory:DMABuf: its caps, and its buffers into a VinStream. Where the
 * driver cannot read them the caller maps them instead.
 */
#ifndef VIN_PLUGIN_DMABUF_H
#define VIN_PLUGIN_DMABUF_H

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

/* What caps say of frames in dma-bufs. */
typedef struct {
    GstVideoInfo info;  /* as if the frames lay in system memory; the planes' places in linear
                         * ones as far as no GstVideoMeta says better */
    guint64 modifier;   /* 0: linear */
    gboolean is_mapped; /* the driver cannot read them: every frame is to be mapped */
} VinDmabufVideo;

typedef enum {
    VIN_DMABUF_SUBMITTED, /* the buffer must not be written to until the ticket is done */
    VIN_DMABUF_UNREAD,    /* the driver cannot read it: map it and submit that. The first time one
                           * INFO line was logged */
    VIN_DMABUF_FAILED     /* with an error */
} VinDmabufOutcome;

/* TRUE for caps of the feature memory:DMABuf. */
gboolean vin_dmabuf_is_caps(const GstCaps *caps);

/* Caps of all such video that can be taken: for the pads' templates, with @device NULL, and what
 * @device reads in place or, where it cannot, what can be mapped. (transfer full) */
GstCaps *vin_dmabuf_caps(VinDevice *device);

/* Fixed caps for which vin_dmabuf_is_caps() is TRUE; from GStreamer 1.24 on also those of the
 * format DMA_DRM. VIN_ERROR_INVALID. */
gboolean vin_dmabuf_video_from_caps(VinDmabufVideo *video, const GstCaps *caps, GError **error);

/* Where @buffer's planes lie; valid as long as the buffer. VIN_ERROR_INVALID.
 * @frame: (out): as vin_frame_from_gst_buffer() fills it */
gboolean vin_dmabuf_from_buffer(const VinDmabufVideo *video, GstBuffer *buffer, VinFrame *frame,
                                VinDmabuf *dmabuf, GError **error);

/* vin_stream_submit_dmabuf(), and what follows from its errors. One thread. */
VinDmabufOutcome vin_dmabuf_submit(VinDmabufVideo *video, VinStream *stream,
                                   const VinFrame *frame, const VinDmabuf *dmabuf,
                                   VinTicket *ticket, GError **error);

#endif
