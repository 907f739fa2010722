/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is dropped and what only looks as if it could be.
 */
#include "passes/passes.h"
#include "same.h"

static void test_dropped(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 5, 7);
    VinShape flat = vin_shape_nc(2, 105);
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    VinTensor *x = vin_net_unary(net, VIN_OP_IDENTITY, net->input);
    g_autoptr(VinGraph) after = NULL;

    x = vin_net_unary(net, VIN_OP_RELU, vin_net_unary(net, VIN_OP_DROPOUT, x));
    x = vin_net_concat(net, &x, 1);
    x = vin_net_reshape(net, vin_net_reshape(net, x, &flat), &flat);
    vin_net_output(net, vin_net_unary(net, VIN_OP_IDENTITY, x));
    after = vin_same_after(net, vin_pass_drop_noops, 0);
    g_assert_cmpuint(after->nodes->len, ==, 2);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_RELU), ==, 1);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_RESHAPE), ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drop_noops/dropped", test_dropped);
    return g_test_run();
}
