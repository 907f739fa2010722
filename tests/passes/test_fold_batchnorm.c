/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Affine ops into convolutions and matrices. New weights are rounded to float once, hence
 * the bound.
 */
#include <sys/resource.h>

#include <vkinception/error.h>

#include "passes/passes.h"
#include "same.h"

#define BOUND 1e-6

static VinNet *new_net(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 5, 7);

    return vin_net_new(11, &shape);
}

static void test_conv(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape vector = {1, {4}}, scalar = {0, {0}};
    VinTensor *x = vin_net_conv(net, net->input, 4, 3, 2, 1, FALSE);
    g_autoptr(VinGraph) after = NULL;

    x = vin_net_batchnorm(net, x);
    x = vin_net_binary(net, VIN_OP_MUL, x, vin_net_constant(net, &vector, -2, 2));
    x = vin_net_binary(net, VIN_OP_ADD, x, vin_net_constant(net, &vector, -2, 2));
    x = vin_net_binary(net, VIN_OP_MUL, x, vin_net_constant(net, &scalar, 1, 2));
    x = vin_net_binary(net, VIN_OP_ADD, x, vin_net_constant(net, &scalar, 1, 2));
    vin_net_output(net, vin_net_batchnorm(net, vin_net_conv(net, x, 5, 3, 1, 0, TRUE)));
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(after->nodes->len, ==, 2);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONV), ==, 2);
}

static void test_gemm(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *x = vin_net_batchnorm(net, vin_net_gemm(net, net->input, 6, FALSE));
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, vin_net_batchnorm(net, vin_net_gemm(net, x, 4, TRUE)));
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(after->nodes->len, ==, 2);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_GEMM), ==, 2);
}

static gsize constant_bytes(const VinGraph *graph)
{
    gsize bytes = 0;

    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(graph->tensors, i);

        bytes += tensor->data != NULL ? g_bytes_get_size(tensor->data) : 0;
    }
    return bytes;
}

/* A file of one convolution and thousands of such nodes must not cost its weights each time. */
static void test_memory(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape scalar = {0, {0}};
    VinTensor *x = vin_net_conv(net, net->input, 4, 3, 2, 1, TRUE);
    g_autoptr(VinGraph) after = NULL;

    for (guint i = 0; i < 8; i++) {
        x = vin_net_binary(net, VIN_OP_MUL, x, vin_net_constant(net, &scalar, 1, 2));
    }
    vin_net_output(net, x);
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(after->nodes->len, ==, 1);
    g_assert_cmpuint(constant_bytes(after), ==, constant_bytes(net->graph));
}

/* Groups: the weights of a channel are still one row. */
static void test_groups(void)
{
    VinShape input = vin_shape_nchw(1, 6, 5, 4), w = vin_shape_nchw(4, 3, 3, 2);
    g_autoptr(VinNet) net = vin_net_new(12, &input);
    VinNode conv = {.op = VIN_OP_CONV, .n_inputs = 3};
    g_autoptr(VinGraph) after = NULL;

    conv.inputs[0] = net->input;
    conv.inputs[1] = vin_net_constant(net, &w, -1, 1);
    conv.u.window = (VinWindowParams){.kernel_h = 3, .kernel_w = 2, .stride_h = 1,
                                      .stride_w = 2, .dilation_h = 1, .dilation_w = 1,
                                      .pad_left = 1, .groups = 2};
    vin_net_output(net, vin_net_batchnorm(net, vin_net_node(net, &conv)));
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(after->nodes->len, ==, 1);
}

/* Not behind a conv, behind one that others read, behind one with a relu; and weights that
 * two convs share must not change under the other. */
static void test_elsewhere(void)
{
    g_autoptr(VinNet) net = new_net();
    VinTensor *first = vin_net_batchnorm(net, net->input);
    VinTensor *shared = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE);
    VinNode twin = *shared->producer;
    VinTensor *rectified;
    g_autoptr(VinGraph) after = NULL;

    vin_net_output(net, first);
    vin_net_output(net, shared);
    vin_net_output(net, vin_net_batchnorm(net, shared));
    vin_net_output(net, vin_net_batchnorm(net, vin_net_node(net, &twin)));
    twin.u.window.relu = TRUE;
    rectified = vin_net_node(net, &twin);
    vin_net_output(net, vin_net_batchnorm(net, rectified));
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_BATCHNORM), ==, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_MUL), ==, 3);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_ADD), ==, 3);
}

/* A relu behind the host keeps the fold out; one in the add moves along. */
static void test_relus(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape vector = {1, {4}};
    VinTensor *gemm = vin_net_gemm(net, net->input, 4, TRUE);
    VinTensor *hosts[2] = {vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE),
                           vin_net_gemm(net, net->input, 4, FALSE)};
    g_autoptr(VinGraph) after = NULL;

    gemm->producer->u.gemm.relu = TRUE;
    vin_net_output(net, vin_net_batchnorm(net, gemm));
    for (guint i = 0; i < 2; i++) {
        VinTensor *sum = vin_net_binary(net, VIN_OP_ADD, hosts[i],
                                        vin_net_constant(net, &vector, -1, 1));

        sum->producer->u.relu = TRUE;
        vin_net_output(net, sum);
    }
    after = vin_same_after(net, vin_pass_fold_batchnorm, BOUND);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_MUL), ==, 1);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_ADD), ==, 1);
}

static glong peak_kib(void)
{
    struct rusage usage;

    g_assert_cmpint(getrusage(RUSAGE_SELF, &usage), ==, 0);
    return usage.ru_maxrss;
}

/* A scalar says nothing of how many channels there are: they must not take memory. */
static void test_wide(void)
{
    VinShape wide = vin_shape_nc(1, 1u << 26), scalar = {0, {0}};
    g_autoptr(VinNet) net = vin_net_new(11, &wide);
    g_autoptr(GError) error = NULL;
    const glong before = peak_kib();

    vin_net_output(net, vin_net_binary(net, VIN_OP_MUL, net->input,
                                       vin_net_constant(net, &scalar, 1, 2)));
    g_assert_true(vin_pass_fold_batchnorm(net->graph, &error));
    g_assert_cmpuint(net->graph->nodes->len, ==, 1);
    g_assert_cmpint(peak_kib() - before, <, 64 << 10);
}

static void test_bad_variance(void)
{
    g_autoptr(VinNet) net = new_net();
    VinShape vector = {1, {3}};
    VinTensor *out = vin_net_batchnorm(net, net->input);
    g_autoptr(GError) error = NULL;

    out->producer->inputs[4] = vin_net_constant(net, &vector, -2, -1);
    vin_net_output(net, out);
    g_assert_false(vin_pass_fold_batchnorm(net->graph, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_FORMAT);
    g_assert_nonnull(g_strstr_len(error->message, -1, out->producer->name));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fold_batchnorm/conv", test_conv);
    g_test_add_func("/fold_batchnorm/gemm", test_gemm);
    g_test_add_func("/fold_batchnorm/memory", test_memory);
    g_test_add_func("/fold_batchnorm/groups", test_groups);
    g_test_add_func("/fold_batchnorm/elsewhere", test_elsewhere);
    g_test_add_func("/fold_batchnorm/relus", test_relus);
    g_test_add_func("/fold_batchnorm/wide", test_wide);
    g_test_add_func("/fold_batchnorm/bad_variance", test_bad_variance);
    return g_test_run();
}
