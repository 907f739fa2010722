/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A frame of which only what is read was uploaded gives the same bits as one that was uploaded as
 * a whole: every format with random recipes, turns, fields and crops. Pixels that are not read may
 * be anything; those at the border of what is read may not.
 */
#include <string.h>

#include "base/frame.h"
#include "preprocess_rig.h"
#include "support/random.h"

static Rig *rig;

static gboolean is_full(void)
{
    return g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
}

static VinPreprocessParams random_params(VinRandom *random, guint *out_w, guint *out_h)
{
    const guint32 tiles = vin_random_range(random, 1, 4);

    *out_w = tiles * vin_random_range(random, 2, 12);
    *out_h = tiles * vin_random_range(random, 2, 12);
    return (VinPreprocessParams){
        .resize = vin_random_range(random, VIN_RESIZE_KIND_STRETCH, VIN_RESIZE_KIND_FIT),
        .resize_width = *out_w + vin_random_range(random, 0, 30),
        .resize_height = *out_h + vin_random_range(random, 0, 30),
        .resize_short = MAX(*out_w, *out_h) + vin_random_range(random, 0, 30),
        .tiles = tiles,
        .interpolation = vin_random_range(random, 0, 2),
        .channels = 3,
        .mean = {1, 2, 3},
        .scale = {0.5f, -2.0f, 1.0f / 255.0f},
        .fill = {7, 8, 9}};
}

/* Turns would need a pipeline each: only of every third frame. */
static void random_frame(VinRandom *random, VinFormat format, VinFrame *frame)
{
    noise_frame_init(frame, format, vin_random_range(random, 1, 260),
                     vin_random_range(random, 3, 260), vin_random_range(random, 0, 2) * 5);
    frame->field = (VinField)vin_random_range(random, 0, 2);
    frame->chroma_site = (VinChromaSite)vin_random_range(random, 0, 3);
    if (vin_random_range(random, 0, 2) == 0) {
        frame->turn = (VinTurn)vin_random_range(random, 0, 7);
    }
    if (vin_random_range(random, 0, 1) == 0) {
        frame->crop_x = vin_random_range(random, 0, frame->width - 1) / 3;
        frame->crop_y = vin_random_range(random, 0, frame->height - 1) / 3;
        frame->crop_width = vin_random_range(random, 0, frame->width - frame->crop_x);
        frame->crop_height = vin_random_range(random, 0, frame->height - frame->crop_y);
    }
}

/* Everything that @layout does not want of plane @plane becomes other bytes. */
static void spoil_plane(VinFrame *frame, const VinFrameLayout *layout, guint plane)
{
    const guint step = frame->field == VIN_FIELD_BOTH ? 1 : 2;
    const guint odd = frame->field == VIN_FIELD_BOTTOM;
    guint8 *data = (guint8 *)frame->planes[plane];
    guint row_bytes, n_rows;
    g_autofree guint8 *keep = NULL;
    gsize stride;

    vin_format_plane_size(frame->format, plane, frame->width, frame->height, &row_bytes,
                          &n_rows);
    stride = frame->strides[plane] != 0 ? frame->strides[plane] : row_bytes;
    keep = g_malloc0((gsize)row_bytes * n_rows);
    for (guint32 y = 0; y < vin_preprocess_n_runs(&layout->rows); y++) {
        for (guint32 x = 0; x < vin_preprocess_n_runs(&layout->columns); x++) {
            const VinPlaneWindow part =
                vin_preprocess_window(frame, plane, vin_preprocess_run(&layout->columns, x),
                                      vin_preprocess_run(&layout->rows, y));

            for (guint32 row = 0; row < part.n_rows; row++) {
                const gsize at = (part.first_row + row) * step + odd;

                memset(keep + at * row_bytes + part.first_byte, 1, part.row_bytes);
            }
        }
    }
    for (gsize i = 0; i < (gsize)row_bytes * n_rows; i++) {
        data[i / row_bytes * stride + i % row_bytes] ^= keep[i] != 0 ? 0 : 0xff;
    }
}

static void spoil_frame(VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                        guint out_h)
{
    const VinPlace out = {.n = 1, .c = params->channels, .w = out_w, .h = out_h};
    VinFrameLayout layout;
    GError *error = NULL;

    vin_preprocess_layout(frame, params, &out, &layout, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < vin_format_n_planes(frame->format); i++) {
        spoil_plane(frame, &layout, i);
    }
}

static float *run_all(const VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                      guint out_h)
{
    float *values;

    rig->uploads_all = TRUE;
    values = rig_run(rig, frame, params, out_w, out_h);
    rig->uploads_all = FALSE;
    return values;
}

/* The same bits from a whole upload, from what is read alone, and when all else is spoiled. */
static void check_same(VinFrame *frame, const VinPreprocessParams *params, guint out_w,
                       guint out_h)
{
    const gsize size = sizeof(float) * params->channels * out_w * out_h;
    g_autofree float *whole = run_all(frame, params, out_w, out_h);
    g_autofree float *read = rig_run(rig, frame, params, out_w, out_h);
    g_autofree float *spoiled = NULL;

    g_assert_cmpmem(read, size, whole, size);
    spoil_frame(frame, params, out_w, out_h);
    spoiled = run_all(frame, params, out_w, out_h);
    g_assert_cmpmem(spoiled, size, whole, size);
}

