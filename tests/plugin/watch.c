/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two pad probes and a list of what is in the element. Both pads call in threads of their own.
 */
#include "watch.h"

#include <string.h>
#include <vkinception/gst-tags.h>

#define SLOW_FLUSH_US 5000

typedef struct {
    GstEventType type; /* GST_EVENT_UNKNOWN: a buffer */
    guint32 seqnum;    /* of an event; a caps event may be made anew */
    GstClockTime pts;
    guint64 offset;
    gsize size;
    GstCaps *caps;
    gint64 since;
} Item;

struct _VinWatch {
    GstPad *sink;
    GstPad *src;
    gulong sink_id;
    gulong src_id;
    VinWatchFunc func;
    gpointer user_data;
    gint64 limit;
    gboolean is_lossy;

    GMutex lock;
    GCond changed;
    GQueue inside; /* of Item, the oldest first */
    GHashTable *sticky; /* type -> seqnum of the last that came out */
    gboolean has_stream;
    gboolean has_caps;
    gboolean has_segment;
    gboolean has_eos;
    gint64 flush_since; /* when flush-start came */
    char *broken; /* the first rule that was */
    VinWatchFacts facts;
};

static void item_free(gpointer data)
{
    Item *item = data;

    gst_clear_caps(&item->caps);
    g_free(item);
}

static char *item_name(const Item *item)
{
    if (item->type != GST_EVENT_UNKNOWN) {
        return g_strdup_printf("event %s", gst_event_type_get_name(item->type));
    }
    return g_strdup_printf("buffer %" GST_TIME_FORMAT, GST_TIME_ARGS(item->pts));
}

static gboolean item_is(const Item *a, const Item *b)
{
    return a->type == b->type && a->seqnum == b->seqnum && a->pts == b->pts &&
           a->offset == b->offset && a->size == b->size;
}

static void describe(Item *item, const GstPadProbeInfo *info)
{
    memset(item, 0, sizeof *item);
    item->since = g_get_monotonic_time();
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
        GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER(info);

        item->type = GST_EVENT_UNKNOWN;
        item->pts = GST_BUFFER_PTS(buffer);
        item->offset = GST_BUFFER_OFFSET(buffer);
        item->size = gst_buffer_get_size(buffer);
    } else {
        item->type = GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info));
        item->seqnum = item->type == GST_EVENT_CAPS
                           ? 0
                           : gst_event_get_seqnum(GST_PAD_PROBE_INFO_EVENT(info));
    }
}

G_GNUC_PRINTF(2, 3)
static void broken(VinWatch *watch, const char *format, ...)
{
    va_list arguments;

    if (watch->broken == NULL) {
        va_start(arguments, format);
        watch->broken = g_strdup_vprintf(format, arguments);
        va_end(arguments);
    }
}

static void remember(VinWatch *watch, const Item *item)
{
    g_hash_table_insert(watch->sticky, GINT_TO_POINTER((gint)item->type),
                        GUINT_TO_POINTER(item->seqnum));
}

/* What a flush takes; sticky events may come out later, with the next buffer. */
static void flush(VinWatch *watch)
{
    Item *item;

    while ((item = g_queue_pop_head(&watch->inside)) != NULL) {
        if ((item->type & GST_EVENT_TYPE_STICKY) != 0 && item->type != GST_EVENT_SEGMENT &&
            item->type != GST_EVENT_EOS) {
            remember(watch, item);
        }
        item_free(item);
    }
    watch->facts.n_since_flush = 0;
    watch->facts.n_flushes++;
}

static GstPadProbeReturn on_sink(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    VinWatch *watch = user_data;
    Item *item = g_new(Item, 1);

    describe(item, info);
    g_mutex_lock(&watch->lock);
    if (item->type == GST_EVENT_FLUSH_STOP) {
        /* Nothing runs in the sink pad, and the source pad lets nothing through. */
        flush(watch);
    } else if (item->type == GST_EVENT_FLUSH_START) {
        watch->flush_since = item->since;
    }
    if (item->type == GST_EVENT_UNKNOWN) {
        item->caps = gst_pad_get_current_caps(pad);
        watch->facts.n_in++;
    }
    if (item->type == GST_EVENT_UNKNOWN ||
        ((item->type & GST_EVENT_TYPE_SERIALIZED) != 0 && item->type != GST_EVENT_FLUSH_STOP)) {
        g_queue_push_tail(&watch->inside, g_steal_pointer(&item));
    }
    g_mutex_unlock(&watch->lock);
    if (item != NULL) {
        item_free(item);
    }
    return GST_PAD_PROBE_OK;
}

