/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Output shapes, and one clear error for each way a node can be wrong.
 */
#include <vkinception/error.h>

#include "support/net.h"

typedef struct {
    guint32 in, kernel, stride, dilation, pad_begin, pad_end;
    gboolean ceil_mode;
    guint32 out; /* 0: refused */
} WindowCase;

static const WindowCase windows[] = {
    {224, 7, 2, 1, 3, 3, FALSE, 112},
    {112, 3, 2, 1, 0, 1, FALSE, 56},
    {112, 3, 2, 1, 0, 0, FALSE, 55},
    {112, 3, 2, 1, 0, 0, TRUE, 56},
    {7, 7, 1, 1, 0, 0, FALSE, 1},
    {6, 7, 1, 1, 0, 0, FALSE, 0},
    {6, 7, 1, 1, 0, 0, TRUE, 0},
    {3, 4, 2, 1, 0, 0, TRUE, 1},  /* the only window hangs over the end */
    {3, 4, 2, 1, 0, 0, FALSE, 0},
    {5, 1, 3, 1, 0, 0, TRUE, 2},  /* 5: floor 2, ceil 3, whose last would start at 6 */
    {4, 2, 3, 1, 1, 1, TRUE, 2},
    {5, 2, 3, 1, 1, 1, TRUE, 2},  /* a third would start at 5, in the trailing pad */
    {6, 2, 3, 1, 1, 1, TRUE, 3},  /* starts at the last value */
};

static void check_window(const WindowCase *wanted, gboolean vertical)
{
    VinShape shape = vertical ? vin_shape_nchw(1, 2, wanted->in, 3)
                              : vin_shape_nchw(1, 2, 3, wanted->in);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode node = {.op = VIN_OP_MAX_POOL, .n_inputs = 1, .name = (char *)"pool"};
    VinWindowParams *p = &node.u.window;
    g_autoptr(GError) error = NULL;
    VinShape out;

    node.inputs[0] = net->input;
    *p = (VinWindowParams){.kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
                           .dilation_h = 1, .dilation_w = 1, .groups = 1,
                           .ceil_mode = wanted->ceil_mode};
    *(vertical ? &p->kernel_h : &p->kernel_w) = wanted->kernel;
    *(vertical ? &p->stride_h : &p->stride_w) = wanted->stride;
    *(vertical ? &p->pad_top : &p->pad_left) = wanted->pad_begin;
    *(vertical ? &p->pad_bottom : &p->pad_right) = wanted->pad_end;
    if (wanted->out == 0) {
        g_assert_false(vin_shape_infer(&node, &out, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
        return;
    }
    g_assert_true(vin_shape_infer(&node, &out, &error));
    g_assert_cmpuint(out.dims[vertical ? 2 : 3], ==, wanted->out);
    g_assert_cmpuint(out.dims[vertical ? 3 : 2], ==, 3);
    g_assert_cmpuint(out.dims[1], ==, 2);
}

static void test_windows(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(windows); i++) {
        check_window(&windows[i], TRUE);
        check_window(&windows[i], FALSE);
    }
}

static void test_googlenet_sizes(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 224, 224);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 64, 7, 2, 3, TRUE);
    g_autofree char *conv = vin_shape_to_string(&x->shape);
    g_autofree char *flat = NULL;

    g_assert_cmpstr(conv, ==, "1x64x112x112");
    x = vin_net_gemm(net, vin_net_pool(net, VIN_OP_AVG_POOL, x, 112, 1, 0), 10, TRUE);
    flat = vin_shape_to_string(&x->shape);
    g_assert_cmpstr(flat, ==, "1x10");
}

