/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX Reshape and Flatten. Constants are reshaped while importing, activations by a node.
 */
#include <string.h>

#include "base/bytes.h"
#include "model/onnx_import.h"

/* The wanted dimensions, from input 1 or, before operator set 5, the attribute. */
static gboolean read_target(VinOnnxImport *import, const Onnx__NodeProto *node, gint64 *dims,
                            guint *n_dims, GError **error)
{
    const Onnx__AttributeProto *attribute = vin_onnx_attr_find(node, "shape");
    const gint64 *source = attribute != NULL ? attribute->ints : NULL;
    guint64 n = attribute != NULL ? attribute->n_ints : 0;

    if (import->opset >= 5 || attribute == NULL) {
        const VinOnnxTensor *shape = vin_onnx_constant(import, node, 1, VIN_TYPE_I64, error);

        if (shape == NULL) {
            return FALSE;
        }
        source = g_bytes_get_data(shape->data, NULL);
        n = shape->n_values;
    }
    if (n < 1 || n > VIN_MAX_DIMS) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "the new shape has %" G_GUINT64_FORMAT " dimensions; 1 to %d are "
                             "supported",
                             n, VIN_MAX_DIMS);
    }
    *n_dims = (guint)n;
    memcpy(dims, source, n * sizeof *dims);
    return TRUE;
}

/* Fills in the one -1 so that the number of values is @n_values. */
static gboolean infer_dim(const Onnx__NodeProto *node, guint64 n_values, gint infer, VinShape *out,
                          GError **error)
{
    guint64 known = 1;

    for (guint i = 0; i < out->n_dims; i++) {
        if ((gint)i != infer && (!vin_mul_u64(known, out->dims[i], &known) || known > n_values)) {
            known = 0;
            break;
        }
    }
    if (known == 0 || n_values % known != 0 || (infer < 0 && known != n_values)) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "the new shape does not hold the input's %" G_GUINT64_FORMAT
                             " values",
                             n_values);
    }
    if (infer >= 0) {
        out->dims[infer] = (guint32)(n_values / known);
    }
    return TRUE;
}

/* @is_activation: dimension 0 is the batch, and 1 here whatever the file was made for. */
static gboolean resolve_target(VinOnnxImport *import, const Onnx__NodeProto *node,
                               const VinShape *from, gboolean is_activation, VinShape *out,
                               GError **error)
{
    gint64 dims[VIN_MAX_DIMS];
    gint64 allow_zero;
    gint infer = -1;

    if (!read_target(import, node, dims, &out->n_dims, error) ||
        !vin_onnx_attr_int(node, "allowzero", (VinOnnxRange){0, 1, 0}, &allow_zero, error)) {
        return FALSE;
    }
    for (guint i = 0; i < out->n_dims; i++) {
        gint64 dim = dims[i];

        if (dim == 0 && allow_zero == 0 && i < from->n_dims) {
            dim = from->dims[i];
        }
        if (is_activation && i == 0 && import->declared_batch != 0 &&
            dim == import->declared_batch) {
            dim = 1;
        }
        if (dim == -1 && infer < 0) {
            infer = (gint)i;
            dim = 1;
        }
        if (dim < 1 || dim > G_MAXINT32) {
            return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                                 "dimension %u of the new shape is %" G_GINT64_FORMAT
                                 "; 1 to %d, one -1, and 0 for a dimension of the input are "
                                 "supported",
                                 i, dims[i], G_MAXINT32);
        }
        out->dims[i] = (guint32)dim;
    }
    return infer_dim(node, vin_shape_n_values(from), infer, out, error);
}

static gboolean reshape_constant(VinOnnxImport *import, const Onnx__NodeProto *node,
                                 GError **error)
{
    const VinOnnxTensor *from = vin_onnx_constant(import, node, 0, VIN_TYPE_F32, error);
    VinOnnxTensor to = {0};

    if (from == NULL || !resolve_target(import, node, &from->shape, FALSE, &to.shape, error)) {
        return FALSE;
    }
    to.type = from->type;
    to.n_values = from->n_values;
    to.data = g_bytes_ref(from->data);
    return vin_onnx_emit_constant(import, node, &to, error);
}

gboolean vin_onnx_build_reshape(VinOnnxImport *import, const Onnx__NodeProto *node,
                                GError **error)
{
    VinNode proto = {.op = VIN_OP_RESHAPE, .n_inputs = 1};
    VinTensor *x;

    if (vin_onnx_is_constant(import, node, 0)) {
        return reshape_constant(import, node, error);
    }
    x = vin_onnx_activation(import, node, 0, error);
    if (x == NULL ||
        !resolve_target(import, node, &x->shape, TRUE, &proto.u.shape, error)) {
        return FALSE;
    }
    if (proto.u.shape.dims[0] != 1 ||
        (proto.u.shape.n_dims != 2 && proto.u.shape.n_dims != 4)) {
        g_autofree char *shape = vin_shape_to_string(&proto.u.shape);

        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "the new shape is %s; N x C and N x C x H x W are supported", shape);
    }
    proto.inputs[0] = x;
    return vin_onnx_emit(import, node, &proto, error);
}

gboolean vin_onnx_build_flatten(VinOnnxImport *import, const Onnx__NodeProto *node,
                                GError **error)
{
    VinNode proto = {.op = VIN_OP_RESHAPE, .n_inputs = 1};
    VinTensor *x = vin_onnx_activation(import, node, 0, error);
    guint axis;

    if (x == NULL || !vin_onnx_axis(node, x->shape.n_dims, 1, &axis, error)) {
        return FALSE;
    }
    if (axis != 1) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "attribute \"axis\" is %u; 1 is supported", axis);
    }
    proto.u.shape = vin_shape_nc(1, (guint32)vin_shape_n_values(&x->shape));
    proto.inputs[0] = x;
    return vin_onnx_emit(import, node, &proto, error);
}
