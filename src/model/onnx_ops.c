/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table of ONNX operators this library reads, and the builders of the simple ones.
 * A new operator is a row here and a builder.
 */
#include "base/error.h"
#include "model/onnx_import.h"

static gboolean build_unary(VinOnnxImport *import, const Onnx__NodeProto *node, VinOp op,
                            GError **error)
{
    VinNode proto = {.op = op, .n_inputs = 1};

    proto.inputs[0] = vin_onnx_activation(import, node, 0, error);
    return proto.inputs[0] != NULL && vin_onnx_emit(import, node, &proto, error);
}

static gboolean build_relu(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    return build_unary(import, node, VIN_OP_RELU, error);
}

static gboolean build_sigmoid(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    return build_unary(import, node, VIN_OP_SIGMOID, error);
}

static gboolean build_identity(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    const VinOnnxTensor *constant;
    VinOnnxTensor copy;

    if (!vin_onnx_is_constant(import, node, 0)) {
        return build_unary(import, node, VIN_OP_IDENTITY, error);
    }
    constant = vin_onnx_constant(import, node, 0, VIN_TYPE_F32, error);
    if (constant == NULL) {
        return FALSE;
    }
    copy = *constant;
    g_bytes_ref(copy.data);
    return vin_onnx_emit_constant(import, node, &copy, error);
}

static gboolean build_dropout(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    if (vin_onnx_has_input(node, 2)) { /* training_mode, from operator set 12 */
        const VinOnnxTensor *training = vin_onnx_constant(import, node, 2, VIN_TYPE_I64, error);

        if (training == NULL) {
            return FALSE;
        }
        if (training->n_values != 1 || *(const gint64 *)g_bytes_get_data(training->data, NULL)) {
            return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                                 "it is in training mode; inference is supported");
        }
    }
    return build_unary(import, node, VIN_OP_DROPOUT, error);
}

static gboolean build_lrn(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    VinNode proto = {.op = VIN_OP_LRN, .n_inputs = 1};
    VinLrnParams *p = &proto.u.lrn;
    gint64 size;

    proto.inputs[0] = vin_onnx_activation(import, node, 0, error);
    if (proto.inputs[0] == NULL) {
        return FALSE;
    }
    if (vin_onnx_attr_find(node, "size") == NULL) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error, "attribute \"size\" is missing");
    }
    if (!vin_onnx_attr_int(node, "size", (VinOnnxRange){1, G_MAXINT16, 1}, &size, error) ||
        !vin_onnx_attr_float(node, "alpha", 1e-4f, &p->alpha, error) ||
        !vin_onnx_attr_float(node, "beta", 0.75f, &p->beta, error) ||
        !vin_onnx_attr_float(node, "bias", 1.0f, &p->bias, error)) {
        return FALSE;
    }
    p->size = (guint32)size;
    return vin_onnx_emit(import, node, &proto, error);
}

static gboolean build_concat(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    VinNode proto = {.op = VIN_OP_CONCAT, .n_inputs = (guint)node->n_input};
    guint axis;

    for (guint i = 0; i < proto.n_inputs; i++) {
        proto.inputs[i] = vin_onnx_activation(import, node, i, error);
        if (proto.inputs[i] == NULL) {
            return FALSE;
        }
    }
    if (!vin_onnx_axis(node, proto.inputs[0]->shape.n_dims, 1, &axis, error)) {
        return FALSE;
    }
    if (axis != 1) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "it joins along dimension %u; 1 (channels) is supported", axis);
    }
    return vin_onnx_emit(import, node, &proto, error);
}

/* Up to operator set 12 Softmax runs over all dimensions from axis on, later over axis alone.
 * Both are the same where H = W = 1, which the graph's shape rules ask for. */
static gboolean build_softmax(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    const VinTensor *x = vin_onnx_activation(import, node, 0, error);
    guint axis;

    if (x == NULL ||
        !vin_onnx_axis(node, x->shape.n_dims, import->opset < 13 ? 1 : -1, &axis, error)) {
        return FALSE;
    }
    if (axis != 1) {
        return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                             "it runs over dimension %u; 1 (channels) is supported", axis);
    }
    return build_unary(import, node, VIN_OP_SOFTMAX, error);
}

