/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution from a blocked activation in straight-line code: how the sum over inputs is cut into
 * chunks and the map into tiles, and the weight layout of shaders/abi/conv_straight.h.
 */
#include "abi/conv_straight.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_straight_push) <= VIN_STRAIGHT_PUSH_BYTES);
G_STATIC_ASSERT(VIN_CONV_STRAIGHT_ZEROS ==
                (2 * VIN_CONV_STRAIGHT_REACH + VIN_CONV_STRAIGHT_TILE) * VIN_BLOCK);

#define MAX_CELLS 9    /* blocks times taps of a chunk: compiling takes a time in proportion */
#define MAX_CHUNKS 32  /* 256 invocations, 16 KiB of shared memory */

typedef struct {
    guint32 in_blocks, blocks, taps_h, taps_w, row_groups, chunks;
} Chunks;

typedef struct {
    guint32 w, h;
    VinShaderId shader;
} Tile;

static Chunks cut_inputs(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */
    const guint32 in_blocks = vin_blocked_blocks(shape->dims[1]), taps = shape->dims[3];
    Chunks chunks = {in_blocks, 1, 1, taps, 1, 1};
    guint32 block_groups;

    if (taps * taps <= MAX_CELLS) {
        chunks.taps_h = taps;
    } else {
        chunks.row_groups = taps;
    }
    block_groups = vin_div_up(in_blocks * chunks.taps_h * taps, MAX_CELLS);
    block_groups = MIN(block_groups, in_blocks);
    chunks.blocks = vin_div_up(in_blocks, block_groups);
    chunks.chunks = vin_div_up(in_blocks, chunks.blocks) * chunks.row_groups;
    return chunks;
}

static gsize chunk_floats(const Chunks *chunks)
{
    return (gsize)chunks->blocks * chunks->taps_h * chunks->taps_w * VIN_BLOCK *
           VIN_STRAIGHT_LANES;
}

/* A filter of one tap sees no rows. */
static void map_size(const VinNode *node, guint32 *h, guint32 *w)
{
    *h = vin_tensor_h(node->output);
    *w = vin_tensor_w(node->output);
    if (node->u.window.kernel_w == 1) {
        *w *= *h;
        *h = 1;
    }
}

/* The tile with the fewest pixels that are made twice; FALSE when none fits the map. Where windows
 * reach over edges, an edge must not lie within a tile. */
static gboolean cut_map(const VinNode *node, Tile *tile)
{
    static const Tile tiles[] = {{14, 1, VIN_SHADER_CONV_STRAIGHT_14},
                                 {16, 1, VIN_SHADER_CONV_STRAIGHT_16},
                                 {7, 2, VIN_SHADER_CONV_STRAIGHT_7X2},
                                 {8, 2, VIN_SHADER_CONV_STRAIGHT_8X2}};
    guint64 fewest = G_MAXUINT64;
    guint32 h, w;

    map_size(node, &h, &w);
    for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
        const guint64 pixels = (guint64)vin_div_up(h, tiles[i].h) * tiles[i].h *
                               vin_div_up(w, tiles[i].w) * tiles[i].w;

        if (h >= tiles[i].h && w >= tiles[i].w && pixels < fewest &&
            (node->u.window.kernel_w == 1 || w % tiles[i].w == 0)) {
            *tile = tiles[i];
            fewest = pixels;
        }
    }
    return fewest != G_MAXUINT64;
}

static gboolean is_centred(const VinWindowParams *window)
{
    const guint32 pad = (window->kernel_w - 1) / 2;

    return window->kernel_h == window->kernel_w && window->kernel_w % 2 == 1 &&
           pad <= VIN_CONV_STRAIGHT_REACH && window->pad_top == pad && window->pad_left == pad &&
           window->pad_bottom == pad && window->pad_right == pad && window->stride_h == 1 &&
           window->stride_w == 1 && window->dilation_h == 1 && window->dilation_w == 1;
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    guint32 h, w, tiles_w;
    Tile tile;

    if (!vin_blocked_accepts(caps, reason) || !vin_conv_accepts(node, caps, reason)) {
        return FALSE;
    }
    if (!is_centred(&node->u.window)) {
        *reason = "for square filters of odd size, stride 1, padded to keep the map's size";
        return FALSE;
    }
    if (!cut_map(node, &tile)) {
        *reason = "the map is small, or its width no multiple of 7 or 8";
        return FALSE;
    }
    map_size(node, &h, &w);
    tiles_w = vin_div_up(w, tile.w);
    if (vin_div_up(h, tile.h) * (guint64)tiles_w > VIN_STRAIGHT_COUNT3 ||
        h > G_MAXUINT16 || w > G_MAXUINT16 ||
        (h > 1 && vin_div_up(h, tile.h) * (guint64)tiles_w * tiles_w > G_MAXUINT16) ||
        vin_tensor_n(node->output) > VIN_STRAIGHT_COUNT2 ||
        vin_blocked_blocks(vin_tensor_c(node->output)) * 2 > VIN_STRAIGHT_COUNT2) {
        *reason = "the map, its channels or the batch are too many for its counters";
        return FALSE;
    }
    if (cut_inputs(node).chunks > MAX_CHUNKS) {
        *reason = "too many inputs for a work group";
        return FALSE;
    }
    return TRUE;
}

