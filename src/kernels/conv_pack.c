/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Weights of a convolution in the order conv_direct reads them (shaders/abi/conv.h).
 */
#include "abi/conv.h"
#include "kernels/table.h"

guint32 vin_conv_n_blocks(const VinNode *node)
{
    return 2 * vin_div_up(vin_tensor_c(node->output), 2 * VIN_CONV_BLOCK);
}

static gsize filter_values(const VinNode *node)
{
    const VinShape *shape = &node->inputs[1]->shape;

    return (gsize)shape->dims[1] * shape->dims[2] * shape->dims[3];
}

gsize vin_conv_weight_bytes(const VinNode *node)
{
    return (gsize)vin_conv_n_blocks(node) * VIN_CONV_BLOCK * (1 + filter_values(node)) *
           sizeof(float);
}

void vin_conv_pack(const VinNode *node, float *dst)
{
    const VinShape *shape = &node->inputs[1]->shape; /* K C R S */
    const gsize n_out = shape->dims[0], n_in = shape->dims[1];
    const gsize n_taps = (gsize)shape->dims[2] * shape->dims[3];
    const float *w = vin_tensor_floats(node->inputs[1]);
    const VinTensor *bias = node->n_inputs > 2 ? node->inputs[2] : NULL;
    float *blocks = dst + (gsize)vin_conv_n_blocks(node) * VIN_CONV_BLOCK;

    memset(dst, 0, vin_conv_weight_bytes(node));
    if (bias != NULL) {
        memcpy(dst, vin_tensor_floats(bias), n_out * sizeof(float));
    }
    for (gsize k = 0; k < n_out; k++) {
        float *block = blocks + k / VIN_CONV_BLOCK * n_taps * n_in * VIN_CONV_BLOCK;

        for (gsize c = 0; c < n_in; c++) {
            for (gsize tap = 0; tap < n_taps; tap++) {
                block[(tap * n_in + c) * VIN_CONV_BLOCK + k % VIN_CONV_BLOCK] =
                    w[(k * n_in + c) * n_taps + tap];
            }
        }
    }
}
