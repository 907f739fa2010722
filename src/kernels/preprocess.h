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
    guint32 resize;        /* 0 stretch, 1 short side, 2 tiles */
    guint32 resize_width, resize_height, resize_short, tiles;
    guint32 interpolation; /* 0 bilinear, 1 area, 2 nearest */
    guint32 bgr, channels;
    float mean[3], scale[3];
} VinPreprocessParams;

/* Bytes of the frame's planes packed as preprocess expects them in the upload buffer: plane
 * after plane, each row as long as its used bytes, each plane starting at a multiple of 16, as
 * is the total. Planes that the format lacks have no rows. Pointers and strides are not
 * looked at; VIN_ERROR_INVALID. */
gboolean vin_preprocess_layout(const VinFrame *frame, guint32 plane_offsets[3],
                               guint32 row_bytes[3], guint32 n_rows[3], gsize *total_bytes,
                               GError **error);
/* Size of the uniform block: sizeof(struct vin_preprocess_uniforms). */
gsize vin_preprocess_uniform_bytes(void);
/* Fills the uniform block for this frame: offsets, matrix, ranges, chroma site, scale factors,
 * crop, mean and scale. @out: the network's input place in the arena. */
gboolean vin_preprocess_uniforms(const VinFrame *frame, const VinPreprocessParams *params,
                                 const VinPlace *out, void *uniforms, GError **error);
/* The dispatch. It depends on @params, the output's size, the frame's format and, for tiles
 * only, on whether the frame's crop is smaller than the output: re-record when it differs. */
void vin_preprocess_dispatch(const VinFrame *frame, const VinPreprocessParams *params,
                             const VinPlace *out, const VinCaps *caps, VinDispatch *dispatch);
/* Double-precision matrix: rgb = m * (y, cb, cr) + offset, all in 0..255 codes. */
void vin_preprocess_matrix(const VinFrame *frame, double m[9], double offset[3]);

#endif
