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

/* What was uploaded of one plane is what its window says. Returns how many bytes. */
static gsize check_plane(const guint8 *dst, const VinPlaneWindow *window, guint plane)
{
    g_assert_cmpuint(window->offset % 16, ==, 0);
    for (guint y = 0; y < window->n_rows; y++) {
        for (guint x = 0; x < window->row_bytes; x++) {
            g_assert_cmpuint(dst[window->offset + y * window->row_bytes + x], ==,
                             value_at(plane, window->first_byte + x, window->first_row + y));
        }
    }
    return (gsize)window->row_bytes * window->n_rows;
}

/* Uploads the frame's part and compares. Returns the bytes that were copied. */
static gsize check_upload(VinFrame frame, guint padding)
{
    guint8 *planes[3] = {NULL, NULL, NULL};
    g_autofree guint8 *dst = NULL;
    gsize total, used = 0, written = 0;
    VinFrameLayout layout;
    GError *error = NULL;

    g_assert_true(vin_preprocess_layout(&frame, NULL, NULL, &layout, &error));
    total = layout.bytes;
    g_assert_cmpuint(total % 16, ==, 0);
    for (guint i = 0; i < vin_format_n_planes(frame.format); i++) {
        planes[i] = make_plane(&frame, i, padding);
    }
    dst = g_malloc(total + 16);
    memset(dst, POISON, total + 16);
    g_assert_true(vin_upload_planes(&frame, &layout, dst, total, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(layout.planes[i].n_rows > 0, ==, i < vin_format_n_planes(frame.format));
        used += check_plane(dst, &layout.planes[i], i);
        g_free(planes[i]);
    }
    for (gsize i = 0; i < total + 16; i++) {
        written += dst[i] != POISON; /* no sample has the poison's value */
    }
    g_assert_cmpuint(written, ==, used);
    return used;
}

static void test_layouts(void)
{
    static const guint sizes[][2] = {{1, 1}, {2, 2}, {3, 5}, {16, 16}, {37, 23}};

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
            const VinFrame frame = {
                .format = (VinFormat)f, .width = sizes[s][0], .height = sizes[s][1]};
            gsize whole = 0;

            for (guint p = 0; p < vin_format_n_planes(frame.format); p++) {
                guint row_bytes, n_rows;

                vin_format_plane_size(frame.format, p, frame.width, frame.height, &row_bytes,
                                      &n_rows);
                whole += (gsize)row_bytes * n_rows;
            }
            g_assert_cmpuint(check_upload(frame, 0), ==, whole);
            g_assert_cmpuint(check_upload(frame, 1), ==, whole);
            g_assert_cmpuint(check_upload(frame, 61), ==, whole);
        }
    }
}

/* Of a cropped frame only the part, with a ring of chroma samples around it where these are
 * fewer than the pixels. */
static void test_crops(void)
{
    static const struct {
        VinFormat format;
        gsize bytes; /* of 10 x 7 pixels at 5, 3 of 37 x 23 */
    } cases[] = {
        {VIN_FORMAT_GRAY8, 70}, {VIN_FORMAT_RGB, 210},  {VIN_FORMAT_Y444, 210},
        {VIN_FORMAT_YUY2, 4 * 8 * 7}, /* pairs 2 to 7, one more each side */
        {VIN_FORMAT_NV16, 70 + 2 * 8 * 7}, /* columns 1 to 8 */
        {VIN_FORMAT_I420, 70 + 2 * 8 * 6}, /* rows 0 to 5 */
        {VIN_FORMAT_P010_10LE, 2 * (70 + 2 * 8 * 6)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const VinFrame frame = {.format = cases[i].format, .width = 37, .height = 23,
                                .crop_x = 5, .crop_y = 3, .crop_width = 10, .crop_height = 7};

        g_assert_cmpuint(check_upload(frame, 0), ==, cases[i].bytes);
        g_assert_cmpuint(check_upload(frame, 5), ==, cases[i].bytes);
    }
}

/* Of an interlaced frame one field's rows. */
static void test_fields(void)
{
    VinFrame frame = {.format = VIN_FORMAT_I420, .width = 3, .height = 6,
                      .field = VIN_FIELD_BOTTOM};
    guint8 *planes[3] = {make_plane(&frame, 0, 4), make_plane(&frame, 1, 0),
                         make_plane(&frame, 2, 1)};
    VinFrameLayout layout;
    guint8 dst[48];

    memset(dst, POISON, sizeof dst);
    g_assert_true(vin_preprocess_layout(&frame, NULL, NULL, &layout, NULL));
    g_assert_true(vin_upload_planes(&frame, &layout, dst, sizeof dst, NULL));
    for (guint y = 0; y < 3; y++) {
        for (guint x = 0; x < 3; x++) {
            g_assert_cmpuint(dst[3 * y + x], ==, value_at(0, x, 2 * y + 1));
        }
    }
    for (guint x = 0; x < 2; x++) { /* the one row of two that the bottom field has of three */
        g_assert_cmpuint(dst[16 + x], ==, value_at(1, x, 1));
        g_assert_cmpuint(dst[32 + x], ==, value_at(2, x, 1));
    }
    g_assert_cmpuint(dst[16 + 2], ==, POISON);
    for (guint i = 0; i < 3; i++) {
        g_free(planes[i]);
    }
}

static void test_refusals(void)
{
    guint8 pixels[12] = {0};
    guint8 dst[16] = {POISON};
    VinFrame frame = {.format = VIN_FORMAT_RGB, .width = 2, .height = 2, .planes = {pixels}};
    VinFrameLayout layout;
    g_autoptr(GError) error = NULL;

    g_assert_true(vin_preprocess_layout(&frame, NULL, NULL, &layout, NULL));
    /* The total is rounded up. */
    g_assert_false(vin_upload_planes(&frame, &layout, dst, 12, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "16 bytes"));
    g_assert_cmpuint(dst[0], ==, POISON);
    g_clear_error(&error);
    frame.planes[0] = NULL;
    g_assert_false(vin_upload_planes(&frame, &layout, dst, sizeof dst, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_cmpuint(dst[0], ==, POISON);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/upload/layouts", test_layouts);
    g_test_add_func("/upload/crops", test_crops);
    g_test_add_func("/upload/fields", test_fields);
    g_test_add_func("/upload/refusals", test_refusals);
    return g_test_run();
}
