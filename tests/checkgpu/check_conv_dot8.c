/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution in 8 bits against a reference that rounds as base/int8.h and shaders/conv_dot8.comp
 * say and then adds up whole numbers, so that nothing is left but the rounding of the result. With
 * the instruction, where the device has it and the compiler knew it, and without.
 */
#include <math.h>

#include "abi/conv_gemm.h"
#include "base/bytes.h"
#include "checkgpu/conv_cases.h"
#include "checkgpu/harness.h"
#include "shader_table.h"

/* The sum becomes a float, so do its scale and the weights' step in it; a product, a sum. */
#define EPS (6.0 / (1 << 24))

#ifdef VIN_HAVE_SHADER_CONV_DOT8
#define IS_BUILT TRUE
#else
#define IS_BUILT FALSE
#endif

/* Narrower than the random input of -1..1 and 0..3, so that some of it saturates. */
typedef struct {
    float low, high;             /* of the range */
    float input_low, input_high;
} Range;

static const Range ranges[] = {{-0.7f, 0.9f, -1, 1}, {0, 2.5f, 0, 3}};

/* One image and one output channel; @q: of the input, @w: weights as whole numbers. */
static gint64 sum_at(const VinNode *node, const gint32 *q, const gint32 *w, gint64 y, gint64 x)
{
    const VinWindowParams *p = &node->u.window;
    const gint64 n_in = vin_tensor_c(node->inputs[0]), in_h = vin_tensor_h(node->inputs[0]);
    const gint64 in_w = vin_tensor_w(node->inputs[0]);
    gint64 sum = 0;

    for (gint64 c = 0; c < n_in; c++) {
        for (gint64 tap = 0; tap < (gint64)p->kernel_h * p->kernel_w; tap++) {
            const gint64 at_y = y * p->stride_h + tap / p->kernel_w * p->dilation_h - p->pad_top;
            const gint64 at_x = x * p->stride_w + tap % p->kernel_w * p->dilation_w - p->pad_left;

            if (at_y >= 0 && at_y < in_h && at_x >= 0 && at_x < in_w) {
                sum += (gint64)q[(c * in_h + at_y) * in_w + at_x] *
                       w[c * p->kernel_h * p->kernel_w + tap];
            }
        }
    }
    return sum;
}

/* What stands for 0 is taken off here already. */
static gint32 *round_input(const VinNode *node, const double *input)
{
    const VinWindowParams *p = &node->u.window;
    const gsize n = vin_shape_n_values(&node->inputs[0]->shape);
    const double width = (double)p->in_high - (double)p->in_low;
    const float inverse = (float)(255 / width);
    const double zero = rint(-128 - (double)p->in_low * (255 / width));
    gint32 *q = g_new(gint32, n);

    for (gsize i = 0; i < n; i++) {
        q[i] = (gint32)(CLAMP(rint((double)((float)input[i] * inverse)) + zero, -128, 127) - zero);
    }
    return q;
}

static void reference(const VinNode *node, const double *input, double *values, double *terms)
{
    const VinWindowParams *p = &node->u.window;
    const gsize n_out = vin_tensor_c(node->output), out_w = vin_tensor_w(node->output);
    const gsize n_pixels = vin_tensor_h(node->output) * out_w;
    const gsize image = vin_shape_n_values(&node->inputs[0]->shape) / vin_tensor_n(node->output);
    const gsize n_weights = vin_shape_n_values(&node->inputs[1]->shape) / n_out;
    const float *bias = node->n_inputs > 2 ? vin_tensor_floats(node->inputs[2]) : NULL;
    g_autofree gint32 *q = round_input(node, input);
    g_autofree gint32 *w = g_new(gint32, n_weights);

    for (gsize k = 0; k < n_out; k++) {
        const float *of_k = vin_tensor_floats(node->inputs[1]) + k * n_weights;
        double most = 0, step;

        for (gsize i = 0; i < n_weights; i++) {
            most = MAX(most, (double)fabsf(of_k[i]));
        }
        for (gsize i = 0; i < n_weights; i++) {
            w[i] = (gint32)rint((double)of_k[i] * 127 / most);
        }
        step = ((double)p->in_high - (double)p->in_low) / 255 * (most / 127);
        for (gsize i = 0; i < vin_tensor_n(node->output) * n_pixels; i++) {
            const gsize n = i / n_pixels, pixel = i % n_pixels;
            const gsize at = (n * n_out + k) * n_pixels + pixel;
            const double sum = step * (double)sum_at(node, q + n * image, w,
                                                     (gint64)(pixel / out_w),
                                                     (gint64)(pixel % out_w));
            const double b = bias != NULL ? (double)bias[k] : 0;

            values[at] = p->relu ? MAX(sum + b, 0) : sum + b;
            terms[at] = fabs(sum) + fabs(b);
        }
    }
}

