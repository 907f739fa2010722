/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * preprocess.comp against the double-precision reference: pictures that are turned, interlaced,
 * HDR, of pixels that are not square, covered, letterboxed, and all of that at once. Formats
 * and the plain resizes are in check_preprocess.c.
 */
#include "base/frame.h"
#include "preprocess_rig.h"
#include "ref/preprocess_ref.h"
#include "support/random.h"

static Rig *rig;

static const VinPreprocessParams plain = {
    .resize = VIN_RESIZE_KIND_STRETCH, .resize_width = 61, .resize_height = 50, .channels = 3,
    .scale = {1, 1, 1},
};

static const VinFormat one_of_each_layout[] = {
    VIN_FORMAT_GRAY16_LE, VIN_FORMAT_I420, VIN_FORMAT_NV21,      VIN_FORMAT_UYVY, VIN_FORMAT_BGR,
    VIN_FORMAT_ARGB,      VIN_FORMAT_Y444, VIN_FORMAT_I420_10LE, VIN_FORMAT_Y42B};

static void check_frame(const VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                        guint out_h)
{
    g_autofree double *rgb = vin_ref_frame_rgb(frame);

    rig_check(rig, frame, rgb, params, out_w, out_h);
}

/* Every turn and method, whole and cropped. */
static void test_turns(void)
{
    const VinPreprocessParams tiles = {.resize = VIN_RESIZE_KIND_TILES, .tiles = 3,
                                       .channels = 3, .scale = {1, 1, 1}};

    for (guint i = 0; i < 8 * G_N_ELEMENTS(one_of_each_layout); i++) {
        VinPreprocessParams params = plain;
        VinFrame frame;

        noise_frame_init(&frame, one_of_each_layout[i / 8], 99, 75, 0);
        frame.turn = (VinTurn)(i % 8);
        for (guint crop = 0; crop < 2; crop++) {
            for (params.interpolation = 0; params.interpolation < 3; params.interpolation++) {
                check_frame(&frame, &params, 45, 47);
            }
            check_frame(&frame, &tiles, 45, 33);
            frame.crop_x = 7, frame.crop_y = 13;
            frame.crop_width = 66, frame.crop_height = 51;
        }
        noise_frame_clear(&frame);
    }
}

/* Either field of every format; heights of which the bottom field has fewer lines; crops that
 * begin and end on lines of either field. */
static void test_fields(void)
{
    static const guint heights[] = {3, 4, 5, 7, 62};
    static const guint crops[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 2}, {2, 0}};

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        for (guint i = 0; i < 2 * G_N_ELEMENTS(heights); i++) {
            VinFrame frame;

            noise_frame_init(&frame, (VinFormat)f, 31, heights[i / 2], 2);
            frame.field = (VinField)(VIN_FIELD_TOP + i % 2);
            frame.chroma_site = (VinChromaSite)(VIN_CHROMA_SITE_LEFT + (f + i) % 3);
            for (guint c = 0; c < G_N_ELEMENTS(crops); c++) {
                frame.crop_y = crops[c][0];
                frame.crop_height = crops[c][1];
                check_frame(&frame, &plain, 61, 50); /* to the last line */
            }
            noise_frame_clear(&frame);
        }
    }
}

/* Every code of ten bits, both ranges, and a network that sees luma. */
static void test_transfers(void)
{
    static const VinFormat formats[] = {VIN_FORMAT_P010_10LE, VIN_FORMAT_Y444_10LE,
                                        VIN_FORMAT_GRAY16_LE, VIN_FORMAT_RGBA};

    for (guint i = 0; i < 2 * 2 * 2 * G_N_ELEMENTS(formats); i++) {
        VinPreprocessParams params = plain;
        VinFrame frame;

        noise_frame_init(&frame, formats[i / 8], 61, 50, 0);
        frame.transfer = i % 2 == 0 ? VIN_TRANSFER_PQ : VIN_TRANSFER_HLG;
        frame.range = i / 2 % 2 == 0 ? VIN_RANGE_LIMITED : VIN_RANGE_FULL;
        frame.matrix = VIN_MATRIX_BT2020;
        params.channels = i / 4 % 2 == 0 ? 3 : 1;
        check_frame(&frame, &params, 61, 50);
        params.interpolation = VIN_METHOD_AREA;
        params.resize_width = params.resize_height = 40;
        check_frame(&frame, &params, 39, 37);
        noise_frame_clear(&frame);
    }
}

