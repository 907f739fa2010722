/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maximum, average and global pooling against the reference.
 */
#include <math.h>
#include <string.h>

#include "checkgpu/harness.h"
#include "support/net.h"

typedef struct {
    const char *name;
    VinOp op;
    guint32 n, c, h, w;
    VinWindowParams window;
    const char *blocked; /* kernel that takes it with blocked activations; NULL: pool_max_blocked
                          * or pool_average_blocked */
} PoolCase;

#define STRAIGHT "pool_max_straight"

#define POOL(size, stride, pad) \
    .kernel_h = size, .kernel_w = size, .stride_h = stride, .stride_w = stride, \
    .dilation_h = 1, .dilation_w = 1, \
    .pad_top = pad, .pad_left = pad, .pad_bottom = pad, .pad_right = pad

static const PoolCase cases[] = {
    {"max_3x3_stride_2_ceil", VIN_OP_MAX_POOL, 1, 5, 14, 14, {POOL(3, 2, 0), .ceil_mode = TRUE},
     STRAIGHT},
    {"max_3x3_same", VIN_OP_MAX_POOL, 2, 7, 13, 17, {POOL(3, 1, 1)}, STRAIGHT},
    {"max_3x3_stride_2_padded", VIN_OP_MAX_POOL, 1, 33, 29, 31, {POOL(3, 2, 1)}, STRAIGHT},
    {"max_3x3_stride_2_wide", VIN_OP_MAX_POOL, 1, 40, 12, 57,
     {POOL(3, 2, 0), .ceil_mode = TRUE}, STRAIGHT},
    {"max_3x3_one_row", VIN_OP_MAX_POOL, 3, 16, 1, 9, {POOL(3, 1, 1)}, STRAIGHT},
    {"max_2x2_unpadded", VIN_OP_MAX_POOL, 1, 20, 29, 15, {POOL(2, 1, 0)}, STRAIGHT},
    {"max_1x1_stride_2", VIN_OP_MAX_POOL, 17, 3, 9, 11, {POOL(1, 2, 0)}, STRAIGHT},
    {"max_3x2_asymmetric", VIN_OP_MAX_POOL, 1, 18, 10, 16,
     {.kernel_h = 3, .kernel_w = 2, .stride_h = 2, .stride_w = 1, .dilation_h = 1,
      .dilation_w = 1, .pad_top = 2, .pad_left = 0, .pad_bottom = 1, .pad_right = 1}, STRAIGHT},
    {"max_2x2", VIN_OP_MAX_POOL, 3, 3, 7, 7, {POOL(2, 2, 0)}, NULL},
    {"max_one_pixel", VIN_OP_MAX_POOL, 1, 9, 1, 1, {POOL(3, 1, 1)}, NULL},
    {"max_asymmetric", VIN_OP_MAX_POOL, 1, 4, 13, 17,
     {.kernel_h = 2, .kernel_w = 5, .stride_h = 3, .stride_w = 1, .dilation_h = 1,
      .dilation_w = 1, .pad_top = 1, .pad_left = 0, .pad_bottom = 0, .pad_right = 3}, NULL},
    {"average_3x3_same", VIN_OP_AVG_POOL, 2, 6, 13, 17, {POOL(3, 1, 1)}, NULL},
    {"average_counts_padding", VIN_OP_AVG_POOL, 1, 6, 13, 17,
     {POOL(3, 1, 1), .count_include_pad = TRUE}, NULL},
    {"average_ceil", VIN_OP_AVG_POOL, 1, 6, 14, 14, {POOL(3, 2, 0), .ceil_mode = TRUE}, NULL},
    {"average_ceil_counts_padding", VIN_OP_AVG_POOL, 1, 6, 14, 14,
     {POOL(3, 2, 1), .ceil_mode = TRUE, .count_include_pad = TRUE}, NULL},
    {"max_ceil_only_partial", VIN_OP_MAX_POOL, 2, 5, 3, 2, {POOL(4, 3, 0), .ceil_mode = TRUE},
     NULL},
    {"average_ceil_only_partial", VIN_OP_AVG_POOL, 1, 5, 3, 2,
     {POOL(4, 3, 0), .ceil_mode = TRUE, .count_include_pad = TRUE}, NULL},
    {"global_7x7", VIN_OP_AVG_POOL, 2, 1024, 7, 7, {POOL(7, 1, 0)}, NULL},
    {"global_odd", VIN_OP_AVG_POOL, 1, 33, 5, 3,
     {.kernel_h = 5, .kernel_w = 3, .stride_h = 1, .stride_w = 1, .dilation_h = 1,
      .dilation_w = 1}, NULL},
};

