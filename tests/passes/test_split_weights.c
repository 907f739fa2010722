/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Layers with more weights than are seen at once become several of the same result; those with less
 * stay what they are.
 */
#include "passes/passes.h"
#include "same.h"

static guint64 limit;

static gboolean split(VinGraph *graph, GError **error)
{
    return vin_pass_split_weights(graph, limit, error);
}

static gboolean all_passes(VinGraph *graph, GError **error)
{
    return vin_passes_run(graph, error) && split(graph, error);
}

static VinGraph *check(VinNet *net, VinOp op, guint64 max_bytes, guint n_expected)
{
    VinGraph *after;

    limit = max_bytes;
    after = vin_same_after(net, split, 0);
    g_assert_cmpuint(vin_net_count(after, op), ==, n_expected);
    for (guint i = 0; i < after->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(after->nodes, i);

        if (node->op == op && n_expected > 1) {
            g_assert_cmpuint(g_bytes_get_size(node->inputs[1]->data), <=, max_bytes);
        }
    }
    return after;
}

static void test_conv(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 7, 5);
    const guint64 row = 3 * 9 * sizeof(float);

    for (guint bias = 0; bias < 2; bias++) {
        g_autoptr(VinNet) net = vin_net_new(1, &shape);
        g_autoptr(VinGraph) whole = NULL, three = NULL, one_each = NULL, fit = NULL;

        vin_net_output(net, vin_net_conv(net, net->input, 150, 3, 1, 1, bias != 0));
        whole = check(net, VIN_OP_CONV, 150 * row, 1);
        three = check(net, VIN_OP_CONV, 149 * row, 2);  /* 128 + 22 */
        fit = check(net, VIN_OP_CONV, 40 * row, 5);     /* 32, ... 32, 22 */
        one_each = check(net, VIN_OP_CONV, row, 150);
    }
}

static void test_gemm(void)
{
    VinShape shape = vin_shape_nc(3, 20);

    for (guint trans_b = 0; trans_b < 2; trans_b++) {
        g_autoptr(VinNet) net = vin_net_new(2, &shape);
        g_autoptr(VinGraph) after = NULL;

        vin_net_output(net, vin_net_gemm(net, net->input, 130, trans_b != 0));
        after = check(net, VIN_OP_GEMM, 64 * 20 * sizeof(float), 3);
    }
}

/* A row is as small as it gets. */
static void test_too_long_a_row(void)
{
    VinShape shape = vin_shape_nc(1, 20);
    g_autoptr(VinNet) net = vin_net_new(4, &shape);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_gemm(net, net->input, 30, TRUE));
    after = check(net, VIN_OP_GEMM, 20 * sizeof(float) - 1, 1);
}

/* Parts of a branch are slices of a slice; the parts' output is read, and one of the graph. */
static void test_module(void)
{
    VinShape shape = vin_shape_nchw(1, 24, 6, 6);
    g_autoptr(VinNet) net = vin_net_new(5, &shape);
    VinTensor *y = vin_net_conv(net, net->input, 40, 3, 1, 1, TRUE);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_inception(net, vin_net_unary(net, VIN_OP_RELU, y)));
    vin_net_output(net, y);
    limit = 300;
    after = vin_same_after(net, all_passes, 1e-6);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONV), >, 20);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONCAT), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/split-weights/conv", test_conv);
    g_test_add_func("/split-weights/gemm", test_gemm);
    g_test_add_func("/split-weights/too-long-a-row", test_too_long_a_row);
    g_test_add_func("/split-weights/module", test_module);
    return g_test_run();
}
