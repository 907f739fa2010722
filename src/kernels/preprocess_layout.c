/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which part of a frame's planes goes to the GPU, and where it lies there. The shader computes
 * addresses as if the whole frame were there (see plane0 in shaders/abi/preprocess.h).
 */
#include "base/bytes.h"
#include "base/frame.h"
#include "kernels/preprocess.h"

/* Samples, or groups of them, that hold pixels @first to @first + @n - 1. Where one serves two
 * pixels it is interpolated, so its neighbours are read, too. */
static void find_span(guint32 first, guint32 n, guint shift, guint32 n_samples, guint32 *start,
                      guint32 *count)
{
    guint32 last = (first + n - 1) >> shift;

    *start = MIN(first >> shift, n_samples - 1); /* a bottom field may lack the last chroma row */
    if (shift > 0) {
        *start -= *start > 0;
        last++;
    }
    *count = MIN(last, n_samples - 1) - *start + 1;
}

gboolean vin_preprocess_layout(const VinFrame *frame, VinPlaneWindow windows[3],
                               gsize *total_bytes, GError **error)
{
    const VinFormatInfo *format;
    VinFrameRect part;
    guint64 total = 0;

    if (!vin_frame_check_shape(frame, error)) {
        return FALSE;
    }
    format = vin_format_get_info(frame->format);
    part = vin_frame_part(frame);
    for (guint i = 0; i < 3; i++) {
        VinPlaneWindow *window = &windows[i];
        guint row_bytes = 0, n_rows = 0;

        *window = (VinPlaneWindow){.offset = (guint32)total}; /* a frame is under 2^31 bytes */
        if (i >= format->n_planes) {
            continue;
        }
        vin_format_plane_size(frame->format, i, frame->width, frame->height, &row_bytes,
                              &n_rows);
        find_span(part.x, part.width, format->x_shift[i], row_bytes / format->bytes[i],
                  &window->first_byte, &window->row_bytes);
        window->first_byte *= format->bytes[i];
        window->row_bytes *= format->bytes[i];
        find_span(part.y, part.height, format->y_shift[i], vin_frame_field_rows(frame, n_rows),
                  &window->first_row, &window->n_rows);
        total = vin_align_up(total + (guint64)window->row_bytes * window->n_rows, 16);
    }
    *total_bytes = (gsize)total;
    return TRUE;
}
