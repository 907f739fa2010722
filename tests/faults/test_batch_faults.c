/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Failures in a batch: every frame of it fails once, or runs in a smaller one; the streams go on,
 * or the device is lost; nothing is left alive.
 */
#include <string.h>

#include "fault_rig.h"
#include "shim.h"

#define N_FRAMES 3 /* two that run together and one alone */

/* Two streams of one engine. */
typedef struct {
    VinDevice *device;
    VinEngine *engine;
    VinStream *streams[2];
    guint8 *pixels[N_FRAMES];
    VinFrame frames[N_FRAMES];
    VinTicket tickets[N_FRAMES];
    VinResult expected[N_FRAMES];
    VinResult results[N_FRAMES];
    GError *errors[N_FRAMES];
} Rig;

static VinStream *stream_of(Rig *rig, guint frame)
{
    return rig->streams[frame % 2];
}

static gboolean rig_open(Rig *rig)
{
    const VinEngineParams params = {.slots = 2,
                                    .batch_size = 2,
                                    .batch_timeout_ns = G_GUINT64_CONSTANT(60000000000),
                                    .scheduling = VIN_SCHEDULING_THROUGHPUT,
                                    .disable_warm_up = TRUE};
    g_autoptr(GError) error = NULL;

    memset(rig, 0, sizeof *rig);
    if (!fault_need_device()) {
        return FALSE;
    }
    rig->device = vin_device_new(NULL, &error);
    g_assert_no_error(error);
    rig->engine = vin_engine_new(fault_model, rig->device, &params, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 2; i++) {
        rig->streams[i] = vin_stream_new(rig->engine, &error);
        g_assert_no_error(error);
    }
    for (guint i = 0; i < N_FRAMES; i++) {
        rig->pixels[i] = g_malloc0(FAULT_SIDE * FAULT_SIDE * 3);
        memset(rig->pixels[i], (int)(60 * i), FAULT_SIDE * FAULT_SIDE);
        rig->frames[i] = (VinFrame){.format = VIN_FORMAT_RGB,
                                    .width = FAULT_SIDE,
                                    .height = FAULT_SIDE,
                                    .planes = {rig->pixels[i]}};
    }
    return TRUE;
}

static void clear_errors(Rig *rig)
{
    for (guint i = 0; i < N_FRAMES; i++) {
        g_clear_error(&rig->errors[i]);
    }
}

static void rig_close(Rig *rig, const char *after)
{
    clear_errors(rig);
    vin_stream_free(rig->streams[0]);
    vin_stream_free(rig->streams[1]);
    vin_engine_unref(rig->engine);
    vin_device_unref(rig->device);
    for (guint i = 0; i < N_FRAMES; i++) {
        g_free(rig->pixels[i]);
    }
    fault_assert_nothing_lives(after);
}

static void submit(Rig *rig)
{
    for (guint i = 0; i < N_FRAMES; i++) {
        rig->tickets[i] = 0;
        vin_stream_submit(stream_of(rig, i), &rig->frames[i], &rig->tickets[i], &rig->errors[i]);
    }
    vin_stream_flush(rig->streams[0]);
}

static void collect(Rig *rig)
{
    for (guint i = 0; i < N_FRAMES; i++) {
        if (rig->errors[i] == NULL) {
            vin_stream_collect(stream_of(rig, i), rig->tickets[i], &rig->results[i],
                               &rig->errors[i]);
        }
    }
}

static void run_all(Rig *rig)
{
    clear_errors(rig);
    submit(rig);
    collect(rig);
}

static void check(const Rig *rig, guint i)
{
    g_assert_no_error(rig->errors[i]);
    g_assert_cmpuint(rig->results[i].top[0].index, ==, rig->expected[i].top[0].index);
    g_assert_cmpfloat(rig->results[i].top[0].score, ==, rig->expected[i].top[0].score);
}

