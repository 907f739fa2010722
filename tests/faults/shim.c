/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the shim was told and what it has seen. The functions that stand before the loader's are
 * in shim_objects.c and shim_work.c.
 */
#include "shim_private.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OOHM VK_ERROR_OUT_OF_HOST_MEMORY
#define OODM VK_ERROR_OUT_OF_DEVICE_MEMORY
#define LOST VK_ERROR_DEVICE_LOST

typedef struct {
    const char *name;
    VkResult results[SHIM_MAX_RESULTS]; /* 0-terminated */
} Entry;

/* Every function of the library's that returns a VkResult, and what it may return. */
static const Entry entries[] = {
    {"vkAllocateCommandBuffers", {OOHM, OODM}},
    {"vkAllocateDescriptorSets",
     {OOHM, OODM, VK_ERROR_FRAGMENTED_POOL, VK_ERROR_OUT_OF_POOL_MEMORY}},
    {"vkAllocateMemory", {OOHM, OODM, VK_ERROR_TOO_MANY_OBJECTS}},
    {"vkBeginCommandBuffer", {OOHM, OODM}},
    {"vkBindBufferMemory", {OOHM, OODM}},
    {"vkBindImageMemory", {OOHM, OODM}},
    {"vkCreateBuffer", {OOHM, OODM}},
    {"vkCreateCommandPool", {OOHM, OODM}},
    {"vkCreateComputePipelines", {OOHM, OODM, VK_ERROR_INVALID_SHADER_NV}},
    {"vkCreateDescriptorPool", {OOHM, OODM, VK_ERROR_FRAGMENTATION}},
    {"vkCreateDescriptorSetLayout", {OOHM, OODM}},
    {"vkCreateDevice",
     {OOHM, OODM, VK_ERROR_INITIALIZATION_FAILED, VK_ERROR_EXTENSION_NOT_PRESENT,
      VK_ERROR_FEATURE_NOT_PRESENT, VK_ERROR_TOO_MANY_OBJECTS, LOST}},
    {"vkCreateFence", {OOHM, OODM}},
    {"vkCreateImage", {OOHM, OODM, VK_ERROR_INVALID_DRM_FORMAT_MODIFIER_PLANE_LAYOUT_EXT}},
    {"vkCreateInstance",
     {OOHM, OODM, VK_ERROR_INITIALIZATION_FAILED, VK_ERROR_LAYER_NOT_PRESENT,
      VK_ERROR_EXTENSION_NOT_PRESENT, VK_ERROR_INCOMPATIBLE_DRIVER}},
    {"vkCreatePipelineCache", {OOHM, OODM}},
    {"vkCreatePipelineLayout", {OOHM, OODM}},
    {"vkCreateQueryPool", {OOHM, OODM}},
    {"vkCreateShaderModule", {OOHM, OODM, VK_ERROR_INVALID_SHADER_NV}},
    {"vkEndCommandBuffer", {OOHM, OODM}},
    {"vkEnumerateDeviceExtensionProperties", {OOHM, OODM}},
    {"vkEnumerateInstanceLayerProperties", {OOHM, OODM}},
    {"vkEnumerateInstanceVersion", {OOHM}},
    {"vkEnumeratePhysicalDevices", {OOHM, OODM, VK_ERROR_INITIALIZATION_FAILED}},
    {"vkGetFenceStatus", {OOHM, OODM, LOST}},
    {"vkGetPhysicalDeviceImageFormatProperties2",
     {OOHM, OODM, VK_ERROR_FORMAT_NOT_SUPPORTED}},
    {"vkGetPipelineCacheData", {OOHM, OODM}},
    {"vkGetQueryPoolResults", {OOHM, OODM, LOST}},
    {"vkMapMemory", {OOHM, OODM, VK_ERROR_MEMORY_MAP_FAILED}},
    {"vkQueueSubmit", {OOHM, OODM, LOST}},
    {"vkQueueWaitIdle", {OOHM, OODM, LOST}},
    {"vkResetCommandPool", {OODM}},
    {"vkResetFences", {OODM}},
    {"vkWaitForFences", {OOHM, OODM, LOST}},
};

static struct {
    GMutex lock;
    const char *entry; /* of the fault; NULL: any, then the one that fired */
    guint n;           /* calls left until it, 0: none or fired */
    VkResult result;
    gboolean for_ever;
    const char *fired;
    GArray *calls;     /* ShimCall */
    GHashTable *live;  /* creator -> count */
    GHashTable *lost;  /* VkDevice */
    GHashTable *queues; /* VkQueue -> VkDevice */
    GHashTable *fences;   /* VkFence in use */
    GHashTable *barriers; /* VkCommandBuffer whose last command is one */
    guint n_idle_barriers;
    gboolean is_card;
    gsize cache_bytes, cache_initial;
    gboolean cache_intact;
} shim;

