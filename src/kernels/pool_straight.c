/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maximum pooling of a blocked activation in straight-line code: which tiles a map is cut into.
 */
#include "abi/pool_straight.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_pool_straight_push) <= VIN_STRAIGHT_PUSH_BYTES);

#define MAX_KERNEL 3 /* cells of a window on a side: all that lies under a tile is unrolled */
#define MAX_STRIDE 2

typedef struct {
    guint32 w, h;
} Tile;

/* The tile with the fewest pixels that are made twice; FALSE when none fits the map. */
static gboolean cut_map(const VinNode *node, Tile *tile)
{
    static const Tile tiles[] = {{14, 2}, {8, 2}, {7, 2}, {7, 1}, {4, 1}};
    const guint32 h = vin_tensor_h(node->output), w = vin_tensor_w(node->output);
    guint64 fewest = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
        const guint64 pixels = (guint64)vin_div_up(h, tiles[i].h) * tiles[i].h *
                               vin_div_up(w, tiles[i].w) * tiles[i].w;

        if (h >= tiles[i].h && w >= tiles[i].w && pixels < fewest) {
            *tile = tiles[i];
            fewest = pixels;
        }
    }
    return fewest != G_MAXUINT64;
}

static gboolean is_small(const VinWindowParams *window)
{
    return window->kernel_h <= MAX_KERNEL && window->kernel_w <= MAX_KERNEL &&
           window->stride_h <= MAX_STRIDE && window->stride_w <= MAX_STRIDE &&
           window->dilation_h == 1 && window->dilation_w == 1;
}

/* Does every window hold a value of the input, so that what it has outside can be replaced? */
static gboolean reaches_input(guint32 in, guint32 out, guint32 kernel, guint32 stride,
                              guint32 pad)
{
    return pad < kernel && (guint64)(out - 1) * stride < (guint64)in + pad;
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const VinWindowParams *window = &node->u.window;
    const VinTensor *in = node->inputs[0];
    guint64 tiles_w, tiles;
    Tile tile;

    if (!vin_blocked_accepts(caps, reason)) {
        return FALSE;
    }
    if (!is_small(window) ||
        !reaches_input(vin_tensor_h(in), vin_tensor_h(node->output), window->kernel_h,
                       window->stride_h, window->pad_top) ||
        !reaches_input(vin_tensor_w(in), vin_tensor_w(node->output), window->kernel_w,
                       window->stride_w, window->pad_left)) {
        *reason = "for windows of at most 3 x 3 cells and strides of 1 or 2";
        return FALSE;
    }
    if (!cut_map(node, &tile)) {
        *reason = "the map is small";
        return FALSE;
    }
    tiles_w = vin_div_up(vin_tensor_w(node->output), tile.w);
    tiles = tiles_w * vin_div_up(vin_tensor_h(node->output), tile.h);
    if (tiles > VIN_STRAIGHT_COUNT3 || tiles * tiles_w > G_MAXUINT16 ||
        vin_tensor_n(node->output) > VIN_STRAIGHT_COUNT2 ||
        vin_blocked_blocks(vin_tensor_c(node->output)) * 2 > VIN_STRAIGHT_COUNT2) {
        *reason = "the map, its channels or the batch are too many for its counters";
        return FALSE;
    }
    return TRUE;
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_pool_straight_push push = {VIN_PUSH_PLACES(args)};
    Tile tile = {1, 1};

    cut_map(args->node, &tile);
    push.in_h = args->in[0].h;
    push.in_w = args->in[0].w;
    push.out_h = args->out.h;
    push.out_w = args->out.w;
    push.pad_top = window->pad_top;
    push.pad_left = window->pad_left;
    push.tiles_w = vin_div_up(args->out.w, tile.w);
    push.tiles_w_magic = 65536 / push.tiles_w + 1;
    vin_straight_dispatch_init(out, VIN_SHADER_POOL_STRAIGHT, &push, sizeof push);
    out->n_addresses = 1;
    out->spec[VIN_POOL_STRAIGHT_SPEC_KERNEL_H] = window->kernel_h;
    out->spec[VIN_POOL_STRAIGHT_SPEC_KERNEL_W] = window->kernel_w;
    out->spec[VIN_POOL_STRAIGHT_SPEC_STRIDE_H] = window->stride_h;
    out->spec[VIN_POOL_STRAIGHT_SPEC_STRIDE_W] = window->stride_w;
    out->spec[VIN_POOL_STRAIGHT_SPEC_TILE_W] = tile.w;
    out->spec[VIN_POOL_STRAIGHT_SPEC_TILE_H] = tile.h;
    out->n_spec = 6;
    out->groups[0] = push.tiles_w * vin_div_up(args->out.h, tile.h);
    out->groups[1] = vin_blocked_blocks(args->out.c) * 2;
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_max_pool_straight = {
    .name = "pool_max_straight",
    .op = VIN_OP_MAX_POOL,
    .needs = VIN_NEEDS_ADDRESSES,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_BLOCKED,
    .accepts = accepts,
    .dispatch = dispatch,
};
