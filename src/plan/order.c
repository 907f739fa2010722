/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every storage that may be blocked, or all that may be in 16 bits, start so; nodes that have no
 * kernel for what is around them make it planar fp32, until nothing changes. No Vulkan.
 */
#include "plan/order.h"

#include "base/bytes.h"

#define BOTH (VIN_ORDER_PLANAR | VIN_ORDER_BLOCKED)
#define ANY (BOTH | VIN_ORDER_HALF)

static guint64 map_pixels(const VinTensor *tensor)
{
    return (guint64)vin_tensor_h(tensor) * vin_tensor_w(tensor);
}

/* A tensor's orders, as bits. */
static guint tensor_orders(const VinStorageMap *map, const VinTensor *tensor)
{
    const VinSpan *span = &map->spans[tensor->id];
    const VinOrder order = vin_storage_get(map, span->storage)->order;

    if (order != VIN_ORDER_HALF && map_pixels(tensor) == 1 &&
        vin_tensor_c(tensor) % VIN_ORDER_BLOCK == 0 && span->start % VIN_ORDER_BLOCK == 0) {
        return BOTH;
    }
    return order;
}

static guint input_orders(const VinStorageMap *map, const VinNode *node)
{
    guint orders = ANY;

    for (guint i = 0; i < node->n_inputs; i++) {
        if (node->inputs[i] != NULL && map->spans[node->inputs[i]->id].storage != G_MAXUINT) {
            orders &= tensor_orders(map, node->inputs[i]);
        }
    }
    return orders;
}

static VinOrders node_orders(const VinStorageMap *map, const VinNode *node)
{
    return (VinOrders){input_orders(map, node), tensor_orders(map, node->output)};
}

const VinKernel *vin_order_kernel(const VinNode *node, const VinStorageMap *map,
                                  const VinCaps *caps, VinOrders *chosen, char **reason,
                                  GError **error)
{
    const VinOrders orders = node_orders(map, node);

    return vin_select_kernel(node, &orders, caps, chosen, reason, error);
}

static gboolean has_kernel(const VinNode *node, guint in, guint out, const VinCaps *caps)
{
    const VinOrders orders = {in, out};
    g_autofree char *reason = NULL;
    VinOrders chosen;

    return vin_select_kernel(node, &orders, caps, &chosen, &reason, NULL) != NULL;
}

static gboolean make_planar(VinStorageMap *map, const VinTensor *tensor)
{
    const guint storage = map->spans[tensor->id].storage;

    if (storage == G_MAXUINT ||
        vin_storage_get(map, storage)->order == VIN_ORDER_PLANAR) {
        return FALSE;
    }
    vin_storage_get(map, storage)->order = VIN_ORDER_PLANAR;
    return TRUE;
}

static gboolean make_inputs_planar(VinStorageMap *map, const VinNode *node)
{
    gboolean changed = FALSE;

    for (guint i = 0; i < node->n_inputs; i++) {
        changed |= node->inputs[i] != NULL && make_planar(map, node->inputs[i]);
    }
    return changed;
}

/* Makes planar as little as lets a kernel run @node. Whether anything changed. */
static gboolean settle(const VinNode *node, VinStorageMap *map, const VinCaps *caps)
{
    const VinOrders orders = node_orders(map, node);

    if (has_kernel(node, orders.in, orders.out, caps)) {
        return FALSE;
    }
    if (has_kernel(node, orders.in, VIN_ORDER_PLANAR, caps)) {
        return make_planar(map, node->output);
    }
    if (has_kernel(node, VIN_ORDER_PLANAR, orders.out, caps)) {
        return make_inputs_planar(map, node);
    }
    return make_inputs_planar(map, node) | make_planar(map, node->output);
}

/* Blocks must not run over into a neighbour's slice. */
static gboolean fits_blocks(const VinStorageMap *map, const VinTensor *tensor)
{
    const VinSpan *span = &map->spans[tensor->id];
    const VinStorage *storage = vin_storage_get(map, span->storage);
    const guint64 pixels = map_pixels(tensor);

    return tensor->shape.n_dims == 4 && pixels == map_pixels(storage->root) &&
           span->start % (VIN_ORDER_BLOCK * pixels) == 0 &&
           (vin_tensor_c(tensor) % VIN_ORDER_BLOCK == 0 ||
            span->start + span->count == storage->image_floats);
}

static void start_all(VinStorageMap *map, VinOrder order)
{
    for (guint i = 0; i < map->storages->len; i++) {
        vin_storage_get(map, i)->order = order;
    }
}

static void make_misfits_planar(const VinGraph *graph, VinStorageMap *map)
{
    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(graph->tensors, i);

        if (map->spans[i].storage != G_MAXUINT && !fits_blocks(map, tensor)) {
            make_planar(map, tensor);
        }
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->op == VIN_OP_RESHAPE) {
            make_planar(map, node->output);
        }
    }
}

static void make_ends_planar(const VinGraph *graph, VinStorageMap *map)
{
    for (guint i = 0; i < graph->inputs->len; i++) {
        make_planar(map, g_ptr_array_index(graph->inputs, i));
    }
    for (guint i = 0; i < graph->outputs->len; i++) {
        make_planar(map, g_ptr_array_index(graph->outputs, i));
    }
}

/* Whole blocks of channels. */
static void pad_blocked(const VinGraph *graph, VinStorageMap *map)
{
    for (guint i = 0; i < graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(graph->tensors, i);
        VinSpan *span = &map->spans[i];

        if (span->storage != G_MAXUINT &&
            vin_storage_get(map, span->storage)->order == VIN_ORDER_BLOCKED) {
            span->count = vin_align_up(vin_tensor_c(tensor), VIN_ORDER_BLOCK) * map_pixels(tensor);
        }
    }
    for (guint i = 0; i < map->storages->len; i++) {
        VinStorage *storage = vin_storage_get(map, i);

        if (storage->order == VIN_ORDER_BLOCKED) {
            storage->image_floats = map->spans[storage->root->id].count;
        }
    }
}

void vin_order_assign(const VinGraph *graph, VinStorageMap *map, const VinCaps *caps,
                      gboolean blocked_io)
{
    const guint n = graph->nodes->len;
    const char *why = NULL;
    gboolean changed = TRUE, backwards = FALSE;

    if (caps->half) {
        start_all(map, VIN_ORDER_HALF);
    } else if (vin_blocked_accepts(caps, &why)) {
        start_all(map, VIN_ORDER_BLOCKED);
        make_misfits_planar(graph, map);
    }
    if (!blocked_io) {
        make_ends_planar(graph, map);
    }
    while (changed) { /* each round makes a storage planar, so it ends */
        changed = FALSE;
        for (guint i = 0; i < n; i++) {
            const VinNode *node = g_ptr_array_index(graph->nodes, backwards ? n - 1 - i : i);

            if (node->op != VIN_OP_RESHAPE) {
                changed |= settle(node, map, caps);
            }
        }
        backwards = !backwards;
    }
    pad_blocked(graph, map);
}
