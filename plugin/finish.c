/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the source pad's task does with an entry: waits for its result as long as it may, lays
 * tags on the buffer and pushes it.
 */
#include "flow.h"

#include "onerror.h"
#include "post.h"
#include "region_flow.h"
#include "report.h"
#include "tagmeta.h"

/* GPU time of one frame or region of a batch. */
static guint64 share(const VinResult *result)
{
    return result->gpu_ns / MAX(result->n_batch, 1);
}

/* Under the object lock. */
static void count(VulkanInception *self, const VinResult *result, guint64 ns)
{
    const gint64 now = g_get_monotonic_time();

    vin_stats_add(&self->stats, share(result), now - (gint64)(ns / 1000), now);
    vin_pace_result(&self->pace, ns);
}

static void on_late_result(VinSession *session, const VinItem *item, const VinStamp *stamp,
                           guint64 ns, gpointer user_data)
{
    VulkanInception *self = user_data;

    GST_OBJECT_LOCK(self);
    count(self, &item->result, ns);
    GST_OBJECT_UNLOCK(self);
    if (item->region.width == 0) {
        vin_latest_set(&self->latest, session, &item->result, stamp);
    } else {
        vin_region_flow_keep(session, item, stamp);
    }
}

gboolean vin_flow_look(VulkanInception *self, GstFlowReturn *flow)
{
    g_autoptr(GError) error = NULL;
    gboolean ok;

    vin_report_warnings(GST_ELEMENT(self));
    ok = vin_latest_look(&self->latest, on_late_result, self, &error);
    vin_report_warnings(NULL);
    *flow = ok ? GST_FLOW_OK : vin_on_error_frame(self, error);
    return *flow == GST_FLOW_OK;
}

/* ns that may still be waited for the entry's result. */
static guint64 time_left(const VinEntry *entry)
{
    const gint64 gone_us = g_get_monotonic_time() - entry->stamp.arrival_us;
    const guint64 gone_ns = (guint64)MAX(gone_us, 0) * 1000;

    if (entry->wait_ns == VIN_PACE_FOR_EVER) {
        return VIN_PACE_FOR_EVER;
    }
    return entry->wait_ns > gone_ns ? entry->wait_ns - gone_ns : 0;
}

