/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 3x3 convolutions by Winograd's minimal filtering against the reference.
 */
#include <string.h>

#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"

/* Of the largest output: a pixel's error comes from all values of its tile, also where its own
 * terms are few. Measured on these cases: at most 6e-7 and 1.2e-5, for a sum of 4,608 products. */
#define EPS_2 2e-6
#define EPS_4 5e-5

static const ConvCase more[] = {
    {"no_padding_odd", 2, 5, 8, 11, 33, SQUARE(3, 1, 0)},
    {"padding_2", 1, 6, 5, 6, 7, SQUARE(3, 1, 2)},
    {"asymmetric", 1, 9, 7, 10, 12,
     {.kernel_h = 3, .kernel_w = 3, .pad_top = 2, .pad_left = 0, .pad_bottom = 1, .pad_right = 3}},
    {"one_channel", 1, 1, 4, 4, 1, SQUARE(3, 1, 1)},
    {"relu_batch_5", 5, 13, 9, 9, 40, {.kernel_h = 3, .kernel_w = 3, .pad_top = 1, .relu = TRUE}},
};

static void expect_kernel(VinPlan *plan, gpointer data)
{
    g_assert_cmpstr(plan->steps[0].kernel->name, ==, data);
}

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);
    VinCheck check = {.bound = VIN_BOUND_RANGE, .adjust = expect_kernel};

    check.eps = EPS_2;
    check.named = check.adjust_data = "conv_winograd_2";
    vin_check_graph(net->graph, &check);
    check.eps = EPS_4;
    check.named = check.adjust_data = "conv_winograd_4";
    vin_check_graph(net->graph, &check);
}

static void test_case(gconstpointer data)
{
    check_case(data, TRUE);
}

static void test_no_bias(void)
{
    check_case(&more[0], FALSE);
}

static gboolean is_plain_3x3(const VinWindowParams *window)
{
    return window->kernel_h == 3 && window->kernel_w == 3 && window->stride_h <= 1 &&
           window->stride_w <= 1 && window->dilation_h <= 1 && window->dilation_w <= 1;
}

/* Everything else falls to others, though it is named. */
static void check_refused(const ConvCase *test)
{
    g_autoptr(VinNet) net = conv_case_net(test, TRUE);
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS,
                            .named = "conv_winograd_4,conv_winograd_2",
                            .kernels = VIN_KERNELS_PLAIN, .adjust = expect_kernel,
                            .adjust_data = "conv_direct"};

    vin_check_graph(net->graph, &check);
}

static void test_refused(void)
{
    static const ConvCase flat = {"3x1", 1, 4, 8, 8, 5, {.kernel_h = 3, .kernel_w = 1}};
    static const ConvCase tall = {"1x3", 1, 4, 8, 8, 5, {.kernel_h = 1, .kernel_w = 3}};

    check_refused(&flat);
    check_refused(&tall);
    for (guint i = 0; i < conv_n_cases; i++) {
        if (!is_plain_3x3(&conv_cases[i].window)) {
            check_refused(&conv_cases[i]);
        }
    }
}

static void add_case(const ConvCase *test)
{
    g_autofree char *path = g_strdup_printf("/conv_winograd/%s", test->name);

    g_test_add_data_func(path, test, test_case);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < conv_n_cases; i++) {
        if (is_plain_3x3(&conv_cases[i].window)) {
            add_case(&conv_cases[i]);
        }
    }
    for (guint i = 0; i < G_N_ELEMENTS(more); i++) {
        add_case(&more[i]);
    }
    g_test_add_func("/conv_winograd/no_bias", test_no_bias);
    g_test_add_func("/conv_winograd/refused", test_refused);
    return g_test_run();
}
