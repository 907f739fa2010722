/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The reference itself, against what ONNX Runtime 1.32 gives for the same few numbers. Inputs
 * are a fixed pattern, so that only answers stand here.
 */
#include "ref.h"

#include <math.h>

typedef struct {
    VinGraph *graph;
    VinNode node;
    float x[128];
    guint n_constants;
} Case;

/* Quarters from a short cycle of period @period. */
static void fill_pattern(float *values, gsize n, guint period)
{
    for (gsize i = 0; i < n; i++) {
        values[i] = ((float)((i * 7 + 3) % period) - (float)(period / 2)) / 4;
    }
}

static void case_init(Case *c, VinOp op, VinShape shape)
{
    *c = (Case){.graph = vin_graph_new(), .node = {.op = op, .n_inputs = 1}};
    c->node.inputs[0] = vin_graph_add_tensor(c->graph, "x", &shape);
    g_ptr_array_add(c->graph->inputs, c->node.inputs[0]);
    g_assert_cmpuint(vin_shape_n_values(&shape), <=, G_N_ELEMENTS(c->x));
    fill_pattern(c->x, vin_shape_n_values(&shape), 11);
}

static void add_values(Case *c, VinShape shape, float *values)
{
    gsize n = vin_shape_n_values(&shape);
    g_autoptr(GBytes) data = g_bytes_new_take(values, n * sizeof *values);
    g_autofree char *name = g_strdup_printf("constant%u", c->n_constants++);

    c->node.inputs[c->node.n_inputs++] =
        vin_graph_add_constant(c->graph, name, VIN_TYPE_F32, &shape, data);
}

static void add_pattern(Case *c, VinShape shape, guint period)
{
    gsize n = vin_shape_n_values(&shape);
    float *values = g_new(float, n);

    fill_pattern(values, n, period);
    add_values(c, shape, values);
}

static void expect(Case *c, VinShape shape, const double *wanted)
{
    gsize n_input = vin_shape_n_values(&c->node.inputs[0]->shape);
    g_autoptr(GPtrArray) values = NULL;
    g_autoptr(GError) error = NULL;
    VinTensor *out = vin_graph_add_node(c->graph, "node", &c->node, "y", &error);

    g_assert_no_error(error);
    g_assert_true(vin_shape_equal(&out->shape, &shape));
    vin_ref_run(c->graph, c->x, n_input, &values, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < vin_shape_n_values(&shape); i++) {
        g_assert_cmpfloat_with_epsilon(vin_ref_values(values, out)[i], wanted[i], 2e-7);
    }
    vin_graph_free(c->graph);
}

static void test_conv(void)
{
    const double wanted[] = {-1.5, -2, 0.75, -4.625, 3.6875, 1.5,
                             1.6875, 2.1875, -1.9375, -0.875, -0.5, -2.625};
    VinShape vector = {1, {2}};
    Case c;

    case_init(&c, VIN_OP_CONV, vin_shape_nchw(1, 4, 5, 4));
    add_pattern(&c, vin_shape_nchw(2, 2, 3, 2), 13);
    add_pattern(&c, vector, 5);
    c.node.u.window = (VinWindowParams){.kernel_h = 3, .kernel_w = 2, .stride_h = 2,
                                        .stride_w = 1, .dilation_h = 1, .dilation_w = 2,
                                        .pad_top = 1, .pad_right = 1, .groups = 2};
    expect(&c, vin_shape_nchw(1, 2, 2, 3), wanted);
}

static void test_relu(void)
{
    const double wanted[] = {0, 0, 0.75, 0, 3.6875, 1.5, 1.6875, 2.1875, 0, 0, 0, 0};
    VinShape vector = {1, {2}};
    Case c;

    case_init(&c, VIN_OP_CONV, vin_shape_nchw(1, 4, 5, 4));
    add_pattern(&c, vin_shape_nchw(2, 2, 3, 2), 13);
    add_pattern(&c, vector, 5);
    c.node.u.window = (VinWindowParams){.kernel_h = 3, .kernel_w = 2, .stride_h = 2,
                                        .stride_w = 1, .dilation_h = 1, .dilation_w = 2,
                                        .pad_top = 1, .pad_right = 1, .groups = 2,
                                        .relu = TRUE};
    expect(&c, vin_shape_nchw(1, 2, 2, 3), wanted);
}

