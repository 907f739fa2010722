/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a node costs and where it belongs: multiply-adds, parameters, module.
 */
#include <string.h>

#include "graph/graph.h"

static const char *const op_names[VIN_N_OPS] = {
    [VIN_OP_CONV] = "conv",
    [VIN_OP_GEMM] = "gemm",
    [VIN_OP_MAX_POOL] = "max_pool",
    [VIN_OP_AVG_POOL] = "avg_pool",
    [VIN_OP_LRN] = "lrn",
    [VIN_OP_RELU] = "relu",
    [VIN_OP_SIGMOID] = "sigmoid",
    [VIN_OP_ADD] = "add",
    [VIN_OP_MUL] = "mul",
    [VIN_OP_BATCHNORM] = "batchnorm",
    [VIN_OP_CONCAT] = "concat",
    [VIN_OP_SOFTMAX] = "softmax",
    [VIN_OP_RESHAPE] = "reshape",
    [VIN_OP_DROPOUT] = "dropout",
    [VIN_OP_IDENTITY] = "identity",
    [VIN_OP_COPY] = "copy",
};

const char *vin_op_name(VinOp op)
{
    g_assert((guint)op < VIN_N_OPS);
    return op_names[op];
}

guint64 vin_node_macs(const VinNode *node)
{
    guint64 n_outputs = vin_shape_n_values(&node->output->shape);
    const VinShape *w;

    switch (node->op) {
    case VIN_OP_CONV:
        w = &node->inputs[1]->shape;
        return n_outputs * w->dims[1] * w->dims[2] * w->dims[3];
    case VIN_OP_GEMM:
        w = &node->inputs[1]->shape;
        return n_outputs * w->dims[node->u.gemm.trans_b ? 1 : 0];
    default:
        return 0;
    }
}

guint64 vin_node_n_params(const VinNode *node)
{
    guint64 n_params = 0;

    for (guint i = 0; i < node->n_inputs; i++) {
        const VinTensor *input = node->inputs[i];

        if (input != NULL && vin_tensor_is_constant(input)) {
            n_params += vin_shape_n_values(&input->shape);
        }
    }
    return n_params;
}

static gboolean is_module(const char *folder)
{
    static const char *const words[] = {"inception", "mixed"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        gsize length = strlen(words[i]);

        if (g_ascii_strncasecmp(folder, words[i], length) == 0 &&
            (folder[length] == '_' || g_ascii_isdigit(folder[length]))) {
            return TRUE;
        }
    }
    return FALSE;
}

char *vin_node_module(const VinNode *node)
{
    const char *folder = node->name;

    for (const char *end = strchr(folder, '/'); end != NULL; end = strchr(folder, '/')) {
        if (is_module(folder)) {
            return g_strndup(folder, (gsize)(end - folder));
        }
        folder = end + 1;
    }
    return NULL;
}
