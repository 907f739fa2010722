/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Building, copying and rewiring; what verify refuses.
 */
#include <sys/resource.h>

#include <vkinception/error.h>

#include "graph/rewrite.h"
#include "support/net.h"

static VinNet *new_net(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 8, 6);

    return vin_net_new(5, &shape);
}

static void test_names(void)
{
    g_autoptr(VinNet) net = new_net();
    VinNode node = {.op = VIN_OP_RELU, .n_inputs = 1, .inputs = {net->input}};
    g_autoptr(GError) error = NULL;
    VinTensor *a = vin_graph_add_node(net->graph, "twin", &node, "a", &error);
    VinTensor *b = vin_graph_add_node(net->graph, "twin", &node, "b", &error);
    VinTensor *c = vin_graph_add_node(net->graph, "", &node, "inception_3a/1x1", &error);

    g_assert_no_error(error);
    g_assert_cmpstr(a->producer->name, ==, "twin");
    g_assert_cmpstr(b->producer->name, !=, "twin");
    g_assert_true(g_str_has_prefix(b->producer->name, "twin"));
    g_assert_cmpstr(c->producer->name, ==, "inception_3a/1x1");
    g_assert_true(vin_graph_find_tensor(net->graph, "b") == b);
    g_assert_null(vin_graph_find_tensor(net->graph, "z"));
    g_assert_null(vin_graph_add_tensor(net->graph, "x", &net->input->shape));
    g_assert_null(vin_graph_add_node(net->graph, "late", &node, "a", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_FORMAT);
    g_assert_nonnull(g_strstr_len(error->message, -1, "late"));
    g_assert_cmpuint(net->graph->nodes->len, ==, 3);
}

static void test_rewrite(void)
{
    g_autoptr(VinNet) net = new_net();
    VinGraph *graph = net->graph;
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_LRN, a);
    VinTensor *c = vin_net_binary(net, VIN_OP_ADD, b, b);
    VinTensor *d = vin_net_unary(net, VIN_OP_RELU, c);
    VinNode copy = {.op = VIN_OP_IDENTITY, .n_inputs = 1, .inputs = {a}};
    g_autoptr(GError) error = NULL;
    VinTensor *between;

    vin_net_output(net, d);
    {
        g_auto(VinRewrite) rewrite = {0};
        VinNode *node;

        vin_rewrite_begin(&rewrite, graph);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, a), ==, 1);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, b), ==, 2);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, d), ==, 1);
        vin_rewrite_keep(&rewrite, vin_rewrite_next(&rewrite));
        between = vin_rewrite_add(&rewrite, "between", &copy, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, a), ==, 2);
        vin_rewrite_drop(&rewrite, vin_rewrite_next(&rewrite), a);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, a), ==, 3);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, b), ==, 0);
        node = vin_rewrite_next(&rewrite);
        g_assert_true(node->inputs[0] == a && node->inputs[1] == a);
        vin_rewrite_set_input(&rewrite, node, 1, between);
        g_assert_cmpuint(vin_rewrite_n_readers(&rewrite, a), ==, 2);
        vin_rewrite_keep(&rewrite, node);
        vin_rewrite_drop(&rewrite, vin_rewrite_next(&rewrite), c);
        g_assert_null(vin_rewrite_next(&rewrite));
    }
    g_assert_null(b->producer);
    g_assert_cmpuint(graph->nodes->len, ==, 3);
    g_assert_cmpstr(((VinNode *)g_ptr_array_index(graph->nodes, 1))->name, ==, "between");
    g_assert_true(g_ptr_array_index(graph->outputs, 0) == c);
    g_assert_true(vin_graph_verify(graph, &error));
    g_assert_no_error(error);
}

