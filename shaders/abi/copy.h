/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of copy.comp, shared by C and GLSL. Scalars only.
 */
#ifndef VIN_ABI_COPY_H
#define VIN_ABI_COPY_H

#include "abi/types.h"

struct vin_copy_push {
    vin_u32 in_offset, in_n_stride;   /* floats */
    vin_u32 out_offset, out_n_stride; /* floats */
    vin_u32 count;                    /* floats an image: c * h * w */
};

#endif
