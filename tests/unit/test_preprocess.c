/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * kernels/preprocess.c without a GPU: colours of known codes, positions of known resizes,
 * refusals of recipes and frames that can't be. The shader itself: checkgpu/check_preprocess.c.
 */
#include <string.h>

#include "abi/preprocess.h"
#include "kernels/preprocess.h"

static const VinPlace input_224 = {.c_stride = 224 * 224, .n = 1, .c = 3, .h = 224, .w = 224};

static const VinPreprocessParams stretch_256 = {
    .resize_width = 256, .resize_height = 256, .channels = 3, .scale = {1, 1, 1}};

static void expect_colour(const VinFrame *frame, double a, double b, double c, double red,
                          double green, double blue, double within)
{
    const double expected[3] = {red, green, blue};
    double m[9], add[3];

    vin_preprocess_matrix(frame, m, add);
    for (guint i = 0; i < 3; i++) {
        double got = m[3 * i] * a + m[3 * i + 1] * b + m[3 * i + 2] * c + add[i];

        g_assert_cmpfloat_with_epsilon(got, expected[i], within);
    }
}

/* Codes of the colour bars as the standards print them, rounded to whole codes, so a step of
 * chroma (about two grey levels) is the tolerance; black, white and grey are exact. */
static void test_colours(void)
{
    VinFrame frame = {.format = VIN_FORMAT_I420, .width = 16, .height = 16};

    expect_colour(&frame, 235, 128, 128, 255, 255, 255, 1e-9);
    expect_colour(&frame, 16, 128, 128, 0, 0, 0, 1e-9);
    expect_colour(&frame, 81, 90, 240, 255, 0, 0, 2);
    expect_colour(&frame, 145, 54, 34, 0, 255, 0, 2);
    expect_colour(&frame, 41, 240, 110, 0, 0, 255, 2);
    frame.matrix = VIN_MATRIX_BT709;
    expect_colour(&frame, 63, 102, 240, 255, 0, 0, 2);
    expect_colour(&frame, 173, 42, 26, 0, 255, 0, 2);
    expect_colour(&frame, 32, 240, 118, 0, 0, 255, 2);
    frame.matrix = VIN_MATRIX_BT2020;
    expect_colour(&frame, 74, 97, 240, 255, 0, 0, 2);
    expect_colour(&frame, 29, 240, 119, 0, 0, 255, 2);
    frame.range = VIN_RANGE_FULL;
    expect_colour(&frame, 77, 128, 128, 77, 77, 77, 1e-9);
    frame.matrix = VIN_MATRIX_BT601;
    expect_colour(&frame, 76, 85, 255, 254, 0, 0, 2);
    frame.format = VIN_FORMAT_RGB;
    expect_colour(&frame, 1, 2, 3, 1, 2, 3, 1e-9);
    frame.range = VIN_RANGE_LIMITED;
    expect_colour(&frame, 16, 235, 125.5, 0, 255, 127.5, 1e-9);
    frame.format = VIN_FORMAT_GRAY8;
    expect_colour(&frame, 235, 9, 9, 255, 255, 255, 1e-9);
    frame.format = VIN_FORMAT_GRAY16_LE;
    expect_colour(&frame, 235 * 256, 9, 9, 255, 255, 255, 1e-9);
    frame.range = VIN_RANGE_FULL;
    expect_colour(&frame, 65535, 9, 9, 255, 255, 255, 1e-9);
    /* Ten bits: BT.2020's table has black 64, white 940, no colour 512. */
    frame.format = VIN_FORMAT_P010_10LE;
    frame.range = VIN_RANGE_AUTO;
    expect_colour(&frame, 940, 512, 512, 255, 255, 255, 1e-9);
    expect_colour(&frame, 64, 512, 512, 0, 0, 0, 1e-9);
    frame.range = VIN_RANGE_FULL;
    expect_colour(&frame, 1023, 512, 512, 255, 255, 255, 1e-9);
}

static struct vin_preprocess_uniforms uniforms_of(const VinFrame *frame,
                                                  const VinPreprocessParams *params)
{
    struct vin_preprocess_uniforms u;
    VinFrameLayout layout;
    GError *error = NULL;

    g_assert_cmpuint(vin_preprocess_uniform_bytes(), ==, sizeof u);
    memset(&u, 0xee, sizeof u);
    vin_preprocess_layout(frame, params, &input_224, &layout, &error);
    g_assert_no_error(error);
    vin_preprocess_uniforms(frame, params, &input_224, &layout, &u, &error);
    g_assert_no_error(error);
    return u;
}

