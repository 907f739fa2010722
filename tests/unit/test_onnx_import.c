/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From names to a graph: order, dead nodes, outputs, inputs, and references that do not
 * hold.
 */
#include <string.h>

#include "onnx_make.h"

static Onnx__ModelProto *start(const char *dims)
{
    Onnx__ModelProto *model = onnx_make_new(13);

    onnx_make_input(model, "x", dims);
    onnx_make_output(model, "y");
    return model;
}

static void refuse(Onnx__ModelProto *model, VinErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = onnx_make_graph(model, NULL, &error);

    g_assert_null(graph);
    onnx_make_expect(error, code, words);
}

static void test_dead_nodes(void)
{
    Onnx__ModelProto *model = start("N 3 4 4");
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_node(model, "Relu", "x", "a");
    onnx_make_node(model, "NoSuchOperator", "a", "dead");
    onnx_make_node(model, "GlobalAveragePool", "a", "y");
    onnx_make_floats(model, "unused", "3");
    model->graph->initializer[0]->data_type = 8; /* text: not ours, but not needed */
    graph = onnx_make_graph(model, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(graph->nodes->len, ==, 2);
    g_assert_null(vin_graph_find_tensor(graph, "unused"));
    g_assert_null(vin_graph_find_tensor(graph, "dead"));
}

static void test_names(void)
{
    Onnx__ModelProto *model = start("N 3 4 4");
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_node(model, "Relu", "x", "a")->name = g_strdup("first");
    onnx_make_node(model, "Relu", "a", "b");
    onnx_make_node(model, "Relu", "b", "y")->name = g_strdup("first");
    graph = onnx_make_graph(model, NULL, NULL);
    g_assert_nonnull(graph);
    g_assert_cmpstr(onnx_make_find_node(graph, "first")->output->name, ==, "a");
    g_assert_cmpstr(onnx_make_find_node(graph, "b")->output->name, ==, "b");
}

static void test_outputs(void)
{
    static const char *const heads[] = {"a", NULL};
    static const char *const twice[] = {"y", NULL};
    const VinOnnxOutputs swapped = {"y2", heads};
    const VinOnnxOutputs missing = {"z", NULL};
    const VinOnnxOutputs input = {"x", NULL};
    const VinOnnxOutputs doubled = {NULL, twice};
    const VinOnnxOutputs *const bad[] = {&missing, &input, &doubled};
    static const char *const words[] = {"\"z\"|not in the file", "\"x\"|input", "\"y\"|twice"};
    Onnx__ModelProto *model;
    g_autoptr(VinGraph) graph = NULL;

    for (guint i = 0; i <= G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        model = start("N 3 4 4");
        onnx_make_node(model, "Relu", "x", "a");
        onnx_make_node(model, "Identity", "a", "y");
        onnx_make_node(model, "Relu", "y", "y2");
        if (i == G_N_ELEMENTS(bad)) {
            graph = onnx_make_graph(model, &swapped, &error);
            g_assert_no_error(error);
        } else {
            g_assert_null(onnx_make_graph(model, bad[i], &error));
            onnx_make_expect(error, VIN_ERROR_FORMAT, words[i]);
        }
    }
    g_assert_cmpuint(graph->outputs->len, ==, 2);
    g_assert_cmpstr(((VinTensor *)g_ptr_array_index(graph->outputs, 0))->name, ==, "y2");
    g_assert_cmpstr(((VinTensor *)g_ptr_array_index(graph->outputs, 1))->name, ==, "a");
}

static void test_batch(void)
{
    static const char *const batches[] = {"N 1 5 6", "1 1 5 6", "32 1 5 6", "-1 1 5 6"};

    for (guint i = 0; i < G_N_ELEMENTS(batches); i++) {
        Onnx__ModelProto *model = start(batches[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(VinGraph) graph = NULL;
        g_autofree char *shape = NULL;

        onnx_make_node(model, "Relu", "x", "y");
        graph = onnx_make_graph(model, NULL, &error);
        g_assert_no_error(error);
        shape = vin_shape_to_string(&vin_graph_find_tensor(graph, "y")->shape);
        g_assert_cmpstr(shape, ==, "1x1x5x6");
    }
}

static void test_bad_inputs(void)
{
    static const char *const dims[][2] = {
        {"N 2 4 4", "dimension 1|C 1 or 3"}, {"N 4 4 3", "dimension 1"},
        {"N 3 h w", "dimension 2|not fixed"}, {"N 3 4", "3 dimensions|N x C x H x W"},
        {"N 3 0 4", "dimension 2"},           {"N 3 16385 4", "dimension 2|16384"},
        {"N 3 4 4 1", "5 dimensions"},
    };
    Onnx__ModelProto *model;

    for (guint i = 0; i < G_N_ELEMENTS(dims); i++) {
        model = start(dims[i][0]);
        onnx_make_node(model, "Relu", "x", "y");
        refuse(model, VIN_ERROR_UNSUPPORTED, dims[i][1]);
    }
    model = start("N 3 4 4");
    onnx_make_node(model, "Relu", "x", "y");
    model->graph->input[0]->type->tensor_type->elem_type = 2;
    refuse(model, VIN_ERROR_UNSUPPORTED, "\"x\"|element type 2|float (1)");

    model = start("N 3 4 4");
    onnx_make_input(model, "x2", "N 3 4 4");
    onnx_make_node(model, "Add", "x x2", "y");
    refuse(model, VIN_ERROR_UNSUPPORTED, "\"x\"|\"x2\"|one is supported");

    model = start("N 3 4 4");
    onnx_make_floats(model, "c", "1 3 4 4");
    onnx_make_node(model, "Identity", "c", "y");
    refuse(model, VIN_ERROR_FORMAT, "no input");
}

/* IR version 3 lists constants among the inputs too. */
static void test_constants_as_inputs(void)
{
    Onnx__ModelProto *model = onnx_make_new(7);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_input(model, "w", "2 3 1 1");
    onnx_make_input(model, "x", "1 3 4 4");
    onnx_make_output(model, "y");
    onnx_make_floats(model, "w", "2 3 1 1");
    onnx_make_node(model, "Conv", "x w", "y");
    graph = onnx_make_graph(model, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(graph->inputs->len, ==, 1);
    g_assert_true(vin_tensor_is_constant(vin_graph_find_tensor(graph, "w")));
}

static void test_references(void)
{
    Onnx__ModelProto *model = start("N 3 4 4");

    onnx_make_node(model, "Relu", "nothing", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"y\" (Relu)|\"nothing\"");

    model = start("N 3 4 4"); /* a cycle of two */
    onnx_make_node(model, "Add", "x b", "a");
    onnx_make_node(model, "Relu", "a", "b");
    onnx_make_node(model, "Relu", "b", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"b\"|cycle");

    model = start("N 3 4 4"); /* a cycle of one */
    onnx_make_node(model, "Add", "x y", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"y\"|cycle");

    model = start("N 3 4 4");
    onnx_make_node(model, "Relu", "x", "a");
    onnx_make_node(model, "Relu", "x", "a");
    onnx_make_node(model, "Relu", "a", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"a\"|twice");

    model = start("N 3 4 4");
    onnx_make_input(model, "x", "N 3 4 4");
    onnx_make_node(model, "Relu", "x", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"x\"|twice");

    model = start("N 3 4 4");
    onnx_make_floats(model, "c", "1");
    onnx_make_floats(model, "c", "1");
    onnx_make_node(model, "Relu", "x", "y");
    refuse(model, VIN_ERROR_FORMAT, "\"c\"|twice");

    model = start("N 3 4 4"); /* Dropout's mask */
    onnx_make_node(model, "Dropout", "x", "a mask");
    onnx_make_node(model, "Relu", "mask", "y");
    refuse(model, VIN_ERROR_UNSUPPORTED, "\"y\" (Relu)|extra output");
}

static void test_unreadable_names(void)
{
    Onnx__ModelProto *model = start("N 3 4 4");

    onnx_make_node(model, "Relu", "x", "y")->name = g_strdup("\xff\xfe");
    refuse(model, VIN_ERROR_FORMAT, "node 0|UTF-8");
    model = start("N 3 4 4");
    onnx_make_node(model, "Relu", "x", "y\n");
    refuse(model, VIN_ERROR_FORMAT, "no readable name");
    model = start("N 3 4 4");
    onnx_make_node(model, "Relu", "x", "y")->name = g_strnfill(4097, 'a');
    refuse(model, VIN_ERROR_FORMAT, "node 0|readable");
}

/* One constant in two shapes: as weights and as one value a channel. */
static void test_shared_constant(void)
{
    Onnx__ModelProto *model = start("N 3 4 4");
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = NULL;

    onnx_make_floats(model, "c", "3 1 1 1");
    onnx_make_attr_int(onnx_make_node(model, "Conv", "x c", "a"), "group", 3);
    onnx_make_floats(model, "s", "1 3 1 1");
    onnx_make_node(model, "Add", "a s", "b");
    onnx_make_node(model, "Mul", "b s", "y");
    graph = onnx_make_graph(model, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(onnx_make_find_node(graph, "b")->inputs[1] ==
                  onnx_make_find_node(graph, "y")->inputs[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-import/dead-nodes", test_dead_nodes);
    g_test_add_func("/onnx-import/names", test_names);
    g_test_add_func("/onnx-import/outputs", test_outputs);
    g_test_add_func("/onnx-import/batch", test_batch);
    g_test_add_func("/onnx-import/bad-inputs", test_bad_inputs);
    g_test_add_func("/onnx-import/constants-as-inputs", test_constants_as_inputs);
    g_test_add_func("/onnx-import/references", test_references);
    g_test_add_func("/onnx-import/unreadable-names", test_unreadable_names);
    g_test_add_func("/onnx-import/shared-constant", test_shared_constant);
    return g_test_run();
}
