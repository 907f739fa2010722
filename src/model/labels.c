/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Label files. They are untrusted: their text ends up in metadata, JSON and interned
 * strings, so every line is checked before any of them is used.
 */
#include "model/labels.h"

#include <string.h>

#include "base/error.h"
#include "base/printable.h"
#include "model/textfile.h"

#define MAX_FILE_BYTES (64u << 20) /* 100,000 of the longest labels take 27 MB */
#define MAX_MARK_BYTES 13          /* " (4294967295)"; one with a WordNet id has 12 */

static VinLabels *labels_new(guint n_labels)
{
    VinLabels *labels = g_new0(VinLabels, 1);

    labels->n_labels = n_labels;
    labels->names = g_new0(char *, (gsize)n_labels + 1);
    labels->wnids = g_new0(char *, (gsize)n_labels + 1);
    return labels;
}

void vin_labels_free(VinLabels *labels)
{
    if (labels == NULL) {
        return;
    }
    for (guint i = 0; i < labels->n_labels; i++) {
        g_free(labels->names[i]);
        g_free(labels->wnids[i]);
    }
    g_free(labels->names);
    g_free(labels->wnids);
    g_free(labels);
}

VinLabels *vin_labels_new_numbered(guint n_classes)
{
    VinLabels *labels = labels_new(n_classes);

    for (guint i = 0; i < n_classes; i++) {
        labels->names[i] = g_strdup_printf("class %u", i);
    }
    return labels;
}

/* Length of "n01440764 ", or 0 when the line does not begin so. */
static gsize wnid_length(const char *line)
{
    if (line[0] != 'n') {
        return 0;
    }
    for (guint i = 1; i < 9; i++) {
        if (!g_ascii_isdigit(line[i])) {
            return 0;
        }
    }
    return line[9] == ' ' || line[9] == '\t' ? 10 : 0;
}

static gboolean has_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        if (vin_is_unprintable(g_utf8_get_char(p))) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean set_label(VinLabels *labels, guint i, const char *path, const char *line,
                          GError **error)
{
    const gsize skip = wnid_length(line);
    g_autofree char *label = g_strstrip(g_strdup(line + skip));

    if (label[0] == '\0' || strlen(label) > VIN_LABEL_MAX_BYTES || has_control(label)) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: line %u %s; a label of 1 to %d bytes of UTF-8 is accepted", path,
                        i + 1,
                        label[0] == '\0'                       ? "has no label"
                        : strlen(label) > VIN_LABEL_MAX_BYTES ? "is too long"
                                                              : "has a control character",
                        VIN_LABEL_MAX_BYTES);
    }
    labels->names[i] = g_steal_pointer(&label);
    labels->wnids[i] = skip > 0 ? g_strndup(line, 9) : NULL;
    return TRUE;
}

/* @plain, cut where a mark behind it would make it longer than labels may be. */
static char *cut_for_mark(const char *plain)
{
    const char *end = plain + MIN(strlen(plain), VIN_LABEL_MAX_BYTES - MAX_MARK_BYTES);

    while (end > plain && ((guchar)*end & 0xc0) == 0x80) { /* not inside a character */
        end--;
    }
    return g_strndup(plain, (gsize)(end - plain));
}

/* @plain with a mark behind it that gives a name not in @seen: @wnid, if any, else a number.
 * @numbers: the last number of each text before a mark, so that equal lines cost no search. */
static char *marked_name(GHashTable *seen, GHashTable *numbers, const char *plain,
                         const char *wnid)
{
    g_autofree char *stem = cut_for_mark(plain);
    g_autofree char *name = wnid != NULL ? g_strdup_printf("%s (%s)", stem, wnid) : NULL;
    guint number = MAX(GPOINTER_TO_UINT(g_hash_table_lookup(numbers, stem)), 1);

    while (name == NULL || g_hash_table_contains(seen, name)) {
        g_free(name);
        name = g_strdup_printf("%s (%u)", stem, ++number);
    }
    g_hash_table_insert(numbers, g_steal_pointer(&stem), GUINT_TO_POINTER(number));
    return g_steal_pointer(&name);
}

/* A label seen before gets its WordNet id behind it, or a number. */
static void make_unique(VinLabels *labels)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < labels->n_labels; i++) {
        g_autofree char *plain = labels->names[i];

        labels->names[i] = g_hash_table_contains(seen, plain)
                               ? marked_name(seen, numbers, plain, labels->wnids[i])
                               : g_strdup(plain);
        g_hash_table_add(seen, labels->names[i]);
    }
}

/* Lines of @text, whose end holds no white space. */
static guint count_lines(const char *text)
{
    guint n_lines = text[0] != '\0' ? 1 : 0;

    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at + 1, '\n')) {
        n_lines++;
    }
    return n_lines;
}

VinLabels *vin_labels_load(const char *path, guint n_classes, GError **error)
{
    g_autoptr(VinLabels) labels = NULL;
    g_autofree char *text = vin_textfile_read(path, "label file", MAX_FILE_BYTES, error);
    char *line = text;
    guint n_lines;

    if (text == NULL) {
        return NULL;
    }
    n_lines = count_lines(g_strchomp(text));
    if (n_lines != n_classes) {
        vin_fail(error, VIN_ERROR_FORMAT, "label file %s has %u labels, but the model has %u "
                 "classes; one label a line and class is accepted", path, n_lines, n_classes);
        return NULL;
    }
    labels = labels_new(n_classes);
    for (guint i = 0; i < n_classes; i++) {
        char *end = strchr(line, '\n');

        if (end != NULL) {
            *end = '\0';
        }
        if (!set_label(labels, i, path, g_strchomp(line), error)) {
            return NULL;
        }
        line = end + 1; /* there is one behind every line but the last */
    }
    make_unique(labels);
    return g_steal_pointer(&labels);
}
