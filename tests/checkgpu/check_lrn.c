/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Local response normalization against the reference.
 */
#include "checkgpu/harness.h"
#include "support/net.h"

typedef struct {
    const char *name;
    guint32 n, c, h, w;
    VinLrnParams lrn;
    double eps;
} LrnCase;

/* The square roots and the division round to 3 units in the last place each at worst; a
 * power is exp2(beta * log2()), whose error Vulkan bounds far more loosely. */
#define ROOT_EPS 2e-6
#define POW_EPS 3e-5

static const LrnCase cases[] = {
    {"googlenet", 1, 64, 14, 14, {5, 1e-4f, 0.75f, 1}, ROOT_EPS},
    {"strong", 2, 19, 7, 7, {5, 2, 0.75f, 1}, ROOT_EPS},
    {"size_1", 1, 9, 13, 17, {1, 3, 0.75f, 2}, ROOT_EPS},
    {"wider_than_channels", 1, 3, 5, 5, {11, 2, 0.75f, 1}, ROOT_EPS},
    {"power", 1, 17, 7, 7, {3, 1, 0.6f, 1.5f}, POW_EPS},
};

static void test_case(gconstpointer data)
{
    const LrnCase *test = data;
    VinShape shape = vin_shape_nchw(test->n, test->c, test->h, test->w);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode node = {.op = VIN_OP_LRN, .n_inputs = 1, .inputs = {net->input},
                    .u.lrn = test->lrn};
    const VinCheck check = {.bound = VIN_BOUND_RELATIVE, .eps = test->eps,
                            .low = -4, .high = 4};

    vin_net_output(net, vin_net_node(net, &node));
    vin_check_both_orders(net->graph, &check, "lrn_blocked");
    vin_check_halves(net->graph, &check);
}

static void bench_norm2(void)
{
    VinShape shape = vin_shape_nchw(1, 192, 56, 56);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);

    vin_net_output(net, vin_net_unary(net, VIN_OP_LRN, net->input));
    vin_check_bench(net->graph, "norm2");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/lrn/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    if (g_test_perf()) {
        g_test_add_func("/bench/lrn/norm2", bench_norm2);
    }
    return g_test_run();
}
