/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table of pipelines: one for equal dispatches, whether asked for one by one, by several
 * threads, or all at once; and what is told meanwhile. That a failing one is reported and nothing
 * of the others is left is seen by tests/faults.
 */
#include <string.h>

#include "abi/conv.h"
#include "checkgpu/harness.h"
#include "plan/pipelines.h"
#include "shader_table.h"

#define N_DISPATCHES 12
#define N_DISTINCT 5
#define N_THREADS 4

typedef struct {
    VinVkLayout layout;
    VinPipelines *table;
    VinDispatch dispatches[N_DISPATCHES];
    const VinDispatch *pointers[N_DISPATCHES];
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
    VinDevice *device = vin_check_device();
    g_autoptr(GError) error = NULL;

    if (device == NULL) {
        return;
    }
    vin_vk_layout_init(&fixture->layout, device, &error);
    g_assert_no_error(error);
    fixture->table = vin_pipelines_new(&fixture->layout);
    for (guint i = 0; i < N_DISPATCHES; i++) {
        VinDispatch *dispatch = &fixture->dispatches[i];

        dispatch->shader = VIN_SHADER_CONV_DIRECT;
        dispatch->n_spec = 4;
        dispatch->spec[VIN_CONV_SPEC_LOCAL] = 4 + i % N_DISTINCT;
        dispatch->spec[VIN_CONV_SPEC_PIXELS] = 1;
        dispatch->spec[VIN_CONV_SPEC_BLOCKS] = 1;
        dispatch->push[0] = i; /* does not matter */
        fixture->pointers[i] = dispatch;
    }
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    vin_pipelines_free(fixture->table);
    vin_vk_layout_clear(&fixture->layout);
}

typedef struct {
    GThread *thread;
    guint n_calls, done;
} Told;

static void on_report(guint done, guint at, gpointer data)
{
    Told *told = data;

    g_assert_true(g_thread_self() == told->thread);
    g_assert_cmpuint(done, >=, told->done);
    g_assert_cmpuint(done, <, N_DISPATCHES);
    g_assert_cmpuint(at, <, N_DISPATCHES);
    told->n_calls++;
    told->done = done;
}

static void test_build(Fixture *fixture, gconstpointer data)
{
    Told told = {.thread = g_thread_self()};
    g_autoptr(GError) error = NULL;
    VkPipeline known;
    guint failed = 99;

    if (fixture->table == NULL) {
        return;
    }
    known = vin_pipelines_get(fixture->table, &fixture->dispatches[2], &error);
    g_assert_no_error(error);
    g_assert_true(known != VK_NULL_HANDLE);
    g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, 1);

    g_assert_true(vin_pipelines_build(fixture->table, fixture->pointers, N_DISPATCHES, on_report,
                                      &told, &failed, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(failed, ==, 99);
    g_assert_cmpuint(told.n_calls, >=, 1);
    g_assert_cmpuint(told.done, >=, N_DISPATCHES - N_DISTINCT + 1); /* had one before the first */
    g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, N_DISTINCT);
    for (guint i = 0; i < N_DISPATCHES; i++) {
        const VkPipeline a = vin_pipelines_get(fixture->table, &fixture->dispatches[i], NULL);
        const VkPipeline b =
            vin_pipelines_get(fixture->table, &fixture->dispatches[i % N_DISTINCT], NULL);

        g_assert_true(a != VK_NULL_HANDLE && a == b);
        g_assert_true((a == known) == (i % N_DISTINCT == 2));
    }
    g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, N_DISTINCT);
}

/* All are there already. */
static void test_build_nothing(Fixture *fixture, gconstpointer data)
{
    Told told = {.thread = g_thread_self()};
    guint failed = 99;

    if (fixture->table == NULL) {
        return;
    }
    for (guint i = 0; i < 2; i++) {
        told.n_calls = 0;
        told.done = 0;
        g_assert_true(vin_pipelines_build(fixture->table, fixture->pointers, 3, on_report, &told,
                                          &failed, NULL));
        g_assert_true((told.n_calls > 0) == (i == 0));
    }
    g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, 3);
}

