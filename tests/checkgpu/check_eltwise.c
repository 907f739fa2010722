/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Relu, add, multiply, copy, softmax and sigmoid against the reference; what they make of values
 * that are no numbers.
 */
#include <math.h>

#include "checkgpu/harness.h"
#include "support/net.h"

/* One rounding: half a unit in the last place of the exact result. */
#define ONE_ROUNDING 6e-8

typedef enum { RHS_SCALAR, RHS_CHANNEL, RHS_ACTIVATION } Rhs;

static void check_binary(VinOp op, Rhs rhs, gboolean relu)
{
    VinShape shape = vin_shape_nchw(2, 5, 13, 17), scalar = {0, {0}}, channel = {1, {5}};
    g_autoptr(VinNet) net = vin_net_new(rhs, &shape);
    VinNode node = {.op = op, .n_inputs = 2};
    const VinCheck check = {.bound = VIN_BOUND_TERMS, .eps = ONE_ROUNDING};

    if (op == VIN_OP_ADD) {
        node.u.relu = relu;
    }
    node.inputs[0] = net->input;
    node.inputs[1] = rhs == RHS_SCALAR    ? vin_net_constant(net, &scalar, -2, 2)
                     : rhs == RHS_CHANNEL ? vin_net_constant(net, &channel, -2, 2)
                                          : net->input;
    vin_net_output(net, vin_net_node(net, &node));
    vin_check_graph(net->graph, &check);
    vin_check_halves(net->graph, &check);
}

static void test_add(void)
{
    check_binary(VIN_OP_ADD, RHS_SCALAR, FALSE);
    check_binary(VIN_OP_ADD, RHS_CHANNEL, FALSE);
    check_binary(VIN_OP_ADD, RHS_ACTIVATION, FALSE);
    check_binary(VIN_OP_ADD, RHS_CHANNEL, TRUE);
}

static void test_mul(void)
{
    check_binary(VIN_OP_MUL, RHS_SCALAR, FALSE);
    check_binary(VIN_OP_MUL, RHS_CHANNEL, FALSE);
    check_binary(VIN_OP_MUL, RHS_ACTIVATION, FALSE);
}

static void check_unary(VinOp op, const VinShape *shape)
{
    g_autoptr(VinNet) net = vin_net_new(1, shape);
    const VinCheck check = {.bound = VIN_BOUND_EXACT};

    vin_net_output(net, vin_net_unary(net, op, net->input));
    vin_check_graph(net->graph, &check);
    vin_check_halves(net->graph, &check);
}

static void test_relu(void)
{
    VinShape odd = vin_shape_nchw(3, 5, 7, 3), one = vin_shape_nchw(1, 1, 1, 1);

    check_unary(VIN_OP_RELU, &odd);
    check_unary(VIN_OP_RELU, &one);
}

/* The step again, as for a device that takes three work groups along x. */
static void narrow_device(VinPlan *plan, gpointer data)
{
    VinStep *step = &plan->steps[0];
    VinCaps caps = *vin_device_get_caps(plan->device);
    const VinKernelArgs args = {
        .node = step->node,
        .in = {*vin_plan_place(plan, step->node->inputs[0])},
        .out = *vin_plan_place(plan, step->node->output),
        .caps = &caps,
    };

    caps.max_workgroup_count[0] = 3;
    step->kernel->dispatch(&args, &step->dispatch);
    g_assert_cmpuint(step->dispatch.groups[0], ==, 3);
    g_assert_cmpuint(step->dispatch.groups[2], >, 1);
}

/* Rows of values too long for the x axis go on along z, whatever kernel cuts them. */
static void test_narrow_device(void)
{
    VinShape shape = vin_shape_nchw(2, 7, 13, 17);
    const VinCheck check = {.bound = VIN_BOUND_EXACT, .adjust = narrow_device};

    for (guint i = 0; i < 3; i++) {
        g_autoptr(VinNet) net = vin_net_new(1, &shape);

        vin_net_output(net, i == 2 ? vin_net_pool(net, VIN_OP_MAX_POOL, net->input, 3, 1, 1)
                                   : vin_net_unary(net, i == 0 ? VIN_OP_RELU : VIN_OP_COPY,
                                                   net->input));
        vin_check_graph(net->graph, &check);
    }
}

static void test_copy(void)
{
    VinShape odd = vin_shape_nchw(3, 5, 7, 3), flat = vin_shape_nc(2, 77);

    check_unary(VIN_OP_COPY, &odd);
    check_unary(VIN_OP_COPY, &flat);
}

/* Both sides of the concat are the input, so that copies have to be made. */
static void test_copy_to_slices(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 5, 5);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *both[] = {net->input, net->input};
    const VinCheck check = {.bound = VIN_BOUND_EXACT};

    vin_net_output(net, vin_net_concat(net, both, 2));
    vin_check_graph(net->graph, &check);
}

