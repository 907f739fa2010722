/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Capability bits from features, properties and the mask. Nothing here is required of a
 * device; what is required (Vulkan 1.1, a compute queue) is checked in physical.c.
 */
#include "vk/caps.h"

#include <stdio.h>
#include <string.h>

#include "base/env.h"
#include "base/log.h"
#include "vk/matrix.h"

gboolean vin_caps_has_extension(VkPhysicalDevice physical, const char *name)
{
    g_autofree VkExtensionProperties *extensions = NULL;
    uint32_t n = 0;

    if (vkEnumerateDeviceExtensionProperties(physical, NULL, &n, NULL) != VK_SUCCESS ||
        n == 0) {
        return FALSE;
    }
    extensions = g_new0(VkExtensionProperties, n);
    if (vkEnumerateDeviceExtensionProperties(physical, NULL, &n, extensions) < 0) {
        return FALSE;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(extensions[i].extensionName, name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void chain(VinFeatures *features, void *link)
{
    VkBaseOutStructure *node = link;

    node->pNext = features->head.pNext;
    features->head.pNext = node;
}

/* What to ask a device for. */
typedef struct {
    VkPhysicalDevice physical;
    guint32 queue_family;
    guint32 version;     /* not beyond what it is used with */
    const VinVulkanDevice *opened; /* NULL: we are to open it, with what we like */
    guint32 mask;        /* bits to switch off */
} Question;

static gboolean has_extension(const Question *question, const char *name)
{
    if (question->opened == NULL) {
        return vin_caps_has_extension(question->physical, name);
    }
    for (guint i = 0; i < question->opened->n_extensions; i++) {
        if (strcmp(question->opened->extensions[i], name) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Chains @link when the device's version or an extension brings it; the extension is then
 * listed as one to enable. */
static void chain_if(VinFeatures *features, const Question *question, guint32 core_version,
                     const char *extension, void *link)
{
    if (question->version >= core_version) {
        chain(features, link);
    } else if (question->opened == NULL && has_extension(question, extension)) {
        features->extensions[features->n_extensions++] = extension;
        chain(features, link);
    }
}

/* Where headers or the device know no cooperative matrices, the structs stay zero. A device that
 * somebody else opened may have the extension on without its feature. */
static void chain_matrices(VinFeatures *features, const Question *question)
{
#ifdef VK_KHR_cooperative_matrix
    if (question->opened != NULL || (question->mask & VIN_CAP_COOPERATIVE_MATRIX) != 0 ||
        !has_extension(question, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME)) {
        return;
    }
    features->matrix.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
    features->memory_model.sType =
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES;
    features->float16.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES;
    features->extensions[features->n_extensions++] = VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME;
    chain(features, &features->matrix);
    chain_if(features, question, VK_API_VERSION_1_2, VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME,
             &features->memory_model);
    chain_if(features, question, VK_API_VERSION_1_2, VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME,
             &features->float16);
#endif
}

static void query_features(const Question *question, VinFeatures *features)
{
    memset(features, 0, sizeof *features);
    features->head.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
    features->storage16.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES;
    features->timeline.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES;
    features->address.sType =
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_BUFFER_DEVICE_ADDRESS_FEATURES;
    features->subgroup_size.sType =
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES;
    features->dot.sType =
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES;

    chain(features, &features->storage16);
    chain_if(features, question, VK_API_VERSION_1_2,
             VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME, &features->timeline);
    chain_if(features, question, VK_API_VERSION_1_2,
             VK_KHR_BUFFER_DEVICE_ADDRESS_EXTENSION_NAME, &features->address);
    chain_if(features, question, VK_API_VERSION_1_3,
             VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME, &features->subgroup_size);
    chain_if(features, question, VK_API_VERSION_1_3,
             VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME, &features->dot);
    chain_matrices(features, question);
    vkGetPhysicalDeviceFeatures2(question->physical, &features->head);
}

/* Extensions that bring no feature: to be enabled is all that they want. */
static guint32 take_imports(const Question *question, VinFeatures *features)
{
    static const struct {
        guint32 bit, needs;
        const char *extension;
    } imports[] = { /* what is needed stands before what needs it */
        {VIN_CAP_EXTERNAL_FD, 0, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME},
        {VIN_CAP_DMABUF, VIN_CAP_EXTERNAL_FD, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME},
        {VIN_CAP_FOREIGN_QUEUE, VIN_CAP_DMABUF, VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME},
        {VIN_CAP_DRM_MODIFIER, VIN_CAP_DMABUF, VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME},
    };
    const gboolean is_listed = question->version >= VK_API_VERSION_1_2;
    guint32 bits = 0;

    for (guint i = 0; i < G_N_ELEMENTS(imports); i++) {
        if ((imports[i].bit & question->mask) != 0 || (imports[i].needs & ~bits) != 0 ||
            !has_extension(question, imports[i].extension)) {
            continue;
        }
        if (imports[i].bit == VIN_CAP_DRM_MODIFIER && !is_listed) { /* needs one of 1.2 */
            if (!has_extension(question, VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME)) {
                continue;
            }
            features->extensions[features->n_extensions++] =
                VK_KHR_IMAGE_FORMAT_LIST_EXTENSION_NAME;
        }
        features->extensions[features->n_extensions++] = imports[i].extension;
        bits |= imports[i].bit;
    }
    return bits;
}

/* Once the memory model is on, atomic operations of any shader need device scope, too: it is what
 * GLSL gives them. */
static gboolean has_matrices(const VinFeatures *features)
{
#ifdef VK_KHR_cooperative_matrix
    return features->matrix.cooperativeMatrix && features->memory_model.vulkanMemoryModel &&
           features->memory_model.vulkanMemoryModelDeviceScope &&
           features->float16.shaderFloat16 && features->storage16.storageBuffer16BitAccess;
#else
    return FALSE;
#endif
}

static void keep_matrices(VinFeatures *features, gboolean on)
{
    features->memory_model.vulkanMemoryModel = on;
    features->memory_model.vulkanMemoryModelDeviceScope = on;
    features->memory_model.vulkanMemoryModelAvailabilityVisibilityChains = VK_FALSE;
    features->float16.shaderFloat16 = on;
    features->float16.shaderInt8 = VK_FALSE;
#ifdef VK_KHR_cooperative_matrix
    features->matrix.cooperativeMatrix = on;
    features->matrix.cooperativeMatrixRobustBufferAccess = VK_FALSE;
#endif
}

/* The bits that were found and, in @features, only their switches left on. */
static guint32 take_bits(VinFeatures *features, guint32 mask)
{
    guint32 bits = 0;

    if (features->timeline.timelineSemaphore) {
        bits |= VIN_CAP_TIMELINE;
    }
    if (features->storage16.storageBuffer16BitAccess) {
        bits |= VIN_CAP_FP16_STORAGE;
    }
    if (features->address.bufferDeviceAddress) {
        bits |= VIN_CAP_BUFFER_ADDRESS;
    }
    if (features->subgroup_size.subgroupSizeControl) {
        bits |= VIN_CAP_SUBGROUP_SIZE_CONTROL;
    }
    if (features->head.features.shaderInt64) {
        bits |= VIN_CAP_INT64;
    }
    if (has_matrices(features)) {
        bits |= VIN_CAP_COOPERATIVE_MATRIX;
    }
    if (features->dot.shaderIntegerDotProduct) {
        bits |= VIN_CAP_INT8_DOT;
    }
    bits &= ~mask;
    if ((bits & VIN_CAP_FP16_STORAGE) == 0) {
        bits &= ~(guint32)VIN_CAP_COOPERATIVE_MATRIX;
    }

    memset(&features->head.features, 0, sizeof features->head.features);
    features->head.features.shaderInt64 = (bits & VIN_CAP_INT64) != 0;
    features->storage16.storageBuffer16BitAccess = (bits & VIN_CAP_FP16_STORAGE) != 0;
    features->storage16.uniformAndStorageBuffer16BitAccess = VK_FALSE;
    features->storage16.storagePushConstant16 = VK_FALSE;
    features->storage16.storageInputOutput16 = VK_FALSE;
    features->timeline.timelineSemaphore = (bits & VIN_CAP_TIMELINE) != 0;
    features->address.bufferDeviceAddress = (bits & VIN_CAP_BUFFER_ADDRESS) != 0;
    features->address.bufferDeviceAddressCaptureReplay = VK_FALSE;
    features->address.bufferDeviceAddressMultiDevice = VK_FALSE;
    features->subgroup_size.subgroupSizeControl =
        (bits & VIN_CAP_SUBGROUP_SIZE_CONTROL) != 0;
    features->subgroup_size.computeFullSubgroups = VK_FALSE;
    features->dot.shaderIntegerDotProduct = (bits & VIN_CAP_INT8_DOT) != 0;
    keep_matrices(features, (bits & VIN_CAP_COOPERATIVE_MATRIX) != 0);
    return bits;
}

static void take_subgroups(const VkPhysicalDeviceSubgroupProperties *subgroup, guint32 mask,
                           VinCaps *caps)
{
    const gboolean in_compute =
        (subgroup->supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
    const gboolean broadcasts =
        (subgroup->supportedOperations & VK_SUBGROUP_FEATURE_BALLOT_BIT) != 0;

    caps->subgroup_size = subgroup->subgroupSize;
    if (in_compute && broadcasts) {
        caps->bits |= VIN_CAP_SUBGROUP_BROADCAST & ~mask;
    }
}

static void take_timestamps(VkPhysicalDevice physical, guint32 queue_family, guint32 mask,
                            const VkPhysicalDeviceLimits *limits, VinCaps *caps)
{
    g_autofree VkQueueFamilyProperties *families = NULL;
    uint32_t n = 0;
    guint32 bits;

    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, NULL);
    families = g_new0(VkQueueFamilyProperties, n);
    vkGetPhysicalDeviceQueueFamilyProperties(physical, &n, families);
    bits = families[queue_family].timestampValidBits;
    if (bits == 0 || limits->timestampPeriod <= 0 || (mask & VIN_CAP_TIMESTAMPS) != 0) {
        return;
    }
    caps->bits |= VIN_CAP_TIMESTAMPS;
    caps->timestamp_ns = limits->timestampPeriod;
    caps->timestamp_mask = bits >= 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << bits) - 1;
}

static void query(Question *question, VinCaps *caps, VinFeatures *features)
{
    VkPhysicalDeviceSubgroupProperties subgroup = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
    };
    VkPhysicalDeviceMaintenance3Properties maintenance = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
        .pNext = &subgroup,
    };
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &maintenance,
    };
    const VkPhysicalDeviceLimits *limits = &properties.properties.limits;

    vkGetPhysicalDeviceProperties2(question->physical, &properties);
    question->version = MIN(question->version, properties.properties.apiVersion);
    query_features(question, features);
    memset(caps, 0, sizeof *caps);
    caps->bits = take_bits(features, question->mask) | take_imports(question, features);
    take_subgroups(&subgroup, question->mask, caps);
    caps->max_storage_bytes = limits->maxStorageBufferRange;
    caps->max_allocation_bytes = maintenance.maxMemoryAllocationSize;
    caps->max_workgroup_size =
        MIN(limits->maxComputeWorkGroupInvocations, limits->maxComputeWorkGroupSize[0]);
    caps->max_shared_bytes = limits->maxComputeSharedMemorySize;
    for (guint i = 0; i < 3; i++) {
        caps->max_workgroup_count[i] = limits->maxComputeWorkGroupCount[i];
    }
    if ((caps->bits & VIN_CAP_COOPERATIVE_MATRIX) != 0) {
        caps->n_matrices = vin_matrix_shapes(question->physical, caps->matrices);
    }
    take_timestamps(question->physical, question->queue_family, question->mask, limits, caps);
}

void vin_caps_query(VkPhysicalDevice physical, guint32 queue_family, guint32 mask,
                    VinCaps *caps, VinFeatures *features)
{
    Question question = {.physical = physical,
                         .queue_family = queue_family,
                         .version = G_MAXUINT32,
                         .mask = mask};

    query(&question, caps, features);
}

void vin_caps_query_opened(const VinVulkanDevice *opened, guint32 mask, VinCaps *caps)
{
    const guint32 of_features = VIN_CAP_TIMELINE | VIN_CAP_FP16_STORAGE | VIN_CAP_BUFFER_ADDRESS |
                                VIN_CAP_SUBGROUP_SIZE_CONTROL | VIN_CAP_INT64 |
                                VIN_CAP_INT8_DOT;
    Question question = {.physical = opened->physical_device,
                         .queue_family = opened->queue_family,
                         .version = opened->api_version,
                         .opened = opened,
                         .mask = opened->features_enabled ? mask : mask | of_features};
    VinFeatures features;

    query(&question, caps, &features);
}

/* Up to Mesa 23 the software driver runs a broadcast of a subgroup some fifty times slower than
 * the multiplication behind it (measured on 22.3.6; 25.0.7 is the first known to be fast). Its
 * driverVersion is always 1, its version stands in the text only. */
#define FIRST_FAST_MESA 24

void vin_caps_take_driver(VinCaps *caps, const VinDeviceInfo *info)
{
    guint major = 0;

    caps->is_software = info->type == VIN_DEVICE_SOFTWARE;
    caps->kernels = vin_env_get()->kernels;
    caps->is_integrated = info->type == VIN_DEVICE_INTEGRATED;
    caps->slow_broadcast = caps->is_software &&
                           (sscanf(info->driver_info, "Mesa %u.", &major) != 1 ||
                            major < FIRST_FAST_MESA);
}

/* By bit. docs/environment.md says what each is for. */
static const char *const names[] = {
    "timestamps",   "timeline",           "fp16-storage", "buffer-address", "subgroup-size-control",
    "int64",        "subgroup-broadcast", "external-fd",  "dma-buf",        "foreign-queue",
    "drm-modifier", "cooperative-matrix", "int8-dot",
};

char *vin_caps_to_string(guint32 bits)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if ((bits & (1u << i)) != 0) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", names[i]);
        }
    }
    return g_string_free(text, FALSE);
}