/* Numbers given as an attribute's own list or single value; @n_dims 0 for the latter. */
static gboolean emit_numbers(VinOnnxImport *import, const Onnx__NodeProto *node, VinType type,
                             gconstpointer values, guint64 n_values, guint n_dims, GError **error)
{
    VinOnnxTensor constant = {.type = type, .n_values = n_values};

    if (n_values < 1 || n_values > G_MAXINT32) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "it has %" G_GUINT64_FORMAT " values; 1 to %d are accepted",
                             n_values, G_MAXINT32);
    }
    constant.shape.n_dims = n_dims;
    constant.shape.dims[0] = (guint32)n_values;
    constant.data = g_bytes_new(values, n_values * vin_type_size(type));
    return vin_onnx_emit_constant(import, node, &constant, error);
}

static gboolean build_constant(VinOnnxImport *import, const Onnx__NodeProto *node, GError **error)
{
    const Onnx__AttributeProto *attribute = node->n_attribute == 1 ? node->attribute[0] : NULL;
    const char *name = attribute != NULL ? attribute->name : "";
    VinOnnxTensor constant;

    if (g_str_equal(name, "value_float")) {
        return emit_numbers(import, node, VIN_TYPE_F32, &attribute->f, 1, 0, error);
    }
    if (g_str_equal(name, "value_int")) {
        return emit_numbers(import, node, VIN_TYPE_I64, &attribute->i, 1, 0, error);
    }
    if (g_str_equal(name, "value_floats")) {
        return emit_numbers(import, node, VIN_TYPE_F32, attribute->floats, attribute->n_floats, 1,
                            error);
    }
    if (g_str_equal(name, "value_ints")) {
        return emit_numbers(import, node, VIN_TYPE_I64, attribute->ints, attribute->n_ints, 1,
                            error);
    }
    if (attribute == NULL || attribute->t == NULL) {
        return vin_onnx_fail(node, VIN_ERROR_FORMAT, error,
                             "it has no tensor in attribute \"value\", and no numbers instead");
    }
    if (!vin_onnx_tensor_read(attribute->t, import->file->folder, &constant, error)) {
        vin_fail_prefix(error, "node \"%s\" (Constant): ", vin_onnx_node_name(node));
        return FALSE;
    }
    return vin_onnx_emit_constant(import, node, &constant, error);
}

#define WINDOW_ATTRS "kernel_shape strides pads dilations auto_pad"
#define LINEAR_ATTRS "broadcast axis consumed_inputs"

/* In alphabetical order. Attributes that only matter in training are known, and ignored. */
static const VinOnnxOp ops[] = {
    {"Add", vin_onnx_build_add_mul, 2, 2, LINEAR_ATTRS},
    {"AveragePool", vin_onnx_build_pool, 1, 1, WINDOW_ATTRS " count_include_pad ceil_mode"},
    {"BatchNormalization", vin_onnx_build_batchnorm, 5, 5,
     "epsilon momentum spatial is_test training_mode consumed_inputs"},
    {"Concat", build_concat, 1, VIN_MAX_INPUTS, "axis"},
    {"Constant", build_constant, 0, 0, "value value_float value_floats value_int value_ints"},
    {"Conv", vin_onnx_build_conv, 2, 3, WINDOW_ATTRS " group"},
    {"Dropout", build_dropout, 1, 3, "ratio seed is_test consumed_inputs"},
    {"Flatten", vin_onnx_build_flatten, 1, 1, "axis"},
    {"Gemm", vin_onnx_build_gemm, 2, 3, "alpha beta transA transB broadcast"},
    {"GlobalAveragePool", vin_onnx_build_global_pool, 1, 1, ""},
    {"Identity", build_identity, 1, 1, ""},
    {"LRN", build_lrn, 1, 1, "alpha beta bias size"},
    {"MatMul", vin_onnx_build_matmul, 2, 2, ""},
    {"MaxPool", vin_onnx_build_pool, 1, 1, WINDOW_ATTRS " ceil_mode storage_order"},
    {"Mul", vin_onnx_build_add_mul, 2, 2, LINEAR_ATTRS},
    {"Relu", build_relu, 1, 1, "consumed_inputs"},
    {"Reshape", vin_onnx_build_reshape, 1, 2, "shape allowzero consumed_inputs"},
    {"Sigmoid", build_sigmoid, 1, 1, "consumed_inputs"},
    {"Softmax", build_softmax, 1, 1, "axis"},
};

const VinOnnxOp *vin_onnx_op_find(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        if (g_str_equal(ops[i].op, name)) {
            return &ops[i];
        }
    }
    return NULL;
}

char *vin_onnx_op_list(void)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", ops[i].op);
    }
    return g_string_free(text, FALSE);
}
