/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * engine/upload.c: planes land where vin_preprocess_layout() says, padding stays out, the
 * last row's padding is never read (each plane ends with its last used byte, so that a
 * memory checker sees an over-read).
 */
#include <string.h>

#include "base/frame.h"
#include "engine/upload.h"
#include "kernels/preprocess.h"

#define POISON 0xee

static guint8 value_at(guint plane, guint x, guint y)
{
    return (guint8)((plane * 89 + y * 31 + x * 7) % 200);
}

static guint8 *make_plane(VinFrame *frame, guint plane, guint padding)
{
    guint row_bytes, n_rows;
    gsize stride, size;
    guint8 *data;

    vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes,
                          &n_rows);
    stride = row_bytes + padding;
    size = stride * (n_rows - 1) + row_bytes;
    data = g_malloc(size);
    memset(data, POISON, size);
    for (guint y = 0; y < n_rows; y++) {
        for (guint x = 0; x < row_bytes; x++) {
            data[y * stride + x] = value_at(plane, x, y);
        }
    }
    frame->planes[plane] = data;
    frame->strides[plane] = padding == 0 ? 0 : (guint32)stride;
    return data;
}

static void check_upload(VinFormat format, guint width, guint height, guint padding)
{
    VinFrame frame = {.format = format, .width = width, .height = height};
    guint8 *planes[3] = {NULL, NULL, NULL};
    guint32 offsets[3], row_bytes[3], n_rows[3];
    g_autofree guint8 *dst = NULL;
    gsize total = 0, used = 0;
    GError *error = NULL;

    g_assert_true(vin_preprocess_layout(&frame, offsets, row_bytes, n_rows, &total, &error));
    g_assert_cmpuint(total % 16, ==, 0);
    for (guint i = 0; i < vin_format_n_planes(format); i++) {
        planes[i] = make_plane(&frame, i, padding);
    }
    dst = g_malloc(total + 16);
    memset(dst, POISON, total + 16);
    g_assert_true(vin_upload_planes(&frame, dst, total, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(offsets[i] % 16, ==, 0);
        g_assert_cmpuint(n_rows[i] > 0, ==, i < vin_format_n_planes(format));
        for (guint y = 0; y < n_rows[i]; y++) {
            for (guint x = 0; x < row_bytes[i]; x++) {
                g_assert_cmpuint(dst[offsets[i] + y * row_bytes[i] + x], ==, value_at(i, x, y));
            }
        }
        used += (gsize)row_bytes[i] * n_rows[i];
        g_free(planes[i]);
    }
    for (gsize i = 0; i < total + 16; i++) {
        used -= dst[i] != POISON; /* no sample has the poison's value */
    }
    g_assert_cmpuint(used, ==, 0);
}

static void test_layouts(void)
{
    static const guint sizes[][2] = {{1, 1}, {2, 2}, {3, 5}, {16, 16}, {37, 23}};

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
            check_upload((VinFormat)f, sizes[s][0], sizes[s][1], 0);
            check_upload((VinFormat)f, sizes[s][0], sizes[s][1], 1);
            check_upload((VinFormat)f, sizes[s][0], sizes[s][1], 61);
        }
    }
}

static void test_refusals(void)
{
    guint8 pixels[12] = {0};
    guint8 dst[16] = {POISON};
    VinFrame frame = {.format = VIN_FORMAT_RGB, .width = 2, .height = 2, .planes = {pixels}};
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_upload_planes(&frame, dst, 12, &error)); /* the total is rounded up */
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "16 bytes"));
    g_assert_cmpuint(dst[0], ==, POISON);
    g_clear_error(&error);
    frame.planes[0] = NULL;
    g_assert_false(vin_upload_planes(&frame, dst, sizeof dst, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_cmpuint(dst[0], ==, POISON);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/upload/layouts", test_layouts);
    g_test_add_func("/upload/refusals", test_refusals);
    return g_test_run();
}
