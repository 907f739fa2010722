/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * kernels/preprocess_region.c: what is uploaded of a frame is what the shader reads of it, found
 * here by asking every network pixel; of known sizes, how many bytes that is. What the shader
 * makes of it: checkgpu/check_region.c.
 */
#include <string.h>

#include "abi/preprocess.h"
#include "base/frame.h"
#include "kernels/preprocess.h"
#include "support/random.h"

#define MAX_SIDE 400

/* Pixels of the frame along one axis: whether they are read. */
typedef struct {
    gboolean is_read[MAX_SIDE];
    guint32 origin, size;
    gboolean is_mirrored;
} Line;

static void mark(Line *line, gint64 picture_pixel)
{
    const gint64 at = CLAMP(picture_pixel, 0, (gint64)line->size - 1);

    line->is_read[line->origin + (line->is_mirrored ? line->size - 1 - at : at)] = TRUE;
}

/* One axis of the positions in preprocess.comp. */
typedef struct {
    gint32 first;
    guint32 rem, step, den, shrinks, box, n_box, n_tiles, tile;
} Axis;

static void mark_positions(Line *line, const Axis *a, guint method)
{
    for (guint32 i = a->box; i < a->box + a->n_box; i++) {
        const guint64 t = a->rem + (guint64)i * a->step;
        const gint64 whole = a->first + (gint64)(t / a->den);
        const guint64 rem = t % a->den;
        const guint64 n = a->shrinks ? (rem + a->step + a->den - 1) / a->den : 2;

        mark(line, whole);
        for (guint64 k = 0; method != VIN_METHOD_NEAREST && k < n; k += 2) {
            mark(line, whole + (gint64)k);
            mark(line, whole + (gint64)k + 1);
        }
    }
}

static void mark_tiles(Line *line, const Axis *a)
{
    for (gint32 i = 0; i < (gint32)a->n_tiles; i++) {
        const gint32 n = (gint32)a->n_tiles, tile = (gint32)a->tile, size = (gint32)line->size;
        const gint32 start = ((2 * i + 1) * size - n * tile + n) / (2 * n);

        for (gint32 k = 0; k < tile; k++) {
            mark(line, CLAMP(start, 0, size - tile) + k);
        }
    }
}

static void mark_axis(Line *line, const Axis *a, guint method)
{
    if (method == VIN_METHOD_TILES) {
        mark_tiles(line, a);
    } else {
        mark_positions(line, a, method);
    }
}

/* What runs hold is what is marked; without tiles, from its first to its last. */
static void check_runs(const Line *line, const VinReadAxis *axis)
{
    gboolean is_held[MAX_SIDE] = {FALSE};
    guint32 first = MAX_SIDE, last = 0;

    for (guint32 i = 0; i < vin_preprocess_n_runs(axis); i++) {
        const VinRun run = vin_preprocess_run(axis, i);

        g_assert_cmpuint(run.n, >, 0);
        g_assert_cmpuint(run.first, >=, line->origin);
        g_assert_cmpuint(run.first + run.n, <=, line->origin + line->size);
        for (guint32 k = 0; k < run.n; k++) {
            is_held[run.first + k] = TRUE;
        }
    }
    for (guint32 i = 0; i < MAX_SIDE; i++) {
        if (line->is_read[i]) {
            first = MIN(first, i);
            last = i;
        }
    }
    for (guint32 i = 0; i < MAX_SIDE; i++) {
        const gboolean is_wanted =
            axis->n_tiles > 0 ? line->is_read[i] : i >= first && i <= last;

        g_assert_cmpint(is_held[i], ==, is_wanted);
    }
}

