/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A kernel for a node.
 */
#ifndef VIN_PLAN_SELECT_H
#define VIN_PLAN_SELECT_H

#include "kernels/kernel.h"

/* VinOrder bits of the activations a node reads and of the one it writes. */
typedef struct {
    guint in, out;
} VinOrders;

/* The first kernel of the node's op that the device can run and that takes the node with its
 * activations in one of @orders; in which of them goes to @chosen. Its reason, with those of the
 * kernels before it, goes to *reason (to g_free()). NULL with VIN_ERROR_UNSUPPORTED when no kernel
 * takes it. */
const VinKernel *vin_select_kernel(const VinNode *node, const VinOrders *orders,
                                   const VinCaps *caps, VinOrders *chosen, char **reason,
                                   GError **error);
/* Can @kernel run the node in one of @orders, whether or not another one is likely faster? */
gboolean vin_select_can(const VinKernel *kernel, const VinNode *node, const VinOrders *orders,
                        const VinCaps *caps);
/* All that can, in the order of the table, or of those only that somebody named. How many went to
 * @candidates. */
guint vin_select_candidates(const VinNode *node, const VinOrders *orders, const VinCaps *caps,
                            const VinKernel **candidates, guint max);

#endif
