/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinInput: the picture of a buffer, open for submitting.
 */
#ifndef VIN_PLUGIN_INPUT_H
#define VIN_PLUGIN_INPUT_H

#include "gpu.h"
#include "regions.h"

#include <gst/video/video.h>
#include <vkinception/vkinception.h>

typedef struct {
    VinGpu *images;       /* NULL: the buffer is mapped */
    GstBuffer *buffer;    /* not referenced */
    GstVideoFrame mapped;
    VinFrame frame;
} VinInput;

/* Opens @buffer, whose caps are @info, to be turned upright by @turn. @images: (nullable): of video
 * that lies in Vulkan images. VIN_ERROR_INVALID where it is no such frame; then there is nothing to
 * close. */
gboolean vin_input_open(VinInput *input, VinGpu *images, GstBuffer *buffer,
                        const GstVideoInfo *info, VinTurn turn, GError **error);
/* As vin_stream_submit(); @region: (nullable): only this part. */
gboolean vin_input_submit(VinInput *input, VinStream *stream, const VinRegion *region,
                          VinTicket *ticket, GError **error);
/* TRUE: the device reads the buffer itself, until the ticket is done. */
gboolean vin_input_is_read(const VinInput *input);
void vin_input_close(VinInput *input);

#endif
