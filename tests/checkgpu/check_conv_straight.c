/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution in straight-line code against the reference: maps that tiles fit and do not, sums in
 * one chunk and in many, filters cut into rows.
 */
#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"
#include "kernels/table.h"

static const ConvCase cases[] = {
    {"1x1", 1, 16, 14, 14, 32, SQUARE(1, 1, 0)},
    {"1x1_odd_channels", 1, 5, 13, 17, 3, SQUARE(1, 1, 0)},
    {"1x1_one_channel", 1, 1, 7, 7, 1, SQUARE(1, 1, 0)},
    {"1x1_seven", 2, 40, 7, 7, 48, SQUARE(1, 1, 0)},
    {"3x3", 1, 24, 14, 14, 40, SQUARE(3, 1, 1)},
    {"3x3_batch_3", 3, 8, 7, 7, 33, SQUARE(3, 1, 1)},
    {"3x3_long_sum", 1, 512, 7, 7, 16, SQUARE(3, 1, 1)},
    {"3x3_large_map", 1, 4, 56, 56, 64, SQUARE(3, 1, 1)},
    {"3x3_wide_output", 1, 9, 7, 7, 130, SQUARE(3, 1, 1)},
    {"5x5", 1, 16, 14, 14, 32, SQUARE(5, 1, 2)},
    {"1x1_fifteen_pixels", 1, 24, 3, 5, 8, SQUARE(1, 1, 0)},
    {"1x1_long_sum", 1, 528, 4, 4, 24, SQUARE(1, 1, 0)},
    {"1x1_batch_17", 17, 20, 4, 4, 9, SQUARE(1, 1, 0)},
    {"3x3_eight", 2, 20, 8, 8, 12, SQUARE(3, 1, 1)},
    {"3x3_sixteen", 1, 40, 3, 32, 9, SQUARE(3, 1, 1)},
    {"3x3_five_rows", 1, 3, 5, 21, 70, SQUARE(3, 1, 1)},
    {"3x3_one_row", 1, 16, 1, 28, 8, SQUARE(3, 1, 1)},
    {"5x5_eight", 2, 18, 9, 8, 10, SQUARE(5, 1, 2)},
    {"7x7_seven", 1, 5, 7, 7, 11, SQUARE(7, 1, 3)},
};

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS};

    vin_check_both_orders(net->graph, &check, "conv_straight");
}

static void test_case(gconstpointer data)
{
    check_case(data, TRUE);
}

static void test_no_bias(void)
{
    const ConvCase test = {"no_bias", 1, 11, 7, 7, 13, SQUARE(3, 1, 1)};

    check_case(&test, FALSE);
}

static void expect_planar(VinPlan *plan, gpointer data)
{
    const VinStep *last = &plan->steps[plan->n_steps - 1];
    const VinCaps *caps = vin_device_get_caps(plan->device);
    const char *reason = NULL;

    if (!vin_blocked_accepts(caps, &reason) ||
        (vin_kernel_conv_straight.needs & ~caps->bits) != 0) {
        return;
    }
    g_assert_cmpstr(last->kernel->name, ==, "conv_straight");
    g_assert_cmpint(last->orders.in, ==, VIN_ORDER_BLOCKED);
    g_assert_cmpint(last->orders.out, ==, VIN_ORDER_PLANAR);
}

/* From blocks that another kernel wrote to the planar output of a graph, in chunks (@channels of
 * them are inputs of the last) and relu. */
static void check_planar(guint32 channels)
{
    const VinShape x = vin_shape_nchw(2, 3, 9, 14);
    const VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 1e-5,
                            .kernels = VIN_KERNELS_BROADCAST, .adjust = expect_planar};
    g_autoptr(VinNet) net = vin_net_new(channels, &x);
    VinTensor *y = vin_net_conv(net, net->input, channels, 3, 1, 1, TRUE);

    if (vin_check_device() == NULL) {
        return;
    }
    vin_net_output(net, vin_net_conv(net, y, 21, 3, 1, 1, TRUE));
    vin_check_graph(net->graph, &check);
}

static void test_planar(void)
{
    check_planar(10);
    check_planar(40);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/conv_straight/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/conv_straight/no_bias", test_no_bias);
    g_test_add_func("/conv_straight/planar", test_planar);
    return g_test_run();
}
