/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Facts of every Vulkan device and the selector's grammar: nothing, an index, a UUID, part of
 * a name. The logical device is device.c's.
 */
#include "vk/physical.h"

#include <string.h>

#include "base/error.h"
#include "vk/caps.h"
#include "vk/check.h"
#include "vk/instance.h"

const char *vin_device_type_name(VinDeviceType type)
{
    static const char *const names[] = {"discrete", "integrated", "virtual", "other",
                                        "software"};

    return (guint)type < G_N_ELEMENTS(names) ? names[type] : "other";
}

static VinDeviceType device_type(VkPhysicalDeviceType type, VkDriverId driver)
{
    if (driver == VK_DRIVER_ID_MESA_LLVMPIPE || driver == VK_DRIVER_ID_GOOGLE_SWIFTSHADER) {
        return VIN_DEVICE_SOFTWARE;
    }
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return VIN_DEVICE_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return VIN_DEVICE_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
        return VIN_DEVICE_VIRTUAL;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        return VIN_DEVICE_SOFTWARE;
    default:
        return VIN_DEVICE_OTHER;
    }
}

static guint64 largest_local_heap(VkPhysicalDevice vk)
{
    VkPhysicalDeviceMemoryProperties memory;
    guint64 largest = 0;

    vkGetPhysicalDeviceMemoryProperties(vk, &memory);
    for (uint32_t i = 0; i < memory.memoryHeapCount; i++) {
        if ((memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0) {
            largest = MAX(largest, memory.memoryHeaps[i].size);
        }
    }
    return largest;
}

static gboolean find_queue_family(VkPhysicalDevice vk, guint32 *family)
{
    g_autofree VkQueueFamilyProperties *families = NULL;
    uint32_t n = 0;

    vkGetPhysicalDeviceQueueFamilyProperties(vk, &n, NULL);
    families = g_new0(VkQueueFamilyProperties, MAX(n, 1));
    vkGetPhysicalDeviceQueueFamilyProperties(vk, &n, families);
    for (uint32_t i = 0; i < n; i++) {
        if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0) {
            *family = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* What only a device of Vulkan 1.1 can be asked. */
static void fill_newer_facts(VinPhysical *physical, VkPhysicalDeviceType type)
{
    VkPhysicalDeviceDriverProperties driver = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
    };
    VkPhysicalDeviceSubgroupProperties subgroup = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
    };
    VkPhysicalDeviceIDProperties ids = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES,
        .pNext = &subgroup,
    };
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &ids,
    };
    VinDeviceInfo *info = &physical->info;

    if (info->api_version >= VK_API_VERSION_1_2 ||
        vin_caps_has_extension(physical->vk, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME)) {
        subgroup.pNext = &driver;
    }
    vkGetPhysicalDeviceProperties2(physical->vk, &properties);
    memcpy(info->uuid, ids.deviceUUID, sizeof info->uuid);
    info->subgroup_size = subgroup.subgroupSize;
    g_strlcpy(info->driver, driver.driverName, sizeof info->driver);
    g_strlcpy(info->driver_info, driver.driverInfo, sizeof info->driver_info);
    info->type = device_type(type, driver.driverID);
}

static void fill_info(VinPhysical *physical, guint index)
{
    VkPhysicalDeviceProperties properties;
    VinDeviceInfo *info = &physical->info;

    vkGetPhysicalDeviceProperties(physical->vk, &properties);
    info->index = index;
    g_strlcpy(info->name, properties.deviceName, sizeof info->name);
    info->api_version = properties.apiVersion;
    info->vendor_id = properties.vendorID;
    info->max_storage_bytes = properties.limits.maxStorageBufferRange;
    info->memory_bytes = largest_local_heap(physical->vk);
    info->type = device_type(properties.deviceType, (VkDriverId)0);
    if (properties.apiVersion < VK_API_VERSION_1_1) {
        info->reason = "its driver offers Vulkan 1.0 only; 1.1 is needed";
        return;
    }
    fill_newer_facts(physical, properties.deviceType);
    if (!find_queue_family(physical->vk, &physical->queue_family)) {
        info->reason = "it has no compute queue";
        return;
    }
    info->usable = TRUE;
}

VinPhysical *vin_physical_list(VkInstance instance, guint *n, GError **error)
{
    g_autofree VkPhysicalDevice *handles = NULL;
    VinPhysical *list;
    uint32_t count = 0;

    *n = 0;
    if (!vin_vk_check(vkEnumeratePhysicalDevices(instance, &count, NULL),
                      "vkEnumeratePhysicalDevices", error)) {
        return NULL;
    }
    if (count == 0) {
        vin_fail(error, VIN_ERROR_DEVICE, VIN_NO_DRIVER);
        return NULL;
    }
    handles = g_new0(VkPhysicalDevice, count);
    if (!vin_vk_check(vkEnumeratePhysicalDevices(instance, &count, handles),
                      "vkEnumeratePhysicalDevices", error)) {
        return NULL;
    }
    list = g_new0(VinPhysical, count);
    for (uint32_t i = 0; i < count; i++) {
        list[i].vk = handles[i];
        fill_info(&list[i], i);
    }
    *n = count;
    return list;
}