/* Cover and fit, into inputs that are wider and higher than the picture, of pixels that are
 * square, wide and high, which the recipe heeds or not. */
static void test_proportions(void)
{
    static const guint sizes[][2] = {{637, 361}, {19, 200}, {200, 19}, {64, 64}, {16, 16}};
    static const guint inputs[][2] = {{64, 64}, {96, 33}, {31, 80}};
    static const guint aspects[][2] = {{0, 0}, {16, 11}, {1, 2}, {65535, 1}};
    static const guint kinds[] = {VIN_RESIZE_KIND_COVER, VIN_RESIZE_KIND_FIT,
                                  VIN_RESIZE_KIND_SHORT_SIDE};

    for (guint i = 0; i < G_N_ELEMENTS(sizes) * G_N_ELEMENTS(aspects); i++) {
        const guint *size = sizes[i % G_N_ELEMENTS(sizes)];
        const guint *aspect = aspects[i / G_N_ELEMENTS(sizes)];
        g_autofree double *rgb = NULL;
        VinFrame frame;

        noise_frame_init(&frame, one_of_each_layout[i % G_N_ELEMENTS(one_of_each_layout)],
                         size[0], size[1], 0);
        frame.pixel_aspect_n = aspect[0], frame.pixel_aspect_d = aspect[1];
        rgb = vin_ref_frame_rgb(&frame);
        for (guint k = 0; k < 2 * 3 * 3 * G_N_ELEMENTS(inputs); k++) {
            const guint *input = inputs[k / 18];
            const VinPreprocessParams params = {
                .resize = kinds[k / 3 % 3], .resize_short = 99, .interpolation = k % 3,
                .channels = 3, .mean = {104, 117, 123}, .scale = {1, 0.5f, 2},
                .fill = {104, 3, 250}, .pixel_aspect = k / 9 % 2};

            if (aspect[0] == 65535 && params.pixel_aspect != 0 &&
                params.resize != VIN_RESIZE_KIND_FIT) {
                continue; /* a strip this long is refused, see unit/test_preprocess.c */
            }
            rig_check(rig, &frame, rgb, &params, input[0], input[1]);
        }
        noise_frame_clear(&frame);
    }
}

/* What resize=stretch|crop|letterbox and scale-method=bilinear|area|nearest give, of every format,
 * matrix and range; of bigger frames one matrix and range, which change from case to case. */
static void test_every_combination(void)
{
    static const guint sizes[][2] = {{16, 16}, {17, 19}, {637, 361}, {1920, 1080}};
    static const guint kinds[] = {VIN_RESIZE_KIND_STRETCH, VIN_RESIZE_KIND_COVER,
                                  VIN_RESIZE_KIND_FIT};
    const gboolean full = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
    guint n = 0;

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        for (guint i = 0; i < 6 * (full ? 4 : 3); i++) {
            guint n_pixels = sizes[i / 6][0] * sizes[i / 6][1];
            g_autofree double *rgb = NULL;
            VinFrame frame;

            if (!full && n_pixels > 1000 && i % 6 != f % 6) {
                continue;
            }
            noise_frame_init(&frame, (VinFormat)f, sizes[i / 6][0], sizes[i / 6][1], 0);
            frame.matrix = (VinMatrix)(VIN_MATRIX_BT601 + i % 3);
            frame.range = (VinRange)(VIN_RANGE_LIMITED + i / 3 % 2);
            rgb = vin_ref_frame_rgb(&frame);
            for (guint k = 0; k < 9; k++) {
                const VinPreprocessParams params = {
                    .resize = kinds[k / 3], .resize_width = 65, .resize_height = 48,
                    .interpolation = k % 3, .channels = 3, .scale = {1, 1, 1},
                    .fill = {1, 2, 3}};

                rig_check(rig, &frame, rgb, &params, 65, 48);
                n++;
            }
            noise_frame_clear(&frame);
        }
    }
    g_test_message("%u combinations", n);
}

