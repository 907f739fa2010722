/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The entries that registry.c puts in order, and what every kernel file needs to fill a
 * dispatch.
 */
#ifndef VIN_KERNELS_TABLE_H
#define VIN_KERNELS_TABLE_H

#include <string.h>

#include "abi/flat.h"
#include "abi/straight.h"
#include "base/bytes.h"
#include "kernels/kernel.h"
#include "shader_table.h"

extern const VinKernel vin_kernel_conv_broadcast;
extern const VinKernel vin_kernel_conv_coopmat; /* where its shader could be built */
extern const VinKernel vin_kernel_conv_direct;
extern const VinKernel vin_kernel_conv_dot8;    /* likewise */
extern const VinKernel vin_kernel_conv_dot8_plain;
extern const VinKernel vin_kernel_conv_first;
extern const VinKernel vin_kernel_conv_gemm;
extern const VinKernel vin_kernel_conv_gemm_f16;
extern const VinKernel vin_kernel_conv_rows;
extern const VinKernel vin_kernel_conv_straight;
extern const VinKernel vin_kernel_conv_winograd_2;
extern const VinKernel vin_kernel_conv_winograd_4;
extern const VinKernel vin_kernel_max_pool;
extern const VinKernel vin_kernel_avg_pool;
extern const VinKernel vin_kernel_max_pool_blocked;
extern const VinKernel vin_kernel_max_pool_straight;
extern const VinKernel vin_kernel_avg_pool_blocked;
extern const VinKernel vin_kernel_lrn;
extern const VinKernel vin_kernel_lrn_blocked;
extern const VinKernel vin_kernel_gemm;
extern const VinKernel vin_kernel_gemm_straight;
extern const VinKernel vin_kernel_relu;
extern const VinKernel vin_kernel_sigmoid;
extern const VinKernel vin_kernel_add;
extern const VinKernel vin_kernel_mul;
extern const VinKernel vin_kernel_softmax;
extern const VinKernel vin_kernel_copy;

/* kernels/conv_pack.c: the layout of shaders/abi/conv.h. */
guint32 vin_conv_n_blocks(const VinNode *node); /* blocks of output channels, padded to even */
gsize vin_conv_weight_bytes(const VinNode *node);
void vin_conv_pack(const VinNode *node, float *dst);

/* kernels/gemm.c: values of an image. */
guint32 vin_gemm_inputs(const VinNode *node);

/* kernels/conv.c: one group, constant weights. */
gboolean vin_conv_accepts(const VinNode *node, const VinCaps *caps, const char **reason);

/* kernels/conv_gemm.c. A work group's part of the product, and that of an invocation or, where a
 * subgroup computes together, of a subgroup. */
typedef struct {
    guint32 k, pixels, own_k, own_pixels;
} VinTile;

/* Is there a tile that fits? As vin_conv_accepts(). */
gboolean vin_conv_gemm_accepts(const VinNode *node, const VinCaps *caps, const char **reason);
/* With a tile of conv_gemm's own; all but the constants behind OUT_QUADS. */
void vin_conv_gemm_dispatch_tile(const VinKernelArgs *args, VinShaderId shader, VinDispatch *out);
/* K rounded up to 4. */
guint32 vin_conv_gemm_padded_outputs(const VinNode *node);
/* All but the constants LOCAL and those behind OUT_QUADS. */
void vin_conv_gemm_dispatch(const VinKernelArgs *args, VinShaderId shader, const VinTile *tile,
                            VinDispatch *out);
void vin_conv_gemm_set_halves(const VinKernelArgs *args, VinDispatch *out);
/* The layout of shaders/abi/conv_gemm.h with weights in 16 bits. */
gsize vin_conv_gemm_weight_bytes_f16(const VinNode *node);
void vin_conv_gemm_pack_f16(const VinNode *node, float *dst);

/* kernels/blocked.c: why a kernel is not for a large map. */
extern const char vin_too_many_groups[];
/* kernels/blocked.c: blocks of VIN_BLOCK channels. */
guint32 vin_blocked_blocks(guint32 channels);

/* The capabilities of shaders that use lib/address.glsl. */
#define VIN_NEEDS_ADDRESSES (VIN_CAP_BUFFER_ADDRESS | VIN_CAP_INT64)

/* Where the input and the output lie: the members that push constants of every op with one input
 * have. */
#define VIN_PUSH_PLACES(args)                                                                  \
    .in_offset = (args)->in[0].offset, .in_n_stride = (args)->in[0].n_stride,                  \
    .in_c_stride = (args)->in[0].c_stride, .out_offset = (args)->out.offset,                   \
    .out_n_stride = (args)->out.n_stride, .out_c_stride = (args)->out.c_stride

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

/* For shaders that use lib/straight.glsl: the digits stand behind the push constants. */
#define VIN_STRAIGHT_PUSH_BYTES (VIN_PUSH_BYTES - VIN_STRAIGHT_DIGITS * 4)

static inline void vin_straight_dispatch_init(VinDispatch *out, VinShaderId shader,
                                              const void *push, guint push_bytes)
{
    g_assert(push_bytes <= VIN_STRAIGHT_PUSH_BYTES && push_bytes % 4 == 0);
    vin_dispatch_init(out, shader, push, push_bytes);
    for (guint32 i = 0; i < VIN_STRAIGHT_DIGITS; i++) {
        out->push[push_bytes / 4 + i] = i;
    }
    out->push_bytes += VIN_STRAIGHT_DIGITS * 4;
}

/* Work groups for a row of @count values an image (shaders/lib/flat.glsl). */
static inline void vin_flat_groups(VinDispatch *out, guint32 count, guint32 n,
                                   const VinCaps *caps)
{
    guint32 groups = vin_div_up(count, VIN_FLAT_LOCAL);

    out->groups[0] = MIN(groups, caps->max_workgroup_count[0]);
    out->groups[1] = n;
    out->groups[2] = vin_div_up(groups, out->groups[0]);
}

/* For shaders that use lib/arena.glsl and have a variant with VIN_HALF: that one, where the input
 * or the output is in 16 bits. @id: of IN_HALF; OUT_HALF follows, the last of the constants. */
static inline void vin_dispatch_halves(VinDispatch *out, const VinKernelArgs *args,
                                       VinShaderId with_halves, guint id)
{
    const gboolean in = args->in[0].order == VIN_ORDER_HALF;
    const gboolean result = args->out.order == VIN_ORDER_HALF;

    if (in || result) {
        out->shader = with_halves;
        out->spec[id] = in;
        out->spec[id + 1] = result;
        out->n_spec = id + 2;
    }
}

/* The orders of those. */
#define VIN_ORDERS_OF_HALVES (VIN_ORDER_PLANAR | VIN_ORDER_HALF)

static inline guint32 vin_place_pixels(const VinPlace *place)
{
    return place->h * place->w;
}

static inline guint32 vin_place_image_values(const VinPlace *place)
{
    return place->c * place->h * place->w;
}

#endif
