/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of topk.comp, shared by C and GLSL.
 *
 * Result, words an image: k pairs (index, score bits), how many scores are NaN, then n_scores
 * score bits.
 */
#ifndef VIN_ABI_TOPK_H
#define VIN_ABI_TOPK_H

#include "abi/types.h"

#define VIN_TOPK_LOCAL 128            /* invocations a work group; half of the bins */
#define VIN_TOPK_MAX_K VIN_TOPK_LOCAL /* each of the k is one invocation's at the end */
#define VIN_TOPK_MAX_CHANNELS 0x1000000u /* an index has three digits of eight bits */
#define VIN_TOPK_NO_INDEX 0xffffffffu /* in place of an index where nothing is left */

struct vin_topk_push {
    vin_u32 in_offset, in_n_stride, in_c_stride; /* floats */
    vin_u32 channels, k; /* k may be 0 */
    vin_u32 n_scores; /* c when every score is wanted, else 0 */
};

#endif
