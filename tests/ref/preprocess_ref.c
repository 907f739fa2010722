/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See preprocess_ref.h. Nothing here is shared with the kernel: it turns and resizes whole
 * pictures, crops, maps tones, normalises. frame_ref.c reads the frame.
 */
#include "preprocess_ref.h"

#include <math.h>
#include <string.h>

#include "plane.h"

/* Where output position i of a 1-D resize takes its value from. */
typedef struct {
    guint first, n;
    double *weights; /* n of them, sum 1 */
} Taps;

static Taps bilinear_taps(guint i, guint from, guint to)
{
    double at = (i + 0.5) * from / to - 0.5;
    double whole = floor(at);
    guint a = clamp_index(whole, from), b = clamp_index(whole + 1, from);
    Taps taps = {a, b - a + 1, g_new0(double, 2)};

    taps.weights[0] += 1 - (at - whole);
    taps.weights[b - a] += at - whole;
    return taps;
}

static Taps make_taps(guint i, guint from, guint to, guint interpolation)
{
    double scale = (double)from / to;
    double low = i * scale, high = (i + 1) * scale;
    Taps taps;

    if (interpolation == 2) { /* nearest */
        taps = (Taps){(guint)floor((2.0 * i + 1) * from / (2.0 * to)), 1, g_new(double, 1)};
        taps.weights[0] = 1;
        return taps;
    }
    if (interpolation == 0 || from <= to) {
        return bilinear_taps(i, from, to);
    }
    taps.first = (guint)floor(low);
    taps.n = MIN((guint)ceil(high), from) - taps.first;
    taps.weights = g_new(double, taps.n);
    for (guint k = 0; k < taps.n; k++) {
        double left = MAX(taps.first + k, low), right = MIN(taps.first + k + 1.0, high);

        taps.weights[k] = MAX(right - left, 0.0) / scale;
    }
    return taps;
}

/* Every row of @from made @to long, or with @vertical every column. Frees @from. */
static Plane resize_axis(Plane from, guint to, gboolean vertical, guint interpolation)
{
    guint size = vertical ? from.height : from.width;
    guint others = vertical ? from.width : from.height;
    gsize along = vertical ? from.width : 1, across = vertical ? 1 : from.width;
    Plane out = vertical ? plane_new(from.width, to) : plane_new(to, from.height);
    gsize out_along = vertical ? out.width : 1, out_across = vertical ? 1 : out.width;

    for (guint i = 0; i < to; i++) {
        Taps taps = make_taps(i, size, to, interpolation);

        for (guint j = 0; j < others; j++) {
            double sum = 0;

            for (guint k = 0; k < taps.n; k++) {
                sum += taps.weights[k] * from.values[(taps.first + k) * along + j * across];
            }
            out.values[i * out_along + j * out_across] = sum;
        }
        g_free(taps.weights);
    }
    g_free(from.values);
    return out;
}

/* The part of @from that starts at (x, y). */
static Plane cut(const Plane *from, guint x, guint y, guint width, guint height)
{
    Plane out = plane_new(width, height);

    for (guint row = 0; row < height; row++) {
        for (guint column = 0; column < width; column++) {
            out.values[(gsize)row * width + column] =
                from->values[(gsize)(y + row) * from->width + x + column];
        }
    }
    return out;
}

static guint tile_start(guint i, guint tiles, guint size, guint out)
{
    double patch = out / tiles;
    double at = floor((i + 0.5) * size / tiles - patch / 2 + 0.5);

    return (guint)CLAMP(at, 0, size - patch);
}

static Plane make_tiles(Plane from, guint tiles, guint out_w, guint out_h)
{
    guint w = out_w / tiles, h = out_h / tiles;
    Plane out = plane_new(out_w, out_h);

    for (guint ty = 0; ty < tiles; ty++) {
        for (guint tx = 0; tx < tiles; tx++) {
            Plane tile = cut(&from, tile_start(tx, tiles, from.width, out_w),
                             tile_start(ty, tiles, from.height, out_h), w, h);

            for (gsize i = 0; i < (gsize)w * h; i++) {
                out.values[(ty * h + i / w) * out_w + tx * w + i % w] = tile.values[i];
            }
            g_free(tile.values);
        }
    }
    g_free(from.values);
    return out;
}

/* @picture in the middle of a plane of NAN. */
static Plane frame_picture(const Plane *picture, guint out_w, guint out_h)
{
    Plane out = plane_new(out_w, out_h);
    guint left = (out_w - picture->width) / 2, upper = (out_h - picture->height) / 2;

    for (gsize i = 0; i < (gsize)out_w * out_h; i++) {
        out.values[i] = NAN;
    }
    for (guint y = 0; y < picture->height; y++) {
        memcpy(out.values + (gsize)(upper + y) * out_w + left,
               picture->values + (gsize)y * picture->width,
               picture->width * sizeof *out.values);
    }
    return out;
}

/* Resize and centre crop of one channel; NAN around it where the picture leaves room. Frees
 * @from. @shown_w and @shown_h: the proportion the picture is shown in. */
