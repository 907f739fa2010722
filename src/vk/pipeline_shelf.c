/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A queue under a lock, short enough to be searched from end to end.
 */
#include "vk/pipeline_shelf.h"

#include <string.h>

typedef struct {
    VinPipelineKey key;
    VkPipeline pipeline;
} Entry;

static gboolean is_for(const Entry *entry, const VinPipelineKey *key)
{
    return entry->key.spirv == key->spirv && entry->key.n_spec == key->n_spec &&
           memcmp(entry->key.spec, key->spec, key->n_spec * sizeof key->spec[0]) == 0;
}

void vin_pipeline_shelf_init(VinPipelineShelf *shelf)
{
    g_mutex_init(&shelf->lock);
    g_queue_init(&shelf->entries);
}

void vin_pipeline_shelf_clear(VinPipelineShelf *shelf, VkDevice device, gboolean destroy)
{
    Entry *entry;

    while ((entry = g_queue_pop_head(&shelf->entries)) != NULL) {
        if (destroy) {
            vkDestroyPipeline(device, entry->pipeline, NULL);
        }
        g_free(entry);
    }
    g_mutex_clear(&shelf->lock);
}

VkPipeline vin_pipeline_shelf_take(VinPipelineShelf *shelf, const VinPipelineKey *key)
{
    VkPipeline pipeline = VK_NULL_HANDLE;

    g_mutex_lock(&shelf->lock);
    for (GList *link = shelf->entries.head; link != NULL; link = link->next) {
        Entry *entry = link->data;

        if (is_for(entry, key)) {
            pipeline = entry->pipeline;
            g_queue_delete_link(&shelf->entries, link);
            g_free(entry);
            break;
        }
    }
    g_mutex_unlock(&shelf->lock);
    return pipeline;
}

void vin_pipeline_shelf_put(VinPipelineShelf *shelf, VkDevice device, const VinPipelineKey *key,
                            VkPipeline pipeline)
{
    Entry *entry = g_new(Entry, 1);
    Entry *oldest = NULL;

    *entry = (Entry){*key, pipeline};
    g_mutex_lock(&shelf->lock);
    g_queue_push_tail(&shelf->entries, entry);
    if (g_queue_get_length(&shelf->entries) > VIN_PIPELINE_SHELF_SIZE) {
        oldest = g_queue_pop_head(&shelf->entries);
    }
    g_mutex_unlock(&shelf->lock);
    if (oldest != NULL) {
        vkDestroyPipeline(device, oldest->pipeline, NULL);
        g_free(oldest);
    }
}
