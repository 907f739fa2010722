/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of pool_straight.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_POOL_STRAIGHT_H
#define VIN_ABI_POOL_STRAIGHT_H

#include "abi/straight.h"

#define VIN_POOL_STRAIGHT_SPEC_KERNEL_H 0
#define VIN_POOL_STRAIGHT_SPEC_KERNEL_W 1
#define VIN_POOL_STRAIGHT_SPEC_STRIDE_H 2
#define VIN_POOL_STRAIGHT_SPEC_STRIDE_W 3
#define VIN_POOL_STRAIGHT_SPEC_TILE_W 4 /* output pixels a work group, TILE_H rows of TILE_W */
#define VIN_POOL_STRAIGHT_SPEC_TILE_H 5

struct vin_pool_straight_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; c: from block to block */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; likewise */
    vin_u32 in_h, in_w, out_h, out_w;
    vin_u32 pad_top, pad_left;
    vin_u32 tiles_w;                                /* work groups a row of tiles */
    vin_u32 tiles_w_magic;                          /* x / tiles_w is x * magic / 65536 */
};

#endif
