/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution of few planar channels in straight-line code against the reference: strides, edges
 * on all sides, tiles of all widths, planar and blocked outputs, and what it leaves to others.
 */
#include <string.h>

#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"
#include "kernels/table.h"
#include "support/net.h"

#define KERNEL "conv_first"

static const ConvCase cases[] = {
    {"7x7_stride_2", 1, 3, 56, 56, 64, SQUARE(7, 2, 3)},
    {"7x7_stride_2_narrow", 2, 3, 13, 28, 5, SQUARE(7, 2, 3)},
    {"7x7_stride_1", 1, 3, 9, 7, 17, SQUARE(7, 1, 3)},
    {"3x3", 1, 3, 11, 32, 24, SQUARE(3, 1, 1)},
    {"3x3_stride_2", 3, 3, 31, 31, 33, SQUARE(3, 2, 1)},
    {"3x3_unpadded", 1, 3, 33, 33, 32, SQUARE(3, 2, 0)},
    {"3x3_one_channel", 1, 1, 1, 14, 1, SQUARE(3, 1, 1)},
    {"1x1", 1, 5, 3, 8, 40, SQUARE(1, 1, 0)},
    {"1x1_stride_2", 17, 2, 6, 27, 9, SQUARE(1, 2, 0)},
    {"5x8_asymmetric", 1, 4, 20, 21, 8,
     {.kernel_h = 5, .kernel_w = 8, .pad_top = 4, .pad_left = 0, .pad_bottom = 1,
      .pad_right = 7}},
    {"2x4_asymmetric", 1, 6, 10, 27, 130,
     {.kernel_h = 2, .kernel_w = 4, .stride_h = 1, .stride_w = 2, .pad_top = 0, .pad_left = 3,
      .pad_bottom = 3, .pad_right = 1, .relu = TRUE}},
    {"wide_input", 1, 3, 8, 30, 16, {.kernel_h = 3, .kernel_w = 3, .stride_h = 2, .stride_w = 2}},
};

static void expect_first(VinPlan *plan, gpointer data)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);
    const char *reason = NULL;

    if (vin_blocked_accepts(caps, &reason) &&
        (vin_kernel_conv_first.needs & ~caps->bits) == 0) {
        g_assert_cmpstr(plan->steps[0].kernel->name, ==, data);
        g_assert_cmpint(plan->steps[0].orders.in, ==, VIN_ORDER_PLANAR);
    }
}

/* Alone its output is planar. */
static void test_case(gconstpointer data)
{
    const ConvCase *test = data;
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS,
                            .kernels = VIN_KERNELS_BROADCAST, .adjust = expect_first,
                            .adjust_data = (gpointer)KERNEL};

    for (guint has_bias = 0; has_bias < 2; has_bias++) {
        g_autoptr(VinNet) net = conv_case_net(test, has_bias != 0);

        vin_check_graph(net->graph, &check);
    }
}

static void expect_blocked(VinPlan *plan, gpointer data)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);
    const char *reason = NULL;

    expect_first(plan, data);
    if (vin_blocked_accepts(caps, &reason) && (~caps->bits & VIN_CAP_SUBGROUP_BROADCAST) != 0 &&
        strcmp(plan->steps[0].kernel->name, KERNEL) == 0) {
        g_assert_cmpint(plan->steps[0].orders.out, ==, VIN_ORDER_BLOCKED);
    }
}

/* Before a layer that reads blocks: channels beyond its own are zero there. */
static void test_blocked(void)
{
    const VinShape x = vin_shape_nchw(2, 3, 27, 28);
    const VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 1e-5,
                            .kernels = VIN_KERNELS_BROADCAST, .adjust = expect_blocked,
                            .adjust_data = (gpointer)KERNEL, .no_alias = TRUE};
    g_autoptr(VinNet) net = vin_net_new(7, &x);
    VinTensor *y = vin_net_conv(net, net->input, 21, 7, 2, 3, TRUE);

    vin_net_output(net, vin_net_conv(net, y, 10, 1, 1, 0, TRUE));
    vin_check_graph(net->graph, &check);
}

/* A row that tiles do not divide, a dilation, a stride of 3, a sum that is too long. */
static void test_others(void)
{
    static const ConvCase others[] = {
        {"width", 1, 3, 9, 13, 8, SQUARE(3, 1, 1)},
        {"dilated", 1, 3, 9, 14, 8,
         {.kernel_h = 3, .kernel_w = 3, .dilation_h = 1, .dilation_w = 2, .pad_left = 2,
          .pad_right = 2}},
        {"stride_3", 1, 3, 21, 21, 8, SQUARE(3, 3, 1)},
        {"long", 1, 18, 9, 14, 8, SQUARE(3, 1, 1)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        const VinKernel *kernel = &vin_kernel_conv_first;
        g_autoptr(VinNet) net = conv_case_net(&others[i], TRUE);
        const VinCaps caps = {.is_software = TRUE, .subgroup_size = 8, .bits = G_MAXUINT32};
        const char *reason = NULL;

        g_assert_false(kernel->accepts(g_ptr_array_index(net->graph->nodes, 0), &caps, &reason));
        g_assert_nonnull(reason);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/conv_first/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/conv_first/blocked", test_blocked);
    g_test_add_func("/conv_first/others", test_others);
    return g_test_run();
}
