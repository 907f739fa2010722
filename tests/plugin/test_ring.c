/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The ring by itself, with numbers in place of frames.
 */
#include "ring.h"

#define ENTRY(n) GUINT_TO_POINTER(n)

static guint n_dropped;

static void on_drop(gpointer entry)
{
    n_dropped++;
}

static void ring_open(VinRing *ring)
{
    n_dropped = 0;
    vin_ring_init(ring, on_drop);
    vin_ring_set_stopped(ring, FALSE);
    vin_ring_set_flushing(ring, FALSE);
}

static void test_order(void)
{
    VinRing ring;
    guint generation;

    ring_open(&ring);
    for (guint i = 1; i <= 3; i++) {
        g_assert_cmpint(vin_ring_wait_room(&ring, 3), ==, GST_FLOW_OK);
        g_assert_cmpint(vin_ring_push(&ring, ENTRY(i)), ==, GST_FLOW_OK);
    }
    for (guint i = 1; i <= 3; i++) {
        g_assert_true(vin_ring_pop(&ring, &generation) == ENTRY(i));
        g_assert_true(vin_ring_is_current(&ring, generation));
        vin_ring_done(&ring, generation, GST_FLOW_OK);
    }
    g_assert_cmpint(vin_ring_drain(&ring), ==, GST_FLOW_OK);
    g_assert_cmpuint(n_dropped, ==, 0);
    vin_ring_clear(&ring);
}

/* What a flush finds is dropped, what the task has in hand is stale, new entries are taken. */
static void test_flush(void)
{
    VinRing ring;
    guint generation, later;

    ring_open(&ring);
    vin_ring_push(&ring, ENTRY(1));
    vin_ring_push(&ring, ENTRY(2));
    g_assert_true(vin_ring_pop(&ring, &generation) == ENTRY(1));
    vin_ring_set_flushing(&ring, TRUE);
    g_assert_cmpuint(n_dropped, ==, 1);
    g_assert_cmpint(vin_ring_drain(&ring), ==, GST_FLOW_FLUSHING);
    g_assert_cmpint(vin_ring_push(&ring, ENTRY(3)), ==, GST_FLOW_FLUSHING);
    g_assert_cmpuint(n_dropped, ==, 2);
    vin_ring_set_flushing(&ring, FALSE);
    g_assert_false(vin_ring_is_current(&ring, generation));
    g_assert_cmpint(vin_ring_drain(&ring), ==, GST_FLOW_OK); /* does not wait for the stale one */
    g_assert_cmpint(vin_ring_push(&ring, ENTRY(4)), ==, GST_FLOW_OK);
    vin_ring_done(&ring, generation, GST_FLOW_FLUSHING); /* nor is its flow the stream's */
    g_assert_cmpint(vin_ring_get_flow(&ring), ==, GST_FLOW_OK);
    g_assert_true(vin_ring_pop(&ring, &later) == ENTRY(4));
    vin_ring_done(&ring, later, GST_FLOW_OK);
    vin_ring_clear(&ring);
}

/* What downstream says ends the stream, until it is forgiven. */
static void test_flow(void)
{
    VinRing ring;
    guint generation;

    ring_open(&ring);
    vin_ring_push(&ring, ENTRY(1));
    vin_ring_push(&ring, ENTRY(2));
    vin_ring_pop(&ring, &generation);
    vin_ring_done(&ring, generation, GST_FLOW_EOS);
    g_assert_cmpuint(n_dropped, ==, 1);
    g_assert_cmpint(vin_ring_wait_room(&ring, 1), ==, GST_FLOW_EOS);
    g_assert_cmpint(vin_ring_drain(&ring), ==, GST_FLOW_EOS);
    vin_ring_forgive(&ring);
    g_assert_cmpint(vin_ring_drain(&ring), ==, GST_FLOW_OK);
    vin_ring_clear(&ring);
}

/* Waits for room until there is some. */
static gpointer push_all(gpointer user_data)
{
    VinRing *ring = user_data;

    for (guint i = 1; i <= 1000; i++) {
        g_assert_cmpint(vin_ring_wait_room(ring, 2), ==, GST_FLOW_OK);
        g_assert_cmpint(vin_ring_push(ring, ENTRY(i)), ==, GST_FLOW_OK);
    }
    return GINT_TO_POINTER(vin_ring_drain(ring));
}

static void test_threads(void)
{
    GThread *thread;
    VinRing ring;

    ring_open(&ring);
    thread = g_thread_new("push", push_all, &ring);
    for (guint i = 1; i <= 1000; i++) {
        guint generation;

        g_assert_true(vin_ring_pop(&ring, &generation) == ENTRY(i));
        g_assert_cmpuint(ring.entries.length, <, 2); /* and one in hand */
        vin_ring_done(&ring, generation, GST_FLOW_OK);
    }
    g_assert_cmpint(GPOINTER_TO_INT(g_thread_join(thread)), ==, GST_FLOW_OK);
    vin_ring_clear(&ring);
}

static gpointer stop_later(gpointer ring)
{
    g_usleep(20000);
    vin_ring_set_stopped(ring, TRUE);
    return NULL;
}

static void test_stop(void)
{
    guint generation;
    GThread *thread;
    VinRing ring;

    ring_open(&ring);
    thread = g_thread_new("stop", stop_later, &ring);
    g_assert_null(vin_ring_pop(&ring, &generation));
    g_thread_join(thread);
    vin_ring_clear(&ring);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ring/order", test_order);
    g_test_add_func("/ring/flush", test_flush);
    g_test_add_func("/ring/flow", test_flow);
    g_test_add_func("/ring/threads", test_threads);
    g_test_add_func("/ring/stop", test_stop);
    return g_test_run();
}
