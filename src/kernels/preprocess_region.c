/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which pixels of the frame the shader reads: the same positions as in preprocess.comp, of the
 * first and the last network pixel that shows the picture; what lies between is monotone. Pixels
 * that are read with a weight of nothing count, too.
 */
#include "kernels/preprocess_region.h"

#include "abi/preprocess.h"
#include "base/bytes.h"
#include "base/frame.h"
#include "kernels/preprocess_resize.h"

/* One axis of the resize, as the uniform block has it. */
typedef struct {
    gint32 first;
    guint32 rem, step, den;
    gboolean shrinks;
    guint32 box, n_box; /* network pixels that show the picture */
} Positions;

void vin_preprocess_read_all(const VinFrame *frame, VinReadAxis *columns, VinReadAxis *rows)
{
    const VinFrameRect part = vin_frame_part(frame);
    const guint32 turn = vin_preprocess_turn_bits(frame);

    *columns = (VinReadAxis){.origin = part.x, .size = part.width, .last = part.width - 1,
                             .is_mirrored = (turn & VIN_TURN_BIT_MIRROR_X) != 0};
    *rows = (VinReadAxis){.origin = part.y, .size = part.height, .last = part.height - 1,
                          .is_mirrored = (turn & VIN_TURN_BIT_MIRROR_Y) != 0};
}

/* tile_start() of preprocess.comp. */
static guint32 tile_start(guint32 i, guint32 n, guint32 tile, guint32 size)
{
    const gint64 twice = (gint64)(2 * i + 1) * size - (gint64)n * tile + n;

    return (guint32)CLAMP(twice / (2 * (gint64)n), 0, (gint64)size - tile);
}

/* Network pixel @i's first pixel of the picture, which may lie outside, and how many it reads: for
 * a mean over an interval, two at a time. An interval is longer than a pixel, so the next one's
 * end lies behind the second of a pair that only its first was needed of. */
static gint64 find_pixels(const Positions *p, guint method, guint32 i, guint32 *n)
{
    const guint64 at = p->rem + (guint64)i * p->step;

    if (method == VIN_METHOD_NEAREST) {
        *n = 1;
    } else if (p->shrinks) {
        *n = (guint32)vin_align_up(vin_div_up(at % p->den + p->step, p->den), 2);
    } else {
        *n = 2;
    }
    return p->first + (gint64)(at / p->den);
}

static void read_positions(const Positions *p, guint method, VinReadAxis *axis)
{
    const gint64 end = (gint64)axis->size - 1; /* edges are repeated */
    guint32 n;
    gint64 first = find_pixels(p, method, p->box, &n), last;

    axis->first = (guint32)CLAMP(first, 0, end);
    last = find_pixels(p, method, p->box + p->n_box - 1, &n) + n - 1;
    axis->last = (guint32)CLAMP(last, 0, end);
}

static void read_tiles(guint32 n, guint32 tile, VinReadAxis *axis)
{
    axis->n_tiles = n;
    axis->tile = tile;
    axis->first = tile_start(0, n, tile, axis->size);
    axis->last = tile_start(n - 1, n, tile, axis->size) + tile - 1;
}

gboolean vin_preprocess_read(const VinFrame *frame, const VinPreprocessParams *params,
                             const VinPlace *out, VinReadAxis *columns, VinReadAxis *rows,
                             GError **error)
{
    const gboolean transposes =
        (vin_preprocess_turn_bits(frame) & VIN_TURN_BIT_TRANSPOSE) != 0;
    const guint method = vin_preprocess_method(frame, params, out);
    VinReadAxis *x = transposes ? rows : columns; /* the picture's */
    VinReadAxis *y = transposes ? columns : rows;
    struct vin_preprocess_uniforms u = {0};

    if (!vin_preprocess_fill_resize(frame, params, out, &u, error)) {
        return FALSE;
    }
    vin_preprocess_read_all(frame, columns, rows);
    if (method == VIN_METHOD_TILES) {
        read_tiles(u.n_tiles, u.tile_w, x);
        read_tiles(u.n_tiles, u.tile_h, y);
        return TRUE;
    }
    read_positions(&(Positions){u.x_first, u.x_rem, u.x_step, u.x_den, u.x_shrinks != 0, u.box_x,
                                u.box_w},
                   method, x);
    read_positions(&(Positions){u.y_first, u.y_rem, u.y_step, u.y_den, u.y_shrinks != 0, u.box_y,
                                u.box_h},
                   method, y);
    return TRUE;
}

guint32 vin_preprocess_n_runs(const VinReadAxis *axis)
{
    return axis->n_tiles > 0 ? axis->n_tiles : 1;
}

VinRun vin_preprocess_run(const VinReadAxis *axis, guint32 i)
{
    guint32 first = axis->first, n = axis->last - axis->first + 1;

    if (axis->n_tiles > 0) {
        first = tile_start(i, axis->n_tiles, axis->tile, axis->size);
        n = axis->tile;
    }
    if (axis->is_mirrored) {
        first = axis->size - first - n;
    }
    return (VinRun){axis->origin + first, n};
}
