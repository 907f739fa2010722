/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A VinDevice over somebody's VkDevice: what it is taken to be able to do, that all who come with
 * it share, that its queue is locked around every use, and that it outlives us.
 */
#include <string.h>

#include "engine_rig.h"
#include "image_rig.h"
#include "vk/instance.h"

/* Somebody's device. */
typedef struct {
    VinVulkanDevice external;
    gint n_locks, n_unlocks, n_destroyed; /* atomic */
    gint is_locked;
} Owner;

static void lock_queue(gpointer data)
{
    Owner *owner = data;

    g_assert_true(g_atomic_int_compare_and_exchange(&owner->is_locked, FALSE, TRUE));
    g_atomic_int_inc(&owner->n_locks);
}

static void unlock_queue(gpointer data)
{
    Owner *owner = data;

    g_assert_true(g_atomic_int_compare_and_exchange(&owner->is_locked, TRUE, FALSE));
    g_atomic_int_inc(&owner->n_unlocks);
}

static void destroyed(gpointer data)
{
    g_atomic_int_inc(&((Owner *)data)->n_destroyed);
}

/* Every feature that there is, or none. */
static void open_owner(Owner *owner, gboolean features_on)
{
    const float priority = 1.0f;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = vin_device_queue_family(rig_device),
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
    };
    VkPhysicalDevice physical = vin_device_vk_physical(rig_device);
    VinFeatures features;
    VinCaps caps;

    vin_caps_query(physical, queue.queueFamilyIndex, 0, &caps, &features);
    info.pNext = features_on ? &features.head : NULL;
    *owner = (Owner){.external = {.instance = vin_instance_get(NULL),
                                  .physical_device = physical,
                                  .queue_family = queue.queueFamilyIndex,
                                  .api_version = VK_API_VERSION_1_3,
                                  .features_enabled = features_on,
                                  .lock_queue = lock_queue,
                                  .unlock_queue = unlock_queue,
                                  .destroy = destroyed,
                                  .user_data = owner}};
    g_assert_cmpint(vkCreateDevice(physical, &info, NULL, &owner->external.device), ==, VK_SUCCESS);
    vkGetDeviceQueue(owner->external.device, queue.queueFamilyIndex, 0, &owner->external.queue);
}

/* It is as good as before. */
static void close_owner(Owner *owner)
{
    const VkFenceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    VkFence fence = VK_NULL_HANDLE;

    g_assert_cmpint(owner->n_locks, ==, owner->n_unlocks);
    g_assert_cmpint(vkCreateFence(owner->external.device, &info, NULL, &fence), ==, VK_SUCCESS);
    g_assert_cmpint(vkQueueSubmit(owner->external.queue, 0, NULL, fence), ==, VK_SUCCESS);
    g_assert_cmpint(vkWaitForFences(owner->external.device, 1, &fence, VK_TRUE, 10000000000), ==,
                    VK_SUCCESS);
    vkDestroyFence(owner->external.device, fence, NULL);
    vkDestroyDevice(owner->external.device, NULL);
}

static gboolean need_device(void)
{
    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
    }
    return rig_device != NULL;
}

static VinDevice *share(Owner *owner)
{
    g_autoptr(GError) error = NULL;
    VinDevice *device = vin_device_new_for_vulkan(&owner->external, &error);

    g_assert_no_error(error);
    return device;
}

/* Top score of a noisy picture, by an engine on @device. */
static void classify(VinDevice *device, VinResult *result)
{
    const VinEngineParams params = {.disable_warm_up = TRUE};
    g_autofree guint8 *pixels = rig_noise_pixels(3, 200, 20, 90);
    const VinFrame frame = rig_rgb_frame(pixels);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinEngine) engine = vin_engine_new(rig_model, device, &params, &error);
    g_autoptr(VinStream) stream = NULL;

    g_assert_no_error(error);
    stream = rig_stream(engine);
    vin_stream_run(stream, &frame, result, &error);
    g_assert_no_error(error);
}

static void test_runs(gconstpointer data)
{
    const gboolean features_on = GPOINTER_TO_INT(data);
    const guint32 of_features = VIN_CAP_TIMELINE | VIN_CAP_FP16_STORAGE | VIN_CAP_BUFFER_ADDRESS |
                                VIN_CAP_SUBGROUP_SIZE_CONTROL | VIN_CAP_INT64 |
                                VIN_CAP_INT8_DOT;
    const guint32 of_extensions = VIN_CAP_EXTERNAL_FD | VIN_CAP_DMABUF | VIN_CAP_FOREIGN_QUEUE |
                                  VIN_CAP_DRM_MODIFIER | VIN_CAP_COOPERATIVE_MATRIX;
    VinResult expected, got;
    VinDevice *device;
    guint32 bits;
    Owner owner;

    if (!need_device()) {
        return;
    }
    bits = vin_device_get_caps(rig_device)->bits & ~of_extensions; /* none was enabled */
    open_owner(&owner, features_on);
    device = share(&owner);
    g_assert_cmphex(vin_device_get_caps(device)->bits, ==,
                    features_on ? bits : bits & ~of_features);
    g_assert_cmpstr(vin_device_get_info(device)->name, ==, vin_device_get_info(rig_device)->name);
    classify(rig_device, &expected);
    classify(device, &got);
    g_assert_cmpint(owner.n_locks, >, 0);
    g_assert_cmpuint(got.top[0].index, ==, expected.top[0].index);
    g_assert_cmpfloat_with_epsilon(got.top[0].score, expected.top[0].score, 1e-4f);
    g_assert_cmpint(owner.n_destroyed, ==, 0);
    vin_device_unref(device);
    g_assert_cmpint(owner.n_destroyed, ==, 1);
    close_owner(&owner);
}

