/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Networks whose activations are more than a shader can be shown at once: small ones, as if it were
 * little, where a binding shows no more than that; and one beyond what software drivers show.
 */
#include <math.h>
#include <string.h>

#include "checkgpu/harness.h"
#include "engine_rig.h"
#include "support/net.h"

#define WINDOW ((guint64)96 << 10)

static gboolean has_addresses(void)
{
    VinDevice *device = vin_check_device();

    if (device != NULL && (vin_device_get_caps(device)->bits & VIN_CAP_BUFFER_ADDRESS) == 0) {
        g_test_skip("the device has no buffer addresses");
        return FALSE;
    }
    return device != NULL;
}

/* Every op with a kernel, all but the ends larger than a window. */
static VinNet *make_net(guint32 batch)
{
    VinShape shape = vin_shape_nchw(batch, 4, 40, 40);
    VinShape per_channel = {1, {24}};
    VinNet *net = vin_net_new(9, &shape);
    VinTensor *a = vin_net_conv(net, net->input, 24, 3, 1, 1, TRUE), *b, *parts[3];

    b = vin_net_unary(net, VIN_OP_LRN, vin_net_unary(net, VIN_OP_RELU, a));
    a = vin_net_unary(net, VIN_OP_SIGMOID, vin_net_pool(net, VIN_OP_MAX_POOL, b, 3, 1, 1));
    a = vin_net_binary(net, VIN_OP_ADD, a, b);
    a = vin_net_binary(net, VIN_OP_MUL, a, vin_net_constant(net, &per_channel, 0.5f, 1.5f));
    parts[0] = vin_net_pool(net, VIN_OP_AVG_POOL, a, 3, 1, 1);
    parts[1] = parts[2] = a; /* the second one is copied */
    a = vin_net_concat(net, parts, 3);
    a = vin_net_conv(net, vin_net_conv(net, a, 20, 1, 1, 0, FALSE), 12, 5, 4, 2, TRUE);
    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, vin_net_gemm(net, a, 11, TRUE)));
    return net;
}

static void expect_far(VinPlan *plan, gpointer data)
{
    const GPtrArray *const ends[] = {plan->graph->inputs, plan->graph->outputs};
    gboolean copies = FALSE;

    g_assert_true(plan->is_far);
    g_assert_false(plan->half);
    g_assert_cmpuint(plan->arena.size, >, 2 * WINDOW);
    for (guint i = 0; i < plan->n_steps; i++) {
        g_assert_cmpuint(plan->steps[i].dispatch.n_addresses, >=, 1);
        copies |= plan->steps[i].node->op == VIN_OP_COPY;
    }
    g_assert_true(copies || data == NULL);
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        for (guint j = 0; j < ends[i]->len; j++) {
            const VinPlace *place = vin_plan_place(plan, g_ptr_array_index(ends[i], j));

            g_assert_cmpuint(((guint64)place->offset + place->n * place->n_stride) * sizeof(float),
                             <=, WINDOW);
        }
    }
}

static const VinCheck far_check = {.bound = VIN_BOUND_RANGE,
                                   .eps = 2e-5,
                                   .kernels = VIN_KERNELS_PLAIN,
                                   .window_bytes = WINDOW,
                                   .adjust = expect_far};

static void test_every_op(void)
{
    g_autoptr(VinNet) one = make_net(1), two = make_net(2);
    VinCheck check = far_check;

    if (!has_addresses()) {
        return;
    }
    check.adjust_data = "there is a copy";
    vin_check_graph(one->graph, &check);
    vin_check_graph(two->graph, &check);
    check.no_alias = TRUE;
    vin_check_graph(one->graph, &check);
    check.no_alias = FALSE;
    check.kernels = VIN_KERNELS_BROADCAST;
    vin_check_graph(two->graph, &check);
    check.kernels = VIN_KERNELS_OF_DEVICE;
    check.named = "conv_gemm"; /* which has no such shader */
    vin_check_graph(one->graph, &check);
    check.named = NULL;
    if ((vin_device_get_caps(vin_check_device())->bits & VIN_CAP_FP16_STORAGE) != 0) {
        check.half = TRUE; /* it is fp32 all the same */
        vin_check_graph(one->graph, &check);
    }
}

/* Weights that a shader sees in parts, as well. */
static void test_weights(void)
{
    VinShape shape = vin_shape_nchw(1, 16, 30, 30);
    g_autoptr(VinNet) net = vin_net_new(4, &shape);
    VinTensor *y = net->input;

    if (!has_addresses()) {
        return;
    }
    for (guint i = 0; i < 4; i++) {
        y = vin_net_conv(net, y, 30, 3, 1, 1, TRUE);
    }
    vin_net_output(net, vin_net_pool(net, VIN_OP_AVG_POOL, y, 10, 10, 0));
    vin_check_graph(net->graph, &far_check);
}

