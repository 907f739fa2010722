/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every Vulkan call that an imported frame takes fails once with each error it may return: one
 * error that says so, no object and no descriptor left, and the next frame works.
 */
#include <string.h>

#include "checkgpu/export_rig.h"
#include "engine/dmabuf.h"
#include "fault_rig.h"
#include "shim.h"

#define TYPE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define RIG_SIZE (FAULT_SIDE * FAULT_SIDE * 3)

static gboolean submit(VinStream *stream, const ExportRig *rig, GError **error)
{
    const VinFrame frame = {
        .format = VIN_FORMAT_RGB, .width = FAULT_SIDE, .height = FAULT_SIDE};
    const VinDmabuf dmabuf = {.fds = {rig->fd}, .n_planes = 1, .sizes = {rig->size}};
    VinTicket ticket = 0;
    VinResult result;

    return vin_stream_submit_memory(stream, &frame, &dmabuf, TYPE, &ticket, error) &&
           vin_stream_collect(stream, ticket, &result, error);
}

/* In a new stream: its first import, recording and fill. */
static void run_with_fault(VinEngine *engine, const ExportRig *rig, guint n, const char *entry,
                           VkResult result)
{
    const guint n_open = count_descriptors();
    g_autoptr(VinStream) stream = vin_stream_new(engine, NULL);
    g_autoptr(GError) error = NULL;
    gboolean ok;

    shim_reset();
    shim_fail(NULL, n, result, FALSE);
    ok = submit(stream, rig, &error);
    g_assert_cmpstr(shim_fired(), ==, entry);
    g_test_message("%u %s: %s", n, entry, ok ? "not needed" : error->message);
    if (strcmp(entry, "vkGetQueryPoolResults") != 0) {
        g_assert_false(ok);
        g_assert_nonnull(strstr(error->message, entry));
    }
    shim_reset();
    g_assert_true(submit(stream, rig, NULL));
    g_clear_pointer(&stream, vin_stream_free);
    g_assert_cmpuint(count_descriptors(), ==, n_open);
}

/* The calls of a frame, the stream's own aside. To g_free(). */
static ShimCall *list_calls(VinEngine *engine, const ExportRig *rig, guint *n)
{
    g_autoptr(VinStream) stream = vin_stream_new(engine, NULL);
    ShimCall *calls;

    g_assert_true(submit(stream, rig, NULL)); /* builds the pipeline */
    g_clear_pointer(&stream, vin_stream_free);
    stream = vin_stream_new(engine, NULL);
    shim_reset();
    g_assert_true(submit(stream, rig, NULL));
    *n = shim_n_calls();
    calls = g_new0(ShimCall, *n);
    for (guint i = 0; i < *n; i++) {
        calls[i] = shim_call(i);
    }
    return calls;
}

static void sweep(VinEngine *engine, const ExportRig *rig)
{
    guint n_calls = 0, n_live;
    g_autofree ShimCall *calls = list_calls(engine, rig, &n_calls);
    g_autofree char *before = NULL, *after = NULL;

    g_assert_cmpuint(n_calls, >, 12);
    n_live = shim_n_live(&before);
    for (guint i = 0; i < n_calls; i++) {
        const VkResult *results = shim_results(calls[i].entry);

        for (guint k = 0; k < SHIM_MAX_RESULTS && results[k] != 0; k++) {
            if (results[k] != VK_ERROR_DEVICE_LOST) { /* leaves no next frame: test_faults.c */
                run_with_fault(engine, rig, i + 1, calls[i].entry, results[k]);
            }
        }
    }
    g_assert_cmpuint(shim_n_live(&after), ==, n_live);
}

static void test_every_call(void)
{
    const VinEngineParams params = {.top_k = 3, .disable_warm_up = TRUE};
    ExportRig rig = {0};

    if (!fault_need_device()) {
        return;
    }
    if (export_rig_open(&rig, RIG_SIZE)) {
        g_autoptr(VinDevice) device = vin_device_new(NULL, NULL);
        g_autoptr(VinEngine) engine = vin_engine_new(fault_model, device, &params, NULL);

        sweep(engine, &rig);
    }
    export_rig_close(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fault_rig_open();
    g_test_add_func("/import-faults/every-call", test_every_call);
    return fault_rig_run();
}
