/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution as a matrix product against the reference, in every tile.
 */
#include "abi/conv_gemm.h"
#include "base/bytes.h"
#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"

/* A weight is rounded to 11 bits, and the sum comes on top. */
#define HALF_EPS (CONV_EPS + 1.0 / 2048)

static void expect_gemm(VinPlan *plan, gpointer data)
{
    g_assert_cmpstr(plan->steps[0].kernel->name, ==, plan->half ? "conv_gemm_f16" : "conv_gemm");
}

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS, .named = "conv_gemm",
                            .adjust = expect_gemm};
    const VinCheck halves = {.bound = VIN_BOUND_TERMS, .eps = HALF_EPS, .adjust = expect_gemm};

    vin_check_graph(net->graph, &check);
    vin_check_halves(net->graph, &halves);
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

/* TILE_K, TILE_PIXELS, OWN_K, OWN_PIXELS */
static void set_tile(VinPlan *plan, gpointer data)
{
    const guint32 *tile = data;
    VinStep *step = &plan->steps[0];
    guint32 *spec = step->dispatch.spec;
    const VinTensor *y = step->node->output;
    const guint32 n_pixels = vin_tensor_n(y) * vin_tensor_h(y) * vin_tensor_w(y);
    g_autoptr(GError) error = NULL;

    expect_gemm(plan, NULL);
    spec[VIN_CONV_GEMM_SPEC_LOCAL] = tile[0] / tile[2] * (tile[1] / tile[3]);
    memcpy(&spec[VIN_CONV_GEMM_SPEC_TILE_K], tile, 4 * sizeof *tile);
    step->dispatch.groups[0] = vin_div_up(n_pixels, tile[1]);
    step->dispatch.groups[1] = vin_div_up(vin_tensor_c(y), tile[0]);
    step->pipeline = vin_plan_pipeline(plan, &step->dispatch, &error);
    g_assert_no_error(error);
}

/* Those of the table (kernels/conv_gemm.c), whatever it would choose here. */
static void test_tiles(void)
{
    static const guint32 tiles[][4] = {{128, 128, 8, 8}, {64, 64, 8, 8},  {32, 128, 8, 8},
                                       {64, 32, 8, 4},   {16, 128, 4, 8}, {32, 32, 4, 4}};
    static const ConvCase odd[] = {
        {"3x3", 2, 7, 13, 17, 37, SQUARE(3, 1, 1)},
        {"quads", 3, 18, 14, 14, 133, SQUARE(1, 1, 0)},
        {"7x7", 1, 3, 29, 31, 65, SQUARE(7, 2, 3)},
    };

    for (guint i = 0; i < G_N_ELEMENTS(tiles) * G_N_ELEMENTS(odd); i++) {
        g_autoptr(VinNet) net = conv_case_net(&odd[i % G_N_ELEMENTS(odd)], TRUE);
        const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = CONV_EPS, .named = "conv_gemm",
                                .adjust = set_tile,
                                .adjust_data = (gpointer)tiles[i / G_N_ELEMENTS(odd)]};

        VinCheck halves = check;

        halves.eps = HALF_EPS;
        halves.named = "conv_gemm_f16";
        vin_check_graph(net->graph, &check);
        vin_check_halves(net->graph, &halves);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < conv_n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/conv_gemm/%s", conv_cases[i].name);

        g_test_add_data_func(path, &conv_cases[i], test_case);
    }
    g_test_add_func("/conv_gemm/no_bias", test_no_bias);
    g_test_add_func("/conv_gemm/tiles", test_tiles);
    return g_test_run();
}
