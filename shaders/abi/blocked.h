/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The blocked order of an activation and what every shader that works on it shares:
 *
 *   planar    [N][C][H][W]
 *   blocked   [N][ceil(C / 16)][H][W][16], channels beyond C are zero
 *
 * A subgroup of 8 holds the 16 channels of a pixel: lane l those at 2 l and 2 l + 1, one load
 * of 64 bits. A channel slice that starts at a multiple of 16 lies at the same offset in both.
 */
#ifndef VIN_ABI_BLOCKED_H
#define VIN_ABI_BLOCKED_H

#include "abi/types.h"

#define VIN_BLOCK 16
#define VIN_BLOCK_LANES 8 /* VIN_BLOCK / 2 */

#endif
