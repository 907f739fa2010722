/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pre-processing in double precision, step by step over full-size planes, as the public
 * header and model/recipe.h define it. Slow and obvious; preprocess.comp is held against it.
 */
#ifndef VIN_TESTS_PREPROCESS_REF_H
#define VIN_TESTS_PREPROCESS_REF_H

#include <vkinception/frame.h>

#include "kernels/preprocess.h"

/* Lines of the frame's field. */
guint vin_ref_frame_rows(const VinFrame *frame);

/* The whole frame, in lines of its field, as R'G'B', 0..255: [3][rows][width]. To g_free(). */
double *vin_ref_frame_rgb(const VinFrame *frame);

/* Y' alone, which is what a one-channel network sees; NULL where the format has none. */
double *vin_ref_frame_luma(const VinFrame *frame);

/* R'G'B' in 0..255, of HDR to SDR; SDR stays. */
void vin_ref_tone_map(VinTransfer transfer, double rgb[3]);

/* The network's input, [channels][out_h][out_w], to g_free().
 * @rgb: what vin_ref_frame_rgb() gave for @frame */
double *vin_ref_preprocess(const VinFrame *frame, const double *rgb,
                           const VinPreprocessParams *params, guint out_w, guint out_h);

#endif
