/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a GstBuffer to what the library takes.
 */
#include "input.h"

#include <vkinception/gst-frame.h>

static gboolean map(VinInput *input, GError **error)
{
    const GstVideoInfo *info = input->video->info;
    const VinTurn turn = input->frame.turn;

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
    input->frame.turn = turn;
    input->is_mapped = TRUE;
    return TRUE;
}

static gboolean open_dmabuf(VinInput *input, GError **error)
{
    VinDmabufVideo *video = input->video->dmabuf;
    GError *problem = NULL;

    return (!video->is_mapped && vin_dmabuf_from_buffer(video, input->buffer, &input->frame,
                                                        &input->dmabuf, &problem)) ||
           ((video->is_mapped || vin_dmabuf_must_map(video, problem, error)) &&
            map(input, error));
}

gboolean vin_input_open(VinInput *input, const VinInputVideo *video, GstBuffer *buffer,
                        VinTurn turn, GError **error)
{
    gboolean ok;

    input->video = video;
    input->buffer = buffer;
    input->is_mapped = FALSE;
    if (video->images != NULL) {
        ok = vin_frame_from_gst_buffer(&input->frame, video->info, buffer, error);
    } else {
        ok = video->dmabuf != NULL ? open_dmabuf(input, error) : map(input, error);
    }
    input->frame.turn = turn;
    return ok;
}

static VinFrame part_of(const VinInput *input, const VinRegion *region)
{
    VinFrame frame = input->frame;

    if (region != NULL) {
        frame.crop_x = region->x;
        frame.crop_y = region->y;
        frame.crop_width = region->width;
        frame.crop_height = region->height;
    }
    return frame;
}

gboolean vin_input_submit(VinInput *input, VinStream *stream, const VinRegion *region,
                          VinTicket *ticket, GError **error)
{
    const VinInputVideo *video = input->video;
    VinFrame frame = part_of(input, region);
    GError *problem = NULL;

    if (video->images != NULL) {
        return vin_gpu_submit(video->images, stream, input->buffer, &frame, ticket, error);
    }
    if (!input->is_mapped) {
        if (vin_stream_submit_dmabuf(stream, &frame, &input->dmabuf, ticket, &problem)) {
            return TRUE;
        }
        if (!vin_dmabuf_must_map(video->dmabuf, problem, error) || !map(input, error)) {
            return FALSE;
        }
        frame = part_of(input, region);
    }
    return vin_stream_submit(stream, &frame, ticket, error);
}

gboolean vin_input_is_read(const VinInput *input)
{
    return !input->is_mapped;
}

void vin_input_close(VinInput *input)
{
    if (input->is_mapped) {
        gst_video_frame_unmap(&input->mapped);
    }
}