static double x_at(const struct vin_preprocess_uniforms *u, guint i)
{
    return u->x_first + (u->x_rem + (double)i * u->x_step) / u->x_den;
}

static double y_at(const struct vin_preprocess_uniforms *u, guint i)
{
    return u->y_first + (u->y_rem + (double)i * u->y_step) / u->y_den;
}

static void test_positions(void)
{
    VinFrame frame = {.format = VIN_FORMAT_NV12, .width = 1920, .height = 1080};
    VinPreprocessParams params = stretch_256;
    struct vin_preprocess_uniforms u = uniforms_of(&frame, &params);

    /* Network pixel 0 is resized pixel 16. */
    g_assert_cmpfloat_with_epsilon(x_at(&u, 0), 16.5 * 7.5 - 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(y_at(&u, 223), 239.5 * 4.21875 - 0.5, 1e-9);
    params.interpolation = VIN_METHOD_AREA;
    u = uniforms_of(&frame, &params);
    g_assert_cmpuint(u.x_shrinks, ==, 1);
    g_assert_cmpfloat_with_epsilon(x_at(&u, 3), 19 * 7.5, 1e-9);
    params.interpolation = VIN_METHOD_NEAREST;
    u = uniforms_of(&frame, &params);
    g_assert_cmpfloat_with_epsilon(x_at(&u, 3), 19.5 * 7.5, 1e-9);
    /* Short side 256 of 1920 x 1080: 455 x 256 (455.1), crop from 115. */
    params = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_SHORT_SIDE, .resize_short = 256,
                                   .channels = 3};
    u = uniforms_of(&frame, &params);
    g_assert_cmpfloat_with_epsilon(x_at(&u, 0), 115.5 * 1920 / 455 - 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(y_at(&u, 0), 16.5 * 1080 / 256 - 0.5, 1e-9);
    /* Growing starts left of the first pixel. */
    frame.width = frame.height = 2;
    u = uniforms_of(&frame, &(VinPreprocessParams){.resize_width = 224, .resize_height = 224,
                                                   .channels = 3});
    g_assert_cmpint(u.x_first, ==, -1);
    g_assert_cmpfloat_with_epsilon(x_at(&u, 0), 0.5 / 112 - 0.5, 1e-9);
}

/* What a letterbox leaves, and what covers; of pixels that are not square. */
static void test_proportions(void)
{
    VinFrame frame = {.format = VIN_FORMAT_RGB, .width = 640, .height = 360,
                      .pixel_aspect_n = 4, .pixel_aspect_d = 3};
    VinPreprocessParams params = {.resize = VIN_RESIZE_KIND_FIT, .channels = 3,
                                  .mean = {10, 20, 30}, .scale = {2, 1, 1}, .fill = {15, 20, 0}};
    struct vin_preprocess_uniforms u = uniforms_of(&frame, &params);

    g_assert_cmpuint(u.box_x, ==, 0);
    g_assert_cmpuint(u.box_w, ==, 224);
    g_assert_cmpuint(u.box_h, ==, 126);
    g_assert_cmpuint(u.box_y, ==, 49);
    g_assert_cmpfloat_with_epsilon(y_at(&u, 49), 0.5 * 360 / 126 - 0.5, 1e-9);
    g_assert_cmpfloat(u.fill0, ==, 10);
    g_assert_cmpfloat(u.fill1, ==, 0);
    g_assert_cmpfloat(u.fill2, ==, -30);
    params.pixel_aspect = 1; /* 2.37 : 1 */
    u = uniforms_of(&frame, &params);
    g_assert_cmpuint(u.box_h, ==, 95); /* 94.5 */
    g_assert_cmpuint(u.box_y, ==, 64);
    frame.turn = VIN_TURN_MIRROR_90;
    u = uniforms_of(&frame, &params);
    g_assert_cmpuint(u.box_h, ==, 224);
    g_assert_cmpuint(u.box_w, ==, 95);
    params.resize = VIN_RESIZE_KIND_COVER;
    u = uniforms_of(&frame, &params); /* 224 x 531, from 153 */
    g_assert_cmpuint(u.box_w, ==, 224);
    g_assert_cmpuint(u.box_h, ==, 224);
    g_assert_cmpfloat_with_epsilon(y_at(&u, 0), 153.5 * 640 / 531 - 0.5, 1e-9);
    frame.field = VIN_FIELD_BOTTOM; /* the same proportion, of half the lines */
    frame.turn = VIN_TURN_0;
    u = uniforms_of(&frame, &params);
    g_assert_cmpuint(u.src_h, ==, 180);
    g_assert_cmpfloat_with_epsilon(x_at(&u, 0), 153.5 * 640 / 531 - 0.5, 1e-9);
    g_assert_cmpfloat_with_epsilon(y_at(&u, 0), 0.5 * 180 / 224 - 0.5, 1e-9);
}

static void test_dispatch(void)
{
    VinFrame frame = {.format = VIN_FORMAT_YUY2, .width = 300, .height = 224};
    VinPreprocessParams tiles = {.resize = VIN_RESIZE_KIND_TILES, .tiles = 4,
                                 .interpolation = VIN_METHOD_AREA, .channels = 3};
    VinDispatch dispatch;

    vin_preprocess_dispatch(&frame, &tiles, &input_224, NULL, &dispatch);
    g_assert_cmpuint(dispatch.spec[VIN_PREPROCESS_SPEC_LAYOUT], ==, VIN_LAYOUT_PACKED422);
    g_assert_cmpuint(dispatch.spec[VIN_PREPROCESS_SPEC_METHOD], ==, VIN_METHOD_TILES);
    g_assert_cmpuint(dispatch.groups[0] * VIN_PREPROCESS_LOCAL_X, >=, 224);
    g_assert_cmpuint(dispatch.groups[1] * VIN_PREPROCESS_LOCAL_Y, >=, 224);
    frame.crop_height = 223; /* too small for tiles */
    vin_preprocess_dispatch(&frame, &tiles, &input_224, NULL, &dispatch);
    g_assert_cmpuint(dispatch.spec[VIN_PREPROCESS_SPEC_METHOD], ==, VIN_METHOD_BILINEAR);
}

static void expect_refusal(const VinFrame *frame, const VinPreprocessParams *params,
                           const char *says)
{
    struct vin_preprocess_uniforms u;
    VinFrameLayout layout;
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_preprocess_layout(frame, params, &input_224, &layout, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, says));
    g_clear_error(&error);
    g_assert_false(vin_preprocess_uniforms(frame, params, &input_224, &layout, &u, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, says));
}