static GError *refusal(const VinGraph *graph, const VinPlanParams *params)
{
    GError *error = NULL;

    g_assert_null(vin_plan_new(graph, vin_check_device(), params, NULL, NULL, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
    g_test_message("%s", error->message);
    return error;
}

/* One message that says which layer, how much, and the limit. */
static void test_refused(void)
{
    const VinPlanParams params = {.window_bytes = WINDOW};
    VinPlanParams batched = {.batch = 2, .window_bytes = (guint64)1 << 19};
    VinShape large = vin_shape_nchw(1, 5, 80, 80);
    g_autoptr(VinNet) net = make_net(1);
    g_autoptr(VinNet) wide = vin_net_new(5, &large);
    g_autoptr(GError) error = NULL, of_ends = NULL, of_batch = NULL, none = NULL;
    g_autoptr(VinPlan) base = NULL;
    VinCaps *caps;
    guint32 bits;

    if (!has_addresses()) {
        return;
    }
    caps = (VinCaps *)vin_device_get_caps(vin_check_device());
    bits = caps->bits;
    caps->bits &= ~(guint32)VIN_CAP_BUFFER_ADDRESS;
    error = refusal(net->graph, &params);
    caps->bits = bits;
    g_assert_nonnull(strstr(error->message, "node 'mul7', tensor 'concat9_out': 460800 bytes at "));
    g_assert_nonnull(strstr(error->message, "at most 98304 "));

    vin_net_output(wide, vin_net_conv(wide, wide->input, 3, 3, 4, 1, TRUE));
    of_ends = refusal(wide->graph, &params);
    g_assert_nonnull(strstr(of_ends->message, "input and outputs of the network: "));

    base = vin_plan_new(net->graph, vin_check_device(), NULL, NULL, NULL, &none);
    g_assert_no_error(none);
    batched.base = base; /* it need not be: one image at a time will do */
    of_batch = refusal(net->graph, &batched);
    g_assert_nonnull(strstr(of_batch->message, "at batch size 2"));
}

/* A tensor of 143 MB; software drivers show 128 MiB. */
static void test_beyond_the_least_limit(void)
{
    VinShape shape = vin_shape_nchw(1, 2, 1024, 1024);
    g_autoptr(VinNet) net = vin_net_new(6, &shape);
    VinDevice *device = vin_check_device();
    const VinCheck check = {.bound = VIN_BOUND_RANGE, .eps = 2e-5};
    VinTensor *y = vin_net_conv(net, net->input, 34, 1, 1, 0, TRUE);

    if (device == NULL) {
        return;
    }
    if (vin_device_get_caps(device)->max_storage_bytes <= 143 << 20 && !has_addresses()) {
        return;
    }
    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, y, 16, 16, 0));
    vin_check_graph(net->graph, &check);
}

static void run_engine(VinResult *result)
{
    const VinEngineParams params = {.precision = VIN_PRECISION_FP32, .batch_size = 4};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = rig_stream(engine);
    g_autofree guint8 *pixels = rig_noise_pixels(5, 40, 20, 30);
    const VinFrame frame = rig_rgb_frame(pixels);
    g_autoptr(GError) error = NULL;

    vin_stream_run(stream, &frame, result, &error);
    g_assert_no_error(error);
}

/* With pictures in and classes out, on a device that shows less than the network's 45 KB. */
static void test_engine(void)
{
    VinResult expected, result;
    VinCaps *caps;
    guint64 shown;

    if (!has_addresses()) {
        return;
    }
    caps = (VinCaps *)vin_device_get_caps(rig_device);
    shown = caps->max_storage_bytes;
    run_engine(&expected);
    caps->max_storage_bytes = 30000;
    run_engine(&result);
    caps->max_storage_bytes = shown;
    g_assert_cmpuint(result.n_top, ==, expected.n_top);
    for (guint i = 0; i < result.n_top; i++) {
        g_assert_cmpuint(result.top[i].index, ==, expected.top[i].index);
        g_assert_cmpfloat(fabsf(result.top[i].score - expected.top[i].score), <, 1e-5f);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/far/every-op", test_every_op);
    g_test_add_func("/far/weights", test_weights);
    g_test_add_func("/far/refused", test_refused);
    g_test_add_func("/far/beyond-the-least-limit", test_beyond_the_least_limit);
    g_test_add_func("/far/engine", test_engine);
    return rig_run();
}
