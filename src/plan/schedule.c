/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Phases and lifetimes. Lifetimes count phases, not steps, so that no two steps of a
 * phase fight for the same memory. No Vulkan.
 */
#include "plan/schedule.h"

typedef struct {
    VinSpan span;
    guint phase;
} Write;

static gint by_phase(gconstpointer a, gconstpointer b)
{
    const VinScheduled *x = a, *y = b;

    return x->phase < y->phase ? -1 : x->phase > y->phase;
}

/* The phase after the last one that writes what @tensor holds. @writes: by storage, array
 * of Write; a storage has one write a slice. */
static guint phase_after(GPtrArray *writes, const VinSpan *span)
{
    const GArray *of_storage;
    guint phase = 0;

    if (span->storage == G_MAXUINT) {
        return 0;
    }
    of_storage = g_ptr_array_index(writes, span->storage);
    for (guint i = 0; i < of_storage->len; i++) {
        const Write *write = &g_array_index(of_storage, Write, i);

        if (vin_span_overlaps(&write->span, span)) {
            phase = MAX(phase, write->phase + 1);
        }
    }
    return phase;
}

GArray *vin_schedule_new(const VinGraph *graph, const VinStorageMap *map)
{
    GArray *schedule = g_array_new(FALSE, FALSE, sizeof(VinScheduled));
    g_autoptr(GPtrArray) writes = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);

    for (guint i = 0; i < map->storages->len; i++) {
        g_ptr_array_add(writes, g_array_new(FALSE, FALSE, sizeof(Write)));
    }
    for (guint i = 0; i < graph->nodes->len; i++) {
        VinScheduled item = {g_ptr_array_index(graph->nodes, i), 0};
        const VinNode *node = item.node;
        Write write = {map->spans[node->output->id], 0};

        if (node->op == VIN_OP_RESHAPE) {
            continue;
        }
        for (guint j = 0; j < node->n_inputs; j++) {
            if (node->inputs[j] != NULL) {
                item.phase =
                    MAX(item.phase, phase_after(writes, &map->spans[node->inputs[j]->id]));
            }
        }
        write.phase = item.phase;
        g_array_append_val((GArray *)g_ptr_array_index(writes, write.span.storage), write);
        g_array_append_val(schedule, item);
    }
    /* g_array_sort is stable: equal phases keep the graph's order. */
    g_array_sort(schedule, by_phase);
    return schedule;
}

static void live_at(VinStorageMap *map, const VinTensor *tensor, guint phase)
{
    guint id = map->spans[tensor->id].storage;

    if (id != G_MAXUINT) {
        VinStorage *storage = vin_storage_get(map, id);

        storage->first = MIN(storage->first, phase);
        storage->last = MAX(storage->last, phase);
    }
}

void vin_schedule_lifetimes(const GArray *schedule, const VinGraph *graph,
                            VinStorageMap *map)
{
    guint last_phase = 0;

    for (guint i = 0; i < map->storages->len; i++) {
        vin_storage_get(map, i)->first = G_MAXUINT;
        vin_storage_get(map, i)->last = 0;
    }
    for (guint i = 0; i < schedule->len; i++) {
        const VinScheduled *item = &g_array_index(schedule, VinScheduled, i);

        for (guint j = 0; j < item->node->n_inputs; j++) {
            if (item->node->inputs[j] != NULL) {
                live_at(map, item->node->inputs[j], item->phase);
            }
        }
        live_at(map, item->node->output, item->phase);
        last_phase = MAX(last_phase, item->phase);
    }
    for (guint i = 0; i < graph->inputs->len; i++) {
        live_at(map, g_ptr_array_index(graph->inputs, i), 0);
    }
    for (guint i = 0; i < graph->outputs->len; i++) {
        live_at(map, g_ptr_array_index(graph->outputs, i), last_phase);
    }
}