static gboolean parse_word(const char *word, guint32 *bits)
{
    guint64 number = 0;

    if (g_ascii_strcasecmp(word, "all") == 0) {
        *bits = G_MAXUINT32;
        return TRUE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(word, names[i]) == 0) {
            *bits = 1u << i;
            return TRUE;
        }
    }
    if (g_str_has_prefix(word, "0x")) {
        word += 2;
    }
    if (!g_ascii_string_to_unsigned(word, 16, 0, G_MAXUINT32, &number, NULL)) {
        return FALSE;
    }
    *bits = (guint32)number;
    return TRUE;
}

guint32 vin_caps_parse_mask(const char *text)
{
    g_auto(GStrv) words = g_strsplit(text != NULL ? text : "", ",", -1);
    guint32 mask = 0;

    for (guint i = 0; words[i] != NULL; i++) {
        const char *word = g_strstrip(words[i]);
        guint32 bits = 0;

        if (word[0] != '\0' && !parse_word(word, &bits)) {
            g_autofree char *known = vin_caps_to_string(G_MAXUINT32);

            vin_log(VIN_LOG_WARN,
                    "VIN_CAPS_MASK: '%s' is no capability; there are: %s; or all, or a "
                    "hexadecimal number",
                    word, known);
        }
        mask |= bits;
    }
    return mask;
}
