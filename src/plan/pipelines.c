/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A table, and threads that fill it. Vulkan lets any number of threads make pipelines with one
 * layout and one cache; on software drivers it is most of the time that a start takes.
 */
#include "plan/pipelines.h"

#include <string.h>

#include "base/error.h"
#include "plan/ahead.h"
#include "shader_table.h"
#include "vk/device.h"

#define MAX_THREADS 8

typedef struct {
    VinDispatch key; /* shader and spec count */
    VkPipeline pipeline;
    GError *error;   /* why there is none */
    guint first;     /* dispatch that it is built for; the work of vin_pipelines_build() */
    gboolean is_made; /* by the driver, and not from the device's shelf */
} Entry;

struct _VinPipelines {
    const VinVkLayout *layout;
    GMutex lock;        /* of the table; held while one is built */
    GPtrArray *entries; /* Entry, each with its pipeline */
    gint n_made;        /* atomic: by the driver, and not from the device's shelf */
    gboolean is_warm;   /* all have run */
    VinAhead *ahead;    /* of vin_pipelines_compile_ahead(); or NULL */
};

typedef struct {
    VinPipelines *pipelines;
    GPtrArray *missing; /* Entry, those not from the shelf */
    gint next;          /* atomic: the first that no thread has taken */
    gint n_done;        /* atomic */
    gint has_failed;    /* atomic: no more are begun */
} Build;

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_clear_error(&entry->error);
    g_free(entry);
}

static VinPipelineKey key_of(const Entry *entry)
{
    VinPipelineKey key = {.spirv = vin_shader_table[entry->key.shader].words,
                          .n_spec = entry->key.n_spec};

    memcpy(key.spec, entry->key.spec, key.n_spec * sizeof key.spec[0]);
    return key;
}

VinPipelines *vin_pipelines_new(const VinVkLayout *layout)
{
    VinPipelines *pipelines = g_new0(VinPipelines, 1);

    pipelines->layout = layout;
    pipelines->entries = g_ptr_array_new_with_free_func(entry_free);
    g_mutex_init(&pipelines->lock);
    return pipelines;
}

void vin_pipelines_free(VinPipelines *pipelines)
{
    VinDevice *device;

    if (pipelines == NULL) {
        return;
    }
    device = pipelines->layout->device;
    vin_ahead_free(pipelines->ahead);
    for (guint i = 0; i < pipelines->entries->len && vin_device_may_destroy(device); i++) {
        const Entry *entry = g_ptr_array_index(pipelines->entries, i);

        if (pipelines->is_warm) {
            const VinPipelineKey key = key_of(entry);

            vin_pipeline_shelf_put(vin_device_pipeline_shelf(device), vin_device_vk(device), &key,
                                   entry->pipeline);
        } else {
            vkDestroyPipeline(vin_device_vk(device), entry->pipeline, NULL);
        }
    }
    g_ptr_array_unref(pipelines->entries);
    g_mutex_clear(&pipelines->lock);
    g_free(pipelines);
}

static gboolean is_for(const Entry *entry, const VinDispatch *dispatch)
{
    return entry->key.shader == dispatch->shader && entry->key.n_spec == dispatch->n_spec &&
           memcmp(entry->key.spec, dispatch->spec, dispatch->n_spec * sizeof dispatch->spec[0]) ==
               0;
}

static Entry *find(const GPtrArray *entries, const VinDispatch *dispatch)
{
    for (guint i = 0; i < entries->len; i++) {
        Entry *entry = g_ptr_array_index(entries, i);

        if (is_for(entry, dispatch)) {
            return entry;
        }
    }
    return NULL;
}

static Entry *entry_new(const VinDispatch *dispatch, guint first)
{
    Entry *entry = g_new0(Entry, 1);

    entry->key = *dispatch;
    entry->first = first;
    return entry;
}

/* One that another plan is done with. FALSE: there is none. */
static gboolean take_one(const VinPipelines *pipelines, Entry *entry)
{
    const VinPipelineKey key = key_of(entry);

    entry->pipeline = vin_pipeline_shelf_take(
        vin_device_pipeline_shelf(pipelines->layout->device), &key);
    return entry->pipeline != VK_NULL_HANDLE;
}

static gboolean build_one(VinPipelines *pipelines, Entry *entry)
{
    const VinShader *shader = &vin_shader_table[entry->key.shader];

    g_atomic_int_inc(&pipelines->n_made);
    if (!vin_vk_pipeline_build(pipelines->layout, shader->words, shader->bytes, entry->key.spec,
                               entry->key.n_spec, &entry->pipeline, &entry->error)) {
        g_prefix_error(&entry->error, "shader '%s': ", shader->name);
        return FALSE;
    }
    entry->is_made = TRUE;
    return TRUE;
}

VkPipeline vin_pipelines_get(VinPipelines *pipelines, const VinDispatch *dispatch, GError **error)
{
    VkPipeline pipeline = VK_NULL_HANDLE;
    Entry *entry;

    g_mutex_lock(&pipelines->lock);
    entry = find(pipelines->entries, dispatch);
    if (entry == NULL) {
        entry = entry_new(dispatch, 0);
        if (take_one(pipelines, entry) || build_one(pipelines, entry)) {
            g_ptr_array_add(pipelines->entries, entry);
        } else {
            g_propagate_error(error, g_steal_pointer(&entry->error));
            g_clear_pointer(&entry, entry_free);
        }
    }
    if (entry != NULL) {
        pipeline = entry->pipeline;
    }
    g_mutex_unlock(&pipelines->lock);
    return pipeline;
}