/* Waits for every item in turn; FALSE when time is up. *@was_there: no waiting was needed. */
static gboolean wait(const VinEntry *entry, gboolean *was_there)
{
    VinStream *stream = vin_session_get_stream(entry->session);

    *was_there = TRUE;
    for (guint i = 0; i < entry->items->len; i++) {
        const VinTicket ticket = vin_entry_item(entry, i)->ticket;

        if (ticket == 0 || vin_stream_wait(stream, ticket, 0)) {
            continue;
        }
        *was_there = FALSE;
        if (!vin_stream_wait(stream, ticket, time_left(entry))) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean collect(const VinEntry *entry, GError **error)
{
    gboolean ok = TRUE;

    for (guint i = 0; ok && i < entry->items->len; i++) {
        VinItem *item = vin_entry_item(entry, i);
        const VinTicket ticket = item->ticket;

        if (ticket != 0) {
            item->ticket = 0;
            ok = vin_session_collect(entry->session, ticket, &item->result, error);
            item->has_result = ok;
        }
    }
    return ok;
}

/* Tells the pipeline when frames take longer, or less long, than we said. */
static void follow_latency(VulkanInception *self, guint64 ns)
{
    gboolean tell;

    GST_OBJECT_LOCK(self);
    tell = vin_latency_add(&self->latency, ns) && self->is_live;
    GST_OBJECT_UNLOCK(self);
    if (tell) {
        gst_element_post_message(GST_ELEMENT(self), gst_message_new_latency(GST_OBJECT(self)));
    }
}

/* How long the entry took; a result that lay ready while downstream held the frame before says
 * nothing of it. */
static void time_entry(VulkanInception *self, const VinEntry *entry, gboolean was_there)
{
    const gint64 us = g_get_monotonic_time() - entry->stamp.arrival_us;
    const gboolean is_known = !was_there || self->pushed_us <= entry->stamp.arrival_us;

    if (is_known) {
        follow_latency(self, (guint64)us * 1000);
    }
    GST_OBJECT_LOCK(self);
    for (guint i = 0; i < entry->items->len; i++) {
        const VinItem *item = vin_entry_item(entry, i);

        if (item->has_result && is_known) {
            count(self, &item->result, (guint64)us * 1000);
        } else if (item->has_result) {
            vin_stats_add(&self->stats, share(&item->result), entry->stamp.arrival_us,
                          g_get_monotonic_time());
        }
    }
    GST_OBJECT_UNLOCK(self);
}

static void tag(VulkanInception *self, VinEntry *entry, VinSession *session,
                const VinResult *result, guint64 age)
{
    const double threshold = vin_inception_get_threshold(self);
    g_auto(GValue) tags = G_VALUE_INIT;

    entry->buffer = gst_buffer_make_writable(entry->buffer);
    vin_tag_array_init(&tags, vin_session_get_model(session), result, threshold);
    vin_tag_analytics_set(entry->buffer, vin_session_get_quarks(session), result, threshold);
    vin_tag_meta_set(entry->buffer, vin_model_get_name(vin_session_get_model(session)), &tags,
                     age);
    vin_post_tags(self, entry);
}

static void untag(VinEntry *entry)
{
    if (vin_tag_meta_is_there(entry->buffer)) {
        entry->buffer = gst_buffer_make_writable(entry->buffer);
        vin_tag_meta_remove(entry->buffer);
    }
}

static void tag_with_latest(VulkanInception *self, VinEntry *entry)
{
    VinResult result;
    guint64 age = 0;
    g_autoptr(VinSession) session =
        vin_latest_get(&self->latest, &entry->stamp, &result, &age);

    if (session != NULL) {
        tag(self, entry, session, &result, age);
    } else {
        untag(entry);
    }
}

static GstFlowReturn finish_latest(VulkanInception *self, VinEntry *entry)
{
    GstFlowReturn flow;

    if (!vin_flow_look(self, &flow)) {
        return flow;
    }
    tag_with_latest(self, entry);
    time_entry(self, entry, TRUE);
    vin_post_if_slow(self, entry->stamp.arrival_us);
    return GST_FLOW_OK;
}

/* Its time is up: what is not there will be looked for later. */
static void let_go(VulkanInception *self, VinEntry *entry)
{
    VinStream *stream = vin_session_get_stream(entry->session);

    for (guint i = 0; i < entry->items->len; i++) {
        VinItem *item = vin_entry_item(entry, i);

        if (item->ticket != 0 && !vin_stream_wait(stream, item->ticket, 0)) {
            vin_latest_expect(&self->latest, entry, item);
            item->ticket = 0;
        }
    }
    GST_OBJECT_LOCK(self);
    vin_pace_passed(&self->pace);
    GST_OBJECT_UNLOCK(self);
}

static GstFlowReturn finish_own(VulkanInception *self, VinEntry *entry)
{
    const VinResult *result = &vin_entry_item(entry, 0)->result;
    g_autoptr(GError) error = NULL;
    gboolean was_there;
    GstFlowReturn flow = GST_FLOW_OK;

    if (!wait(entry, &was_there)) {
        let_go(self, entry);
        return finish_latest(self, entry);
    }
    vin_report_warnings(GST_ELEMENT(self));
    if (!collect(entry, &error)) {
        flow = vin_on_error_frame(self, error);
        untag(entry);
    } else {
        time_entry(self, entry, was_there);
        vin_latest_set(&self->latest, entry->session, result, &entry->stamp);
        tag(self, entry, entry->session, result, 0);
    }
    vin_report_warnings(NULL);
    return flow;
}

static GstFlowReturn finish_regions(VulkanInception *self, VinEntry *entry)
{
    g_autoptr(GError) error = NULL;
    gboolean was_there;
    GstFlowReturn flow = GST_FLOW_OK;

    if (!wait(entry, &was_there)) {
        let_go(self, entry);
    }
    if (!vin_flow_look(self, &flow)) {
        untag(entry);
        return flow;
    }
    vin_report_warnings(GST_ELEMENT(self));
    if (!collect(entry, &error)) {
        flow = vin_on_error_frame(self, error);
        vin_region_flow_retry(entry);
        untag(entry);
    } else {
        time_entry(self, entry, was_there);
        vin_region_flow_tag(entry, vin_inception_get_threshold(self));
        vin_post_tags(self, entry);
        vin_post_if_slow(self, entry->stamp.arrival_us);
    }
    vin_report_warnings(NULL);
    return flow;
}

static GstFlowReturn finish(VulkanInception *self, VinEntry *entry)
{
    switch (entry->kind) {
    case VIN_ENTRY_OWN:
        return finish_own(self, entry);
    case VIN_ENTRY_REGIONS:
        return finish_regions(self, entry);
    case VIN_ENTRY_LAST:
        return finish_latest(self, entry);
    case VIN_ENTRY_UNTAGGED:
        untag(entry);
        break;
    case VIN_ENTRY_UNTOUCHED:
        break;
    }
    return GST_FLOW_OK;
}

void vin_flow_loop(gpointer element)
{
    VulkanInception *self = VIN_INCEPTION(element);
    g_autoptr(VinEntry) entry = NULL;
    GstFlowReturn flow;
    guint generation;

    entry = vin_ring_pop(&self->ring, &generation);
    if (entry == NULL) {
        gst_pad_pause_task(self->src_pad);
        return;
    }
    flow = finish(self, entry);
    /* Between a flush and what comes after it nothing of before may be pushed. */
    g_rec_mutex_lock(&self->push_lock);
    if (flow == GST_FLOW_OK && vin_ring_is_current(&self->ring, generation)) {
        flow = gst_pad_push(self->src_pad, g_steal_pointer(&entry->buffer));
        self->pushed_us = g_get_monotonic_time();
    }
    g_rec_mutex_unlock(&self->push_lock);
    vin_ring_done(&self->ring, generation, flow);
}
