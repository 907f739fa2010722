/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The geometry of preprocess.comp, for preprocess.c and preprocess_layout.c.
 */
#ifndef VIN_KERNELS_PREPROCESS_RESIZE_H
#define VIN_KERNELS_PREPROCESS_RESIZE_H

#include "abi/preprocess.h"
#include "kernels/preprocess.h"

/* Whether there can be such a recipe for such an input; VIN_ERROR_INVALID. */
gboolean vin_preprocess_check(const VinPreprocessParams *params, const VinPlace *out,
                              GError **error);
/* VIN_TURN_BIT_*, from the picture to the frame. */
guint32 vin_preprocess_turn_bits(const VinFrame *frame);
/* VIN_METHOD_* for this frame. */
guint vin_preprocess_method(const VinFrame *frame, const VinPreprocessParams *params,
                            const VinPlace *out);
/* Positions, tiles, box and fill. The frame and the parameters have been checked. */
gboolean vin_preprocess_fill_resize(const VinFrame *frame, const VinPreprocessParams *params,
                                    const VinPlace *out, struct vin_preprocess_uniforms *u,
                                    GError **error);

#endif
