/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See conv_cases.h.
 */
#include "checkgpu/conv_cases.h"

const ConvCase conv_cases[] = {
    {"1x1", 1, 16, 14, 14, 32, SQUARE(1, 1, 0)},
    {"1x1_odd_channels", 1, 5, 13, 17, 3, SQUARE(1, 1, 0)},
    {"1x1_one_pixel", 1, 33, 1, 1, 65, SQUARE(1, 1, 0)},
    {"1x1_one_channel", 1, 1, 7, 7, 1, SQUARE(1, 1, 0)},
    {"1x1_seven", 2, 40, 7, 7, 48, SQUARE(1, 1, 0)},
    {"1x1_stride_2", 1, 12, 14, 14, 20, SQUARE(1, 2, 0)},
    {"1x1_padded", 1, 6, 7, 7, 9, SQUARE(1, 1, 1)},
    {"3x3", 1, 24, 14, 14, 40, SQUARE(3, 1, 1)},
    {"3x3_unpadded", 1, 17, 13, 17, 31, SQUARE(3, 1, 0)},
    {"3x3_batch_3", 3, 8, 7, 7, 33, SQUARE(3, 1, 1)},
    {"3x3_stride_2", 1, 32, 15, 15, 16, SQUARE(3, 2, 1)},
    {"3x3_stride_3", 2, 7, 17, 13, 18, SQUARE(3, 3, 1)},
    {"3x3_one_pixel", 1, 10, 1, 1, 17, SQUARE(3, 1, 1)},
    {"3x3_long_sum", 1, 512, 7, 7, 16, SQUARE(3, 1, 1)},
    {"3x3_large_map", 1, 4, 56, 56, 64, SQUARE(3, 1, 1)},
    {"3x3_wide_output", 1, 9, 7, 7, 130, SQUARE(3, 1, 1)},
    {"5x5", 1, 16, 14, 14, 32, SQUARE(5, 1, 2)},
    {"5x5_tiny_map", 2, 6, 3, 2, 7, SQUARE(5, 1, 2)},
    {"7x7_stride_2", 1, 3, 56, 56, 64, SQUARE(7, 2, 3)},
    {"1x7", 1, 20, 13, 17, 24,
     {.kernel_h = 1, .kernel_w = 7, .pad_left = 3, .pad_right = 3}},
    {"7x1", 2, 20, 17, 13, 24,
     {.kernel_h = 7, .kernel_w = 1, .pad_top = 3, .pad_bottom = 3}},
    {"asymmetric", 1, 5, 13, 17, 19,
     {.kernel_h = 3, .kernel_w = 5, .stride_h = 2, .stride_w = 3, .pad_top = 2,
      .pad_left = 0, .pad_bottom = 1, .pad_right = 4}},
    {"dilated", 1, 9, 14, 14, 17,
     {.kernel_h = 3, .kernel_w = 3, .dilation_h = 2, .dilation_w = 3, .pad_top = 2,
      .pad_left = 3, .pad_bottom = 2, .pad_right = 3}},
    {"relu", 1, 9, 14, 14, 17, {.kernel_h = 3, .kernel_w = 3, .relu = TRUE}},
};

const guint conv_n_cases = G_N_ELEMENTS(conv_cases);

VinNet *conv_case_net(const ConvCase *test, gboolean has_bias)
{
    VinShape x = vin_shape_nchw(test->n, test->c, test->h, test->w);
    VinShape w = vin_shape_nchw(test->k, test->c, test->window.kernel_h, test->window.kernel_w);
    VinShape b = {1, {test->k}};
    VinNet *net = vin_net_new(test->c * 1000 + test->k, &x);
    VinNode node = {.op = VIN_OP_CONV, .n_inputs = has_bias ? 3 : 2, .u.window = test->window};

    node.u.window.stride_h = MAX(test->window.stride_h, 1);
    node.u.window.stride_w = MAX(test->window.stride_w, 1);
    node.u.window.dilation_h = MAX(test->window.dilation_h, 1);
    node.u.window.dilation_w = MAX(test->window.dilation_w, 1);
    node.u.window.groups = 1;
    node.inputs[0] = net->input;
    node.inputs[1] = vin_net_constant(net, &w, -1, 1);
    node.inputs[2] = has_bias ? vin_net_constant(net, &b, -1, 1) : NULL;
    vin_net_output(net, vin_net_node(net, &node));
    return net;
}
