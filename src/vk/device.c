/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinDevice: the logical device with its one compute queue, and whether it was lost. Choosing
 * the physical device is physical.c's.
 */
#include "vk/device.h"

#include "base/env.h"
#include "base/error.h"
#include "base/log.h"
#include "base/weaktable.h"
#include "vk/check.h"
#include "vk/instance.h"
#include "vk/physical.h"
#include "vk/pipeline_cache.h"

struct _VinDevice {
    gint ref_count; /* atomic */
    gint lost;      /* atomic */
    gint stuck;     /* atomic */
    VinDeviceInfo info;
    VinCaps caps;
    VkPhysicalDevice physical;
    VkDevice vk;
    VkQueue queue;
    GMutex queue_lock; /* vkQueueSubmit wants the queue for itself */
    guint32 queue_family;
    VinPipelineCache cache;
    GMutex cache_lock; /* for writing its file */
    VinPipelineShelf shelf;
    VinQueueOwner owner; /* all NULL: the VkDevice is ours */
};

static VinWeakTable devices; /* of vin_device_open() */

VinDeviceInfo *vin_device_list(guint *n_devices, GError **error)
{
    g_autofree VinPhysical *list = NULL;
    VinDeviceInfo *infos = NULL;
    VkInstance instance;
    guint n = 0;

    g_return_val_if_fail(n_devices != NULL, NULL);
    *n_devices = 0;
    instance = vin_instance_get(error);
    if (instance == VK_NULL_HANDLE) {
        return NULL;
    }
    list = vin_physical_list(instance, &n, error);
    if (list != NULL) {
        infos = g_new0(VinDeviceInfo, n);
        for (guint i = 0; i < n; i++) {
            infos[i] = list[i].info;
        }
        *n_devices = n;
    }
    return infos;
}

static VinDevice *new_device(void)
{
    VinDevice *device = g_new0(VinDevice, 1);

    device->ref_count = 1;
    g_mutex_init(&device->queue_lock);
    g_mutex_init(&device->cache_lock);
    vin_pipeline_shelf_init(&device->shelf);
    return device;
}

static gboolean create_vk_device(VinDevice *device, GError **error)
{
    const float priority = 1.0f;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = device->queue_family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
    };
    VinFeatures features;

    vin_caps_query(device->physical, device->queue_family,
                   vin_caps_parse_mask(vin_env_get()->caps_mask), &device->caps, &features);
    vin_caps_take_driver(&device->caps, &device->info);
    info.pNext = &features.head;
    info.enabledExtensionCount = features.n_extensions;
    info.ppEnabledExtensionNames = features.extensions;
    if (!vin_vk_check(vkCreateDevice(device->physical, &info, NULL, &device->vk),
                      "vkCreateDevice", error)) {
        device->vk = VK_NULL_HANDLE;
        vin_fail_prefix(error, "device \"%s\": ", device->info.name);
        return FALSE;
    }
    vkGetDeviceQueue(device->vk, device->queue_family, 0, &device->queue);
    vin_pipeline_cache_open(&device->cache, device->vk, device->physical, device->info.driver);
    return TRUE;
}

VinDevice *vin_device_borrow(const VinPhysical *physical, const VinCaps *caps,
                             const VinVulkanDevice *external, const VinQueueOwner *owner)
{
    VinDevice *device = new_device();
    g_autofree char *bits = vin_caps_to_string(caps->bits);

    device->info = physical->info;
    device->physical = physical->vk;
    device->queue_family = physical->queue_family;
    device->caps = *caps;
    device->vk = external->device;
    device->queue = external->queue;
    device->owner = *owner;
    vin_pipeline_cache_open(&device->cache, device->vk, device->physical, device->info.driver);
    vin_log(VIN_LOG_INFO, "shared device \"%s\", driver %s %s: %s", device->info.name,
            device->info.driver, device->info.driver_info, bits);
    return device;
}

static gboolean choose_physical(const char *selector, VinPhysical *chosen, GError **error)
{
    g_autofree VinPhysical *list = NULL;
    const VinPhysical *found;
    guint n = 0;
    VkInstance instance = vin_instance_get(error);

    if (instance == VK_NULL_HANDLE) {
        return FALSE;
    }
    if (selector == NULL || selector[0] == '\0') {
        selector = vin_env_get()->device;
    }
    list = vin_physical_list(instance, &n, error);
    found = list != NULL ? vin_physical_choose(list, n, selector, error) : NULL;
    if (found != NULL) {
        *chosen = *found;
    }
    return found != NULL;
}

static VinDevice *open_physical(const VinPhysical *physical, GError **error)
{
    g_autoptr(VinDevice) device = new_device();

    device->info = physical->info;
    device->physical = physical->vk;
    device->queue_family = physical->queue_family;
    if (!create_vk_device(device, error)) {
        return NULL;
    }
    return g_steal_pointer(&device);
}

static VinDevice *open_and_tell(const VinPhysical *physical, GError **error)
{
    VinDevice *device = open_physical(physical, error);

    if (device != NULL) {
        const VinDeviceInfo *info = &device->info;
        g_autofree char *bits = vin_caps_to_string(device->caps.bits);

        vin_log(VIN_LOG_INFO, "device %u \"%s\", driver %s %s: %s", info->index, info->name,
                info->driver, info->driver_info, bits);
    }
    return device;
}

VinDevice *vin_device_new(const char *selector, GError **error)
{
    VinPhysical physical;

    return choose_physical(selector, &physical, error) ? open_and_tell(&physical, error) : NULL;
}

VinDevice *vin_device_new_like(const VinDevice *device, GError **error)
{
    const VinPhysical physical = {
        .vk = device->physical, .info = device->info, .queue_family = device->queue_family};

    g_assert(vin_device_is_own(device));
    return open_physical(&physical, error);
}

