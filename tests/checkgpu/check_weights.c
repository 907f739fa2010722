/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks with more weights than a shader sees at once: small ones, as if it saw little, and one
 * with a layer beyond what software drivers show.
 */
#include "checkgpu/harness.h"
#include "support/net.h"

#define WINDOW ((guint64)1 << 16)

static void expect_windows(VinPlan *plan, gpointer data)
{
    const guint n_expected = GPOINTER_TO_UINT(data);
    guint n = 1;

    for (guint i = 1; i < plan->n_steps; i++) {
        n += plan->steps[i].weight_window != plan->steps[i - 1].weight_window;
        g_assert_cmpuint(plan->steps[i].weight_window * sizeof(float) % VIN_WINDOW_ALIGN, ==, 0);
    }
    g_assert_cmpuint(n, >=, n_expected);
    g_assert_cmpuint(plan->weights.size, >, (n_expected - 1) * WINDOW);
}

/* Plain kernels, those that go by addresses, and with the windows of a real device. */
static void check_windows(const VinGraph *graph, guint n_expected)
{
    VinCheck check = {.bound = VIN_BOUND_RANGE,
                      .eps = 2e-5,
                      .kernels = VIN_KERNELS_PLAIN,
                      .window_bytes = WINDOW,
                      .adjust = expect_windows,
                      .adjust_data = GUINT_TO_POINTER(n_expected)};

    vin_check_graph(graph, &check);
    check.kernels = VIN_KERNELS_BROADCAST;
    vin_check_graph(graph, &check);
    check.window_bytes = 0;
    check.adjust = NULL;
    vin_check_graph(graph, &check);
}

static void test_many_layers(void)
{
    VinShape shape = vin_shape_nchw(2, 20, 9, 9);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *y = net->input;

    for (guint i = 0; i < 6; i++) {
        y = vin_net_conv(net, y, 30, 3, 1, 1, TRUE);
    }
    vin_net_output(net, y);
    check_windows(net->graph, 3);
}

static void test_large_layers(void)
{
    VinShape shape = vin_shape_nchw(2, 40, 8, 8);
    g_autoptr(VinNet) net = vin_net_new(2, &shape);
    VinTensor *y = vin_net_conv(net, net->input, 100, 3, 2, 1, TRUE);

    y = vin_net_inception(net, vin_net_conv(net, y, 200, 1, 1, 0, TRUE));
    y = vin_net_gemm(net, y, 90, TRUE);
    vin_net_output(net, vin_net_gemm(net, y, 300, FALSE));
    check_windows(net->graph, 4);
}

/* 151 MB, more than the 128 MiB that every device has to show. */
static void test_beyond_the_least_limit(void)
{
    VinShape shape = vin_shape_nchw(1, 256, 6, 6);
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    const VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 2e-5};
    VinTensor *y = vin_net_gemm(net, net->input, 4096, TRUE);

    vin_net_output(net, vin_net_gemm(net, y, 10, TRUE));
    vin_check_graph(net->graph, &check);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weights/many-layers", test_many_layers);
    g_test_add_func("/weights/large-layers", test_large_layers);
    g_test_add_func("/weights/beyond-the-least-limit", test_beyond_the_least_limit);
    return g_test_run();
}
