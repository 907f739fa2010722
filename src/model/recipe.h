/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinRecipe: how a frame becomes the network's input. Read from the sidecar by
 * model/sidecar.c, executed by the preprocess kernel and its reference.
 *
 * With src_w x src_h the (cropped) frame and out = the network's input W x H:
 *   STRETCH      frame -> resize_width x resize_height, centre crop to W x H
 *   SHORT_SIDE   frame scaled so that its short side is resize_short, keeping aspect (long
 *                side rounded to nearest), centre crop to W x H
 *   CROP         frame scaled, keeping aspect, until it covers W x H, centre crop to W x H
 *   LETTERBOX    frame scaled, keeping aspect, until W x H holds it, the rest filled
 *   TILES        n x n patches of W/n x H/n at native resolution: patch i starts at
 *                clamp(floor((i + 0.5) * src_w / n - W/n/2 + 0.5), 0, src_w - W/n), likewise
 *                in y; a frame smaller than W or H is stretched bilinearly to W x H instead
 * Sides that keep the aspect are rounded to nearest. Centre crop starts at
 * floor((resized - out) / 2), a letterboxed picture at floor((out - resized) / 2). The aspect is
 * that of the pixels' numbers, or with pixel_aspect that in which the picture is shown.
 * Bilinear: half-pixel centres, edge clamped, no antialias (OpenCV INTER_LINEAR). Area: mean
 * over the source rectangle with fractional edges (OpenCV INTER_AREA when it shrinks;
 * bilinear in a direction that grows). Nearest: floor((x + 0.5) * scale).
 */
#ifndef VIN_MODEL_RECIPE_H
#define VIN_MODEL_RECIPE_H

#include <glib.h>

typedef enum {
    VIN_RESIZE_STRETCH,
    VIN_RESIZE_SHORT_SIDE,
    VIN_RESIZE_TILES,
    VIN_RESIZE_CROP,
    VIN_RESIZE_LETTERBOX
} VinResize;
typedef enum { VIN_SCALE_BILINEAR, VIN_SCALE_AREA, VIN_SCALE_NEAREST } VinScale;

typedef struct {
    VinResize resize;
    guint32 resize_width, resize_height; /* STRETCH */
    guint32 resize_short;                /* SHORT_SIDE */
    guint32 tiles;                       /* TILES: n a side */
    VinScale interpolation;
    gboolean bgr;                        /* channel order of the network's input */
    float mean[3], scale[3];             /* in the network's channel order:
                                          * (v - mean) * scale, v in 0..255 */
    float fill[3];                       /* around a LETTERBOX, in the same order, 0..255 */
    gboolean pixel_aspect;               /* the frame's pixel aspect ratio counts */
    guint32 channels;                    /* 3, or 1 for luma */
} VinRecipe;

#endif
