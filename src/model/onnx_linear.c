/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX operators that multiply and add constants: Gemm, MatMul, Add, Mul and
 * BatchNormalization.
 */
#include "model/onnx_import.h"

/* Nodes that share a constant make a vector of their own each. */
#define MAX_SPREAD_VALUES (1u << 24)

static gboolean need_2d(const Onnx__NodeProto *node, const char *what, const VinTensor *tensor,
                        GError **error)
{
    g_autofree char *shape = NULL;

    if (tensor->shape.n_dims == 2) {
        return TRUE;
    }
    shape = vin_shape_to_string(&tensor->shape);
    return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                         "%s \"%s\" has shape %s; two dimensions are supported", what,
                         tensor->name, shape);
}

/* The bias of a Gemm as [M]: given as [M], [1, M] or one value for all. */
static VinTensor *gemm_bias(VinOnnxImport *import, const Onnx__NodeProto *node, guint32 m,
                            GError **error)
{
    const VinOnnxTensor *bias = vin_onnx_constant(import, node, 2, VIN_TYPE_F32, error);
    const VinShape shape = {1, {m}};

    if (bias == NULL) {
        return NULL;
    }
    if (bias->n_values == m && bias->shape.n_dims <= 2 &&
        (bias->shape.n_dims < 2 || bias->shape.dims[1] == m)) {
        return vin_onnx_weight(import, node, 2, &shape, error);
    }
    if (bias->n_values == 1 && bias->shape.n_dims <= 2) {
        const float *one = g_bytes_get_data(bias->data, NULL);
        g_autofree char *name = NULL;
        g_autoptr(GBytes) bytes = NULL;
        float *values;

        import->spread_values += m;
        if (import->spread_values > MAX_SPREAD_VALUES) {
            vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                          "biases of one value are for over %u outputs together; as many are "
                          "supported",
                          MAX_SPREAD_VALUES);
            return NULL;
        }
        name = vin_graph_unique_name(import->graph, node->input[2]);
        values = g_new(float, m);
        for (guint32 i = 0; i < m; i++) {
            values[i] = *one;
        }
        bytes = g_bytes_new_take(values, m * sizeof *values);
        return vin_graph_add_constant(import->graph, name, VIN_TYPE_F32, &shape, bytes);
    }
    vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                  "input 2 has %" G_GUINT64_FORMAT " values; one value for each of the %u outputs, "
                  "or one for all, is supported",
                  bias->n_values, m);
    return NULL;
}

gboolean vin_onnx_build_gemm(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    VinNode proto = {.op = VIN_OP_GEMM, .n_inputs = 2};
    VinTensor *x = vin_onnx_activation(import, node, 0, error);
    VinTensor *w = x != NULL ? vin_onnx_weight(import, node, 1, NULL, error) : NULL;
    gint64 trans_a, trans_b;

    if (w == NULL || !need_2d(node, "input", x, error) || !need_2d(node, "constant", w, error) ||
        !vin_onnx_attr_int(node, "transA", (VinOnnxRange){0, 0, 0}, &trans_a, error) ||
        !vin_onnx_attr_int(node, "transB", (VinOnnxRange){0, 1, 0}, &trans_b, error) ||
        !vin_onnx_attr_float(node, "alpha", 1.0f, &proto.u.gemm.alpha, error) ||
        !vin_onnx_attr_float(node, "beta", 1.0f, &proto.u.gemm.beta, error)) {
        return FALSE;
    }
    proto.u.gemm.trans_b = trans_b != 0;
    proto.inputs[0] = x;
    proto.inputs[1] = w;
    if (vin_onnx_has_input(node, 2)) {
        proto.inputs[2] = gemm_bias(import, node, w->shape.dims[trans_b != 0 ? 0 : 1], error);
        proto.n_inputs = 3;
        if (proto.inputs[2] == NULL) {
            return FALSE;
        }
    }
    return vin_onnx_emit(import, node, &proto, error);
}

gboolean vin_onnx_build_matmul(VinOnnxImport *import, const Onnx__NodeProto *node,
                               GError **error)
{
    VinNode proto = {.op = VIN_OP_GEMM, .n_inputs = 2};
    VinTensor *x = vin_onnx_activation(import, node, 0, error);
    VinTensor *w = x != NULL ? vin_onnx_weight(import, node, 1, NULL, error) : NULL;

    if (w == NULL || !need_2d(node, "input", x, error) || !need_2d(node, "constant", w, error)) {
        return FALSE;
    }
    proto.u.gemm.alpha = 1.0f;
    proto.u.gemm.beta = 1.0f;
    proto.inputs[0] = x;
    proto.inputs[1] = w;
    return vin_onnx_emit(import, node, &proto, error);
}

