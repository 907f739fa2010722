/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and specialization of conv_direct.comp, shared by C and GLSL.
 *
 * Packed weights, Kp = K rounded up to 2 * VIN_CONV_BLOCK, zero-filled:
 *   bias[Kp], then w[Kp / VIN_CONV_BLOCK][R][S][C][VIN_CONV_BLOCK]
 */
#ifndef VIN_ABI_CONV_H
#define VIN_ABI_CONV_H

#include "abi/blocked.h"

#define VIN_CONV_BLOCK VIN_BLOCK /* output channels that lie side by side in the packed weights */

#define VIN_CONV_SPEC_LOCAL 0  /* invocations a work group */
#define VIN_CONV_SPEC_PIXELS 1 /* output pixels an invocation */
#define VIN_CONV_SPEC_BLOCKS 2 /* blocks of output channels an invocation: 1 or 2 */
#define VIN_CONV_SPEC_BLOCKED 3 /* 1: the output is blocked (abi/blocked.h) */

struct vin_conv_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats; c of a blocked output: from
                                                     * block to block */
    vin_u32 weight_offset;                          /* vec4s */
    vin_u32 channels, in_h, in_w;                   /* C H W */
    vin_u32 out_channels, out_h, out_w;             /* K and the output map */
    vin_u32 blocks_padded;                          /* Kp / VIN_CONV_BLOCK */
    vin_u32 kernel_h, kernel_w;                     /* R S */
    vin_u32 stride_h, stride_w;
    vin_u32 dilation_h, dilation_w;
    vin_u32 pad_top, pad_left;
    vin_u32 relu; /* 0 or 1 */
};

#endif
