/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole graphs through a plan: modules whose branches write into slices, heads, reshapes,
 * memory that is used again, limits, and GoogLeNet itself.
 */
#include <string.h>

#include "checkgpu/harness.h"
#include "model/model.h"
#include "support/net.h"

/* Rounding of a dozen layers of sums, against the largest value. */
#define CHAIN_EPS 2e-5

static const VinCheck aliased = {.bound = VIN_BOUND_RANGE, .eps = CHAIN_EPS};
static const VinCheck unaliased = {.bound = VIN_BOUND_RANGE, .eps = CHAIN_EPS,
                                   .no_alias = TRUE};

static VinPlan *plan_or_fail(const VinGraph *graph, VinDevice *device)
{
    g_autoptr(GError) error = NULL;
    VinPlan *plan = vin_plan_new(graph, device, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    return plan;
}

static guint count_phases(const VinPlan *plan)
{
    guint n = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        n += plan->steps[i].barrier_before != FALSE;
    }
    return n;
}

static void test_modules(void)
{
    VinShape shape = vin_shape_nchw(2, 5, 14, 14);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *y = vin_net_inception(net, vin_net_inception(net, net->input));

    vin_net_output(net, y);
    vin_check_graph(net->graph, &aliased);
    vin_check_graph(net->graph, &unaliased);
}

/* A module is two phases: what reads its input, then what reads that. No copies. */
static void test_branches_share_phases(void)
{
    VinShape shape = vin_shape_nchw(1, 5, 14, 14);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinDevice *device = vin_check_device();
    g_autoptr(VinPlan) plan = NULL;

    if (device == NULL) {
        return;
    }
    vin_net_output(net, vin_net_inception(net, vin_net_inception(net, net->input)));
    plan = plan_or_fail(net->graph, device);
    g_assert_cmpuint(plan->n_steps, ==, 14);
    g_assert_cmpuint(count_phases(plan), ==, 4);
    for (guint i = 0; i < plan->n_steps; i++) {
        g_assert_cmpint(plan->steps[i].node->op, !=, VIN_OP_COPY);
    }
}

/* The heads come early and must outlive what follows. */
static void test_heads(void)
{
    VinShape shape = vin_shape_nchw(1, 6, 13, 17);
    g_autoptr(VinNet) net = vin_net_new(2, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 20, 3, 1, 1, TRUE);
    VinTensor *head = vin_net_gemm(net, x, 10, TRUE);

    for (guint i = 0; i < 5; i++) {
        x = vin_net_unary(net, VIN_OP_RELU, vin_net_conv(net, x, 20, 3, 1, 1, TRUE));
    }
    vin_net_output(net, x);
    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, head));
    vin_check_graph(net->graph, &aliased);
}

static void test_reshape(void)
{
    VinShape shape = vin_shape_nchw(3, 4, 7, 5), flat = vin_shape_nc(3, 8 * 7 * 5);
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 8, 1, 1, 0, TRUE);

    x = vin_net_reshape(net, x, &flat);
    vin_net_output(net, vin_net_gemm(net, x, 11, FALSE));
    vin_net_output(net, x);
    vin_check_graph(net->graph, &aliased);
}

static void test_memory_is_used_again(void)
{
    VinShape shape = vin_shape_nchw(1, 16, 14, 14);
    g_autoptr(VinNet) net = vin_net_new(4, &shape);
    VinDevice *device = vin_check_device();
    g_autoptr(VinPlan) plan = NULL;
    VinTensor *x = net->input;

    if (device == NULL) {
        return;
    }
    for (guint i = 0; i < 8; i++) {
        x = vin_net_conv(net, x, 16, 3, 1, 1, TRUE);
    }
    vin_net_output(net, x);
    plan = plan_or_fail(net->graph, device);
    g_assert_cmpuint(plan->arena.size, ==, 2 * 16 * 14 * 14 * sizeof(float));
    vin_check_graph(net->graph, &aliased);
}

