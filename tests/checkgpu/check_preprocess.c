/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * preprocess.comp against the double-precision reference: every format, matrix, range and
 * chroma site, every kind of resize, odd and tiny frames, padded rows, crops. The default run
 * takes one chroma site each for big frames; VIN_TEST_FULL=1 takes all. With `-m perf` it also
 * prints milliseconds a frame of 1920x1080.
 */
#include "base/frame.h"
#include "preprocess_rig.h"
#include "ref/preprocess_ref.h"

static Rig *rig;

/* GoogLeNet's: 256 x 256, centre crop, BGR, mean subtracted. */
static const VinPreprocessParams googlenet = {
    .resize = VIN_RESIZE_KIND_STRETCH, .resize_width = 256, .resize_height = 256,
    .interpolation = VIN_METHOD_BILINEAR, .bgr = 1, .channels = 3,
    .mean = {104, 117, 123}, .scale = {1, 1, 1},
};

static void check_frame(const VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                        guint out_h)
{
    g_autofree double *rgb = vin_ref_frame_rgb(frame);

    rig_check(rig, frame, rgb, params, out_w, out_h);
}

static gboolean is_yuv(VinFormat format)
{
    return vin_format_get_info(format)->colours == VIN_COLOURS_YUV;
}

static gboolean is_full(void)
{
    return g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
}

/* Every matrix and range that means something for the format; each with @every_site, or with one
 * chroma site, which changes from case to case and from format to format. */
static void check_colours(VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                          guint out_h, gboolean every_site)
{
    guint n_matrices = is_yuv(frame->format) ? 3 : 1;
    guint n_sites = n_matrices;

    for (guint i = 0; i < n_matrices * 2 * n_sites; i++) {
        guint colour = i / n_sites, site = i % n_sites;

        if (!every_site && site != (colour + frame->format) % n_sites) {
            continue;
        }
        frame->range = colour % 2 == 0 ? VIN_RANGE_LIMITED : VIN_RANGE_FULL;
        frame->matrix = (VinMatrix)(VIN_MATRIX_BT601 + colour / 2);
        frame->chroma_site = (VinChromaSite)(VIN_CHROMA_SITE_LEFT + site);
        check_frame(frame, params, out_w, out_h);
    }
    frame->range = VIN_RANGE_AUTO;
    frame->matrix = VIN_MATRIX_AUTO;
    frame->chroma_site = VIN_CHROMA_SITE_AUTO;
    check_frame(frame, params, out_w, out_h);
}

static void check_all_formats(guint width, guint height, const VinPreprocessParams *params,
                              guint out_w, guint out_h, gboolean every_site)
{
    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinFrame frame;

        noise_frame_init(&frame, (VinFormat)f, width, height, 0);
        check_colours(&frame, params, out_w, out_h, every_site);
        noise_frame_clear(&frame);
    }
}

static void test_formats_odd(void)
{
    check_all_formats(637, 361, &googlenet, 224, 224, is_full());
}

/* The usual size; one matrix, range and site each, which change from format to format. */
static void test_formats_1080p(void)
{
    if (is_full()) {
        check_all_formats(1920, 1080, &googlenet, 224, 224, TRUE);
        return;
    }
    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinFrame frame;

        noise_frame_init(&frame, (VinFormat)f, 1920, 1080, 0);
        if (is_yuv(frame.format)) {
            frame.matrix = (VinMatrix)(VIN_MATRIX_BT601 + f % 3);
            frame.chroma_site = (VinChromaSite)(VIN_CHROMA_SITE_LEFT + f / 2 % 3);
        }
        frame.range = (VinRange)(VIN_RANGE_LIMITED + f % 2);
        check_frame(&frame, &googlenet, 224, 224);
        noise_frame_clear(&frame);
    }
}

/* Resize to the frame's own size: every pixel of the frame is seen as it is. */
static void test_every_pixel(void)
{
    static const guint sizes[][2] = {{61, 35}, {62, 34}, {637, 361}};
    VinPreprocessParams params = googlenet;

    for (guint s = 0; s < (is_full() ? 3 : 2); s++) {
        params.resize_width = sizes[s][0];
        params.resize_height = sizes[s][1];
        check_all_formats(sizes[s][0], sizes[s][1], &params, sizes[s][0], sizes[s][1], TRUE);
    }
}

