/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which pixels of a frame preprocess.comp reads, for preprocess_layout.c.
 */
#ifndef VIN_KERNELS_PREPROCESS_REGION_H
#define VIN_KERNELS_PREPROCESS_REGION_H

#include "kernels/preprocess.h"

/* All of the frame's part. The frame's shape was checked. */
void vin_preprocess_read_all(const VinFrame *frame, VinReadAxis *columns, VinReadAxis *rows);
/* What @params make of it for the network's input @out. VIN_ERROR_INVALID. */
gboolean vin_preprocess_read(const VinFrame *frame, const VinPreprocessParams *params,
                             const VinPlace *out, VinReadAxis *columns, VinReadAxis *rows,
                             GError **error);

#endif
