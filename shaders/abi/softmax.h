/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Push constants of softmax.comp, shared by C and GLSL.
 */
#ifndef VIN_ABI_SOFTMAX_H
#define VIN_ABI_SOFTMAX_H

#include "abi/types.h"

#define VIN_SOFTMAX_LOCAL 64 /* invocations a work group; a power of two */

struct vin_softmax_push {
    vin_u32 in_offset, in_n_stride, in_c_stride;    /* floats */
    vin_u32 out_offset, out_n_stride, out_c_stride; /* floats */
    vin_u32 channels;
};

#endif