PFN_vkVoidFunction shim_next(const char *entry)
{
    static gpointer loader;
    gpointer found;

    if (loader == NULL) {
        loader = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    }
    found = loader != NULL ? dlsym(loader, entry) : NULL;
    if (found == NULL) {
        g_error("shim: no %s in the Vulkan loader", entry);
    }
    return (PFN_vkVoidFunction)(gsize)found;
}

static const Entry *find_entry(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return &entries[i];
        }
    }
    g_error("shim: %s is not in its table", name);
}

static void write_report(void)
{
    const char *path = g_getenv("VIN_FAULT_REPORT");
    g_autofree char *live = NULL;
    const guint n_live = shim_n_live(&live);
    FILE *file = path != NULL ? fopen(path, "w") : NULL;

    if (file != NULL) {
        fprintf(file, "fired %s live %u calls %u%s\n", shim.fired != NULL ? shim.fired : "-",
                n_live, shim.calls->len, live);
        fclose(file);
    }
}

__attribute__((constructor)) static void prepare(void)
{
    const char *fault = g_getenv("VIN_FAULT");
    g_auto(GStrv) parts = fault != NULL ? g_strsplit(fault, ":", 4) : NULL;

    shim.calls = g_array_new(FALSE, FALSE, sizeof(ShimCall));
    shim.live = g_hash_table_new(g_str_hash, g_str_equal);
    shim.lost = g_hash_table_new(NULL, NULL);
    shim.queues = g_hash_table_new(NULL, NULL);
    shim.fences = g_hash_table_new(NULL, NULL);
    shim.barriers = g_hash_table_new(NULL, NULL);
    if (parts != NULL && g_strv_length(parts) >= 3) {
        shim_fail(strcmp(parts[0], "*") == 0 ? NULL : parts[0], (guint)atoi(parts[1]),
                  (VkResult)atoi(parts[2]), parts[3] != NULL);
    }
    if (g_getenv("VIN_FAULT_REPORT") != NULL) {
        atexit(write_report);
    }
}

void shim_reset(void)
{
    g_mutex_lock(&shim.lock);
    shim.n = 0;
    shim.for_ever = FALSE;
    shim.fired = NULL;
    shim.n_idle_barriers = 0;
    g_array_set_size(shim.calls, 0);
    g_mutex_unlock(&shim.lock);
}

void shim_fail(const char *entry, guint n, VkResult result, gboolean for_ever)
{
    g_mutex_lock(&shim.lock);
    shim.entry = entry != NULL ? find_entry(entry)->name : NULL;
    shim.n = n;
    shim.result = result;
    shim.for_ever = for_ever;
    shim.fired = NULL;
    g_mutex_unlock(&shim.lock);
}