gboolean vin_device_is_own(const VinDevice *device)
{
    return device->owner.closed == NULL;
}

static gboolean take_device(gpointer device, gpointer data, GError **error)
{
    return !vin_device_is_lost(device) && vin_device_try_ref(device) != NULL;
}

static gpointer make_device(gpointer physical, GError **error)
{
    return open_and_tell(physical, error);
}

VinDevice *vin_device_open(const char *selector, GError **error)
{
    static const VinWeakKind kind = {.take = take_device, .make = make_device};
    g_autofree char *key = NULL;
    VinPhysical physical;

    if (!choose_physical(selector, &physical, error)) {
        return NULL;
    }
    key = g_strdup_printf("%p", (void *)physical.vk);
    return vin_weak_table_open(&devices, key, &kind, &physical, error);
}

VinDevice *vin_device_ref(VinDevice *device)
{
    g_return_val_if_fail(device != NULL, NULL);
    g_atomic_int_inc(&device->ref_count);
    return device;
}

VinDevice *vin_device_try_ref(VinDevice *device)
{
    return vin_weak_ref(&device->ref_count) ? device : NULL;
}

/* The VkDevice, or what we have of it, goes; one whose work never ended stays as it is. */
static void close_vk(VinDevice *device)
{
    const gboolean may_destroy = vin_device_may_destroy(device);

    vin_pipeline_shelf_clear(&device->shelf, device->vk, may_destroy);
    vin_pipeline_cache_clear(&device->cache, may_destroy);
    if (device->owner.closed != NULL) {
        device->owner.closed(device->owner.user_data, may_destroy);
    } else if (device->vk != VK_NULL_HANDLE && may_destroy) {
        vkDestroyDevice(device->vk, NULL);
    }
}

void vin_device_unref(VinDevice *device)
{
    if (device == NULL || !g_atomic_int_dec_and_test(&device->ref_count)) {
        return;
    }
    vin_weak_table_drop(&devices, device);
    if (device->vk != VK_NULL_HANDLE && !vin_device_is_lost(device)) {
        vin_device_save_cache(device);
    }
    close_vk(device);
    g_mutex_clear(&device->queue_lock);
    g_mutex_clear(&device->cache_lock);
    g_free(device);
}

const VinDeviceInfo *vin_device_get_info(const VinDevice *device)
{
    g_return_val_if_fail(device != NULL, NULL);
    return &device->info;
}

const VinCaps *vin_device_get_caps(const VinDevice *device)
{
    return &device->caps;
}

VkDevice vin_device_vk(const VinDevice *device)
{
    return device->vk;
}

VkPhysicalDevice vin_device_vk_physical(const VinDevice *device)
{
    return device->physical;
}

VkPipelineCache vin_device_pipeline_cache(const VinDevice *device)
{
    return device->cache.vk;
}

VinPipelineShelf *vin_device_pipeline_shelf(VinDevice *device)
{
    return &device->shelf;
}

void vin_device_save_cache(VinDevice *device)
{
    g_mutex_lock(&device->cache_lock);
    vin_pipeline_cache_save(&device->cache);
    g_mutex_unlock(&device->cache_lock);
}

char *vin_device_cache_path(const VinDevice *device, const char *kind, VinCacheKey *key)
{
    *key = device->cache.key;
    return vin_cache_path(kind, key, device->info.driver);
}

guint32 vin_device_queue_family(const VinDevice *device)
{
    return device->queue_family;
}

gboolean vin_device_is_lost(const VinDevice *device)
{
    return g_atomic_int_get(&device->lost) != 0;
}

void vin_device_set_stuck(VinDevice *device)
{
    g_atomic_int_set(&device->stuck, 1);
    g_atomic_int_set(&device->lost, 1);
}

gboolean vin_device_may_destroy(const VinDevice *device)
{
    return g_atomic_int_get(&device->stuck) == 0;
}

gboolean vin_device_check(VinDevice *device, VkResult result, const char *what, GError **error)
{
    if (result != VK_ERROR_DEVICE_LOST) {
        return vin_vk_check(result, what, error);
    }
    g_atomic_int_set(&device->lost, 1);
    return vin_fail(error, VIN_ERROR_LOST,
                    "device \"%s\" was lost (%s failed: VK_ERROR_DEVICE_LOST): its driver has "
                    "reset it, or it is gone; close all that uses it and open it anew",
                    device->info.name, what);
}

static void lock_queue(VinDevice *device)
{
    g_mutex_lock(&device->queue_lock);
    if (device->owner.lock != NULL) {
        device->owner.lock(device->owner.user_data);
    }
}

static void unlock_queue(VinDevice *device)
{
    if (device->owner.unlock != NULL) {
        device->owner.unlock(device->owner.user_data);
    }
    g_mutex_unlock(&device->queue_lock);
}

gboolean vin_device_submit(VinDevice *device, const VkSubmitInfo *info, VkFence fence,
                           GError **error)
{
    VkResult result;

    if (vin_device_is_lost(device)) {
        return vin_fail(error, VIN_ERROR_LOST,
                        "device \"%s\" was lost before; close all that uses it and "
                        "open it anew",
                        device->info.name);
    }
    lock_queue(device);
    result = vkQueueSubmit(device->queue, info != NULL ? 1 : 0, info, fence);
    unlock_queue(device);
    return vin_device_check(device, result, "vkQueueSubmit", error);
}

gboolean vin_device_wait_queue(VinDevice *device, GError **error)
{
    VkResult result;

    lock_queue(device);
    result = vkQueueWaitIdle(device->queue);
    unlock_queue(device);
    return vin_device_check(device, result, "vkQueueWaitIdle", error);
}
