/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of gemm.comp, shared by C and GLSL.
 *
 * Packed weights, Mp = M rounded up to 4: bias[Mp] times beta, then w[C][Mp] times alpha.
 */
#ifndef VIN_ABI_GEMM_H
#define VIN_ABI_GEMM_H

#include "abi/types.h"

#define VIN_GEMM_LOCAL 32 /* invocations a work group, one output each */

struct vin_gemm_push {
    vin_u32 in_offset, in_n_stride;   /* floats; an image's values are dense */
    vin_u32 out_offset, out_n_stride; /* floats */
    vin_u32 weight_offset;            /* floats */
    vin_u32 n_in, n_out, n_out_padded; /* C, M, Mp */
    vin_u32 relu;                     /* 0 or 1 */
};

#endif
