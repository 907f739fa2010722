/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution of a planar activation of few channels with lanes along output channels.
 */
#include "abi/conv_rows.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_rows_push) <= VIN_PUSH_BYTES);

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const VinWindowParams *window = &node->u.window;

    if (!vin_blocked_accepts(caps, reason) || !vin_conv_accepts(node, caps, reason)) {
        return FALSE;
    }
    if (window->stride_w > 2 || window->dilation_w != 1 ||
        window->kernel_w > VIN_CONV_ROWS_TAPS) {
        *reason = "for rows of at most 8 taps, next to each other, and a stride of 1 or 2";
        return FALSE;
    }
    if ((guint64)vin_div_up(vin_tensor_w(node->output), VIN_CONV_ROWS_PIXELS) *
            vin_tensor_h(node->output) > caps->max_workgroup_count[0]) {
        *reason = vin_too_many_groups;
        return FALSE;
    }
    return TRUE;
}

static gsize weight_bytes(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */
    const gsize block = VIN_BLOCK + (gsize)shape->dims[1] * shape->dims[2] * VIN_CONV_ROWS_CELL;

    return vin_blocked_blocks(shape->dims[0]) * block * sizeof(float);
}

static void pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_out = shape->dims[0], n_rows = (gsize)shape->dims[1] * shape->dims[2];
    const gsize n_taps = shape->dims[3];
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    float *cells = dst + (gsize)vin_blocked_blocks(shape->dims[0]) * VIN_BLOCK;

    memset(dst, 0, weight_bytes(node));
    if (bias != NULL) {
        memcpy(dst, vin_tensor_floats(bias), n_out * sizeof(float));
    }
    for (gsize k = 0; k < n_out; k++) {
        const gsize o = k % VIN_BLOCK;

        for (gsize row = 0; row < n_rows; row++) {
            float *cell = cells + (k / VIN_BLOCK * n_rows + row) * VIN_CONV_ROWS_CELL;

            for (gsize s = 0; s < n_taps; s++) {
                cell[((s / 2 * 2 + o % 2) * VIN_BLOCK_LANES + o / 2) * 2 + s % 2] =
                    w[(k * n_rows + row) * n_taps + s];
            }
        }
    }
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_conv_rows_push push = {
        VIN_PUSH_PLACES(args),
        .weight_offset = args->weight_offset,
        .channels = args->in[0].c,
        .in_h = args->in[0].h,
        .in_w = args->in[0].w,
        .out_channels = args->out.c,
        .out_h = args->out.h,
        .out_w = args->out.w,
        .out_blocks = vin_blocked_blocks(args->out.c),
        .tiles_w = vin_div_up(args->out.w, VIN_CONV_ROWS_PIXELS),
        .kernel_h = window->kernel_h,
        .stride_h = window->stride_h,
        .dilation_h = window->dilation_h,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .relu = window->relu != FALSE,
    };

    vin_dispatch_init(out,
                      window->stride_w == 2 ? VIN_SHADER_CONV_ROWS_2 : VIN_SHADER_CONV_ROWS,
                      &push, sizeof push);
    out->n_addresses = 2;
    out->spec[VIN_CONV_ROWS_SPEC_PLANAR] = args->out.order == VIN_ORDER_PLANAR;
    out->spec[VIN_CONV_ROWS_SPEC_PAIRS] = vin_div_up(window->kernel_w, 2);
    out->n_spec = 2;
    out->groups[0] = push.tiles_w * args->out.h;
    out->groups[1] = push.out_blocks;
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_rows = {
    .name = "conv_rows",
    .op = VIN_OP_CONV,
    .needs = VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST,
    .writes = VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
