/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Life of an entry; what is done with it is in flow.c and finish.c.
 */
#include "entry.h"

VinEntry *vin_entry_new(GstBuffer *buffer)
{
    VinEntry *entry = g_new0(VinEntry, 1);

    entry->buffer = buffer;
    entry->items = g_array_new(FALSE, TRUE, sizeof(VinItem));
    return entry;
}

VinItem *vin_entry_add(VinEntry *entry)
{
    g_array_set_size(entry->items, entry->items->len + 1);
    return vin_entry_item(entry, entry->items->len - 1);
}

VinItem *vin_entry_item(const VinEntry *entry, guint i)
{
    return &g_array_index(entry->items, VinItem, i);
}

void vin_entry_give_up(VinEntry *entry, VinItem *item)
{
    if (item->ticket != 0 && entry->is_read) {
        vin_session_abandon(entry->session, item->ticket, entry->buffer);
    } else if (item->ticket != 0) {
        vin_stream_forget(vin_session_get_stream(entry->session), item->ticket);
    }
    item->ticket = 0;
}

void vin_entry_free(VinEntry *entry)
{
    if (entry == NULL) {
        return;
    }
    for (guint i = 0; i < entry->items->len; i++) {
        vin_entry_give_up(entry, vin_entry_item(entry, i));
    }
    gst_clear_buffer(&entry->buffer);
    g_array_unref(entry->items);
    vin_session_unref(entry->session);
    g_free(entry);
}
