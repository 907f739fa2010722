/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Relu, add, multiply, copy and softmax against the reference.
 */
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

static void check_softmax(const VinShape *shape, float low, float high)
{
    g_autoptr(VinNet) net = vin_net_new(1, shape);
    /* exp() of Vulkan: 3 + 2 |x| units in the last place, |x| < 40 here, twice. */
    const VinCheck check = {.bound = VIN_BOUND_RELATIVE, .eps = 2e-5, .low = low, .high = high};

    vin_net_output(net, vin_net_unary(net, VIN_OP_SOFTMAX, net->input));
    vin_check_graph(net->graph, &check);
}

static void test_softmax(void)
{
    VinShape classes = vin_shape_nc(2, 1000), one = vin_shape_nc(1, 1);
    VinShape map = vin_shape_nchw(3, 67, 1, 1);

    check_softmax(&classes, -10, 10);
    check_softmax(&one, -1, 1);
    check_softmax(&map, -2, 2);
    /* exp() of these overflows unless the maximum is taken off. */
    check_softmax(&classes, 200, 220);
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
    return g_test_run();
}
