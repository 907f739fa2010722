/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of conv_first.comp, shared by C and GLSL.
 *
 * Packed weights, Ko groups of VIN_STRAIGHT_LANES output channels, zero-filled:
 *   zeros[VIN_CONV_FIRST_ZEROS], then for each of Ko
 *   bias[8], w[C][R][S][8]
 */
#ifndef VIN_ABI_CONV_FIRST_H
#define VIN_ABI_CONV_FIRST_H

#include "abi/straight.h"

#define VIN_CONV_FIRST_SPEC_CHANNELS 0
#define VIN_CONV_FIRST_SPEC_TAPS_H 1
#define VIN_CONV_FIRST_SPEC_TAPS_W 2
#define VIN_CONV_FIRST_SPEC_STRIDE_H 3
#define VIN_CONV_FIRST_SPEC_STRIDE_W 4
#define VIN_CONV_FIRST_SPEC_PAD_TOP 5
#define VIN_CONV_FIRST_SPEC_PAD_LEFT 6
#define VIN_CONV_FIRST_SPEC_OVERHANG 7 /* columns right of the input that the last windows see */
#define VIN_CONV_FIRST_SPEC_TILE_W 8   /* output pixels a work group, of one row; divides W */
#define VIN_CONV_FIRST_SPEC_PLANAR 9   /* 1: the output is planar */

#define VIN_CONV_FIRST_TAPS 8   /* at most as many taps in a row of the filter */
#define VIN_CONV_FIRST_TILE 16  /* at most so many output pixels a work group */
#define VIN_CONV_FIRST_ZEROS 48 /* at least 15 * 2 + 8, what a row of a tile needs; whole lines */

struct vin_conv_first_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 weights_lo, weights_hi;                 /* of the weight buffer */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; planar */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; as of conv_broadcast */
    vin_u32 weight_offset;                          /* floats */
    vin_u32 in_h_w;                                 /* h << 16 | w */
    vin_u32 tiles_w;                                /* work groups a row of the output */
    vin_u32 tiles_w_magic;                          /* x / tiles_w is x * magic / 65536 */
    vin_u32 channels;                               /* K */
    vin_u32 relu;                                   /* 0 or 1 */
};

#endif
