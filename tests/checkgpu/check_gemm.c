/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Fully connected layers against the reference: both weight orders, scales, odd sizes, a
 * feature map as input.
 */
#include "checkgpu/harness.h"
#include "support/net.h"

typedef struct {
    const char *name;
    VinShape x;
    guint32 n_out;
    VinGemmParams gemm;
    gboolean no_bias;
} GemmCase;

static const GemmCase cases[] = {
    {"row_an_output", {2, {1, 1024}}, 1000, {TRUE, 1, 1, FALSE}, FALSE},
    {"column_an_output", {2, {3, 37}}, 65, {FALSE, 1, 1, FALSE}, FALSE},
    {"scaled", {2, {2, 50}}, 31, {TRUE, 0.5f, -2, FALSE}, FALSE},
    {"feature_map", {4, {2, 12, 3, 5}}, 10, {TRUE, 1, 1, FALSE}, FALSE},
    {"one_to_one", {2, {1, 1}}, 1, {FALSE, 1, 1, FALSE}, FALSE},
    {"no_bias", {2, {1, 7}}, 3, {TRUE, 1, 1, FALSE}, TRUE},
    {"relu", {2, {1, 64}}, 33, {TRUE, 1, 1, TRUE}, FALSE},
    {"three_inputs", {2, {2, 3}}, 9, {TRUE, 1, 1, FALSE}, FALSE}, /* too few for gemm_straight */
    {"batch_8", {2, {8, 130}}, 21, {TRUE, 1, 1, FALSE}, FALSE},
    {"batch_12", {2, {12, 67}}, 16, {FALSE, 1, 1, TRUE}, FALSE},
    {"many_inputs", {4, {1, 41, 7, 7}}, 12, {TRUE, 1, 1, FALSE}, FALSE},
    {"too_many_inputs", {2, {1, 2050}}, 5, {TRUE, 1, 1, FALSE}, FALSE},
};

static void test_case(gconstpointer data)
{
    const GemmCase *test = data;
    g_autoptr(VinNet) net = vin_net_new(1, &test->x);
    guint32 n_in = (guint32)(vin_shape_n_values(&test->x) / test->x.dims[0]);
    VinShape w = test->gemm.trans_b ? vin_shape_nc(test->n_out, n_in)
                                    : vin_shape_nc(n_in, test->n_out);
    VinShape b = {1, {test->n_out}};
    VinNode node = {.op = VIN_OP_GEMM, .n_inputs = test->no_bias ? 2 : 3,
                    .u.gemm = test->gemm};
    /* As for a convolution of 1,024 terms. The terms of the bound have the absolute values
     * of weights and bias, but the signs of the scales. */
    const VinCheck check = {.bound = test->gemm.beta < 0 ? VIN_BOUND_RANGE : VIN_BOUND_TERMS,
                            .eps = test->gemm.beta < 0 ? 2e-6 : 1e-5};

    VinCheck named = check;

    node.inputs[0] = net->input;
    node.inputs[1] = vin_net_constant(net, &w, -1, 1);
    node.inputs[2] = test->no_bias ? NULL : vin_net_constant(net, &b, -1, 1);
    vin_net_output(net, vin_net_node(net, &node));
    vin_check_graph(net->graph, &check);
    named.named = "gemm"; /* the one that runs everywhere */
    vin_check_graph(net->graph, &named);
}

static void expect_straight(VinPlan *plan, gpointer data)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);
    const char *reason = NULL;

    if (vin_blocked_accepts(caps, &reason) && (caps->bits & VIN_CAP_BUFFER_ADDRESS) != 0 &&
        (caps->bits & VIN_CAP_INT64) != 0 && (caps->bits & VIN_CAP_SUBGROUP_BROADCAST) != 0) {
        g_assert_cmpstr(plan->steps[0].kernel->name, ==, data);
    }
}

/* Which kernel it is where broadcasts are fast: limits of the counters and of what is unrolled. */
static void test_chosen(void)
{
    static const struct {
        guint32 n_in;
        const char *kernel;
    } limits[] = {{3, "gemm"}, {4, "gemm_straight"}, {2048, "gemm_straight"}, {2049, "gemm"}};

    for (guint i = 0; i < G_N_ELEMENTS(limits); i++) {
        const VinShape shape = vin_shape_nc(1, limits[i].n_in);
        const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = 1e-5,
                                .kernels = VIN_KERNELS_BROADCAST, .adjust = expect_straight,
                                .adjust_data = (gpointer)limits[i].kernel};
        g_autoptr(VinNet) net = vin_net_new(limits[i].n_in, &shape);

        vin_net_output(net, vin_net_gemm(net, net->input, 4, TRUE));
        vin_check_graph(net->graph, &check);
    }
}

static void bench_classifier(void)
{
    VinShape shape = vin_shape_nc(1, 1024);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);

    vin_net_output(net, vin_net_gemm(net, net->input, 1000, TRUE));
    vin_check_bench(net->graph, "classifier");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/gemm/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/gemm/chosen", test_chosen);
    if (g_test_perf()) {
        g_test_add_func("/bench/gemm/classifier", bench_classifier);
    }
    return g_test_run();
}
