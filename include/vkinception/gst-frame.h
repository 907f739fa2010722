/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From GStreamer's video description to a VinFrame. Static inline, so that the library
 * itself does not depend on GStreamer; needs gstreamer-video-1.0 and libvkinception.
 *
 *     gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ);
 *     vin_frame_from_gst(&frame, &mapped, &error);
 *     frame.turn = vin_turn_from_gst(orientation); // what the stream's tags say
 *     vin_stream_run(stream, &frame, &result, &error);
 *     gst_video_frame_unmap(&mapped);
 */
#ifndef VKINCEPTION_GST_FRAME_H
#define VKINCEPTION_GST_FRAME_H

#include <gst/gst.h>
#include <gst/video/gstvideometa.h>
#include <gst/video/video.h>
#include <string.h>
#include <vkinception/frame.h>

G_BEGIN_DECLS

/** VIN_GST_FORMATS: every format the library takes, as a list for caps. Since 0.1 */
#define VIN_GST_FORMATS \
    "{ I420, YV12, NV12, NV21, YUY2, UYVY, Y42B, Y444, NV16, P010_10LE, I420_10LE, Y444_10LE, " \
    "RGB, BGR, RGBx, BGRx, RGBA, BGRA, xRGB, xBGR, ARGB, ABGR, GRAY8, GRAY16_LE }"

/** VIN_GST_CAPS: caps of every frame the library takes, system memory. Since 0.1 */
#define VIN_GST_CAPS \
    "video/x-raw, format = (string) " VIN_GST_FORMATS ", width = (int) [ 1, 16384 ], " \
    "height = (int) [ 1, 16384 ], framerate = (fraction) [ 0, max ]"

/** vin_format_from_gst: VIN_FORMAT_UNKNOWN for what the library does not take. Since 0.1 */
static inline VinFormat vin_format_from_gst(GstVideoFormat format)
{
    return vin_format_from_name(gst_video_format_to_string(format));
}

/** vin_matrix_from_gst: FCC counts as BT.601 and SMPTE 240M as BT.709, whose coefficients
 *  differ from theirs by at most 0.012; anything else is AUTO. Since 0.1 */
static inline VinMatrix vin_matrix_from_gst(GstVideoColorMatrix matrix)
{
    switch (matrix) {
    case GST_VIDEO_COLOR_MATRIX_BT601:
    case GST_VIDEO_COLOR_MATRIX_FCC:
        return VIN_MATRIX_BT601;
    case GST_VIDEO_COLOR_MATRIX_BT709:
    case GST_VIDEO_COLOR_MATRIX_SMPTE240M:
        return VIN_MATRIX_BT709;
    case GST_VIDEO_COLOR_MATRIX_BT2020:
        return VIN_MATRIX_BT2020;
    default:
        return VIN_MATRIX_AUTO;
    }
}

/** vin_range_from_gst: AUTO when the caps do not say. Since 0.1 */
static inline VinRange vin_range_from_gst(GstVideoColorRange range)
{
    switch (range) {
    case GST_VIDEO_COLOR_RANGE_0_255:
        return VIN_RANGE_FULL;
    case GST_VIDEO_COLOR_RANGE_16_235:
        return VIN_RANGE_LIMITED;
    default:
        return VIN_RANGE_AUTO;
    }
}

/** vin_chroma_site_from_gst: by the horizontal position first: a site between columns is
 *  CENTER. AUTO when the caps do not say. Since 0.1 */
static inline VinChromaSite vin_chroma_site_from_gst(GstVideoChromaSite site)
{
    if (site == GST_VIDEO_CHROMA_SITE_UNKNOWN) {
        return VIN_CHROMA_SITE_AUTO;
    }
    if ((site & GST_VIDEO_CHROMA_SITE_H_COSITED) == 0) {
        return VIN_CHROMA_SITE_CENTER;
    }
    return (site & GST_VIDEO_CHROMA_SITE_V_COSITED) != 0 ? VIN_CHROMA_SITE_TOP_LEFT
                                                         : VIN_CHROMA_SITE_LEFT;
}

/** vin_transfer_from_gst: whatever is no HDR is SDR. Since 0.1 */
static inline VinTransfer vin_transfer_from_gst(GstVideoTransferFunction transfer)
{
    switch (transfer) {
    case GST_VIDEO_TRANSFER_SMPTE2084:
        return VIN_TRANSFER_PQ;
    case GST_VIDEO_TRANSFER_ARIB_STD_B67:
        return VIN_TRANSFER_HLG;
    default:
        return VIN_TRANSFER_SDR;
    }
}

/** vin_turn_from_gst: of a GST_TAG_IMAGE_ORIENTATION; VIN_TURN_0 for NULL and what is none.
 *  Since 0.1 */