/* stream-start, caps, segment, buffers, eos. */
static void check_order(VinWatch *watch, const Item *item)
{
    switch (item->type) {
    case GST_EVENT_STREAM_START:
        watch->has_stream = TRUE;
        watch->has_eos = FALSE;
        break;
    case GST_EVENT_CAPS:
        watch->has_caps = TRUE;
        if (!watch->has_stream) {
            broken(watch, "caps before stream-start");
        }
        break;
    case GST_EVENT_SEGMENT:
        watch->has_segment = TRUE;
        if (!watch->has_stream) {
            broken(watch, "segment before stream-start");
        }
        break;
    case GST_EVENT_EOS:
        watch->has_eos = TRUE;
        break;
    case GST_EVENT_FLUSH_START:
        watch->facts.n_slow_flushes += item->since - watch->flush_since > SLOW_FLUSH_US;
        break;
    case GST_EVENT_FLUSH_STOP:
        watch->has_segment = FALSE;
        watch->has_eos = FALSE;
        break;
    case GST_EVENT_UNKNOWN:
        if (!watch->has_stream || !watch->has_caps || !watch->has_segment || watch->has_eos) {
            broken(watch, "a buffer %s",
                   !watch->has_stream    ? "before stream-start"
                   : !watch->has_caps    ? "before caps"
                   : !watch->has_segment ? "before segment"
                                         : "after eos");
        }
        break;
    default:
        break;
    }
}

/* A sticky event comes again when the pad was linked anew or downstream refused it. */
static gboolean is_repeated(VinWatch *watch, const Item *item)
{
    gpointer seqnum;

    return (item->type & GST_EVENT_TYPE_STICKY) != 0 &&
           g_hash_table_lookup_extended(watch->sticky, GINT_TO_POINTER((gint)item->type), NULL,
                                        &seqnum) &&
           GPOINTER_TO_UINT(seqnum) == item->seqnum;
}

static void take_out(VinWatch *watch, GstPad *pad, const Item *item)
{
    g_autofree char *name = item_name(item);
    Item *oldest = g_queue_peek_head(&watch->inside);
    gint64 took;

    while (watch->is_lossy && oldest != NULL && !item_is(oldest, item)) {
        item_free(g_queue_pop_head(&watch->inside));
        oldest = g_queue_peek_head(&watch->inside);
    }
    if (oldest == NULL || !item_is(oldest, item)) {
        g_autofree char *other = oldest != NULL ? item_name(oldest) : g_strdup("nothing");

        if (!is_repeated(watch, item)) {
            broken(watch, "%s came out where %s was next", name, other);
        }
        return;
    }
    g_queue_pop_head(&watch->inside);
    if (item->type == GST_EVENT_UNKNOWN) {
        g_autoptr(GstCaps) caps = gst_pad_get_current_caps(pad);

        took = item->since - oldest->since;
        watch->facts.n_out++;
        watch->facts.n_since_flush++;
        watch->facts.longest = MAX(watch->facts.longest, took);
        watch->facts.total += took;
        watch->facts.n_late += watch->limit > 0 && took > watch->limit;
        if (caps == NULL || oldest->caps == NULL || !gst_caps_is_equal(caps, oldest->caps)) {
            broken(watch, "%s came out under other caps", name);
        }
    } else {
        remember(watch, item);
    }
    item_free(oldest);
}

static void count_tags(VinWatch *watch, GstBuffer *buffer)
{
    const GstStructure *tags = vin_tags_get_structure(buffer);
    guint64 age = 0;

    if (tags != NULL) {
        watch->facts.n_tagged++;
        if (gst_structure_get_uint64(tags, "age", &age) && age > 0) {
            watch->facts.n_aged++;
            watch->facts.max_age = MAX(watch->facts.max_age, age);
        }
    }
}