static gboolean has_kernel(const char *kernel)
{
    VinDevice *device = vin_check_device();

    return device != NULL &&
           (strcmp(kernel, "conv_dot8") != 0 ||
            (IS_BUILT && (vin_device_get_caps(device)->bits & VIN_CAP_INT8_DOT) != 0));
}

static void expect_kernel(VinPlan *plan, gpointer data)
{
    g_assert_cmpstr(plan->steps[0].kernel->name, ==, data);
}

static VinNode *set_range(const VinNet *net, const Range *range)
{
    VinNode *node = g_ptr_array_index(net->graph->nodes, 0);

    node->u.window.in_low = range->low;
    node->u.window.in_high = range->high;
    return node;
}

/* @kernel over @range, activations in 32 bits or 16. */
static void check_net(const VinNet *net, const char *kernel, const Range *range, gboolean halves,
                      void (*adjust)(VinPlan *plan, gpointer data), gconstpointer data)
{
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = EPS, .named = kernel,
                            .int8 = TRUE, .low = range->input_low, .high = range->input_high,
                            .reference = reference, .adjust = adjust,
                            .adjust_data = (gpointer)data};

    set_range(net, range);
    if (!has_kernel(kernel)) {
        g_test_message("without %s, which cannot run here", kernel);
    } else if (halves) {
        vin_check_halves(net->graph, &check);
    } else {
        vin_check_graph(net->graph, &check);
    }
}

