/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An .onnx file, unpacked and with its versions checked; nothing is understood of its
 * graph yet.
 */
#ifndef VIN_MODEL_ONNX_FILE_H
#define VIN_MODEL_ONNX_FILE_H

#include <glib.h>

#include "model/onnx.pb-c.h"

#define VIN_ONNX_MAX_FILE_BYTES ((guint64)1 << 30)
#define VIN_ONNX_MIN_OPSET 3
#define VIN_ONNX_MAX_OPSET 21

typedef struct {
    char *path;
    char *folder;         /* real path of the model's folder: external data stays inside */
    guint64 file_bytes;
    gint64 opset;         /* of the default domain, within the limits above */
    Onnx__ModelProto *proto; /* graph is not NULL; strings may be NULL */
} VinOnnxFile;

VinOnnxFile *vin_onnx_file_load(const char *path, GError **error);
void vin_onnx_file_free(VinOnnxFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinOnnxFile, vin_onnx_file_free)

#endif
