/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every ONNX operator: parameters and shapes that come out, and what is refused.
 */
#include "onnx_make.h"

static void test_conv(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Conv", "N 3 17 20", "x w b", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinWindowParams *p;

    onnx_make_floats(model, "w", "8 3 5 3");
    onnx_make_floats(model, "b", "8");
    onnx_make_attr_ints(node, "kernel_shape", "5 3");
    onnx_make_attr_ints(node, "strides", "2 3");
    onnx_make_attr_ints(node, "pads", "1 2 3 4");
    graph = onnx_make_imported(model);
    p = &onnx_make_find_node(graph, "node")->u.window;
    g_assert_cmpuint(p->kernel_h, ==, 5);
    g_assert_cmpuint(p->kernel_w, ==, 3);
    g_assert_cmpuint(p->stride_h, ==, 2);
    g_assert_cmpuint(p->stride_w, ==, 3);
    g_assert_cmpuint(p->pad_top, ==, 1);
    g_assert_cmpuint(p->pad_left, ==, 2);
    g_assert_cmpuint(p->pad_bottom, ==, 3);
    g_assert_cmpuint(p->pad_right, ==, 4);
    g_assert_cmpuint(p->groups, ==, 1);
    onnx_make_assert_shape(graph, "y", "1x8x9x8");
    g_assert_cmpfloat(vin_tensor_floats(vin_graph_find_tensor(graph, "b"))[7], ==, 4.0f);
}

/* The kernel's size comes from the weights where the attribute is left out. */
static void test_conv_defaults(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Conv", "1 4 9 9", "x w", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_floats(model, "w", "6 2 3 3");
    onnx_make_attr_int(node, "group", 2);
    onnx_make_attr_ints(node, "dilations", "2 2");
    model->graph->input[0]->type->tensor_type->shape->dim[1]->dim_value = 3;
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|w|group");

    model = onnx_make_one(12, "Conv", "1 1 9 9", "x w -", &node);
    onnx_make_floats(model, "w", "6 1 3 3");
    onnx_make_attr_ints(node, "dilations", "2 2");
    graph = onnx_make_imported(model);
    g_assert_cmpuint(onnx_make_find_node(graph, "node")->u.window.kernel_h, ==, 3);
    onnx_make_assert_shape(graph, "y", "1x6x5x5");
}

static void check_auto_pad(const char *auto_pad, const char *shape, guint top, guint bottom)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Conv", "1 3 8 8", "x w", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinWindowParams *p;

    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_text(node, "auto_pad", auto_pad);
    graph = onnx_make_imported(model);
    p = &onnx_make_find_node(graph, "node")->u.window;
    onnx_make_assert_shape(graph, "y", shape);
    g_assert_cmpuint(p->pad_top, ==, top);
    g_assert_cmpuint(p->pad_bottom, ==, bottom);
    g_assert_cmpuint(p->pad_left, ==, top);
    g_assert_cmpuint(p->pad_right, ==, bottom);
}

static void test_auto_pad(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Conv", "1 3 8 8", "x w", &node);

    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_text(node, "auto_pad", "SAME");
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|Conv|\"SAME\"|SAME_UPPER");

    model = onnx_make_one(12, "Conv", "1 3 8 8", "x w", &node);
    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_text(node, "auto_pad", "VALID");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    onnx_make_refused(model, VIN_ERROR_FORMAT, "auto_pad|pads");

    check_auto_pad("NOTSET", "1x2x3x3", 0, 0);
    check_auto_pad("VALID", "1x2x3x3", 0, 0);
    check_auto_pad("SAME_UPPER", "1x2x4x4", 0, 1);
    check_auto_pad("SAME_LOWER", "1x2x4x4", 1, 0);
}

