/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which pixel of the picture a network pixel shows, as exact rationals. The picture is the part
 * to classify, in lines of the frame's field, turned upright.
 */
#include "kernels/preprocess_resize.h"

#include "base/error.h"
#include "base/frame.h"

typedef struct vin_preprocess_uniforms Uniforms;

/* Pixels a side after the resize: a strip of 16384 x 1 with a short side of 1024. */
#define MAX_RESIZED (1u << 24)

/* One direction of the resize. */
typedef struct {
    guint32 src;     /* pixels of the picture */
    guint32 resized; /* pixels after the resize */
    gint32 start;    /* resized pixel that is network pixel 0; before the first of FIT */
    guint32 out;     /* pixels the network sees */
} Axis;

/* The picture in its pixels, and in the proportion it is shown in. */
typedef struct {
    guint32 width, height;
    guint64 shown_width, shown_height; /* under 2^31 */
} Picture;

guint32 vin_preprocess_turn_bits(const VinFrame *frame)
{
    static const guint32 turns[] = {
        [VIN_TURN_0] = 0,
        [VIN_TURN_90] = VIN_TURN_BIT_TRANSPOSE | VIN_TURN_BIT_MIRROR_Y,
        [VIN_TURN_180] = VIN_TURN_BIT_MIRROR_X | VIN_TURN_BIT_MIRROR_Y,
        [VIN_TURN_270] = VIN_TURN_BIT_TRANSPOSE | VIN_TURN_BIT_MIRROR_X,
        [VIN_TURN_MIRROR_0] = VIN_TURN_BIT_MIRROR_X,
        [VIN_TURN_MIRROR_90] =
            VIN_TURN_BIT_TRANSPOSE | VIN_TURN_BIT_MIRROR_X | VIN_TURN_BIT_MIRROR_Y,
        [VIN_TURN_MIRROR_180] = VIN_TURN_BIT_MIRROR_Y,
        [VIN_TURN_MIRROR_270] = VIN_TURN_BIT_TRANSPOSE,
    };

    return turns[frame->turn];
}

static Picture find_picture(const VinFrame *frame, const VinPreprocessParams *params)
{
    VinFrameRect part = vin_frame_part(frame);
    VinFrameRect crop = vin_frame_crop(frame);
    gboolean aspect = params->pixel_aspect != 0 && frame->pixel_aspect_n != 0;
    Picture picture = {
        .width = part.width,
        .height = part.height,
        .shown_width = (guint64)crop.width * (aspect ? frame->pixel_aspect_n : 1),
        .shown_height = (guint64)crop.height * (aspect ? frame->pixel_aspect_d : 1),
    };

    if ((vin_preprocess_turn_bits(frame) & VIN_TURN_BIT_TRANSPOSE) != 0) {
        return (Picture){picture.height, picture.width, picture.shown_height,
                         picture.shown_width};
    }
    return picture;
}

static gboolean uses_tiles(const Picture *picture, const VinPreprocessParams *params,
                           const VinPlace *out)
{
    return params->resize == VIN_RESIZE_KIND_TILES && picture->width >= out->w &&
           picture->height >= out->h;
}

guint vin_preprocess_method(const VinFrame *frame, const VinPreprocessParams *params,
                            const VinPlace *out)
{
    Picture picture = find_picture(frame, params);

    if (params->resize == VIN_RESIZE_KIND_TILES) {
        return uses_tiles(&picture, params, out) ? VIN_METHOD_TILES : VIN_METHOD_BILINEAR;
    }
    return params->interpolation;
}

/* numerator / den with the floor taken out: first + rem / den, 0 <= rem < den. */
static gboolean rational(gint64 numerator, guint64 den, guint64 step, guint32 out,
                         gint32 *first, guint32 *rem, guint32 *step_out, guint32 *den_out,
                         GError **error)
{
    gint64 floor = numerator / (gint64)den;

    if (numerator % (gint64)den < 0) {
        floor--;
    }
    if (den + step * out > G_MAXUINT32) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: resizing to %" G_GUINT64_FORMAT " pixels a side for %u of "
                        "the network's is over the shader's 32-bit range",
                        den, out);
    }
    *first = (gint32)floor;
    *rem = (guint32)(numerator - floor * (gint64)den);
    *step_out = (guint32)step;
    *den_out = (guint32)den;
    return TRUE;
}

/* Where network pixel 0 lies in the source, and how far it is to the next. */
static gboolean fill_axis(const Axis *axis, guint method, gint32 *first, guint32 *rem,
                          guint32 *step, guint32 *den, guint32 *shrinks, GError **error)
{
    gint64 src = axis->src, resized = axis->resized, start = axis->start;
    guint32 out = axis->out;

    *shrinks = method == VIN_METHOD_AREA && src > resized;
    if (*shrinks) { /* start of the interval: i * src / resized */
        return rational(start * src, resized, src, out, first, rem, step, den, error);
    }
    if (method == VIN_METHOD_NEAREST) { /* (i + 0.5) * src / resized */
        return rational((2 * start + 1) * src, 2 * resized, 2 * src, out, first, rem, step,
                        den, error);
    }
    /* Half-pixel centres: (i + 0.5) * src / resized - 0.5 */
    return rational((2 * start + 1) * src - resized, 2 * resized, 2 * src, out, first, rem,
                    step, den, error);
}

