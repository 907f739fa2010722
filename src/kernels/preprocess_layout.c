/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which part of a frame's planes goes to the GPU, and where it lies there. The shader computes
 * addresses as if the whole frame were there (see plane0 in shaders/abi/preprocess.h).
 */
#include <string.h>

#include "base/bytes.h"
#include "base/frame.h"
#include "kernels/preprocess_region.h"
#include "kernels/preprocess_resize.h"

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

VinPlaneWindow vin_preprocess_window(const VinFrame *frame, guint plane, VinRun columns,
                                     VinRun rows)
{
    const VinFormatInfo *format = vin_format_get_info(frame->format);
    VinPlaneWindow window = {0};
    guint row_bytes = 0, n_rows = 0;

    vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes,
                          &n_rows);
    find_span(columns.first, columns.n, format->x_shift[plane],
              row_bytes / format->bytes[plane], &window.first_byte, &window.row_bytes);
    window.first_byte *= format->bytes[plane];
    window.row_bytes *= format->bytes[plane];
    find_span(rows.first, rows.n, format->y_shift[plane], vin_frame_field_rows(frame, n_rows),
              &window.first_row, &window.n_rows);
    return window;
}

/* From the first to the last pixel that is read. */
static VinRun find_extent(VinReadAxis axis)
{
    axis.n_tiles = 0;
    return vin_preprocess_run(&axis, 0);
}

gboolean vin_preprocess_layout(const VinFrame *frame, const VinPreprocessParams *params,
                               const VinPlace *out, VinFrameLayout *layout, GError **error)
{
    guint64 total = 0;

    memset(layout, 0, sizeof *layout);
    if (!vin_frame_check_shape(frame, error) ||
        (params != NULL && !vin_preprocess_check(params, out, error))) {
        return FALSE;
    }
    if (params == NULL) {
        vin_preprocess_read_all(frame, &layout->columns, &layout->rows);
    } else if (!vin_preprocess_read(frame, params, out, &layout->columns, &layout->rows, error)) {
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(layout->planes); i++) {
        VinPlaneWindow *window = &layout->planes[i];

        if (i < vin_format_n_planes(frame->format)) {
            *window = vin_preprocess_window(frame, i, find_extent(layout->columns),
                                            find_extent(layout->rows));
        }
        window->offset = (guint32)total; /* a frame is under 2^31 bytes */
        total = vin_align_up(total + (guint64)window->row_bytes * window->n_rows, 16);
    }
    layout->bytes = (gsize)total;
    return TRUE;
}
