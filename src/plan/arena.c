/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lifetimes to offsets, offsets to places, and what to say where a device has too little. Calls no
 * Vulkan function.
 */
#include "plan/arena.h"

#include "base/error.h"
#include "plan/alias.h"

#define ALIGN_FLOATS 16 /* a cache line */
#define MAX_FLOATS G_MAXINT32 /* what shaders that go by addresses can count */

/* Storages that the graph's inputs and outputs are in, or are part of; by storage. */
static gboolean *find_ends(const VinPlan *plan, const VinStorageMap *map)
{
    const GPtrArray *const lists[] = {plan->graph->inputs, plan->graph->outputs};
    gboolean *ends = g_new0(gboolean, map->storages->len);

    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (guint j = 0; j < lists[i]->len; j++) {
            const VinTensor *tensor = g_ptr_array_index(lists[i], j);

            if (map->spans[tensor->id].storage != G_MAXUINT) {
                ends[map->spans[tensor->id].storage] = TRUE;
            }
        }
    }
    return ends;
}

/* From @start, those whose entry in @ends is @wanted; where the last of them ends. */
static guint64 place_some(VinStorageMap *map, const gboolean *ends, gboolean wanted,
                          const VinPlanParams *params, guint64 start)
{
    const guint n = map->storages->len;
    g_autofree VinLifetime *items = g_new0(VinLifetime, n);
    guint64 total;
    guint n_items = 0;

    for (guint i = 0; i < n; i++) {
        const VinStorage *storage = vin_storage_get(map, i);

        if (ends[i] == wanted) {
            items[n_items++] = (VinLifetime){
                .size = vin_storage_floats(storage),
                .first = params->no_alias ? 0 : storage->first,
                .last = params->no_alias ? G_MAXUINT : storage->last,
            };
        }
    }
    total = vin_alias_place(items, n_items, ALIGN_FLOATS, params->guard_floats);
    for (guint i = n; i-- > 0;) {
        if (ends[i] == wanted) {
            vin_storage_get(map, i)->offset = start + items[--n_items].offset;
        }
    }
    return start + total;
}

void vin_arena_place(VinPlan *plan, VinStorageMap *map, const VinPlanParams *params)
{
    g_autofree gboolean *ends =
        plan->is_far ? find_ends(plan, map) : g_new0(gboolean, map->storages->len);

    plan->end_floats = plan->is_far ? place_some(map, ends, TRUE, params, 0) : 0;
    plan->arena_floats =
        MAX(place_some(map, ends, FALSE, params, plan->end_floats), ALIGN_FLOATS);
}

static gboolean check_bytes(const VinPlan *plan, guint64 limit, const char *what, guint64 floats,
                            GError **error)
{
    if (floats > limit / sizeof(float)) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "%s: %" G_GUINT64_FORMAT " bytes at batch size %u; the device "
                        "takes at most %" G_GUINT64_FORMAT " in one buffer",
                        what, floats * sizeof(float),
                        vin_tensor_n(g_ptr_array_index(plan->graph->inputs, 0)), limit);
    }
    return TRUE;
}

/* The first that writes there: the root of slices has no node of its own. */
static const char *writer_name(const VinPlan *plan, const VinStorageMap *map, guint storage)
{
    for (guint i = 0; i < plan->n_steps; i++) {
        if (map->spans[plan->steps[i].node->output->id].storage == storage) {
            return plan->steps[i].name;
        }
    }
    return "-"; /* an input of the network */
}

gboolean vin_arena_check(const VinPlan *plan, const VinCaps *caps, const VinStorageMap *map,
                         GError **error)
{
    const guint64 limit =
        plan->is_far ? MIN(caps->max_allocation_bytes, (guint64)MAX_FLOATS * sizeof(float))
                     : MIN(plan->layout.window_bytes, (guint64)G_MAXUINT32 * sizeof(float));
    g_autofree char *what = NULL;
    guint largest = 0;

    for (guint i = 0; i < map->storages->len; i++) {
        const VinStorage *storage = vin_storage_get(map, i);

        if (vin_storage_floats(storage) > vin_storage_floats(vin_storage_get(map, largest))) {
            largest = i;
        }
    }
    what = g_strdup_printf("node '%s', tensor '%s'", writer_name(plan, map, largest),
                           vin_storage_get(map, largest)->root->name);
    if (!check_bytes(plan, limit, what, vin_storage_floats(vin_storage_get(map, largest)), error)) {
        return FALSE;
    }
    g_free(what);
    what = g_strdup_printf("all activations that live at once, the largest of node '%s'",
                           writer_name(plan, map, largest));
    return check_bytes(plan, limit, what, plan->arena_floats, error) &&
           check_bytes(plan, plan->layout.window_bytes, "input and outputs of the network",
                       plan->end_floats, error);
}

static VinPlace place_of(const VinTensor *tensor, const VinStorage *storage, const VinSpan *span)
{
    const guint scale = storage->order == VIN_ORDER_HALF ? 2 : 1;
    VinPlace place = {
        .offset = (guint32)(storage->offset * scale + span->start),
        .n_stride = (guint32)storage->image_floats,
        .n = vin_tensor_n(tensor),
        .c = vin_tensor_c(tensor),
        .h = vin_tensor_h(tensor),
        .w = vin_tensor_w(tensor),
        .order = storage->order,
    };

    place.c_stride = place.h * place.w;
    if (place.order == VIN_ORDER_BLOCKED) {
        place.c_stride *= VIN_ORDER_BLOCK;
    }
    return place;
}

void vin_arena_fill_places(VinPlan *plan, const VinStorageMap *map)
{
    plan->places = g_new0(VinPlace, plan->graph->tensors->len);
    for (guint i = 0; i < plan->graph->tensors->len; i++) {
        const VinSpan *span = &map->spans[i];

        plan->places[i].offset = G_MAXUINT32;
        if (span->storage != G_MAXUINT) {
            plan->places[i] = place_of(g_ptr_array_index(plan->graph->tensors, i),
                                       vin_storage_get(map, span->storage), span);
        }
    }
}
