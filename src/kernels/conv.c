/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution: the entries and how each cuts its work. Weight layout: conv_pack.c.
 */
#include "abi/conv.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_push) <= VIN_PUSH_BYTES);

typedef struct {
    guint32 local, pixels, blocks;
} Tile;

static gboolean conv_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (node->u.window.groups != 1) {
        *reason = "grouped convolution; groups must be 1";
        return FALSE;
    }
    if (!vin_tensor_is_constant(node->inputs[1]) ||
        (node->n_inputs > 2 && node->inputs[2] != NULL &&
         !vin_tensor_is_constant(node->inputs[2]))) {
        *reason = "weights and bias must be constants";
        return FALSE;
    }
    return TRUE;
}

/* The tile with the least work, lanes that compute nothing counted. In units of a
 * multiply-add over a vector of lanes, a load of an input value costs about 25 and one of a
 * weight 4 on a software driver; on a GPU the order is the same, the numbers are not. */
static Tile choose_tile(const VinKernelArgs *args)
{
    static const Tile tiles[] = {{32, 1, 1}, {32, 1, 2}, {32, 2, 1}, {32, 2, 2}};
    guint32 n_pixels = vin_place_pixels(&args->out);
    guint32 n_blocks = vin_div_up(args->out.c, VIN_CONV_BLOCK);
    Tile best = tiles[0];
    guint64 best_cost = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
        const Tile *t = &tiles[i];
        guint64 n_groups = (guint64)vin_div_up(n_pixels, t->local * t->pixels) *
                           vin_div_up(n_blocks, t->blocks);
        guint64 channels = (guint64)t->blocks * VIN_CONV_BLOCK;
        guint64 cost = n_groups * (25 * t->pixels + 4 * channels + channels * t->pixels);

        if (cost < best_cost) {
            best = *t;
            best_cost = cost;
        }
    }
    return best;
}

static void conv_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    Tile tile = choose_tile(args);
    struct vin_conv_push push = {
        .in_offset = args->in[0].offset,
        .in_n_stride = args->in[0].n_stride,
        .in_c_stride = args->in[0].c_stride,
        .out_offset = args->out.offset,
        .out_n_stride = args->out.n_stride,
        .out_c_stride = args->out.c_stride,
        .weight_offset = args->weight_offset / 4,
        .channels = args->in[0].c,
        .in_h = args->in[0].h,
        .in_w = args->in[0].w,
        .out_channels = args->out.c,
        .out_h = args->out.h,
        .out_w = args->out.w,
        .blocks_padded = vin_conv_n_blocks(args->node),
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

    g_assert(args->weight_offset % 4 == 0);
    vin_dispatch_init(out, VIN_SHADER_CONV_DIRECT, &push, sizeof push);
    out->spec[VIN_CONV_SPEC_LOCAL] = tile.local;
    out->spec[VIN_CONV_SPEC_PIXELS] = tile.pixels;
    out->spec[VIN_CONV_SPEC_BLOCKS] = tile.blocks;
    out->n_spec = 3;
    out->groups[0] = vin_div_up(vin_place_pixels(&args->out), tile.local * tile.pixels);
    out->groups[1] = vin_div_up(vin_div_up(args->out.c, VIN_CONV_BLOCK), tile.blocks);
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_direct = {
    .name = "conv_direct",
    .op = VIN_OP_CONV,
    .accepts = conv_accepts,
    .weight_bytes = vin_conv_weight_bytes,
    .pack = vin_conv_pack,
    .dispatch = conv_dispatch,
};