static void test_shared(void)
{
    VinDevice *devices[3];
    Owner owner, other;

    if (!need_device()) {
        return;
    }
    open_owner(&owner, FALSE);
    open_owner(&other, FALSE);
    devices[0] = share(&owner);
    devices[1] = share(&owner);
    devices[2] = share(&other);
    g_assert_true(devices[0] == devices[1]);
    g_assert_true(devices[0] != devices[2]);
    g_assert_cmpint(owner.n_destroyed, ==, 1); /* the second one's share was not needed */
    vin_device_unref(devices[0]);
    g_assert_cmpint(owner.n_destroyed, ==, 1);
    vin_device_unref(devices[1]);
    g_assert_cmpint(owner.n_destroyed, ==, 2);
    devices[0] = share(&owner); /* anew */
    vin_device_unref(devices[0]);
    g_assert_cmpint(owner.n_destroyed, ==, 3);
    g_assert_cmpint(other.n_destroyed, ==, 0);
    vin_device_unref(devices[2]);
    g_assert_cmpint(other.n_destroyed, ==, 1);
    close_owner(&owner);
    close_owner(&other);
}

static gpointer share_often(gpointer data)
{
    for (guint i = 0; i < 200; i++) {
        vin_device_unref(share(data));
    }
    return NULL;
}

static void test_threads(void)
{
    GThread *threads[4];
    Owner owner;

    if (!need_device()) {
        return;
    }
    open_owner(&owner, FALSE);
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("share", share_often, &owner);
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(owner.n_destroyed, ==, 800);
    close_owner(&owner);
}

/* Semaphores and layouts of images on a device that has no feature on. */
static void test_images(void)
{
    const VinEngineParams params = {.disable_warm_up = TRUE};
    const ImageKind kind = {"bgra", VIN_FORMAT_BGRA, {VK_FORMAT_B8G8R8A8_SRGB},
                            VK_IMAGE_LAYOUT_GENERAL, VK_PIPELINE_STAGE_TRANSFER_BIT, 0};
    const VinFrame shape = {.width = 33, .height = 40, .crop_x = 3};
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = NULL;
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = NULL;
    VinResult expected, got;
    VinTicket ticket = 0;
    ImageRig rig;
    Owner owner;

    if (!need_device()) {
        return;
    }
    open_owner(&owner, FALSE);
    device = share(&owner);
    engine = vin_engine_new(rig_model, device, &params, &error);
    g_assert_no_error(error);
    stream = rig_stream(engine);
    g_assert_true(image_rig_open(&rig, device, &kind, &shape, 9));
    vin_stream_run(stream, &rig.frame, &expected, &error);
    g_assert_no_error(error);
    vin_stream_submit_vulkan(stream, &rig.frame, rig.planes, 1, &ticket, &error);
    g_assert_no_error(error);
    vin_stream_collect(stream, ticket, &got, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(got.n_top, ==, expected.n_top);
    g_assert_cmpmem(got.top, got.n_top * sizeof *got.top, expected.top,
                    got.n_top * sizeof *got.top);
    image_rig_close(&rig);
    g_clear_pointer(&stream, vin_stream_free);
    g_clear_pointer(&engine, vin_engine_unref);
    g_clear_pointer(&device, vin_device_unref);
    close_owner(&owner);
}

static void refuse(Owner *owner, VinErrorCode code, const char *message)
{
    g_autoptr(GError) error = NULL;
    const gint n = owner->n_destroyed;

    g_assert_null(vin_device_new_for_vulkan(&owner->external, &error));
    g_assert_error(error, VIN_ERROR, (gint)code);
    g_assert_nonnull(strstr(error->message, message));
    g_assert_cmpint(owner->n_destroyed, ==, n + 1);
}

static void test_refused(void)
{
    Owner owner;

    if (!need_device()) {
        return;
    }
    open_owner(&owner, FALSE);
    owner.external.api_version = VK_API_VERSION_1_0;
    refuse(&owner, VIN_ERROR_UNSUPPORTED, "is used as Vulkan 1.0; 1.1 or later is needed");
    owner.external.api_version = VK_API_VERSION_1_1;
    owner.external.queue_family = 99;
    refuse(&owner, VIN_ERROR_UNSUPPORTED, "queue family 99 of the shared device");
    owner.external.physical_device = (VkPhysicalDevice)&owner;
    refuse(&owner, VIN_ERROR_DEVICE, "none of its instance's");
    close_owner(&owner);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_data_func("/external/no_features", GINT_TO_POINTER(FALSE), test_runs);
    g_test_add_data_func("/external/features", GINT_TO_POINTER(TRUE), test_runs);
    g_test_add_func("/external/shared", test_shared);
    g_test_add_func("/external/threads", test_threads);
    g_test_add_func("/external/images", test_images);
    g_test_add_func("/external/refused", test_refused);
    return rig_run();
}
