/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The dispatch that turns decoder planes into the network's input. Per-frame numbers live
 * in a uniform buffer, so the recording does not change from frame to frame.
 */
#ifndef VIN_KERNELS_PREPROCESS_H
#define VIN_KERNELS_PREPROCESS_H

#include <vkinception/frame.h>

#include "kernels/kernel.h"

/* Facts of a recipe, flat, so that this room needs nothing of model/. Same meaning as
 * VinRecipe; the enums are those of shaders/abi/preprocess.h. */
typedef struct {
    guint32 resize;        /* 0 stretch, 1 short side, 2 tiles, 3 cover, 4 fit */
    guint32 resize_width, resize_height, resize_short, tiles;
    guint32 interpolation; /* 0 bilinear, 1 area, 2 nearest */
    guint32 bgr, channels;
    float mean[3], scale[3];
    float fill[3];         /* FIT: around the picture, 0..255, in the network's channel order */
    guint32 pixel_aspect;  /* 1: the frame's pixels may be other than square */
} VinPreprocessParams;

/* Pixels of the frame, along one axis. */
typedef struct {
    guint32 first, n;
} VinRun;

/* What the shader reads along one axis of the frame's part: runs of pixels. */
typedef struct {
    guint32 origin, size;   /* the part, pixels of the frame */
    gboolean is_mirrored;   /* the picture begins at the part's end */
    guint32 first, last;    /* what is read, first and last included; pixels of the picture */
    guint32 n_tiles, tile;  /* TILES: in runs of so many pixels; else 0: all in one */
} VinReadAxis;

/* The part of a plane that the shader may read, and where it lies in the upload buffer. */
typedef struct {
    guint32 first_row, n_rows;     /* of the field's rows; none where the format lacks the plane */
    guint32 first_byte, row_bytes; /* of each of these rows */
    guint32 offset;                /* bytes in the upload buffer */
} VinPlaneWindow;

/* Where a frame lies in the upload buffer. */
typedef struct {
    VinPlaneWindow planes[3];
    VinReadAxis columns, rows; /* within them, what has to be there: all pairs of their runs */
    gsize bytes;               /* in all */
} VinFrameLayout;

/* What of the frame's planes is uploaded: the part to classify or, with @params, what they read
 * of it for the network's input @out; and the chroma samples beside it. Plane after plane, without
 * gaps between rows, each plane starting at a multiple of 16, as is the total. Pointers and
 * strides are not looked at; VIN_ERROR_INVALID. */
gboolean vin_preprocess_layout(const VinFrame *frame, const VinPreprocessParams *params,
                               const VinPlace *out, VinFrameLayout *layout, GError **error);
guint32 vin_preprocess_n_runs(const VinReadAxis *axis);
/* In the order of the picture. Those of tiles may overlap. */
VinRun vin_preprocess_run(const VinReadAxis *axis, guint32 i);
/* What of plane @plane holds pixels @columns and @rows, and the chroma samples beside them. Its
 * offset is 0. */
VinPlaneWindow vin_preprocess_window(const VinFrame *frame, guint plane, VinRun columns,
                                     VinRun rows);
/* Size of the uniform block: sizeof(struct vin_preprocess_uniforms). */
gsize vin_preprocess_uniform_bytes(void);
/* Fills the uniform block for this frame: offsets, matrix, ranges, chroma site, scale factors,
 * crop, mean and scale. @out: the network's input place in the arena. @layout: of this frame and
 * either these @params or none. */
gboolean vin_preprocess_uniforms(const VinFrame *frame, const VinPreprocessParams *params,
                                 const VinPlace *out, const VinFrameLayout *layout,
                                 void *uniforms, GError **error);
/* The same frame to another place of the same size: another image of a batch. */
void vin_preprocess_move(void *uniforms, const VinPlace *out);
/* The dispatch. It depends on @params, the output's size, the frame's format, transfer and turn
 * and, for tiles only, on whether the picture is smaller than the output: re-record when it
 * differs. */
void vin_preprocess_dispatch(const VinFrame *frame, const VinPreprocessParams *params,
                             const VinPlace *out, const VinCaps *caps, VinDispatch *dispatch);
/* Double-precision matrix: rgb = m * (y, cb, cr) + offset, rgb in 0..255, the rest as coded. */
void vin_preprocess_matrix(const VinFrame *frame, double m[9], double offset[3]);

#endif