static gboolean may_return(const Entry *entry, VkResult result)
{
    for (guint i = 0; i < SHIM_MAX_RESULTS && entry->results[i] != 0; i++) {
        if (entry->results[i] == result) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Under the lock. */
static gboolean is_due(const Entry *entry)
{
    if (shim.n > 0 && (shim.entry == NULL || shim.entry == entry->name) && --shim.n == 0) {
        shim.entry = entry->name;
        shim.fired = entry->name;
        return TRUE;
    }
    return shim.for_ever && shim.fired == entry->name;
}

gboolean shim_fails(const char *name, gconstpointer site, VkDevice device, VkResult *result)
{
    const Entry *entry = find_entry(name);
    const ShimCall call = {entry->name, site};
    gboolean is_lost = FALSE;
    gboolean fails;

    g_mutex_lock(&shim.lock);
    g_array_append_val(shim.calls, call);
    fails = is_due(entry);
    *result = shim.result;
    if (!fails && g_hash_table_contains(shim.lost, device) && may_return(entry, LOST)) {
        *result = LOST;
        fails = TRUE;
    } else if (fails && *result == LOST && device != VK_NULL_HANDLE) {
        is_lost = g_hash_table_add(shim.lost, device);
        g_hash_table_remove_all(shim.fences);
    }
    g_mutex_unlock(&shim.lock);
    if (is_lost) { /* what is lost works no more */
        ((PFN_vkDeviceWaitIdle)shim_next("vkDeviceWaitIdle"))(device);
        g_mutex_lock(&shim.lock);
        g_hash_table_remove_all(shim.fences);
        g_mutex_unlock(&shim.lock);
    }
    return fails;
}

const char *shim_fired(void)
{
    return shim.fired;
}

guint shim_n_calls(void)
{
    return shim.calls->len;
}

ShimCall shim_call(guint i)
{
    return g_array_index(shim.calls, ShimCall, i);
}

const VkResult *shim_results(const char *entry)
{
    return find_entry(entry)->results;
}

void shim_count(const char *creator, gint change)
{
    gint count;

    g_mutex_lock(&shim.lock);
    count = GPOINTER_TO_INT(g_hash_table_lookup(shim.live, creator)) + change;
    g_hash_table_insert(shim.live, (gpointer)creator, GINT_TO_POINTER(count));
    g_mutex_unlock(&shim.lock);
}

guint shim_n_live(char **text)
{
    GString *list = g_string_new(NULL);
    GHashTableIter iter;
    gpointer creator, count;
    guint n = 0;

    g_mutex_lock(&shim.lock);
    g_hash_table_iter_init(&iter, shim.live);
    while (g_hash_table_iter_next(&iter, &creator, &count)) {
        if (GPOINTER_TO_INT(count) != 0) {
            g_string_append_printf(list, " %s: %d", (char *)creator, GPOINTER_TO_INT(count));
            n += (guint)ABS(GPOINTER_TO_INT(count));
        }
    }
    g_mutex_unlock(&shim.lock);
    *text = g_string_free(list, FALSE);
    return n;
}

void shim_device_opened(VkDevice device, VkQueue queue)
{
    g_mutex_lock(&shim.lock);
    g_hash_table_insert(shim.queues, queue, device);
    g_mutex_unlock(&shim.lock);
}

static gboolean is_device(gpointer queue, gpointer device, gpointer wanted)
{
    return device == wanted;
}

void shim_device_closed(VkDevice device)
{
    g_mutex_lock(&shim.lock);
    g_hash_table_remove(shim.lost, device);
    g_hash_table_foreach_remove(shim.queues, is_device, device);
    g_mutex_unlock(&shim.lock);
}

VkDevice shim_device_of(VkQueue queue)
{
    VkDevice device;

    g_mutex_lock(&shim.lock);
    device = g_hash_table_lookup(shim.queues, queue);
    g_mutex_unlock(&shim.lock);
    return device;
}

void shim_fence_submitted(VkFence fence, VkDevice device)
{
    g_mutex_lock(&shim.lock);
    if (!g_hash_table_contains(shim.lost, device)) {
        g_hash_table_add(shim.fences, fence);
    }
    g_mutex_unlock(&shim.lock);
}

void shim_fence_done(VkFence fence)
{
    g_mutex_lock(&shim.lock);
    g_hash_table_remove(shim.fences, fence);
    g_mutex_unlock(&shim.lock);
}

void shim_fence_touched(VkFence fence, const char *entry)
{
    gboolean in_use;

    g_mutex_lock(&shim.lock);
    in_use = g_hash_table_contains(shim.fences, fence);
    g_mutex_unlock(&shim.lock);
    if (in_use) {
        g_error("shim: %s of a fence in use", entry);
    }
}

void shim_recorded(VkCommandBuffer commands, gboolean is_barrier)
{
    g_mutex_lock(&shim.lock);
    if (!is_barrier) {
        g_hash_table_remove(shim.barriers, commands);
    } else if (!g_hash_table_add(shim.barriers, commands)) {
        shim.n_idle_barriers++;
    }
    g_mutex_unlock(&shim.lock);
}

guint shim_n_idle_barriers(void)
{
    return shim.n_idle_barriers;
}

void shim_pretend_card(gboolean on)
{
    shim.is_card = on;
}

gboolean shim_is_card(void)
{
    return shim.is_card;
}

void shim_pretend_cache(gsize bytes)
{
    shim.cache_bytes = bytes;
}

gsize shim_cache_bytes(void)
{
    return shim.cache_bytes;
}

void shim_cache_made(const VkPipelineCacheCreateInfo *info)
{
    const guint8 *bytes = info->pInitialData;

    shim.cache_initial = info->initialDataSize;
    shim.cache_intact = TRUE;
    for (gsize i = sizeof(VkPipelineCacheHeaderVersionOne); i < info->initialDataSize; i++) {
        shim.cache_intact = shim.cache_intact && bytes[i] == (guint8)(i * 7);
    }
}

gsize shim_cache_initial(gboolean *intact)
{
    *intact = shim.cache_intact;
    return shim.cache_initial;
}
