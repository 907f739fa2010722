/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tensor bytes that an ONNX model keeps in a file beside it.
 */
#ifndef VIN_MODEL_ONNX_EXTERNAL_H
#define VIN_MODEL_ONNX_EXTERNAL_H

#include <glib.h>

#include "model/onnx.pb-c.h"

/* Fills raw_data of @proto with @n_bytes from the file its external_data names, which must
 * lie inside @folder (a real path). */
gboolean vin_onnx_external_read(Onnx__TensorProto *proto, const char *folder, guint64 n_bytes,
                                GError **error);

#endif
