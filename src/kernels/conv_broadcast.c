/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution from a blocked activation with lanes along output channels.
 */
#include "abi/conv_broadcast.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_broadcast_push) <= VIN_PUSH_BYTES);

#define MOST_PIXELS 14 /* of a work group */

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const guint64 pixels = (guint64)vin_tensor_h(node->output) * vin_tensor_w(node->output);

    if (!vin_blocked_accepts(caps, reason) || !vin_conv_accepts(node, caps, reason)) {
        return FALSE;
    }
    if (pixels / MOST_PIXELS >= caps->max_workgroup_count[0]) { /* it is what a long map gets */
        *reason = vin_too_many_groups;
        return FALSE;
    }
    return TRUE;
}

static gsize n_cells(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */

    return (gsize)vin_blocked_blocks(shape->dims[0]) * vin_blocked_blocks(shape->dims[1]) *
           shape->dims[2] * shape->dims[3];
}

static gsize weight_bytes(const VinNode *node)
{
    gsize bias = (gsize)vin_blocked_blocks(node->inputs[1]->shape.dims[0]) * VIN_BLOCK;

    return (bias + n_cells(node) * VIN_BLOCK * VIN_BLOCK) * sizeof(float);
}

static void pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_out = shape->dims[0], n_in = shape->dims[1];
    const gsize n_taps = (gsize)shape->dims[2] * shape->dims[3];
    const gsize in_blocks = vin_blocked_blocks(shape->dims[1]);
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    float *cells = dst + (gsize)vin_blocked_blocks(shape->dims[0]) * VIN_BLOCK;

    memset(dst, 0, weight_bytes(node));
    if (bias != NULL) {
        memcpy(dst, vin_tensor_floats(bias), n_out * sizeof(float));
    }
    for (gsize k = 0; k < n_out; k++) {
        for (gsize c = 0; c < n_in; c++) {
            const gsize i = c % VIN_BLOCK, o = k % VIN_BLOCK;
            const gsize in_cell = ((i / 2 * 2 + o % 2) * VIN_BLOCK_LANES + o / 2) * 2 + i % 2;

            for (gsize tap = 0; tap < n_taps; tap++) {
                gsize cell = (k / VIN_BLOCK * n_taps + tap) * in_blocks + c / VIN_BLOCK;

                cells[cell * VIN_BLOCK * VIN_BLOCK + in_cell] = w[(k * n_in + c) * n_taps + tap];
            }
        }
    }
}

/* Pixels a work group: those of 14 use the registers best, but one of a small map would mostly
 * work on nothing. */
static guint32 choose_pixels(const VinKernelArgs *args)
{
    static const guint32 choices[] = {MOST_PIXELS, 7, 1};
    guint32 pixels = vin_place_pixels(&args->out), best = 1;
    guint64 best_cost = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(choices); i++) {
        /* The loads of weights cost a group about as much as nine pixels. */
        guint64 cost = (guint64)vin_div_up(pixels, choices[i]) * (choices[i] + 9);

        if (cost < best_cost) {
            best = choices[i];
            best_cost = cost;
        }
    }
    return best;
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_conv_broadcast_push push = {
        .weight_offset = args->weight_offset,
        VIN_PUSH_PLACES(args),
        .in_blocks = vin_blocked_blocks(args->in[0].c),
        .in_h = args->in[0].h,
        .in_w = args->in[0].w,
        .out_channels = args->out.c,
        .out_h = args->out.h,
        .out_w = args->out.w,
        .out_blocks = vin_blocked_blocks(args->out.c),
        .kernel_h = window->kernel_h,
        .kernel_w = window->kernel_w,
        .stride_h = window->stride_h,
        .stride_w = window->stride_w,
        .dilation_h = window->dilation_h,
        .dilation_w = window->dilation_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .relu = window->relu != FALSE,
    };

    vin_dispatch_init(out, VIN_SHADER_CONV_BROADCAST, &push, sizeof push);
    out->n_addresses = 2;
    out->spec[VIN_CONV_BROADCAST_SPEC_PIXELS] = choose_pixels(args);
    out->spec[VIN_CONV_BROADCAST_SPEC_PADDED] =
        (window->pad_top | window->pad_left | window->pad_bottom | window->pad_right) != 0;
    out->spec[VIN_CONV_BROADCAST_SPEC_PLANAR] = args->out.order == VIN_ORDER_PLANAR;
    out->n_spec = 3;
    out->groups[0] = vin_div_up(vin_place_pixels(&args->out),
                                out->spec[VIN_CONV_BROADCAST_SPEC_PIXELS]);
    out->groups[1] = push.out_blocks;
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_broadcast = {
    .name = "conv_broadcast",
    .op = VIN_OP_CONV,
    .needs = VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
