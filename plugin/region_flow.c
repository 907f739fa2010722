/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A frame has one item for each of its objects; how many is up to the detector, so the stream's
 * slots may not do. Called by flow.c and finish.c.
 */
#include "region_flow.h"

#include "input.h"
#include "onerror.h"
#include "region_tags.h"

/* The oldest item of @entry that is in flight, or NULL. */
static VinItem *oldest(const VinEntry *entry)
{
    for (guint i = 0; i < entry->items->len; i++) {
        if (vin_entry_item(entry, i)->ticket != 0) {
            return vin_entry_item(entry, i);
        }
    }
    return NULL;
}

/* Waits for a free slot: for frames before this one, else for this one's first regions. */
static gboolean make_room(VulkanInception *self, VinEntry *entry, GError **error)
{
    VinStream *stream = vin_session_get_stream(entry->session);
    VinItem *item;
    VinTicket ticket;

    if (vin_stream_get_n_free(stream) > 0) {
        return TRUE;
    }
    if (vin_ring_drain(&self->ring) != GST_FLOW_OK || vin_stream_get_n_free(stream) > 0) {
        return TRUE;
    }
    item = oldest(entry);
    if (item == NULL) {
        return TRUE;
    }
    ticket = item->ticket;
    vin_stream_flush(stream);
    vin_stream_wait(stream, ticket, G_MAXUINT64);
    item->ticket = 0;
    item->has_result = vin_session_collect(entry->session, ticket, &item->result, error);
    return item->has_result;
}

static gboolean submit_item(VulkanInception *self, VinEntry *entry, VinInput *input, guint i,
                            GError **error)
{
    VinItem *item = vin_entry_item(entry, i);
    g_autoptr(GError) problem = NULL;

    if (!make_room(self, entry, error)) {
        return FALSE;
    }
    if (vin_input_submit(input, vin_session_get_stream(entry->session), &item->region,
                         &item->ticket, &problem)) {
        return TRUE;
    }
    if (problem->code == VIN_ERROR_INVALID) { /* one region; the others may do */
        vin_on_error_frame(self, problem);
        return TRUE;
    }
    g_propagate_error(error, g_steal_pointer(&problem));
    return FALSE;
}

/* Whether the object's result is neither there nor on its way. */
static gboolean wants(VinEntry *entry, const VinItem *item, guint interval)
{
    return !item->region.is_tracked ||
           vin_region_cache_wants(vin_session_get_regions(entry->session),
                                  item->region.tracking_id, interval);
}

/* The object will be tried again in the next frame. */
static void retry(const VinEntry *entry, const VinItem *item)
{
    if (item->region.is_tracked) {
        vin_region_cache_retry(vin_session_get_regions(entry->session),
                               item->region.tracking_id);
    }
}

/* An object that finds no slot is left out where the frame is not to wait. */
static gboolean submit_wanted(VulkanInception *self, VinEntry *entry, VinInput *input,
                              guint interval, GError **error)
{
    VinStream *stream = vin_session_get_stream(entry->session);
    const gboolean may_wait = entry->wait_ns == VIN_PACE_FOR_EVER;
    gboolean ok = TRUE;

    for (guint i = 0; i < entry->items->len; i++) {
        VinItem *item = vin_entry_item(entry, i);

        if (!wants(entry, item, interval)) {
            continue;
        }
        if (ok && (may_wait || vin_stream_get_n_free(stream) > 0)) {
            ok = submit_item(self, entry, input, i, error);
        }
        if (item->ticket == 0 && !item->has_result) {
            retry(entry, item);
        }
    }
    return ok;
}

gboolean vin_region_flow_submit(VulkanInception *self, VinEntry *entry, gboolean is_wanted,
                                GError **error)
{
    g_auto(VinRegionSettings) settings = {0};
    g_autoptr(GArray) regions = NULL;
    VinInput input;
    gboolean ok;

    GST_OBJECT_LOCK(self);
    vin_region_settings_copy(&settings, &self->region_settings);
    GST_OBJECT_UNLOCK(self);
    regions = vin_regions_find(entry->buffer, &self->info, &settings);
    for (guint i = 0; i < regions->len; i++) {
        vin_entry_add(entry)->region = g_array_index(regions, VinRegion, i);
    }
    vin_region_cache_next_frame(vin_session_get_regions(entry->session),
                                settings.reclassify_interval);
    if (!is_wanted || regions->len == 0) {
        return TRUE;
    }
    if (!vin_input_open(&input, &self->video, entry->buffer, self->turn, error)) {
        return FALSE;
    }
    entry->is_read = vin_input_is_read(&input);
    ok = submit_wanted(self, entry, &input, settings.reclassify_interval, error);
    vin_input_close(&input);
    vin_stream_flush(vin_session_get_stream(entry->session)); /* no company is to be waited for */
    return ok;
}

void vin_region_flow_keep(VinSession *session, const VinItem *item, const VinStamp *stamp)
{
    if (item->region.is_tracked) {
        vin_region_cache_put(vin_session_get_regions(session), item->region.tracking_id,
                             &item->result, stamp->running_time);
    }
}

void vin_region_flow_retry(const VinEntry *entry)
{
    for (guint i = 0; i < entry->items->len; i++) {
        if (!vin_entry_item(entry, i)->has_result) {
            retry(entry, vin_entry_item(entry, i));
        }
    }
}

void vin_region_flow_tag(VinEntry *entry, double threshold)
{
    VinRegionCache *cache = vin_session_get_regions(entry->session);
    VinModel *model = vin_session_get_model(entry->session);

    entry->buffer = gst_buffer_make_writable(entry->buffer);
    vin_region_tags_begin(entry->buffer, model);
    for (guint i = 0; i < entry->items->len; i++) {
        VinItem *item = vin_entry_item(entry, i);
        guint64 age = 0;

        if (item->has_result) {
            vin_region_flow_keep(entry->session, item, &entry->stamp);
        } else if (!item->region.is_tracked ||
                   !vin_region_cache_get(cache, item->region.tracking_id,
                                         entry->stamp.running_time, &item->result, &age)) {
            continue;
        }
        vin_region_tag(entry->buffer, &item->region, model,
                       vin_session_get_quarks(entry->session), &item->result, threshold, age);
    }
}