static void test_conv_refused(void)
{
    static const char *const bad[][4] = {
        /* attribute, values, weights, words */
        {"kernel_shape", "3 3 3", "2 3 3 3", "kernel_shape|two spatial"},
        {"kernel_shape", "5 5", "2 3 3 3", "5 x 5|3 x 3"},
        {"strides", "0 1", "2 3 3 3", "strides|1 to"},
        {"pads", "-1 0 0 0", "2 3 3 3", "pads|-1"},
        {"pads", "9223372036854775807 0 0 0", "2 3 3 3", "pads"},
        {"dilations", "4096 4096", "2 3 3 3", "x"},
        {"strides", "1 1", "2 3 3", "3 dimensions"},
        {"strides", "1 1", "2 4 3 3", "w"},
        {"strange", "1", "2 3 3 3", "\"strange\"|kernel_shape"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        Onnx__NodeProto *node;
        Onnx__ModelProto *model = onnx_make_one(12, "Conv", "1 3 8 8", "x w", &node);
        g_autoptr(GError) error = NULL;
        g_autoptr(VinGraph) graph = NULL;

        onnx_make_floats(model, "w", bad[i][2]);
        onnx_make_attr_ints(node, bad[i][0], bad[i][1]);
        graph = onnx_make_graph(model, NULL, &error);
        g_assert_null(graph);
        g_test_message("%s", error->message);
        g_assert_true(error->domain == VIN_ERROR);
        onnx_make_expect(error, (VinErrorCode)error->code, bad[i][3]);
        onnx_make_expect(error, (VinErrorCode)error->code, "node|");
    }
}

static void test_pool(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "MaxPool", "1 3 7 8", "x", &node);
    g_autoptr(VinGraph) max = NULL;
    g_autoptr(VinGraph) average = NULL;
    g_autoptr(VinGraph) global = NULL;
    const VinNode *built;

    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_int(node, "ceil_mode", 1);
    max = onnx_make_imported(model);
    onnx_make_assert_shape(max, "y", "1x3x3x4");
    g_assert_cmpint(onnx_make_find_node(max, "node")->op, ==, VIN_OP_MAX_POOL);
    g_assert_true(onnx_make_find_node(max, "node")->u.window.ceil_mode);

    model = onnx_make_one(12, "AveragePool", "1 3 7 8", "x", &node);
    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    onnx_make_attr_int(node, "count_include_pad", 1);
    average = onnx_make_imported(model);
    onnx_make_assert_shape(average, "y", "1x3x7x8");
    built = onnx_make_find_node(average, "node");
    g_assert_cmpint(built->op, ==, VIN_OP_AVG_POOL);
    g_assert_true(built->u.window.count_include_pad);
    g_assert_false(built->u.window.ceil_mode);

    global = onnx_make_imported(onnx_make_one(12, "GlobalAveragePool", "1 3 7 8", "x", &node));
    onnx_make_assert_shape(global, "y", "1x3x1x1");
    g_assert_cmpuint(onnx_make_find_node(global, "node")->u.window.kernel_w, ==, 8);

    onnx_make_refused(onnx_make_one(12, "MaxPool", "1 3 7 8", "x", &node), VIN_ERROR_FORMAT,
                      "node|MaxPool|kernel_shape");
}

static void test_lrn(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "LRN", "1 3 4 4", "x", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinLrnParams *p;

    onnx_make_attr_int(node, "size", 5);
    onnx_make_attr_float(node, "alpha", 0.25f);
    onnx_make_attr_float(node, "bias", 2.0f);
    graph = onnx_make_imported(model);
    p = &onnx_make_find_node(graph, "node")->u.lrn;
    g_assert_cmpuint(p->size, ==, 5);
    g_assert_cmpfloat(p->alpha, ==, 0.25f);
    g_assert_cmpfloat(p->beta, ==, 0.75f);
    g_assert_cmpfloat(p->bias, ==, 2.0f);

    onnx_make_refused(onnx_make_one(12, "LRN", "1 3 4 4", "x", &node), VIN_ERROR_FORMAT, "size");
    model = onnx_make_one(12, "LRN", "1 3 4 4", "x", &node);
    onnx_make_attr_float(node, "size", 5.0f);
    onnx_make_refused(model, VIN_ERROR_FORMAT, "size|type");
}

static void test_concat(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Concat", "1 3 4 4", "x x", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_attr_int(node, "axis", -3);
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "y", "1x6x4x4");

    model = onnx_make_one(12, "Concat", "1 3 4 4", "x x", &node);
    onnx_make_attr_int(node, "axis", 2);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|Concat|dimension 2");
    model = onnx_make_one(12, "Concat", "1 3 4 4", "x x", &node);
    onnx_make_attr_int(node, "axis", 4);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|axis");
}

static void test_softmax(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model;
    static const struct {
        gint64 opset, axis;
        gboolean has_axis, ok;
    } cases[] = {
        {12, 0, FALSE, TRUE}, {13, 0, FALSE, TRUE}, {12, 1, TRUE, TRUE},   {13, -1, TRUE, TRUE},
        {12, 0, TRUE, FALSE}, {13, 0, TRUE, FALSE}, {13, -3, TRUE, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinGraph) graph = NULL;

        model = onnx_make_one_flat(cases[i].opset, "Softmax", "flat", &node);
        if (cases[i].has_axis) {
            onnx_make_attr_int(node, "axis", cases[i].axis);
        }
        graph = onnx_make_graph(model, NULL, &error);
        g_assert_cmpint(graph != NULL, ==, cases[i].ok);
        g_assert_cmpint(error == NULL, ==, cases[i].ok);
    }
    onnx_make_refused(onnx_make_one(12, "Softmax", "1 3 4 4", "x", &node),
                      VIN_ERROR_UNSUPPORTED, "node");
    onnx_make_refused(onnx_make_one(13, "Softmax", "1 3 4 4", "x", &node), VIN_ERROR_UNSUPPORTED,
                      "node|dimension 3");
}

static void test_sigmoid(void)
{
    Onnx__NodeProto *node;
    g_autoptr(VinGraph) graph =
        onnx_make_imported(onnx_make_one(13, "Sigmoid", "1 3 4 5", "x", &node));

    g_assert_cmpint(onnx_make_find_node(graph, "node")->op, ==, VIN_OP_SIGMOID);
    onnx_make_assert_shape(graph, "y", "1x3x4x5");
}