/* The last row and column of windows hang over the edge. */
static void check_pool(VinOp op, gboolean count_include_pad, const double *wanted)
{
    Case c;

    case_init(&c, op, vin_shape_nchw(1, 1, 5, 6));
    c.node.u.window = (VinWindowParams){.kernel_h = 3, .kernel_w = 2, .stride_h = 2,
                                        .stride_w = 3, .dilation_h = 1, .dilation_w = 1,
                                        .pad_top = 1, .pad_left = 1, .groups = 1,
                                        .count_include_pad = count_include_pad,
                                        .ceil_mode = TRUE};
    expect(&c, vin_shape_nchw(1, 1, 3, 3), wanted);
}

static void test_pool(void)
{
    const double max[] = {-0.5, 0.25, 0, 1.25, 1, 1.25, 0.75, 1, 1.25};
    const double inside[] = {-0.75, -0.5, -0.25, 1 / 3.0, -1 / 3.0, -1 / 12.0, 0.5, 0.0625, 1};
    const double padded[] = {-0.25, -1 / 3.0, -1 / 6.0, 1 / 6.0, -1 / 3.0,
                             -1 / 12.0, 0.25, 0.0625, 1};

    check_pool(VIN_OP_MAX_POOL, FALSE, max);
    check_pool(VIN_OP_AVG_POOL, FALSE, inside);
    check_pool(VIN_OP_AVG_POOL, TRUE, padded);
}

static void test_lrn(void)
{
    const double wanted[] = {-0.2888792, 0.6228862, 0.1326433, -0.3737317,
                             0.5006285, 0, -0.5029734, 0.423795};
    Case c;

    case_init(&c, VIN_OP_LRN, vin_shape_nchw(1, 4, 1, 2));
    c.node.u.lrn = (VinLrnParams){.size = 3, .alpha = 0.75f, .beta = 0.75f, .bias = 2};
    expect(&c, vin_shape_nchw(1, 4, 1, 2), wanted);
}

static void test_gemm(void)
{
    const double plain[] = {-0.40625, 2.03125, 0.15625, 0.625};
    const double transposed[] = {2.3125, -0.96875, 2.40625, -1.90625};
    VinShape vector = {1, {2}};

    for (guint trans_b = 0; trans_b < 2; trans_b++) {
        Case c;

        case_init(&c, VIN_OP_GEMM, vin_shape_nc(2, 3));
        add_pattern(&c, trans_b ? vin_shape_nc(2, 3) : vin_shape_nc(3, 2), 13);
        add_pattern(&c, vector, 5);
        c.node.u.gemm = (VinGemmParams){.trans_b = trans_b == 1, .alpha = 1.5f, .beta = 0.25f};
        expect(&c, vin_shape_nc(2, 2), trans_b ? transposed : plain);
    }
}

static void test_softmax(void)
{
    const double wanted[] = {0.1127192, 0.6486542, 0.2386266, 0.1127192, 0.6486542, 0.2386266};
    Case c;

    case_init(&c, VIN_OP_SOFTMAX, vin_shape_nc(2, 3));
    expect(&c, vin_shape_nc(2, 3), wanted);
}

/* By hand: 1 / (1 + exp(-x)) of the pattern's -0.5, 1.25, 0.25, -0.75, 1, 0. */
static void test_sigmoid(void)
{
    const double wanted[] = {0.3775407, 0.7772999, 0.5621765, 0.3208213, 0.7310586, 0.5};
    Case c;

    case_init(&c, VIN_OP_SIGMOID, vin_shape_nchw(1, 3, 1, 2));
    expect(&c, vin_shape_nchw(1, 3, 1, 2), wanted);
}

static void test_batchnorm(void)
{
    const double wanted[] = {-0.07905694, 0.4743417, 0.1581139, -0.1581139,
                             -0.3429972, 0, 0.3429972, -0.2572479};
    VinShape vector = {1, {2}};
    float *variance = g_new(float, 2);
    Case c;

    case_init(&c, VIN_OP_BATCHNORM, vin_shape_nchw(1, 2, 2, 2));
    add_pattern(&c, vector, 5);
    add_pattern(&c, vector, 7);
    add_pattern(&c, vector, 3);
    variance[0] = 0.5f;
    variance[1] = 2;
    add_values(&c, vector, variance);
    c.node.u.epsilon = 0.125f;
    expect(&c, vin_shape_nchw(1, 2, 2, 2), wanted);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ref/conv", test_conv);
    g_test_add_func("/ref/relu", test_relu);
    g_test_add_func("/ref/pool", test_pool);
    g_test_add_func("/ref/lrn", test_lrn);
    g_test_add_func("/ref/gemm", test_gemm);
    g_test_add_func("/ref/softmax", test_softmax);
    g_test_add_func("/ref/sigmoid", test_sigmoid);
    g_test_add_func("/ref/batchnorm", test_batchnorm);
    return g_test_run();
}
