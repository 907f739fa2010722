/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of copy.comp, shared by C and GLSL. Scalars only.
 */
#ifndef VIN_ABI_COPY_H
#define VIN_ABI_COPY_H

#include "abi/types.h"

#define VIN_COPY_SPEC_IN_HALF 0  /* 1: the input is fp16 */
#define VIN_COPY_SPEC_OUT_HALF 1 /* 1: the output is fp16 */

struct vin_copy_push {
    vin_u32 in_offset, in_n_stride;   /* values */
    vin_u32 out_offset, out_n_stride; /* values */
    vin_u32 count;                    /* values an image: c * h * w */
};

#endif
