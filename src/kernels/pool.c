/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Maximum and average pooling, the global one included.
 */
#include "abi/pool_blocked.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_pool_push) <= VIN_PUSH_BYTES);
G_STATIC_ASSERT(sizeof(struct vin_pool_blocked_push) <= VIN_PUSH_BYTES);

/* Cells of a window that the shader unrolls. */
#define MAX_UNROLLED 16

/* Both structs have these members. */
#define PUSH_WINDOW(args, window)                                                              \
    .in_h = (args)->in[0].h, .in_w = (args)->in[0].w, .out_h = (args)->out.h,                  \
    .out_w = (args)->out.w, .kernel_h = (window)->kernel_h, .kernel_w = (window)->kernel_w,    \
    .stride_h = (window)->stride_h, .stride_w = (window)->stride_w,                            \
    .dilation_h = (window)->dilation_h, .dilation_w = (window)->dilation_w,                    \
    .pad_top = (window)->pad_top, .pad_left = (window)->pad_left,                              \
    .pad_bottom = (window)->pad_bottom, .pad_right = (window)->pad_right

static guint32 pool_method(const VinNode *node)
{
    if (node->op == VIN_OP_MAX_POOL) {
        return VIN_POOL_MAX;
    }
    return node->u.window.count_include_pad ? VIN_POOL_AVERAGE_PADDED : VIN_POOL_AVERAGE;
}

/* The shader unrolls small windows of a known size. */
static void set_spec(const VinNode *node, VinDispatch *out)
{
    const VinWindowParams *window = &node->u.window;

    out->spec[VIN_POOL_SPEC_METHOD] = pool_method(node);
    if ((guint64)window->kernel_h * window->kernel_w <= MAX_UNROLLED) {
        out->spec[VIN_POOL_SPEC_KERNEL_H] = window->kernel_h;
        out->spec[VIN_POOL_SPEC_KERNEL_W] = window->kernel_w;
    }
    out->n_spec = 3;
}

static void pool_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_pool_push push = {
        VIN_PUSH_PLACES(args),
        .channels = args->out.c,
        PUSH_WINDOW(args, window),
    };

    vin_dispatch_init(out, VIN_SHADER_POOL, &push, sizeof push);
    set_spec(args->node, out);
    vin_dispatch_halves(out, args, VIN_SHADER_POOL_F16, VIN_POOL_SPEC_IN_HALF);
    vin_flat_groups(out, vin_place_image_values(&args->out), args->out.n, args->caps);
}

static gboolean blocked_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    return vin_blocked_accepts(caps, reason);
}

static void blocked_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    struct vin_pool_blocked_push push = {
        VIN_PUSH_PLACES(args),
        .blocks = vin_blocked_blocks(args->out.c),
        PUSH_WINDOW(args, window),
    };

    vin_dispatch_init(out, VIN_SHADER_POOL_BLOCKED, &push, sizeof push);
    out->n_addresses = 1;
    set_spec(args->node, out);
    vin_flat_groups(out, push.blocks * vin_place_pixels(&args->out) * VIN_BLOCK_LANES,
                    args->out.n, args->caps);
}

const VinKernel vin_kernel_max_pool_blocked = {
    .name = "pool_max_blocked",
    .op = VIN_OP_MAX_POOL,
    .needs = VIN_NEEDS_ADDRESSES,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_BLOCKED,
    .accepts = blocked_accepts,
    .dispatch = blocked_dispatch,
};

const VinKernel vin_kernel_avg_pool_blocked = {
    .name = "pool_average_blocked",
    .op = VIN_OP_AVG_POOL,
    .needs = VIN_NEEDS_ADDRESSES,
    .reads = VIN_ORDER_BLOCKED,
    .writes = VIN_ORDER_BLOCKED,
    .accepts = blocked_accepts,
    .dispatch = blocked_dispatch,
};

const VinKernel vin_kernel_max_pool = {
    .name = "pool_max",
    .op = VIN_OP_MAX_POOL,
    .far = VIN_SHADER_POOL_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .dispatch = pool_dispatch,
};

const VinKernel vin_kernel_avg_pool = {
    .name = "pool_average",
    .op = VIN_OP_AVG_POOL,
    .far = VIN_SHADER_POOL_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .dispatch = pool_dispatch,
};
