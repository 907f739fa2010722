/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each Vulkan function fails at several of its calls in an engine that times its kernels, with one
 * of the errors it may return, taken in turn: one error that says so, nothing left alive.
 */
#include <string.h>

#include "fault_rig.h"
#include "shim.h"
#include "vk/vk.h"

#define N_PLACES 4 /* calls of a function that fail, unless all do */

/* Without these there is no cache, a feature less, or a kernel is not timed. */
static const char *const optional[] = {"vkCreatePipelineCache",
                                       "vkEnumerateDeviceExtensionProperties",
                                       "vkGetPipelineCacheData", "vkGetQueryPoolResults"};

static gboolean is_optional(const char *entry)
{
    for (guint i = 0; i < G_N_ELEMENTS(optional); i++) {
        if (strcmp(optional[i], entry) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The plan as text, or NULL. */
static char *run(GError **error)
{
    const VinEngineParams params = {.disable_warm_up = TRUE, .precision = VIN_PRECISION_FP32};
    g_autoptr(VinDevice) device = vin_device_new(NULL, error);
    g_autoptr(VinEngine) engine =
        device != NULL ? vin_engine_new(fault_model, device, &params, error) : NULL;

    return engine != NULL ? vin_engine_describe(engine, VIN_DESCRIBE_TEXT) : NULL;
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

/* A run in which call @n of @entry, from 1, fails. How often depends on the times: there may be
 * fewer. */
static void run_with_fault(const char *entry, guint n)
{
    const VkResult result = shim_results(entry)[n % n_results(entry)];
    g_autofree char *what = g_strdup_printf("%s %u, %s", entry, n, vin_vk_result_name(result));
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    fault_empty_cache();
    shim_reset();
    shim_fail(entry, n, result, FALSE);
    text = run(&error);
    fault_assert_nothing_lives(what);
    if ((text != NULL) != (error == NULL)) {
        g_error("%s: text %d, error: %s", what, text != NULL,
                error != NULL ? error->message : "none");
    }
    if (shim_fired() == NULL ||
        (is_optional(entry) && result != VK_ERROR_DEVICE_LOST)) {
        g_assert_no_error(error);
        return;
    }
    if (error == NULL) {
        g_error("%s: nobody noticed", what);
    }
    if (strstr(error->message, entry) == NULL ||
        strstr(error->message, vin_vk_result_name(result)) == NULL) {
        g_error("%s: the message does not say it: %s", what, error->message);
    }
}

/* Calls of a run, by function. */
static GHashTable *count_calls(void)
{
    GHashTable *counts = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    fault_empty_cache();
    shim_reset();
    text = run(&error);
    g_assert_no_error(error);
    for (guint i = 0; i < shim_n_calls() && strstr(text, " timed: ") != NULL; i++) {
        const char *entry = shim_call(i).entry;
        const guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, entry));

        g_hash_table_insert(counts, (gpointer)entry, GUINT_TO_POINTER(n + 1));
    }
    return counts;
}

static void test_every_function(void)
{
    const gboolean full = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
    g_autoptr(GHashTable) counts = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    GHashTableIter iter;
    gpointer entry, value;
    guint n_runs = 0;

    if (!fault_need_device()) {
        return;
    }
    g_free(run(&error)); /* makes the instance */
    g_assert_no_error(error);
    counts = count_calls();
    if (g_hash_table_size(counts) == 0) {
        g_test_skip("the device has no timestamps");
        return;
    }
    g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(counts, "vkQueueSubmit")), >=, 4);
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &entry, &value)) {
        const guint n_calls = GPOINTER_TO_UINT(value);
        const guint step = full ? 1 : (n_calls + N_PLACES - 1) / N_PLACES;

        for (guint n = 1; n <= n_calls && n_results(entry) > 0; n += step, n_runs++) {
            run_with_fault(entry, n);
        }
    }
    g_test_message("%u runs", n_runs);
    shim_reset();
    text = run(&error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(text, " timed: "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_setenv("VIN_AUTOTUNE", "once", TRUE);
    fault_rig_open();
    g_test_add_func("/tune-faults/every-function", test_every_function);
    return fault_rig_run();
}
