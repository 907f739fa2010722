/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Uniform block, specialization constants and enums of preprocess.comp, shared by C and
 * GLSL. Scalars only. One axis of the resize is a rational: the picture's position of network
 * pixel i is first + (rem + i * step) / den, exact in 32 bits.
 */
#ifndef VIN_ABI_PREPROCESS_H
#define VIN_ABI_PREPROCESS_H

#include "abi/types.h"

#define VIN_PREPROCESS_LOCAL_X 32 /* network pixels a work group, along x */
#define VIN_PREPROCESS_LOCAL_Y 4  /* and along y */

#define VIN_PREPROCESS_SPEC_LAYOUT 0   /* VIN_LAYOUT_* */
#define VIN_PREPROCESS_SPEC_METHOD 1   /* VIN_METHOD_* */
#define VIN_PREPROCESS_SPEC_CHROMA_X 2 /* chroma samples for two pixels: 1, for each: 0 */
#define VIN_PREPROCESS_SPEC_CHROMA_Y 3 /* the same of rows */
#define VIN_PREPROCESS_SPEC_BITS 4     /* of a sample; over 8: it has two bytes */
#define VIN_PREPROCESS_SPEC_LOW_BITS 5 /* unused ones under them */
#define VIN_PREPROCESS_SPEC_TURN 6     /* VIN_TURN_BIT_* */
#define VIN_PREPROCESS_SPEC_TRANSFER 7 /* VIN_TRANSFER_KIND_* */
#define VIN_N_PREPROCESS_SPEC 8

#define VIN_TURN_BIT_MIRROR_X 1  /* from pixel of the picture to pixel of the frame: first */
#define VIN_TURN_BIT_MIRROR_Y 2  /* TRANSPOSE, which exchanges x and y, then each axis of the */
#define VIN_TURN_BIT_TRANSPOSE 4 /* frame's part runs backwards where its MIRROR is set */

#define VIN_TRANSFER_KIND_SDR 0
#define VIN_TRANSFER_KIND_PQ 1
#define VIN_TRANSFER_KIND_HLG 2

#define VIN_LAYOUT_GRAY 0      /* luma alone, wherever it lies */
#define VIN_LAYOUT_PLANAR 1    /* planes Y, U, V or Y, V, U */
#define VIN_LAYOUT_PAIRED 2    /* luma plane, plane of chroma pairs */
#define VIN_LAYOUT_PACKED422 3 /* YUY2, UYVY */
#define VIN_LAYOUT_RGB24 4
#define VIN_LAYOUT_RGB32 5

#define VIN_METHOD_BILINEAR 0
#define VIN_METHOD_AREA 1
#define VIN_METHOD_NEAREST 2
#define VIN_METHOD_TILES 3

#define VIN_RESIZE_KIND_STRETCH 0
#define VIN_RESIZE_KIND_SHORT_SIDE 1
#define VIN_RESIZE_KIND_TILES 2
#define VIN_RESIZE_KIND_COVER 3
#define VIN_RESIZE_KIND_FIT 4

struct vin_preprocess_uniforms {
    vin_u32 plane0, plane1, plane2;       /* bytes: where the frame's first sample would lie, had
                                           * all of it been uploaded; modulo 2^32 */
    vin_u32 luma_bytes;                   /* from luma to luma */
    vin_u32 stride0, stride1;             /* bytes from row to row; plane 2 is as plane 1 */
    vin_u32 first;                        /* packed: byte of a group's first luma, or of a
                                           * pixel's first colour */
    vin_u32 chroma_x_max, chroma_y_max;   /* last chroma column and row */
    vin_u32 site_x, site_y;               /* eighths of the way from one chroma sample to the
                                           * next: how far the first luma lies before the first
                                           * chroma sample */
    vin_u32 src_x, src_y;                 /* pixels: first of the part to classify */
    vin_u32 src_w, src_h;                 /* pixels of it; the picture is that part, turned */
    vin_i32 x_first, y_first;             /* pixels of the picture; may be negative */
    vin_u32 x_rem, x_step, x_den;
    vin_u32 y_rem, y_step, y_den;
    vin_u32 x_shrinks, y_shrinks;         /* AREA: 1 mean over the interval, 0 bilinear */
    vin_u32 n_tiles, tile_w, tile_h;      /* TILES: a side; network pixels */
    vin_f32 m00, m01, m02;                /* rows R, G, B; columns in the order of the bytes */
    vin_f32 m10, m11, m12;
    vin_f32 m20, m21, m22;
    vin_f32 add0, add1, add2;
    vin_f32 mean0, mean1, mean2;          /* in the network's channel order */
    vin_f32 scale0, scale1, scale2;
    vin_u32 out_offset, out_c_stride;     /* floats */
    vin_u32 out_w, out_h;
    vin_u32 box_x, box_y, box_w, box_h;   /* network pixels that show the picture */
    vin_f32 fill0, fill1, fill2;          /* what the others get, normalised */
    vin_u32 bgr, channels;
    vin_u32 pad0;                         /* to a multiple of 16 bytes */
};

#endif
