/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pixel formats and VinFrame: names, plane extents, checks, defaults. No pixels are touched
 * here; kernels/preprocess.c and engine/upload.c build on it.
 */
#include "base/frame.h"

#include "base/error.h"

#define YUV VIN_COLOURS_YUV
#define RGB VIN_COLOURS_RGB
#define GREY VIN_COLOURS_GREY
#define PLANAR VIN_SAMPLES_PLANAR
#define PAIRED VIN_SAMPLES_PAIRED
#define PACKED VIN_SAMPLES_PACKED

/* THE list of formats: bytes, x_shift and y_shift by plane, bits, low bits, first, swapped. */
static const VinFormatInfo formats[VIN_N_FORMATS] = {
    [VIN_FORMAT_I420] = {"I420", YUV, PLANAR, 3, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, 8, 0, 0, FALSE},
    [VIN_FORMAT_YV12] = {"YV12", YUV, PLANAR, 3, {1, 1, 1}, {0, 1, 1}, {0, 1, 1}, 8, 0, 0, TRUE},
    [VIN_FORMAT_NV12] = {"NV12", YUV, PAIRED, 2, {1, 2}, {0, 1}, {0, 1}, 8, 0, 0, FALSE},
    [VIN_FORMAT_NV21] = {"NV21", YUV, PAIRED, 2, {1, 2}, {0, 1}, {0, 1}, 8, 0, 0, TRUE},
    [VIN_FORMAT_YUY2] = {"YUY2", YUV, PACKED, 1, {4}, {1}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_RGB] = {"RGB", RGB, PACKED, 1, {3}, {0}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_BGR] = {"BGR", RGB, PACKED, 1, {3}, {0}, {0}, 8, 0, 0, TRUE},
    [VIN_FORMAT_RGBX] = {"RGBx", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_BGRX] = {"BGRx", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 0, TRUE},
    [VIN_FORMAT_RGBA] = {"RGBA", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_BGRA] = {"BGRA", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 0, TRUE},
    [VIN_FORMAT_GRAY8] = {"GRAY8", GREY, PLANAR, 1, {1}, {0}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_UYVY] = {"UYVY", YUV, PACKED, 1, {4}, {1}, {0}, 8, 0, 1, FALSE},
    [VIN_FORMAT_Y42B] = {"Y42B", YUV, PLANAR, 3, {1, 1, 1}, {0, 1, 1}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_Y444] = {"Y444", YUV, PLANAR, 3, {1, 1, 1}, {0}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_NV16] = {"NV16", YUV, PAIRED, 2, {1, 2}, {0, 1}, {0}, 8, 0, 0, FALSE},
    [VIN_FORMAT_P010_10LE] = {"P010_10LE", YUV, PAIRED, 2, {2, 4}, {0, 1}, {0, 1}, 10, 6, 0,
                              FALSE},
    [VIN_FORMAT_I420_10LE] = {"I420_10LE", YUV, PLANAR, 3, {2, 2, 2}, {0, 1, 1}, {0, 1, 1}, 10, 0,
                              0, FALSE},
    [VIN_FORMAT_Y444_10LE] = {"Y444_10LE", YUV, PLANAR, 3, {2, 2, 2}, {0}, {0}, 10, 0, 0, FALSE},
    [VIN_FORMAT_XRGB] = {"xRGB", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 1, FALSE},
    [VIN_FORMAT_XBGR] = {"xBGR", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 1, TRUE},
    [VIN_FORMAT_ARGB] = {"ARGB", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 1, FALSE},
    [VIN_FORMAT_ABGR] = {"ABGR", RGB, PACKED, 1, {4}, {0}, {0}, 8, 0, 1, TRUE},
    [VIN_FORMAT_GRAY16_LE] = {"GRAY16_LE", GREY, PLANAR, 1, {2}, {0}, {0}, 16, 0, 0, FALSE},
};

const VinFormatInfo *vin_format_get_info(VinFormat format)
{
    if ((guint)format >= VIN_N_FORMATS || formats[format].name == NULL) {
        return NULL;
    }
    return &formats[format];
}

