/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * base/frame.c: names, plane extents, checks and defaults of VinFrame.
 */
#include <string.h>

#include "base/frame.h"

static void test_names(void)
{
    static const char *const names[] = {"I420", "YV12", "NV12", "NV21", "YUY2", "RGB",
                                        "BGR",  "RGBx", "BGRx", "RGBA", "BGRA", "GRAY8",
                                        "UYVY", "Y42B", "Y444", "NV16", "P010_10LE",
                                        "I420_10LE", "Y444_10LE", "xRGB", "xBGR", "ARGB",
                                        "ABGR", "GRAY16_LE"};

    g_assert_cmpuint(G_N_ELEMENTS(names), ==, VIN_N_FORMATS - 1);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        VinFormat format = vin_format_from_name(names[i]);

        g_assert_cmpint(format, ==, (int)i + 1);
        g_assert_cmpstr(vin_format_name(format), ==, names[i]);
    }
    g_assert_cmpint(vin_format_from_name("i420"), ==, VIN_FORMAT_UNKNOWN);
    g_assert_cmpint(vin_format_from_name(NULL), ==, VIN_FORMAT_UNKNOWN);
    g_assert_null(vin_format_name(VIN_FORMAT_UNKNOWN));
    g_assert_null(vin_format_name(VIN_N_FORMATS));
    g_assert_null(vin_format_name((VinFormat)-1));
}

static void check_plane(VinFormat format, guint plane, guint width, guint height, guint bytes,
                        guint rows)
{
    guint row_bytes = 0, n_rows = 0;

    g_assert_true(vin_format_plane_size(format, plane, width, height, &row_bytes, &n_rows));
    g_assert_cmpuint(row_bytes, ==, bytes);
    g_assert_cmpuint(n_rows, ==, rows);
}

static void test_planes(void)
{
    check_plane(VIN_FORMAT_I420, 0, 637, 361, 637, 361);
    check_plane(VIN_FORMAT_I420, 1, 637, 361, 319, 181);
    check_plane(VIN_FORMAT_YV12, 2, 1, 1, 1, 1);
    check_plane(VIN_FORMAT_NV12, 1, 637, 361, 638, 181);
    check_plane(VIN_FORMAT_NV21, 1, 1920, 1080, 1920, 540);
    check_plane(VIN_FORMAT_YUY2, 0, 637, 361, 1276, 361);
    check_plane(VIN_FORMAT_BGR, 0, 637, 361, 1911, 361);
    check_plane(VIN_FORMAT_RGBX, 0, 637, 361, 2548, 361);
    check_plane(VIN_FORMAT_GRAY8, 0, 3, 5, 3, 5);
    check_plane(VIN_FORMAT_UYVY, 0, 637, 361, 1276, 361);
    check_plane(VIN_FORMAT_Y42B, 2, 637, 361, 319, 361);
    check_plane(VIN_FORMAT_Y444, 1, 637, 361, 637, 361);
    check_plane(VIN_FORMAT_NV16, 1, 637, 361, 638, 361);
    check_plane(VIN_FORMAT_P010_10LE, 0, 637, 361, 1274, 361);
    check_plane(VIN_FORMAT_P010_10LE, 1, 637, 361, 1276, 181);
    check_plane(VIN_FORMAT_I420_10LE, 2, 637, 361, 638, 181);
    check_plane(VIN_FORMAT_Y444_10LE, 2, 637, 361, 1274, 361);
    check_plane(VIN_FORMAT_ABGR, 0, 637, 361, 2548, 361);
    check_plane(VIN_FORMAT_GRAY16_LE, 0, 3, 5, 6, 5);
    g_assert_true(vin_format_plane_size(VIN_FORMAT_RGB, 0, 1, 1, NULL, NULL));
    g_assert_false(vin_format_plane_size(VIN_FORMAT_RGB, 1, 1, 1, NULL, NULL));
    g_assert_false(vin_format_plane_size(VIN_FORMAT_NV12, 2, 1, 1, NULL, NULL));
    g_assert_false(vin_format_plane_size(VIN_FORMAT_UNKNOWN, 0, 1, 1, NULL, NULL));
    check_plane(VIN_FORMAT_RGBA, 0, G_MAXUINT / 4, 1, G_MAXUINT - 3, 1);
    g_assert_false(vin_format_plane_size(VIN_FORMAT_RGBA, 0, 1u << 30, 1, NULL, NULL));
    g_assert_cmpuint(vin_format_n_planes(VIN_FORMAT_YV12), ==, 3);
    g_assert_cmpuint(vin_format_n_planes(VIN_FORMAT_NV21), ==, 2);
    g_assert_cmpuint(vin_format_n_planes(VIN_FORMAT_GRAY8), ==, 1);
    g_assert_cmpuint(vin_format_n_planes(VIN_N_FORMATS), ==, 0);
}

static void expect_invalid(const VinFrame *frame, const char *says)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_frame_check(frame, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, says));
}

