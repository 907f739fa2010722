/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of pool_blocked.comp, shared by C and GLSL. Specialization: abi/pool.h.
 */
#ifndef VIN_ABI_POOL_BLOCKED_H
#define VIN_ABI_POOL_BLOCKED_H

#include "abi/blocked.h"
#include "abi/pool.h"

struct vin_pool_blocked_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; c: from block to block */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; likewise */
    vin_u32 blocks, in_h, in_w, out_h, out_w;
    vin_u32 kernel_h, kernel_w, stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left, pad_bottom, pad_right;
};

#endif