/* @a * @b / @c to nearest; all under 2^31. */
static guint64 scaled(guint64 a, guint64 b, guint64 c)
{
    return (2 * a * b + c) / (2 * c);
}

/* The picture after the resize: of COVER and FIT, one side is the network's. */
static void find_size(const Picture *picture, const VinPreprocessParams *params,
                      const VinPlace *out, guint64 *width, guint64 *height)
{
    guint64 shown_w = picture->shown_width, shown_h = picture->shown_height;
    guint64 short_side = MIN(shown_w, shown_h);
    gboolean is_wider = shown_w * out->h > shown_h * out->w;

    *width = out->w;
    *height = out->h;
    switch (params->resize) {
    case VIN_RESIZE_KIND_STRETCH:
        *width = params->resize_width;
        *height = params->resize_height;
        break;
    case VIN_RESIZE_KIND_SHORT_SIDE:
        *width = scaled(MIN(params->resize_short, MAX_RESIZED + 1), shown_w, short_side);
        *height = scaled(MIN(params->resize_short, MAX_RESIZED + 1), shown_h, short_side);
        break;
    case VIN_RESIZE_KIND_COVER:
    case VIN_RESIZE_KIND_FIT:
        if (is_wider == (params->resize == VIN_RESIZE_KIND_FIT)) {
            *height = MAX(scaled(out->w, shown_h, shown_w), 1);
        } else {
            *width = MAX(scaled(out->h, shown_w, shown_h), 1);
        }
        break;
    default: /* pictures too small for tiles are stretched */
        break;
    }
}

static gboolean resized_size(const Picture *picture, const VinPreprocessParams *params,
                             const VinPlace *out, guint32 *width, guint32 *height,
                             GError **error)
{
    gboolean may_be_smaller = params->resize == VIN_RESIZE_KIND_FIT;
    guint64 w, h;

    find_size(picture, params, out, &w, &h);
    if ((!may_be_smaller && (w < out->w || h < out->h)) || w > MAX_RESIZED || h > MAX_RESIZED) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "preprocess: the recipe resizes to %" G_GUINT64_FORMAT
                        "x%" G_GUINT64_FORMAT "; accepted: from the network's input, %ux%u, to "
                        "%u a side",
                        w, h, out->w, out->h, MAX_RESIZED);
    }
    *width = (guint32)w;
    *height = (guint32)h;
    return TRUE;
}

/* Floors of half the difference, whichever is larger. */
static gint32 find_start(guint32 resized, guint32 out)
{
    return resized >= out ? (gint32)((resized - out) / 2) : -(gint32)((out - resized) / 2);
}

static void fill_box(const Axis *x, const Axis *y, const VinPreprocessParams *params,
                     Uniforms *u)
{
    float fill[3];

    u->box_x = x->start < 0 ? (guint32)-x->start : 0;
    u->box_y = y->start < 0 ? (guint32)-y->start : 0;
    u->box_w = MIN(x->resized, x->out);
    u->box_h = MIN(y->resized, y->out);
    for (guint i = 0; i < 3; i++) {
        fill[i] = (params->fill[i] - params->mean[i]) * params->scale[i];
    }
    u->fill0 = fill[0], u->fill1 = fill[1], u->fill2 = fill[2];
}

gboolean vin_preprocess_fill_resize(const VinFrame *frame, const VinPreprocessParams *params,
                                    const VinPlace *out, Uniforms *u, GError **error)
{
    Picture picture = find_picture(frame, params);
    guint method = vin_preprocess_method(frame, params, out);
    guint32 width = 0, height = 0;
    Axis x, y;

    if (method == VIN_METHOD_TILES) {
        u->n_tiles = params->tiles;
        u->tile_w = out->w / params->tiles;
        u->tile_h = out->h / params->tiles;
        u->box_w = out->w;
        u->box_h = out->h;
        return TRUE;
    }
    if (!resized_size(&picture, params, out, &width, &height, error)) {
        return FALSE;
    }
    x = (Axis){picture.width, width, find_start(width, out->w), out->w};
    y = (Axis){picture.height, height, find_start(height, out->h), out->h};
    fill_box(&x, &y, params, u);
    return fill_axis(&x, method, &u->x_first, &u->x_rem, &u->x_step, &u->x_den, &u->x_shrinks,
                     error) &&
           fill_axis(&y, method, &u->y_first, &u->y_rem, &u->y_step, &u->y_den, &u->y_shrinks,
                     error);
}
