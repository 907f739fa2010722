/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every Vulkan call that a frame in images takes fails once with each error it may return: one
 * error that says so, no object left, planes that tell the truth of their semaphores, and the same
 * frame again works.
 */
#include <string.h>

#include "checkgpu/image_rig.h"
#include "fault_rig.h"
#include "shim.h"

static const ImageKind kind = {"nv12", VIN_FORMAT_NV12,
                               {VK_FORMAT_R8_UNORM, VK_FORMAT_R8G8_UNORM},
                               VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
                               VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT};

static gboolean submit(VinStream *stream, ImageRig *rig, VinResult *result, GError **error)
{
    VinTicket ticket = 0;

    return vin_stream_submit_vulkan(stream, &rig->frame, rig->planes, rig->n_planes, &ticket,
                                    error) &&
           vin_stream_collect(stream, ticket, result, error);
}

/* What the planes say is waited for comes about, and is no more than what was set. */
static void check_semaphores(const ImageRig *rig)
{
    for (guint i = 0; i < rig->n_planes; i++) {
        const VinVulkanPlane *plane = &rig->planes[i];
        const VkSemaphoreWaitInfo info = {
            .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
            .semaphoreCount = 1,
            .pSemaphores = &plane->semaphore,
            .pValues = &plane->wait_value,
        };
        guint64 value = 0;

        if (plane->semaphore == VK_NULL_HANDLE) {
            continue;
        }
        g_assert_cmpint(vkWaitSemaphores(vin_device_vk(rig->device), &info, 5000000000), ==,
                        VK_SUCCESS);
        g_assert_cmpint(vkGetSemaphoreCounterValue(vin_device_vk(rig->device), plane->semaphore,
                                                   &value), ==, VK_SUCCESS);
        g_assert_cmpuint(value, ==, plane->wait_value);
        g_assert_cmpuint(plane->signal_value, ==, plane->wait_value + 1);
    }
}

/* In a new stream: its first buffers, recordings and fill. TRUE: the frame has its result all the
 * same. */
static gboolean run_with_fault(VinEngine *engine, ImageRig *rig, guint n, const char *entry,
                           VkResult result)
{
    g_autoptr(VinStream) stream = vin_stream_new(engine, NULL);
    g_autoptr(GError) error = NULL;
    VinResult expected, got;
    gboolean ok;

    shim_reset();
    shim_fail(NULL, n, result, FALSE);
    ok = submit(stream, rig, &got, &error);
    g_assert_cmpstr(shim_fired(), ==, entry);
    g_test_message("%u %s: %s", n, entry, ok ? "not needed" : error->message);
    if (!ok) {
        g_assert_nonnull(strstr(error->message, entry));
    }
    shim_reset();
    check_semaphores(rig);
    g_assert_true(submit(stream, rig, &got, NULL));
    check_semaphores(rig);
    g_assert_true(vin_stream_run(stream, &rig->frame, &expected, NULL));
    g_assert_cmpuint(got.n_top, ==, expected.n_top);
    g_assert_cmpmem(got.top, got.n_top * sizeof *got.top, expected.top,
                    got.n_top * sizeof *got.top);
    return ok;
}

/* The calls of a frame, the stream's own aside. To g_free(). */
static ShimCall *list_calls(VinEngine *engine, ImageRig *rig, guint *n)
{
    g_autoptr(VinStream) stream = vin_stream_new(engine, NULL);
    ShimCall *calls;
    VinResult result;

    g_assert_true(submit(stream, rig, &result, NULL)); /* builds the pipeline */
    g_clear_pointer(&stream, vin_stream_free);
    stream = vin_stream_new(engine, NULL);
    shim_reset();
    g_assert_true(submit(stream, rig, &result, NULL));
    *n = shim_n_calls();
    calls = g_new0(ShimCall, *n);
    for (guint i = 0; i < *n; i++) {
        calls[i] = shim_call(i);
    }
    return calls;
}

static void sweep(VinEngine *engine, ImageRig *rig)
{
    const guint n_fences = rig->planes[0].semaphore != VK_NULL_HANDLE;
    guint n_calls = 0, n_submits = 0, n_done_without = 0, n_live;
    g_autofree ShimCall *calls = list_calls(engine, rig, &n_calls);
    g_autofree char *before = NULL, *after = NULL;

    n_live = shim_n_live(&before);
    for (guint i = 0; i < n_calls; i++) {
        const VkResult *results = shim_results(calls[i].entry);

        n_submits += strcmp(calls[i].entry, "vkQueueSubmit") == 0;
        for (guint k = 0; k < SHIM_MAX_RESULTS && results[k] != 0; k++) {
            if (results[k] != VK_ERROR_DEVICE_LOST) { /* leaves no next frame: test_faults.c */
                const gboolean ok = run_with_fault(engine, rig, i + 1, calls[i].entry, results[k]);

                if (strcmp(calls[i].entry, "vkQueueSubmit") == 0) {
                    n_done_without += ok; /* a fence, for the queue was waited for */
                } else {
                    g_assert_cmpint(ok, ==, strcmp(calls[i].entry, "vkGetQueryPoolResults") == 0);
                }
            }
        }
    }
    g_assert_cmpuint(n_submits, ==, 2 + n_fences); /* the fill, its fence behind, and the rest */
    g_assert_cmpuint(n_done_without, ==, 2 * n_fences);
    g_assert_cmpuint(shim_n_live(&after), ==, n_live);
}

static VkSemaphore make_semaphore(VinDevice *device)
{
    const VkSemaphoreTypeCreateInfo type = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
    };
    const VkSemaphoreCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
        .pNext = &type,
    };
    VkSemaphore semaphore = VK_NULL_HANDLE;

    g_assert_cmpint(vkCreateSemaphore(vin_device_vk(device), &info, NULL, &semaphore), ==,
                    VK_SUCCESS);
    return semaphore;
}

static void test_every_call(void)
{
    const VinEngineParams params = {.top_k = 3, .disable_warm_up = TRUE};
    const VinFrame shape = {.width = FAULT_SIDE, .height = FAULT_SIDE};
    g_autoptr(VinDevice) device = NULL;
    g_autoptr(VinEngine) engine = NULL;
    gboolean has_semaphores;
    ImageRig rig;

    if (!fault_need_device()) {
        return;
    }
    device = vin_device_new(NULL, NULL);
    engine = vin_engine_new(fault_model, device, &params, NULL);
    has_semaphores = (vin_device_get_caps(device)->bits & VIN_CAP_TIMELINE) != 0;
    g_assert_true(image_rig_open(&rig, device, &kind, &shape, 1));
    for (guint i = 0; has_semaphores && i < rig.n_planes; i++) {
        rig.planes[i].semaphore = make_semaphore(device);
        rig.planes[i].signal_value = 1;
    }
    sweep(engine, &rig);
    for (guint i = 0; has_semaphores && i < rig.n_planes; i++) {
        vkDestroySemaphore(vin_device_vk(device), rig.planes[i].semaphore, NULL);
    }
    image_rig_close(&rig);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    fault_rig_open();
    g_test_add_func("/image-faults/every-call", test_every_call);
    return fault_rig_run();
}
