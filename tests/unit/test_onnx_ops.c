/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every ONNX operator: parameters and shapes that come out, and what is refused.
 */
#include "onnx_make.h"

/* A model with input x of @dims, one node "node" of @op and output y. */
static Onnx__ModelProto *start(gint64 opset, const char *op, const char *dims,
                               const char *inputs, Onnx__NodeProto **node)
{
    Onnx__ModelProto *model = onnx_make_new(opset);

    onnx_make_input(model, "x", dims);
    onnx_make_output(model, "y");
    *node = onnx_make_node(model, op, inputs, "y");
    (*node)->name = g_strdup("node");
    return model;
}

static VinGraph *import_ok(Onnx__ModelProto *model)
{
    g_autoptr(GError) error = NULL;
    VinGraph *graph = onnx_make_graph(model, NULL, &error);

    g_assert_no_error(error);
    return graph;
}

static void import_fails(Onnx__ModelProto *model, VinErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = onnx_make_graph(model, NULL, &error);

    g_assert_null(graph);
    onnx_make_expect(error, code, words);
}

static void assert_shape(const VinGraph *graph, const char *tensor, const char *shape)
{
    const VinTensor *found = vin_graph_find_tensor(graph, tensor);
    g_autofree char *text = NULL;

    g_assert_nonnull(found);
    text = vin_shape_to_string(&found->shape);
    g_assert_cmpstr(text, ==, shape);
}

static void test_conv(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Conv", "N 3 17 20", "x w b", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinWindowParams *p;

    onnx_make_floats(model, "w", "8 3 5 3");
    onnx_make_floats(model, "b", "8");
    onnx_make_attr_ints(node, "kernel_shape", "5 3");
    onnx_make_attr_ints(node, "strides", "2 3");
    onnx_make_attr_ints(node, "pads", "1 2 3 4");
    graph = import_ok(model);
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
    assert_shape(graph, "y", "1x8x9x8");
    g_assert_cmpfloat(vin_tensor_floats(vin_graph_find_tensor(graph, "b"))[7], ==, 4.0f);
}

/* The kernel's size comes from the weights where the attribute is left out. */
static void test_conv_defaults(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Conv", "1 4 9 9", "x w", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_floats(model, "w", "6 2 3 3");
    onnx_make_attr_int(node, "group", 2);
    onnx_make_attr_ints(node, "dilations", "2 2");
    model->graph->input[0]->type->tensor_type->shape->dim[1]->dim_value = 3;
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|w|group");

    model = start(12, "Conv", "1 1 9 9", "x w -", &node);
    onnx_make_floats(model, "w", "6 1 3 3");
    onnx_make_attr_ints(node, "dilations", "2 2");
    graph = import_ok(model);
    g_assert_cmpuint(onnx_make_find_node(graph, "node")->u.window.kernel_h, ==, 3);
    assert_shape(graph, "y", "1x6x5x5");
}

static void check_auto_pad(const char *auto_pad, const char *shape, guint top, guint bottom)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Conv", "1 3 8 8", "x w", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinWindowParams *p;

    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_text(node, "auto_pad", auto_pad);
    graph = import_ok(model);
    p = &onnx_make_find_node(graph, "node")->u.window;
    assert_shape(graph, "y", shape);
    g_assert_cmpuint(p->pad_top, ==, top);
    g_assert_cmpuint(p->pad_bottom, ==, bottom);
    g_assert_cmpuint(p->pad_left, ==, top);
    g_assert_cmpuint(p->pad_right, ==, bottom);
}

static void test_auto_pad(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Conv", "1 3 8 8", "x w", &node);

    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_text(node, "auto_pad", "SAME");
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|Conv|\"SAME\"|SAME_UPPER");

    model = start(12, "Conv", "1 3 8 8", "x w", &node);
    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_attr_text(node, "auto_pad", "VALID");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    import_fails(model, VIN_ERROR_FORMAT, "auto_pad|pads");

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
        Onnx__ModelProto *model = start(12, "Conv", "1 3 8 8", "x w", &node);
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
    Onnx__ModelProto *model = start(12, "MaxPool", "1 3 7 8", "x", &node);
    g_autoptr(VinGraph) max = NULL;
    g_autoptr(VinGraph) average = NULL;
    g_autoptr(VinGraph) global = NULL;
    const VinNode *built;

    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_int(node, "ceil_mode", 1);
    max = import_ok(model);
    assert_shape(max, "y", "1x3x3x4");
    g_assert_cmpint(onnx_make_find_node(max, "node")->op, ==, VIN_OP_MAX_POOL);
    g_assert_true(onnx_make_find_node(max, "node")->u.window.ceil_mode);

    model = start(12, "AveragePool", "1 3 7 8", "x", &node);
    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    onnx_make_attr_int(node, "count_include_pad", 1);
    average = import_ok(model);
    assert_shape(average, "y", "1x3x7x8");
    built = onnx_make_find_node(average, "node");
    g_assert_cmpint(built->op, ==, VIN_OP_AVG_POOL);
    g_assert_true(built->u.window.count_include_pad);
    g_assert_false(built->u.window.ceil_mode);

    global = import_ok(start(12, "GlobalAveragePool", "1 3 7 8", "x", &node));
    assert_shape(global, "y", "1x3x1x1");
    g_assert_cmpuint(onnx_make_find_node(global, "node")->u.window.kernel_w, ==, 8);

    import_fails(start(12, "MaxPool", "1 3 7 8", "x", &node), VIN_ERROR_FORMAT,
                 "node|MaxPool|kernel_shape");
}

