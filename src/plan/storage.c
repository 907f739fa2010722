/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Roots, channel slices and reshapes to storages and spans. No Vulkan.
 */
#include "plan/storage.h"

static guint64 image_values(const VinTensor *tensor)
{
    return vin_shape_n_values(&tensor->shape) / vin_tensor_n(tensor);
}

static void add_root(VinStorageMap *map, const VinTensor *root)
{
    const VinStorage storage = {
        .root = root,
        .image_floats = image_values(root),
        .n = vin_tensor_n(root),
        .order = VIN_ORDER_PLANAR,
    };

    map->spans[root->id] = (VinSpan){map->storages->len, 0, storage.image_floats};
    g_array_append_val(map->storages, storage);
}

/* Gives @tensor and those it is a view of their spans, each tensor once: chains may be long. */
static void add_tensor(VinStorageMap *map, const VinTensor *tensor)
{
    g_autoptr(GPtrArray) chain = NULL;

    if (tensor->data != NULL) {
        return;
    }
    while (map->spans[tensor->id].storage == G_MAXUINT && tensor->base != NULL) {
        if (chain == NULL) {
            chain = g_ptr_array_new();
        }
        g_ptr_array_add(chain, (gpointer)tensor);
        tensor = tensor->base;
    }
    if (map->spans[tensor->id].storage == G_MAXUINT) {
        add_root(map, tensor);
    }
    for (guint i = chain != NULL ? chain->len : 0; i > 0; i--) {
        const VinTensor *view = g_ptr_array_index(chain, i - 1);
        const VinSpan *base = &map->spans[view->base->id];

        map->spans[view->id] = (VinSpan){
            .storage = base->storage,
            .start = base->start +
                     (guint64)view->channel_offset * vin_tensor_h(view) * vin_tensor_w(view),
            .count = image_values(view),
        };
    }
}

VinStorageMap *vin_storage_map_new(const VinGraph *graph)
{
    VinStorageMap *map = g_new0(VinStorageMap, 1);

    map->spans = g_new(VinSpan, graph->tensors->len);
    map->storages = g_array_new(FALSE, TRUE, sizeof(VinStorage));
    for (guint i = 0; i < graph->tensors->len; i++) {
        map->spans[i] = (VinSpan){G_MAXUINT, 0, 0};
    }
    for (guint i = 0; i < graph->inputs->len; i++) {
        add_tensor(map, g_ptr_array_index(graph->inputs, i));
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        for (guint j = 0; j < node->n_inputs; j++) {
            if (node->inputs[j] != NULL) {
                add_tensor(map, node->inputs[j]);
            }
        }
        /* Images are dense in every storage, so a reshape changes nothing in memory. */
        if (node->op == VIN_OP_RESHAPE) {
            map->spans[node->output->id] = map->spans[node->inputs[0]->id];
        } else {
            add_tensor(map, node->output);
        }
    }
    return map;
}

void vin_storage_map_free(VinStorageMap *map)
{
    if (map != NULL) {
        g_free(map->spans);
        g_array_unref(map->storages);
        g_free(map);
    }
}

VinStorage *vin_storage_get(const VinStorageMap *map, guint storage)
{
    return &g_array_index(map->storages, VinStorage, storage);
}

guint64 vin_storage_floats(const VinStorage *storage)
{
    const guint64 values = storage->image_floats * storage->n;

    return storage->order == VIN_ORDER_HALF ? (values + 1) / 2 : values;
}

gboolean vin_span_overlaps(const VinSpan *a, const VinSpan *b)
{
    return a->storage == b->storage && a->storage != G_MAXUINT &&
           a->start < b->start + b->count && b->start < a->start + a->count;
}

gboolean vin_storage_map_overlaps(const VinStorageMap *map, const VinTensor *a,
                                  const VinTensor *b)
{
    const VinSpan *x = &map->spans[a->id], *y = &map->spans[b->id];
    const VinStorage *s, *t;

    if (x->storage == G_MAXUINT || y->storage == G_MAXUINT) {
        return FALSE;
    }
    if (x->storage == y->storage) {
        return vin_span_overlaps(x, y);
    }
    s = vin_storage_get(map, x->storage);
    t = vin_storage_get(map, y->storage);
    return s->offset < t->offset + vin_storage_floats(t) &&
           t->offset < s->offset + vin_storage_floats(s);
}