static guint draw(VinRandom *random, guint from, guint to)
{
    return from + vin_random_u32(random) % (to - from + 1);
}

/* Whatever may come together, drawn by lot; the same lots each time. */
static void test_all_at_once(void)
{
    VinRandom random = {20};
    const guint n_draws = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0 ? 3000 : 250;

    for (guint i = 0; i < n_draws; i++) {
        guint width = draw(&random, 3, 90), height = draw(&random, 3, 90);
        guint out_w = 3 * draw(&random, 1, 20), out_h = 3 * draw(&random, 1, 20);
        VinPreprocessParams params = {
            .resize = draw(&random, 0, VIN_RESIZE_KIND_FIT), .tiles = 3,
            .interpolation = draw(&random, 0, 2), .bgr = draw(&random, 0, 1), .channels = 3,
            .mean = {9, 8, 7}, .scale = {1, 2, 3}, .fill = {0, 50, 255},
            .pixel_aspect = draw(&random, 0, 1)};
        VinFrame frame;

        params.resize_width = out_w + draw(&random, 0, 40);
        params.resize_height = out_h + draw(&random, 0, 40);
        params.resize_short = MAX(out_w, out_h) + draw(&random, 0, 40);
        noise_frame_init(&frame, (VinFormat)draw(&random, 1, VIN_N_FORMATS - 1), width, height,
                         draw(&random, 0, 9));
        frame.matrix = (VinMatrix)draw(&random, 0, VIN_MATRIX_BT2020);
        frame.range = (VinRange)draw(&random, 0, VIN_RANGE_FULL);
        frame.chroma_site = (VinChromaSite)draw(&random, 0, VIN_CHROMA_SITE_TOP_LEFT);
        frame.transfer = (VinTransfer)draw(&random, 0, VIN_TRANSFER_HLG);
        frame.field = (VinField)draw(&random, 0, VIN_FIELD_BOTTOM);
        frame.turn = (VinTurn)draw(&random, 0, VIN_TURN_MIRROR_270);
        frame.pixel_aspect_n = draw(&random, 1, 3);
        frame.pixel_aspect_d = draw(&random, 1, 3);
        frame.crop_x = draw(&random, 0, width - 1);
        frame.crop_y = draw(&random, 0, height - 1);
        frame.crop_width = draw(&random, 0, width - frame.crop_x);
        frame.crop_height = draw(&random, 0, height - frame.crop_y);
        check_frame(&frame, &params, out_w, out_h);
        noise_frame_clear(&frame);
    }
}

int main(int argc, char **argv)
{
    int status;

    rig = rig_start(&argc, &argv, "/picture/device");
    if (rig == NULL) {
        return g_test_run();
    }
    g_test_add_func("/picture/turns", test_turns);
    g_test_add_func("/picture/fields", test_fields);
    g_test_add_func("/picture/transfers", test_transfers);
    g_test_add_func("/picture/proportions", test_proportions);
    g_test_add_func("/picture/every-combination", test_every_combination);
    g_test_add_func("/picture/all-at-once", test_all_at_once);
    status = g_test_run();
    g_test_message("at most %.5f grey levels off, of HDR %.5f", rig->worst, rig->worst_hdr);
    rig_free(rig);
    return status;
}
