/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Copies what is read of a frame's planes, row by row. Called for every submitted frame.
 */
#include "engine/upload.h"

#include <string.h>

#include "base/error.h"
#include "base/frame.h"
#include "kernels/preprocess.h"

static void copy_rows(guint8 *dst, const guint8 *src, gsize stride, gsize row_bytes,
                      guint n_rows)
{
    if (stride == row_bytes) {
        memcpy(dst, src, row_bytes * n_rows);
        return;
    }
    for (guint y = 0; y < n_rows; y++) {
        memcpy(dst + y * row_bytes, src + y * stride, row_bytes);
    }
}

gboolean vin_upload_planes(const VinFrame *frame, guint8 *dst, gsize dst_bytes, GError **error)
{
    VinPlaneWindow windows[3];
    gsize total = 0;

    if (!vin_frame_check(frame, error) ||
        !vin_preprocess_layout(frame, windows, &total, error)) {
        return FALSE;
    }
    if (total > dst_bytes) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: %s of %ux%u needs %" G_GSIZE_FORMAT " bytes, the upload buffer "
                        "has %" G_GSIZE_FORMAT,
                        vin_format_name(frame->format), frame->width, frame->height, total,
                        dst_bytes);
    }
    for (guint i = 0; i < vin_format_n_planes(frame->format); i++) {
        const VinPlaneWindow *window = &windows[i];
        const guint8 *row;
        guint row_bytes = 0;
        gsize stride;

        vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes, NULL);
        stride = frame->strides[i] != 0 ? frame->strides[i] : row_bytes;
        row = frame->planes[i] + window->first_byte;
        if (frame->field == VIN_FIELD_BOTTOM) {
            row += stride;
        }
        if (frame->field != VIN_FIELD_BOTH) {
            stride *= 2;
        }
        copy_rows(dst + window->offset, row + window->first_row * stride, stride,
                  window->row_bytes, window->n_rows);
    }
    return TRUE;
}
