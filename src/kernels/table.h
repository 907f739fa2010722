/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The entries that registry.c puts in order, and what every kernel file needs to fill a
 * dispatch.
 */
#ifndef VIN_KERNELS_TABLE_H
#define VIN_KERNELS_TABLE_H

#include <string.h>

#include "base/bytes.h"
#include "kernels/kernel.h"
#include "shader_table.h"

extern const VinKernel vin_kernel_conv_direct;
extern const VinKernel vin_kernel_max_pool;
extern const VinKernel vin_kernel_avg_pool;
extern const VinKernel vin_kernel_lrn;
extern const VinKernel vin_kernel_gemm;
extern const VinKernel vin_kernel_relu;
extern const VinKernel vin_kernel_add;
extern const VinKernel vin_kernel_mul;
extern const VinKernel vin_kernel_softmax;
extern const VinKernel vin_kernel_copy;

/* kernels/conv_pack.c: the layout of shaders/abi/conv.h. */
guint32 vin_conv_n_blocks(const VinNode *node); /* blocks of output channels, padded to even */
gsize vin_conv_weight_bytes(const VinNode *node);
void vin_conv_pack(const VinNode *node, float *dst);

/* Clears @out and sets shader and push constants. */
static inline void vin_dispatch_init(VinDispatch *out, VinShaderId shader, const void *push,
                                     guint push_bytes)
{
    g_assert(push_bytes <= VIN_PUSH_BYTES);
    memset(out, 0, sizeof *out);
    out->shader = shader;
    memcpy(out->push, push, push_bytes);
    out->push_bytes = push_bytes;
    out->groups[0] = out->groups[1] = out->groups[2] = 1;
}

/* Work groups for @count values, @local each; the shader's grid strides over the rest. */
static inline guint32 vin_strided_groups(guint64 count, guint32 local, const VinCaps *caps)
{
    return (guint32)MIN((count + local - 1) / local, caps->max_workgroup_count[0]);
}

static inline guint32 vin_place_pixels(const VinPlace *place)
{
    return place->h * place->w;
}

static inline guint32 vin_place_image_values(const VinPlace *place)
{
    return place->c * place->h * place->w;
}

#endif
