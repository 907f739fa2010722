/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of conv_straight.comp, shared by C and GLSL.
 *
 * The sum over inputs is cut into chunks, one a subgroup: BLOCKS blocks of input channels x TAPS_H
 * rows of the filter x TAPS_W taps; chunk s is row group s % ROW_GROUPS of block group
 * s / ROW_GROUPS. The last block group may overlap the one before; what it has of that one has
 * weights of zero. Packed weights, Ko groups of VIN_STRAIGHT_LANES output channels,
 * zero-filled:
 *   zeros[VIN_CONV_STRAIGHT_ZEROS], then for each of Ko
 *   bias[8], w[chunks][BLOCKS][TAPS_H][TAPS_W][VIN_BLOCK][8]
 */
#ifndef VIN_ABI_CONV_STRAIGHT_H
#define VIN_ABI_CONV_STRAIGHT_H

#include "abi/straight.h"

#define VIN_CONV_STRAIGHT_REACH 4  /* at most so many pixels a window reaches over an edge */
#define VIN_CONV_STRAIGHT_TILE 16  /* at most so many output pixels a work group */
#define VIN_CONV_STRAIGHT_ZEROS 384 /* (2 REACH + TILE) blocks of floats, for what lies outside */

#define VIN_CONV_STRAIGHT_SPEC_LOCAL 0   /* 8 CHUNKS */
#define VIN_CONV_STRAIGHT_SPEC_CHUNKS 1
#define VIN_CONV_STRAIGHT_SPEC_BLOCKS 2
#define VIN_CONV_STRAIGHT_SPEC_TAPS_H 3
#define VIN_CONV_STRAIGHT_SPEC_TAPS_W 4  /* odd; the window is centred */
#define VIN_CONV_STRAIGHT_SPEC_ROW_GROUPS 5
#define VIN_CONV_STRAIGHT_SPEC_PLANAR 6  /* 1: the output is planar */

#define VIN_CONV_STRAIGHT_RELU 0x80000000u /* in channels_relu */

struct vin_conv_straight_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 weights_lo, weights_hi;                 /* of the weight buffer */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; c: from block to block */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; as of conv_broadcast */
    vin_u32 weight_offset;                          /* floats */
    vin_u32 in_blocks;                              /* of input channels */
    vin_u32 h_w;                                    /* h << 16 | w, of input and output alike */
    vin_u32 tiles_w;                                /* work groups a row of tiles */
    vin_u32 tiles_w_magic;                          /* x / tiles_w is x * magic / 65536 */
    vin_u32 channels_relu;                          /* output channels, and a flag */
};

#endif
