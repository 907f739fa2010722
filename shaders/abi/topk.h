/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of topk.comp, shared by C and GLSL.
 *
 * Result, words an image: k pairs (index, score bits), then n_scores score bits.
 */
#ifndef VIN_ABI_TOPK_H
#define VIN_ABI_TOPK_H

#include "abi/types.h"

#define VIN_TOPK_LOCAL 64          /* invocations a work group; a power of two */
#define VIN_TOPK_NO_INDEX 0xffffffffu /* in place of an index when k > c */

struct vin_topk_push {
    vin_u32 in_offset, in_n_stride, in_c_stride; /* floats */
    vin_u32 channels, k;
    vin_u32 n_scores; /* c when every score is wanted, else 0 */
};

#endif
