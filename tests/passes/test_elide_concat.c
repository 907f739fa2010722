/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Concat by channel offset: the plain inception module, and everything that can't be a slice.
 */
#include "passes/passes.h"
#include "same.h"

static VinNet *new_net(guint32 n)
{
    VinShape shape = vin_shape_nchw(n, 3, 7, 5);

    return vin_net_new(20 + n, &shape);
}

static void expect(const VinGraph *graph, guint n_copies)
{
    g_assert_cmpuint(vin_net_count(graph, VIN_OP_CONCAT), ==, 0);
    g_assert_cmpuint(vin_net_count(graph, VIN_OP_COPY), ==, n_copies);
}

static void test_module(void)
{
    g_autoptr(VinNet) net = new_net(2);
    VinTensor *out = vin_net_inception(net, vin_net_inception(net, net->input));
    g_autoptr(VinGraph) after = NULL;
    const VinNode *concat = out->producer;
    const guint32 offsets[] = {0, 5, 12, 15};

    vin_net_output(net, vin_net_conv(net, out, 3, 3, 2, 1, TRUE));
    after = vin_same_after(net, vin_pass_elide_concat, 0);
    expect(after, 0);
    g_assert_cmpuint(after->nodes->len, ==, net->graph->nodes->len - 2);
    for (guint i = 0; i < concat->n_inputs; i++) {
        const VinTensor *view = g_ptr_array_index(after->tensors, concat->inputs[i]->id);

        g_assert_nonnull(view->base);
        g_assert_cmpstr(view->base->name, ==, out->name);
        g_assert_cmpuint(view->channel_offset, ==, offsets[i]);
    }
}

static void test_all_passes(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinTensor *x = vin_net_conv(net, net->input, 4, 3, 1, 1, FALSE);
    g_autoptr(VinGraph) after = NULL;

    x = vin_net_unary(net, VIN_OP_RELU, vin_net_batchnorm(net, x));
    x = vin_net_inception(net, vin_net_inception(net, x));
    x = vin_net_unary(net, VIN_OP_DROPOUT, vin_net_unary(net, VIN_OP_LRN, x));
    x = vin_net_unary(net, VIN_OP_SOFTMAX, vin_net_gemm(net, x, 11, TRUE));
    vin_net_output(net, x);
    after = vin_same_after(net, vin_passes_run, 1e-6);
    expect(after, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_RELU), ==, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_BATCHNORM), ==, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_DROPOUT), ==, 0);
}

/* A concat in a concat: slices of a slice; the inner one is read as well. */
static void test_nested(void)
{
    g_autoptr(VinNet) net = new_net(2);
    VinTensor *parts[2], *inner, *outer;
    g_autoptr(VinGraph) after = NULL;
    const VinTensor *deep;
    guint32 channel = 0;

    parts[0] = vin_net_conv(net, net->input, 2, 1, 1, 0, TRUE);
    parts[1] = vin_net_conv(net, net->input, 3, 3, 1, 1, TRUE);
    inner = vin_net_concat(net, parts, 2);
    deep = parts[1];
    parts[0] = vin_net_conv(net, inner, 4, 1, 1, 0, TRUE);
    parts[1] = inner;
    outer = vin_net_concat(net, parts, 2);
    vin_net_output(net, vin_net_conv(net, outer, 3, 3, 1, 1, TRUE));
    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, inner));
    after = vin_same_after(net, vin_pass_elide_concat, 0);
    expect(after, 0);
    deep = vin_tensor_root(g_ptr_array_index(after->tensors, deep->id), &channel);
    g_assert_cmpstr(deep->name, ==, outer->name);
    g_assert_cmpuint(channel, ==, 6);
}

static void test_duplicate(void)
{
    g_autoptr(VinNet) net = new_net(2);
    VinTensor *a = vin_net_conv(net, net->input, 2, 1, 1, 0, TRUE);
    VinTensor *b = vin_net_conv(net, net->input, 3, 1, 1, 0, TRUE);
    VinTensor *const twice[] = {a, b, a};
    VinTensor *const again[] = {b, a};
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_concat(net, twice, 3));
    vin_net_output(net, vin_net_concat(net, again, 2));
    after = vin_same_after(net, vin_pass_elide_concat, 0);
    expect(after, 3);
}

static void test_own_memory(void)
{
    g_autoptr(VinNet) net = new_net(1);
    VinShape other = vin_shape_nchw(1, 5, 7, 3);
    VinTensor *made = vin_net_conv(net, net->input, 2, 1, 1, 0, TRUE);
    VinTensor *wide = vin_net_conv(net, net->input, 3, 1, 1, 0, TRUE);
    VinTensor *bent = vin_net_reshape(net, vin_net_reshape(net, wide, &other),
                                      &wide->shape);
    VinTensor *const parts[] = {net->input, made, bent,
                                vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE)};
    g_autoptr(VinGraph) after = NULL;
    VinTensor *all;

    vin_net_output(net, made);
    all = vin_net_concat(net, parts, G_N_ELEMENTS(parts));
    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, all, 3, 2, 1));
    after = vin_same_after(net, vin_pass_elide_concat, 0);
    expect(after, 3); /* all but the last conv */
    g_assert_null(((VinTensor *)g_ptr_array_index(after->outputs, 0))->base);
    g_assert_null(((VinTensor *)g_ptr_array_index(after->inputs, 0))->base);
}

/* Dense blocks read what they extend; rows of N x C join likewise. */
static void test_dense_and_flat(void)
{
    g_autoptr(VinNet) net = new_net(3);
    VinTensor *x = vin_net_conv(net, net->input, 2, 3, 1, 1, TRUE);
    VinTensor *parts[2];
    g_autoptr(VinGraph) after = NULL;

    for (guint i = 0; i < 3; i++) {
        parts[0] = x;
        parts[1] = vin_net_conv(net, x, 3, 3, 1, 1, TRUE);
        x = vin_net_concat(net, parts, 2);
    }
    parts[0] = vin_net_gemm(net, x, 5, FALSE);
    parts[1] = vin_net_gemm(net, x, 2, TRUE);
    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, vin_net_concat(net, parts, 2)));
    after = vin_same_after(net, vin_pass_elide_concat, 0);
    expect(after, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/elide_concat/module", test_module);
    g_test_add_func("/elide_concat/all_passes", test_all_passes);
    g_test_add_func("/elide_concat/nested", test_nested);
    g_test_add_func("/elide_concat/duplicate", test_duplicate);
    g_test_add_func("/elide_concat/own_memory", test_own_memory);
    g_test_add_func("/elide_concat/dense_and_flat", test_dense_and_flat);
    return g_test_run();
}