/* Who leaves early leaves a whole graph. */
static void test_rewrite_early(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_LRN, a);

    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, b));
    vin_net_unary(net, VIN_OP_RELU, b); /* which nobody reads */
    {
        g_auto(VinRewrite) rewrite = {0};

        vin_rewrite_begin(&rewrite, net->graph);
        vin_rewrite_drop(&rewrite, vin_rewrite_next(&rewrite), net->input);
    }
    g_assert_cmpuint(net->graph->nodes->len, ==, 3);
    g_assert_true(b->producer->inputs[0] == net->input);
    g_assert_true(vin_graph_verify(net->graph, NULL));
    vin_graph_drop_unread(net->graph);
    g_assert_cmpuint(net->graph->nodes->len, ==, 2);
    g_assert_true(vin_graph_verify(net->graph, NULL));
}

static void test_copy_and_batch(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape flat = vin_shape_nc(1, 18 * 8 * 6);
    VinTensor *x = vin_net_conv(net, net->input, 18, 3, 1, 1, TRUE);
    VinTensor *out = vin_net_gemm(net, vin_net_reshape(net, x, &flat), 7, TRUE);
    g_autoptr(VinGraph) copy = NULL;
    g_autoptr(GError) error = NULL;
    const VinNode *first;

    vin_net_output(net, out);
    copy = vin_graph_copy(net->graph);
    g_assert_true(vin_graph_verify(copy, &error));
    first = g_ptr_array_index(copy->nodes, 0);
    g_assert_true(first->inputs[0] == g_ptr_array_index(copy->inputs, 0));
    g_assert_true(first->inputs[0] != net->input);
    g_assert_true(first->inputs[1]->data == x->producer->inputs[1]->data);

    g_assert_true(vin_graph_set_batch(copy, 5, &error));
    g_assert_true(vin_graph_verify(copy, &error));
    g_assert_cmpuint(vin_tensor_n(g_ptr_array_index(copy->outputs, 0)), ==, 5);
    g_assert_cmpuint(vin_tensor_n(out), ==, 1);
    g_assert_false(vin_graph_set_batch(copy, G_MAXUINT32, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
}

static void refuse(const VinGraph *graph, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_graph_verify(graph, &error));
    if (g_strstr_len(error->message, -1, part) == NULL) {
        g_error("\"%s\" lacks \"%s\"", error->message, part);
    }
}

static void test_verify(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape other = vin_shape_nchw(1, 3, 6, 8);
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_LRN, a);
    VinShape right = b->shape;

    refuse(net->graph, "0 outputs");
    vin_net_output(net, b);
    g_assert_true(vin_graph_verify(net->graph, NULL));
    b->producer->inputs[0] = b;
    refuse(net->graph, "before anything has written it");
    b->producer->inputs[0] = a;
    b->shape = other;
    refuse(net->graph, "makes 1x3x8x6");
    b->shape.dims[2] = 0;
    refuse(net->graph, "has no values");
    b->shape = right;
    b->id = a->id;
    refuse(net->graph, "is not where");
    b->id = a->id + 1;
    b->producer->inputs[0] = vin_net_constant(net, &right, -1, 1);
    b->producer->inputs[0]->shape = vin_shape_nchw(1, 3, 8, 7);
    refuse(net->graph, "bytes of data");
}

static glong peak_kib(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    return usage.ru_maxrss;
}

/* Channels are a number in a file: looking at them must not take memory for each. */
static void test_verify_wide(void)
{
    VinShape half = vin_shape_nc(1, 1u << 29), whole = vin_shape_nc(1, 1u << 30);
    g_autoptr(VinNet) net = vin_net_new(5, &half);
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *base = vin_graph_add_tensor(net->graph, "base", &whole);
    const glong before = peak_kib();

    a->base = b->base = base;
    b->channel_offset = 1u << 29;
    vin_net_output(net, base);
    g_assert_true(vin_graph_verify(net->graph, NULL));
    g_assert_cmpint(peak_kib() - before, <, 64 << 10);
}