static void test_dropout(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(12, "Dropout", "1 3 4 5", "x ratio mode", &node);
    g_autoptr(VinGraph) graph = NULL;
    const guint8 off = 0;
    const guint8 on = 1;
    Onnx__TensorProto *mode;

    onnx_make_floats(model, "ratio", "");
    mode = onnx_make_ints(model, "mode", "0");
    mode->data_type = 9;
    g_clear_pointer(&mode->int64_data, g_free);
    mode->n_int64_data = 0;
    onnx_make_raw(mode, &off, 1);
    graph = onnx_make_imported(model);
    g_assert_cmpint(onnx_make_find_node(graph, "node")->op, ==, VIN_OP_DROPOUT);

    model = onnx_make_one(12, "Dropout", "1 3 4 5", "x - mode", &node);
    mode = onnx_make_ints(model, "mode", "0");
    mode->data_type = 9;
    g_clear_pointer(&mode->int64_data, g_free);
    mode->n_int64_data = 0;
    onnx_make_raw(mode, &on, 1);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|training");
}

static void test_constant(void)
{
    Onnx__ModelProto *model = onnx_make_new(13);
    Onnx__TensorProto *scale = onnx_make_tensor("", 1, "");
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_input(model, "x", "1 3 4 5");
    onnx_make_output(model, "y");
    scale->float_data = g_new(float, 1);
    scale->float_data[0] = 0.25f;
    scale->n_float_data = 1;
    onnx_make_attr_tensor(onnx_make_node(model, "Constant", "", "c"), "value", scale);
    onnx_make_node(model, "Identity", "c", "c2");
    onnx_make_node(model, "Mul", "x c2", "m");
    onnx_make_node(model, "Identity", "m", "y");
    graph = onnx_make_imported(model);
    g_assert_cmpuint(graph->nodes->len, ==, 2);
    g_assert_cmpfloat(vin_tensor_floats(vin_graph_find_tensor(graph, "c2"))[0], ==, 0.25f);
}

/* Numbers as attributes of their own, from operator set 12 on. */
static void test_constant_numbers(void)
{
    Onnx__ModelProto *model = onnx_make_new(13);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_input(model, "x", "1 3 4 5");
    onnx_make_output(model, "y");
    onnx_make_attr_float(onnx_make_node(model, "Constant", "", "c"), "value_float", 0.75f);
    onnx_make_attr_ints(onnx_make_node(model, "Constant", "", "s"), "value_ints", "0 -1");
    onnx_make_node(model, "Mul", "x c", "m");
    onnx_make_node(model, "Reshape", "m s", "y");
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "y", "1x60");
    g_assert_cmpfloat(vin_tensor_floats(vin_graph_find_tensor(graph, "c"))[0], ==, 0.75f);

    model = onnx_make_new(13);
    onnx_make_input(model, "x", "1 3 4 5");
    onnx_make_output(model, "y");
    onnx_make_attr_ints(onnx_make_node(model, "Constant", "", "s"), "value_ints", "");
    onnx_make_node(model, "Reshape", "x s", "y");
    onnx_make_refused(model, VIN_ERROR_FORMAT, "\"s\" (Constant)|0 values");
}

static void test_unknown_op(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(13, "Einsum", "1 3 4 5", "x", &node);

    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "\"node\"|Einsum|Add, AveragePool|Softmax");
    model = onnx_make_one(13, "Relu", "1 3 4 5", "x", &node);
    node->domain = g_strdup("com.example");
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "\"node\"|Relu|com.example");
    onnx_make_refused(onnx_make_one(13, "Relu", "1 3 4 5", "x x", &node), VIN_ERROR_FORMAT,
                      "node|2 inputs");
    onnx_make_refused(onnx_make_one(13, "Conv", "1 3 4 5", "x -", &node), VIN_ERROR_FORMAT,
                      "node|input 1 is missing");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-ops/conv", test_conv);
    g_test_add_func("/onnx-ops/conv-defaults", test_conv_defaults);
    g_test_add_func("/onnx-ops/auto-pad", test_auto_pad);
    g_test_add_func("/onnx-ops/conv-refused", test_conv_refused);
    g_test_add_func("/onnx-ops/pool", test_pool);
    g_test_add_func("/onnx-ops/lrn", test_lrn);
    g_test_add_func("/onnx-ops/concat", test_concat);
    g_test_add_func("/onnx-ops/softmax", test_softmax);
    g_test_add_func("/onnx-ops/sigmoid", test_sigmoid);
    g_test_add_func("/onnx-ops/dropout", test_dropout);
    g_test_add_func("/onnx-ops/constant", test_constant);
    g_test_add_func("/onnx-ops/constant-numbers", test_constant_numbers);
    g_test_add_func("/onnx-ops/unknown", test_unknown_op);
    return g_test_run();
}
