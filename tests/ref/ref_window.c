/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution and pooling in double. The one liberty taken for speed: a convolution adds
 * one filter tap over a whole plane at a time, so that the whole of GoogLeNet takes seconds.
 */
#include "ref_window.h"

#include <math.h>

/* Output positions along one axis at which tap @tap of the window meets the input:
 * 0 <= i * stride + tap * dilation - pad < n_in, for i of [*first, *end). */
static void meeting_range(gint64 tap, gint64 dilation, gint64 stride, gint64 pad, gint64 n_in,
                          gint64 n_out, gint64 *first, gint64 *end)
{
    gint64 shift = tap * dilation - pad;

    *first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    *end = n_in - shift <= 0 ? 0 : (n_in - shift + stride - 1) / stride;
    *end = MIN(*end, n_out);
}

/* plane [out H, out W] += weight * x [H W] seen through tap @r, @s. */
static void add_tap(const VinNode *node, const double *x, double weight, gint64 r, gint64 s,
                    double *plane)
{
    const VinWindowParams *p = &node->u.window;
    gint64 h = vin_tensor_h(node->inputs[0]), w = vin_tensor_w(node->inputs[0]);
    gint64 out_h = vin_tensor_h(node->output), out_w = vin_tensor_w(node->output);
    gint64 y_first, y_end, x_first, x_end;

    meeting_range(r, p->dilation_h, p->stride_h, p->pad_top, h, out_h, &y_first, &y_end);
    meeting_range(s, p->dilation_w, p->stride_w, p->pad_left, w, out_w, &x_first, &x_end);
    for (gint64 y = y_first; y < y_end; y++) {
        gint64 row = y * p->stride_h + r * p->dilation_h - p->pad_top;
        gint64 shift = s * p->dilation_w - p->pad_left;

        for (gint64 i = x_first; i < x_end; i++) {
            plane[y * out_w + i] += weight * x[row * w + i * p->stride_w + shift];
        }
    }
}

void vin_ref_conv(const VinNode *node, const double *const *inputs, double *output)
{
    const VinWindowParams *p = &node->u.window;
    gsize n = vin_tensor_n(node->output), k_all = vin_tensor_c(node->output);
    gsize c_all = vin_tensor_c(node->inputs[0]), c_group = c_all / p->groups;
    gsize in_plane = (gsize)vin_tensor_h(node->inputs[0]) * vin_tensor_w(node->inputs[0]);
    gsize out_plane = (gsize)vin_tensor_h(node->output) * vin_tensor_w(node->output);
    const double *bias = node->n_inputs > 2 ? inputs[2] : NULL;

    for (gsize nk = 0; nk < n * k_all; nk++) {
        gsize k = nk % k_all;
        gsize first_c = k / (k_all / p->groups) * c_group;
        double *plane = output + nk * out_plane;

        for (gsize i = 0; i < out_plane; i++) {
            plane[i] = bias != NULL ? bias[k] : 0;
        }
        for (gsize c = 0; c < c_group; c++) {
            const double *x = inputs[0] + (nk / k_all * c_all + first_c + c) * in_plane;
            const double *w = inputs[1] + (k * c_group + c) * p->kernel_h * p->kernel_w;

            for (guint32 r = 0; r < p->kernel_h; r++) {
                for (guint32 s = 0; s < p->kernel_w; s++) {
                    add_tap(node, x, w[r * p->kernel_w + s], r, s, plane);
                }
            }
        }
        for (gsize i = 0; p->relu && i < out_plane; i++) {
            plane[i] = vin_ref_relu(plane[i]);
        }
    }
}

/* One pooled value of a plane x [h w]. */
static double pool_at(const VinNode *node, const double *x, gint64 out_y, gint64 out_x)
{
    const VinWindowParams *p = &node->u.window;
    gint64 h = vin_tensor_h(node->inputs[0]), w = vin_tensor_w(node->inputs[0]);
    gint64 top = out_y * p->stride_h - p->pad_top, left = out_x * p->stride_w - p->pad_left;
    gint64 bottom = MIN(top + p->kernel_h, h + p->pad_bottom);
    gint64 right = MIN(left + p->kernel_w, w + p->pad_right);
    gint64 n_padded = (bottom - top) * (right - left), n_inside = 0;
    double sum = 0, max = -INFINITY;

    for (gint64 y = MAX(top, 0); y < MIN(bottom, h); y++) {
        for (gint64 i = MAX(left, 0); i < MIN(right, w); i++) {
            double value = x[y * w + i];

            sum += value;
            max = value > max || isnan(value) ? value : max;
            n_inside++;
        }
    }
    if (node->op == VIN_OP_MAX_POOL) {
        return max;
    }
    return sum / (double)(p->count_include_pad ? n_padded : n_inside);
}

void vin_ref_pool(const VinNode *node, const double *const *inputs, double *output)
{
    gsize n_planes = (gsize)vin_tensor_n(node->output) * vin_tensor_c(node->output);
    gsize in_plane = (gsize)vin_tensor_h(node->inputs[0]) * vin_tensor_w(node->inputs[0]);
    gint64 out_h = vin_tensor_h(node->output), out_w = vin_tensor_w(node->output);

    for (gsize plane = 0; plane < n_planes; plane++) {
        for (gint64 i = 0; i < out_h * out_w; i++) {
            *output++ = pool_at(node, inputs[0] + plane * in_plane, i / out_w, i % out_w);
        }
    }
}