static void check_all(const Rig *rig)
{
    for (guint i = 0; i < N_FRAMES; i++) {
        check(rig, i);
    }
}

static void learn(Rig *rig)
{
    run_all(rig);
    for (guint i = 0; i < N_FRAMES; i++) {
        g_assert_no_error(rig->errors[i]);
        g_assert_cmpuint(rig->results[i].n_batch, ==, i < 2 ? 2 : 1);
        rig->expected[i] = rig->results[i];
    }
    g_assert_cmpfloat(rig->expected[0].top[0].score, !=, rig->expected[1].top[0].score);
}

/* Whoever completed the batch is told at once, the other one when it collects, and no one twice. */
static void test_submit(void)
{
    g_autoptr(GError) error = NULL;
    VinResult result;
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    learn(&rig);
    shim_fail("vkQueueSubmit", 1, VK_ERROR_OUT_OF_DEVICE_MEMORY, FALSE);
    submit(&rig);
    g_assert_no_error(rig.errors[0]);
    g_assert_error(rig.errors[1], VIN_ERROR, VIN_ERROR_MEMORY);
    g_assert_true(vin_stream_wait(rig.streams[0], rig.tickets[0], 0));
    collect(&rig);
    g_assert_error(rig.errors[0], VIN_ERROR, VIN_ERROR_MEMORY);
    g_assert_nonnull(strstr(rig.errors[0]->message, "vkQueueSubmit"));
    check(&rig, 2);
    g_assert_false(vin_stream_collect(rig.streams[0], rig.tickets[0], &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_cmpuint(vin_stream_get_n_free(rig.streams[0]), ==, 2);
    g_assert_cmpuint(vin_stream_get_n_free(rig.streams[1]), ==, 2);
    run_all(&rig);
    check_all(&rig);
    rig_close(&rig, "a batch that was not submitted");
}

/* A frame that was forgotten fails for nobody. */
static void test_forgotten(void)
{
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    learn(&rig);
    clear_errors(&rig);
    shim_fail("vkQueueSubmit", 1, VK_ERROR_OUT_OF_DEVICE_MEMORY, FALSE);
    submit(&rig);
    vin_stream_forget(rig.streams[0], rig.tickets[0]);
    g_assert_cmpuint(vin_stream_get_n_free(rig.streams[0]), ==, 1); /* frame 2 has the other */
    collect(&rig);
    run_all(&rig);
    check_all(&rig);
    rig_close(&rig, "a forgotten frame of a batch that was not submitted");
}

/* Only the frame whose wait failed is without a result. */
static void test_wait(void)
{
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    learn(&rig);
    for (guint i = 0; i < 3; i++) {
        clear_errors(&rig);
        submit(&rig);
        shim_fail("vkWaitForFences", 1, VK_ERROR_OUT_OF_HOST_MEMORY, FALSE);
        collect(&rig);
        g_assert_error(rig.errors[0], VIN_ERROR, VIN_ERROR_MEMORY);
        check(&rig, 1);
        check(&rig, 2);
        run_all(&rig);
        check_all(&rig);
    }
    rig_close(&rig, "a wait for a batch that failed");
}

static void test_lost(gconstpointer entry)
{
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    learn(&rig);
    shim_fail(entry, 1, VK_ERROR_DEVICE_LOST, FALSE);
    for (guint round = 0; round < 2; round++) {
        run_all(&rig);
        for (guint i = 0; i < N_FRAMES; i++) {
            g_assert_error(rig.errors[i], VIN_ERROR, VIN_ERROR_LOST);
        }
    }
    rig_close(&rig, "a device that was lost in a batch");
}

/* With the @n-th call of the first batch failing, in which the plan for two is made. FALSE when
 * there is no such call. */
static gboolean run_with_fault(guint n, VkResult result, const VinResult *expected)
{
    g_autofree char *what = NULL;
    const char *entry;
    Rig rig;

    if (!rig_open(&rig)) {
        return FALSE;
    }
    memcpy(rig.expected, expected, sizeof rig.expected);
    shim_reset();
    shim_fail(NULL, n, result, FALSE);
    run_all(&rig);
    entry = shim_fired();
    what = g_strdup_printf("%s", entry);
    for (guint i = 0; entry != NULL && i < N_FRAMES; i++) {
        if (rig.errors[i] == NULL) {
            check(&rig, i);
        } else if (result != VK_ERROR_DEVICE_LOST &&
                   strstr(rig.errors[i]->message, entry) == NULL) {
            g_error("%s: %s", entry, rig.errors[i]->message);
        }
    }
    run_all(&rig);
    for (guint i = 0; i < N_FRAMES; i++) {
        if (result != VK_ERROR_DEVICE_LOST || rig.errors[i] == NULL) {
            check(&rig, i);
        }
    }
    rig_close(&rig, what);
    return entry != NULL;
}

static guint n_results(const char *entry)
{
    const VkResult *results = shim_results(entry);
    guint n = 0;

    while (n < SHIM_MAX_RESULTS && results[n] != 0) {
        n++;
    }
    return n;
}

static void test_every_call(void)
{
    g_autoptr(GArray) calls = g_array_new(FALSE, FALSE, sizeof(ShimCall));
    VinResult expected[N_FRAMES];
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    shim_reset();
    learn(&rig);
    for (guint i = 0; i < shim_n_calls(); i++) {
        const ShimCall call = shim_call(i);

        g_array_append_val(calls, call);
    }
    memcpy(expected, rig.expected, sizeof expected);
    rig_close(&rig, "a run without faults");
    g_assert_cmpuint(calls->len, >, 20);
    for (guint i = 0; i < calls->len; i++) {
        const char *entry = g_array_index(calls, ShimCall, i).entry;

        g_assert_true(
            run_with_fault(i + 1, shim_results(entry)[i % n_results(entry)], expected));
    }
    g_test_message("%u calls failed in turn", calls->len);
}

/* No memory for two images: one after the other, and one warning. */
static guint n_warnings;

static void on_log(VinLogLevel level, const char *message, gpointer user_data)
{
    n_warnings += strstr(message, "batches of 2 images cannot be had") != NULL;
}

static void test_no_memory(void)
{
    VinResult expected[N_FRAMES];
    Rig rig;

    if (!rig_open(&rig)) {
        return;
    }
    learn(&rig);
    memcpy(expected, rig.expected, sizeof expected);
    rig_close(&rig, "a run without faults");
    rig_open(&rig);
    memcpy(rig.expected, expected, sizeof expected);
    vin_log_set_func(on_log, VIN_LOG_WARN, NULL);
    shim_reset();
    shim_fail("vkAllocateMemory", 3, VK_ERROR_OUT_OF_DEVICE_MEMORY, FALSE);
    for (guint round = 0; round < 3; round++) {
        run_all(&rig);
        check_all(&rig);
        g_assert_cmpuint(rig.results[0].n_batch, ==, 1);
    }
    g_assert_cmpstr(shim_fired(), ==, "vkAllocateMemory");
    g_assert_cmpuint(n_warnings, ==, 1);
    vin_log_set_func(NULL, VIN_LOG_ERROR, NULL);
    rig_close(&rig, "a plan that there was no memory for");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fault_rig_open();
    g_test_add_func("/batch-faults/submit", test_submit);
    g_test_add_func("/batch-faults/forgotten", test_forgotten);
    g_test_add_func("/batch-faults/wait", test_wait);
    g_test_add_data_func("/batch-faults/lost/submit", "vkQueueSubmit", test_lost);
    g_test_add_data_func("/batch-faults/lost/wait", "vkWaitForFences", test_lost);
    g_test_add_func("/batch-faults/every-call", test_every_call);
    g_test_add_func("/batch-faults/no-memory", test_no_memory);
    return fault_rig_run();
}