static void test_too_large(void)
{
    VinShape shape = vin_shape_nchw(1, 1, 30000, 60000);
    g_autoptr(VinNet) net = vin_net_new(5, &shape);
    VinDevice *device = vin_check_device();
    g_autoptr(GError) error = NULL;
    g_autoptr(VinPlan) plan = NULL;

    if (device == NULL) {
        return;
    }
    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, net->input, 2, 2, 0));
    plan = vin_plan_new(net->graph, device, NULL, NULL, NULL, &error);
    g_assert_null(plan);
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
    g_assert_nonnull(strstr(error->message, "7200000000 bytes"));
    g_assert_nonnull(strstr(error->message, "at most"));
}

static void test_describe(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 9, 9);
    g_autoptr(VinNet) net = vin_net_new(6, &shape);
    VinDevice *device = vin_check_device();
    g_autoptr(VinPlan) plan = NULL;
    g_autofree char *text = NULL, *json = NULL;

    if (device == NULL) {
        return;
    }
    vin_net_output(net, vin_net_conv(net, net->input, 8, 3, 1, 1, TRUE));
    plan = plan_or_fail(net->graph, device);
    text = vin_plan_describe_text(plan);
    json = vin_plan_describe_json(plan);
    g_assert_nonnull(strstr(text, "conv1"));
    g_assert_nonnull(strstr(text, plan->steps[0].kernel->name));
    g_assert_nonnull(strstr(text, "1x8x9x9"));
    g_assert_nonnull(strstr(json, "\"name\":\"conv1\""));
    g_assert_nonnull(strstr(json, "\"macs\":17496"));
    g_assert_nonnull(strstr(json, "\"phases\":1"));
    g_assert_nonnull(strstr(json, "\"precision\":\"fp32\""));
}

/* A recording with a timestamp behind every step, none before the one before it. */
static void test_timestamps(void)
{
    VinShape shape = vin_shape_nchw(1, 8, 14, 14);
    g_autoptr(VinNet) net = vin_net_new(8, &shape);
    VinDevice *device = vin_check_device();
    g_autoptr(VinPlan) plan = NULL;
    g_autoptr(GError) error = NULL;
    VinVkCommand command = {0};
    VinVkSet set = {0};
    guint64 ns[16];

    if (device == NULL) {
        return;
    }
    if ((vin_device_get_caps(device)->bits & VIN_CAP_TIMESTAMPS) == 0) {
        g_test_skip("the device has no timestamps");
        return;
    }
    vin_net_output(net, vin_net_inception(net, net->input));
    plan = plan_or_fail(net->graph, device);
    const VinVkBuffer *buffers[VIN_N_BINDINGS] = {&plan->arena, &plan->weights};
    g_assert_true(vin_vk_set_init(&set, &plan->layout, buffers, &error));
    g_assert_true(vin_vk_command_init(&command, device, plan->n_steps + 2, &error));
    g_assert_true(vin_vk_command_begin(&command, &error));
    vin_vk_command_bind(&command, &plan->layout, &set);
    vin_vk_command_timestamp(&command, 0);
    vin_plan_record(plan, &command, 1);
    g_assert_true(vin_vk_command_end(&command, &error));
    g_assert_true(vin_vk_command_submit(&command, &error));
    g_assert_true(vin_vk_command_wait(&command, &error));
    memset(ns, 0, sizeof ns);
    g_assert_true(vin_vk_command_read_times(&command, ns, plan->n_steps + 2));
    for (guint i = 1; i < plan->n_steps + 2; i++) {
        g_assert_cmpuint(ns[i], >=, ns[i - 1]);
    }
    g_assert_cmpuint(ns[plan->n_steps + 1], >, ns[0]);
    vin_vk_command_clear(&command);
    vin_vk_set_clear(&set);
}

static VinModel *load_googlenet(void)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    g_autofree char *path =
        g_build_filename(shared != NULL ? shared : "", "models", "googlenet.onnx", NULL);
    const VinModelParams params = {.name = path};
    g_autoptr(GError) error = NULL;
    VinModel *model;

    if (shared == NULL || !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("no models/googlenet.onnx in VIN_SHARED_DIR");
        return NULL;
    }
    model = vin_model_load(&params, &error);
    g_assert_no_error(error);
    return model;
}

