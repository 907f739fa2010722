/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution of a planar activation of few channels in straight-line code: which filters and maps
 * it is for, and the weight layout of shaders/abi/conv_first.h.
 */
#include "abi/conv_first.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_first_push) <= VIN_STRAIGHT_PUSH_BYTES);
G_STATIC_ASSERT((VIN_CONV_FIRST_TILE - 1) * 2 + VIN_CONV_FIRST_TAPS <= VIN_CONV_FIRST_ZEROS);

#define MAX_TERMS 160 /* of a sum: all are unrolled */

/* The widest tile that divides a row; 0: none. */
static guint32 tile_of(const VinNode *node)
{
    static const guint32 tiles[] = {14, 16, 8, 7};
    const guint32 w = vin_tensor_w(node->output);

    for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
        if (w % tiles[i] == 0) {
            return tiles[i];
        }
    }
    return 0;
}

/* Columns right of the input that the last windows of a row see. */
static guint32 overhang(const VinNode *node)
{
    const VinWindowParams *window = &node->u.window;
    const guint64 end = (guint64)(vin_tensor_w(node->output) - 1) * window->stride_w +
                        window->kernel_w;
    const guint64 seen = (guint64)vin_tensor_w(node->inputs[0]) + window->pad_left;

    return end > seen ? (guint32)MIN(end - seen, G_MAXUINT32) : 0;
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const VinWindowParams *window = &node->u.window;
    const VinTensor *in = node->inputs[0];
    guint64 tiles_w, tiles;

    if (!vin_blocked_accepts(caps, reason) || !vin_conv_accepts(node, caps, reason)) {
        return FALSE;
    }
    if (window->stride_h > 2 || window->stride_w > 2 || window->dilation_h != 1 ||
        window->dilation_w != 1 || window->kernel_w > VIN_CONV_FIRST_TAPS ||
        (guint64)vin_tensor_c(in) * window->kernel_h * window->kernel_w > MAX_TERMS ||
        window->pad_left >= window->kernel_w || overhang(node) >= window->kernel_w) {
        *reason = "for filters of at most 160 weights, rows of at most 8 taps next to each other, "
                  "and strides of 1 or 2";
        return FALSE;
    }
    if (tile_of(node) == 0) {
        *reason = "the map's width is no multiple of 7 or 8";
        return FALSE;
    }
    tiles_w = vin_tensor_w(node->output) / tile_of(node);
    tiles = tiles_w * vin_tensor_h(node->output);
    if (tiles > VIN_STRAIGHT_COUNT3 || tiles * tiles_w > G_MAXUINT16 ||
        vin_tensor_h(in) > G_MAXUINT16 || vin_tensor_w(in) > G_MAXUINT16 ||
        vin_tensor_n(in) > VIN_STRAIGHT_COUNT2 ||
        vin_blocked_blocks(vin_tensor_c(node->output)) * 2 > VIN_STRAIGHT_COUNT2) {
        *reason = "the map, its channels or the batch are too many for its counters";
        return FALSE;
    }
    return TRUE;
}

static gsize group_floats(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */

    return ((gsize)shape->dims[1] * shape->dims[2] * shape->dims[3] + 1) * VIN_STRAIGHT_LANES;
}

static gsize weight_bytes(const VinNode *node)
{
    const gsize n_groups = (gsize)vin_blocked_blocks(node->inputs[1]->shape.dims[0]) * 2;

    return (VIN_CONV_FIRST_ZEROS + n_groups * group_floats(node)) * sizeof(float);
}

static void pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_terms = (gsize)shape->dims[1] * shape->dims[2] * shape->dims[3];
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;

    memset(dst, 0, weight_bytes(node));
    for (gsize k = 0; k < shape->dims[0]; k++) {
        float *column = dst + VIN_CONV_FIRST_ZEROS +
                        k / VIN_STRAIGHT_LANES * group_floats(node) + k % VIN_STRAIGHT_LANES;

        *column = bias != NULL ? vin_tensor_floats(bias)[k] : 0.0f;
        for (gsize i = 0; i < n_terms; i++) {
            column[(i + 1) * VIN_STRAIGHT_LANES] = w[k * n_terms + i];
        }
    }
}

static void set_spec(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;

    out->spec[VIN_CONV_FIRST_SPEC_CHANNELS] = args->in[0].c;
    out->spec[VIN_CONV_FIRST_SPEC_TAPS_H] = window->kernel_h;
    out->spec[VIN_CONV_FIRST_SPEC_TAPS_W] = window->kernel_w;
    out->spec[VIN_CONV_FIRST_SPEC_STRIDE_H] = window->stride_h;
    out->spec[VIN_CONV_FIRST_SPEC_STRIDE_W] = window->stride_w;
    out->spec[VIN_CONV_FIRST_SPEC_PAD_TOP] = window->pad_top;
    out->spec[VIN_CONV_FIRST_SPEC_PAD_LEFT] = window->pad_left;
    out->spec[VIN_CONV_FIRST_SPEC_OVERHANG] = overhang(args->node);
    out->spec[VIN_CONV_FIRST_SPEC_TILE_W] = tile_of(args->node);
    out->spec[VIN_CONV_FIRST_SPEC_PLANAR] = args->out.order == VIN_ORDER_PLANAR;
    out->n_spec = 10;
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    struct vin_conv_first_push push = {VIN_PUSH_PLACES(args),
                                       .weight_offset = args->weight_offset};

    push.in_h_w = args->in[0].h << 16 | args->in[0].w;
    push.tiles_w = args->out.w / tile_of(args->node);
    push.tiles_w_magic = 65536 / push.tiles_w + 1;
    push.channels = args->out.c;
    push.relu = args->node->u.window.relu != FALSE;
    vin_straight_dispatch_init(out, VIN_SHADER_CONV_FIRST, &push, sizeof push);
    out->n_addresses = 2;
    set_spec(args, out);
    out->groups[0] = push.tiles_w * args->out.h;
    out->groups[1] = vin_blocked_blocks(args->out.c) * 2;
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_first = {
    .name = "conv_first",
    .op = VIN_OP_CONV,
    .needs = VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST, /* it goes with the blocked ones */
    .writes = VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