static inline VinTurn vin_turn_from_gst(const char *orientation)
{
    static const char *const names[] = {
        "rotate-0",      "rotate-90",      "rotate-180",      "rotate-270",
        "flip-rotate-0", "flip-rotate-90", "flip-rotate-180", "flip-rotate-270"};

    for (guint i = 0; orientation != NULL && i < G_N_ELEMENTS(names); i++) {
        if (strcmp(orientation, names[i]) == 0) {
            return (VinTurn)i;
        }
    }
    return VIN_TURN_0;
}

/** vin_field_from_gst: of a frame that is flagged as interlaced the first field in time, by the
 *  field order of its caps or else its own flag; of any other frame both. Frames of less than
 *  four lines are not parted. Since 0.1 */
static inline VinField vin_field_from_gst(const GstVideoFrame *mapped)
{
    if (!GST_VIDEO_FRAME_IS_INTERLACED(mapped) || GST_VIDEO_FRAME_HEIGHT(mapped) < 4) {
        return VIN_FIELD_BOTH;
    }
    return GST_VIDEO_FRAME_IS_TFF(mapped) ? VIN_FIELD_TOP : VIN_FIELD_BOTTOM;
}

/**
 * vin_frame_from_gst_info: fills everything but the planes, field, crop and turn.
 * @frame: (out): overwritten
 * @info: parsed caps, or the info of a mapped frame
 *
 * Returns: FALSE with VIN_ERROR_INVALID when the format or the size is not taken. Since 0.1
 */
static inline gboolean vin_frame_from_gst_info(VinFrame *frame, const GstVideoInfo *info,
                                               GError **error)
{
    memset(frame, 0, sizeof *frame);
    frame->format = vin_format_from_gst(GST_VIDEO_INFO_FORMAT(info));
    if (frame->format == VIN_FORMAT_UNKNOWN) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "video format %s is not taken; one of %s is",
                    GST_VIDEO_INFO_NAME(info), VIN_GST_FORMATS);
        return FALSE;
    }
    if (GST_VIDEO_INFO_WIDTH(info) < 1 || GST_VIDEO_INFO_WIDTH(info) > 16384 ||
        GST_VIDEO_INFO_HEIGHT(info) < 1 || GST_VIDEO_INFO_HEIGHT(info) > 16384) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "frame of %d x %d pixels: 1..16384 each way is taken",
                    GST_VIDEO_INFO_WIDTH(info), GST_VIDEO_INFO_HEIGHT(info));
        return FALSE;
    }
    if (GST_VIDEO_INFO_INTERLACE_MODE(info) > GST_VIDEO_INTERLACE_MODE_MIXED) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "interlace-mode %s, whose buffers hold no whole frame, is not taken; "
                    "progressive, interleaved and mixed are: put a deinterlacer before",
                    gst_video_interlace_mode_to_string(GST_VIDEO_INFO_INTERLACE_MODE(info)));
        return FALSE;
    }
    frame->width = (guint)GST_VIDEO_INFO_WIDTH(info);
    frame->height = (guint)GST_VIDEO_INFO_HEIGHT(info);
    frame->matrix = vin_matrix_from_gst(info->colorimetry.matrix);
    frame->range = vin_range_from_gst(info->colorimetry.range);
    frame->chroma_site = vin_chroma_site_from_gst(GST_VIDEO_INFO_CHROMA_SITE(info));
    frame->transfer = vin_transfer_from_gst(info->colorimetry.transfer);
    if (GST_VIDEO_INFO_PAR_N(info) >= 1 && GST_VIDEO_INFO_PAR_D(info) >= 1) {
        guint n = (guint)GST_VIDEO_INFO_PAR_N(info), d = (guint)GST_VIDEO_INFO_PAR_D(info);

        for (; n > 65535 || d > 65535; n = MAX(n / 2, 1), d = MAX(d / 2, 1)) {
        }
        frame->pixel_aspect_n = n;
        frame->pixel_aspect_d = d;
    }
    return TRUE;
}

/* One plane of a mapped frame. A GstVideoMeta comes from another element and may be wrong,
 * so the plane has to lie inside its memory. */
