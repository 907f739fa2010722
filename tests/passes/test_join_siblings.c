/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolutions that read the same: which become one, where their outputs lie, what the joined one
 * keeps of the names, and everything that has to stay apart.
 */
#include "passes/passes.h"
#include "same.h"

static VinNet *new_net(guint32 n)
{
    VinShape shape = vin_shape_nchw(n, 5, 7, 6);

    return vin_net_new(40 + n, &shape);
}

static VinTensor *conv_1x1(VinNet *net, VinTensor *x, guint32 k)
{
    return vin_net_unary(net, VIN_OP_RELU, vin_net_conv(net, x, k, 1, 1, 0, k != 32));
}

/* The module of the classic network, with as many channels as blocks are made of. */
static VinTensor *add_module(VinNet *net, VinTensor *x, guint32 n_middle)
{
    VinTensor *branches[] = {
        conv_1x1(net, x, 16),
        vin_net_conv(net, conv_1x1(net, x, n_middle), 3, 3, 1, 1, TRUE),
        vin_net_conv(net, conv_1x1(net, x, 48), 5, 5, 1, 2, TRUE),
        conv_1x1(net, vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 1, 1), 4),
    };

    return vin_net_concat(net, branches, G_N_ELEMENTS(branches));
}

static VinGraph *run(VinNet *net, guint n_convs)
{
    VinGraph *after = vin_same_after(net, vin_passes_run, 1e-6);

    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONV), ==, n_convs);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONCAT), ==, 0);
    return after;
}

static void expect_slice(const VinGraph *graph, const VinTensor *of_net, const VinTensor *root,
                         guint32 first)
{
    const VinTensor *tensor = g_ptr_array_index(graph->tensors, of_net->id);
    guint32 channel = 0;

    g_assert_true(vin_tensor_root(tensor, &channel) == root);
    g_assert_cmpuint(channel, ==, first);
}

static const VinNode *find_joined(const VinGraph *graph)
{
    const VinNode *found = NULL;

    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->joined != NULL) {
            g_assert_null(found);
            found = node;
        }
    }
    g_assert_nonnull(found);
    return found;
}

static void test_module(void)
{
    for (guint32 n = 1; n <= 3; n += 2) {
        g_autoptr(VinNet) net = new_net(n);
        VinTensor *out = add_module(net, net->input, 32);
        g_autoptr(VinGraph) after = NULL, copy = NULL;
        const VinNode *joined;
        const VinTensor *root;

        vin_net_output(net, vin_net_conv(net, out, 3, 3, 2, 1, TRUE));
        after = run(net, 7 - 2);
        joined = find_joined(after);
        root = joined->output->base;
        g_assert_cmpuint(vin_tensor_c(joined->output), ==, 32 + 48 + 16);
        g_assert_cmpuint(vin_tensor_c(root), ==, 32 + 48 + 16 + 3 + 5 + 4);
        g_assert_cmpuint(joined->output->channel_offset, ==, 0);
        g_assert_true(joined->u.window.relu);
        expect_slice(after, out, root, 32 + 48);
        expect_slice(after, out->producer->inputs[1], root, 32 + 48 + 16);
        g_assert_cmpstr(joined->name, ==, "conv1");
        g_assert_cmpuint(g_strv_length(joined->joined), ==, 2);
        g_assert_cmpstr(joined->joined[0], ==, "conv3");
        copy = vin_graph_copy(after);
        g_assert_true(vin_graph_verify(copy, NULL));
        g_assert_cmpstr(find_joined(copy)->joined[1], ==, joined->joined[1]);
    }
}

/* One behind the other, where the first one's output is a slice when the second is reached. */
static void test_modules(void)
{
    g_autoptr(VinNet) net = new_net(2);
    VinTensor *x = add_module(net, add_module(net, net->input, 16), 64);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX,
                                      vin_net_gemm(net, vin_net_unary(net, VIN_OP_LRN, x), 9,
                                                   TRUE)));
    vin_net_output(net, vin_net_conv(net, x, 3, 1, 1, 0, TRUE));
    after = run(net, 12 + 1 - 4);
}

/* 24 channels are one block and a half. */
static void test_half_a_block(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinTensor *out = add_module(net, net->input, 24);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_conv(net, out, 3, 1, 1, 0, TRUE));
    after = run(net, 7 - 1);
    g_assert_cmpuint(vin_tensor_c(find_joined(after)->output), ==, 48 + 16);
}

/* Nothing that is joined lies in a larger tensor. */
static void test_no_concat(void)
{
    g_autoptr(VinNet) net = new_net(2);
    VinTensor *a = vin_net_conv(net, net->input, 32, 3, 1, 1, TRUE);
    VinTensor *b = vin_net_conv(net, net->input, 32, 3, 1, 1, FALSE);
    VinTensor *sum = vin_net_binary(net, VIN_OP_MUL, a, b);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_conv(net, sum, 3, 1, 1, 0, TRUE));
    after = run(net, 2);
    expect_slice(after, b, find_joined(after)->output->base, 32);
}

