/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pre-processing in double precision, step by step over full-size planes, as the public
 * header and model/recipe.h define it. Slow and obvious; preprocess.comp is held against it.
 */
#ifndef VIN_TESTS_PREPROCESS_REF_H
#define VIN_TESTS_PREPROCESS_REF_H

#include <vkinception/frame.h>

#include "kernels/preprocess.h"

/* The whole frame as R'G'B', 0..255: [3][height][width]. To g_free(). */
double *vin_ref_frame_rgb(const VinFrame *frame);

/* The network's input, [channels][out_h][out_w], to g_free().
 * @rgb: what vin_ref_frame_rgb() gave for @frame */
double *vin_ref_preprocess(const VinFrame *frame, const double *rgb,
                           const VinPreprocessParams *params, guint out_w, guint out_h);

#endif
