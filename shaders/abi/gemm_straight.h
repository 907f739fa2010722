/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of gemm_straight.comp, shared by C and GLSL.
 *
 * The sum over inputs is cut into chunks of INPUTS, one a subgroup. The last may overlap the one
 * before; what it has of that one has weights of zero. Packed weights, Mo groups of
 * VIN_STRAIGHT_LANES outputs, zero-filled, for each of Mo
 *   bias[8] times beta, w[chunks][INPUTS][8] times alpha
 */
#ifndef VIN_ABI_GEMM_STRAIGHT_H
#define VIN_ABI_GEMM_STRAIGHT_H

#include "abi/straight.h"

#define VIN_GEMM_STRAIGHT_SPEC_LOCAL 0  /* 8 CHUNKS */
#define VIN_GEMM_STRAIGHT_SPEC_CHUNKS 1
#define VIN_GEMM_STRAIGHT_SPEC_INPUTS 2 /* a multiple of 4 */
#define VIN_GEMM_STRAIGHT_SPEC_IMAGES 3 /* that a work group makes */

struct vin_gemm_straight_push {
    vin_u32 arena_lo, arena_hi;       /* address of the arena */
    vin_u32 weights_lo, weights_hi;   /* of the weight buffer */
    vin_u32 in_offset, in_n_stride;   /* floats; an image's values are dense */
    vin_u32 out_offset, out_n_stride; /* floats */
    vin_u32 weight_offset;            /* floats */
    vin_u32 n_in, n_out;
    vin_u32 relu;                     /* 0 or 1 */
};

#endif
