/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A kernel for a node.
 */
#ifndef VIN_PLAN_SELECT_H
#define VIN_PLAN_SELECT_H

#include "kernels/kernel.h"

/* The first kernel of the node's op that the device can run and that takes the node. Its
 * reason, with those of the kernels before it, goes to *reason (to g_free()). NULL with
 * VIN_ERROR_UNSUPPORTED when no kernel takes it. */
const VinKernel *vin_select_kernel(const VinNode *node, const VinCaps *caps, char **reason,
                                   GError **error);

#endif
