/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinWeakTable with plain objects: shared while in use, made once at a time, refused, dropped.
 */
#include <vkinception/vkinception.h>

#include "base/error.h"
#include "base/weaktable.h"

#define N_THREADS 8

typedef struct {
    gint refs;
} Thing;

typedef struct {
    gint n_made, n_waits; /* atomic */
    gboolean fails, refuses, is_unfit, is_slow;
} Job;

static VinWeakTable table;

static gboolean take(gpointer thing, gpointer data, GError **error)
{
    const Job *job = data;

    if (job->refuses) {
        return vin_fail(error, VIN_ERROR_INVALID, "not this one");
    }
    return !job->is_unfit && vin_weak_ref(&((Thing *)thing)->refs);
}

static gpointer make(gpointer data, GError **error)
{
    Job *job = data;
    Thing *thing;

    if (job->is_slow) {
        g_usleep(20000);
    }
    g_atomic_int_inc(&job->n_made);
    if (job->fails) {
        vin_fail(error, VIN_ERROR_DEVICE, "cannot make it");
        return NULL;
    }
    thing = g_new0(Thing, 1);
    thing->refs = 1;
    return thing;
}

static void on_wait(gpointer data)
{
    g_atomic_int_inc(&((Job *)data)->n_waits);
}

static const VinWeakKind kind = {take, make, on_wait};

static void unref(Thing *thing)
{
    if (g_atomic_int_dec_and_test(&thing->refs)) {
        vin_weak_table_drop(&table, thing);
        g_free(thing);
    }
}

static Thing *open_thing(const char *key, Job *job)
{
    g_autoptr(GError) error = NULL;
    Thing *thing = vin_weak_table_open(&table, key, &kind, job, &error);

    g_assert_no_error(error);
    return thing;
}

static void test_shared(void)
{
    Job job = {0};
    Thing *a = open_thing("a", &job), *again = open_thing("a", &job), *b = open_thing("b", &job);

    g_assert_true(a == again && a != b);
    g_assert_cmpint(job.n_made, ==, 2);
    unref(a);
    again = open_thing("a", &job);
    g_assert_true(a == again);
    unref(a);
    unref(a); /* the last one closes */
    a = open_thing("a", &job);
    g_assert_cmpint(job.n_made, ==, 3);
    unref(a);
    unref(b);
    g_assert_null(table.entries);
}

static void test_failures(void)
{
    Job fails = {.fails = TRUE}, works = {0}, refuses = {.refuses = TRUE};
    Job unfit = {.is_unfit = TRUE};
    g_autoptr(GError) error = NULL;
    Thing *thing, *other;

    for (guint i = 0; i < 2; i++) {
        g_assert_null(vin_weak_table_open(&table, "a", &kind, &fails, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_clear_error(&error);
    }
    g_assert_cmpint(fails.n_made, ==, 2); /* a failure is not kept */
    thing = open_thing("a", &works);
    g_assert_null(vin_weak_table_open(&table, "a", &kind, &refuses, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    other = open_thing("a", &unfit); /* another one takes its place */
    g_assert_true(other != thing);
    g_assert_cmpint(thing->refs, ==, 1);
    unref(thing);
    thing = open_thing("a", &works); /* which dropping the old one did not take away */
    g_assert_true(other == thing);
    unref(thing);
    unref(thing);
    g_assert_null(table.entries);
}

static gpointer open_in_thread(gpointer job)
{
    return open_thing("slow", job);
}

static void test_threads(void)
{
    Job job = {.is_slow = TRUE};
    GThread *threads[N_THREADS];
    Thing *things[N_THREADS];

    for (guint i = 0; i < N_THREADS; i++) {
        threads[i] = g_thread_new("open", open_in_thread, &job);
    }
    for (guint i = 0; i < N_THREADS; i++) {
        things[i] = g_thread_join(threads[i]);
        g_assert_true(things[i] == things[0]);
    }
    g_assert_cmpint(job.n_made, ==, 1);
    g_assert_cmpint(job.n_waits, >, 0);
    g_assert_cmpint(job.n_waits, <, N_THREADS);
    for (guint i = 0; i < N_THREADS; i++) {
        unref(things[0]);
    }
    g_assert_null(table.entries);
}

static gpointer open_and_close(gpointer job)
{
    for (guint i = 0; i < 5000; i++) {
        Thing *thing = open_thing("busy", job);

        g_assert_cmpint(g_atomic_int_get(&thing->refs), >, 0);
        unref(thing);
    }
    return NULL;
}

/* The last one goes while another one comes. */
static void test_last_and_next(void)
{
    Job job = {0};
    GThread *threads[3];

    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("busy", open_and_close, &job);
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    g_assert_null(table.entries);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weaktable/shared", test_shared);
    g_test_add_func("/weaktable/failures", test_failures);
    g_test_add_func("/weaktable/threads", test_threads);
    g_test_add_func("/weaktable/last-and-next", test_last_and_next);
    return g_test_run();
}
