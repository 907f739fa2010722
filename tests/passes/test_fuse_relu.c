/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a relu may move and where it must stay.
 */
#include "passes/passes.h"
#include "same.h"

static VinNet *new_net(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 5, 7);

    return vin_net_new(7, &shape);
}

static void test_fused(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *x = vin_net_conv(net, net->input, 4, 3, 2, 1, TRUE);
    VinTensor *y;
    g_autoptr(VinGraph) after = NULL;

    x = vin_net_unary(net, VIN_OP_RELU, x);
    y = vin_net_conv(net, x, 4, 3, 1, 1, FALSE);
    x = vin_net_unary(net, VIN_OP_RELU, vin_net_binary(net, VIN_OP_ADD, y, x));
    x = vin_net_unary(net, VIN_OP_RELU, vin_net_unary(net, VIN_OP_RELU, x));
    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, vin_net_gemm(net, x, 9, TRUE)));
    after = vin_same_after(net, vin_pass_fuse_relu, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_RELU), ==, 0);
    g_assert_cmpuint(after->nodes->len, ==, 4);
}

/* Others read what is before the relu, or the producer has no relu of its own. */
static void test_stays(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *shared = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE);
    VinTensor *seen = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE);
    VinTensor *pooled = vin_net_pool(net, VIN_OP_AVG_POOL, net->input, 3, 1, 1);
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, net->input));
    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, shared));
    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, shared, 2, 2, 0));
    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, seen));
    vin_net_output(net, seen);
    vin_net_output(net, vin_net_unary(net, VIN_OP_RELU, pooled));
    after = vin_same_after(net, vin_pass_fuse_relu, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_RELU), ==, 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fuse_relu/fused", test_fused);
    g_test_add_func("/fuse_relu/stays", test_stays);
    return g_test_run();
}
