/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A VinDevice over somebody's VkDevice. All who come with the same one get the same VinDevice: the
 * table of those in use holds no references, an entry goes when its device is closed.
 */
#include <vkinception/vulkan.h>

#include "base/env.h"
#include "base/error.h"
#include "base/weaktable.h"
#include "vk/device.h"

typedef struct {
    VinDevice *device; /* not referenced */
    VinVulkanDevice external;
} Entry;

static VinWeakTable table; /* VkDevice and VkQueue -> VinDevice */

static void lock_queue(gpointer user_data)
{
    const Entry *entry = user_data;

    if (entry->external.lock_queue != NULL) {
        entry->external.lock_queue(entry->external.user_data);
    }
}

static void unlock_queue(gpointer user_data)
{
    const Entry *entry = user_data;

    if (entry->external.unlock_queue != NULL) {
        entry->external.unlock_queue(entry->external.user_data);
    }
}

static void give_back(const VinVulkanDevice *external)
{
    if (external->destroy != NULL) {
        external->destroy(external->user_data);
    }
}

/* What work that never ended may still use stays: then the owner keeps the device, too. */
static void on_closed(gpointer user_data, gboolean clean)
{
    Entry *entry = user_data;

    vin_weak_table_drop(&table, entry->device);
    if (clean) {
        give_back(&entry->external);
    }
    g_free(entry);
}

static gboolean find_physical(const VinVulkanDevice *external, VinPhysical *physical,
                              GError **error)
{
    guint n = 0;
    g_autofree VinPhysical *list = vin_physical_list(external->instance, &n, error);

    for (guint i = 0; list != NULL && i < n; i++) {
        if (list[i].vk == external->physical_device) {
            *physical = list[i];
            return TRUE;
        }
    }
    return list != NULL &&
           vin_fail(error, VIN_ERROR_DEVICE,
                    "the shared physical device is none of its instance's");
}

static gboolean check_queue(const VinVulkanDevice *external, const char *name, GError **error)
{
    g_autofree VkQueueFamilyProperties *families = NULL;
    uint32_t n = 0;

    vkGetPhysicalDeviceQueueFamilyProperties(external->physical_device, &n, NULL);
    families = g_new0(VkQueueFamilyProperties, MAX(n, 1));
    vkGetPhysicalDeviceQueueFamilyProperties(external->physical_device, &n, families);
    if (external->queue_family >= n ||
        (families[external->queue_family].queueFlags & VK_QUEUE_COMPUTE_BIT) == 0) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "queue family %u of the shared device \"%s\" cannot compute; a queue that "
                        "can is needed",
                        external->queue_family, name);
    }
    return TRUE;
}

static gboolean check(const VinVulkanDevice *external, const VinPhysical *physical, GError **error)
{
    const VinDeviceInfo *info = &physical->info;

    if (external->api_version < VK_API_VERSION_1_1) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "the shared device \"%s\" is used as Vulkan %u.%u; 1.1 or later is needed",
                        info->name, VK_API_VERSION_MAJOR(external->api_version),
                        VK_API_VERSION_MINOR(external->api_version));
    }
    if (!info->usable) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "the shared device \"%s\" is not usable: %s", info->name, info->reason);
    }
    return check_queue(external, info->name, error);
}

/* One who comes. */
typedef struct {
    const VinVulkanDevice *external;
    const VinPhysical *physical;
    gboolean is_new; /* and so its share is kept */
} Comer;

static gboolean take(gpointer device, gpointer data, GError **error)
{
    return !vin_device_is_lost(device) && vin_device_try_ref(device) != NULL;
}

static gpointer make(gpointer data, GError **error)
{
    Comer *comer = data;
    Entry *entry = g_new0(Entry, 1);
    const VinQueueOwner owner = {
        .lock = lock_queue, .unlock = unlock_queue, .closed = on_closed, .user_data = entry};
    VinCaps caps;

    vin_caps_query_opened(comer->external, vin_caps_parse_mask(vin_env_get()->caps_mask),
                          &caps);
    vin_caps_take_driver(&caps, &comer->physical->info);
    entry->external = *comer->external;
    entry->external.extensions = NULL; /* the caller's */
    entry->external.n_extensions = 0;
    entry->device = vin_device_borrow(comer->physical, &caps, comer->external, &owner);
    comer->is_new = TRUE;
    return entry->device;
}

VinDevice *vin_device_new_for_vulkan(const VinVulkanDevice *external, GError **error)
{
    static const VinWeakKind kind = {.take = take, .make = make};
    g_autofree char *key = NULL;
    VinPhysical physical;
    Comer comer = {.external = external, .physical = &physical};
    VinDevice *device = NULL;

    g_return_val_if_fail(external != NULL, NULL);
    g_return_val_if_fail(external->instance != VK_NULL_HANDLE, NULL);
    g_return_val_if_fail(external->device != VK_NULL_HANDLE, NULL);
    g_return_val_if_fail(external->queue != VK_NULL_HANDLE, NULL);
    if (find_physical(external, &physical, error) && check(external, &physical, error)) {
        physical.queue_family = external->queue_family;
        key = g_strdup_printf("%p %p", (void *)external->device, (void *)external->queue);
        device = vin_weak_table_open(&table, key, &kind, &comer, error);
    }
    if (!comer.is_new) {
        give_back(external);
    }
    return device;
}
