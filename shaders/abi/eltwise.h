/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of eltwise.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_ELTWISE_H
#define VIN_ABI_ELTWISE_H

#include "abi/types.h"

#define VIN_ELTWISE_NONE 0 /* out = x */
#define VIN_ELTWISE_ADD 1
#define VIN_ELTWISE_MUL 2
#define VIN_ELTWISE_SIGMOID 3 /* of x */

#define VIN_ELTWISE_RHS_ARENA 0    /* y is an activation of x's shape */
#define VIN_ELTWISE_RHS_CHANNEL 1  /* y is one packed constant a channel */

#define VIN_ELTWISE_SPEC_IN_HALF 0  /* 1: the input is fp16 */
#define VIN_ELTWISE_SPEC_OUT_HALF 1 /* 1: the output is fp16 */

struct vin_eltwise_push {
    vin_u32 in_offset, in_n_stride;   /* values; an image's values are dense */
    vin_u32 rhs_offset, rhs_n_stride; /* floats, of the arena or of the weights */
    vin_u32 out_offset, out_n_stride; /* values */
    vin_u32 count, pixels;            /* c*h*w and h*w */
    vin_u32 method, rhs;              /* VIN_ELTWISE_... */
    vin_u32 relu;                     /* 0 or 1 */
};

#endif
