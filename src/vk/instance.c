/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One instance serves all devices of the process and stays until it ends: drivers leave memory
 * behind each time they are unloaded, and loading them takes long. With VIN_VALIDATION=1 it
 * carries the Khronos validation layer, and a validation error ends the process, so that no
 * test can pass over one.
 */
#include "vk/instance.h"

#include <stdlib.h>
#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/log.h"
#include "vk/check.h"

#define VALIDATION_LAYER "VK_LAYER_KHRONOS_validation"

static GMutex instance_lock;
static VkInstance instance;

static VKAPI_ATTR VkBool32 VKAPI_CALL
on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
           VkDebugUtilsMessageTypeFlagsEXT types,
           const VkDebugUtilsMessengerCallbackDataEXT *data, void *user_data)
{
    (void)types;
    (void)user_data;
    if (severity & VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT) {
        g_printerr("vkinception: Vulkan validation: %s\n", data->pMessage);
        abort();
    }
    vin_log(VIN_LOG_DEBUG, "Vulkan validation: %s", data->pMessage);
    return VK_FALSE;
}

static const VkDebugUtilsMessengerCreateInfoEXT messenger_info = {
    .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
    .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT |
                       VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT,
    .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
    .pfnUserCallback = on_message,
};

/* Also whether barriers are where they are needed. */
static const VkValidationFeatureEnableEXT extra_checks[] = {
    VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};

static const VkValidationFeaturesEXT validation_info = {
    .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
    .pNext = &messenger_info,
    .enabledValidationFeatureCount = G_N_ELEMENTS(extra_checks),
    .pEnabledValidationFeatures = extra_checks,
};

static gboolean need_layer(const char *name, GError **error)
{
    g_autofree VkLayerProperties *layers = NULL;
    uint32_t n = 0;

    if (!vin_vk_check(vkEnumerateInstanceLayerProperties(&n, NULL),
                      "vkEnumerateInstanceLayerProperties", error)) {
        return FALSE;
    }
    layers = g_new0(VkLayerProperties, MAX(n, 1));
    if (!vin_vk_check(vkEnumerateInstanceLayerProperties(&n, layers),
                      "vkEnumerateInstanceLayerProperties", error)) {
        return FALSE;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(layers[i].layerName, name) == 0) {
            return TRUE;
        }
    }
    return vin_fail(error, VIN_ERROR_DEVICE,
                    "VIN_VALIDATION=1 needs the layer %s, e.g. Debian's vulkan-validationlayers",
                    name);
}

static gboolean create_messenger(VkInstance vk, GError **error)
{
    VkDebugUtilsMessengerEXT messenger; /* the instance's, and as long as it */
    PFN_vkCreateDebugUtilsMessengerEXT create =
        (PFN_vkCreateDebugUtilsMessengerEXT)(void (*)(void))vkGetInstanceProcAddr(
            vk, "vkCreateDebugUtilsMessengerEXT");

    if (create == NULL) {
        return vin_fail(error, VIN_ERROR_DEVICE,
                        "VIN_VALIDATION=1: the instance has no VK_EXT_debug_utils");
    }
    return vin_vk_check(create(vk, &messenger_info, NULL, &messenger),
                        "vkCreateDebugUtilsMessengerEXT", error);
}

/* FALSE where the loader knows Vulkan 1.0 only. */
static gboolean check_loader(GError **error)
{
    uint32_t version = 0;

    if (!vin_vk_check(vkEnumerateInstanceVersion(&version), "vkEnumerateInstanceVersion",
                      error)) {
        return FALSE;
    }
    if (version < VK_API_VERSION_1_1) {
        return vin_fail(error, VIN_ERROR_DEVICE,
                        "the Vulkan loader is version 1.%u; 1.1 is needed",
                        VK_API_VERSION_MINOR(version));
    }
    return TRUE;
}

static gboolean create_instance(GError **error)
{
    const char *const layers[] = {VALIDATION_LAYER};
    const char *const extensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME,
                                      VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME};
    const gboolean validation = vin_env_get()->validation;
    const VkApplicationInfo app = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pEngineName = "vkinception",
        .apiVersion = VK_API_VERSION_1_3, /* the newest we know; devices may offer less */
    };
    const VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = validation ? &validation_info : NULL,
        .pApplicationInfo = &app,
        .enabledLayerCount = validation ? 1 : 0,
        .ppEnabledLayerNames = layers,
        .enabledExtensionCount = validation ? G_N_ELEMENTS(extensions) : 0,
        .ppEnabledExtensionNames = extensions,
    };
    VkInstance created = VK_NULL_HANDLE;
    VkResult result;

    if (!check_loader(error) || (validation && !need_layer(VALIDATION_LAYER, error))) {
        return FALSE;
    }
    result = vkCreateInstance(&info, NULL, &created);
    if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {
        return vin_fail(error, VIN_ERROR_DEVICE, VIN_NO_DRIVER);
    }
    if (!vin_vk_check(result, "vkCreateInstance", error)) {
        return FALSE;
    }
    if (validation && !create_messenger(created, error)) {
        vkDestroyInstance(created, NULL);
        return FALSE;
    }
    instance = created;
    return TRUE;
}

VkInstance vin_instance_get(GError **error)
{
    VkInstance got = VK_NULL_HANDLE;

    g_mutex_lock(&instance_lock);
    if (instance != VK_NULL_HANDLE || create_instance(error)) {
        got = instance;
    }
    g_mutex_unlock(&instance_lock);
    return got;
}
