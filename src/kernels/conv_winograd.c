/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * 3x3 convolutions by Winograd's minimal filtering: the entries and their transformed weights
 * (shaders/abi/conv_winograd.h).
 */
#include "abi/conv_winograd.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_conv_winograd_push) <= VIN_PUSH_BYTES);

#define MAX_SIDE 6

/* G, a row for each point of a side. */
static const double points_2[][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};
static const double points_4[][3] = {
    {1.0 / 4, 0, 0},
    {-1.0 / 6, -1.0 / 6, -1.0 / 6},
    {-1.0 / 6, 1.0 / 6, -1.0 / 6},
    {1.0 / 24, 1.0 / 12, 1.0 / 6},
    {1.0 / 24, -1.0 / 12, 1.0 / 6},
    {0, 0, 1},
};

static gboolean accepts(guint m, const VinNode *node, const VinCaps *caps, const char **reason)
{
    const VinWindowParams *window = &node->u.window;
    const guint32 points = (m + 2) * (m + 2);
    const guint32 shared = points * VIN_CONV_WINOGRAD_DEPTH *
                           (VIN_CONV_WINOGRAD_STRIDE * 4 + VIN_CONV_WINOGRAD_TILES) *
                           sizeof(float);

    if (window->kernel_h != 3 || window->kernel_w != 3 ||
        (window->stride_h | window->stride_w | window->dilation_h | window->dilation_w) != 1) {
        *reason = "for 3x3 filters of stride 1";
        return FALSE;
    }
    if (points * VIN_CONV_WINOGRAD_LANES > caps->max_workgroup_size ||
        shared > caps->max_shared_bytes) {
        *reason = "the device has too little shared memory, or too small work groups";
        return FALSE;
    }
    return vin_conv_accepts(node, caps, reason);
}

static gboolean suits(const VinNode *node, const VinCaps *caps, const char **reason)
{
    *reason = "only by name or autotune: no device has been measured on which it wins";
    return FALSE;
}

static guint32 out_blocks(const VinNode *node)
{
    return vin_div_up(node->inputs[1]->shape.dims[0], VIN_CONV_WINOGRAD_K);
}

static guint32 channels_padded(const VinNode *node)
{
    return (guint32)vin_align_up(node->inputs[1]->shape.dims[1], VIN_CONV_WINOGRAD_DEPTH);
}

static gsize weight_bytes(guint m, const VinNode *node)
{
    const gsize block = 1 + (gsize)channels_padded(node) * (m + 2) * (m + 2);

    return out_blocks(node) * block * VIN_CONV_WINOGRAD_K * sizeof(float);
}

/* G w G^T of a filter, one value every VIN_CONV_WINOGRAD_K floats. */
static void transform_filter(guint m, const float *w, float *dst)
{
    const double(*g)[3] = m == 2 ? points_2 : points_4;
    const guint side = m + 2;
    double half_way[MAX_SIDE][3]; /* G w */

    for (guint i = 0; i < side; i++) {
        for (guint s = 0; s < 3; s++) {
            half_way[i][s] = g[i][0] * w[s] + g[i][1] * w[3 + s] + g[i][2] * w[6 + s];
        }
    }
    for (guint i = 0; i < side * side; i++) {
        const double *row = half_way[i / side], *column = g[i % side];

        dst[i * VIN_CONV_WINOGRAD_K] =
            (float)(row[0] * column[0] + row[1] * column[1] + row[2] * column[2]);
    }
}

static void pack(guint m, const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C 3 3 */
    const gsize n_in = shape->dims[1], points = (m + 2) * (m + 2);
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    float *u = dst + out_blocks(node) * VIN_CONV_WINOGRAD_K;

    memset(dst, 0, weight_bytes(m, node));
    if (bias != NULL) {
        memcpy(dst, vin_tensor_floats(bias), shape->dims[0] * sizeof(float));
    }
    for (gsize k = 0; k < shape->dims[0]; k++) {
        for (gsize c = 0; c < n_in; c++) {
            const gsize row = (k / VIN_CONV_WINOGRAD_K * channels_padded(node) + c) * points;

            transform_filter(m, w + (k * n_in + c) * 9,
                             u + row * VIN_CONV_WINOGRAD_K + k % VIN_CONV_WINOGRAD_K);
        }
    }
}

static void dispatch(guint m, VinShaderId shader, const VinKernelArgs *args, VinDispatch *out)
{
    const VinWindowParams *window = &args->node->u.window;
    const struct vin_conv_winograd_push push = {
        VIN_PUSH_PLACES(args),
        .weight_offset = args->weight_offset / 4,
        .images = args->out.n,
        .channels = args->in[0].c,
        .in_h = args->in[0].h,
        .in_w = args->in[0].w,
        .out_channels = args->out.c,
        .out_h = args->out.h,
        .out_w = args->out.w,
        .out_blocks = out_blocks(args->node),
        .channels_padded = channels_padded(args->node),
        .tiles_h = vin_div_up(args->out.h, m),
        .tiles_w = vin_div_up(args->out.w, m),
        .pad_top = window->pad_top,
        .pad_left = window->pad_left,
        .relu = window->relu != FALSE,
    };

    vin_dispatch_init(out, shader, &push, sizeof push);
    out->groups[0] =
        vin_div_up(push.images * push.tiles_h * push.tiles_w, VIN_CONV_WINOGRAD_TILES);
    out->groups[1] = push.out_blocks;
}

static gboolean accepts_2(const VinNode *node, const VinCaps *caps, const char **reason)
{
    return accepts(2, node, caps, reason);
}

static gsize weight_bytes_2(const VinNode *node)
{
    return weight_bytes(2, node);
}

static void pack_2(const VinNode *node, float *dst)
{
    pack(2, node, dst);
}

static void dispatch_2(const VinKernelArgs *args, VinDispatch *out)
{
    dispatch(2, VIN_SHADER_CONV_WINOGRAD_2, args, out);
}

static gboolean accepts_4(const VinNode *node, const VinCaps *caps, const char **reason)
{
    return accepts(4, node, caps, reason);
}

static gsize weight_bytes_4(const VinNode *node)
{
    return weight_bytes(4, node);
}

static void pack_4(const VinNode *node, float *dst)
{
    pack(4, node, dst);
}

static void dispatch_4(const VinKernelArgs *args, VinDispatch *out)
{
    dispatch(4, VIN_SHADER_CONV_WINOGRAD_4, args, out);
}

const VinKernel vin_kernel_conv_winograd_2 = {
    .name = "conv_winograd_2",
    .op = VIN_OP_CONV,
    .accepts = accepts_2,
    .suits = suits,
    .weight_bytes = weight_bytes_2,
    .pack = pack_2,
    .dispatch = dispatch_2,
};

const VinKernel vin_kernel_conv_winograd_4 = {
    .name = "conv_winograd_4",
    .op = VIN_OP_CONV,
    .accepts = accepts_4,
    .suits = suits,
    .weight_bytes = weight_bytes_4,
    .pack = pack_4,
    .dispatch = dispatch_4,
};
