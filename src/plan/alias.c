/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Greedy placement by size: the biggest first, each into the smallest gap between those
 * already placed that live at the same time. Knows neither Vulkan nor the graph.
 */
#include "plan/alias.h"

#include "base/bytes.h"

typedef struct {
    guint64 start, end; /* room, guards included */
} Room;

typedef struct {
    VinLifetime *items;
    guint64 alignment, guard; /* guard already a multiple of alignment */
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

static gint by_start(gconstpointer a, gconstpointer b)
{
    const Room *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static guint64 room_of(const Placing *placing, const VinLifetime *item)
{
    return vin_align_up(item->size, placing->alignment) + 2 * placing->guard;
}

/* Rooms of the @n_placed items of @order that live together with @item, by start. */
static GArray *taken_rooms(const Placing *placing, const guint *order, guint n_placed,
                           const VinLifetime *item)
{
    GArray *rooms = g_array_new(FALSE, FALSE, sizeof(Room));

    for (guint i = 0; i < n_placed; i++) {
        const VinLifetime *other = &placing->items[order[i]];

        if (other->first <= item->last && item->first <= other->last) {
            guint64 start = other->offset - placing->guard;
            Room room = {start, start + room_of(placing, other)};

            g_array_append_val(rooms, room);
        }
    }
    g_array_sort(rooms, by_start);
    return rooms;
}

/* Start of the smallest gap that holds @size, or the end of all rooms. */
static guint64 best_fit(const GArray *rooms, guint64 size)
{
    guint64 end = 0, best = G_MAXUINT64, best_gap = G_MAXUINT64;

    for (guint i = 0; i < rooms->len; i++) {
        const Room *room = &g_array_index(rooms, Room, i);

        if (room->start >= end + size && room->start - end < best_gap) {
            best = end;
            best_gap = room->start - end;
        }
        end = MAX(end, room->end);
    }
    return best_gap != G_MAXUINT64 ? best : end;
}

guint64 vin_alias_place(VinLifetime *items, guint n_items, guint64 alignment, guint64 guard)
{
    Placing placing = {items, alignment, vin_align_up(guard, alignment)};
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(guint));
    guint64 total = 0;

    for (guint i = 0; i < n_items; i++) {
        g_array_append_val(order, i);
    }
    g_array_sort_with_data(order, by_size, items);
    for (guint i = 0; i < n_items; i++) {
        VinLifetime *item = &items[g_array_index(order, guint, i)];
        g_autoptr(GArray) rooms = taken_rooms(&placing, (const guint *)order->data, i, item);
        guint64 start = best_fit(rooms, room_of(&placing, item));

        item->offset = start + placing.guard;
        total = MAX(total, start + room_of(&placing, item));
    }
    return total;
}
