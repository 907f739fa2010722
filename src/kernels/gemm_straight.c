/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Fully connected layer in straight-line code: how the sum over inputs is cut into chunks, and the
 * weight layout of shaders/abi/gemm_straight.h.
 */
#include "abi/gemm_straight.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_gemm_straight_push) <= VIN_STRAIGHT_PUSH_BYTES);

#define INPUTS 64     /* of a chunk, at most: compiling takes a time in proportion */
#define MAX_CHUNKS 32 /* 256 invocations, 8 KiB of shared memory */
#define MAX_IMAGES 8

typedef struct {
    guint32 n_in, chunks, inputs;
} Chunks;

static Chunks cut_inputs(const VinNode *node)
{
    Chunks chunks = {.n_in = vin_gemm_inputs(node)};
    const guint32 wanted = vin_div_up(chunks.n_in, INPUTS);

    chunks.inputs = (guint32)vin_align_up(vin_div_up(chunks.n_in, MIN(wanted, MAX_CHUNKS)), 4);
    chunks.inputs = MIN(chunks.inputs, chunks.n_in / 4 * 4);
    chunks.chunks = chunks.inputs > 0 ? vin_div_up(chunks.n_in, chunks.inputs) : 0;
    return chunks;
}

static guint32 n_groups(const VinNode *node)
{
    return vin_div_up(vin_tensor_c(node->output), VIN_STRAIGHT_LANES);
}

static gsize group_floats(const Chunks *chunks)
{
    return ((gsize)chunks->chunks * chunks->inputs + 1) * VIN_STRAIGHT_LANES;
}

static guint32 images_at_once(guint32 n)
{
    guint32 images = MAX_IMAGES;

    while (n % images != 0) {
        images /= 2;
    }
    return images;
}

static gboolean accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    const guint32 n = node->output->shape.dims[0];
    Chunks chunks;

    if (!vin_blocked_accepts(caps, reason) || !vin_kernel_gemm.accepts(node, caps, reason)) {
        return FALSE;
    }
    chunks = cut_inputs(node);
    if (chunks.inputs == 0 || chunks.inputs > INPUTS) {
        *reason = "for 4 to 2048 inputs";
        return FALSE;
    }
    if (n_groups(node) > VIN_STRAIGHT_COUNT3 || n / images_at_once(n) > VIN_STRAIGHT_COUNT2) {
        *reason = "the outputs or the batch are too many for its counters";
        return FALSE;
    }
    return TRUE;
}

static gsize weight_bytes(const VinNode *node)
{
    const Chunks chunks = cut_inputs(node);

    return n_groups(node) * group_floats(&chunks) * sizeof(float);
}

/* Where input @c lies among the weights of a group, in lanes. */
static gsize place_of(const Chunks *chunks, gsize c)
{
    const gsize chunk = c / chunks->inputs;
    const gsize first = MIN(chunk * chunks->inputs, chunks->n_in - chunks->inputs);

    return chunk * chunks->inputs + (c - first);
}

static void pack(const VinNode *node, float *dst)
{
    const VinGemmParams *gemm = &node->u.gemm;
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    const gsize n_out = vin_tensor_c(node->output);
    const gboolean scalar = bias != NULL && vin_shape_n_values(&bias->shape) == 1;
    const Chunks chunks = cut_inputs(node);

    memset(dst, 0, weight_bytes(node));
    for (gsize m = 0; m < n_out; m++) {
        float *column = dst + m / VIN_STRAIGHT_LANES * group_floats(&chunks) +
                        m % VIN_STRAIGHT_LANES;

        if (bias != NULL) {
            *column = gemm->beta * vin_tensor_floats(bias)[scalar ? 0 : m];
        }
        for (gsize c = 0; c < chunks.n_in; c++) {
            float value = gemm->trans_b ? w[m * chunks.n_in + c] : w[c * n_out + m];

            column[(place_of(&chunks, c) + 1) * VIN_STRAIGHT_LANES] = gemm->alpha * value;
        }
    }
}

static void dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const Chunks chunks = cut_inputs(args->node);
    struct vin_gemm_straight_push push = {
        .in_offset = args->in[0].offset,
        .in_n_stride = args->in[0].n_stride,
        .out_offset = args->out.offset,
        .out_n_stride = args->out.n_stride,
        .weight_offset = args->weight_offset,
        .n_in = chunks.n_in,
        .n_out = args->out.c,
        .relu = args->node->u.gemm.relu != FALSE,
    };

    vin_straight_dispatch_init(out, VIN_SHADER_GEMM_STRAIGHT, &push, sizeof push);
    out->n_addresses = 2;
    out->spec[VIN_GEMM_STRAIGHT_SPEC_LOCAL] = chunks.chunks * VIN_STRAIGHT_LANES;
    out->spec[VIN_GEMM_STRAIGHT_SPEC_CHUNKS] = chunks.chunks;
    out->spec[VIN_GEMM_STRAIGHT_SPEC_INPUTS] = chunks.inputs;
    out->spec[VIN_GEMM_STRAIGHT_SPEC_IMAGES] = images_at_once(args->out.n);
    out->n_spec = 4;
    out->groups[0] = n_groups(args->node);
    out->groups[1] = args->out.n / images_at_once(args->out.n);
}

const VinKernel vin_kernel_gemm_straight = {
    .name = "gemm_straight",
    .op = VIN_OP_GEMM,
    .needs = VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST,
    .accepts = accepts,
    .weight_bytes = weight_bytes,
    .pack = pack,
    .dispatch = dispatch,
};
