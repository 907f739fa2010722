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

gboolean vin_conv_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
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

/* Enough work groups to fill a GPU, before an invocation gets more pixels. */
#define GPU_GROUPS 512

static guint32 count_groups(const VinKernelArgs *args, const Tile *tile)
{
    return vin_div_up(vin_place_pixels(&args->out), tile->local * tile->pixels) *
           vin_div_up(vin_div_up(args->out.c, VIN_CONV_BLOCK), tile->blocks) * args->out.n;
}

/* Work groups along the map, which is one row; a large one needs large tiles. */
static gboolean groups_fit(const VinKernelArgs *args, const Tile *tile)
{
    return vin_div_up(vin_place_pixels(&args->out), tile->local * tile->pixels) <=
           args->caps->max_workgroup_count[0];
}

static Tile choose_gpu_tile(const VinKernelArgs *args)
{
    static const Tile tiles[] = {{64, 4, 1}, {64, 2, 1}, {64, 1, 1}};
    guint i = 0;

    while (i + 1 < G_N_ELEMENTS(tiles) && count_groups(args, &tiles[i]) < GPU_GROUPS &&
           groups_fit(args, &tiles[i + 1])) {
        i++;
    }
    return tiles[i];
}

/* The tile with the least time on a software driver, whose work group is a vector of lanes
 * and runs on one core. Measured on lavapipe, in units of a multiply-add of a vector: loading
 * a vector of input values 19 (a branch a lane), a weight 6, storing a vector 20, a work
 * group 300. Lanes beyond the map and cores without a work group are paid for too. */
static Tile choose_software_tile(const VinKernelArgs *args)
{
    static const struct {
        guint32 pixels, blocks;
    } shapes[] = {{1, 1}, {2, 2}, {4, 1}, {4, 2}, {7, 1}, {7, 2}, {14, 2}};
    const VinWindowParams *window = &args->node->u.window;
    const guint32 lanes = CLAMP(args->caps->subgroup_size, 4, 64);
    guint64 terms = (guint64)args->in[0].c * window->kernel_h * window->kernel_w;
    Tile best = {lanes, 1, 1};
    guint64 best_cost = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(shapes); i++) {
        const Tile tile = {lanes, shapes[i].pixels, shapes[i].blocks};
        guint64 pixels = tile.pixels, channels = tile.blocks * VIN_CONV_BLOCK;
        guint64 rounds = vin_div_up(count_groups(args, &tile), g_get_num_processors());
        guint64 cost = rounds * (300 + 20 * pixels * channels +
                                 terms * (19 * pixels + 6 * channels + pixels * channels));

        if (cost < best_cost && groups_fit(args, &tile)) {
            best = tile;
            best_cost = cost;
        }
    }
    return best;
}

static void conv_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    Tile tile = args->caps->is_software ? choose_software_tile(args) : choose_gpu_tile(args);
    struct vin_conv_push push = {
        VIN_PUSH_PLACES(args),
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
    out->spec[VIN_CONV_SPEC_BLOCKED] = args->out.order == VIN_ORDER_BLOCKED;
    out->n_spec = 4;
    out->groups[0] = vin_div_up(vin_place_pixels(&args->out), tile.local * tile.pixels);
    out->groups[1] = vin_div_up(vin_div_up(args->out.c, VIN_CONV_BLOCK), tile.blocks);
    out->groups[2] = args->out.n;
}

const VinKernel vin_kernel_conv_direct = {
    .name = "conv_direct",
    .op = VIN_OP_CONV,
    .far = VIN_SHADER_CONV_DIRECT_FAR,
    .writes = VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED,
    .accepts = vin_conv_accepts,
    .weight_bytes = vin_conv_weight_bytes,
    .pack = vin_conv_pack,
    .dispatch = conv_dispatch,
};
