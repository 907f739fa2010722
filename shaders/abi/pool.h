/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of pool.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_POOL_H
#define VIN_ABI_POOL_H

#include "abi/types.h"

#define VIN_POOL_SPEC_METHOD 0   /* VIN_POOL_MAX ... */
#define VIN_POOL_SPEC_KERNEL_H 1 /* 0: taken from the push constants */
#define VIN_POOL_SPEC_KERNEL_W 2
#define VIN_POOL_SPEC_IN_HALF 3  /* 1: the input is fp16 */
#define VIN_POOL_SPEC_OUT_HALF 4 /* 1: the output is fp16 */

#define VIN_POOL_MAX 0
#define VIN_POOL_AVERAGE 1        /* divides by the cells inside the input */
#define VIN_POOL_AVERAGE_PADDED 2 /* divides by the cells inside the padded input */

struct vin_pool_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* values */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* values */
    vin_u32 channels, in_h, in_w, out_h, out_w;
    vin_u32 kernel_h, kernel_w, stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left, pad_bottom, pad_right;
};

#endif