static void test_checks(void)
{
    static const guint8 byte;
    const VinFrame good = {.format = VIN_FORMAT_NV12, .width = 7, .height = 5,
                           .planes = {&byte, &byte}, .strides = {7, 8}};
    VinFrame bad;
    GError *error = NULL;

    g_assert_true(vin_frame_check(&good, &error));
    g_assert_no_error(error);
    bad = good, bad.format = VIN_FORMAT_UNKNOWN;
    expect_invalid(&bad, "NV12");
    bad = good, bad.format = (VinFormat)77;
    expect_invalid(&bad, "77");
    expect_invalid(&bad, "BGRA GRAY8 UYVY");
    bad = good, bad.width = 0;
    expect_invalid(&bad, "0x5");
    bad = good, bad.height = 16385;
    expect_invalid(&bad, "16384");
    bad = good, bad.strides[0] = 6;
    expect_invalid(&bad, "needs 7");
    bad = good, bad.strides[1] = 7;
    expect_invalid(&bad, "plane 1");
    bad = good, bad.planes[1] = NULL;
    expect_invalid(&bad, "plane 1");
    bad = good, bad.matrix = (VinMatrix)9;
    expect_invalid(&bad, "matrix 9");
    bad = good, bad.range = (VinRange)3;
    expect_invalid(&bad, "range 3");
    bad = good, bad.chroma_site = (VinChromaSite)4;
    expect_invalid(&bad, "site 4");
    bad = good, bad.transfer = (VinTransfer)3;
    expect_invalid(&bad, "transfer 3");
    bad = good, bad.field = (VinField)3;
    expect_invalid(&bad, "field 3");
    bad = good, bad.turn = (VinTurn)8;
    expect_invalid(&bad, "turn 8");
    bad = good, bad.pixel_aspect_n = 1;
    expect_invalid(&bad, "1:0");
    bad = good, bad.pixel_aspect_n = 1, bad.pixel_aspect_d = 65536;
    expect_invalid(&bad, "1:65536");
    bad = good, bad.field = VIN_FIELD_BOTTOM, bad.height = 2;
    expect_invalid(&bad, "no bottom field");
    bad.height = 3;
    g_assert_true(vin_frame_check(&bad, NULL));
    bad = good, bad.crop_x = 7;
    expect_invalid(&bad, "crop 7,0");
    bad = good, bad.crop_y = 2, bad.crop_height = 4;
    expect_invalid(&bad, "7x5");
    bad = good, bad.crop_x = 1, bad.crop_width = G_MAXUINT;
    expect_invalid(&bad, "crop");
    bad = good, bad.strides[0] = 0, bad.strides[1] = 0;
    g_assert_true(vin_frame_check(&bad, NULL));
}

static void test_defaults(void)
{
    VinFrame frame = {.format = VIN_FORMAT_I420, .width = 1024, .height = 576};
    VinFrameRect crop;

    g_assert_cmpint(vin_frame_matrix(&frame), ==, VIN_MATRIX_BT601);
    g_assert_cmpint(vin_frame_range(&frame), ==, VIN_RANGE_LIMITED);
    frame.height = 577;
    g_assert_cmpint(vin_frame_matrix(&frame), ==, VIN_MATRIX_BT709);
    frame.matrix = VIN_MATRIX_BT2020;
    frame.range = VIN_RANGE_FULL;
    g_assert_cmpint(vin_frame_matrix(&frame), ==, VIN_MATRIX_BT2020);
    g_assert_cmpint(vin_frame_range(&frame), ==, VIN_RANGE_FULL);
    frame.range = VIN_RANGE_AUTO;
    frame.format = VIN_FORMAT_BGRX;
    g_assert_cmpint(vin_frame_range(&frame), ==, VIN_RANGE_FULL);
    frame.format = VIN_FORMAT_GRAY8;
    g_assert_cmpint(vin_frame_range(&frame), ==, VIN_RANGE_LIMITED);
    frame.crop_x = 24;
    frame.crop_height = 3;
    crop = vin_frame_crop(&frame);
    g_assert_cmpuint(crop.x, ==, 24);
    g_assert_cmpuint(crop.width, ==, 1000);
    g_assert_cmpuint(crop.height, ==, 3);
}

static void expect_part(VinField field, guint crop_y, guint crop_height, guint y, guint height)
{
    const VinFrame frame = {.format = VIN_FORMAT_GRAY8, .width = 9, .height = 11,
                            .field = field, .crop_y = crop_y, .crop_height = crop_height};
    VinFrameRect part = vin_frame_part(&frame);

    g_assert_cmpuint(part.y, ==, y);
    g_assert_cmpuint(part.height, ==, height);
    g_assert_cmpuint(part.width, ==, 9);
}

/* Lines 0, 2 ... 10 are the top field's, 1, 3 ... 9 the bottom one's. */
static void test_fields(void)
{
    expect_part(VIN_FIELD_BOTH, 3, 4, 3, 4);
    expect_part(VIN_FIELD_TOP, 0, 0, 0, 6);
    expect_part(VIN_FIELD_BOTTOM, 0, 0, 0, 5);
    expect_part(VIN_FIELD_TOP, 3, 4, 2, 2);    /* lines 4 and 6 */
    expect_part(VIN_FIELD_BOTTOM, 3, 4, 1, 2); /* 3 and 5 */
    expect_part(VIN_FIELD_BOTTOM, 0, 1, 0, 1); /* line 0 alone: 1 instead */
    expect_part(VIN_FIELD_TOP, 9, 1, 5, 1);    /* line 9 alone: 10 instead */
    expect_part(VIN_FIELD_BOTTOM, 10, 1, 4, 1); /* line 10 alone: 9, there is none after */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/names", test_names);
    g_test_add_func("/frame/planes", test_planes);
    g_test_add_func("/frame/checks", test_checks);
    g_test_add_func("/frame/fields", test_fields);
    g_test_add_func("/frame/defaults", test_defaults);
    return g_test_run();
}
