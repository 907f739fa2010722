/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution as a matrix product in shared memory: the entries, their tiles and weights
 * (shaders/abi/conv_gemm.h).
 */
#include "abi/conv_gemm.h"
#include "base/half.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_gemm_push) <= VIN_PUSH_BYTES);

/* Every device has 128 invocations and 16 KiB, so all but the first. 64 invocations are whole
 * subgroups of 16, 32 and 64. */
static const VinTile tiles[] = {
    {128, 128, 8, 8}, /* 256 invocations, 16 KiB: batches, where maps are long */
    {64, 64, 8, 8},
    {32, 128, 8, 8},  /* few output channels on a large map */
    {64, 32, 8, 4},
    {16, 128, 4, 8},
    {32, 32, 4, 4},   /* small maps */
};

static guint32 tile_local(const VinTile *tile)
{
    return tile->k / tile->own_k * (tile->pixels / tile->own_pixels);
}

static guint32 tile_bytes(const VinTile *tile)
{
    return (tile->k + tile->pixels) * VIN_CONV_GEMM_DEPTH * sizeof(float);
}

static gboolean tile_fits(const VinTile *tile, const VinCaps *caps)
{
    return tile_local(tile) <= caps->max_workgroup_size &&
           tile_bytes(tile) <= caps->max_shared_bytes;
}

gboolean vin_conv_gemm_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (!tile_fits(&tiles[G_N_ELEMENTS(tiles) - 1], caps)) {
        *reason = "the device has too little shared memory";
        return FALSE;
    }
    return vin_conv_accepts(node, caps, reason);
}

static gboolean suits(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (caps->is_software) {
        *reason = "for GPUs: shared memory of a software driver is no faster than any other";
        return FALSE;
    }
    return TRUE;
}

/* Work groups of 64 that keep a device busy: four a core, so that some compute while others wait
 * for memory. Vulkan does not tell the number of cores. */
static guint32 busy_groups(const VinCaps *caps)
{
    return caps->is_integrated || caps->is_software ? 32 : 256;
}

/* The tile with the least time, if work groups came one after another on each of so many slots.
 * In multiply-adds: a row of a group costs its sums, and 16 for each value fetched. A device that
 * is not full takes as long as a full one; what lies beyond the map is paid for, too. */
static const VinTile *choose_tile(const VinKernelArgs *args)
{
    const guint64 pixels = (guint64)args->out.n * vin_place_pixels(&args->out);
    const VinTile *best = NULL;
    guint64 best_cost = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(tiles); i++) {
        const VinTile *tile = &tiles[i];
        const guint64 groups = (guint64)vin_div_up(args->out.c, tile->k) *
                               ((pixels + tile->pixels - 1) / tile->pixels) *
                               (tile_local(tile) / 64);
        const guint64 cost = MAX(groups, busy_groups(args->caps)) *
                             (tile->k * tile->pixels + 16 * (tile->k + tile->pixels)) /
                             (tile_local(tile) / 64);

        if (tile_fits(tile, args->caps) && cost < best_cost) {
            best = tile;
            best_cost = cost;
        }
    }
    g_assert(best != NULL); /* accepts() */
    return best;
}

guint32 vin_conv_gemm_padded_outputs(const VinNode *node)
{
    return (guint32)vin_align_up(node->inputs[1]->shape.dims[0], 4);
}

static gsize n_rows(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */

    return (gsize)shape->dims[1] * shape->dims[2] * shape->dims[3];
}

static gsize weight_bytes(const VinNode *node)
{
    return (1 + n_rows(node)) * vin_conv_gemm_padded_outputs(node) * sizeof(float);
}

gsize vin_conv_gemm_weight_bytes_f16(const VinNode *node)
{
    return vin_conv_gemm_padded_outputs(node) * (sizeof(float) + n_rows(node) * sizeof(guint16));
}

static void pack_bias(const VinNode *node, float *dst)
{
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;

    if (bias != NULL) {
        memcpy(dst, vin_tensor_floats(bias), node->inputs[1]->shape.dims[0] * sizeof(float));
    }
}

/* Where the weight of output channel @k, @c and @tap goes behind the bias. */
static gsize weight_at(const VinNode *node, gsize k, gsize c, gsize tap)
{
    return (tap * node->inputs[1]->shape.dims[1] + c) * vin_conv_gemm_padded_outputs(node) + k;
}

static void pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_in = shape->dims[1], n_taps = (gsize)shape->dims[2] * shape->dims[3];
    const float *w = vin_tensor_floats(node->inputs[1]);

    memset(dst, 0, weight_bytes(node));
    pack_bias(node, dst);
    dst += vin_conv_gemm_padded_outputs(node);
    for (gsize i = 0; i < shape->dims[0] * n_in * n_taps; i++) {
        dst[weight_at(node, i / n_taps / n_in, i / n_taps % n_in, i % n_taps)] = w[i];
    }
}

