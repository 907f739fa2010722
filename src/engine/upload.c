/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Copies what is read of a frame's planes, row by row. Called for every submitted frame.
 */
#include "engine/upload.h"

#include <string.h>

#include "base/error.h"
#include "base/frame.h"

static void copy_rows(guint8 *dst, gsize dst_stride, const guint8 *src, gsize stride,
                      const VinPlaneWindow *part)
{
    if (stride == part->row_bytes && dst_stride == part->row_bytes) {
        memcpy(dst, src, stride * part->n_rows);
        return;
    }
    for (guint y = 0; y < part->n_rows; y++) {
        memcpy(dst + y * dst_stride, src + y * stride, part->row_bytes);
    }
}

/* Where the rows of plane @plane begin, and how far it is to the next one of the frame's field. */
static const guint8 *find_rows(const VinFrame *frame, guint plane, gsize *stride)
{
    const guint8 *rows = frame->planes[plane];
    guint row_bytes = 0;

    vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes, NULL);
    *stride = frame->strides[plane] != 0 ? frame->strides[plane] : row_bytes;
    if (frame->field == VIN_FIELD_BOTTOM) {
        rows += *stride;
    }
    if (frame->field != VIN_FIELD_BOTH) {
        *stride *= 2;
    }
    return rows;
}

/* What is read of a plane, all pairs of runs, each to where it lies in the plane's window. */
static void copy_plane(const VinFrame *frame, const VinFrameLayout *layout, guint plane,
                       guint8 *dst)
{
    const VinPlaneWindow *window = &layout->planes[plane];
    gsize stride;
    const guint8 *src = find_rows(frame, plane, &stride);

    for (guint32 y = 0; y < vin_preprocess_n_runs(&layout->rows); y++) {
        const VinRun rows = vin_preprocess_run(&layout->rows, y);

        for (guint32 x = 0; x < vin_preprocess_n_runs(&layout->columns); x++) {
            const VinRun columns = vin_preprocess_run(&layout->columns, x);
            const VinPlaneWindow part = vin_preprocess_window(frame, plane, columns, rows);
            const gsize to = (gsize)(part.first_row - window->first_row) * window->row_bytes +
                             (part.first_byte - window->first_byte);

            copy_rows(dst + window->offset + to, window->row_bytes,
                      src + part.first_row * stride + part.first_byte, stride, &part);
        }
    }
}

gboolean vin_upload_planes(const VinFrame *frame, const VinFrameLayout *layout, guint8 *dst,
                           gsize dst_bytes, GError **error)
{
    if (!vin_frame_check(frame, error)) {
        return FALSE;
    }
    if (layout->bytes > dst_bytes) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: %s of %ux%u needs %" G_GSIZE_FORMAT " bytes, the upload buffer "
                        "has %" G_GSIZE_FORMAT,
                        vin_format_name(frame->format), frame->width, frame->height,
                        layout->bytes, dst_bytes);
    }
    for (guint i = 0; i < vin_format_n_planes(frame->format); i++) {
        copy_plane(frame, layout, i, dst);
    }
    return TRUE;
}
