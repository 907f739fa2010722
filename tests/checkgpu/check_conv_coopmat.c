/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution on matrix units against the reference, in every shape that the device lists and
 * every cut of a work group (kernels/conv_coopmat.c). Skipped where the device has none, or the
 * GLSL compiler did not know them.
 */
#include "abi/conv_gemm.h"
#include "base/bytes.h"
#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"
#include "shader_table.h"

/* A weight is rounded to 11 bits, and the sum comes on top. */
#define HALF_EPS (CONV_EPS + 1.0 / 2048)
#define KERNEL "conv_coopmat"

#ifdef VIN_HAVE_SHADER_CONV_COOPMAT
#define IS_BUILT TRUE
#else
#define IS_BUILT FALSE
#endif

/* NULL, with the test skipped, where it cannot run. */
static const VinCaps *matrix_caps(void)
{
    VinDevice *device = vin_check_device();

    if (device == NULL) {
        return NULL;
    }
    if (!IS_BUILT || vin_device_get_caps(device)->n_matrices == 0) {
        g_test_skip(IS_BUILT ? "the device multiplies no matrices of fp16 with fp32 sums"
                             : "the GLSL compiler did not know cooperative matrices");
        return NULL;
    }
    return vin_device_get_caps(device);
}

static void expect_coopmat(VinPlan *plan, gpointer data)
{
    g_assert_cmpstr(plan->steps[0].kernel->name, ==, KERNEL);
}

/* Activations in 32 bits, then in 16. */
static void check_net(const VinNet *net, void (*adjust)(VinPlan *plan, gpointer data),
                      gconstpointer data)
{
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = HALF_EPS, .named = KERNEL,
                            .adjust = adjust, .adjust_data = (gpointer)data};
    VinCheck floats = check;

    floats.half = TRUE;
    vin_check_graph(net->graph, &floats);
    vin_check_halves(net->graph, &check);
}

static void check_case(const ConvCase *test, gboolean has_bias)
{
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);

    if (matrix_caps() != NULL) {
        check_net(net, expect_coopmat, NULL);
    }
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

/* A shape, and subgroups and matrices of a subgroup along output channels and pixels. */
typedef struct {
    VinMatrixShape shape;
    guint32 parts_k, parts_x, own_m, own_n;
} Cut;

static void set_cut(VinPlan *plan, gpointer data)
{
    const Cut *cut = data;
    const VinCaps *caps = vin_device_get_caps(plan->device);
    VinStep *step = &plan->steps[0];
    guint32 *spec = step->dispatch.spec;
    const VinTensor *y = step->node->output;
    const guint32 n_pixels = vin_tensor_n(y) * vin_tensor_h(y) * vin_tensor_w(y);
    const guint32 own_k = cut->own_m * cut->shape.m, own_pixels = cut->own_n * cut->shape.n;
    g_autoptr(GError) error = NULL;

    expect_coopmat(plan, NULL);
    spec[VIN_CONV_GEMM_SPEC_LOCAL] = cut->parts_k * cut->parts_x * caps->subgroup_size;
    spec[VIN_CONV_GEMM_SPEC_TILE_K] = cut->parts_k * own_k;
    spec[VIN_CONV_GEMM_SPEC_TILE_PIXELS] = cut->parts_x * own_pixels;
    spec[VIN_CONV_GEMM_SPEC_OWN_K] = own_k;
    spec[VIN_CONV_GEMM_SPEC_OWN_PIXELS] = own_pixels;
    spec[VIN_CONV_GEMM_SPEC_MATRIX_M] = cut->shape.m;
    spec[VIN_CONV_GEMM_SPEC_MATRIX_N] = cut->shape.n;
    spec[VIN_CONV_GEMM_SPEC_MATRIX_K] = cut->shape.k;
    spec[VIN_CONV_GEMM_SPEC_DEPTH] = vin_align_up(32, cut->shape.k);
    step->dispatch.groups[0] = vin_div_up(n_pixels, cut->parts_x * own_pixels);
    step->dispatch.groups[1] = vin_div_up(vin_tensor_c(y), cut->parts_k * own_k);
    step->pipeline = vin_plan_pipeline(plan, &step->dispatch, &error);
    g_assert_no_error(error);
}

/* Does it run here? What the kernel asks, too (kernels/conv_coopmat.c). */
static gboolean cut_fits(const Cut *cut, const VinCaps *caps)
{
    const guint32 parts = cut->parts_k * cut->parts_x, local = parts * caps->subgroup_size;
    const guint32 k = cut->parts_k * cut->own_m * cut->shape.m;
    const guint32 pixels = cut->parts_x * cut->own_n * cut->shape.n;
    const guint64 bytes = vin_align_up(32, cut->shape.k) * (k + pixels + 16) * 2 +
                          (guint64)parts * cut->shape.m * cut->shape.n * 4;

    return cut->shape.m % 4 == 0 && cut->shape.n % 4 == 0 && local <= caps->max_workgroup_size &&
           local % (pixels / 4) == 0 && bytes <= caps->max_shared_bytes;
}

static void test_cuts(void)
{
    static const Cut cuts[] = {{.parts_k = 2, .parts_x = 4, .own_m = 4, .own_n = 2},
                               {.parts_k = 2, .parts_x = 2, .own_m = 2, .own_n = 2},
                               {.parts_k = 1, .parts_x = 4, .own_m = 2, .own_n = 2},
                               {.parts_k = 2, .parts_x = 2, .own_m = 1, .own_n = 1},
                               {.parts_k = 1, .parts_x = 4, .own_m = 1, .own_n = 1}};
    static const ConvCase odd[] = {
        {"3x3", 2, 7, 13, 17, 37, SQUARE(3, 1, 1)},
        {"quads", 3, 18, 14, 14, 133, SQUARE(1, 1, 0)},
        {"7x7", 1, 3, 29, 31, 65, SQUARE(7, 2, 3)},
    };
    const VinCaps *caps = matrix_caps();
    guint n_checked = 0;

    for (guint i = 0; caps != NULL && i < caps->n_matrices * G_N_ELEMENTS(cuts); i++) {
        Cut cut = cuts[i % G_N_ELEMENTS(cuts)];

        cut.shape = caps->matrices[i / G_N_ELEMENTS(cuts)];
        for (guint j = 0; cut_fits(&cut, caps) && j < G_N_ELEMENTS(odd); j++) {
            g_autoptr(VinNet) net = conv_case_net(&odd[j], TRUE);

            check_net(net, set_cut, &cut);
            n_checked++;
        }
    }
    g_assert_true(caps == NULL || n_checked > 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < conv_n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/conv_coopmat/%s", conv_cases[i].name);

        g_test_add_data_func(path, &conv_cases[i], test_case);
    }
    g_test_add_func("/conv_coopmat/no_bias", test_no_bias);
    g_test_add_func("/conv_coopmat/cuts", test_cuts);
    return g_test_run();
}
