/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Looks at everything that goes into an element and comes out of it: nothing may be lost, made up
 * or overtaken, and each buffer has to come out under the caps it went in with.
 */
#ifndef VIN_TESTS_PLUGIN_WATCH_H
#define VIN_TESTS_PLUGIN_WATCH_H

#include <gst/gst.h>

typedef struct _VinWatch VinWatch;

/* Called for every buffer that comes out, in the streaming thread, under no lock. */
typedef void (*VinWatchFunc)(GstBuffer *buffer, gpointer user_data);

typedef struct {
    guint n_in; /* buffers, since the watch was made or reset */
    guint n_out;
    guint n_tagged;      /* of n_out: with VinTags */
    guint n_since_flush; /* out, since the last flush */
    guint n_flushes;
    guint n_slow_flushes; /* flush-start was in the element for longer than 5 ms */
    guint n_aged;    /* of n_tagged: with the labels of an earlier frame */
    guint64 max_age; /* ns, of these */
    guint n_late;    /* longer in the element than the limit */
    gint64 longest;  /* that a buffer was in the element, microseconds */
    gint64 total;    /* of all buffers */
} VinWatchFacts;

/* @element has the pads sink and src, and is not running yet. */
VinWatch *vin_watch_new(GstElement *element);
void vin_watch_free(VinWatch *watch);

void vin_watch_set_func(VinWatch *watch, VinWatchFunc func, gpointer user_data);
/* Buffers that are in the element for longer are counted. */
void vin_watch_set_limit(VinWatch *watch, gint64 microseconds);
/* What is inside may get lost, for downstream refuses it; order is kept. */
void vin_watch_set_lossy(VinWatch *watch);

VinWatchFacts vin_watch_get(VinWatch *watch);
/* FALSE when there were not as many out in time. */
gboolean vin_watch_wait(VinWatch *watch, guint n_out, guint seconds);
/* Fails the test when a rule was broken. */
void vin_watch_check(VinWatch *watch);
/* Checks, and that nothing is left in the element. */
void vin_watch_check_empty(VinWatch *watch);
/* To be called in state READY or NULL, where what is inside is gone. */
void vin_watch_reset(VinWatch *watch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinWatch, vin_watch_free)

#endif
