/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of pool.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_POOL_H
#define VIN_ABI_POOL_H

#include "abi/types.h"

#define VIN_POOL_LOCAL 64 /* invocations a work group, along c*h*w of one output image */

#define VIN_POOL_MAX 0
#define VIN_POOL_AVERAGE 1        /* divides by the cells inside the input */
#define VIN_POOL_AVERAGE_PADDED 2 /* divides by the cells inside the padded input */

struct vin_pool_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats */
    vin_u32 channels, in_h, in_w, out_h, out_w;
    vin_u32 kernel_h, kernel_w, stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left, pad_bottom, pad_right;
    vin_u32 method; /* VIN_POOL_... */
};

#endif
