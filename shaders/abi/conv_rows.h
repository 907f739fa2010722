/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of conv_rows.comp, shared by C and GLSL.
 *
 * Packed weights, Kb blocks of VIN_BLOCK output channels, zero-filled:
 *   bias[Kb][VIN_BLOCK], then w[Kb][C][R][4 pairs][2][8 lanes][2]
 * where pair j, row m, lane l, column i is the weight of tap 2 j + i of its row for output channel
 * 2 l + m of its block.
 */
#ifndef VIN_ABI_CONV_ROWS_H
#define VIN_ABI_CONV_ROWS_H

#include "abi/blocked.h"

#define VIN_CONV_ROWS_SPEC_PLANAR 0 /* 1: the output is planar */
#define VIN_CONV_ROWS_SPEC_PAIRS 1  /* pairs of taps in a row of the filter, the last maybe half */

#define VIN_CONV_ROWS_TAPS 8    /* at most as many taps in a row of the filter */
#define VIN_CONV_ROWS_PIXELS 14 /* output pixels a work group, of one row */
#define VIN_CONV_ROWS_CELL 128  /* floats of weights for a row of the filter of one channel */

struct vin_conv_rows_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 weights_lo, weights_hi;                 /* of the weight buffer */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; as of conv_broadcast */
    vin_u32 weight_offset;                          /* floats */
    vin_u32 channels, in_h, in_w;                   /* C H W */
    vin_u32 out_channels, out_h, out_w;             /* K and the output map */
    vin_u32 out_blocks;                             /* Kb */
    vin_u32 tiles_w;                                /* work groups a row of the output */
    vin_u32 kernel_h, stride_h, dilation_h;
    vin_u32 pad_top, pad_left;
    vin_u32 relu; /* 0 or 1 */
};

#endif
