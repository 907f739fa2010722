/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of conv_broadcast.comp, shared by C and GLSL.
 *
 * Packed weights, Kb and Cb blocks of VIN_BLOCK output and input channels, zero-filled:
 *   bias[Kb][VIN_BLOCK], then w[Kb][R][S][Cb][8 pairs][2][8 lanes][2]
 * where pair j, row m, lane l, column i is the weight from input channel 2 j + i of its block to
 * output channel 2 l + m of its: one load of 64 bits a lane brings two consecutive inputs.
 */
#ifndef VIN_ABI_CONV_BROADCAST_H
#define VIN_ABI_CONV_BROADCAST_H

#include "abi/blocked.h"

#define VIN_CONV_BROADCAST_SPEC_PIXELS 0 /* output pixels a work group */
#define VIN_CONV_BROADCAST_SPEC_PADDED 1 /* 1: windows reach over the edges */
#define VIN_CONV_BROADCAST_SPEC_PLANAR 2 /* 1: the output is planar */

struct vin_conv_broadcast_push {
    vin_u32 arena_lo, arena_hi;                     /* address of the arena */
    vin_u32 weights_lo, weights_hi;                 /* of the weight buffer */
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats; c: from block to block */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; c: from block to block, or from
                                                     * channel to channel of a planar one */
    vin_u32 weight_offset;                          /* floats */
    vin_u32 in_blocks, in_h, in_w;                  /* Cb H W */
    vin_u32 out_channels, out_h, out_w;             /* K and the output map */
    vin_u32 out_blocks;                             /* Kb */
    vin_u32 kernel_h, kernel_w;                     /* R S */
    vin_u32 stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left;
    vin_u32 relu; /* 0 or 1 */
};

#endif
