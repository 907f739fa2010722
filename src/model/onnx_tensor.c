/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Converts TensorProto payloads. Every size is checked against the shape before a byte is
 * read. Where external files lie and how they are read is onnx_external.c's business.
 */
#include "model/onnx_tensor.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/half.h"
#include "model/onnx_external.h"

G_STATIC_ASSERT(G_BYTE_ORDER == G_LITTLE_ENDIAN);

/* TensorProto.DataType, ONNX IR specification. */
enum { DT_FLOAT = 1, DT_INT32 = 6, DT_INT64 = 7, DT_BOOL = 9, DT_FLOAT16 = 10, DT_DOUBLE = 11 };

static gsize element_bytes(gint32 data_type)
{
    switch (data_type) {
    case DT_BOOL:
        return 1;
    case DT_FLOAT16:
        return 2;
    case DT_FLOAT:
    case DT_INT32:
        return 4;
    case DT_INT64:
    case DT_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

static gboolean read_shape(const Onnx__TensorProto *proto, VinOnnxTensor *out, GError **error)
{
    if (proto->n_dims > VIN_MAX_DIMS) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "constant \"%s\" has %zu dimensions; at most %d are supported",
                        proto->name, proto->n_dims, VIN_MAX_DIMS);
    }
    out->shape.n_dims = (guint)proto->n_dims;
    for (guint i = 0; i < out->shape.n_dims; i++) {
        if (proto->dims[i] < 1 || proto->dims[i] > G_MAXINT32) {
            return vin_fail(error, VIN_ERROR_FORMAT,
                            "constant \"%s\": dimension %u is %" G_GINT64_FORMAT
                            "; 1 to %d is accepted",
                            proto->name, i, proto->dims[i], G_MAXINT32);
        }
        out->shape.dims[i] = (guint32)proto->dims[i];
    }
    if (!vin_shape_count(&out->shape, &out->n_values)) {
        return vin_fail(error, VIN_ERROR_FORMAT, "constant \"%s\" has too many values",
                        proto->name);
    }
    return TRUE;
}

/* Values stored as little-endian bytes. */
static void convert_raw(gint32 data_type, const guint8 *raw, guint64 n_values, gpointer values)
{
    float *floats = values;
    gint64 *ints = values;

    for (guint64 i = 0; i < n_values; i++) {
        guint16 half;
        gint32 narrow;
        double wide;

        switch (data_type) {
        case DT_FLOAT16:
            memcpy(&half, raw + 2 * i, 2);
            floats[i] = vin_half_to_float(half);
            break;
        case DT_DOUBLE:
            memcpy(&wide, raw + 8 * i, 8);
            floats[i] = (float)wide;
            break;
        case DT_INT32:
            memcpy(&narrow, raw + 4 * i, 4);
            ints[i] = narrow;
            break;
        case DT_BOOL:
            ints[i] = raw[i] != 0;
            break;
        default: /* float, int64: as they are */
            memcpy(values, raw, n_values * element_bytes(data_type));
            return;
        }
    }
}

/* Values stored in the typed list of their type. */
static void convert_list(const Onnx__TensorProto *proto, guint64 n_values, gpointer values)
{
    float *floats = values;
    gint64 *ints = values;

    for (guint64 i = 0; i < n_values; i++) {
        switch (proto->data_type) {
        case DT_FLOAT:
            floats[i] = proto->float_data[i];
            break;
        case DT_FLOAT16:
            floats[i] = vin_half_to_float((guint16)proto->int32_data[i]);
            break;
        case DT_DOUBLE:
            floats[i] = (float)proto->double_data[i];
            break;
        case DT_INT64:
            ints[i] = proto->int64_data[i];
            break;
        default: /* int32, bool */
            ints[i] = proto->int32_data[i];
            break;
        }
    }
}

