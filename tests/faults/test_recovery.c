/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes after a failure: waits that are taken up again, a device that stays lost or never
 * finishes, allocations that were refused. And what a recording has too much of.
 */
#include <string.h>

#include "fault_rig.h"
#include "shim.h"
#include "shim_memory.h"

static void compile(VinModel *model, GError **error)
{
    g_autoptr(VinDevice) device = vin_device_new(NULL, error);
    g_autoptr(VinEngine) engine = NULL;

    if (device != NULL) {
        engine = vin_engine_new(model, device, NULL, error);
    }
}

static void test_allocations(void)
{
    const VinModelParams params = {.name = fault_model_path};
    guint n = 0;

    if (!fault_need_device()) {
        return;
    }
    for (gboolean fails = TRUE; fails;) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinModel) loaded = NULL;

        shim_memory_fail(++n);
        loaded = vin_model_load(&params, &error);
        if (loaded != NULL) {
            compile(loaded, &error);
        }
        fails = shim_memory_n_calls() >= n;
        g_assert_true(fails == (error != NULL));
        if (fails) {
            g_test_message("%s", error->message);
            g_assert_true(error->domain == VIN_ERROR);
            g_assert_nonnull(strstr(error->message, "memory"));
        }
        fault_assert_nothing_lives("a failed allocation");
    }
    shim_memory_fail(0);
    g_assert_cmpuint(n, >, 3);
}

/* A stream of the tiny model, and a frame for it. */
typedef struct {
    VinDevice *device;
    VinEngine *engine;
    VinStream *stream;
    guint8 *pixels;
    VinFrame frame;
} Rig;

static gboolean rig_open(Rig *rig, gboolean time_layers)
{
    const VinEngineParams params = {.slots = 1, .time_layers = time_layers};
    g_autoptr(GError) error = NULL;

    memset(rig, 0, sizeof *rig);
    if (!fault_need_device()) {
        return FALSE;
    }
    rig->device = vin_device_new(NULL, &error);
    g_assert_no_error(error);
    rig->engine = vin_engine_new(fault_model, rig->device, &params, &error);
    g_assert_no_error(error);
    rig->stream = vin_stream_new(rig->engine, &error);
    g_assert_no_error(error);
    rig->pixels = g_malloc0(FAULT_SIDE * FAULT_SIDE * 3);
    rig->frame = (VinFrame){.format = VIN_FORMAT_RGB,
                            .width = FAULT_SIDE,
                            .height = FAULT_SIDE,
                            .planes = {rig->pixels}};
    shim_reset();
    return TRUE;
}

static void rig_close(Rig *rig)
{
    vin_stream_free(rig->stream);
    vin_engine_unref(rig->engine);
    vin_device_unref(rig->device);
    g_free(rig->pixels);
}

/* The work goes on behind a wait that failed for want of memory: the one slot is used again
 * only when it has ended. */
static void test_wait_again(void)
{
    g_autoptr(GError) error = NULL;
    VinResult first, again;
    Rig rig;

    if (!rig_open(&rig, FALSE)) {
        return;
    }
    vin_stream_run(rig.stream, &rig.frame, &first, &error);
    g_assert_no_error(error);
    shim_fail("vkWaitForFences", 1, VK_ERROR_OUT_OF_HOST_MEMORY, FALSE);
    g_assert_false(vin_stream_run(rig.stream, &rig.frame, &again, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_MEMORY);
    g_clear_error(&error);
    vin_stream_run(rig.stream, &rig.frame, &again, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(again.top[0].score, ==, first.top[0].score);

    shim_fail("vkWaitForFences", 1, VK_ERROR_OUT_OF_HOST_MEMORY, FALSE);
    g_assert_false(vin_stream_run(rig.stream, &rig.frame, &again, &error));
    rig_close(&rig); /* with the work still in flight */
    fault_assert_nothing_lives("a wait that failed");
}

static void test_stays_lost(void)
{
    g_autoptr(GError) error = NULL;
    VinResult result;
    Rig rig;

    if (!rig_open(&rig, FALSE)) {
        return;
    }
    shim_fail("vkWaitForFences", 1, VK_ERROR_DEVICE_LOST, FALSE);
    for (guint i = 0; i < 3; i++) {
        g_assert_false(vin_stream_run(rig.stream, &rig.frame, &result, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
        g_assert_nonnull(strstr(error->message, "was lost"));
        g_assert_nonnull(strstr(error->message, "open it anew"));
        g_assert_nonnull(strstr(error->message, vin_device_get_info(rig.device)->name));
        g_clear_error(&error);
    }
    rig_close(&rig);
    fault_assert_nothing_lives("a lost device");
    if (rig_open(&rig, FALSE)) { /* anew, in the same process */
        vin_stream_run(rig.stream, &rig.frame, &result, &error);
        g_assert_no_error(error);
        rig_close(&rig);
    }
}

/* A device that never finishes is given up, and nothing that it may still use is destroyed. */
static void test_never_done(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    VinResult result;
    Rig rig;
    guint n_live;

    if (g_test_subprocess()) {
        if (!rig_open(&rig, FALSE)) {
            return;
        }
        n_live = shim_n_live(&before);
        shim_fail("vkWaitForFences", 1, VK_TIMEOUT, TRUE);
        g_assert_false(vin_stream_run(rig.stream, &rig.frame, &result, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
        g_assert_nonnull(strstr(error->message, "did not finish"));
        g_clear_error(&error);
        g_assert_false(vin_stream_run(rig.stream, &rig.frame, &result, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
        rig_close(&rig);
        g_assert_cmpuint(shim_n_live(&after), >=, n_live); /* the upload buffer came to it */
        return;
    }
    if (fault_need_device()) {
        g_setenv("ASAN_OPTIONS", "detect_leaks=0", TRUE); /* left behind on purpose */
        g_test_trap_subprocess(NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed();
    }
}

/* No barrier has a barrier before it with nothing between. */
static void test_barriers(void)
{
    Rig rig;

    for (guint time_layers = 0; time_layers < 2; time_layers++) {
        g_autoptr(GError) error = NULL;
        VinResult result;

        if (!rig_open(&rig, time_layers != 0)) {
            return;
        }
        vin_stream_run(rig.stream, &rig.frame, &result, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(shim_n_idle_barriers(), ==, 0);
        rig_close(&rig);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fault_rig_open();
    g_test_add_func("/recovery/allocations", test_allocations);
    g_test_add_func("/recovery/wait-again", test_wait_again);
    g_test_add_func("/recovery/stays-lost", test_stays_lost);
    g_test_add_func("/recovery/never-done", test_never_done);
    g_test_add_func("/recovery/barriers", test_barriers);
    return fault_rig_run();
}
