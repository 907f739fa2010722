/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results are looked for whenever a frame comes or goes, so that no thread has to wait for them.
 */
#include "latest.h"

typedef struct {
    VinSession *session; /* a reference */
    GstBuffer *buffer;   /* that is read meanwhile: a reference; or NULL */
    VinItem item;
    VinStamp stamp;
} Pending;

static void free_pending(Pending *pending)
{
    if (pending->buffer != NULL) {
        vin_session_abandon(pending->session, pending->item.ticket, pending->buffer);
    } else {
        vin_stream_forget(vin_session_get_stream(pending->session), pending->item.ticket);
    }
    gst_clear_buffer(&pending->buffer);
    vin_session_unref(pending->session);
    g_free(pending);
}

void vin_latest_init(VinLatest *latest)
{
    g_mutex_init(&latest->lock);
    g_queue_init(&latest->pending);
}

void vin_latest_clear(VinLatest *latest)
{
    vin_latest_reset(latest);
    g_mutex_clear(&latest->lock);
}

void vin_latest_reset(VinLatest *latest)
{
    GQueue pending;
    VinSession *session;

    g_mutex_lock(&latest->lock);
    pending = latest->pending;
    g_queue_init(&latest->pending);
    session = g_steal_pointer(&latest->session);
    g_mutex_unlock(&latest->lock);
    g_queue_clear_full(&pending, (GDestroyNotify)free_pending);
    vin_session_unref(session);
}

/* Under the lock. A result that comes after that of a later frame is old news. Returns what is to
 * be unreferenced outside of it. */
static VinSession *set(VinLatest *latest, VinSession *session, const VinResult *result,
                       const VinStamp *stamp)
{
    VinSession *old = latest->session;

    if (old != NULL && stamp->arrival_us < latest->stamp.arrival_us) {
        return NULL;
    }
    latest->session = vin_session_ref(session);
    latest->result = *result;
    latest->result.scores = NULL;
    latest->stamp = *stamp;
    return old;
}

void vin_latest_set(VinLatest *latest, VinSession *session, const VinResult *result,
                    const VinStamp *stamp)
{
    VinSession *old;

    g_mutex_lock(&latest->lock);
    old = set(latest, session, result, stamp);
    g_mutex_unlock(&latest->lock);
    vin_session_unref(old);
}

void vin_latest_expect(VinLatest *latest, const VinEntry *entry, const VinItem *item)
{
    Pending *pending = g_new0(Pending, 1);

    pending->session = vin_session_ref(entry->session);
    pending->buffer = entry->is_read ? gst_buffer_ref(entry->buffer) : NULL;
    pending->item = *item;
    pending->stamp = entry->stamp;
    g_mutex_lock(&latest->lock);
    g_queue_push_tail(&latest->pending, pending);
    g_mutex_unlock(&latest->lock);
}

/* The oldest, if it is done. */
static Pending *take_done(VinLatest *latest)
{
    Pending *first;

    g_mutex_lock(&latest->lock);
    first = g_queue_peek_head(&latest->pending);
    if (first != NULL &&
        vin_stream_wait(vin_session_get_stream(first->session), first->item.ticket, 0)) {
        g_queue_pop_head(&latest->pending);
    } else {
        first = NULL;
    }
    g_mutex_unlock(&latest->lock);
    return first;
}

gboolean vin_latest_look(VinLatest *latest, VinLatestFunc func, gpointer user_data,
                         GError **error)
{
    Pending *pending;
    gboolean ok = TRUE;

    while (ok && (pending = take_done(latest)) != NULL) {
        const gint64 us = g_get_monotonic_time() - pending->stamp.arrival_us;
        VinItem *item = &pending->item;

        ok = vin_session_collect(pending->session, item->ticket, &item->result, error);
        if (ok) {
            func(pending->session, item, &pending->stamp, (guint64)us * 1000, user_data);
        }
        gst_clear_buffer(&pending->buffer);
        vin_session_unref(pending->session);
        g_free(pending);
    }
    return ok;
}

static guint64 age_of(const VinStamp *labels, const VinStamp *frame)
{
    if (GST_CLOCK_TIME_IS_VALID(labels->running_time) &&
        GST_CLOCK_TIME_IS_VALID(frame->running_time)) {
        return frame->running_time > labels->running_time
                   ? frame->running_time - labels->running_time
                   : 0;
    }
    return frame->arrival_us > labels->arrival_us
               ? (guint64)(frame->arrival_us - labels->arrival_us) * GST_USECOND
               : 0;
}

VinSession *vin_latest_get(VinLatest *latest, const VinStamp *stamp, VinResult *result,
                           guint64 *age)
{
    VinSession *session = NULL;

    g_mutex_lock(&latest->lock);
    if (latest->session != NULL) {
        session = vin_session_ref(latest->session);
        *result = latest->result;
        *age = age_of(&latest->stamp, stamp);
    }
    g_mutex_unlock(&latest->lock);
    return session;
}
