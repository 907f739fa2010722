/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A table under a lock, and a condition for those who wait for what another thread makes. Knows
 * nothing of what is in it.
 */
#include "base/weaktable.h"

typedef struct {
    gpointer object; /* NULL: being made */
} Entry;

gboolean vin_weak_ref(gint *ref_count)
{
    gint n = g_atomic_int_get(ref_count);

    while (n > 0) {
        if (g_atomic_int_compare_and_exchange(ref_count, n, n + 1)) {
            return TRUE;
        }
        n = g_atomic_int_get(ref_count);
    }
    return FALSE;
}

static GHashTable *entries_of(VinWeakTable *table)
{
    if (table->entries == NULL) {
        table->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    }
    return table->entries;
}

/* Waits until nobody makes @key any more. What is in use then, or NULL. With the lock. */
static Entry *settled_entry(VinWeakTable *table, const char *key, const VinWeakKind *kind,
                            gpointer data)
{
    gboolean is_told = kind->wait == NULL;
    Entry *entry;

    while ((entry = g_hash_table_lookup(entries_of(table), key)) != NULL &&
           entry->object == NULL) {
        if (is_told) {
            g_cond_wait(&table->changed, &table->lock);
            continue;
        }
        is_told = TRUE;
        g_mutex_unlock(&table->lock); /* the caller's own function */
        kind->wait(data);
        g_mutex_lock(&table->lock);
    }
    return entry;
}

/* Without the lock. */
static gpointer make(VinWeakTable *table, const char *key, const VinWeakKind *kind,
                     gpointer data, GError **error)
{
    const gpointer made = kind->make(data, error);
    Entry *entry;

    g_mutex_lock(&table->lock);
    entry = g_hash_table_lookup(table->entries, key);
    entry->object = made;
    if (made == NULL) {
        g_hash_table_remove(table->entries, key);
    }
    g_cond_broadcast(&table->changed);
    g_mutex_unlock(&table->lock);
    return made;
}

gpointer vin_weak_table_open(VinWeakTable *table, const char *key, const VinWeakKind *kind,
                             gpointer data, GError **error)
{
    g_autoptr(GError) refusal = NULL;
    gpointer object;
    Entry *entry;

    g_mutex_lock(&table->lock);
    entry = settled_entry(table, key, kind, data);
    object = entry != NULL ? entry->object : NULL;
    if (object != NULL && (kind->take(object, data, &refusal) || refusal != NULL)) {
        g_mutex_unlock(&table->lock);
        if (refusal != NULL) {
            g_propagate_error(error, g_steal_pointer(&refusal));
            return NULL;
        }
        return object;
    }
    g_hash_table_replace(table->entries, g_strdup(key), g_new0(Entry, 1));
    g_mutex_unlock(&table->lock);
    return make(table, key, kind, data, error);
}

static gboolean is_entry_of(gpointer key, gpointer entry, gpointer object)
{
    return ((Entry *)entry)->object == object;
}

void vin_weak_table_drop(VinWeakTable *table, gpointer object)
{
    g_mutex_lock(&table->lock);
    if (table->entries != NULL) {
        g_hash_table_foreach_remove(table->entries, is_entry_of, object);
        if (g_hash_table_size(table->entries) == 0) {
            g_clear_pointer(&table->entries, g_hash_table_unref);
        }
    }
    g_mutex_unlock(&table->lock);
}