/* exp() of Vulkan: 3 + 2 |x| units in the last place, |x| < 40 here, twice. */
#define EXP_ROUNDING 2e-5

static void check_scores(VinOp op, const VinShape *shape, float low, float high)
{
    g_autoptr(VinNet) net = vin_net_new(1, shape);
    const VinCheck check = {
        .bound = VIN_BOUND_RELATIVE, .eps = EXP_ROUNDING, .low = low, .high = high};

    vin_net_output(net, vin_net_unary(net, op, net->input));
    vin_check_graph(net->graph, &check);
}

static void test_softmax(void)
{
    VinShape classes = vin_shape_nc(2, 1000), one = vin_shape_nc(1, 1);
    VinShape map = vin_shape_nchw(3, 67, 1, 1);

    check_scores(VIN_OP_SOFTMAX, &classes, -10, 10);
    check_scores(VIN_OP_SOFTMAX, &one, -1, 1);
    check_scores(VIN_OP_SOFTMAX, &map, -2, 2);
    /* exp() of these overflows unless the maximum is taken off. */
    check_scores(VIN_OP_SOFTMAX, &classes, 200, 220);
}

/* Of every size that a list of classes may have. */
static void test_class_counts(void)
{
    static const guint32 counts[] = {2, 3, 999, 1000, 1001, 65537, 100000};

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        VinShape shape = vin_shape_nc(i < 5 ? 3 : 1, counts[i]);

        check_scores(VIN_OP_SOFTMAX, &shape, -10, 10);
        check_scores(VIN_OP_SIGMOID, &shape, -10, 10);
    }
}

static void test_sigmoid(void)
{
    VinShape map = vin_shape_nchw(2, 5, 13, 17), classes = vin_shape_nc(1, 3000);

    check_scores(VIN_OP_SIGMOID, &map, -30, 30);
    check_scores(VIN_OP_SIGMOID, &classes, 90, 1000); /* exp() overflows on either side */
    check_scores(VIN_OP_SIGMOID, &classes, -80, -30); /* small, but no zeros */
}

/* What @op makes of @n values, one a class. To g_free(). */
static float *run_values(VinOp op, const float *values, guint32 n)
{
    VinShape shape = vin_shape_nc(1, n);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    g_autoptr(VinPlan) plan = NULL;
    g_autofree float *arena = NULL;
    g_autoptr(GError) error = NULL;
    const VinPlace *place;

    vin_net_output(net, vin_net_unary(net, op, net->input));
    plan = vin_plan_new(net->graph, vin_check_device(), NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    arena = vin_check_run(plan, values, n);
    place = vin_plan_place(plan, g_ptr_array_index(plan->graph->outputs, 0));
    return g_memdup2(arena + place->offset, n * sizeof *arena);
}

/* A broken network is not to look like a sound one. */
static void test_no_numbers(void)
{
    const float broken[] = {NAN, -NAN, INFINITY};
    const guint places[] = {0, 7, 64, 129, 199};

    if (vin_check_device() == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(broken) * G_N_ELEMENTS(places); i++) {
        const guint place = places[i / G_N_ELEMENTS(broken)];
        float values[200] = {[3] = 5, [120] = -INFINITY};
        g_autofree float *soft = NULL, *each = NULL;

        values[place] = broken[i % G_N_ELEMENTS(broken)];
        soft = run_values(VIN_OP_SOFTMAX, values, G_N_ELEMENTS(values));
        each = run_values(VIN_OP_SIGMOID, values, G_N_ELEMENTS(values));
        for (guint k = 0; k < G_N_ELEMENTS(values); k++) {
            g_assert_true(isnan(soft[k]));
            g_assert_cmpint(isnan(each[k]), ==, isnan(values[k]));
        }
        g_assert_cmpfloat(each[120], ==, 0);
    }
}

/* A class that cannot be, in a vector that is sound. */
static void test_impossible_class(void)
{
    const float values[] = {1, -INFINITY, 1};
    g_autofree float *soft = NULL;

    if (vin_check_device() != NULL) {
        soft = run_values(VIN_OP_SOFTMAX, values, 3);
        g_assert_cmpfloat_with_epsilon(soft[0], 0.5, 1e-6);
        g_assert_cmpfloat(soft[1], ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/eltwise/add", test_add);
    g_test_add_func("/eltwise/mul", test_mul);
    g_test_add_func("/eltwise/relu", test_relu);
    g_test_add_func("/eltwise/narrow_device", test_narrow_device);
    g_test_add_func("/copy/whole", test_copy);
    g_test_add_func("/copy/to_slices", test_copy_to_slices);
    g_test_add_func("/softmax", test_softmax);
    g_test_add_func("/sigmoid", test_sigmoid);
    g_test_add_func("/scores/class_counts", test_class_counts);
    g_test_add_func("/scores/no_numbers", test_no_numbers);
    g_test_add_func("/scores/impossible_class", test_impossible_class);
    return g_test_run();
}