/* @proto is refused, and the message names the node and says @part. */
static void refuse(const VinNode *proto, const char *part)
{
    VinNode node = *proto;
    g_autoptr(GError) error = NULL;
    VinShape out;

    node.name = (char *)"the_node";
    g_assert_false(vin_shape_infer(&node, &out, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
    if (g_strstr_len(error->message, -1, "the_node") == NULL ||
        g_strstr_len(error->message, -1, part) == NULL) {
        g_error("\"%s\" lacks the node's name or \"%s\"", error->message, part);
    }
}

static void test_bad_conv(void)
{
    VinShape shape = vin_shape_nchw(1, 4, 9, 9), wrong = vin_shape_nchw(6, 3, 3, 3);
    VinShape short_vector = {1, {5}}, thin = vin_shape_nchw(6, 1, 3, 3);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    const VinNode good = *vin_net_conv(net, net->input, 6, 3, 1, 1, TRUE)->producer;
    VinNode bad = good;

    bad.u.window.stride_w = 0;
    refuse(&bad, "strides");
    bad = good;
    bad.u.window.dilation_h = G_MAXUINT32;
    refuse(&bad, "dilations");
    bad = good;
    bad.u.window.pad_left = G_MAXUINT32;
    refuse(&bad, "pads");
    bad = good;
    bad.u.window.kernel_w = 5;
    refuse(&bad, "kernel");
    bad = good;
    bad.u.window.groups = 0;
    refuse(&bad, "groups");
    bad.u.window.groups = 3;
    bad.inputs[1] = vin_net_constant(net, &thin, -1, 1); /* 4 / 3 rounds to 1 */
    refuse(&bad, "groups");
    bad = good;
    bad.inputs[1] = vin_net_constant(net, &wrong, -1, 1);
    refuse(&bad, "4 channels");
    bad.inputs[1] = net->input;
    refuse(&bad, "constant");
    bad = good;
    bad.inputs[2] = vin_net_constant(net, &short_vector, -1, 1);
    refuse(&bad, "6 values");
    bad = good;
    bad.inputs[1] = NULL;
    refuse(&bad, "missing");
    bad = good;
    bad.n_inputs = 1;
    refuse(&bad, "wanted 2 to 3");
}

static void test_bad_others(void)
{
    VinShape shape = vin_shape_nchw(2, 4, 9, 9), other = vin_shape_nchw(2, 4, 9, 8);
    VinShape row = {1, {9}}, flat = vin_shape_nc(1, 648), matrix = vin_shape_nc(3, 323);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *y = vin_graph_add_tensor(net->graph, "y", &other);
    VinNode bad = *vin_net_pool(net, VIN_OP_AVG_POOL, net->input, 3, 1, 1)->producer;

    bad.u.window.pad_bottom = 3;
    refuse(&bad, "pads");
    bad.u.window.pad_bottom = 0;
    bad.u.window.dilation_w = 2;
    refuse(&bad, "dilations");
    bad = *vin_net_unary(net, VIN_OP_LRN, net->input)->producer;
    bad.u.lrn.size = 4;
    refuse(&bad, "odd");
    bad = (VinNode){.op = VIN_OP_SOFTMAX, .n_inputs = 1, .inputs = {net->input}};
    refuse(&bad, "1 x 1");
    bad = (VinNode){.op = VIN_OP_ADD, .n_inputs = 2, .inputs = {net->input, y}};
    refuse(&bad, "2x4x9x8");
    bad.inputs[1] = vin_net_constant(net, &row, -1, 1); /* W, not channels */
    refuse(&bad, "[C]");
    bad.inputs[0] = bad.inputs[1];
    refuse(&bad, "not a constant");
    bad = (VinNode){.op = VIN_OP_RELU, .n_inputs = 1};
    bad.inputs[0] = vin_net_constant(net, &other, -1, 1);
    refuse(&bad, "not a constant");
    bad.inputs[0] = vin_graph_add_tensor(net->graph, "row", &row);
    refuse(&bad, "N x C");
    bad = (VinNode){.op = VIN_OP_CONCAT, .n_inputs = 2, .inputs = {net->input, y}};
    refuse(&bad, "all but channels");
    bad.inputs[0] = NULL;
    refuse(&bad, "missing");
    bad = (VinNode){.op = VIN_OP_RESHAPE, .n_inputs = 1, .inputs = {net->input}};
    bad.u.shape = flat; /* as many values, but N is 1 */
    refuse(&bad, "same N");
    bad.u.shape = vin_shape_nc(2, 323);
    refuse(&bad, "as many values");
    bad = (VinNode){.op = VIN_OP_GEMM, .n_inputs = 2, .inputs = {net->input}};
    bad.inputs[1] = vin_net_constant(net, &matrix, -1, 1);
    bad.u.gemm.trans_b = TRUE;
    refuse(&bad, "324 columns");
}

/* Sizes near the limits of 32 bits are refused, not wrapped. */
static void test_overflow(void)
{
    VinShape wide = vin_shape_nchw(1, 1, 30000, 30000), w = vin_shape_nchw(3, 1, 1, 1);
    VinShape too_many = {3, {65536, 65536, 2}}, none = {2, {4, 0}};
    VinShape most = {1, {G_MAXINT32}}, scalar = {0, {0}}, deep = {VIN_MAX_DIMS + 1, {1}};
    VinNode conv = {.op = VIN_OP_CONV, .n_inputs = 2};
    g_autoptr(VinNet) net = vin_net_new(1, &wide);
    guint64 count;

    g_assert_false(vin_shape_count(&too_many, &count));
    g_assert_false(vin_shape_count(&none, &count));
    g_assert_false(vin_shape_count(&deep, &count));
    g_assert_true(vin_shape_count(&most, &count));
    g_assert_cmpuint(count, ==, G_MAXINT32);
    g_assert_true(vin_shape_count(&scalar, &count));
    g_assert_cmpuint(count, ==, 1);

    conv.inputs[0] = net->input;
    conv.inputs[1] = vin_net_constant(net, &w, -1, 1);
    conv.u.window = (VinWindowParams){.kernel_h = 1, .kernel_w = 1, .stride_h = 1,
                                      .stride_w = 1, .dilation_h = 1, .dilation_w = 1,
                                      .groups = 1};
    refuse(&conv, "2147483647");
    conv = (VinNode){.op = VIN_OP_CONCAT, .n_inputs = 3};
    for (guint i = 0; i < 3; i++) {
        conv.inputs[i] = net->input;
    }
    refuse(&conv, "2147483647");
    conv.n_inputs = VIN_MAX_INPUTS;
    for (guint i = 0; i < VIN_MAX_INPUTS; i++) {
        conv.inputs[i] = net->input;
    }
    net->input->shape = vin_shape_nc(1, (1u << 26) + 1); /* 64 of them: 2^32 + 64 */
    refuse(&conv, "2147483647");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shape/windows", test_windows);
    g_test_add_func("/shape/googlenet_sizes", test_googlenet_sizes);
    g_test_add_func("/shape/bad_conv", test_bad_conv);
    g_test_add_func("/shape/bad_others", test_bad_others);
    g_test_add_func("/shape/overflow", test_overflow);
    return g_test_run();
}
