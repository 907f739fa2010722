/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Fully connected layer: the entry and its weight layout (shaders/abi/gemm.h).
 */
#include "abi/gemm.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_gemm_push) <= VIN_PUSH_BYTES);

static guint32 padded_outputs(const VinNode *node)
{
    return (guint32)vin_align_up(vin_tensor_c(node->output), 4);
}

guint32 vin_gemm_inputs(const VinNode *node)
{
    return (guint32)(vin_shape_n_values(&node->inputs[0]->shape) /
                     node->inputs[0]->shape.dims[0]);
}

static gboolean gemm_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    if (!vin_tensor_is_constant(node->inputs[1])) {
        *reason = "the weights are not a constant";
        return FALSE;
    }
    if (node->n_inputs > 2 && node->inputs[2] != NULL) {
        guint64 n = vin_shape_n_values(&node->inputs[2]->shape);

        if (!vin_tensor_is_constant(node->inputs[2]) ||
            (n != 1 && n != vin_tensor_c(node->output))) {
            *reason = "the bias is not a constant of one value or one an output";
            return FALSE;
        }
    }
    return TRUE;
}

static gsize gemm_weight_bytes(const VinNode *node)
{
    return ((gsize)vin_gemm_inputs(node) + 1) * padded_outputs(node) * sizeof(float);
}

static void gemm_pack(const VinNode *node, float *dst)
{
    const VinGemmParams *gemm = &node->u.gemm;
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    guint32 n_in = vin_gemm_inputs(node), n_out = vin_tensor_c(node->output);
    gsize padded = padded_outputs(node);

    memset(dst, 0, gemm_weight_bytes(node));
    for (guint32 m = 0; m < n_out && bias != NULL; m++) {
        gboolean scalar = vin_shape_n_values(&bias->shape) == 1;

        dst[m] = gemm->beta * vin_tensor_floats(bias)[scalar ? 0 : m];
    }
    for (gsize c = 0; c < n_in; c++) {
        for (gsize m = 0; m < n_out; m++) {
            float value = gemm->trans_b ? w[m * n_in + c] : w[c * n_out + m];

            dst[(c + 1) * padded + m] = gemm->alpha * value;
        }
    }
}

static void gemm_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinNode *node = args->node;
    struct vin_gemm_push push = {
        .in_offset = args->in[0].offset,
        .in_n_stride = args->in[0].n_stride,
        .out_offset = args->out.offset,
        .out_n_stride = args->out.n_stride,
        .weight_offset = args->weight_offset,
        .n_in = vin_gemm_inputs(node),
        .n_out = args->out.c,
        .n_out_padded = padded_outputs(node),
        .relu = node->u.gemm.relu != FALSE,
    };

    vin_dispatch_init(out, VIN_SHADER_GEMM, &push, sizeof push);
    out->groups[0] = vin_div_up(push.n_out, VIN_GEMM_LOCAL);
    out->groups[1] = args->out.n;
}

const VinKernel vin_kernel_gemm = {
    .name = "gemm",
    .op = VIN_OP_GEMM,
    .far = VIN_SHADER_GEMM_FAR,
    .accepts = gemm_accepts,
    .weight_bytes = gemm_weight_bytes,
    .pack = gemm_pack,
    .dispatch = gemm_dispatch,
};