static GstPadProbeReturn on_src(GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
    VinWatch *watch = user_data;
    GstBuffer *buffer = NULL;
    VinWatchFunc func;
    gpointer func_data;
    Item item;

    describe(&item, info);
    if (item.type == GST_EVENT_UNKNOWN) {
        buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    }
    g_mutex_lock(&watch->lock);
    check_order(watch, &item);
    if (item.type == GST_EVENT_UNKNOWN ||
        ((item.type & GST_EVENT_TYPE_SERIALIZED) != 0 && item.type != GST_EVENT_FLUSH_STOP)) {
        take_out(watch, pad, &item);
    }
    if (buffer != NULL) {
        count_tags(watch, buffer);
    }
    func = watch->func;
    func_data = watch->user_data;
    g_cond_broadcast(&watch->changed);
    g_mutex_unlock(&watch->lock);
    if (buffer != NULL && func != NULL) {
        func(buffer, func_data);
    }
    return GST_PAD_PROBE_OK;
}

VinWatch *vin_watch_new(GstElement *element)
{
    const GstPadProbeType types = GST_PAD_PROBE_TYPE_BUFFER |
                                  GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                  GST_PAD_PROBE_TYPE_EVENT_FLUSH;
    VinWatch *watch = g_new0(VinWatch, 1);

    g_mutex_init(&watch->lock);
    g_cond_init(&watch->changed);
    g_queue_init(&watch->inside);
    watch->sticky = g_hash_table_new(NULL, NULL);
    watch->sink = gst_element_get_static_pad(element, "sink");
    watch->src = gst_element_get_static_pad(element, "src");
    watch->sink_id = gst_pad_add_probe(watch->sink, types, on_sink, watch, NULL);
    watch->src_id = gst_pad_add_probe(watch->src, types, on_src, watch, NULL);
    return watch;
}

void vin_watch_free(VinWatch *watch)
{
    gst_pad_remove_probe(watch->sink, watch->sink_id);
    gst_pad_remove_probe(watch->src, watch->src_id);
    gst_object_unref(watch->sink);
    gst_object_unref(watch->src);
    g_queue_clear_full(&watch->inside, item_free);
    g_hash_table_unref(watch->sticky);
    g_free(watch->broken);
    g_cond_clear(&watch->changed);
    g_mutex_clear(&watch->lock);
    g_free(watch);
}

void vin_watch_set_func(VinWatch *watch, VinWatchFunc func, gpointer user_data)
{
    g_mutex_lock(&watch->lock);
    watch->func = func;
    watch->user_data = user_data;
    g_mutex_unlock(&watch->lock);
}

void vin_watch_set_limit(VinWatch *watch, gint64 microseconds)
{
    g_mutex_lock(&watch->lock);
    watch->limit = microseconds;
    g_mutex_unlock(&watch->lock);
}

void vin_watch_set_lossy(VinWatch *watch)
{
    g_mutex_lock(&watch->lock);
    watch->is_lossy = TRUE;
    g_mutex_unlock(&watch->lock);
}

VinWatchFacts vin_watch_get(VinWatch *watch)
{
    VinWatchFacts facts;

    g_mutex_lock(&watch->lock);
    facts = watch->facts;
    g_mutex_unlock(&watch->lock);
    return facts;
}

gboolean vin_watch_wait(VinWatch *watch, guint n_out, guint seconds)
{
    gint64 until = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    gboolean ok = TRUE;

    g_mutex_lock(&watch->lock);
    while (ok && watch->facts.n_out < n_out) {
        ok = g_cond_wait_until(&watch->changed, &watch->lock, until);
    }
    if (!ok) {
        g_test_message("%u of %u frames out; broken rule: %s", watch->facts.n_out, n_out,
                       watch->broken != NULL ? watch->broken : "none");
    }
    g_mutex_unlock(&watch->lock);
    return ok;
}

void vin_watch_check(VinWatch *watch)
{
    g_mutex_lock(&watch->lock);
    g_assert_cmpstr(watch->broken, ==, NULL);
    g_mutex_unlock(&watch->lock);
}

void vin_watch_check_empty(VinWatch *watch)
{
    g_autofree char *oldest = NULL;

    vin_watch_check(watch);
    g_mutex_lock(&watch->lock);
    if (!g_queue_is_empty(&watch->inside)) {
        oldest = item_name(g_queue_peek_head(&watch->inside));
    }
    g_assert_cmpstr(oldest, ==, NULL);
    g_mutex_unlock(&watch->lock);
}

void vin_watch_reset(VinWatch *watch)
{
    g_mutex_lock(&watch->lock);
    g_queue_clear_full(&watch->inside, item_free);
    g_hash_table_remove_all(watch->sticky);
    watch->has_stream = watch->has_caps = watch->has_segment = watch->has_eos = FALSE;
    memset(&watch->facts, 0, sizeof watch->facts);
    g_mutex_unlock(&watch->lock);
}
