/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values of an ONNX TensorProto as the graph keeps them: float or int64, little-endian,
 * row-major.
 */
#ifndef VIN_MODEL_ONNX_TENSOR_H
#define VIN_MODEL_ONNX_TENSOR_H

#include "graph/tensor.h"
#include "model/onnx.pb-c.h"

/* Of one constant, and of all of a model together: external data can be named many times. */
#define VIN_ONNX_MAX_CONSTANT_BYTES ((guint64)2 << 30)

typedef struct {
    VinType type;
    VinShape shape;
    guint64 n_values;
    GBytes *data; /* owned; n_values * vin_type_size(type) bytes */
} VinOnnxTensor;

/* Reads the values of @proto: float, float16 and double become F32; int64, int32 and bool
 * become I64. @folder: where external data may lie. Takes raw float data out of @proto
 * instead of copying it, so a tensor is read once. */
gboolean vin_onnx_tensor_read(Onnx__TensorProto *proto, const char *folder, VinOnnxTensor *out,
                              GError **error);
void vin_onnx_tensor_clear(VinOnnxTensor *tensor);

#endif