static void test_same(void)
{
    const guint n_cases = is_full() ? 200 : 12;

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        VinRandom random = {f};

        for (guint i = 0; i < n_cases; i++) {
            guint out_w, out_h;
            VinPreprocessParams params = random_params(&random, &out_w, &out_h);
            VinFrame frame;

            random_frame(&random, (VinFormat)f, &frame);
            check_same(&frame, &params, out_w, out_h);
            noise_frame_clear(&frame);
        }
    }
}

/* The usual sizes and recipes: of GoogLeNet, by the short side, in tiles, to the whole frame. */
static void test_usual(void)
{
    static const VinFormat formats[] = {VIN_FORMAT_I420, VIN_FORMAT_NV12, VIN_FORMAT_YUY2,
                                        VIN_FORMAT_BGR, VIN_FORMAT_P010_10LE};
    static const VinPreprocessParams recipes[] = {
        {.resize_width = 256, .resize_height = 256, .channels = 3, .scale = {1, 1, 1}},
        {.resize = VIN_RESIZE_KIND_SHORT_SIDE, .resize_short = 256, .channels = 3,
         .interpolation = VIN_METHOD_AREA, .scale = {1, 1, 1}},
        {.resize = VIN_RESIZE_KIND_TILES, .tiles = 4, .channels = 3, .scale = {1, 1, 1}},
        {.resize_width = 224, .resize_height = 224, .channels = 3, .scale = {1, 1, 1}},
        {.resize_width = 256, .resize_height = 256, .channels = 1, .scale = {1, 1, 1}}};

    for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
        for (guint r = 0; r < G_N_ELEMENTS(recipes); r++) {
            VinFrame frame;

            noise_frame_init(&frame, formats[f], r % 2 == 0 ? 1920 : 1279,
                             r % 2 == 0 ? 1080 : 719, 0);
            check_same(&frame, &recipes[r], 224, 224);
            noise_frame_clear(&frame);
        }
    }
}

static guint8 *pixel_at(const VinFrame *frame, guint x, guint y)
{
    return (guint8 *)frame->planes[0] + (gsize)y * frame->width + x;
}

/* Whether the output changes when a whole row or column of luma does. */
static gboolean matters(VinFrame *frame, const VinPreprocessParams *params, gboolean is_row,
                        guint at)
{
    const gsize size = sizeof(float) * 3 * 40 * 40;
    const guint n = is_row ? frame->width : frame->height;
    g_autofree float *before = rig_run(rig, frame, params, 40, 40);
    g_autofree float *after = NULL;

    for (guint i = 0; i < n; i++) {
        *pixel_at(frame, is_row ? i : at, is_row ? at : i) ^= 0x55;
    }
    after = rig_run(rig, frame, params, 40, 40);
    for (guint i = 0; i < n; i++) {
        *pixel_at(frame, is_row ? i : at, is_row ? at : i) ^= 0x55;
    }
    return memcmp(before, after, size) != 0;
}

/* What is uploaded is no more than what counts: its first and last row and column do, those
 * next to them outside don't. */
static void test_borders(void)
{
    static const guint recipes[][2] = {{VIN_RESIZE_KIND_STRETCH, VIN_METHOD_BILINEAR},
                                       {VIN_RESIZE_KIND_STRETCH, VIN_METHOD_NEAREST},
                                       {VIN_RESIZE_KIND_SHORT_SIDE, VIN_METHOD_BILINEAR},
                                       {VIN_RESIZE_KIND_TILES, VIN_METHOD_BILINEAR}};

    for (guint i = 0; i < 8 * G_N_ELEMENTS(recipes); i++) {
        const VinPreprocessParams params = {
            .resize = recipes[i / 8][0], .interpolation = recipes[i / 8][1], .resize_width = 53,
            .resize_height = 57, .resize_short = 51, .tiles = 2, .channels = 3,
            .scale = {1, 1, 1}};
        const VinPlace out = {.n = 1, .c = 3, .w = 40, .h = 40};
        VinFrameLayout layout;
        VinFrame frame;

        noise_frame_init(&frame, i % 2 == 0 ? VIN_FORMAT_I420 : VIN_FORMAT_Y444, 211, 173, 0);
        frame.turn = (VinTurn)(i % 8);
        frame.crop_x = 3, frame.crop_y = 5;
        g_assert_true(vin_preprocess_layout(&frame, &params, &out, &layout, NULL));
        for (guint is_row = 0; is_row < 2; is_row++) {
            const VinPlaneWindow *window = &layout.planes[0];
            const guint first = is_row != 0 ? window->first_row : window->first_byte;
            const guint n = is_row != 0 ? window->n_rows : window->row_bytes;

            g_assert_cmpuint(first, >, 5); /* more than the crop */
            g_assert_false(matters(&frame, &params, is_row != 0, first - 1));
            g_assert_true(matters(&frame, &params, is_row != 0, first));
            g_assert_true(matters(&frame, &params, is_row != 0, first + n - 1));
            g_assert_false(matters(&frame, &params, is_row != 0, first + n));
        }
        noise_frame_clear(&frame);
    }
}

int main(int argc, char **argv)
{
    int status;

    rig = rig_start(&argc, &argv, "/region/device");
    if (rig == NULL) {
        return g_test_run();
    }
    g_test_add_func("/region/same", test_same);
    g_test_add_func("/region/usual", test_usual);
    g_test_add_func("/region/borders", test_borders);
    status = g_test_run();
    rig_free(rig);
    return status;
}
