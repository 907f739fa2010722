/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Uniform block, specialization constants and enums of preprocess.comp, shared by C and
 * GLSL. Scalars only. One axis of the resize is a rational: the source position of network
 * pixel i is first + (rem + i * step) / den, exact in 32 bits.
 */
#ifndef VIN_ABI_PREPROCESS_H
#define VIN_ABI_PREPROCESS_H

#include "abi/types.h"

#define VIN_PREPROCESS_LOCAL_X 32 /* network pixels a work group, along x */
#define VIN_PREPROCESS_LOCAL_Y 4  /* and along y */

#define VIN_PREPROCESS_SPEC_LAYOUT 0 /* VIN_LAYOUT_* */
#define VIN_PREPROCESS_SPEC_METHOD 1 /* VIN_METHOD_* */

#define VIN_LAYOUT_GRAY 0      /* one luma byte every pixel_bytes */
#define VIN_LAYOUT_PLANAR420 1 /* I420, YV12 */
#define VIN_LAYOUT_SEMI420 2   /* NV12, NV21 */
#define VIN_LAYOUT_PACKED422 3 /* YUY2 */
#define VIN_LAYOUT_RGB24 4
#define VIN_LAYOUT_RGB32 5

#define VIN_METHOD_BILINEAR 0
#define VIN_METHOD_AREA 1
#define VIN_METHOD_NEAREST 2
#define VIN_METHOD_TILES 3

#define VIN_RESIZE_KIND_STRETCH 0
#define VIN_RESIZE_KIND_SHORT_SIDE 1
#define VIN_RESIZE_KIND_TILES 2

struct vin_preprocess_uniforms {
    vin_u32 plane0, plane1, plane2;       /* bytes from the buffer's start */
    vin_u32 pixel_bytes;                  /* GRAY: bytes from luma to luma */
    vin_u32 stride0, stride1;             /* bytes from row to row; plane 2 is as plane 1 */
    vin_u32 chroma_x_max, chroma_y_max;   /* last chroma column and row */
    vin_u32 site_x, site_y;               /* 1: chroma half a pixel right of / below the first
                                           * of its two luma samples; 0: on it */
    vin_u32 src_x, src_y;                 /* pixels: first of the part to classify */
    vin_u32 src_x_max, src_y_max;         /* pixels: last of it */
    vin_i32 x_first, y_first;             /* pixels from src_x, src_y; may be negative */
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
    vin_u32 bgr, channels;
    vin_u32 pad0;                         /* to a multiple of 16 bytes */
};

#endif
