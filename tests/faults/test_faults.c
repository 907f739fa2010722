/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every Vulkan call of a whole run fails once with each error it may return: one
 * error that says so, nothing left alive, and the next run works.
 */
#include <string.h>

#include "fault_rig.h"
#include "shim.h"
#include "support/tiny_model.h"
#include "vk/vk.h"

static gboolean warms_up = TRUE;
static GHashTable *fired_entries; /* set of "vkCreateBuffer" */
static GHashTable *fired_sites;   /* set of return addresses */

/* Not what a run needs: without them it only lacks times, a feature, or the cache of pipelines, or
 * waits where it asked whether to. A device that is lost there is told at the next frame. */
static const char *const optional[] = {"vkCreatePipelineCache",
                                       "vkEnumerateDeviceExtensionProperties",
                                       "vkGetFenceStatus", "vkGetPipelineCacheData",
                                       "vkGetQueryPoolResults"};

static gboolean is_optional(const char *entry)
{
    for (guint i = 0; i < G_N_ELEMENTS(optional); i++) {
        if (strcmp(optional[i], entry) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static VinErrorCode expected_code(VkResult result)
{
    switch (result) {
    case VK_ERROR_DEVICE_LOST:
        return VIN_ERROR_LOST;
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_FRAGMENTATION:
    case VK_ERROR_FRAGMENTED_POOL:
        return VIN_ERROR_MEMORY;
    default:
        return VIN_ERROR_DEVICE;
    }
}

static gboolean run_frames(VinStream *stream, GError **error)
{
    g_autofree guint8 *pixels = g_malloc0(FAULT_SIDE * FAULT_SIDE * 3);
    g_autofree float *values = g_new0(float, 3 * VIN_TINY_MODEL_SIZE * VIN_TINY_MODEL_SIZE);
    const gsize n_values = 3 * VIN_TINY_MODEL_SIZE * VIN_TINY_MODEL_SIZE;
    VinFrame frame = {
        .format = VIN_FORMAT_RGB, .width = FAULT_SIDE, .height = FAULT_SIDE, .planes = {pixels}};
    VinResult result;
    VinTicket ticket = 0;
    guint n_layers;

    if (!vin_stream_run(stream, &frame, &result, error)) {
        return FALSE;
    }
    vin_stream_get_layer_times(stream, &n_layers);
    frame.format = VIN_FORMAT_GRAY8; /* another pipeline and another recording */
    if (!vin_stream_submit(stream, &frame, &ticket, error)) {
        return FALSE;
    }
    vin_stream_is_done(stream, ticket);
    return vin_stream_collect(stream, ticket, &result, error) &&
           vin_stream_preprocess(stream, &frame, values, n_values, error) &&
           vin_stream_run_tensor(stream, values, n_values, &result, error);
}

/* Opens, compiles, runs, and closes whatever became of it. */
static gboolean run(GError **error)
{
    const VinEngineParams params = {.top_k = 3,
                                    .all_scores = TRUE,
                                    .time_layers = TRUE,
                                    .disable_warm_up = !warms_up};
    g_autoptr(VinDevice) device = vin_device_new(NULL, error);
    g_autoptr(VinEngine) engine =
        device != NULL ? vin_engine_new(fault_model, device, &params, error) : NULL;
    g_autoptr(VinStream) stream = engine != NULL ? vin_stream_new(engine, error) : NULL;

    return stream != NULL && run_frames(stream, error);
}

static void check_outcome(const char *entry, VkResult result, gboolean ok, const GError *error)
{
    g_autofree char *what = g_strdup_printf("%s, %s", entry, vin_vk_result_name(result));

    fault_assert_nothing_lives(what);
    if (ok != (error == NULL)) {
        g_error("%s: ok %d, but error: %s", what, ok, error != NULL ? error->message : "none");
    }
    if (is_optional(entry)) {
        if (error != NULL && result != VK_ERROR_DEVICE_LOST) {
            g_error("%s: should not matter: %s", what, error->message);
        }
        return;
    }
    if (ok) {
        g_error("%s: nobody noticed", what);
    }
    g_assert_error(error, VIN_ERROR, (gint)expected_code(result));
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
        g_assert_nonnull(strstr(error->message, "mesa-vulkan-drivers"));
    } else if (strstr(error->message, entry) == NULL ||
               strstr(error->message, vin_vk_result_name(result)) == NULL) {
        g_error("%s: the message does not say it: %s", what, error->message);
    }
}

/* Runs with the @n-th call failing. FALSE when there is no such call. */
static gboolean run_with_fault(guint n, VkResult result)
{
    g_autoptr(GError) error = NULL;
    const char *entry;
    gboolean ok;

    fault_empty_cache();
    shim_reset();
    shim_fail(NULL, n, result, FALSE);
    ok = run(&error);
    entry = shim_fired();
    if (entry == NULL) {
        g_assert_no_error(error);
        return FALSE;
    }
    check_outcome(entry, result, ok, error);
    g_hash_table_add(fired_entries, (gpointer)entry);
    g_hash_table_add(fired_sites, (gpointer)shim_call(n - 1).site);
    return TRUE;
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

/* Each call of a run fails: with each of its errors the first time that its line in the source is
 * met, with one of them, taken in turn, when it is met again. */
static void sweep(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) calls = g_array_new(FALSE, FALSE, sizeof(ShimCall));
    g_autoptr(GHashTable) met = g_hash_table_new(NULL, NULL);
    const gboolean full = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
    guint n_runs = 0;

    fault_empty_cache();
    shim_reset();
    run(&error);
    g_assert_no_error(error);
    fault_assert_nothing_lives("a run without faults");
    for (guint i = 0; i < shim_n_calls(); i++) {
        const ShimCall call = shim_call(i);

        g_array_append_val(calls, call);
    }
    g_assert_cmpuint(calls->len, >, 100);
    for (guint i = 0; i < calls->len; i++) {
        const ShimCall call = g_array_index(calls, ShimCall, i);
        const guint n = n_results(call.entry);
        const gboolean all = g_hash_table_add(met, (gpointer)call.site) || full;

        for (guint k = 0; k < n; k++) {
            if (all || k == i % n) {
                g_assert_true(run_with_fault(i + 1, shim_results(call.entry)[k]));
                n_runs++;
            }
        }
    }
    g_test_message("%u calls, %u runs, so far %u call sites of %u functions", calls->len, n_runs,
                   g_hash_table_size(fired_sites), g_hash_table_size(fired_entries));
    shim_reset();
    run(&error);
    g_assert_no_error(error);
}

/* The instance is made once a process, so its calls come first, in main(). */
static void sweep_instance(void)
{
    static const VkResult probe[] = {VK_ERROR_OUT_OF_HOST_MEMORY, 0};

    for (guint n = 1; fault_have_device(); n++) {
        const VkResult *results = probe;

        for (guint k = 0; k < SHIM_MAX_RESULTS && results[k] != 0; k++) {
            g_assert_true(run_with_fault(n, results[k]));
            if (strcmp(shim_fired(), "vkEnumeratePhysicalDevices") == 0) {
                return; /* there is an instance now */
            }
            results = shim_results(shim_fired());
        }
    }
}

static void test_every_call(void)
{
    if (fault_need_device()) {
        sweep();
    }
}

/* The same on a card that needs staging buffers, is asked for its extensions, and whose cache
 * is worth keeping. */
static void test_every_call_of_a_card(void)
{
    if (fault_need_device()) {
        warms_up = FALSE; /* it takes most of the time, and has failed already */
        shim_pretend_card(TRUE);
        shim_pretend_cache(5000);
        sweep();
        shim_pretend_card(FALSE);
        shim_pretend_cache(0);
    }
}

/* Several threads make them: one of the errors is told, and what the others made is gone. */
static void test_every_pipeline(void)
{
    static const char *const entries[] = {"vkCreateComputePipelines", "vkCreateShaderModule"};

    if (!fault_need_device()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        for (guint n = 1; n <= 4; n++) { /* and all that come after the n-th */
            g_autoptr(GError) error = NULL;
            gboolean ok;

            fault_empty_cache();
            shim_reset();
            shim_fail(entries[i], n, VK_ERROR_OUT_OF_DEVICE_MEMORY, TRUE);
            ok = run(&error);
            check_outcome(entries[i], VK_ERROR_OUT_OF_DEVICE_MEMORY, ok, error);
            g_assert_nonnull(strstr(error->message, "node '"));
            g_assert_cmpstr(shim_fired(), ==, entries[i]);
        }
    }
    shim_reset();
}

/* Runs after those above. */
static void test_nothing_forgotten(void)
{
    static const char *const expected[] = {
        "vkAllocateCommandBuffers", "vkAllocateDescriptorSets", "vkAllocateMemory",
        "vkBeginCommandBuffer", "vkBindBufferMemory", "vkCreateBuffer", "vkCreateCommandPool",
        "vkCreateComputePipelines", "vkCreateDescriptorPool", "vkCreateDescriptorSetLayout",
        "vkCreateDevice", "vkCreateFence", "vkCreateInstance", "vkCreatePipelineCache",
        "vkCreatePipelineLayout", "vkCreateQueryPool", "vkCreateShaderModule",
        "vkEndCommandBuffer", "vkEnumerateDeviceExtensionProperties",
        "vkEnumerateInstanceVersion", "vkEnumeratePhysicalDevices", "vkGetFenceStatus",
        "vkGetPipelineCacheData", "vkGetQueryPoolResults", "vkMapMemory", "vkQueueSubmit",
        "vkResetCommandPool", "vkResetFences", "vkWaitForFences"};

    if (!fault_need_device()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        if (!g_hash_table_contains(fired_entries, expected[i])) {
            g_error("%s never failed", expected[i]);
        }
    }
    g_assert_cmpuint(g_hash_table_size(fired_sites), >=, G_N_ELEMENTS(expected));
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    fired_entries = g_hash_table_new(g_str_hash, g_str_equal);
    fired_sites = g_hash_table_new(NULL, NULL);
    fault_rig_open();
    sweep_instance();
    g_test_add_func("/faults/every-call", test_every_call);
    g_test_add_func("/faults/every-call-of-a-card", test_every_call_of_a_card);
    g_test_add_func("/faults/every-pipeline", test_every_pipeline);
    g_test_add_func("/faults/nothing-forgotten", test_nothing_forgotten);
    status = fault_rig_run();
    g_hash_table_unref(fired_entries);
    g_hash_table_unref(fired_sites);
    return status;
}