static const VinFormat one_of_each_layout[] = {
    VIN_FORMAT_GRAY8, VIN_FORMAT_I420, VIN_FORMAT_NV21, VIN_FORMAT_YUY2,      VIN_FORMAT_BGR,
    VIN_FORMAT_RGBA,  VIN_FORMAT_Y444, VIN_FORMAT_NV16, VIN_FORMAT_P010_10LE, VIN_FORMAT_XBGR};

typedef struct {
    guint resize, resize_width, resize_height, resize_short, tiles;
    guint out_w, out_h;
} ResizeCase;

static const ResizeCase resize_cases[] = {
    {VIN_RESIZE_KIND_STRETCH, 256, 256, 0, 0, 224, 224},
    {VIN_RESIZE_KIND_STRETCH, 299, 300, 0, 0, 299, 299},
    {VIN_RESIZE_KIND_STRETCH, 71, 40, 0, 0, 33, 37},
    {VIN_RESIZE_KIND_SHORT_SIDE, 0, 0, 256, 0, 224, 224},
    {VIN_RESIZE_KIND_SHORT_SIDE, 0, 0, 97, 0, 96, 97},
    {VIN_RESIZE_KIND_TILES, 0, 0, 0, 4, 128, 96},
    {VIN_RESIZE_KIND_TILES, 0, 0, 0, 3, 33, 51},
    {VIN_RESIZE_KIND_TILES, 0, 0, 0, 1, 96, 64},
    {VIN_RESIZE_KIND_TILES, 0, 0, 0, 2, 224, 224}, /* some frames are smaller than this */
};

static void test_resizes(void)
{
    static const guint sizes[][2] = {{637, 361}, {131, 300}, {200, 113}};

    for (guint i = 0; i < G_N_ELEMENTS(one_of_each_layout) * G_N_ELEMENTS(sizes); i++) {
        const guint *size = sizes[i / G_N_ELEMENTS(one_of_each_layout)];
        VinFormat format = one_of_each_layout[i % G_N_ELEMENTS(one_of_each_layout)];
        g_autofree double *rgb = NULL;
        VinFrame frame;

        noise_frame_init(&frame, format, size[0], size[1], 0);
        rgb = vin_ref_frame_rgb(&frame);
        for (guint c = 0; c < G_N_ELEMENTS(resize_cases); c++) {
            const ResizeCase *test = &resize_cases[c];

            for (guint interpolation = 0; interpolation < 3; interpolation++) {
                VinPreprocessParams params = {
                    test->resize, test->resize_width, test->resize_height, test->resize_short,
                    test->tiles, interpolation, 0, 3, {1, 2, 3}, {0.5f, -2.0f, 1.0f / 255.0f},
                    {0, 0, 0}, 0};

                rig_check(rig, &frame, rgb, &params, test->out_w, test->out_h);
            }
        }
        noise_frame_clear(&frame);
    }
}

/* Area over a big frame: intervals of more than seven pixels. */
static void test_area_1080p(void)
{
    VinPreprocessParams params = googlenet;

    params.interpolation = VIN_METHOD_AREA;
    for (guint i = 0; i < G_N_ELEMENTS(one_of_each_layout); i++) {
        VinFrame frame;

        noise_frame_init(&frame, one_of_each_layout[i], 1920, 1080, 0);
        check_frame(&frame, &params, 224, 224);
        noise_frame_clear(&frame);
    }
}

static void test_tiny(void)
{
    static const guint sizes[][2] = {{1, 1}, {2, 2}, {3, 5}, {16, 16}, {1, 40}, {40, 1}};
    VinPreprocessParams params = googlenet;

    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
        check_all_formats(sizes[s][0], sizes[s][1], &googlenet, 224, 224, FALSE);
        params.interpolation = VIN_METHOD_AREA;
        check_all_formats(sizes[s][0], sizes[s][1], &params, 224, 224, FALSE);
        params.interpolation = VIN_METHOD_NEAREST;
        check_all_formats(sizes[s][0], sizes[s][1], &params, 224, 224, FALSE);
    }
}