void vin_conv_gemm_pack_f16(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape;
    const gsize n_in = shape->dims[1], n_taps = (gsize)shape->dims[2] * shape->dims[3];
    const float *w = vin_tensor_floats(node->inputs[1]);
    guint16 *halves = (guint16 *)(dst + vin_conv_gemm_padded_outputs(node));

    memset(dst, 0, vin_conv_gemm_weight_bytes_f16(node));
    pack_bias(node, dst);
    for (gsize i = 0; i < shape->dims[0] * n_in * n_taps; i++) {
        halves[weight_at(node, i / n_taps / n_in, i / n_taps % n_in, i % n_taps)] =
            vin_half_from_float(w[i]);
    }
}

/* Does every group of four pixels lie in one image, at a multiple of four values? */
static gboolean has_quads(const VinPlace *place)
{
    return vin_place_pixels(place) % 4 == 0 && place->offset % 4 == 0 &&
           place->n_stride % 4 == 0 && place->c_stride % 4 == 0;
}

static gboolean is_pointwise(const VinWindowParams *window)
{
    return (window->kernel_h | window->kernel_w | window->stride_h | window->stride_w) == 1 &&
           (window->pad_top | window->pad_left | window->pad_bottom | window->pad_right) == 0;
}

void vin_conv_gemm_dispatch(const VinKernelArgs *args, VinShaderId shader, const VinTile *tile,
                            VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    const struct vin_conv_gemm_push push = {
        VIN_PUSH_PLACES(args),
        .weight_offset = args->weight_offset / 4,
        .images = args->out.n,
        .channels = args->in[0].c,
        .in_h = args->in[0].h,
        .in_w = args->in[0].w,
        .out_channels = args->out.c,
        .out_h = args->out.h,
        .out_w = args->out.w,
        .out_quads = vin_conv_gemm_padded_outputs(args->node) / 4,
        .stride_h = window->stride_h,
        .stride_w = window->stride_w,
        .dilation_h = window->dilation_h,
        .dilation_w = window->dilation_w,
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .relu = window->relu != FALSE,
    };

    vin_dispatch_init(out, shader, &push, sizeof push);
    out->spec[VIN_CONV_GEMM_SPEC_TILE_K] = tile->k;
    out->spec[VIN_CONV_GEMM_SPEC_TILE_PIXELS] = tile->pixels;
    out->spec[VIN_CONV_GEMM_SPEC_OWN_K] = tile->own_k;
    out->spec[VIN_CONV_GEMM_SPEC_OWN_PIXELS] = tile->own_pixels;
    out->spec[VIN_CONV_GEMM_SPEC_KERNEL_H] = window->kernel_h;
    out->spec[VIN_CONV_GEMM_SPEC_KERNEL_W] = window->kernel_w;
    out->spec[VIN_CONV_GEMM_SPEC_IN_QUADS] = is_pointwise(window) && has_quads(&args->in[0]);
    out->spec[VIN_CONV_GEMM_SPEC_OUT_QUADS] = has_quads(&args->out);
    out->n_spec = VIN_CONV_GEMM_SPEC_OUT_QUADS + 1;
    out->groups[0] = vin_div_up(args->out.n * vin_place_pixels(&args->out), tile->pixels);
    out->groups[1] = vin_div_up(args->out.c, tile->k);
}

void vin_conv_gemm_set_halves(const VinKernelArgs *args, VinDispatch *out)
{
    out->spec[VIN_CONV_GEMM_SPEC_IN_HALF] = args->in[0].order == VIN_ORDER_HALF;
    out->spec[VIN_CONV_GEMM_SPEC_OUT_HALF] = args->out.order == VIN_ORDER_HALF;
    out->n_spec = VIN_CONV_GEMM_SPEC_OUT_HALF + 1;
}

void vin_conv_gemm_dispatch_tile(const VinKernelArgs *args, VinShaderId shader, VinDispatch *out)
{
    const VinTile *tile = choose_tile(args);

    vin_conv_gemm_dispatch(args, shader, tile, out);
    out->spec[VIN_CONV_GEMM_SPEC_LOCAL] = tile_local(tile);
}

static gboolean accepts_f16(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (!caps->half) {
        *reason = "the precision is fp32";
        return FALSE;
    }
    return vin_conv_gemm_accepts(node, caps, reason);
}

static void dispatch_f16(const VinKernelArgs *args, VinDispatch *out)
{
    vin_conv_gemm_dispatch_tile(args, VIN_SHADER_CONV_GEMM_F16, out);
    vin_conv_gemm_set_halves(args, out);
}

const VinKernel vin_kernel_conv_gemm_f16 = {
    .name = "conv_gemm_f16",
    .op = VIN_OP_CONV,
    .needs = VIN_CAP_FP16_STORAGE,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = accepts_f16,
    .weight_bytes = vin_conv_gemm_weight_bytes_f16,
    .pack = vin_conv_gemm_pack_f16,
    .dispatch = dispatch_f16,
};

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    vin_conv_gemm_dispatch_tile(args, VIN_SHADER_CONV_GEMM, out);
}

const VinKernel vin_kernel_conv_gemm = {
    .name = "conv_gemm",
    .op = VIN_OP_CONV,
    .accepts = vin_conv_gemm_accepts,
    .suits = suits,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