static char *uuid_text(const guint8 uuid[16])
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < 16; i++) {
        g_string_append_printf(text, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    }
    return g_string_free(text, FALSE);
}

/* "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" or 32 digits. */
static gboolean parse_uuid(const char *text, guint8 uuid[16])
{
    guint n_digits = 0;

    for (const char *c = text; *c != '\0'; c++) {
        const gint digit = g_ascii_xdigit_value(*c);

        if (*c == '-') {
            continue;
        }
        if (digit < 0 || n_digits == 32) {
            return FALSE;
        }
        if (n_digits % 2 == 0) {
            uuid[n_digits / 2] = (guint8)(digit << 4);
        } else {
            uuid[n_digits / 2] |= (guint8)digit;
        }
        n_digits++;
    }
    return n_digits == 32;
}

static gboolean parse_index(const char *text, guint n, guint *index)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT, &value, NULL) || value >= n) {
        return FALSE;
    }
    *index = (guint)value;
    return TRUE;
}

static gboolean name_contains(const char *name, const char *part)
{
    g_autofree char *folded_name = g_utf8_casefold(name, -1);
    g_autofree char *folded_part = g_utf8_casefold(part, -1);

    return strstr(folded_name, folded_part) != NULL;
}

static char *list_text(const VinPhysical *list, guint n)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < n; i++) {
        const VinDeviceInfo *info = &list[i].info;
        g_autofree char *uuid = uuid_text(info->uuid);

        g_string_append_printf(text, "%s%u: \"%s\" (%s, UUID %s%s%s)", i > 0 ? "; " : "",
                               info->index, info->name, vin_device_type_name(info->type), uuid,
                               info->usable ? "" : ", not usable: ",
                               info->usable ? "" : info->reason);
    }
    return g_string_free(text, FALSE);
}

static const VinPhysical *best_of_all(const VinPhysical *list, guint n)
{
    const VinPhysical *best = NULL;

    for (guint i = 0; i < n; i++) {
        if (list[i].info.usable && (best == NULL || list[i].info.type < best->info.type)) {
            best = &list[i];
        }
    }
    return best;
}

/* The first usable device of that name, else the first of that name. */
static const VinPhysical *find_name(const VinPhysical *list, guint n, const char *part)
{
    const VinPhysical *found = NULL;

    for (guint i = 0; i < n; i++) {
        if (name_contains(list[i].info.name, part) &&
            (found == NULL || (list[i].info.usable && !found->info.usable))) {
            found = &list[i];
        }
    }
    return found;
}

static const VinPhysical *find_selected(const VinPhysical *list, guint n, const char *selector)
{
    guint8 uuid[16];
    guint index;

    if (parse_index(selector, n, &index)) {
        return &list[index];
    }
    if (parse_uuid(selector, uuid)) {
        for (guint i = 0; i < n; i++) {
            if (memcmp(list[i].info.uuid, uuid, sizeof uuid) == 0) {
                return &list[i];
            }
        }
    }
    return find_name(list, n, selector);
}

const VinPhysical *vin_physical_choose(const VinPhysical *list, guint n, const char *selector,
                                       GError **error)
{
    const gboolean any = selector == NULL || selector[0] == '\0';
    /* It may come from the environment: folding case reads past the end of what isn't UTF-8. */
    g_autofree char *wanted = any ? NULL : g_utf8_make_valid(selector, -1);
    const VinPhysical *chosen = any ? best_of_all(list, n) : find_selected(list, n, wanted);
    g_autofree char *text = NULL;

    if (chosen != NULL && chosen->info.usable) {
        return chosen;
    }
    text = list_text(list, n);
    if (any) {
        vin_fail(error, VIN_ERROR_DEVICE,
                 "no usable Vulkan device (1.1 with a compute queue); there are: %s", text);
    } else if (chosen == NULL) {
        vin_fail(error, VIN_ERROR_DEVICE,
                 "no Vulkan device matches \"%s\" (an index, a UUID or part of a name); "
                 "there are: %s",
                 wanted, text);
    } else {
        vin_fail(error, VIN_ERROR_DEVICE, "Vulkan device \"%s\" is not usable: %s; there are: %s",
                 chosen->info.name, chosen->info.reason, text);
    }
    return NULL;
}
