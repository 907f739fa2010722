/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of lrn.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_LRN_H
#define VIN_ABI_LRN_H

#include "abi/types.h"

#define VIN_LRN_LOCAL 64 /* invocations a work group, along h*w */
#define VIN_LRN_TILE 8   /* channels an invocation */

#define VIN_LRN_SPEC_SIZE 0          /* window in channels */
#define VIN_LRN_SPEC_THREE_QUARTER 1 /* 1: beta is 0.75, two square roots do */
#define VIN_LRN_SPEC_IN_HALF 2  /* 1: the input is fp16 */
#define VIN_LRN_SPEC_OUT_HALF 3 /* 1: the output is fp16 */

struct vin_lrn_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* values */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* values */
    vin_u32 channels, pixels;                       /* C, H * W */
    vin_f32 alpha_over_size, beta, bias;
};

#endif
