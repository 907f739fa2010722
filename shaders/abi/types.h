/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Scalar names that mean the same in C and in GLSL, and the five bindings of every shader.
 */
#ifndef VIN_ABI_TYPES_H
#define VIN_ABI_TYPES_H

#ifdef VULKAN
#define vin_u32 uint
#define vin_i32 int
#define vin_f32 float
#else
#include <stdint.h>
typedef uint32_t vin_u32;
typedef int32_t vin_i32;
typedef float vin_f32;
#endif

#define VIN_BIND_ARENA 0   /* storage: activations, floats */
#define VIN_BIND_WEIGHTS 1 /* storage: packed weights, floats */
#define VIN_BIND_FRAME 2   /* storage: the frame's bytes, as words */
#define VIN_BIND_UNIFORM 3 /* uniform: per-frame numbers */
#define VIN_BIND_RESULT 4  /* storage: top-k and scores, words */

/* The same memory in other words: */
#define VIN_BIND_ARENA4 0      /* vec4s */
#define VIN_BIND_ARENAHALF 0   /* 16-bit floats */
#define VIN_BIND_ARENAHALF4 0  /* four of them */
#define VIN_BIND_WEIGHTSHALF 1 /* four of them */
#define VIN_BIND_WEIGHTSINT 1  /* four words */

#endif