static Plane fit(Plane from, double shown_w, double shown_h, const VinPreprocessParams *params,
                 guint out_w, guint out_h)
{
    guint w = out_w, h = out_h;
    guint interpolation = params->interpolation;
    double scale_w = out_w / shown_w, scale_h = out_h / shown_h, scale;
    Plane whole, out;

    switch (params->resize) {
    case 0: /* stretch */
        w = params->resize_width, h = params->resize_height;
        break;
    case 2: /* tiles */
        if (from.width >= out_w && from.height >= out_h) {
            return make_tiles(from, params->tiles, out_w, out_h);
        }
        interpolation = 0;
        break;
    default: /* one scale both ways */
        scale = params->resize == 1   ? params->resize_short / MIN(shown_w, shown_h)
                : params->resize == 3 ? MAX(scale_w, scale_h)
                                      : MIN(scale_w, scale_h);
        w = (guint)MAX(floor(shown_w * scale + 0.5), 1);
        h = (guint)MAX(floor(shown_h * scale + 0.5), 1);
    }
    whole = resize_axis(from, w, FALSE, interpolation);
    whole = resize_axis(whole, h, TRUE, interpolation);
    if (w < out_w || h < out_h) {
        out = frame_picture(&whole, out_w, out_h);
    } else {
        out = cut(&whole, (w - out_w) / 2, (h - out_h) / 2, out_w, out_h);
    }
    g_free(whole.values);
    return out;
}

/* A quarter clockwise: the left column becomes the upper row. Frees @from. */
static Plane quarter_turn(Plane from)
{
    Plane out = plane_new(from.height, from.width);

    for (guint y = 0; y < from.height; y++) {
        for (guint x = 0; x < from.width; x++) {
            out.values[(gsize)x * out.width + from.height - 1 - y] =
                from.values[(gsize)y * from.width + x];
        }
    }
    g_free(from.values);
    return out;
}

static void mirror(Plane *plane)
{
    for (guint y = 0; y < plane->height; y++) {
        double *row = plane->values + (gsize)y * plane->width;

        for (guint x = 0; x < plane->width / 2; x++) {
            double keep = row[x];

            row[x] = row[plane->width - 1 - x];
            row[plane->width - 1 - x] = keep;
        }
    }
}

/* The part to classify of a plane of the frame's field, upright. */
static Plane take_part(const VinFrame *frame, const double *values)
{
    Plane whole = {frame->width, vin_ref_frame_rows(frame), (double *)values};
    guint crop_w = frame->crop_width != 0 ? frame->crop_width : frame->width - frame->crop_x;
    guint crop_h = frame->crop_height != 0 ? frame->crop_height : frame->height - frame->crop_y;
    guint first = 0, n = 0;
    Plane part;

    for (guint row = 0; row < whole.height; row++) {
        guint line = frame->field == VIN_FIELD_BOTH ? row
                                                    : 2 * row + (frame->field == VIN_FIELD_BOTTOM);

        if (line >= frame->crop_y && line < frame->crop_y + crop_h) {
            first = n == 0 ? row : first;
            n++;
        }
    }
    if (n == 0) { /* one line of the other field: the next of ours, if there is one */
        first = MIN((frame->crop_y + (frame->field == VIN_FIELD_TOP)) / 2, whole.height - 1);
        n = 1;
    }
    part = cut(&whole, frame->crop_x, first, crop_w, n);
    if (frame->turn >= VIN_TURN_MIRROR_0) {
        mirror(&part);
    }
    for (guint turn = 0; turn < frame->turn % 4u; turn++) {
        part = quarter_turn(part);
    }
    return part;
}

/* What the network sees of one plane, not yet normalised. */
static Plane see(const VinFrame *frame, const double *values, const VinPreprocessParams *params,
                 guint out_w, guint out_h)
{
    double w = frame->crop_width != 0 ? frame->crop_width : frame->width - frame->crop_x;
    double h = frame->crop_height != 0 ? frame->crop_height : frame->height - frame->crop_y;

    if (params->pixel_aspect && frame->pixel_aspect_n != 0) {
        w *= frame->pixel_aspect_n;
        h *= frame->pixel_aspect_d;
    }
    return frame->turn % 2 == 0
               ? fit(take_part(frame, values), w, h, params, out_w, out_h)
               : fit(take_part(frame, values), h, w, params, out_w, out_h);
}

double *vin_ref_preprocess(const VinFrame *frame, const double *rgb,
                           const VinPreprocessParams *params, guint out_w, guint out_h)
{
    gsize size = (gsize)frame->width * vin_ref_frame_rows(frame);
    gsize out_size = (gsize)out_w * out_h;
    double *out = g_new(double, params->channels * out_size);
    g_autofree double *luma =
        params->channels == 1 ? vin_ref_frame_luma(frame) : NULL;
    Plane seen[3];

    for (guint c = 0; c < 3; c++) {
        seen[c] = see(frame, luma != NULL ? luma : rgb + c * size, params, out_w, out_h);
    }
    for (gsize i = 0; i < out_size; i++) {
        double colour[3] = {seen[0].values[i], seen[1].values[i], seen[2].values[i]};

        if (!isnan(colour[0])) {
            vin_ref_tone_map(frame->transfer, colour);
        }
        if (params->channels == 1) {
            colour[0] = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
        }
        for (guint c = 0; c < params->channels; c++) {
            double value = colour[params->bgr && params->channels == 3 ? 2 - c : c];

            if (isnan(value)) {
                value = params->fill[c];
            }
            out[c * out_size + i] = (value - params->mean[c]) * params->scale[c];
        }
    }
    for (guint c = 0; c < 3; c++) {
        g_free(seen[c].values);
    }
    return out;
}
