/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One lock, one condition: there are two threads at most, and whoever flushes.
 */
#include "ring.h"

#include <string.h>

void vin_ring_init(VinRing *ring, GDestroyNotify drop)
{
    memset(ring, 0, sizeof *ring);
    g_mutex_init(&ring->lock);
    g_cond_init(&ring->changed);
    g_queue_init(&ring->entries);
    ring->drop = drop;
    ring->is_flushing = TRUE;
    ring->is_stopped = TRUE;
    ring->flow = GST_FLOW_FLUSHING;
}

/* Under the lock: what is to be dropped outside of it. */
static GQueue take_all(VinRing *ring)
{
    GQueue taken = ring->entries;

    g_queue_init(&ring->entries);
    g_cond_broadcast(&ring->changed);
    return taken;
}

static void drop_all(VinRing *ring, GQueue *taken)
{
    gpointer entry;

    while ((entry = g_queue_pop_head(taken)) != NULL) {
        ring->drop(entry);
    }
}

void vin_ring_clear(VinRing *ring)
{
    drop_all(ring, &ring->entries);
    g_cond_clear(&ring->changed);
    g_mutex_clear(&ring->lock);
}

static GstFlowReturn state(const VinRing *ring)
{
    return ring->is_flushing ? GST_FLOW_FLUSHING : ring->flow;
}

static guint n_inside(const VinRing *ring)
{
    return ring->entries.length + (ring->is_out ? 1 : 0);
}

GstFlowReturn vin_ring_wait_room(VinRing *ring, guint capacity)
{
    GstFlowReturn flow;

    g_mutex_lock(&ring->lock);
    while (state(ring) == GST_FLOW_OK && n_inside(ring) >= capacity) {
        g_cond_wait(&ring->changed, &ring->lock);
    }
    flow = state(ring);
    g_mutex_unlock(&ring->lock);
    return flow;
}

GstFlowReturn vin_ring_push(VinRing *ring, gpointer entry)
{
    GstFlowReturn flow;

    g_mutex_lock(&ring->lock);
    flow = state(ring);
    if (flow == GST_FLOW_OK) {
        g_queue_push_tail(&ring->entries, entry);
        g_cond_broadcast(&ring->changed);
        entry = NULL;
    }
    g_mutex_unlock(&ring->lock);
    if (entry != NULL) {
        ring->drop(entry);
    }
    return flow;
}

GstFlowReturn vin_ring_drain(VinRing *ring)
{
    return vin_ring_wait_room(ring, 1);
}

gpointer vin_ring_pop(VinRing *ring, guint *generation)
{
    gpointer entry = NULL;

    g_mutex_lock(&ring->lock);
    while (!ring->is_stopped && g_queue_is_empty(&ring->entries)) {
        g_cond_wait(&ring->changed, &ring->lock);
    }
    if (!ring->is_stopped) {
        entry = g_queue_pop_head(&ring->entries);
        ring->is_out = TRUE;
        *generation = ring->generation;
    }
    g_mutex_unlock(&ring->lock);
    return entry;
}

gboolean vin_ring_is_current(VinRing *ring, guint generation)
{
    gboolean is_current;

    g_mutex_lock(&ring->lock);
    is_current = ring->generation == generation && !ring->is_flushing;
    g_mutex_unlock(&ring->lock);
    return is_current;
}

void vin_ring_done(VinRing *ring, guint generation, GstFlowReturn flow)
{
    GQueue taken = G_QUEUE_INIT;

    g_mutex_lock(&ring->lock);
    if (generation == ring->generation) {
        ring->is_out = FALSE;
        if (flow != GST_FLOW_OK) {
            ring->flow = flow;
            taken = take_all(ring);
        }
        g_cond_broadcast(&ring->changed);
    }
    g_mutex_unlock(&ring->lock);
    drop_all(ring, &taken);
}

void vin_ring_set_flushing(VinRing *ring, gboolean is_flushing)
{
    GQueue taken = G_QUEUE_INIT;

    g_mutex_lock(&ring->lock);
    ring->is_flushing = is_flushing;
    if (is_flushing) {
        ring->generation++;
        ring->is_out = FALSE; /* what the task has in hand is nobody's any more */
        taken = take_all(ring);
    } else {
        ring->flow = GST_FLOW_OK;
    }
    g_mutex_unlock(&ring->lock);
    drop_all(ring, &taken);
}

void vin_ring_set_stopped(VinRing *ring, gboolean is_stopped)
{
    g_mutex_lock(&ring->lock);
    ring->is_stopped = is_stopped;
    g_cond_broadcast(&ring->changed);
    g_mutex_unlock(&ring->lock);
}

void vin_ring_forgive(VinRing *ring)
{
    g_mutex_lock(&ring->lock);
    ring->flow = GST_FLOW_OK;
    g_mutex_unlock(&ring->lock);
}

GstFlowReturn vin_ring_get_flow(VinRing *ring)
{
    GstFlowReturn flow;

    g_mutex_lock(&ring->lock);
    flow = state(ring);
    g_mutex_unlock(&ring->lock);
    return flow;
}
