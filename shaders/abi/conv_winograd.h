/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants and sizes of conv_winograd.comp, shared by C and GLSL. M is the side of an output
 * tile, 2 or 4; POINTS is (M + 2)^2.
 *
 * Packed weights, Kb blocks of VIN_CONV_WINOGRAD_K output channels, Cp = C rounded up to
 * VIN_CONV_WINOGRAD_DEPTH, zero-filled: bias[Kb][32], then u[Kb][Cp][POINTS][32], where u of one
 * channel pair is G w G^T
 */
#ifndef VIN_ABI_CONV_WINOGRAD_H
#define VIN_ABI_CONV_WINOGRAD_H

#include "abi/types.h"

#define VIN_CONV_WINOGRAD_K 32     /* output channels a work group */
#define VIN_CONV_WINOGRAD_TILES 8  /* output tiles a work group */
#define VIN_CONV_WINOGRAD_DEPTH 4  /* input channels in shared memory at a time */
#define VIN_CONV_WINOGRAD_LANES 4  /* invocations a point of the transformed tile */
#define VIN_CONV_WINOGRAD_STRIDE 9 /* vec4s from point to point there: one is padding */

struct vin_conv_winograd_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats */
    vin_u32 weight_offset;                          /* vec4s */
    vin_u32 images;                                 /* N */
    vin_u32 channels, in_h, in_w;                   /* C H W */
    vin_u32 out_channels, out_h, out_w;             /* K and the output map */
    vin_u32 out_blocks, channels_padded;            /* Kb Cp */
    vin_u32 tiles_h, tiles_w;                       /* of an image */
    vin_u32 pad_top, pad_left;
    vin_u32 relu; /* 0 or 1 */
};

#endif
