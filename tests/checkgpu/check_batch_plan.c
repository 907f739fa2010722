/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plans for several images that share what the plan for one has: right against the reference,
 * inside their bounds, and for every image what the plan for one gives, bit by bit.
 */
#include <string.h>

#include "harness.h"
#include "model/model.h"
#include "support/net.h"

static const guint32 sizes[] = {2, 4, 8};

static VinPlan *plan_or_fail(const VinGraph *graph, const VinPlanParams *params)
{
    g_autoptr(GError) error = NULL;
    VinPlan *plan = vin_plan_new(graph, vin_check_device(), params, NULL, NULL, &error);

    g_assert_no_error(error);
    return plan;
}

static VinNet *make_net(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 24, 24);
    VinNet *net = vin_net_new(11, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 32, 5, 2, 2, TRUE);

    x = vin_net_unary(net, VIN_OP_RELU, x);
    x = vin_net_batchnorm(net, vin_net_conv(net, x, 32, 3, 1, 1, FALSE));
    x = vin_net_unary(net, VIN_OP_LRN, vin_net_unary(net, VIN_OP_RELU, x));
    x = vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 2, 1);
    x = vin_net_inception(net, vin_net_inception(net, x));
    x = vin_net_pool(net, VIN_OP_AVG_POOL, x, 6, 1, 0);
    x = vin_net_gemm(net, x, 9, TRUE);
    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, x));
    return net;
}

static void expect_shared(VinPlan *plan, gpointer data)
{
    g_assert_true(plan->shares_weights);
    g_assert_true(plan->weights.buffer == plan->base->weights.buffer);
    g_assert_true(plan->pipelines == plan->base->pipelines);
}

static void expect_own(VinPlan *plan, gpointer data)
{
    g_assert_false(plan->shares_weights);
    g_assert_true(plan->weights.buffer != plan->base->weights.buffer);
}

static void check_images(const VinGraph *graph, guint32 n, float low, float high)
{
    g_autoptr(VinPlan) base = plan_or_fail(graph, NULL);
    const VinPlanParams params = {.batch = n, .base = base};
    g_autoptr(VinPlan) larger = plan_or_fail(base->graph, &params);
    const VinPlace *one = vin_plan_place(base, g_ptr_array_index(base->graph->outputs, 0));
    const VinPlace *all = vin_plan_place(larger, g_ptr_array_index(larger->graph->outputs, 0));
    const gsize n_input =
        vin_shape_n_values(&((VinTensor *)g_ptr_array_index(graph->inputs, 0))->shape);
    VinRandom random = {n};
    g_autofree float *input = vin_random_floats(&random, n * n_input, low, high);
    g_autofree float *arena = vin_check_run(larger, input, n * n_input);

    g_assert_cmpuint(larger->n_steps, ==, base->n_steps);
    for (guint32 i = 0; i < n; i++) {
        g_autofree float *single = vin_check_run(base, input + i * n_input, n_input);

        g_assert_cmpmem(arena + all->offset + i * all->n_stride, one->c * sizeof(float),
                        single + one->offset, one->c * sizeof(float));
        g_assert_true(single[one->offset] != 0 && single[one->offset] == single[one->offset]);
    }
}

static void test_shared(void)
{
    g_autoptr(VinNet) net = make_net();
    g_autoptr(VinPlan) base = NULL;

    if (vin_check_device() == NULL) {
        return;
    }
    base = plan_or_fail(net->graph, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(VinGraph) graph = vin_graph_copy(base->graph);
        VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 1e-5, .base = base,
                          .adjust = expect_shared};

        g_assert_true(vin_graph_set_batch(graph, sizes[i], NULL));
        vin_check_graph(graph, &check);
        check.no_alias = TRUE;
        vin_check_graph(graph, &check);
        check_images(net->graph, sizes[i], -1, 1);
    }
    check_images(net->graph, 64, -1, 1);
}

/* Where a batch gets another kernel, its weights are packed for that one. */
static void test_own_weights(void)
{
    g_autoptr(VinNet) net = make_net();
    g_autoptr(VinPlan) base = NULL;
    g_autoptr(VinGraph) graph = NULL;
    VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 1e-5, .adjust = expect_own};
    gboolean is_direct;

    if (vin_check_device() == NULL) {
        return;
    }
    base = plan_or_fail(net->graph, NULL);
    is_direct = strcmp(base->steps[0].kernel->name, "conv_direct") == 0;
    graph = vin_graph_copy(base->graph);
    g_assert_true(vin_graph_set_batch(graph, 4, NULL));
    check.base = base;
    check.named = is_direct ? "conv_gemm" : "conv_direct"; /* neither needs a capability */
    vin_check_graph(graph, &check);
}

static void test_googlenet(void)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    g_autofree char *path =
        g_build_filename(shared != NULL ? shared : "", "models", "googlenet.onnx", NULL);
    const VinModelParams params = {.name = path};
    g_autoptr(VinModel) model = NULL;
    g_autoptr(GError) error = NULL;

    if (shared == NULL || !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no models/googlenet.onnx in VIN_SHARED_DIR");
        return;
    }
    if (vin_check_device() == NULL) {
        return;
    }
    model = vin_model_load(&params, &error);
    g_assert_no_error(error);
    check_images(vin_model_get_graph(model), 4, -120, 150);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/batch-plan/shared", test_shared);
    g_test_add_func("/batch-plan/own-weights", test_own_weights);
    g_test_add_func("/batch-plan/googlenet", test_googlenet);
    return g_test_run();
}
