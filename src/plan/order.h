/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order of values (VinOrder) of every storage, chosen so that each node has a kernel that
 * reads what it is given and writes what is asked for: nothing is ever converted.
 */
#ifndef VIN_PLAN_ORDER_H
#define VIN_PLAN_ORDER_H

#include "plan/select.h"
#include "plan/storage.h"

/* Sets VinStorage.order, and sizes and spans of blocked storages, whose channels come in whole
 * blocks. A storage is blocked, or with VinCaps.half in 16 bits, when every kernel around it can
 * have it so. The graph's inputs and outputs stay planar fp32, unless @blocked_io (tests). */
void vin_order_assign(const VinGraph *graph, VinStorageMap *map, const VinCaps *caps,
                      gboolean blocked_io);
/* The kernel of a node, and the orders it reads and writes. A map of one pixel with whole
 * blocks of channels is the same in both orders: then the better kernel decides. NULL with
 * VIN_ERROR_UNSUPPORTED. */
const VinKernel *vin_order_kernel(const VinNode *node, const VinStorageMap *map,
                                  const VinCaps *caps, VinOrders *chosen, char **reason,
                                  GError **error);

#endif
