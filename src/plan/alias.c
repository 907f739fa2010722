/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Greedy placement by size: the biggest first, each into the smallest gap between those
 * already placed that live at the same time. Knows neither Vulkan nor the graph.
 */
#include "plan/alias.h"

#include "base/bytes.h"

typedef struct {
    VinLifetime *items;
    guint64 alignment, guard; /* guard already a multiple of alignment */
    GArray *placed;           /* guint, of items: by the start of their rooms */
} Placing;

static gint by_size(gconstpointer a, gconstpointer b, gpointer data)
{
    const VinLifetime *items = data;
    guint i = *(const guint *)a, j = *(const guint *)b;

    if (items[i].size != items[j].size) {
        return items[i].size > items[j].size ? -1 : 1;
    }
    return i < j ? -1 : 1;
}

static guint64 room_of(const Placing *placing, const VinLifetime *item)
{
    return vin_align_up(item->size, placing->alignment) + 2 * placing->guard;
}

/* Start of the smallest gap that holds @size between the rooms of those that live together with
 * @item, or the end of all of these. */
static guint64 best_fit(const Placing *placing, const VinLifetime *item, guint64 size)
{
    guint64 end = 0, best = G_MAXUINT64, best_gap = G_MAXUINT64;

    for (guint i = 0; i < placing->placed->len; i++) {
        const VinLifetime *other = &placing->items[g_array_index(placing->placed, guint, i)];
        guint64 start;

        if (other->first > item->last || item->first > other->last) {
            continue;
        }
        start = other->offset - placing->guard;
        if (start >= end + size && start - end < best_gap) {
            best = end;
            best_gap = start - end;
        }
        end = MAX(end, start + room_of(placing, other));
    }
    return best_gap != G_MAXUINT64 ? best : end;
}

/* Puts item @id, whose offset is set, where it belongs among the placed ones. */
static void remember(Placing *placing, guint id)
{
    guint low = 0, high = placing->placed->len;

    while (low < high) {
        const guint middle = low + (high - low) / 2;
        const guint other = g_array_index(placing->placed, guint, middle);

        if (placing->items[other].offset <= placing->items[id].offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    g_array_insert_val(placing->placed, low, id);
}

guint64 vin_alias_place(VinLifetime *items, guint n_items, guint64 alignment, guint64 guard)
{
    g_autoptr(GArray) placed = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
    Placing placing = {items, alignment, vin_align_up(guard, alignment), placed};
    guint64 total = 0;

    for (guint i = 0; i < n_items; i++) {
        g_array_append_val(order, i);
    }
    g_array_sort_with_data(order, by_size, items);
    for (guint i = 0; i < n_items; i++) {
        const guint id = g_array_index(order, guint, i);
        VinLifetime *item = &items[id];
        guint64 start = best_fit(&placing, item, room_of(&placing, item));

        item->offset = start + placing.guard;
        remember(&placing, id);
        total = MAX(total, start + room_of(&placing, item));
    }
    return total;
}