/* A new table, after the old one gave its pipelines to the shelf or not. */
static void exchange(Fixture *fixture, gboolean is_warm)
{
    if (is_warm) {
        vin_pipelines_set_warm(fixture->table);
    }
    vin_pipelines_free(fixture->table);
    fixture->table = vin_pipelines_new(&fixture->layout);
}

/* What a table was done with, the next one gets; only if it had run. */
static void test_shelf(Fixture *fixture, gconstpointer data)
{
    static const gboolean is_warm[] = {TRUE, FALSE, TRUE};
    VkPipeline known[N_DISTINCT];
    guint failed = 99;

    if (fixture->table == NULL) {
        return;
    }
    for (guint round = 0; round < G_N_ELEMENTS(is_warm); round++) {
        const gboolean was_warm = round > 0 && is_warm[round - 1];

        g_assert_true(vin_pipelines_build(fixture->table, fixture->pointers, N_DISPATCHES, NULL,
                                          NULL, &failed, NULL));
        g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, N_DISTINCT);
        g_assert_cmpuint(vin_pipelines_n_made(fixture->table), ==, was_warm ? 0 : N_DISTINCT);
        for (guint i = 0; i < N_DISTINCT; i++) {
            const VkPipeline pipeline =
                vin_pipelines_get(fixture->table, &fixture->dispatches[i], NULL);

            g_assert_true(!was_warm || pipeline == known[i]);
            known[i] = pipeline;
        }
        exchange(fixture, is_warm[round]);
    }
    /* Each is in one table only. */
    {
        VinPipelines *other = vin_pipelines_new(&fixture->layout);

        g_assert_true(vin_pipelines_get(fixture->table, &fixture->dispatches[0], NULL) ==
                      known[0]);
        g_assert_true(vin_pipelines_get(other, &fixture->dispatches[0], NULL) != known[0]);
        g_assert_cmpuint(vin_pipelines_n_made(other), ==, 1);
        vin_pipelines_free(other);
    }
}

/* The oldest ones go. */
static void test_full_shelf(Fixture *fixture, gconstpointer data)
{
    VinDispatch dispatch = fixture->dispatches[0];

    dispatch.spec[VIN_CONV_SPEC_BLOCKS] = 2; /* as none of the others */
    if (fixture->table == NULL) {
        return;
    }
    for (guint round = 0; round < 2; round++) {
        for (guint i = 0; i < VIN_PIPELINE_SHELF_SIZE + 2; i++) {
            dispatch.spec[VIN_CONV_SPEC_LOCAL] = 1 + i % 120;
            dispatch.spec[VIN_CONV_SPEC_PIXELS] = 1 + i / 120;
            g_assert_true(vin_pipelines_get(fixture->table, &dispatch, NULL) != VK_NULL_HANDLE);
        }
        g_assert_cmpuint(vin_pipelines_n_made(fixture->table), ==,
                         round == 0 ? VIN_PIPELINE_SHELF_SIZE + 2 : 2);
        exchange(fixture, TRUE);
    }
}

static gpointer get_all(gpointer data)
{
    Fixture *fixture = data;

    for (guint i = 0; i < N_DISPATCHES; i++) {
        g_assert_true(vin_pipelines_get(fixture->table, &fixture->dispatches[i], NULL) !=
                      VK_NULL_HANDLE);
    }
    return NULL;
}

static void test_threads(Fixture *fixture, gconstpointer data)
{
    GThread *threads[N_THREADS];

    if (fixture->table == NULL) {
        return;
    }
    for (guint i = 0; i < N_THREADS; i++) {
        threads[i] = g_thread_new("get", get_all, fixture);
    }
    for (guint i = 0; i < N_THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpuint(vin_pipelines_count(fixture->table), ==, N_DISTINCT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/pipelines/build", Fixture, NULL, set_up, test_build, tear_down);
    g_test_add("/pipelines/build-nothing", Fixture, NULL, set_up, test_build_nothing, tear_down);
    g_test_add("/pipelines/shelf", Fixture, NULL, set_up, test_shelf, tear_down);
    g_test_add("/pipelines/full-shelf", Fixture, NULL, set_up, test_full_shelf, tear_down);
    g_test_add("/pipelines/threads", Fixture, NULL, set_up, test_threads, tear_down);
    return g_test_run();
}