const char *vin_format_name(VinFormat format)
{
    const VinFormatInfo *info = vin_format_get_info(format);

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
    const VinFormatInfo *info = vin_format_get_info(format);

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
    const VinFormatInfo *info = vin_format_get_info(format);

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

/* To g_free(). */
static char *list_formats(void)
{
    GString *list = g_string_new(NULL);

    for (guint i = 0; i < VIN_N_FORMATS; i++) {
        if (formats[i].name != NULL) {
            g_string_append_printf(list, "%s%s", list->len > 0 ? " " : "", formats[i].name);
        }
    }
    return g_string_free(list, FALSE);
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

static gboolean check_field(const VinFrame *frame, GError **error)
{
    for (guint i = 0; i < formats[frame->format].n_planes; i++) {
        guint n_rows = 0;

        vin_format_plane_size(frame->format, i, frame->width, frame->height, NULL, &n_rows);
        if (vin_frame_field_rows(frame, n_rows) == 0) {
            return vin_fail(error, VIN_ERROR_INVALID,
                            "frame: %u lines of %s have no bottom field; 3 or more have one",
                            frame->height, formats[frame->format].name);
        }
    }
    return TRUE;
}

static gboolean check_aspect(const VinFrame *frame, GError **error)
{
    guint n = frame->pixel_aspect_n, d = frame->pixel_aspect_d;

    if ((n == 0) != (d == 0) || n > VIN_FRAME_MAX_ASPECT || d > VIN_FRAME_MAX_ASPECT) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: pixel aspect ratio %u:%u; accepted: 1 to %d each, or 0:0", n, d,
                        VIN_FRAME_MAX_ASPECT);
    }
    return TRUE;
}

gboolean vin_frame_check_shape(const VinFrame *frame, GError **error)
{
    if (vin_format_get_info(frame->format) == NULL) {
        g_autofree char *list = list_formats();

        return vin_fail(error, VIN_ERROR_INVALID, "frame: format %d is unknown; accepted: %s",
                        (int)frame->format, list);
    }
    if (frame->width < 1 || frame->width > VIN_FRAME_MAX_SIDE || frame->height < 1 ||
        frame->height > VIN_FRAME_MAX_SIDE) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: size %ux%u; accepted: 1 to %d pixels a side", frame->width,
                        frame->height, VIN_FRAME_MAX_SIDE);
    }
    if ((guint)frame->matrix > VIN_MATRIX_BT2020 || (guint)frame->range > VIN_RANGE_FULL ||
        (guint)frame->chroma_site > VIN_CHROMA_SITE_TOP_LEFT ||
        (guint)frame->transfer > VIN_TRANSFER_HLG || (guint)frame->field > VIN_FIELD_BOTTOM ||
        (guint)frame->turn > VIN_TURN_MIRROR_270) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: matrix %d, range %d, chroma site %d, transfer %d, field %d or "
                        "turn %d is not one of the enumerated values",
                        (int)frame->matrix, (int)frame->range, (int)frame->chroma_site,
                        (int)frame->transfer, (int)frame->field, (int)frame->turn);
    }
    return check_crop(frame, error) && check_field(frame, error) && check_aspect(frame, error);
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
    return formats[frame->format].colours == RGB ? VIN_RANGE_FULL : VIN_RANGE_LIMITED;
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

guint vin_frame_field_rows(const VinFrame *frame, guint n_rows)
{
    switch (frame->field) {
    case VIN_FIELD_TOP:
        return (n_rows + 1) / 2;
    case VIN_FIELD_BOTTOM:
        return n_rows / 2;
    default:
        return n_rows;
    }
}

VinFrameRect vin_frame_part(const VinFrame *frame)
{
    VinFrameRect rect = vin_frame_crop(frame);
    guint odd = frame->field == VIN_FIELD_BOTTOM;
    guint first, end;

    if (frame->field == VIN_FIELD_BOTH) {
        return rect;
    }
    first = (rect.y + 1 - odd) / 2;
    end = (rect.y + rect.height + 1 - odd) / 2;
    if (first == end) { /* one line, of the other field: the next of ours */
        first = MIN(first, vin_frame_field_rows(frame, frame->height) - 1);
        end = first + 1;
    }
    rect.y = first;
    rect.height = end - first;
    return rect;
}
