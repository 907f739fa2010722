/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the kernels on blocked activations have in common (shaders/abi/blocked.h).
 */
#include "abi/blocked.h"
#include "kernels/table.h"

G_STATIC_ASSERT(VIN_ORDER_BLOCK == VIN_BLOCK);

const char vin_too_many_groups[] = "the map takes more work groups than the device";

guint32 vin_blocked_blocks(guint32 channels)
{
    return vin_div_up(channels, VIN_BLOCK);
}

gboolean vin_blocked_accepts(const VinCaps *caps, const char **reason)
{
    if (caps->int8) {
        *reason = "the precision is int8, whose kernels take planar activations";
        return FALSE;
    }
    if (!caps->is_software) {
        *reason = "for software drivers";
        return FALSE;
    }
    if (caps->subgroup_size != VIN_BLOCK_LANES) {
        *reason = "for subgroups of 8";
        return FALSE;
    }
    if (caps->slow_broadcast) {
        *reason = "this driver is slow at subgroup broadcasts";
        return FALSE;
    }
    return TRUE;
}