static void test_googlenet(void)
{
    g_autoptr(VinModel) model = load_googlenet();
    /* Inputs as large as pixels, so that the scores are not all alike; 60 layers. */
    const VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 1e-4, .low = -120, .high = 150};

    if (model != NULL) {
        vin_check_graph(vin_model_get_graph(model), &check);
    }
}

static void bench_graph(const VinGraph *graph, const char *name)
{
    VinDevice *device = vin_check_device();
    g_autoptr(VinPlan) plan = NULL;
    g_autofree char *text = NULL;
    double ms, cpu_ms;

    if (device == NULL) {
        return;
    }
    plan = plan_or_fail(graph, device);
    text = vin_plan_describe_text(plan);
    g_test_message("%s", text);
    ms = vin_check_time(plan, 9, &cpu_ms);
    g_test_minimized_result(ms, "%s: %.2f ms, CPU %.2f ms", name, ms, cpu_ms);
}

static void bench_googlenet(void)
{
    g_autoptr(VinModel) model = load_googlenet();

    if (model != NULL) {
        bench_graph(vin_model_get_graph(model), "googlenet");
    }
}

static VinTensor *conv_relu(VinNet *net, VinTensor *x, guint32 k, guint32 kernel,
                            guint32 stride)
{
    return vin_net_unary(net, VIN_OP_RELU,
                         vin_net_conv(net, x, k, kernel, stride, kernel / 2, TRUE));
}

/* Widths: 1x1; reduce, 3x3; reduce, 5x5; pool. */
static VinTensor *module(VinNet *net, VinTensor *x, const guint32 widths[6])
{
    VinTensor *branches[] = {
        conv_relu(net, x, widths[0], 1, 1),
        conv_relu(net, conv_relu(net, x, widths[1], 1, 1), widths[2], 3, 1),
        conv_relu(net, conv_relu(net, x, widths[3], 1, 1), widths[4], 5, 1),
        conv_relu(net, vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 1, 1), widths[5], 1, 1),
    };

    return vin_net_concat(net, branches, 4);
}

/* 57 convolutions on maps of 64 to 4, about 25 M multiply-adds: the cost of many small steps. */
static void bench_small(void)
{
    static const guint32 narrow[6] = {16, 16, 24, 8, 12, 12};
    static const guint32 wide[6] = {24, 32, 48, 12, 24, 16};
    VinShape shape = vin_shape_nchw(1, 3, 128, 128);
    g_autoptr(VinNet) net = vin_net_new(7, &shape);
    VinTensor *x = conv_relu(net, net->input, 16, 7, 2);

    x = vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 2, 1);
    x = conv_relu(net, conv_relu(net, x, 16, 1, 1), 32, 3, 1);
    x = vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 2, 1);
    for (guint i = 0; i < 9; i++) {
        x = module(net, x, i < 4 ? narrow : wide);
        if (i == 1 || i == 6) {
            x = vin_net_pool(net, VIN_OP_MAX_POOL, x, 3, 2, 1);
        }
    }
    x = vin_net_pool(net, VIN_OP_AVG_POOL, x, 4, 1, 0);
    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, vin_net_gemm(net, x, 8, TRUE)));
    bench_graph(net->graph, "small");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plan/modules", test_modules);
    g_test_add_func("/plan/branches_share_phases", test_branches_share_phases);
    g_test_add_func("/plan/heads", test_heads);
    g_test_add_func("/plan/reshape", test_reshape);
    g_test_add_func("/plan/memory_is_used_again", test_memory_is_used_again);
    g_test_add_func("/plan/too_large", test_too_large);
    g_test_add_func("/plan/describe", test_describe);
    g_test_add_func("/plan/timestamps", test_timestamps);
    g_test_add_func("/plan/googlenet", test_googlenet);
    if (g_test_perf()) {
        g_test_add_func("/bench/plan/googlenet", bench_googlenet);
        g_test_add_func("/bench/plan/small", bench_small);
    }
    return g_test_run();
}
