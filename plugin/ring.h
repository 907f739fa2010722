/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinRing: the frames between the sink pad's thread, which puts them in, and the source pad's
 * task, which takes them out in order. A flush drops what is in it and never waits.
 */
#ifndef VIN_PLUGIN_RING_H
#define VIN_PLUGIN_RING_H

#include <gst/gst.h>

typedef struct {
    GMutex lock;
    GCond changed;
    GQueue entries;
    GDestroyNotify drop;  /* of an entry that a flush or an error takes away */
    gboolean is_out;      /* the task has an entry of this generation in hand */
    gboolean is_flushing;
    gboolean is_stopped;  /* the task is to end */
    guint generation;     /* grows with every flush */
    GstFlowReturn flow;   /* what downstream said last; not OK: nothing more is taken */
} VinRing;

void vin_ring_init(VinRing *ring, GDestroyNotify drop);
void vin_ring_clear(VinRing *ring);

/* Sink pad's thread. Waits until fewer than @capacity entries are in the ring or with the task.
 * GST_FLOW_FLUSHING, or what downstream said. */
GstFlowReturn vin_ring_wait_room(VinRing *ring, guint capacity);
/* Takes @entry in any case. */
GstFlowReturn vin_ring_push(VinRing *ring, gpointer entry);
/* Waits until all is out and pushed, for what must not overtake a frame. */
GstFlowReturn vin_ring_drain(VinRing *ring);

/* The task's. The next entry, waited for; it is the caller's then, and vin_ring_done() has to
 * follow. NULL when the ring is stopped. */
gpointer vin_ring_pop(VinRing *ring, guint *generation);
/* FALSE when there was a flush since an entry was taken. Any thread. */
gboolean vin_ring_is_current(VinRing *ring, guint generation);
void vin_ring_done(VinRing *ring, guint generation, GstFlowReturn flow);

/* Any thread. TRUE: wakes everybody and drops all entries. FALSE: frames are taken again. */
void vin_ring_set_flushing(VinRing *ring, gboolean is_flushing);
/* Whether the task may run. */
void vin_ring_set_stopped(VinRing *ring, gboolean is_stopped);
/* Downstream is another, or a new stream begins: what was said counts no more. */
void vin_ring_forgive(VinRing *ring);
GstFlowReturn vin_ring_get_flow(VinRing *ring);

#endif