/* Which dimension of @x the first one of a constant of @n_dims stands for. Broadcasting
 * aligns the last dimensions; before operator set 7 an attribute could say otherwise. */
static gboolean first_dim(VinOnnxImport *import, const Onnx__NodeProto *node, const VinShape *x,
                          guint n_dims, guint *out, GError **error)
{
    const VinOnnxRange flag = {0, 1, 0};
    gint64 broadcast;

    if (n_dims > x->n_dims) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "its constant has %u dimensions, more than the other input's %u",
                             n_dims, x->n_dims);
    }
    *out = x->n_dims - n_dims;
    if (import->opset >= 7) {
        return TRUE;
    }
    if (!vin_onnx_attr_int(node, "broadcast", flag, &broadcast, error)) {
        return FALSE;
    }
    if (broadcast != 0 && vin_onnx_attr_find(node, "axis") != NULL) {
        return vin_onnx_axis(node, x->n_dims, 0, out, error);
    }
    return TRUE;
}

/* A constant operand as the graph wants it: a scalar or [C]. */
static VinTensor *channel_operand(VinOnnxImport *import, const Onnx__NodeProto *node, guint i,
                                  const VinTensor *x, GError **error)
{
    const VinOnnxTensor *y = vin_onnx_constant(import, node, i, VIN_TYPE_F32, error);
    VinShape shape = {0};
    gboolean fits = TRUE;
    guint first;

    if (y == NULL || !first_dim(import, node, &x->shape, y->shape.n_dims, &first, error)) {
        return NULL;
    }
    for (guint k = 0; k < y->shape.n_dims; k++) {
        const guint32 dim = y->shape.dims[k];

        if (dim != 1 && first + k == 1 && dim == vin_tensor_c(x)) {
            shape = (VinShape){1, {dim}};
        } else if (dim != 1) {
            fits = FALSE;
        }
    }
    if (!fits) {
        g_autofree char *seen = vin_shape_to_string(&y->shape);
        g_autofree char *other = vin_shape_to_string(&x->shape);

        vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                      "its constant has shape %s, the other input %s; one value, or one a "
                      "channel, is supported",
                      seen, other);
        return NULL;
    }
    return vin_onnx_weight(import, node, i, &shape, error);
}

gboolean vin_onnx_build_add_mul(VinOnnxImport *import, const Onnx__NodeProto *node,
                                GError **error)
{
    const gboolean is_add = g_str_equal(node->op_type, "Add");
    const guint first = vin_onnx_is_constant(import, node, 0) ? 1 : 0;
    VinNode proto = {.op = is_add ? VIN_OP_ADD : VIN_OP_MUL, .n_inputs = 2};
    VinTensor *x = vin_onnx_activation(import, node, first, error);
    VinTensor *y;

    if (x == NULL) {
        return FALSE;
    }
    if (vin_onnx_is_constant(import, node, 1 - first)) {
        y = channel_operand(import, node, 1 - first, x, error);
    } else {
        y = vin_onnx_activation(import, node, 1 - first, error);
    }
    if (y == NULL) {
        return FALSE;
    }
    proto.inputs[0] = x;
    proto.inputs[1] = y;
    return vin_onnx_emit(import, node, &proto, error);
}

gboolean vin_onnx_build_batchnorm(VinOnnxImport *import, const Onnx__NodeProto *node,
                                  GError **error)
{
    VinNode proto = {.op = VIN_OP_BATCHNORM, .n_inputs = 5};
    gint64 spatial, training;

    proto.inputs[0] = vin_onnx_activation(import, node, 0, error);
    if (proto.inputs[0] == NULL ||
        !vin_onnx_attr_int(node, "spatial", (VinOnnxRange){1, 1, 1}, &spatial, error) ||
        !vin_onnx_attr_int(node, "training_mode", (VinOnnxRange){0, 0, 0}, &training, error) ||
        !vin_onnx_attr_float(node, "epsilon", 1e-5f, &proto.u.epsilon, error)) {
        return FALSE;
    }
    for (guint i = 1; i < 5; i++) { /* scale, bias, mean, variance */
        proto.inputs[i] = vin_onnx_weight(import, node, i, NULL, error);
        if (proto.inputs[i] == NULL) {
            return FALSE;
        }
    }
    return vin_onnx_emit(import, node, &proto, error);
}