static inline gboolean vin_frame_set_gst_plane(VinFrame *frame, const GstVideoFrame *mapped,
                                               guint plane, GError **error)
{
    const GstMapInfo *map = mapped->meta != NULL ? &mapped->map[plane] : &mapped->map[0];
    const guint8 *data = (const guint8 *)GST_VIDEO_FRAME_PLANE_DATA(mapped, plane);
    gint stride = GST_VIDEO_FRAME_PLANE_STRIDE(mapped, plane);
    guint row_bytes = 0;
    guint n_rows = 0;
    guint64 used;

    vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes,
                          &n_rows);
    if (n_rows == 0 || stride < 1 || (guint)stride < row_bytes) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "plane %u of a %u x %u %s frame has a stride of %d bytes: at least %u "
                    "are needed", plane, frame->width, frame->height,
                    GST_VIDEO_INFO_NAME(&mapped->info), stride, row_bytes);
        return FALSE;
    }
    used = (guint64)(n_rows - 1) * (guint)stride + row_bytes;
    if (data < map->data || (gsize)(data - map->data) > map->size ||
        used > map->size - (gsize)(data - map->data)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "plane %u of a %u x %u %s frame takes %" G_GUINT64_FORMAT
                    " bytes: its memory of %" G_GSIZE_FORMAT " bytes is too small", plane,
                    frame->width, frame->height, GST_VIDEO_INFO_NAME(&mapped->info), used,
                    map->size);
        return FALSE;
    }
    frame->planes[plane] = data;
    frame->strides[plane] = (guint32)stride;
    return TRUE;
}

/* The part inside the buffer's GstVideoCropMeta. */
static inline gboolean vin_frame_set_gst_crop(VinFrame *frame, GstBuffer *buffer, GError **error)
{
    const GstVideoCropMeta *crop = gst_buffer_get_video_crop_meta(buffer);

    if (crop == NULL) {
        return TRUE;
    }
    if (crop->width == 0 || crop->height == 0 || crop->x >= frame->width ||
        crop->y >= frame->height) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "crop of %u x %u at %u, %u holds nothing of a %u x %u frame",
                    crop->width, crop->height, crop->x, crop->y, frame->width,
                    frame->height);
        return FALSE;
    }
    frame->crop_x = crop->x;
    frame->crop_y = crop->y;
    frame->crop_width = MIN(crop->width, frame->width - crop->x);
    frame->crop_height = MIN(crop->height, frame->height - crop->y);
    return TRUE;
}

/**
 * vin_frame_from_gst: a mapped frame, with the strides and offsets of its GstVideoMeta, the
 * part inside its GstVideoCropMeta and the field that vin_field_from_gst() names. How it is to
 * be turned says no buffer: see vin_turn_from_gst().
 * @frame: (out): overwritten; valid as long as @mapped stays mapped
 * @mapped: mapped for reading
 *
 * A crop that reaches over the edge is cut there; an empty one, or one wholly outside, is
 * an error.
 *
 * Returns: FALSE with VIN_ERROR_INVALID when format, size, planes or crop do not fit.
 * Since 0.1
 */
static inline gboolean vin_frame_from_gst(VinFrame *frame, const GstVideoFrame *mapped,
                                          GError **error)
{
    if (!vin_frame_from_gst_info(frame, &mapped->info, error)) {
        return FALSE;
    }
    for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(mapped); i++) {
        if (!vin_frame_set_gst_plane(frame, mapped, i, error)) {
            return FALSE;
        }
    }
    frame->field = vin_field_from_gst(mapped);
    return vin_frame_set_gst_crop(frame, mapped->buffer, error);
}

/**
 * vin_frame_from_gst_buffer: as vin_frame_from_gst(), but for a buffer that is not mapped: the
 * planes stay NULL.
 * @frame: (out): overwritten
 * @info: of the buffer's caps
 *
 * Returns: FALSE with VIN_ERROR_INVALID when format, size or crop do not fit. Since 0.1
 */
static inline gboolean vin_frame_from_gst_buffer(VinFrame *frame, const GstVideoInfo *info,
                                                 GstBuffer *buffer, GError **error)
{
    const gboolean is_mixed =
        GST_VIDEO_INFO_INTERLACE_MODE(info) == GST_VIDEO_INTERLACE_MODE_MIXED;
    const gboolean is_top_first = /* as gst_video_frame_map() sees it */
        GST_VIDEO_INFO_FIELD_ORDER(info) == GST_VIDEO_FIELD_ORDER_TOP_FIELD_FIRST ||
        GST_BUFFER_FLAG_IS_SET(buffer, GST_VIDEO_BUFFER_FLAG_TFF);

    if (!vin_frame_from_gst_info(frame, info, error)) {
        return FALSE;
    }
    if (GST_VIDEO_INFO_IS_INTERLACED(info) && frame->height >= 4 &&
        (!is_mixed || GST_BUFFER_FLAG_IS_SET(buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED))) {
        frame->field = is_top_first ? VIN_FIELD_TOP : VIN_FIELD_BOTTOM;
    }
    return vin_frame_set_gst_crop(frame, buffer, error);
}

G_END_DECLS

#endif
