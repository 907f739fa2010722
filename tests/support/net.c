/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The builders of small random networks. Weights are scaled so that values keep their size
 * from layer to layer.
 */
#include "support/net.h"

#include <math.h>

VinNet *vin_net_new(guint64 seed, const VinShape *input)
{
    VinNet *net = g_new0(VinNet, 1);

    net->graph = vin_graph_new();
    net->random.state = seed;
    net->input = vin_graph_add_tensor(net->graph, "x", input);
    g_ptr_array_add(net->graph->inputs, net->input);
    return net;
}

void vin_net_free(VinNet *net)
{
    if (net != NULL) {
        vin_graph_free(net->graph);
        g_free(net);
    }
}

void vin_net_output(VinNet *net, VinTensor *tensor)
{
    g_ptr_array_add(net->graph->outputs, tensor);
}

VinTensor *vin_net_node(VinNet *net, const VinNode *proto)
{
    g_autofree char *name = g_strdup_printf("%s%u", vin_op_name(proto->op), ++net->n_nodes);
    g_autofree char *output = g_strdup_printf("%s_out", name);
    g_autoptr(GError) error = NULL;
    VinTensor *tensor = vin_graph_add_node(net->graph, name, proto, output, &error);

    g_assert_no_error(error);
    g_assert_nonnull(tensor);
    return tensor;
}

VinTensor *vin_net_constant(VinNet *net, const VinShape *shape, float low, float high)
{
    g_autofree char *name = vin_graph_unique_name(net->graph, "constant");

    return vin_random_constant(&net->random, net->graph, name, shape, low, high);
}

VinTensor *vin_net_conv(VinNet *net, VinTensor *x, guint32 k, guint32 kernel, guint32 stride,
                        guint32 pad, gboolean bias)
{
    VinShape w = vin_shape_nchw(k, vin_tensor_c(x), kernel, kernel);
    VinShape b = {1, {k}};
    float limit = sqrtf(3.0f / (float)(vin_tensor_c(x) * kernel * kernel));
    VinNode node = {.op = VIN_OP_CONV, .n_inputs = bias ? 3 : 2};

    node.inputs[0] = x;
    node.inputs[1] = vin_net_constant(net, &w, -limit, limit);
    node.inputs[2] = bias ? vin_net_constant(net, &b, -1, 1) : NULL;
    node.u.window = (VinWindowParams){
        .kernel_h = kernel, .kernel_w = kernel, .stride_h = stride, .stride_w = stride,
        .dilation_h = 1, .dilation_w = 1, .pad_top = pad, .pad_left = pad, .pad_bottom = pad,
        .pad_right = pad, .groups = 1};
    return vin_net_node(net, &node);
}

VinTensor *vin_net_pool(VinNet *net, VinOp op, VinTensor *x, guint32 kernel, guint32 stride,
                        guint32 pad)
{
    VinNode node = {.op = op, .n_inputs = 1};

    node.inputs[0] = x;
    node.u.window = (VinWindowParams){
        .kernel_h = kernel, .kernel_w = kernel, .stride_h = stride, .stride_w = stride,
        .dilation_h = 1, .dilation_w = 1, .pad_top = pad, .pad_left = pad, .pad_bottom = pad,
        .pad_right = pad, .groups = 1};
    return vin_net_node(net, &node);
}

VinTensor *vin_net_gemm(VinNet *net, VinTensor *x, guint32 m, gboolean trans_b)
{
    guint32 n_columns = (guint32)(vin_shape_n_values(&x->shape) / vin_tensor_n(x));
    VinShape w = trans_b ? vin_shape_nc(m, n_columns) : vin_shape_nc(n_columns, m);
    VinShape b = {1, {m}};
    float limit = sqrtf(3.0f / (float)n_columns);
    VinNode node = {.op = VIN_OP_GEMM, .n_inputs = 3};

    node.inputs[0] = x;
    node.inputs[1] = vin_net_constant(net, &w, -limit, limit);
    node.inputs[2] = vin_net_constant(net, &b, -1, 1);
    node.u.gemm = (VinGemmParams){.trans_b = trans_b, .alpha = 1.25f, .beta = 0.5f};
    return vin_net_node(net, &node);
}

