/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution in 8 bits: the entries, with the instruction that multiplies four bytes at once and
 * without it, and their weights (shaders/abi/conv_gemm.h). Tiles are those of conv_gemm.
 */
#include "abi/conv_gemm.h"
#include "base/int8.h"
#include "kernels/table.h"

#define MAX_ROWS (1u << 16) /* sums of 127 * 255 stay within 32 bits */

static gsize n_filter_values(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */

    return (gsize)shape->dims[1] * shape->dims[2] * shape->dims[3];
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const VinWindowParams *window = &node->u.window;
    VinInt8Range range;

    if (!caps->int8) {
        *reason = "the precision is not int8";
        return FALSE;
    }
    if (!vin_int8_range(window->in_low, window->in_high, &range)) {
        *reason = "the range of its input is not known";
        return FALSE;
    }
    if (!vin_conv_gemm_accepts(node, caps, reason)) {
        return FALSE;
    }
    if (n_filter_values(node) > MAX_ROWS) {
        *reason = "a sum of so many products may not fit 32 bits";
        return FALSE;
    }
    return TRUE;
}

static guint32 channel_quads(const VinNode *node)
{
    return vin_div_up(node->inputs[1]->shape.dims[1], 4);
}

static gsize n_rows(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape;

    return (gsize)shape->dims[2] * shape->dims[3] * channel_quads(node);
}

static gsize weight_bytes(const VinNode *node)
{
    return vin_conv_gemm_padded_outputs(node) * (3 + n_rows(node)) * sizeof(guint32);
}

/* The weights of output channel @k, in steps, to where they belong; their sum. */
static gint32 place_weights(const VinNode *node, gsize k, const gint8 *steps, guint32 *words)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_taps = (gsize)shape->dims[2] * shape->dims[3];
    const gsize n_out = vin_conv_gemm_padded_outputs(node);
    gint32 sum = 0;

    for (gsize i = 0; i < n_filter_values(node); i++) {
        const gsize c = i / n_taps, row = i % n_taps * channel_quads(node) + c / 4;

        words[row * n_out + k] |= (guint32)(guint8)steps[i] << (8 * (c % 4));
        sum += steps[i];
    }
    return sum;
}

static void pack(const VinNode *node, float *dst)
{
    const VinWindowParams *window = &node->u.window;
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    const float *w = vin_tensor_floats(node->inputs[1]);
    const gsize n_out = vin_conv_gemm_padded_outputs(node), n = n_filter_values(node);
    g_autofree gint8 *steps = g_new(gint8, n);
    gint32 *start = (gint32 *)(dst + 2 * n_out);
    guint32 *words = (guint32 *)(dst + 3 * n_out);
    VinInt8Range range = {0};

    vin_int8_range(window->in_low, window->in_high, &range); /* accepts() */
    memset(dst, 0, weight_bytes(node));
    for (gsize k = 0; k < node->inputs[1]->shape.dims[0]; k++) {
        const float step = vin_int8_weights(w + k * n, n, steps);

        dst[k] = (float)(range.step * (double)step);
        dst[n_out + k] = bias != NULL ? vin_tensor_floats(bias)[k] : 0;
        start[k] = -range.zero * place_weights(node, k, steps, words);
    }
}

static void fill(const VinKernelArgs *args, VinShaderId floats, VinShaderId halves,
                 VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_conv_gemm_push push;
    VinInt8Range range = {0};

    vin_int8_range(window->in_low, window->in_high, &range); /* accepts() */
    vin_conv_gemm_dispatch_tile(args, floats, out);
    vin_dispatch_halves(out, args, halves, VIN_CONV_GEMM_SPEC_IN_HALF);
    memcpy(&push, out->push, sizeof push);
    push.channel_quads = channel_quads(args->node);
    push.in_inverse = range.inverse;
    push.in_zero = range.zero;
    memcpy(out->push, &push, sizeof push);
}

#ifdef VIN_HAVE_SHADER_CONV_DOT8

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    fill(args, VIN_SHADER_CONV_DOT8, VIN_SHADER_CONV_DOT8_F16, out);
}

const VinKernel vin_kernel_conv_dot8 = {
    .name = "conv_dot8",
    .op = VIN_OP_CONV,
    .needs = VIN_CAP_INT8_DOT,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};

#endif

static void dispatch_plain(const VinKernelArgs *args, VinDispatch *out)
{
    fill(args, VIN_SHADER_CONV_DOT8_PLAIN, VIN_SHADER_CONV_DOT8_PLAIN_F16, out);
}

const VinKernel vin_kernel_conv_dot8_plain = {
    .name = "conv_dot8_plain",
    .op = VIN_OP_CONV,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch_plain,
};