static size_t list_length(const Onnx__TensorProto *proto)
{
    switch (proto->data_type) {
    case DT_FLOAT:
        return proto->n_float_data;
    case DT_DOUBLE:
        return proto->n_double_data;
    case DT_INT64:
        return proto->n_int64_data;
    default:
        return proto->n_int32_data;
    }
}

static gboolean fail_size(const Onnx__TensorProto *proto, const VinOnnxTensor *tensor,
                          guint64 seen, GError **error)
{
    g_autofree char *shape = vin_shape_to_string(&tensor->shape);

    return vin_fail(error, VIN_ERROR_FORMAT,
                    "constant \"%s\" of shape %s should hold %" G_GUINT64_FORMAT " %s, but "
                    "holds %" G_GUINT64_FORMAT,
                    proto->name, shape,
                    tensor->n_values * (proto->has_raw_data ? element_bytes(proto->data_type) : 1),
                    proto->has_raw_data ? "bytes" : "values", seen);
}

/* The values of a proto whose bytes, if any, are in raw_data. */
static gboolean read_values(Onnx__TensorProto *proto, VinOnnxTensor *out, GError **error)
{
    const guint64 raw_bytes = out->n_values * element_bytes(proto->data_type);
    const gsize n_bytes = out->n_values * vin_type_size(out->type);
    g_autofree guint8 *values = NULL;

    if (proto->has_raw_data && proto->raw_data.len != raw_bytes) {
        return fail_size(proto, out, proto->raw_data.len, error);
    }
    if (!proto->has_raw_data && list_length(proto) != out->n_values) {
        return fail_size(proto, out, list_length(proto), error);
    }
    if (proto->has_raw_data && (proto->data_type == DT_FLOAT || proto->data_type == DT_INT64)) {
        out->data = g_bytes_new_take(g_steal_pointer(&proto->raw_data.data), n_bytes);
        proto->raw_data.len = 0;
        return TRUE;
    }
    values = g_try_malloc(n_bytes);
    if (values == NULL) {
        return vin_fail(error, VIN_ERROR_MEMORY, "no memory for constant \"%s\"",
                        proto->name);
    }
    if (proto->has_raw_data) {
        convert_raw(proto->data_type, proto->raw_data.data, out->n_values, values);
    } else {
        convert_list(proto, out->n_values, values);
    }
    out->data = g_bytes_new_take(g_steal_pointer(&values), n_bytes);
    return TRUE;
}

gboolean vin_onnx_tensor_read(Onnx__TensorProto *proto, const char *folder, VinOnnxTensor *out,
                              GError **error)
{
    const gsize width = element_bytes(proto->data_type);

    *out = (VinOnnxTensor){0};
    if (proto->name == NULL) {
        proto->name = g_strdup("(unnamed)");
    }
    if (width == 0) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "constant \"%s\" has ONNX data type %d; supported are float (1), int32 "
                        "(6), int64 (7), bool (9), float16 (10) and double (11)",
                        proto->name, proto->data_type);
    }
    out->type = proto->data_type == DT_INT32 || proto->data_type == DT_INT64 ||
                        proto->data_type == DT_BOOL
                    ? VIN_TYPE_I64
                    : VIN_TYPE_F32;
    if (!read_shape(proto, out, error)) {
        return FALSE;
    }
    if (out->n_values > VIN_ONNX_MAX_CONSTANT_BYTES / MAX(width, vin_type_size(out->type))) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "constant \"%s\" has %" G_GUINT64_FORMAT " values, which are over "
                        "%" G_GUINT64_FORMAT " bytes",
                        proto->name, out->n_values, VIN_ONNX_MAX_CONSTANT_BYTES);
    }
    if (proto->data_location != 0 &&
        !vin_onnx_external_read(proto, folder, out->n_values * width, error)) {
        return FALSE;
    }
    return read_values(proto, out, error);
}

void vin_onnx_tensor_clear(VinOnnxTensor *tensor)
{
    g_clear_pointer(&tensor->data, g_bytes_unref);
    *tensor = (VinOnnxTensor){0};
}
