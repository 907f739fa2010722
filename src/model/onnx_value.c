/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the operator builders share: inputs as activations, constants or weights, and
 * putting a finished node into the graph.
 */
#include "base/error.h"
#include "model/onnx_import.h"

static VinOnnxValue *find_value(const VinOnnxImport *import, const Onnx__NodeProto *node, guint i)
{
    return vin_onnx_has_input(node, i) ? g_hash_table_lookup(import->values, node->input[i])
                                       : NULL;
}

static gboolean is_constant(const VinOnnxValue *value)
{
    return value->proto != NULL || value->constant.data != NULL;
}

gboolean vin_onnx_has_input(const Onnx__NodeProto *node, guint i)
{
    return i < node->n_input && node->input[i][0] != '\0';
}

gboolean vin_onnx_is_constant(const VinOnnxImport *import, const Onnx__NodeProto *node, guint i)
{
    const VinOnnxValue *value = find_value(import, node, i);

    return value != NULL && is_constant(value);
}

VinTensor *vin_onnx_activation(VinOnnxImport *import, const Onnx__NodeProto *node, guint i,
                               GError **error)
{
    const VinOnnxValue *value = find_value(import, node, i);

    if (value == NULL || value->tensor == NULL) {
        vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                      "input %u is %s; the result of another node is supported", i,
                      value == NULL          ? "missing"
                      : is_constant(value) ? "a constant"
                                           : "an extra output of a node");
        return NULL;
    }
    return value->tensor;
}

static gboolean account(VinOnnxImport *import, guint64 n_bytes, GError **error)
{
    import->constant_bytes += n_bytes;
    if (import->constant_bytes > VIN_ONNX_MAX_CONSTANT_BYTES) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "%s: the constants hold over %" G_GUINT64_FORMAT " bytes",
                        import->file->path, VIN_ONNX_MAX_CONSTANT_BYTES);
    }
    return TRUE;
}

const VinOnnxTensor *vin_onnx_constant(VinOnnxImport *import, const Onnx__NodeProto *node,
                                       guint i, VinType type, GError **error)
{
    VinOnnxValue *value = find_value(import, node, i);

    if (value == NULL || !is_constant(value)) {
        vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                      "input %u is %s; a constant is supported", i,
                      value == NULL ? "missing" : "computed");
        return NULL;
    }
    if (value->constant.data == NULL) {
        if (!vin_onnx_tensor_read(value->proto, import->file->folder, &value->constant, error)) {
            vin_fail_prefix(error, "node \"%s\" (%s): ", vin_onnx_node_name(node), node->op_type);
            return NULL;
        }
        if (!account(import, g_bytes_get_size(value->constant.data), error)) {
            return NULL;
        }
    }
    if (value->constant.type != type) {
        vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                      "constant \"%s\" holds %s; %s are supported here", value->name,
                      type == VIN_TYPE_F32 ? "whole numbers" : "floats",
                      type == VIN_TYPE_F32 ? "floats" : "whole numbers");
        return NULL;
    }
    return &value->constant;
}

VinTensor *vin_onnx_weight(VinOnnxImport *import, const Onnx__NodeProto *node, guint i,
                           const VinShape *shape, GError **error)
{
    const VinOnnxTensor *constant = vin_onnx_constant(import, node, i, VIN_TYPE_F32, error);
    VinTensor *tensor;

    if (constant == NULL) {
        return NULL;
    }
    if (shape == NULL) {
        shape = &constant->shape;
    }
    tensor = vin_graph_find_tensor(import->graph, node->input[i]);
    if (tensor != NULL && vin_shape_equal(&tensor->shape, shape)) {
        return tensor;
    }
    if (tensor != NULL) { /* the same values were used in another shape before */
        g_autofree char *name = vin_graph_unique_name(import->graph, node->input[i]);

        return vin_graph_add_constant(import->graph, name, VIN_TYPE_F32, shape, constant->data);
    }
    return vin_graph_add_constant(import->graph, node->input[i], VIN_TYPE_F32, shape,
                                  constant->data);
}

gboolean vin_onnx_emit(VinOnnxImport *import, const Onnx__NodeProto *node, const VinNode *proto,
                       GError **error)
{
    VinOnnxValue *value = g_hash_table_lookup(import->values, node->output[0]);

    value->tensor = vin_graph_add_node(import->graph, vin_onnx_node_name(node), proto,
                                       node->output[0], error);
    return value->tensor != NULL;
}

gboolean vin_onnx_emit_constant(VinOnnxImport *import, const Onnx__NodeProto *node,
                                VinOnnxTensor *constant, GError **error)
{
    VinOnnxValue *value = g_hash_table_lookup(import->values, node->output[0]);

    value->constant = *constant;
    *constant = (VinOnnxTensor){0};
    return account(import, g_bytes_get_size(value->constant.data), error);
}

gboolean vin_onnx_need_4d(const Onnx__NodeProto *node, const VinTensor *x, GError **error)
{
    g_autofree char *shape = NULL;

    if (x->shape.n_dims == 4) {
        return TRUE;
    }
    shape = vin_shape_to_string(&x->shape);
    return vin_onnx_fail(node, VIN_ERROR_UNSUPPORTED, error,
                         "input \"%s\" has shape %s; N x C x H x W is supported", x->name, shape);
}

gboolean vin_onnx_axis(const Onnx__NodeProto *node, guint n_dims, gint64 fallback, guint *out,
                       GError **error)
{
    const VinOnnxRange range = {-(gint64)n_dims, (gint64)n_dims - 1, fallback};
    gint64 axis;

    if (!vin_onnx_attr_int(node, "axis", range, &axis, error)) {
        return FALSE;
    }
    *out = (guint)(axis < 0 ? axis + (gint64)n_dims : axis);
    return TRUE;
}
