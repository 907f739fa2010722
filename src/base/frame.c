/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pixel formats and VinFrame: names, plane extents, checks, defaults. No pixels are touched
 * here; kernels/preprocess.c and engine/upload.c build on it.
 */
#include "base/frame.h"

#include "base/error.h"

/* A row of plane p holds bytes[p] bytes for every (1 << x_shift[p]) pixels begun. */
typedef struct {
    const char *name;
    guint n_planes;
    guint8 bytes[3];
    guint8 x_shift[3], y_shift[3];
} FormatInfo;

static const FormatInfo formats[VIN_N_FORMATS] = {
    [VIN_FORMAT_I420] = {"I420", 3, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    [VIN_FORMAT_YV12] = {"YV12", 3, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}},
    [VIN_FORMAT_NV12] = {"NV12", 2, {1, 2}, {0, 1}, {0, 1}},
    [VIN_FORMAT_NV21] = {"NV21", 2, {1, 2}, {0, 1}, {0, 1}},
    [VIN_FORMAT_YUY2] = {"YUY2", 1, {4}, {1}, {0}},
    [VIN_FORMAT_RGB] = {"RGB", 1, {3}, {0}, {0}},
    [VIN_FORMAT_BGR] = {"BGR", 1, {3}, {0}, {0}},
    [VIN_FORMAT_RGBX] = {"RGBx", 1, {4}, {0}, {0}},
    [VIN_FORMAT_BGRX] = {"BGRx", 1, {4}, {0}, {0}},
    [VIN_FORMAT_RGBA] = {"RGBA", 1, {4}, {0}, {0}},
    [VIN_FORMAT_BGRA] = {"BGRA", 1, {4}, {0}, {0}},
    [VIN_FORMAT_GRAY8] = {"GRAY8", 1, {1}, {0}, {0}},
};

static const FormatInfo *format_info(VinFormat format)
{
    if ((guint)format >= VIN_N_FORMATS || formats[format].name == NULL) {
        return NULL;
    }
    return &formats[format];
}

const char *vin_format_name(VinFormat format)
{
    const FormatInfo *info = format_info(format);

    return info != NULL ? info->name : NULL;
}

VinFormat vin_format_from_name(const char *name)
{
    for (guint i = 0; name != NULL && i < VIN_N_FORMATS; i++) {
        if (formats[i].name != NULL && g_str_equal(formats[i].name, name)) {
            return (VinFormat)i;
        }
    }
    return VIN_FORMAT_UNKNOWN;
}

guint vin_format_n_planes(VinFormat format)
{
    const FormatInfo *info = format_info(format);

    return info != NULL ? info->n_planes : 0;
}

/* Rounds up without overflow for any guint. */
static guint subsampled(guint pixels, guint shift)
{
    return (pixels >> shift) + ((pixels & ((1u << shift) - 1)) != 0);
}

gboolean vin_format_plane_size(VinFormat format, guint plane, guint width, guint height,
                               guint *row_bytes, guint *n_rows)
{
    const FormatInfo *info = format_info(format);

    if (info == NULL || plane >= info->n_planes || width > G_MAXUINT / 4) {
        return FALSE;
    }
    if (row_bytes != NULL) {
        *row_bytes = subsampled(width, info->x_shift[plane]) * info->bytes[plane];
    }
    if (n_rows != NULL) {
        *n_rows = subsampled(height, info->y_shift[plane]);
    }
    return TRUE;
}

gboolean vin_format_is_yuv(VinFormat format)
{
    return format >= VIN_FORMAT_I420 && format <= VIN_FORMAT_YUY2;
}

gboolean vin_format_is_rgb(VinFormat format)
{
    return format >= VIN_FORMAT_RGB && format <= VIN_FORMAT_BGRA;
}

static gboolean check_crop(const VinFrame *frame, GError **error)
{
    if (frame->crop_x >= frame->width || frame->crop_y >= frame->height ||
        frame->crop_width > frame->width - frame->crop_x ||
        frame->crop_height > frame->height - frame->crop_y) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: crop %u,%u %ux%u leaves the picture of %ux%u", frame->crop_x,
                        frame->crop_y, frame->crop_width, frame->crop_height, frame->width,
                        frame->height);
    }
    return TRUE;
}

gboolean vin_frame_check_shape(const VinFrame *frame, GError **error)
{
    if (format_info(frame->format) == NULL) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: format %d is unknown; accepted: I420 YV12 NV12 NV21 YUY2 RGB "
                        "BGR RGBx BGRx RGBA BGRA GRAY8",
                        (int)frame->format);
    }
    if (frame->width < 1 || frame->width > VIN_FRAME_MAX_SIDE || frame->height < 1 ||
        frame->height > VIN_FRAME_MAX_SIDE) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: size %ux%u; accepted: 1 to %d pixels a side", frame->width,
                        frame->height, VIN_FRAME_MAX_SIDE);
    }
    if ((guint)frame->matrix > VIN_MATRIX_BT2020 || (guint)frame->range > VIN_RANGE_FULL ||
        (guint)frame->chroma_site > VIN_CHROMA_SITE_TOP_LEFT) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: matrix %d, range %d or chroma site %d is not one of the "
                        "enumerated values",
                        (int)frame->matrix, (int)frame->range, (int)frame->chroma_site);
    }
    return check_crop(frame, error);
}

gboolean vin_frame_check(const VinFrame *frame, GError **error)
{
    if (!vin_frame_check_shape(frame, error)) {
        return FALSE;
    }
    for (guint i = 0; i < vin_format_n_planes(frame->format); i++) {
        guint row_bytes = 0;

        vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes, NULL);
        if (frame->planes[i] == NULL) {
            return vin_fail(error, VIN_ERROR_INVALID, "frame: plane %u of %s is NULL", i,
                            vin_format_name(frame->format));
        }
        if (frame->strides[i] != 0 && frame->strides[i] < row_bytes) {
            return vin_fail(error, VIN_ERROR_INVALID,
                            "frame: stride %u of plane %u; %s of width %u needs %u or more, "
                            "or 0 for tightly packed rows",
                            frame->strides[i], i, vin_format_name(frame->format), frame->width,
                            row_bytes);
        }
    }
    return TRUE;
}

VinMatrix vin_frame_matrix(const VinFrame *frame)
{
    if (frame->matrix != VIN_MATRIX_AUTO) {
        return frame->matrix;
    }
    return frame->height <= 576 ? VIN_MATRIX_BT601 : VIN_MATRIX_BT709;
}

VinRange vin_frame_range(const VinFrame *frame)
{
    if (frame->range != VIN_RANGE_AUTO) {
        return frame->range;
    }
    return vin_format_is_rgb(frame->format) ? VIN_RANGE_FULL : VIN_RANGE_LIMITED;
}

VinFrameRect vin_frame_crop(const VinFrame *frame)
{
    VinFrameRect rect = {frame->crop_x, frame->crop_y, frame->crop_width, frame->crop_height};

    if (rect.width == 0) {
        rect.width = frame->width - rect.x;
    }
    if (rect.height == 0) {
        rect.height = frame->height - rect.y;
    }
    return rect;
}
