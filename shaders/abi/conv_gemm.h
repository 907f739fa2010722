/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of conv_gemm.comp, conv_coopmat.comp and conv_dot8.comp, shared
 * by C and GLSL.
 *
 * Packed weights, Kp = K rounded up to 4, zero-filled:
 *   bias[Kp] in fp32, then w[R][S][C][Kp] in fp32 or, for conv_gemm_f16 and conv_coopmat, in fp16
 *
 * For conv_dot8, Cq = C / 4 rounded up:
 *   scale[Kp] in fp32: what one step of a sum is worth
 *   bias[Kp] in fp32
 *   start[Kp], 32-bit integers: what the sum begins with, - in_zero * the sum of the weights
 *   w[R][S][Cq][Kp], words: the weights of four channels, the first in the lowest byte
 */
#ifndef VIN_ABI_CONV_GEMM_H
#define VIN_ABI_CONV_GEMM_H

#include "abi/types.h"

#define VIN_CONV_GEMM_DEPTH 16 /* rows of the product that lie in shared memory at a time; of
                                * conv_dot8, rows of four channels */

#define VIN_CONV_GEMM_SPEC_LOCAL 0      /* invocations: TILE_K / OWN_K * TILE_PIXELS / OWN_PIXELS */
#define VIN_CONV_GEMM_SPEC_TILE_K 1     /* output channels a work group */
#define VIN_CONV_GEMM_SPEC_TILE_PIXELS 2 /* output pixels a work group */
#define VIN_CONV_GEMM_SPEC_OWN_K 3      /* of an invocation; multiples of 4 */
#define VIN_CONV_GEMM_SPEC_OWN_PIXELS 4
#define VIN_CONV_GEMM_SPEC_KERNEL_H 5   /* R */
#define VIN_CONV_GEMM_SPEC_KERNEL_W 6   /* S */
#define VIN_CONV_GEMM_SPEC_IN_QUADS 7   /* 1: four pixels side by side are one load */
#define VIN_CONV_GEMM_SPEC_OUT_QUADS 8  /* 1: and one store */
#define VIN_CONV_GEMM_SPEC_IN_HALF 9    /* 1: the input is fp16 */
#define VIN_CONV_GEMM_SPEC_OUT_HALF 10  /* 1: the output is fp16 */

/* Of conv_coopmat, where OWN_K and OWN_PIXELS are a subgroup's: */
#define VIN_CONV_GEMM_SPEC_MATRIX_M 11 /* output channels of a matrix; divides OWN_K */
#define VIN_CONV_GEMM_SPEC_MATRIX_N 12 /* pixels; divides OWN_PIXELS */
#define VIN_CONV_GEMM_SPEC_MATRIX_K 13 /* rows of a product */
#define VIN_CONV_GEMM_SPEC_DEPTH 14    /* rows in shared memory at a time; MATRIX_K divides it */

struct vin_conv_gemm_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* values */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* values */
    vin_u32 weight_offset;                          /* vec4s */
    vin_u32 images;                                 /* N */
    vin_u32 channels, in_h, in_w;                   /* C H W */
    vin_u32 out_channels, out_h, out_w;             /* K and the output map */
    vin_u32 out_quads;                              /* Kp / 4 */
    vin_u32 stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left;
    vin_u32 relu; /* 0 or 1 */
    /* Of conv_dot8: */
    vin_u32 channel_quads; /* Cq */
    vin_f32 in_inverse;    /* steps of the input in 1.0 */
    vin_i32 in_zero;       /* what stands for 0.0 */
};

#endif