static void test_strides(void)
{
    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinFrame frame;

        for (guint padding = 1; padding < 70; padding += 34) {
            noise_frame_init(&frame, (VinFormat)f, 155, 99, padding);
            check_frame(&frame, &googlenet, 224, 224);
            noise_frame_clear(&frame);
        }
    }
}

/* The crop is the picture, but chroma is interpolated over the whole frame. */
static void test_crops(void)
{
    static const guint crops[][4] = {
        {0, 0, 1, 1}, {154, 98, 1, 1}, {3, 5, 80, 61}, {10, 0, 0, 0}, {0, 11, 33, 0}};
    VinPreprocessParams tiles = {.resize = VIN_RESIZE_KIND_TILES, .tiles = 3, .channels = 3,
                                 .scale = {1, 1, 1}};

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinFrame frame;

        noise_frame_init(&frame, (VinFormat)f, 155, 99, 0);
        for (guint c = 0; c < G_N_ELEMENTS(crops); c++) {
            VinPreprocessParams params = googlenet;

            frame.crop_x = crops[c][0], frame.crop_y = crops[c][1];
            frame.crop_width = crops[c][2], frame.crop_height = crops[c][3];
            for (params.interpolation = 0; params.interpolation < 3; params.interpolation++) {
                check_frame(&frame, &params, 224, 224);
            }
            check_frame(&frame, &tiles, 30, 33);
        }
        noise_frame_clear(&frame);
    }
}

static void test_one_channel(void)
{
    VinPreprocessParams params = googlenet;

    params.channels = 1;
    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinFrame frame;

        noise_frame_init(&frame, (VinFormat)f, 155, 99, 3);
        for (params.interpolation = 0; params.interpolation < 3; params.interpolation++) {
            params.bgr = params.interpolation % 2;
            frame.range = VIN_RANGE_AUTO;
            check_frame(&frame, &params, 224, 224);
            frame.range = VIN_RANGE_FULL;
            check_frame(&frame, &params, 224, 224);
        }
        noise_frame_clear(&frame);
    }
}

static void test_time(void)
{
    static const char *const methods[] = {"bilinear", "area", "nearest", "tiles"};
    const guint n_runs = 9;

    for (guint i = 0; i < 4 * G_N_ELEMENTS(one_of_each_layout); i++) {
        VinPreprocessParams params = googlenet;
        guint64 best = G_MAXUINT64;
        VinFrame frame;

        noise_frame_init(&frame, one_of_each_layout[i / 4], 1920, 1080, 0);
        params.interpolation = i % 4;
        if (i % 4 == VIN_METHOD_TILES) {
            params = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_TILES, .tiles = 4,
                                           .channels = 3, .scale = {1, 1, 1}};
        }
        for (guint run = 0; run < n_runs; run++) {
            g_free(rig_run(rig, &frame, &params, 224, 224));
            best = MIN(best, rig->gpu_ns);
        }
        g_test_minimized_result(best / 1e6, "%s %s: %.2f ms", vin_format_name(frame.format),
                                methods[i % 4], best / 1e6);
        noise_frame_clear(&frame);
    }
}

int main(int argc, char **argv)
{
    int status;

    rig = rig_start(&argc, &argv, "/preprocess/device");
    if (rig == NULL) {
        return g_test_run();
    }
    g_test_add_func("/preprocess/formats-odd", test_formats_odd);
    g_test_add_func("/preprocess/formats-1080p", test_formats_1080p);
    g_test_add_func("/preprocess/every-pixel", test_every_pixel);
    g_test_add_func("/preprocess/resizes", test_resizes);
    g_test_add_func("/preprocess/area-1080p", test_area_1080p);
    g_test_add_func("/preprocess/tiny", test_tiny);
    g_test_add_func("/preprocess/strides", test_strides);
    g_test_add_func("/preprocess/crops", test_crops);
    g_test_add_func("/preprocess/one-channel", test_one_channel);
    if (g_test_perf()) {
        g_test_add_func("/preprocess/time", test_time);
    }
    status = g_test_run();
    g_test_message("at most %.5f grey levels off", rig->worst);
    rig_free(rig);
    return status;
}
