/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinInput: the picture of a buffer, open for submitting.
 */
#ifndef VIN_PLUGIN_INPUT_H
#define VIN_PLUGIN_INPUT_H

#include "dmabuf.h"
#include "gpu.h"
#include "regions.h"

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

/* What the caps say of how buffers are read. */
typedef struct {
    const GstVideoInfo *info;
    VinGpu *images;         /* of video in Vulkan images, else NULL */
    VinDmabufVideo *dmabuf; /* of video in dma-bufs, else NULL */
} VinInputVideo;

typedef struct {
    const VinInputVideo *video; /* not referenced, like @buffer */
    GstBuffer *buffer;
    GstVideoFrame mapped;
    gboolean is_mapped;
    VinFrame frame;
    VinDmabuf dmabuf;
} VinInput;

/* Opens @buffer of @video, to be turned upright by @turn. VIN_ERROR_INVALID where it is no such
 * frame; then there is nothing to close. */
gboolean vin_input_open(VinInput *input, const VinInputVideo *video, GstBuffer *buffer,
                        VinTurn turn, GError **error);
/* As vin_stream_submit(); @region: (nullable): only this part. */
gboolean vin_input_submit(VinInput *input, VinStream *stream, const VinRegion *region,
                          VinTicket *ticket, GError **error);
/* TRUE: the device reads the buffer itself, until the ticket is done. */
gboolean vin_input_is_read(const VinInput *input);
void vin_input_close(VinInput *input);

#endif
