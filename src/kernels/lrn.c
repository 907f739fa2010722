/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Local response normalization across channels.
 */
#include "abi/lrn_blocked.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_lrn_push) <= VIN_PUSH_BYTES);
G_STATIC_ASSERT(sizeof(struct vin_lrn_blocked_push) <= VIN_PUSH_BYTES);

/* Registers of an invocation hold size + VIN_LRN_TILE - 1 values. */
#define MAX_SIZE 64

static gboolean lrn_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (node->u.lrn.size < 1 || node->u.lrn.size > MAX_SIZE) {
        *reason = "the window is not 1 to 64 channels";
        return FALSE;
    }
    return TRUE;
}

static void lrn_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinLrnParams *lrn = &args->node->u.lrn;
    struct vin_lrn_push push = {
        VIN_PUSH_PLACES(args),
        .channels = args->out.c,
        .pixels = vin_place_pixels(&args->out),
        .alpha_over_size = lrn->alpha / (float)lrn->size,
        .beta = lrn->beta,
        .bias = lrn->bias,
    };

    vin_dispatch_init(out, VIN_SHADER_LRN, &push, sizeof push);
    out->spec[VIN_LRN_SPEC_SIZE] = lrn->size;
    out->spec[VIN_LRN_SPEC_THREE_QUARTER] = lrn->beta == 0.75f;
    out->n_spec = 2;
    vin_dispatch_halves(out, args, VIN_SHADER_LRN_F16, VIN_LRN_SPEC_IN_HALF);
    out->groups[0] = vin_div_up(push.pixels, VIN_LRN_LOCAL);
    out->groups[1] = vin_div_up(push.channels, VIN_LRN_TILE);
    out->groups[2] = args->out.n;
}

static gboolean blocked_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    return vin_blocked_accepts(caps, reason) && lrn_accepts(node, caps, reason);
}

static void blocked_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinLrnParams *lrn = &args->node->u.lrn;
    struct vin_lrn_blocked_push push = {
        VIN_PUSH_PLACES(args),
        .blocks = vin_blocked_blocks(args->out.c),
        .pixels = vin_place_pixels(&args->out),
        .alpha_over_size = lrn->alpha / (float)lrn->size,
        .beta = lrn->beta,
        .bias = lrn->bias,
    };

    vin_dispatch_init(out, VIN_SHADER_LRN_BLOCKED, &push, sizeof push);
    out->n_addresses = 1;
    out->spec[VIN_LRN_SPEC_SIZE] = lrn->size;
    out->spec[VIN_LRN_SPEC_THREE_QUARTER] = lrn->beta == 0.75f;
    out->n_spec = 2;
    vin_flat_groups(out, push.blocks * push.pixels * VIN_BLOCK_LANES, args->out.n, args->caps);
}

const VinKernel vin_kernel_lrn_blocked = {
    .name = "lrn_blocked",
    .op = VIN_OP_LRN,
    .needs = VIN_NEEDS_ADDRESSES,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_BLOCKED,
    .accepts = blocked_accepts,
    .dispatch = blocked_dispatch,
};

const VinKernel vin_kernel_lrn = {
    .name = "lrn",
    .op = VIN_OP_LRN,
    .far = VIN_SHADER_LRN_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = lrn_accepts,
    .dispatch = lrn_dispatch,
};