static void check_frame(const VinFrame *frame, const VinPreprocessParams *params,
                        const VinPlace *out)
{
    const VinFrameRect part = vin_frame_part(frame);
    struct vin_preprocess_uniforms u;
    VinFrameLayout layout;
    VinDispatch dispatch;
    GError *error = NULL;
    Line columns, rows;
    guint32 turn, method;

    vin_preprocess_layout(frame, params, out, &layout, &error);
    g_assert_no_error(error);
    vin_preprocess_uniforms(frame, params, out, &layout, &u, &error);
    g_assert_no_error(error);
    vin_preprocess_dispatch(frame, params, out, NULL, &dispatch);
    turn = dispatch.spec[VIN_PREPROCESS_SPEC_TURN];
    method = dispatch.spec[VIN_PREPROCESS_SPEC_METHOD];
    columns = (Line){.origin = part.x, .size = part.width,
                     .is_mirrored = (turn & VIN_TURN_BIT_MIRROR_X) != 0};
    rows = (Line){.origin = part.y, .size = part.height,
                  .is_mirrored = (turn & VIN_TURN_BIT_MIRROR_Y) != 0};
    mark_axis((turn & VIN_TURN_BIT_TRANSPOSE) != 0 ? &rows : &columns,
              &(Axis){u.x_first, u.x_rem, u.x_step, u.x_den, u.x_shrinks, u.box_x, u.box_w,
                      u.n_tiles, u.tile_w},
              method);
    mark_axis((turn & VIN_TURN_BIT_TRANSPOSE) != 0 ? &columns : &rows,
              &(Axis){u.y_first, u.y_rem, u.y_step, u.y_den, u.y_shrinks, u.box_y, u.box_h,
                      u.n_tiles, u.tile_h},
              method);
    check_runs(&columns, &layout.columns);
    check_runs(&rows, &layout.rows);
}

static void test_reads(void)
{
    VinRandom random = {7};

    for (guint i = 0; i < 20000; i++) {
        const guint32 tiles = vin_random_range(&random, 1, 4);
        const VinPlace out = {.n = 1, .c = 3, .w = tiles * vin_random_range(&random, 1, 24),
                              .h = tiles * vin_random_range(&random, 1, 24)};
        const VinPreprocessParams params = {
            .resize = vin_random_range(&random, VIN_RESIZE_KIND_STRETCH, VIN_RESIZE_KIND_FIT),
            .resize_width = out.w + vin_random_range(&random, 0, 40),
            .resize_height = out.h + vin_random_range(&random, 0, 40),
            .resize_short = MAX(out.w, out.h) + vin_random_range(&random, 0, 40),
            .tiles = tiles,
            .interpolation = vin_random_range(&random, 0, 2),
            .channels = 3,
            .scale = {1, 1, 1}};
        VinFrame frame = {.format = VIN_FORMAT_GRAY8,
                          .width = vin_random_range(&random, 1, MAX_SIDE),
                          .height = vin_random_range(&random, 3, MAX_SIDE),
                          .turn = (VinTurn)vin_random_range(&random, 0, 7),
                          .field = (VinField)vin_random_range(&random, 0, 2)};

        frame.crop_x = vin_random_range(&random, 0, frame.width - 1) / 3;
        frame.crop_y = vin_random_range(&random, 0, frame.height - 1) / 3;
        frame.crop_width = vin_random_range(&random, 0, frame.width - frame.crop_x);
        frame.crop_height = vin_random_range(&random, 0, frame.height - frame.crop_y);
        check_frame(&frame, &params, &out);
    }
}

static gsize bytes_of(const VinPreprocessParams *params, VinFormat format, guint side)
{
    const VinFrame frame = {.format = format, .width = 1920, .height = 1080};
    const VinPlace out = {.n = 1, .c = 3, .w = side, .h = side};
    VinFrameLayout layout;
    GError *error = NULL;

    vin_preprocess_layout(&frame, params, &out, &layout, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(layout.planes[i].offset % 16, ==, 0);
    }
    g_assert_cmpuint(layout.bytes % 16, ==, 0);
    return layout.bytes;
}

/* 1920 x 1080 NV12. */
static void test_bytes(void)
{
    VinPreprocessParams params = {.resize_width = 256, .resize_height = 256, .channels = 3};

    g_assert_cmpuint(bytes_of(NULL, VIN_FORMAT_NV12, 224), ==, 1920 * 1080 * 3 / 2);
    /* Columns 123 to 1796, rows 69 to 1010; chroma columns 60 to 899, rows 33 to 506. */
    g_assert_cmpuint(bytes_of(&params, VIN_FORMAT_NV12, 224), ==,
                     (1674 * 942 + 15) / 16 * 16 + (2 * 840 * 474 + 15) / 16 * 16);
    params = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_SHORT_SIDE, .resize_short = 256,
                                   .channels = 3};
    g_assert_cmpuint(bytes_of(&params, VIN_FORMAT_NV12, 224), <, 1350000);
    params = (VinPreprocessParams){.resize = VIN_RESIZE_KIND_TILES, .tiles = 4, .channels = 3};
    g_assert_cmpuint(bytes_of(&params, VIN_FORMAT_RGB, 128), ==,
                     3 * (1440 + 32) * (810 + 32));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/region/reads", test_reads);
    g_test_add_func("/region/bytes", test_bytes);
    return g_test_run();
}
