/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of lrn_blocked.comp, shared by C and GLSL. Specialization: abi/lrn.h.
 */
#ifndef VIN_ABI_LRN_BLOCKED_H
#define VIN_ABI_LRN_BLOCKED_H

#include "abi/blocked.h"
#include "abi/lrn.h"

struct vin_lrn_blocked_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; c: from block to block */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; likewise */
    vin_u32 blocks, pixels;                         /* H * W */
    vin_f32 alpha_over_size, beta, bias;
};

#endif