static void test_case(gconstpointer data)
{
    const PoolCase *test = data;
    VinShape shape = vin_shape_nchw(test->n, test->c, test->h, test->w);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode node = {.op = test->op, .n_inputs = 1, .inputs = {net->input},
                    .u.window = test->window};
    /* A maximum is one of its inputs. An average of 49 rounds like a sum. */
    const VinCheck check = {.bound = test->op == VIN_OP_MAX_POOL ? VIN_BOUND_EXACT
                                                                 : VIN_BOUND_TERMS,
                            .eps = 2e-6};

    const char *plain_blocked =
        test->op == VIN_OP_MAX_POOL ? "pool_max_blocked" : "pool_average_blocked";
    VinCheck named = check;

    vin_net_output(net, vin_net_node(net, &node));
    vin_check_both_orders(net->graph, &check,
                          test->blocked != NULL ? test->blocked : plain_blocked);
    if (test->blocked != NULL) { /* the other one, which runs everything */
        named.named = "pool_max_blocked,pool_max";
        vin_check_both_orders(net->graph, &named, plain_blocked);
    }
    vin_check_halves(net->graph, &check);
}

/* Below zero everywhere: padding that took part as 0 would win. */
static void test_negative_maximum(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 6, 6);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    const VinCheck check = {.bound = VIN_BOUND_EXACT, .low = -5, .high = -1};

    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, net->input, 3, 1, 1));
    vin_check_graph(net->graph, &check);
}

/* A NaN in a window is the window's maximum: a broken network is not to look like a sound one.
 * A 3x3 pool of @h x @w with @pad around. */
static void check_no_number(guint32 h, guint32 w, guint32 pad, const VinPlanParams *params,
                            const char *kernel)
{
    VinShape shape = vin_shape_nchw(1, 1, h, w);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    g_autofree float *values = g_new0(float, h * w);
    g_autoptr(VinPlan) plan = NULL;
    g_autoptr(GError) error = NULL;
    const VinPlace *out;

    vin_net_output(net, vin_net_pool(net, VIN_OP_MAX_POOL, net->input, 3, 1, pad));
    plan = vin_plan_new(net->graph, vin_check_device(), params, NULL, NULL, &error);
    g_assert_no_error(error);
    if (kernel != NULL && strcmp(plan->steps[0].kernel->name, kernel) != 0) {
        g_test_message("not by %s: %s", kernel, plan->steps[0].reason);
        return;
    }
    out = vin_plan_place(plan, g_ptr_array_index(plan->graph->outputs, 0));
    for (guint32 place = 0; place < h * w; place++) {
        g_autofree float *arena = NULL;

        for (guint32 i = 0; i < h * w; i++) {
            values[i] = i == place ? NAN : (float)(i * 7 % 5);
        }
        arena = vin_check_run(plan, values, h * w);
        for (guint32 i = 0; i < out->h * out->w; i++) {
            const guint32 y = i / out->w, x = i % out->w; /* the window's first cell, padded */
            const guint32 at_y = place / w + pad, at_x = place % w + pad;
            const float got =
                arena[out->offset + i * (out->order == VIN_ORDER_BLOCKED ? VIN_ORDER_BLOCK : 1)];

            g_assert_cmpint(isnan(got), ==,
                            at_y >= y && at_y < y + 3 && at_x >= x && at_x < x + 3);
        }
    }
}

static void test_no_number(void)
{
    const VinPlanParams blocked = {.batch = 1, .blocked_io = TRUE};

    if (vin_check_device() == NULL) {
        return;
    }
    check_no_number(3, 5, 0, NULL, NULL);
    check_no_number(2, 5, 1, &blocked, "pool_max_straight");
    check_no_number(3, 3, 1, &blocked, "pool_max_blocked");
}

static const PoolCase bench_cases[] = {
    {"pool1", VIN_OP_MAX_POOL, 1, 64, 112, 112, {POOL(3, 2, 0), .ceil_mode = TRUE}, NULL},
    {"3b_pool", VIN_OP_MAX_POOL, 1, 256, 28, 28, {POOL(3, 1, 1)}, NULL},
    {"global", VIN_OP_AVG_POOL, 1, 1024, 7, 7, {POOL(7, 1, 0)}, NULL},
};

static void bench_case(gconstpointer data)
{
    const PoolCase *test = data;
    VinShape shape = vin_shape_nchw(test->n, test->c, test->h, test->w);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode node = {.op = test->op, .n_inputs = 1, .inputs = {net->input},
                    .u.window = test->window};

    vin_net_output(net, vin_net_node(net, &node));
    vin_check_bench(net->graph, test->name);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/pool/%s", cases[i].name);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    for (guint i = 0; g_test_perf() && i < G_N_ELEMENTS(bench_cases); i++) {
        g_autofree char *path = g_strdup_printf("/bench/pool/%s", bench_cases[i].name);

        g_test_add_data_func(path, &bench_cases[i], bench_case);
    }
    g_test_add_func("/pool/negative_maximum", test_negative_maximum);
    g_test_add_func("/pool/no_number", test_no_number);
    return g_test_run();
}
