/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lines of text in a cache file (base/cachefile.h): what was timed, a tab, its times. Processes
 * that tune at once each add what they have; of two that write at the same moment the last one
 * wins, and what the other had is timed again some day.
 */
#include "plan/tune_cache.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define HEAD "vkinception tuning 1\n"

/* One line, which it changes. What is none is left out. */
static void take_line(GHashTable *lines, char *line)
{
    char *tab = strchr(line, '\t');

    if (tab != NULL && g_hash_table_size(lines) < VIN_TUNE_CACHE_LINES) {
        *tab = '\0';
        g_hash_table_replace(lines, g_strdup(line), g_strdup(tab + 1));
    }
}

static GHashTable *lines_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* What the file has now. */
static GHashTable *read_lines(const VinTuneCache *cache)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) split = NULL;
    GHashTable *lines = lines_new();
    gsize n_bytes = 0;

    if (cache->path == NULL) {
        return lines;
    }
    bytes = vin_cache_file_read(cache->path, &cache->key, (guint)geteuid(), &n_bytes, &error);
    if (error != NULL) {
        vin_log(VIN_LOG_INFO, "cache ignored, a new one will take its place: %s", error->message);
    }
    if (bytes == NULL) {
        return lines;
    }
    text = g_strndup((const char *)bytes, n_bytes); /* up to a NUL, where there is one */
    if (!g_str_has_prefix(text, HEAD)) {
        vin_log(VIN_LOG_INFO, "cache ignored, a new one will take its place: %s: it has another "
                              "format",
                cache->path);
        return lines;
    }
    split = g_strsplit(text + strlen(HEAD), "\n", -1);
    for (guint i = 0; split[i] != NULL; i++) {
        take_line(lines, split[i]);
    }
    return lines;
}

void vin_tune_cache_open(VinTuneCache *cache, VinDevice *device)
{
    memset(cache, 0, sizeof *cache);
    cache->path = vin_device_cache_path(device, "tuning", &cache->key);
    cache->added = lines_new();
    cache->lines = read_lines(cache);
}

const char *vin_tune_cache_find(const VinTuneCache *cache, const char *what)
{
    const char *added = g_hash_table_lookup(cache->added, what);

    return added != NULL ? added : g_hash_table_lookup(cache->lines, what);
}

void vin_tune_cache_add(VinTuneCache *cache, const char *what, const char *line)
{
    g_hash_table_replace(cache->added, g_strdup(what), g_strdup(line));
}

static void append_lines(GString *text, GHashTable *lines, GHashTable *except)
{
    GHashTableIter iter;
    gpointer what, line;

    g_hash_table_iter_init(&iter, lines);
    while (g_hash_table_iter_next(&iter, &what, &line)) {
        if (except == NULL || !g_hash_table_contains(except, what)) {
            g_string_append_printf(text, "%s\t%s\n", (const char *)what, (const char *)line);
        }
    }
}

void vin_tune_cache_save(VinTuneCache *cache)
{
    g_autoptr(GHashTable) lines = NULL;
    g_autoptr(GString) text = NULL;
    g_autoptr(GError) error = NULL;

    if (cache->path == NULL || g_hash_table_size(cache->added) == 0) {
        return;
    }
    lines = read_lines(cache);
    text = g_string_new(HEAD);
    append_lines(text, cache->added, NULL);
    append_lines(text, lines, cache->added);
    if (vin_cache_file_write(cache->path, &cache->key, (const guint8 *)text->str, text->len,
                             &error)) {
        vin_log(VIN_LOG_DEBUG, "cache of %" G_GSIZE_FORMAT " bytes written: %s", text->len,
                cache->path);
    } else {
        vin_log(VIN_LOG_DEBUG, "cache not written: %s", error->message);
    }
}

void vin_tune_cache_clear(VinTuneCache *cache)
{
    g_clear_pointer(&cache->path, g_free);
    g_clear_pointer(&cache->lines, g_hash_table_unref);
    g_clear_pointer(&cache->added, g_hash_table_unref);
}