static void test_refusals(void)
{
    const VinFrame frame = {.format = VIN_FORMAT_I420, .width = 16384, .height = 1};
    VinFrame bad_frame = frame;
    VinPreprocessParams bad = stretch_256;
    struct vin_preprocess_uniforms u;

    bad_frame.width = 0;
    expect_refusal(&bad_frame, &stretch_256, "0x1");
    bad.resize_width = 223;
    expect_refusal(&frame, &bad, "223x256");
    bad.resize_width = G_MAXUINT32;
    expect_refusal(&frame, &bad, "4294967295x256");
    bad = stretch_256, bad.channels = 1;
    expect_refusal(&frame, &bad, "1 channels");
    bad = stretch_256, bad.interpolation = VIN_METHOD_TILES;
    expect_refusal(&frame, &bad, "interpolation 3");
    bad = stretch_256, bad.resize = VIN_RESIZE_KIND_FIT + 1;
    expect_refusal(&frame, &bad, "kind 5");
    bad = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_TILES, .tiles = 0, .channels = 3};
    expect_refusal(&frame, &bad, "0 tiles");
    bad.tiles = 5;
    expect_refusal(&frame, &bad, "5 tiles");
    bad = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_SHORT_SIDE, .channels = 3};
    bad.resize_short = 1025; /* a strip of 16384 x 1 becomes more than 2^24 wide */
    expect_refusal(&frame, &bad, "16793600x1025");
    bad.resize_short = G_MAXUINT32;
    expect_refusal(&frame, &bad, "accepted");
    bad_frame = (VinFrame){.format = VIN_FORMAT_I420, .width = 640, .height = 360,
                           .pixel_aspect_n = 65535, .pixel_aspect_d = 1};
    bad.resize_short = 256, bad.pixel_aspect = 1;
    expect_refusal(&bad_frame, &bad, "29825707x256");
    bad.pixel_aspect = 0;
    bad.resize_short = 1024; /* the most there is; still exact */
    u = uniforms_of(&frame, &bad);
    g_assert_cmpuint(u.x_den, ==, 2u << 24);
    g_assert_cmpfloat_with_epsilon(
        x_at(&u, 0), ((1u << 24) / 2 - 112 + 0.5) * 16384 / (1u << 24) - 0.5, 1e-9);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/preprocess/colours", test_colours);
    g_test_add_func("/preprocess/positions", test_positions);
    g_test_add_func("/preprocess/proportions", test_proportions);
    g_test_add_func("/preprocess/dispatch", test_dispatch);
    g_test_add_func("/preprocess/refusals", test_refusals);
    return g_test_run();
}
