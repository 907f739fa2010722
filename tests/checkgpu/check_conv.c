/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution kernels against the reference over odd shapes.
 */
#include "abi/conv.h"
#include "base/bytes.h"
#include "checkgpu/harness.h"
#include "support/net.h"

/* fp32 sums of up to 4,608 products: in order, the error is at most n * 2^-24 * sum |terms|,
 * in practice about sqrt(n) * 2^-24 = 4e-6. */
#define CONV_EPS 1e-5

typedef struct {
    const char *name;
    guint32 n, c, h, w, k;
    VinWindowParams window;
} ConvCase;

#define SQUARE(size, stride, pad) \
    {.kernel_h = size, .kernel_w = size, .stride_h = stride, .stride_w = stride, \
     .pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad}

static const ConvCase cases[] = {
    {"1x1", 1, 16, 14, 14, 32, SQUARE(1, 1, 0)},
    {"1x1_odd_channels", 1, 5, 13, 17, 3, SQUARE(1, 1, 0)},
    {"1x1_one_pixel", 1, 33, 1, 1, 65, SQUARE(1, 1, 0)},
    {"1x1_one_channel", 1, 1, 7, 7, 1, SQUARE(1, 1, 0)},
    {"1x1_seven", 2, 40, 7, 7, 48, SQUARE(1, 1, 0)},
    {"1x1_stride_2", 1, 12, 14, 14, 20, SQUARE(1, 2, 0)},
    {"1x1_padded", 1, 6, 7, 7, 9, SQUARE(1, 1, 1)},
    {"3x3", 1, 24, 14, 14, 40, SQUARE(3, 1, 1)},
    {"3x3_unpadded", 1, 17, 13, 17, 31, SQUARE(3, 1, 0)},
    {"3x3_batch_3", 3, 8, 7, 7, 33, SQUARE(3, 1, 1)},
    {"3x3_stride_2", 1, 32, 15, 15, 16, SQUARE(3, 2, 1)},
    {"3x3_stride_3", 2, 7, 17, 13, 18, SQUARE(3, 3, 1)},
    {"3x3_one_pixel", 1, 10, 1, 1, 17, SQUARE(3, 1, 1)},
    {"3x3_long_sum", 1, 512, 7, 7, 16, SQUARE(3, 1, 1)},
    {"3x3_large_map", 1, 4, 56, 56, 64, SQUARE(3, 1, 1)},
    {"3x3_wide_output", 1, 9, 7, 7, 130, SQUARE(3, 1, 1)},
    {"5x5", 1, 16, 14, 14, 32, SQUARE(5, 1, 2)},
    {"5x5_tiny_map", 2, 6, 3, 2, 7, SQUARE(5, 1, 2)},
    {"7x7_stride_2", 1, 3, 56, 56, 64, SQUARE(7, 2, 3)},
    {"1x7", 1, 20, 13, 17, 24,
     {.kernel_h = 1, .kernel_w = 7, .pad_left = 3, .pad_right = 3}},
    {"7x1", 2, 20, 17, 13, 24,
     {.kernel_h = 7, .kernel_w = 1, .pad_top = 3, .pad_bottom = 3}},
    {"asymmetric", 1, 5, 13, 17, 19,
     {.kernel_h = 3, .kernel_w = 5, .stride_h = 2, .stride_w = 3, .pad_top = 2,
      .pad_left = 0, .pad_bottom = 1, .pad_right = 4}},
    {"dilated", 1, 9, 14, 14, 17,
     {.kernel_h = 3, .kernel_w = 3, .dilation_h = 2, .dilation_w = 3, .pad_top = 2,
      .pad_left = 3, .pad_bottom = 2, .pad_right = 3}},
    {"relu", 1, 9, 14, 14, 17, {.kernel_h = 3, .kernel_w = 3, .relu = TRUE}},
};

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

static VinNet *net_new(const ConvCase *test, gboolean has_bias)
{
    VinShape x = vin_shape_nchw(test->n, test->c, test->h, test->w);
    VinShape w = vin_shape_nchw(test->k, test->c, test->window.kernel_h, test->window.kernel_w);
    VinShape b = {1, {test->k}};
    VinNet *net = vin_net_new(test->c * 1000 + test->k, &x);
    VinNode node = {.op = VIN_OP_CONV, .n_inputs = has_bias ? 3 : 2, .u.window = test->window};

    node.u.window.stride_h = MAX(test->window.stride_h, 1);
    node.u.window.stride_w = MAX(test->window.stride_w, 1);
    node.u.window.dilation_h = MAX(test->window.dilation_h, 1);
    node.u.window.dilation_w = MAX(test->window.dilation_w, 1);
    node.u.window.groups = 1;
    node.inputs[0] = net->input;
    node.inputs[1] = vin_net_constant(net, &w, -1, 1);
    node.inputs[2] = has_bias ? vin_net_constant(net, &b, -1, 1) : NULL;
    vin_net_output(net, vin_net_node(net, &node));
    return net;
}

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = net_new(test, has_bias);
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS};

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
        g_autoptr(VinNet) net = net_new(&odd[i % G_N_ELEMENTS(odd)], TRUE);
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
    g_autoptr(VinNet) net = net_new(test, TRUE);

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
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/conv/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
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