/* Takes the next one and builds it. FALSE when there is none left to begin. */
static gboolean build_next(Build *build)
{
    guint i;

    if (g_atomic_int_get(&build->has_failed)) {
        return FALSE;
    }
    i = (guint)g_atomic_int_add(&build->next, 1);
    if (i >= build->missing->len) {
        return FALSE;
    }
    if (!build_one(build->pipelines, g_ptr_array_index(build->missing, i))) {
        g_atomic_int_set(&build->has_failed, TRUE);
    }
    g_atomic_int_inc(&build->n_done);
    return TRUE;
}

static gpointer build_in_thread(gpointer data)
{
    while (build_next(data)) {
    }
    return NULL;
}

/* Where there is no further thread to be had, this one builds them all. */
static void build_all(Build *build, guint n, void (*report)(guint done, guint at, gpointer data),
                      gpointer data)
{
    GThread *threads[MAX_THREADS - 1];
    const guint n_wanted = MIN(MIN(g_get_num_processors(), MAX_THREADS), build->missing->len);
    const guint n_had = n - build->missing->len;
    guint n_threads = 0;

    while (n_threads + 1 < n_wanted) {
        threads[n_threads] = g_thread_try_new("pipelines", build_in_thread, build, NULL);
        if (threads[n_threads] == NULL) {
            break;
        }
        n_threads++;
    }
    do {
        const guint next = MIN((guint)g_atomic_int_get(&build->next), build->missing->len - 1);
        const Entry *entry = g_ptr_array_index(build->missing, next);

        if (report != NULL) {
            report(MIN(n_had + (guint)g_atomic_int_get(&build->n_done), n - 1), entry->first,
                   data);
        }
    } while (build_next(build));
    for (guint i = 0; i < n_threads; i++) {
        g_thread_join(threads[i]);
    }
}

/* What was built goes into the table. FALSE with the first error. */
static gboolean take_built(Build *build, guint *failed, GError **error)
{
    GPtrArray *entries = build->pipelines->entries;
    gboolean ok = TRUE;

    for (guint i = 0; i < build->missing->len; i++) {
        Entry *entry = g_ptr_array_index(build->missing, i);

        if (entry->pipeline != VK_NULL_HANDLE) {
            g_ptr_array_add(entries, entry);
            continue;
        }
        if (ok && entry->error != NULL) {
            *failed = entry->first;
            g_propagate_error(error, g_steal_pointer(&entry->error));
            ok = FALSE;
        }
        entry_free(entry);
    }
    return ok;
}

gboolean vin_pipelines_build(VinPipelines *pipelines, const VinDispatch *const *dispatches,
                             guint n, void (*report)(guint done, guint at, gpointer data),
                             gpointer data, guint *failed, GError **error)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    Build build = {.pipelines = pipelines, .missing = missing};
    gboolean ok = TRUE;

    g_mutex_lock(&pipelines->lock);
    for (guint i = 0; i < n; i++) {
        Entry *entry;

        if (find(pipelines->entries, dispatches[i]) != NULL ||
            find(missing, dispatches[i]) != NULL) {
            continue;
        }
        entry = entry_new(dispatches[i], i);
        g_ptr_array_add(take_one(pipelines, entry) ? pipelines->entries : missing, entry);
    }
    if (missing->len > 0) {
        build_all(&build, n, report, data);
        ok = take_built(&build, failed, error);
    }
    g_mutex_unlock(&pipelines->lock);
    return ok;
}

void vin_pipelines_compile_ahead(VinPipelines *pipelines)
{
    g_autofree VinAheadKey *keys = NULL;
    guint n = 0;

    g_mutex_lock(&pipelines->lock);
    keys = g_new0(VinAheadKey, pipelines->entries->len);
    for (guint i = 0; i < pipelines->entries->len; i++) {
        const Entry *entry = g_ptr_array_index(pipelines->entries, i);
        const VinDispatch *dispatch = &entry->key;

        if (entry->is_made) {
            keys[n] = (VinAheadKey){.shader = dispatch->shader, .n_spec = dispatch->n_spec};
            memcpy(keys[n++].spec, dispatch->spec, dispatch->n_spec * sizeof dispatch->spec[0]);
        }
    }
    if (pipelines->ahead == NULL) {
        pipelines->ahead = vin_ahead_start(pipelines->layout->device, keys, n);
    }
    g_mutex_unlock(&pipelines->lock);
}

void vin_pipelines_keep(VinPipelines *pipelines, const VinDispatch *const *dispatches, guint n)
{
    VinDevice *device = pipelines->layout->device;

    g_mutex_lock(&pipelines->lock);
    for (guint i = pipelines->entries->len; i-- > 0;) {
        const Entry *entry = g_ptr_array_index(pipelines->entries, i);
        gboolean keep = FALSE;

        for (guint j = 0; j < n && !keep; j++) {
            keep = is_for(entry, dispatches[j]);
        }
        if (!keep) {
            if (vin_device_may_destroy(device)) {
                vkDestroyPipeline(vin_device_vk(device), entry->pipeline, NULL);
            }
            g_ptr_array_remove_index(pipelines->entries, i);
        }
    }
    g_mutex_unlock(&pipelines->lock);
}

guint vin_pipelines_n_made(VinPipelines *pipelines)
{
    return (guint)g_atomic_int_get(&pipelines->n_made);
}

void vin_pipelines_set_warm(VinPipelines *pipelines)
{
    pipelines->is_warm = TRUE;
}

guint vin_pipelines_count(VinPipelines *pipelines)
{
    guint n;

    g_mutex_lock(&pipelines->lock);
    n = pipelines->entries->len;
    g_mutex_unlock(&pipelines->lock);
    return n;
}