static void test_lrn(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "LRN", "1 3 4 4", "x", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinLrnParams *p;

    onnx_make_attr_int(node, "size", 5);
    onnx_make_attr_float(node, "alpha", 0.25f);
    onnx_make_attr_float(node, "bias", 2.0f);
    graph = import_ok(model);
    p = &onnx_make_find_node(graph, "node")->u.lrn;
    g_assert_cmpuint(p->size, ==, 5);
    g_assert_cmpfloat(p->alpha, ==, 0.25f);
    g_assert_cmpfloat(p->beta, ==, 0.75f);
    g_assert_cmpfloat(p->bias, ==, 2.0f);

    import_fails(start(12, "LRN", "1 3 4 4", "x", &node), VIN_ERROR_FORMAT, "size");
    model = start(12, "LRN", "1 3 4 4", "x", &node);
    onnx_make_attr_float(node, "size", 5.0f);
    import_fails(model, VIN_ERROR_FORMAT, "size|type");
}

static void test_concat(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Concat", "1 3 4 4", "x x", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_attr_int(node, "axis", -3);
    graph = import_ok(model);
    assert_shape(graph, "y", "1x6x4x4");

    model = start(12, "Concat", "1 3 4 4", "x x", &node);
    onnx_make_attr_int(node, "axis", 2);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|Concat|dimension 2");
    model = start(12, "Concat", "1 3 4 4", "x x", &node);
    onnx_make_attr_int(node, "axis", 4);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|axis");
}

/* x (1x3x2x2) -> flat (1x12) -> @op -> y */
static Onnx__ModelProto *start_flat(gint64 opset, const char *op, const char *inputs,
                                    Onnx__NodeProto **node)
{
    Onnx__ModelProto *model = onnx_make_new(opset);

    onnx_make_input(model, "x", "1 3 2 2");
    onnx_make_output(model, "y");
    onnx_make_node(model, "Flatten", "x", "flat");
    *node = onnx_make_node(model, op, inputs, "y");
    (*node)->name = g_strdup("node");
    return model;
}

