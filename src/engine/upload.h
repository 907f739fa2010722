/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinFrame planes into a mapped upload buffer.
 */
#ifndef VIN_ENGINE_UPLOAD_H
#define VIN_ENGINE_UPLOAD_H

#include "kernels/preprocess.h"

/* Copies @frame's planes to @dst as @layout, of a frame of the same shape, places them: what is
 * read and not one byte more, neither of the planes nor to @dst. VIN_ERROR_INVALID when the frame
 * is unsound or needs more than @dst_bytes; then nothing is written. */
gboolean vin_upload_planes(const VinFrame *frame, const VinFrameLayout *layout, guint8 *dst,
                           gsize dst_bytes, GError **error);

#endif
