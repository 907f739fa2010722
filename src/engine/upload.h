/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinFrame planes into a mapped upload buffer.
 */
#ifndef VIN_ENGINE_UPLOAD_H
#define VIN_ENGINE_UPLOAD_H

#include <vkinception/frame.h>

/* Copies @frame's planes to @dst as vin_preprocess_layout() places them. Reads those
 * bytes and not one more. VIN_ERROR_INVALID when the frame is unsound or needs more
 * than @dst_bytes; then nothing is written. */
gboolean vin_upload_planes(const VinFrame *frame, guint8 *dst, gsize dst_bytes, GError **error);

#endif
