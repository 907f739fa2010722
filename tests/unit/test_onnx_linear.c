/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ONNX operators with constants to multiply, add or reshape by: Gemm, MatMul, Reshape, Add,
 * Mul, BatchNormalization.
 */
#include "onnx_make.h"

static void test_gemm(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one_flat(12, "Gemm", "flat w b", &node);
    g_autoptr(VinGraph) graph = NULL;
    g_autoptr(VinGraph) scalar = NULL;
    const VinNode *built;

    onnx_make_floats(model, "w", "5 12");
    onnx_make_floats(model, "b", "1 5");
    onnx_make_attr_int(node, "transB", 1);
    onnx_make_attr_float(node, "alpha", 0.5f);
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "flat", "1x12");
    onnx_make_assert_shape(graph, "y", "1x5");
    onnx_make_assert_shape(graph, "b", "5");
    built = onnx_make_find_node(graph, "node");
    g_assert_true(built->u.gemm.trans_b);
    g_assert_cmpfloat(built->u.gemm.alpha, ==, 0.5f);
    g_assert_cmpfloat(built->u.gemm.beta, ==, 1.0f);

    model = onnx_make_one_flat(12, "Gemm", "flat w b", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_floats(model, "b", "1");
    scalar = onnx_make_imported(model);
    built = onnx_make_find_node(scalar, "node");
    g_assert_false(built->u.gemm.trans_b);
    g_assert_cmpuint(built->inputs[2]->shape.dims[0], ==, 5);
    g_assert_cmpfloat(vin_tensor_floats(built->inputs[2])[4], ==, 0.5f);

    model = onnx_make_one_flat(12, "Gemm", "flat w", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_attr_int(node, "transA", 1);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|Gemm|transA");
    model = onnx_make_one_flat(12, "Gemm", "flat w b", &node);
    onnx_make_floats(model, "w", "12 5");
    onnx_make_floats(model, "b", "4");
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|4 values|5 outputs");
    model = onnx_make_one_flat(12, "Gemm", "flat w", &node);
    onnx_make_floats(model, "w", "13 5");
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|13x5");
}

static void test_matmul(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one_flat(13, "MatMul", "flat w", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_floats(model, "w", "12 7");
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "y", "1x7");
    g_assert_cmpint(onnx_make_find_node(graph, "node")->op, ==, VIN_OP_GEMM);
    g_assert_false(onnx_make_find_node(graph, "node")->u.gemm.trans_b);

    onnx_make_refused(onnx_make_one_flat(13, "MatMul", "flat flat", &node), VIN_ERROR_UNSUPPORTED,
                      "node|MatMul|input 1|constant");
}

static void check_reshape(const char *target, const char *shape)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(13, "Reshape", "16 3 4 2", "x s", &node);
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_ints(model, "s", target);
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "y", shape);
}

static void refuse_reshape(const char *target)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(13, "Reshape", "1 3 4 2", "x s", &node);
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

    model = onnx_make_one(3, "Reshape", "1 3 4 2", "x", &node);
    onnx_make_attr_ints(node, "shape", "0 -1");
    graph = onnx_make_imported(model);
    onnx_make_assert_shape(graph, "y", "1x24");

    /* weights reshaped by a node */
    model = onnx_make_one_flat(13, "Gemm", "flat w2", &node);
    onnx_make_floats(model, "w", "12 5 1");
    onnx_make_ints(model, "s", "12 -1");
    onnx_make_node(model, "Reshape", "w s", "w2");
    {
        Onnx__NodeProto *gemm = model->graph->node[1];

        model->graph->node[1] = model->graph->node[2];
        model->graph->node[2] = gemm;
    }
    constant = onnx_make_imported(model);
    onnx_make_assert_shape(constant, "y", "1x5");
    g_assert_cmpuint(constant->nodes->len, ==, 2);
}

static void check_constant_operand(const char *op, const char *dims, guint n_dims)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(13, op, "1 3 4 5", "c x", &node);
    g_autoptr(VinGraph) graph = NULL;
    const VinNode *built;

    onnx_make_floats(model, "c", dims);
    graph = onnx_make_imported(model);
    built = onnx_make_find_node(graph, "node");
    g_assert_cmpstr(built->inputs[0]->name, ==, "x");
    g_assert_cmpuint(built->inputs[1]->shape.n_dims, ==, n_dims);
    onnx_make_assert_shape(graph, "y", "1x3x4x5");
}

static void refuse_constant_operand(const char *dims)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(13, "Add", "1 3 4 5", "x c", &node);

    onnx_make_floats(model, "c", dims);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|Add|constant");
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

    model = onnx_make_one(6, "Add", "1 3 4 5", "x c", &node);
    onnx_make_floats(model, "c", "3");
    onnx_make_attr_int(node, "broadcast", 1);
    onnx_make_attr_int(node, "axis", 1);
    old = onnx_make_imported(model);
    g_assert_cmpuint(onnx_make_find_node(old, "node")->inputs[1]->shape.n_dims, ==, 1);

    model = onnx_make_one(13, "Add", "1 3 4 5", "x r", &node);
    onnx_make_node(model, "Relu", "x", "r");
    {
        Onnx__NodeProto *add = model->graph->node[0];

        model->graph->node[0] = model->graph->node[1];
        model->graph->node[1] = add;
    }
    both = onnx_make_imported(model);
    g_assert_cmpint(onnx_make_find_node(both, "node")->op, ==, VIN_OP_ADD);
}

static void test_batchnorm(void)
{
    Onnx__NodeProto *node;
    Onnx__ModelProto *model = onnx_make_one(9, "BatchNormalization", "1 3 4 5", "x s b m v", &node);
    g_autoptr(VinGraph) graph = NULL;
    static const char *const names[] = {"s", "b", "m", "v"};

    for (guint i = 0; i < 4; i++) {
        onnx_make_floats(model, names[i], "3");
    }
    onnx_make_attr_float(node, "epsilon", 0.001f);
    onnx_make_attr_float(node, "momentum", 0.9f);
    graph = onnx_make_imported(model);
    g_assert_cmpfloat(onnx_make_find_node(graph, "node")->u.epsilon, ==, 0.001f);
    g_assert_cmpstr(onnx_make_find_node(graph, "node")->inputs[4]->name, ==, "v");

    model = onnx_make_one(15, "BatchNormalization", "1 3 4 5", "x s s s s", &node);
    onnx_make_floats(model, "s", "3");
    onnx_make_attr_int(node, "training_mode", 1);
    onnx_make_refused(model, VIN_ERROR_UNSUPPORTED, "node|training_mode");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-linear/gemm", test_gemm);
    g_test_add_func("/onnx-linear/matmul", test_matmul);
    g_test_add_func("/onnx-linear/reshape", test_reshape);
    g_test_add_func("/onnx-linear/add-mul", test_add_mul);
    g_test_add_func("/onnx-linear/batchnorm", test_batchnorm);
    return g_test_run();
}
