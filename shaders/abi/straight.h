/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What every shader of straight-line code has (lib/straight.glsl).
 */
#ifndef VIN_ABI_STRAIGHT_H
#define VIN_ABI_STRAIGHT_H

#include "abi/blocked.h"

#define VIN_STRAIGHT_LANES 8   /* of a subgroup, neighbouring channels or outputs */
#define VIN_STRAIGHT_DIGITS 16 /* words behind the push constants: word i is i */
#define VIN_STRAIGHT_COUNT1 16 /* what one, two and three digits can count to */
#define VIN_STRAIGHT_COUNT2 256
#define VIN_STRAIGHT_COUNT3 4096

#endif
