/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results by tracking id, those seen longest ago first to go. Called by the element in roi-list
 * mode with a reclassify-interval.
 */
#include "region_cache.h"

/* No frame is in flight for longer: what it waits for must not be forgotten. */
#define MIN_FRAMES_KEPT 256

typedef struct {
    guint64 tracking_id;
    guint64 seen;       /* frame that showed it last */
    guint64 classified; /* frame that it was last to be classified in */
    gboolean is_due;    /* that failed */
    GList link;         /* in the cache's order */
    gboolean has_result;
    GstClockTime time;  /* of the result's frame */
    VinResult result;
} Entry;

struct _VinRegionCache {
    GMutex mutex;
    GHashTable *entries; /* by tracking_id, owns them */
    GQueue order;        /* links of the entries, the one seen last at the end */
    guint64 frame;       /* counted by vin_region_cache_next_frame() */
};

VinRegionCache *vin_region_cache_new(void)
{
    VinRegionCache *cache = g_new0(VinRegionCache, 1);

    g_mutex_init(&cache->mutex);
    g_queue_init(&cache->order);
    cache->entries = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return cache;
}

void vin_region_cache_free(VinRegionCache *cache)
{
    if (cache == NULL) {
        return;
    }
    g_hash_table_unref(cache->entries);
    g_mutex_clear(&cache->mutex);
    g_free(cache);
}

/* Everything below is called with the mutex held, except the public functions. */
static void drop(VinRegionCache *cache, Entry *entry)
{
    g_queue_unlink(&cache->order, &entry->link);
    g_hash_table_remove(cache->entries, &entry->tracking_id);
}

static Entry *look_up(VinRegionCache *cache, guint64 tracking_id)
{
    return g_hash_table_lookup(cache->entries, &tracking_id);
}

static Entry *add(VinRegionCache *cache, guint64 tracking_id)
{
    Entry *entry = g_new0(Entry, 1);

    if (cache->order.length == VIN_REGION_CACHE_SIZE) {
        drop(cache, cache->order.head->data);
    }
    entry->tracking_id = tracking_id;
    entry->classified = cache->frame;
    entry->link.data = entry;
    g_hash_table_insert(cache->entries, &entry->tracking_id, entry);
    g_queue_push_tail_link(&cache->order, &entry->link);
    return entry;
}

void vin_region_cache_clear(VinRegionCache *cache)
{
    g_mutex_lock(&cache->mutex);
    g_queue_init(&cache->order);
    g_hash_table_remove_all(cache->entries);
    g_mutex_unlock(&cache->mutex);
}

void vin_region_cache_next_frame(VinRegionCache *cache, guint interval)
{
    const guint64 kept = MAX(interval, MIN_FRAMES_KEPT);

    g_mutex_lock(&cache->mutex);
    cache->frame++;
    while (cache->order.head != NULL) {
        Entry *oldest = cache->order.head->data;

        if (cache->frame - oldest->seen <= kept) {
            break;
        }
        drop(cache, oldest);
    }
    g_mutex_unlock(&cache->mutex);
}

gboolean vin_region_cache_wants(VinRegionCache *cache, guint64 tracking_id, guint interval)
{
    gboolean is_wanted = TRUE;
    Entry *entry;

    g_mutex_lock(&cache->mutex);
    entry = look_up(cache, tracking_id);
    if (entry == NULL) {
        entry = add(cache, tracking_id);
    } else {
        is_wanted = entry->is_due || cache->frame - entry->classified >= interval;
        g_queue_unlink(&cache->order, &entry->link);
        g_queue_push_tail_link(&cache->order, &entry->link);
    }
    if (is_wanted) {
        entry->classified = cache->frame;
        entry->is_due = FALSE;
    }
    entry->seen = cache->frame;
    g_mutex_unlock(&cache->mutex);
    return is_wanted;
}

void vin_region_cache_put(VinRegionCache *cache, guint64 tracking_id, const VinResult *result,
                          GstClockTime time)
{
    Entry *entry;

    g_mutex_lock(&cache->mutex);
    entry = look_up(cache, tracking_id);
    if (entry != NULL) { /* else it was forgotten meanwhile */
        entry->result = *result;
        entry->result.scores = NULL; /* the stream's */
        entry->time = time;
        entry->has_result = TRUE;
    }
    g_mutex_unlock(&cache->mutex);
}

gboolean vin_region_cache_get(VinRegionCache *cache, guint64 tracking_id, GstClockTime time,
                              VinResult *result, guint64 *age)
{
    gboolean has_result;
    const Entry *entry;

    g_mutex_lock(&cache->mutex);
    entry = look_up(cache, tracking_id);
    has_result = entry != NULL && entry->has_result;
    if (has_result) {
        *result = entry->result;
        *age = GST_CLOCK_TIME_IS_VALID(time) && GST_CLOCK_TIME_IS_VALID(entry->time) &&
                       time > entry->time
                   ? time - entry->time
                   : 0;
    }
    g_mutex_unlock(&cache->mutex);
    return has_result;
}

void vin_region_cache_retry(VinRegionCache *cache, guint64 tracking_id)
{
    Entry *entry;

    g_mutex_lock(&cache->mutex);
    entry = look_up(cache, tracking_id);
    if (entry != NULL) {
        entry->is_due = TRUE;
    }
    g_mutex_unlock(&cache->mutex);
}

guint vin_region_cache_get_n(VinRegionCache *cache)
{
    guint n;

    g_mutex_lock(&cache->mutex);
    n = cache->order.length;
    g_mutex_unlock(&cache->mutex);
    return n;
}
