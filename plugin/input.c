/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a GstBuffer to what the library takes.
 */
#include "input.h"

#include <vkinception/gst-frame.h>

static gboolean map(VinInput *input, const GstVideoInfo *info, GError **error)
{
    if (!gst_video_frame_map(&input->mapped, info, input->buffer, GST_MAP_READ)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "a buffer of %" G_GSIZE_FORMAT " bytes is not a mappable %d x %d %s "
                    "frame, which takes %" G_GSIZE_FORMAT,
                    gst_buffer_get_size(input->buffer), GST_VIDEO_INFO_WIDTH(info),
                    GST_VIDEO_INFO_HEIGHT(info), GST_VIDEO_INFO_NAME(info),
                    GST_VIDEO_INFO_SIZE(info));
        return FALSE;
    }
    if (!vin_frame_from_gst(&input->frame, &input->mapped, error)) {
        gst_video_frame_unmap(&input->mapped);
        return FALSE;
    }
    return TRUE;
}

gboolean vin_input_open(VinInput *input, VinGpu *images, GstBuffer *buffer,
                        const GstVideoInfo *info, VinTurn turn, GError **error)
{
    input->images = images;
    input->buffer = buffer;
    if (images != NULL ? !vin_frame_from_gst_buffer(&input->frame, info, buffer, error)
                       : !map(input, info, error)) {
        return FALSE;
    }
    input->frame.turn = turn;
    return TRUE;
}

gboolean vin_input_submit(VinInput *input, VinStream *stream, const VinRegion *region,
                          VinTicket *ticket, GError **error)
{
    VinFrame frame = input->frame;

    if (region != NULL) {
        frame.crop_x = region->x;
        frame.crop_y = region->y;
        frame.crop_width = region->width;
        frame.crop_height = region->height;
    }
    if (input->images != NULL) {
        return vin_gpu_submit(input->images, stream, input->buffer, &frame, ticket, error);
    }
    return vin_stream_submit(stream, &frame, ticket, error);
}

gboolean vin_input_is_read(const VinInput *input)
{
    return input->images != NULL;
}

void vin_input_close(VinInput *input)
{
    if (input->images == NULL) {
        gst_video_frame_unmap(&input->mapped);
    }
}
