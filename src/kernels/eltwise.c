/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Relu, sigmoid, and sum and product with another activation or with a constant a channel. A scalar
 * constant is packed as one value a channel.
 */
#include "abi/eltwise.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_eltwise_push) <= VIN_PUSH_BYTES);

static gboolean has_constant(const VinNode *node)
{
    return node->n_inputs > 1 && vin_tensor_is_constant(node->inputs[1]);
}

static gboolean eltwise_accepts(const VinNode *node, const VinCaps *caps, const char **reason)
{
    guint64 n = vin_shape_n_values(&node->inputs[1]->shape);

    if (vin_tensor_is_constant(node->inputs[0])) {
        *reason = "the first operand is a constant; an activation is needed there";
        return FALSE;
    }
    if (has_constant(node)) {
        if (n != 1 && n != vin_tensor_c(node->output)) {
            *reason = "the constant is neither a scalar nor one value a channel";
            return FALSE;
        }
        return TRUE;
    }
    if (!vin_shape_equal(&node->inputs[0]->shape, &node->inputs[1]->shape)) {
        *reason = "the operands have different shapes";
        return FALSE;
    }
    return TRUE;
}

static gsize eltwise_weight_bytes(const VinNode *node)
{
    return has_constant(node) ? vin_tensor_c(node->output) * sizeof(float) : 0;
}

static void eltwise_pack(const VinNode *node, float *dst)
{
    if (has_constant(node)) {
        const float *values = vin_tensor_floats(node->inputs[1]);
        guint64 n = vin_shape_n_values(&node->inputs[1]->shape);

        for (guint32 c = 0; c < vin_tensor_c(node->output); c++) {
            dst[c] = values[n == 1 ? 0 : c];
        }
    }
}

static void eltwise_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinNode *node = args->node;
    gboolean constant = has_constant(node);
    struct vin_eltwise_push push = {
        .in_offset = args->in[0].offset,
        .in_n_stride = args->in[0].n_stride,
        .rhs_offset = constant ? args->weight_offset : args->in[1].offset,
        .rhs_n_stride = constant ? 0 : args->in[1].n_stride,
        .out_offset = args->out.offset,
        .out_n_stride = args->out.n_stride,
        .count = vin_place_image_values(&args->out),
        .pixels = vin_place_pixels(&args->out),
        .method = node->op == VIN_OP_ADD       ? VIN_ELTWISE_ADD
                  : node->op == VIN_OP_MUL     ? VIN_ELTWISE_MUL
                  : node->op == VIN_OP_SIGMOID ? VIN_ELTWISE_SIGMOID
                                               : VIN_ELTWISE_NONE,
        .rhs = constant ? VIN_ELTWISE_RHS_CHANNEL : VIN_ELTWISE_RHS_ARENA,
        .relu = node->op == VIN_OP_RELU || (node->op == VIN_OP_ADD && node->u.relu),
    };

    vin_dispatch_init(out, VIN_SHADER_ELTWISE, &push, sizeof push);
    vin_dispatch_halves(out, args, VIN_SHADER_ELTWISE_F16, VIN_ELTWISE_SPEC_IN_HALF);
    vin_flat_groups(out, push.count, args->out.n, args->caps);
}

const VinKernel vin_kernel_relu = {
    .name = "relu",
    .op = VIN_OP_RELU,
    .far = VIN_SHADER_ELTWISE_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .dispatch = eltwise_dispatch,
};

const VinKernel vin_kernel_sigmoid = {
    .name = "sigmoid",
    .op = VIN_OP_SIGMOID,
    .far = VIN_SHADER_ELTWISE_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .dispatch = eltwise_dispatch,
};

const VinKernel vin_kernel_add = {
    .name = "eltwise_add",
    .op = VIN_OP_ADD,
    .far = VIN_SHADER_ELTWISE_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = eltwise_accepts,
    .weight_bytes = eltwise_weight_bytes,
    .pack = eltwise_pack,
    .dispatch = eltwise_dispatch,
};

const VinKernel vin_kernel_mul = {
    .name = "eltwise_mul",
    .op = VIN_OP_MUL,
    .far = VIN_SHADER_ELTWISE_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .accepts = eltwise_accepts,
    .weight_bytes = eltwise_weight_bytes,
    .pack = eltwise_pack,
    .dispatch = eltwise_dispatch,
};