static void test_verify_views(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape joined = vin_shape_nchw(1, 6, 8, 6);
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_LRN, net->input);
    VinTensor *base = vin_graph_add_tensor(net->graph, "base", &joined);
    g_autoptr(VinGraph) copy = NULL;
    guint32 channel = 10;

    a->base = base;
    vin_net_output(net, base);
    refuse(net->graph, "no node makes");
    b->base = base;
    refuse(net->graph, "overlaps");
    b->channel_offset = 3;
    g_assert_true(vin_graph_verify(net->graph, NULL));
    copy = vin_graph_copy(net->graph);
    g_assert_true(vin_graph_verify(copy, NULL));
    g_assert_true(((VinTensor *)g_ptr_array_index(copy->tensors, b->id))->base ==
                  vin_graph_find_tensor(copy, "base"));
    g_assert_true(vin_tensor_root(b, &channel) == base);
    g_assert_cmpuint(channel, ==, 13);
    b->channel_offset = 4;
    refuse(net->graph, "inside");
    b->channel_offset = G_MAXUINT32;
    refuse(net->graph, "inside");
    b->channel_offset = 3;
    base->base = base;
    refuse(net->graph, "itself");
    base->base = NULL;
    b->base = net->input;
    b->channel_offset = 0;
    refuse(net->graph, "values of its own");
}

/* A slice that no node writes is there when its channels are, whoever wrote them. */
static void test_verify_read_slices(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape joined = vin_shape_nchw(1, 6, 8, 6), four = vin_shape_nchw(1, 4, 8, 6);
    VinTensor *base = vin_graph_add_tensor(net->graph, "base", &joined);
    VinTensor *inner = vin_graph_add_tensor(net->graph, "inner", &four);
    VinTensor *a = vin_net_unary(net, VIN_OP_RELU, net->input);
    VinTensor *b = vin_net_unary(net, VIN_OP_LRN, net->input);
    VinTensor *last;

    inner->base = base;
    b->base = inner;
    b->channel_offset = 1;
    inner->channel_offset = 2;
    a->base = base;
    last = vin_net_unary(net, VIN_OP_RELU, inner);
    vin_net_output(net, last);
    g_assert_true(vin_graph_verify(net->graph, NULL));
    inner->channel_offset = 1;
    refuse(net->graph, "overlaps");
    inner->channel_offset = 2;
    b->base = base;
    b->channel_offset = 3;
    g_assert_true(vin_graph_verify(net->graph, NULL));
    b->base = NULL;
    refuse(net->graph, "before anything has written it");
}

static void expect_module(const char *name, const char *wanted)
{
    VinNode node = {.name = (char *)name};
    g_autofree char *module = vin_node_module(&node);

    g_assert_cmpstr(module, ==, wanted);
}

static void test_stats(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *conv = vin_net_conv(net, net->input, 5, 3, 2, 1, TRUE);
    VinTensor *gemm = vin_net_gemm(net, conv, 7, FALSE);

    g_assert_cmpuint(vin_node_macs(conv->producer), ==, 5 * 4 * 3 * 27);
    g_assert_cmpuint(vin_node_n_params(conv->producer), ==, 5 * 27 + 5);
    g_assert_cmpuint(vin_node_macs(gemm->producer), ==, 7 * 60);
    g_assert_cmpuint(vin_node_n_params(gemm->producer), ==, 7 * 60 + 7);
    expect_module("inception_3a/1x1", "inception_3a");
    expect_module("inception_3a/3x3_reduce", "inception_3a");
    expect_module("/inception4e/branch2/conv/Conv", "inception4e");
    expect_module("InceptionV3/InceptionV3/Mixed_5b/Branch_0/Conv2d_0a_1x1", "Mixed_5b");
    expect_module("conv1/7x7_s2", NULL);
    expect_module("inception_3a", NULL);
    expect_module("pool5/inception_drop", NULL);
    expect_module("", NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/graph/names", test_names);
    g_test_add_func("/graph/rewrite", test_rewrite);
    g_test_add_func("/graph/rewrite_early", test_rewrite_early);
    g_test_add_func("/graph/copy_and_batch", test_copy_and_batch);
    g_test_add_func("/graph/verify", test_verify);
    g_test_add_func("/graph/verify_wide", test_verify_wide);
    g_test_add_func("/graph/verify_views", test_verify_views);
    g_test_add_func("/graph/verify_read_slices", test_verify_read_slices);
    g_test_add_func("/graph/stats", test_stats);
    return g_test_run();
}
