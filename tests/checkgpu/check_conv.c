/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution kernels against the reference over odd shapes.
 */
#include "abi/conv.h"
#include "base/bytes.h"
#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"
#include "support/net.h"

static const ConvCase bench_cases[] = {
    {"conv1", 1, 3, 224, 224, 64, SQUARE(7, 2, 3)},
    {"conv2", 1, 64, 56, 56, 192, SQUARE(3, 1, 1)},
    {"3b_3x3", 1, 128, 28, 28, 192, SQUARE(3, 1, 1)},
    {"3b_1x1", 1, 256, 28, 28, 128, SQUARE(1, 1, 0)},
    {"4_1x1", 1, 512, 14, 14, 128, SQUARE(1, 1, 0)},
    {"4_3x3", 1, 144, 14, 14, 288, SQUARE(3, 1, 1)},
    {"4_5x5", 1, 32, 14, 14, 64, SQUARE(5, 1, 2)},
    {"5_1x1", 1, 832, 7, 7, 384, SQUARE(1, 1, 0)},
    {"5_3x3", 1, 192, 7, 7, 384, SQUARE(3, 1, 1)},
    {"small_40", 1, 64, 40, 40, 32, SQUARE(1, 1, 0)},
    {"small_5", 1, 96, 5, 5, 96, SQUARE(3, 1, 1)},
};

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS,
                            .named = "conv_broadcast,conv_rows,conv_direct"};

    vin_check_both_orders(net->graph, &check, "conv_broadcast");
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

static void set_tile(VinPlan *plan, gpointer data)
{
    const guint32 *tile = data;
    VinStep *step = &plan->steps[0];
    const VinTensor *y = step->node->output;
    guint32 blocks = vin_div_up(vin_tensor_c(y), VIN_CONV_BLOCK);
    g_autoptr(GError) error = NULL;

    memcpy(step->dispatch.spec, tile, 3 * sizeof *tile);
    step->dispatch.groups[0] = vin_div_up(vin_tensor_h(y) * vin_tensor_w(y), tile[0] * tile[1]);
    step->dispatch.groups[1] = vin_div_up(blocks, tile[2]);
    step->pipeline = vin_plan_pipeline(plan, &step->dispatch, &error);
    g_assert_no_error(error);
}

/* Tiles for GPUs and for more lanes than this device has too, whatever it would choose. */
static void test_tiles(void)
{
    static const guint32 tiles[][3] = {{64, 4, 1}, {64, 1, 1}, {32, 2, 2}, {16, 3, 1},
                                       {8, 1, 1},  {8, 7, 2},  {8, 14, 2}, {4, 5, 2}};
    static const ConvCase odd[] = {
        {"3x3", 2, 7, 13, 17, 37, SQUARE(3, 1, 1)},
        {"1x1", 1, 9, 7, 7, 16, SQUARE(1, 1, 0)},
        {"7x7", 1, 3, 29, 31, 65, SQUARE(7, 2, 3)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(tiles) * G_N_ELEMENTS(odd); i++) {
        g_autoptr(VinNet) net = conv_case_net(&odd[i % G_N_ELEMENTS(odd)], TRUE);
        const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS, .adjust = set_tile,
                                .kernels = VIN_KERNELS_PLAIN,
                                .adjust_data = (gpointer)tiles[i / G_N_ELEMENTS(odd)]};

        vin_check_graph(net->graph, &check);
    }
}

/* Layers of GoogLeNet and of a small network; run with -m perf. */
static void bench_case(gconstpointer data)
{
    const ConvCase *test = data;
    g_autoptr(VinNet) net = conv_case_net(test, TRUE);

    vin_check_bench(net->graph, test->name);
}

static void test_groups_are_refused(void)
{
    VinDevice *device = vin_check_device();
    VinShape x = vin_shape_nchw(1, 4, 5, 5), w = vin_shape_nchw(4, 2, 3, 3);
    g_autoptr(VinNet) net = vin_net_new(1, &x);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinPlan) plan = NULL;
    VinNode node = {.op = VIN_OP_CONV, .n_inputs = 2,
                    .u.window = {.kernel_h = 3, .kernel_w = 3, .stride_h = 1, .stride_w = 1,
                                 .dilation_h = 1, .dilation_w = 1, .groups = 2}};

    if (device == NULL) {
        return;
    }
    node.inputs[0] = net->input;
    node.inputs[1] = vin_net_constant(net, &w, -1, 1);
    vin_net_output(net, vin_net_node(net, &node));
    plan = vin_plan_new(net->graph, device, NULL, NULL, NULL, &error);
    g_assert_null(plan);
    g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "conv1"));
    g_assert_nonnull(strstr(error->message, "groups must be 1"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < conv_n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/conv/%s", conv_cases[i].name);

        g_test_add_data_func(path, &conv_cases[i], test_case);
    }
    for (guint i = 0; g_test_perf() && i < G_N_ELEMENTS(bench_cases); i++) {
        g_autofree char *path = g_strdup_printf("/bench/conv/%s", bench_cases[i].name);

        g_test_add_data_func(path, &bench_cases[i], bench_case);
    }
    g_test_add_func("/conv/tiles", test_tiles);
    g_test_add_func("/conv/no_bias", test_no_bias);
    g_test_add_func("/conv/groups_are_refused", test_groups_are_refused);
    return g_test_run();
}