VinTensor *vin_net_batchnorm(VinNet *net, VinTensor *x)
{
    VinShape vector = {1, {vin_tensor_c(x)}};
    VinNode node = {.op = VIN_OP_BATCHNORM, .n_inputs = 5};

    node.inputs[0] = x;
    node.inputs[1] = vin_net_constant(net, &vector, -2, 2);
    node.inputs[2] = vin_net_constant(net, &vector, -1, 1);
    node.inputs[3] = vin_net_constant(net, &vector, -1, 1);
    node.inputs[4] = vin_net_constant(net, &vector, 0.25f, 4);
    node.u.epsilon = 1e-3f;
    return vin_net_node(net, &node);
}

VinTensor *vin_net_reshape(VinNet *net, VinTensor *x, const VinShape *shape)
{
    VinNode node = {.op = VIN_OP_RESHAPE, .n_inputs = 1};

    node.inputs[0] = x;
    node.u.shape = *shape;
    return vin_net_node(net, &node);
}

VinTensor *vin_net_unary(VinNet *net, VinOp op, VinTensor *x)
{
    VinNode node = {.op = op, .n_inputs = 1};

    node.inputs[0] = x;
    if (op == VIN_OP_LRN) {
        node.u.lrn = (VinLrnParams){.size = 5, .alpha = 0.5f, .beta = 0.75f, .bias = 1};
    }
    return vin_net_node(net, &node);
}

VinTensor *vin_net_binary(VinNet *net, VinOp op, VinTensor *x, VinTensor *y)
{
    VinNode node = {.op = op, .n_inputs = 2};

    node.inputs[0] = x;
    node.inputs[1] = y;
    return vin_net_node(net, &node);
}

VinTensor *vin_net_concat(VinNet *net, VinTensor *const *inputs, guint n_inputs)
{
    VinNode node = {.op = VIN_OP_CONCAT, .n_inputs = n_inputs};

    for (guint i = 0; i < n_inputs; i++) {
        node.inputs[i] = inputs[i];
    }
    return vin_net_node(net, &node);
}

VinTensor *vin_net_inception(VinNet *net, VinTensor *x)
{
    VinTensor *branches[4];
    VinTensor *reduced;

    branches[0] = vin_net_conv(net, x, 5, 1, 1, 0, TRUE);
    branches[0] = vin_net_unary(net, VIN_OP_RELU, branches[0]);
    reduced = vin_net_conv(net, x, 3, 1, 1, 0, TRUE);
    reduced = vin_net_unary(net, VIN_OP_RELU, reduced);
    branches[1] = vin_net_conv(net, reduced, 7, 3, 1, 1, TRUE);
    branches[1] = vin_net_unary(net, VIN_OP_RELU, branches[1]);
    reduced = vin_net_conv(net, x, 2, 1, 1, 0, TRUE);
    reduced = vin_net_unary(net, VIN_OP_RELU, reduced);
    branches[2] = vin_net_conv(net, reduced, 3, 5, 1, 2, TRUE);
    branches[2] = vin_net_unary(net, VIN_OP_RELU, branches[2]);
    reduced = vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 1, 1);
    branches[3] = vin_net_conv(net, reduced, 4, 1, 1, 0, TRUE);
    branches[3] = vin_net_unary(net, VIN_OP_RELU, branches[3]);
    return vin_net_concat(net, branches, 4);
}

guint vin_net_count(const VinGraph *graph, VinOp op)
{
    guint n = 0;

    for (guint i = 0; i < graph->nodes->len; i++) {
        n += ((const VinNode *)g_ptr_array_index(graph->nodes, i))->op == op;
    }
    return n;
}