static gsize group_floats(const VinNode *node)
{
    const Chunks chunks = cut_inputs(node);

    return VIN_STRAIGHT_LANES + chunks.chunks * chunk_floats(&chunks);
}

static gsize weight_bytes(const VinNode *node)
{
    const gsize n_groups = (gsize)vin_blocked_blocks(node->inputs[1]->shape.dims[0]) * 2;

    return (VIN_CONV_STRAIGHT_ZEROS + n_groups * group_floats(node)) * sizeof(float);
}

/* Where input channel @c and tap (@r, @s) lie in the weights of a group. */
static gsize place_of(const Chunks *chunks, gsize c, gsize r, gsize s)
{
    const gsize block = c / VIN_BLOCK, group = block / chunks->blocks;
    const gsize first = MIN(group * chunks->blocks, chunks->in_blocks - chunks->blocks);
    const gsize chunk = group * chunks->row_groups + r / chunks->taps_h;
    const gsize cell =
        ((block - first) * chunks->taps_h + r % chunks->taps_h) * chunks->taps_w + s;

    return VIN_STRAIGHT_LANES + chunk * chunk_floats(chunks) +
           (cell * VIN_BLOCK + c % VIN_BLOCK) * VIN_STRAIGHT_LANES;
}

static void pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */
    const gsize n_out = shape->dims[0], n_in = shape->dims[1];
    const gsize n_taps = shape->dims[3];
    const Chunks chunks = cut_inputs(node);
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;

    memset(dst, 0, weight_bytes(node));
    for (gsize k = 0; k < n_out; k++) {
        float *column = dst + VIN_CONV_STRAIGHT_ZEROS +
                        k / VIN_STRAIGHT_LANES * group_floats(node) +
                        k % VIN_STRAIGHT_LANES;

        *column = bias != NULL ? vin_tensor_floats(bias)[k] : 0.0f;
        for (gsize c = 0; c < n_in; c++) {
            for (gsize tap = 0; tap < n_taps * n_taps; tap++) {
                column[place_of(&chunks, c, tap / n_taps, tap % n_taps)] =
                    w[(k * n_in + c) * n_taps * n_taps + tap];
            }
        }
    }
}

static void set_spec(const Chunks *chunks, gboolean planar, VinDispatch *out)
{
    out->spec[VIN_CONV_STRAIGHT_SPEC_LOCAL] = chunks->chunks * VIN_STRAIGHT_LANES;
    out->spec[VIN_CONV_STRAIGHT_SPEC_CHUNKS] = chunks->chunks;
    out->spec[VIN_CONV_STRAIGHT_SPEC_BLOCKS] = chunks->blocks;
    out->spec[VIN_CONV_STRAIGHT_SPEC_TAPS_H] = chunks->taps_h;
    out->spec[VIN_CONV_STRAIGHT_SPEC_TAPS_W] = chunks->taps_w;
    out->spec[VIN_CONV_STRAIGHT_SPEC_ROW_GROUPS] = chunks->row_groups;
    out->spec[VIN_CONV_STRAIGHT_SPEC_PLANAR] = planar;
    out->n_spec = 7;
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const Chunks chunks = cut_inputs(args->node);
    Tile tile = {1, 1, VIN_SHADER_CONV_STRAIGHT_14};
    guint32 h, w;
    struct vin_conv_straight_push push = {VIN_PUSH_PLACES(args),
                                          .weight_offset = args->weight_offset};

    cut_map(args->node, &tile);
    map_size(args->node, &h, &w);
    push.in_blocks = chunks.in_blocks;
    push.h_w = h << 16 | w;
    push.tiles_w = vin_div_up(w, tile.w);
    push.tiles_w_magic = h > 1 ? 65536 / push.tiles_w + 1 : 0;
    push.channels_relu = args->out.c;
    if (args->node->u.window.relu) {
        push.channels_relu |= VIN_CONV_STRAIGHT_RELU;
    }
    vin_straight_dispatch_init(out, tile.shader, &push, sizeof push);
    out->n_addresses = 2;
    set_spec(&chunks, args->out.order == VIN_ORDER_PLANAR, out);
    out->groups[0] = push.tiles_w * vin_div_up(h, tile.h);
    out->groups[1] = vin_blocked_blocks(args->out.c) * 2;
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_straight = {
    .name = "conv_straight",
    .op = VIN_OP_CONV,
    .needs = VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