/* Two concats begin with a sibling each: only one of them can be moved. Another sibling is the
 * second input of one, and stays where it is. */
static void test_two_concats(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinTensor *x = net->input;
    VinTensor *first[] = {vin_net_conv(net, x, 16, 1, 1, 0, TRUE),
                          vin_net_conv(net, x, 32, 1, 1, 0, TRUE)};
    VinTensor *second[] = {vin_net_conv(net, x, 48, 1, 1, 0, TRUE),
                           vin_net_pool(net, VIN_OP_AVG_POOL, x, 3, 1, 1)};
    VinTensor *loose = vin_net_conv(net, x, 64, 1, 1, 0, TRUE);
    VinTensor *ends[] = {vin_net_concat(net, first, 2), vin_net_concat(net, second, 2), loose};
    g_autoptr(VinGraph) after = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        vin_net_output(net, vin_net_conv(net, ends[i], 2, 3, 1, 1, TRUE));
    }
    after = run(net, 7 - 1);
    g_assert_cmpuint(vin_tensor_c(find_joined(after)->output), ==, 64 + 16);
}

/* A concat in a concat: what a slice of a slice begins with stays. */
static void test_nested(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinTensor *x = net->input;
    VinTensor *inner[] = {vin_net_conv(net, x, 16, 1, 1, 0, TRUE), x};
    VinTensor *outer[] = {vin_net_concat(net, inner, 2), vin_net_conv(net, x, 16, 1, 1, 0, TRUE)};
    VinTensor *out = vin_net_concat(net, outer, 2);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_conv(net, out, 2, 1, 1, 0, TRUE));
    vin_net_output(net, vin_net_conv(net, outer[0], 2, 3, 1, 1, TRUE));
    after = run(net, 4);
}

/* Windows, relus and ranges that differ; what is an output, or reshaped; other inputs. */
static void test_apart(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinTensor *x = net->input;
    VinShape flat = vin_shape_nc(1, 16 * 7 * 6);
    VinTensor *plain = vin_net_conv(net, x, 16, 1, 1, 0, TRUE);
    VinTensor *wide = vin_net_conv(net, x, 16, 3, 1, 1, TRUE);
    VinTensor *relu = conv_1x1(net, x, 16);
    VinTensor *ranged = vin_net_conv(net, x, 16, 1, 1, 0, TRUE);
    VinTensor *output = vin_net_conv(net, x, 16, 1, 1, 0, TRUE);
    VinTensor *reshaped = vin_net_conv(net, x, 16, 1, 1, 0, TRUE);
    VinTensor *later = vin_net_conv(net, vin_net_binary(net, VIN_OP_ADD, plain, relu), 16, 1, 1, 0,
                                    TRUE);
    g_autoptr(VinGraph) after = NULL;

    ranged->producer->u.window.in_high = 2;
    vin_net_output(net, vin_net_binary(net, VIN_OP_ADD, later, ranged));
    vin_net_output(net, vin_net_binary(net, VIN_OP_ADD, wide, relu));
    vin_net_output(net, output);
    vin_net_output(net, vin_net_gemm(net, vin_net_reshape(net, reshaped, &flat), 5, TRUE));
    after = run(net, 7);
}

/* Of 40 MiB of weights, or of activations, each its own. */
static void test_large(void)
{
    VinShape shape = vin_shape_nchw(1, 2048, 1, 1), map = vin_shape_nchw(1, 1, 600, 600);
    g_autoptr(VinNet) weights = vin_net_new(1, &shape), values = vin_net_new(1, &map);
    VinNet *nets[] = {weights, values};
    const guint32 n_out[] = {2560, 16};

    for (guint i = 0; i < G_N_ELEMENTS(nets); i++) {
        VinTensor *a = vin_net_conv(nets[i], nets[i]->input, n_out[i], 1, 1, 0, TRUE);
        VinTensor *b = vin_net_conv(nets[i], nets[i]->input, n_out[i], 1, 1, 0, TRUE);
        g_autoptr(GError) error = NULL;

        vin_net_output(nets[i], vin_net_pool(nets[i], VIN_OP_MAX_POOL,
                                             vin_net_binary(nets[i], VIN_OP_ADD, a, b), 1, 1, 0));
        g_assert_true(vin_passes_run(nets[i]->graph, &error));
        g_assert_cmpuint(vin_net_count(nets[i]->graph, VIN_OP_CONV), ==, 2);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/join-siblings/module", test_module);
    g_test_add_func("/join-siblings/modules", test_modules);
    g_test_add_func("/join-siblings/half-a-block", test_half_a_block);
    g_test_add_func("/join-siblings/no-concat", test_no_concat);
    g_test_add_func("/join-siblings/two-concats", test_two_concats);
    g_test_add_func("/join-siblings/nested", test_nested);
    g_test_add_func("/join-siblings/apart", test_apart);
    g_test_add_func("/join-siblings/large", test_large);
    return g_test_run();
}