static void test_gemm(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start_flat(12, "Gemm", "flat w b", &node);
    g_autoptr(VinGraph) graph = NULL;
    g_autoptr(VinGraph) scalar = NULL;
    const VinNode *built;

    onnx_make_floats(model, "w", "5 12");
    onnx_make_floats(model, "b", "1 5");
    onnx_make_attr_int(node, "transB", 1);
    onnx_make_attr_float(node, "alpha", 0.5f);
    graph = import_ok(model);
    assert_shape(graph, "flat", "1x12");
    assert_shape(graph, "y", "1x5");
    assert_shape(graph, "b", "5");
    built = onnx_make_find_node(graph, "node");
    g_assert_true(built->u.gemm.trans_b);
    g_assert_cmpfloat(built->u.gemm.alpha, ==, 0.5f);
    g_assert_cmpfloat(built->u.gemm.beta, ==, 1.0f);

    model = start_flat(12, "Gemm", "flat w b", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_floats(model, "b", "1");
    scalar = import_ok(model);
    built = onnx_make_find_node(scalar, "node");
    g_assert_false(built->u.gemm.trans_b);
    g_assert_cmpuint(built->inputs[2]->shape.dims[0], ==, 5);
    g_assert_cmpfloat(vin_tensor_floats(built->inputs[2])[4], ==, 0.5f);

    model = start_flat(12, "Gemm", "flat w", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_attr_int(node, "transA", 1);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|Gemm|transA");
    model = start_flat(12, "Gemm", "flat w b", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_floats(model, "b", "4");
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|4 values|5 outputs");
    model = start_flat(12, "Gemm", "flat w", &node);
    onnx_make_floats(model, "w", "13 5");
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|13x5");
}

static void test_matmul(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start_flat(13, "MatMul", "flat w", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_floats(model, "w", "12 7");
    graph = import_ok(model);
    assert_shape(graph, "y", "1x7");
    g_assert_cmpint(onnx_make_find_node(graph, "node")->op, ==, VIN_OP_GEMM);
    g_assert_false(onnx_make_find_node(graph, "node")->u.gemm.trans_b);

    import_fails(start_flat(13, "MatMul", "flat flat", &node), VIN_ERROR_UNSUPPORTED,
                 "node|MatMul|input 1|constant");
}

static void check_reshape(const char *target, const char *shape)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(13, "Reshape", "16 3 4 2", "x s", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_ints(model, "s", target);
    graph = import_ok(model);
    assert_shape(graph, "y", shape);
}

static void refuse_reshape(const char *target)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(13, "Reshape", "1 3 4 2", "x s", &node);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_ints(model, "s", target);
    graph = onnx_make_graph(model, NULL, &error);
    g_assert_null(graph);
    g_assert_true(error->domain == VIN_ERROR);
    onnx_make_expect(error, (VinErrorCode)error->code, "node|Reshape|new shape");
}

static void test_reshape(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model;
    g_autoptr(VinGraph) graph = NULL;
    g_autoptr(VinGraph) constant = NULL;

    check_reshape("1 24", "1x24");
    check_reshape("16 24", "1x24"); /* the batch the file was made for */
    check_reshape("-1 24", "1x24");
    check_reshape("0 -1", "1x24");
    check_reshape("0 0 -1 1", "1x3x8x1");
    refuse_reshape("1 23");
    refuse_reshape("-1 -1");
    refuse_reshape("24");
    refuse_reshape("2 12");
    refuse_reshape("1 -2");
    refuse_reshape("1 3 8");
    refuse_reshape("1 2147483647 2147483647 -1");
    refuse_reshape("1 1 1 1 1 1 1 1 24");

    model = start(3, "Reshape", "1 3 4 2", "x", &node);
    onnx_make_attr_ints(node, "shape", "0 -1");
    graph = import_ok(model);
    assert_shape(graph, "y", "1x24");

    /* weights reshaped by a node */
    model = start_flat(13, "Gemm", "flat w2", &node);
    onnx_make_floats(model, "w", "12 5 1");
    onnx_make_ints(model, "s", "12 -1");
    onnx_make_node(model, "Reshape", "w s", "w2");
    {
        Onnx__NodeProto *gemm = model->graph->node[1];

        model->graph->node[1] = model->graph->node[2];
        model->graph->node[2] = gemm;
    }
    constant = import_ok(model);
    assert_shape(constant, "y", "1x5");
    g_assert_cmpuint(constant->nodes->len, ==, 2);
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

        model = start_flat(cases[i].opset, "Softmax", "flat", &node);
        if (cases[i].has_axis) {
            onnx_make_attr_int(node, "axis", cases[i].axis);
        }
        graph = onnx_make_graph(model, NULL, &error);
        g_assert_cmpint(graph != NULL, ==, cases[i].ok);
        g_assert_cmpint(error == NULL, ==, cases[i].ok);
    }
    import_fails(start(12, "Softmax", "1 3 4 4", "x", &node), VIN_ERROR_UNSUPPORTED, "node");
    import_fails(start(13, "Softmax", "1 3 4 4", "x", &node), VIN_ERROR_UNSUPPORTED,
                 "node|dimension 3");
}

static void check_constant_operand(const char *op, const char *dims, guint n_dims)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(13, op, "1 3 4 5", "c x", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinNode *built;

    onnx_make_floats(model, "c", dims);
    graph = import_ok(model);
    built = onnx_make_find_node(graph, "node");
    g_assert_cmpstr(built->inputs[0]->name, ==, "x");
    g_assert_cmpuint(built->inputs[1]->shape.n_dims, ==, n_dims);
    assert_shape(graph, "y", "1x3x4x5");
}

static void refuse_constant_operand(const char *dims)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(13, "Add", "1 3 4 5", "x c", &node);

    onnx_make_floats(model, "c", dims);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|Add|constant");
}

static void test_add_mul(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model;
    g_autoptr(VinGraph) old = NULL;
    g_autoptr(VinGraph) both = NULL;

    check_constant_operand("Add", "3 1 1", 1);
    check_constant_operand("Mul", "1 3 1 1", 1);
    check_constant_operand("Mul", "1", 0);
    check_constant_operand("Add", "1 1 1 1", 0);
    check_constant_operand("Add", "", 0);
    refuse_constant_operand("3");
    refuse_constant_operand("5");
    refuse_constant_operand("4 1 1");
    refuse_constant_operand("1 3 4 5");
    refuse_constant_operand("1 1 3 1 1");

    model = start(6, "Add", "1 3 4 5", "x c", &node);
    onnx_make_floats(model, "c", "3");
    onnx_make_attr_int(node, "broadcast", 1);
    onnx_make_attr_int(node, "axis", 1);
    old = import_ok(model);
    g_assert_cmpuint(onnx_make_find_node(old, "node")->inputs[1]->shape.n_dims, ==, 1);

    model = start(13, "Add", "1 3 4 5", "x r", &node);
    onnx_make_node(model, "Relu", "x", "r");
    {
        Onnx__NodeProto *add = model->graph->node[0];

        model->graph->node[0] = model->graph->node[1];
        model->graph->node[1] = add;
    }
    both = import_ok(model);
    g_assert_cmpint(onnx_make_find_node(both, "node")->op, ==, VIN_OP_ADD);
}

static void test_batchnorm(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(9, "BatchNormalization", "1 3 4 5", "x s b m v", &node);
    g_autoptr(VinGraph) graph = NULL;
    static const char *const names[] = {"s", "b", "m", "v"};

    for (guint i = 0; i < 4; i++) {
        onnx_make_floats(model, names[i], "3");
    }
    onnx_make_attr_float(node, "epsilon", 0.001f);
    onnx_make_attr_float(node, "momentum", 0.9f);
    graph = import_ok(model);
    g_assert_cmpfloat(onnx_make_find_node(graph, "node")->u.epsilon, ==, 0.001f);
    g_assert_cmpstr(onnx_make_find_node(graph, "node")->inputs[4]->name, ==, "v");

    model = start(15, "BatchNormalization", "1 3 4 5", "x s s s s", &node);
    onnx_make_floats(model, "s", "3");
    onnx_make_attr_int(node, "training_mode", 1);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|training_mode");
}

static void test_dropout(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(12, "Dropout", "1 3 4 5", "x ratio mode", &node);
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
    graph = import_ok(model);
    g_assert_cmpint(onnx_make_find_node(graph, "node")->op, ==, VIN_OP_DROPOUT);

    model = start(12, "Dropout", "1 3 4 5", "x - mode", &node);
    mode = onnx_make_ints(model, "mode", "0");
    mode->data_type = 9;
    g_clear_pointer(&mode->int64_data, g_free);
    mode->n_int64_data = 0;
    onnx_make_raw(mode, &on, 1);
    import_fails(model, VIN_ERROR_UNSUPPORTED, "node|training");
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
    graph = import_ok(model);
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
    graph = import_ok(model);
    assert_shape(graph, "y", "1x60");
    g_assert_cmpfloat(vin_tensor_floats(vin_graph_find_tensor(graph, "c"))[0], ==, 0.75f);

    model = onnx_make_new(13);
    onnx_make_input(model, "x", "1 3 4 5");
    onnx_make_output(model, "y");
    onnx_make_attr_ints(onnx_make_node(model, "Constant", "", "s"), "value_ints", "");
    onnx_make_node(model, "Reshape", "x s", "y");
    import_fails(model, VIN_ERROR_FORMAT, "\"s\" (Constant)|0 values");
}

static void test_unknown_op(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = start(13, "Einsum", "1 3 4 5", "x", &node);

    import_fails(model, VIN_ERROR_UNSUPPORTED, "\"node\"|Einsum|Add, AveragePool|Softmax");
    model = start(13, "Relu", "1 3 4 5", "x", &node);
    node->domain = g_strdup("com.example");
    import_fails(model, VIN_ERROR_UNSUPPORTED, "\"node\"|Relu|com.example");
    import_fails(start(13, "Relu", "1 3 4 5", "x x", &node), VIN_ERROR_FORMAT, "node|2 inputs");
    import_fails(start(13, "Conv", "1 3 4 5", "x -", &node), VIN_ERROR_FORMAT,
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
    g_test_add_func("/onnx-ops/gemm", test_gemm);
    g_test_add_func("/onnx-ops/matmul", test_matmul);
    g_test_add_func("/onnx-ops/reshape", test_reshape);
    g_test_add_func("/onnx-ops/softmax", test_softmax);
    g_test_add_func("/onnx-ops/add-mul", test_add_mul);
    g_test_add_func("/onnx-ops/batchnorm", test_batchnorm);
    g_test_add_func("/onnx-ops/dropout", test_dropout);
    g_test_add_func("/onnx-ops/constant", test_constant);
    g_test_add_func("/onnx-ops/constant-numbers", test_constant_numbers);
    g_test_add_func("/onnx-ops/unknown", test_unknown_op);
    return g_test_run();
}