/* Both kernels, both ranges, both widths of activations, though not each with each. */
static void check_case(const ConvCase *test, gboolean has_bias)
{
    static const char *const kernels[] = {"conv_dot8", "conv_dot8_plain"};
    g_autoptr(VinNet) net = conv_case_net(test, has_bias);

    for (guint i = 0; i < 4; i++) {
        check_net(net, kernels[i / 2], &ranges[(i + i / 2) % 2], i % 2, expect_kernel,
                  kernels[i / 2]);
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

/* TILE_K, TILE_PIXELS, OWN_K, OWN_PIXELS: those of kernels/conv_gemm.c. */
static void set_tile(VinPlan *plan, gpointer data)
{
    const guint32 *tile = data;
    VinStep *step = &plan->steps[0];
    guint32 *spec = step->dispatch.spec;
    const VinTensor *y = step->node->output;
    const guint32 n_pixels = vin_tensor_n(y) * vin_tensor_h(y) * vin_tensor_w(y);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_str_has_prefix(step->kernel->name, "conv_dot8"));
    spec[VIN_CONV_GEMM_SPEC_LOCAL] = tile[0] / tile[2] * (tile[1] / tile[3]);
    memcpy(&spec[VIN_CONV_GEMM_SPEC_TILE_K], tile, 4 * sizeof *tile);
    step->dispatch.groups[0] = vin_div_up(n_pixels, tile[1]);
    step->dispatch.groups[1] = vin_div_up(vin_tensor_c(y), tile[0]);
    step->pipeline = vin_plan_pipeline(plan, &step->dispatch, &error);
    g_assert_no_error(error);
}

static void test_tiles(void)
{
    static const guint32 tiles[][4] = {{128, 128, 8, 8}, {64, 64, 8, 8},  {32, 128, 8, 8},
                                       {64, 32, 8, 4},   {16, 128, 4, 8}, {32, 32, 4, 4}};
    static const ConvCase odd[] = {
        {"3x3", 2, 7, 13, 17, 37, SQUARE(3, 1, 1)},
        {"quads", 3, 18, 14, 14, 133, SQUARE(1, 1, 0)},
    };
    const char *kernel = has_kernel("conv_dot8") ? "conv_dot8" : "conv_dot8_plain";

    for (guint i = 0; i < G_N_ELEMENTS(tiles) * G_N_ELEMENTS(odd); i++) {
        g_autoptr(VinNet) net = conv_case_net(&odd[i % G_N_ELEMENTS(odd)], TRUE);

        check_net(net, kernel, &ranges[i / 4 % 2], (i + i / 2) % 2, set_tile,
                  tiles[i / G_N_ELEMENTS(odd)]);
    }
}

/* Without a range, or another precision, it is another kernel's. */
static void test_refused(void)
{
    const ConvCase test = {"refused", 1, 8, 7, 7, 8, SQUARE(3, 1, 1)};
    g_autoptr(VinNet) net = conv_case_net(&test, TRUE);
    VinDevice *device = vin_check_device();
    VinPlanParams params = {.batch = 1, .int8 = TRUE};

    for (guint i = 0; device != NULL && i < 3; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinPlan) plan = NULL;

        params.int8 = i != 1;
        set_range(net, i == 0 ? &(Range){0, 0, 0, 0} : &ranges[0]);
        plan = vin_plan_new(net->graph, device, &params, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_true(g_str_has_prefix(plan->steps[0].kernel->name, "conv_dot8") == (i == 2));
    }
}

/* The plan's output of @input, dense, to g_free(). */
static float *run(const VinNet *net, const float *input, const VinShape *x)
{
    const VinPlanParams params = {.batch = 1, .int8 = TRUE};
    g_autoptr(GError) error = NULL;
    g_autoptr(VinPlan) plan =
        vin_plan_new(net->graph, vin_check_device(), &params, NULL, NULL, &error);
    g_autofree float *arena = NULL;
    const VinPlace *place;

    g_assert_no_error(error);
    arena = vin_check_run(plan, input, vin_shape_n_values(x));
    place = vin_plan_place(plan, g_ptr_array_index(plan->graph->outputs, 0));
    return g_memdup2(arena + place->offset, sizeof(float) * place->c * place->c_stride);
}

/* A NaN is in every output that reads it; a filter with one gives nothing else. */
static void test_nan(void)
{
    enum { C = 6, K = 70, SIDE = 40, BAD_C = 5, BAD_Y = 9, BAD_X = 31, BAD_K = 3 };
    const ConvCase test = {"nan", 1, C, SIDE, SIDE, K, SQUARE(3, 1, 1)};
    g_autoptr(VinNet) net = conv_case_net(&test, TRUE);
    const VinShape x = vin_shape_nchw(1, C, SIDE, SIDE);
    VinNode *node = set_range(net, &ranges[0]);
    VinRandom random = {1};
    g_autofree float *input = vin_random_floats(&random, C * SIDE * SIDE, -1, 1);
    g_autofree float *output = NULL, *of_filter = NULL;
    guint n_sound = 0;

    if (vin_check_device() == NULL) {
        return;
    }
    node->u.window.relu = TRUE; /* nor does that lose it */
    ((float *)vin_tensor_floats(node->inputs[1]))[BAD_K * C * 9 + 17] = NAN;
    of_filter = run(net, input, &x);
    input[(BAD_C * SIDE + BAD_Y) * SIDE + BAD_X] = NAN;
    output = run(net, input, &x);
    for (gint i = 0; i < K * SIDE * SIDE; i++) {
        const gint row = i / SIDE % SIDE, column = i % SIDE;
        const gboolean reads = ABS(row - BAD_Y) <= 1 && ABS(column - BAD_X) <= 1;

        g_assert_true(isnan(of_filter[i]) == (i / (SIDE * SIDE) == BAD_K));
        g_assert_true(isnan(output[i]) || !(reads || i / (SIDE * SIDE) == BAD_K));
        n_sound += !isnan(output[i]);
    }
    g_assert_cmpuint(n_sound, >, 0); /* other work groups go on */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < conv_n_cases; i++) {
        g_autofree char *path = g_strdup_printf("/conv_dot8/%s", conv_cases[i].name);

        g_test_add_data_func(path, &conv_cases[i], test_case);
    }
    g_test_add_func("/conv_dot8/no_bias", test_no_bias);
    g_test_add_func("/conv_dot8/tiles", test_tiles);
    g_test_add_func("/conv_dot8/refused", test_refused);
    g_test_add_func("/conv_dot8/nan", test_nan);
    return g_test_run();
}
