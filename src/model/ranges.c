/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ranges out of a sidecar, which is untrusted, and on to the graph. Writing is ranges_write.c's.
 */
#include "model/ranges.h"

#include <string.h>

#include "base/error.h"
#include "base/int8.h"
#include "base/log.h"
#include "base/printable.h"

static void clear_range(gpointer data)
{
    g_free(((VinLayerRange *)data)->layer);
}

GArray *vin_ranges_new(void)
{
    GArray *ranges = g_array_new(FALSE, TRUE, sizeof(VinLayerRange));

    g_array_set_clear_func(ranges, clear_range);
    return ranges;
}

static gboolean parse_number(const char *text, float *number)
{
    char *end = NULL;

    *number = (float)g_ascii_strtod(text, &end);
    while (end != text && g_ascii_isspace(*end)) {
        end++;
    }
    return end != text && *end == '\0';
}

/* "LOW;HIGH", or with a comma, as in other lists. */
static gboolean parse_value(const char *text, VinLayerRange *range)
{
    g_auto(GStrv) parts = g_strsplit_set(text, ";,", -1);
    VinInt8Range steps;

    return g_strv_length(parts) == 2 && parse_number(parts[0], &range->low) &&
           parse_number(parts[1], &range->high) &&
           vin_int8_range(range->low, range->high, &steps);
}

static gboolean read_range(GKeyFile *file, const char *group, const char *key, const char *path,
                           GArray *ranges, GError **error)
{
    g_autofree char *text = g_key_file_get_value(file, group, key, NULL);
    VinLayerRange range = {
        .layer = g_uri_unescape_string(key + strlen(VIN_RANGES_PREFIX), NULL),
    };

    if (range.layer == NULL || range.layer[0] == '\0') {
        g_free(range.layer);
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [%s] %s: behind int8. stands the name of a layer, with %%XX for all "
                        "but letters, digits and -_./~",
                        path, group, key);
    }
    if (text == NULL || !parse_value(text, &range)) {
        g_free(range.layer);
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [%s] %s=%s: two numbers, the lowest value (0 or less) and the highest "
                        "(0 or more), not both 0, are accepted",
                        path, group, key, text != NULL ? text : "");
    }
    g_array_append_val(ranges, range);
    return TRUE;
}

GArray *vin_ranges_read(GKeyFile *file, const char *group, const char *path, GError **error)
{
    g_auto(GStrv) keys = g_key_file_get_keys(file, group, NULL, NULL);
    g_autoptr(GArray) ranges = vin_ranges_new();

    for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
        if (g_str_has_prefix(keys[i], VIN_RANGES_PREFIX) &&
            !read_range(file, group, keys[i], path, ranges, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&ranges);
}

void vin_ranges_apply(const GArray *ranges, VinGraph *graph, const char *path)
{
    g_autoptr(GHashTable) convs = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) unknown = g_string_new(NULL);

    for (guint i = 0; ranges->len > 0 && i < graph->nodes->len; i++) {
        VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->op == VIN_OP_CONV) {
            g_hash_table_insert(convs, node->name, node);
        }
    }
    for (guint i = 0; i < ranges->len; i++) {
        const VinLayerRange *range = &g_array_index(ranges, VinLayerRange, i);
        VinNode *node = g_hash_table_lookup(convs, range->layer);

        if (node != NULL) {
            node->u.window.in_low = range->low;
            node->u.window.in_high = range->high;
        } else {
            g_autofree char *name = vin_printable(range->layer);

            g_string_append_printf(unknown, "%s%s", unknown->len > 0 ? ", " : "", name);
        }
    }
    if (unknown->len > 0) {
        vin_log(VIN_LOG_WARN,
                "%s: there are ranges for int8 of convolutions that the model does not have: %s",
                path, unknown->str);
    }
}
