/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Convolution on a device's matrix units: which of its shapes, and how a work group is cut into
 * subgroups and those into matrices. Weights and push constants are those of conv_gemm_f16; built
 * only where the GLSL compiler knows the extension.
 */
#include "abi/conv_gemm.h"
#include "kernels/table.h"

/* Rows in shared memory at a time, or one matrix where that is deeper. */
#define DEPTH 32

/* Subgroups of a work group, and matrices of a subgroup, along output channels and pixels. */
typedef struct {
    guint32 parts_k, parts_x, own_m, own_n;
} Split;

/* In matrices of 16 x 16: */
static const Split splits[] = {
    {2, 4, 4, 2}, /* 128 x 128, for batches */
    {2, 2, 2, 2}, /* 64 x 64 */
    {1, 4, 2, 2}, /* 32 x 128, few output channels on a large map */
    {2, 2, 1, 1}, /* 32 x 32, small maps */
    {1, 4, 1, 1}, /* 16 x 64 */
};

static VinTile split_tile(const Split *split, const VinMatrixShape *shape)
{
    const guint32 own_k = split->own_m * shape->m, own_pixels = split->own_n * shape->n;

    return (VinTile){split->parts_k * own_k, split->parts_x * own_pixels, own_k, own_pixels};
}

static guint32 split_parts(const Split *split)
{
    return split->parts_k * split->parts_x;
}

static guint32 depth_of(const VinMatrixShape *shape)
{
    return vin_div_up(DEPTH, shape->k) * shape->k;
}

/* As the shader declares it: rows of tiles with 8 halves behind them, and a matrix of sums a
 * subgroup. */
static guint64 shared_bytes(const Split *split, const VinMatrixShape *shape)
{
    const VinTile tile = split_tile(split, shape);

    return (guint64)depth_of(shape) * (tile.k + 8 + tile.pixels + 8) * sizeof(guint16) +
           (guint64)split_parts(split) * shape->m * shape->n * sizeof(float);
}

/* An invocation fetches from the same four pixels of every row. */
static gboolean split_fits(const Split *split, const VinMatrixShape *shape, const VinCaps *caps)
{
    const guint64 local = (guint64)split_parts(split) * caps->subgroup_size;
    const guint32 quads = split_tile(split, shape).pixels / 4;

    return local <= caps->max_workgroup_size && local % quads == 0 &&
           shared_bytes(split, shape) <= caps->max_shared_bytes;
}

/* Values are fetched and stored by fours. */
static gboolean shape_fits(const VinMatrixShape *shape, const VinCaps *caps)
{
    gboolean fits = FALSE;

    for (guint i = 0; i < G_N_ELEMENTS(splits) && !fits; i++) {
        fits = shape->m % 4 == 0 && shape->n % 4 == 0 && shape->m > 0 && shape->n > 0 &&
               shape->k > 0 && split_fits(&splits[i], shape, caps);
    }
    return fits;
}

/* The largest, since fewer loads go with as many products; of equal ones the first. */
static const VinMatrixShape *choose_shape(const VinCaps *caps)
{
    const VinMatrixShape *best = NULL;
    guint64 most = 0;

    for (guint i = 0; i < caps->n_matrices; i++) {
        const VinMatrixShape *shape = &caps->matrices[i];
        const guint64 products = (guint64)shape->m * shape->n * shape->k;

        if (products > most && shape_fits(shape, caps)) {
            best = shape;
            most = products;
        }
    }
    return best;
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (!caps->half) {
        *reason = "the precision is fp32";
        return FALSE;
    }
    if (choose_shape(caps) == NULL) {
        *reason = "the device multiplies no matrices of fp16 with fp32 sums in a shape that fits";
        return FALSE;
    }
    return vin_conv_accepts(node, caps, reason);
}

static gboolean suits(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (caps->is_software) {
        *reason = "a software driver has no matrix units";
        return FALSE;
    }
    return TRUE;
}

/* Subgroups that keep a device busy. Vulkan does not tell the number of cores. */
static guint32 busy_parts(const VinCaps *caps)
{
    return caps->is_integrated || caps->is_software ? 64 : 512;
}

/* As conv_gemm.c's choice, but a product is cheap beside the fetch of a value. */
static const Split *choose_split(const VinKernelArgs *args, const VinMatrixShape *shape)
{
    const guint64 pixels = (guint64)args->out.n * vin_place_pixels(&args->out);
    const Split *best = NULL;
    guint64 best_cost = G_MAXUINT64;

    for (guint i = 0; i < G_N_ELEMENTS(splits); i++) {
        const VinTile tile = split_tile(&splits[i], shape);
        const guint32 parts = split_parts(&splits[i]);
        const guint64 groups = (guint64)vin_div_up(args->out.c, tile.k) *
                               ((pixels + tile.pixels - 1) / tile.pixels);
        const guint64 cost = MAX(groups * parts, busy_parts(args->caps)) *
                             (tile.k * tile.pixels + 64 * (tile.k + tile.pixels)) / parts;

        if (split_fits(&splits[i], shape, args->caps) && cost < best_cost) {
            best = &splits[i];
            best_cost = cost;
        }
    }
    g_assert(best != NULL); /* accepts() */
    return best;
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinMatrixShape *shape = choose_shape(args->caps);
    const Split *split = choose_split(args, shape);
    const VinTile tile = split_tile(split, shape);

    vin_conv_gemm_dispatch(args, VIN_SHADER_CONV_COOPMAT, &tile, out);
    vin_conv_gemm_set_halves(args, out);
    out->spec[VIN_CONV_GEMM_SPEC_LOCAL] = split_parts(split) * args->caps->subgroup_size;
    out->spec[VIN_CONV_GEMM_SPEC_MATRIX_M] = shape->m;
    out->spec[VIN_CONV_GEMM_SPEC_MATRIX_N] = shape->n;
    out->spec[VIN_CONV_GEMM_SPEC_MATRIX_K] = shape->k;
    out->spec[VIN_CONV_GEMM_SPEC_DEPTH] = depth_of(shape);
    out->n_spec = VIN_CONV_GEMM_SPEC_DEPTH + 1;
}

const VinKernel vin_kernel_conv_coopmat = {
    .name = "conv_coopmat",
    .op = VIN_OP_CONV,
    .needs = VIN_CAP_FP16_STORAGE | VIN_CAP_COOPERATIVE_MATRIX,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = accepts,
    .suits = suits,
    .weight_bytes = vin_conv_gemm_weight_bytes_f16,
    .pack = vin_conv_gemm_pack_f16,
    .dispatch = dispatch,
};
