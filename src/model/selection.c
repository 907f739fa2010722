/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lists against a model's labels. What an entry may be is tried in one order: a label, a WordNet
 * id, an index; so every class can be named, whatever it is called.
 */
#include "model/selection.h"

#include "base/error.h"
#include "model/label_list.h"
#include "model/near_labels.h"

/* What the entries of both lists are looked up in. Values are chains of classes: the first one's
 * index + 1, and in next[] of each the one after. */
typedef struct {
    const VinLabels *labels;
    GHashTable *names; /* in lower case; the table's */
    GHashTable *wnids;
    guint *next_name, *next_wnid;
} Lookup;

/* One list on its way into a selection. */
typedef struct {
    const char *option; /* "allow-labels" */
    guint8 *marks;      /* [n_classes] */
} List;

static void chain(GHashTable *table, char *key, guint index, guint *next)
{
    next[index] = GPOINTER_TO_UINT(g_hash_table_lookup(table, key));
    g_hash_table_insert(table, key, GUINT_TO_POINTER(index + 1));
}

static void lookup_init(Lookup *lookup, const VinLabels *labels)
{
    lookup->labels = labels;
    lookup->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    lookup->wnids = g_hash_table_new(g_str_hash, g_str_equal);
    lookup->next_name = g_new0(guint, labels->n_labels);
    lookup->next_wnid = g_new0(guint, labels->n_labels);
    for (guint i = labels->n_labels; i-- > 0;) {
        chain(lookup->names, vin_label_lower(labels->names[i]), i, lookup->next_name);
        if (labels->wnids[i] != NULL) {
            chain(lookup->wnids, labels->wnids[i], i, lookup->next_wnid);
        }
    }
}

static void lookup_clear(Lookup *lookup)
{
    g_clear_pointer(&lookup->names, g_hash_table_unref);
    g_clear_pointer(&lookup->wnids, g_hash_table_unref);
    g_clear_pointer(&lookup->next_name, g_free);
    g_clear_pointer(&lookup->next_wnid, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lookup, lookup_clear)

/* The label of this very name, else all that differ from it in case only. */
static guint mark_name(const Lookup *lookup, const char *name, guint8 *marks)
{
    g_autofree char *lower = vin_label_lower(name);
    const guint first = GPOINTER_TO_UINT(g_hash_table_lookup(lookup->names, lower));
    guint n_marked = 0;

    for (guint i = first; i != 0; i = lookup->next_name[i - 1]) {
        if (g_str_equal(lookup->labels->names[i - 1], name)) {
            marks[i - 1] = 1;
            return 1;
        }
    }
    for (guint i = first; i != 0; i = lookup->next_name[i - 1]) {
        marks[i - 1] = 1;
        n_marked++;
    }
    return n_marked;
}

static guint mark_wnid(const Lookup *lookup, const char *name, guint8 *marks)
{
    guint n_marked = 0;

    for (guint i = GPOINTER_TO_UINT(g_hash_table_lookup(lookup->wnids, name)); i != 0;
         i = lookup->next_wnid[i - 1]) {
        marks[i - 1] = 1;
        n_marked++;
    }
    return n_marked;
}

static guint mark_pattern(const Lookup *lookup, const VinLabelEntry *entry, guint8 *marks)
{
    guint n_marked = 0;

    for (guint i = 0; i < lookup->labels->n_labels; i++) {
        if (vin_label_entry_matches(entry, lookup->labels->names[i])) {
            marks[i] = 1;
            n_marked++;
        }
    }
    return n_marked;
}

static gboolean fail_unknown(const Lookup *lookup, const List *list, const VinLabelEntry *entry,
                             GError **error)
{
    g_autofree char *near = vin_near_labels(lookup->labels, entry->name);
    const char *what = entry->pattern != NULL ? "matches no label"
                                              : "is no label, WordNet id or index";

    if (near != NULL) {
        return vin_fail(error, VIN_ERROR_INVALID, "%s: \"%s\" %s of the model; like it: %s",
                        list->option, entry->text, what, near);
    }
    return vin_fail(error, VIN_ERROR_INVALID,
                    "%s: \"%s\" %s of the model, and none of its %u labels is like it",
                    list->option, entry->text, what, lookup->labels->n_labels);
}

static gboolean mark_entry(const Lookup *lookup, const List *list, const VinLabelEntry *entry,
                           GError **error)
{
    const guint n_classes = lookup->labels->n_labels;
    guint64 index;

    if (entry->pattern != NULL) {
        return mark_pattern(lookup, entry, list->marks) > 0 ||
               fail_unknown(lookup, list, entry, error);
    }
    if (mark_name(lookup, entry->name, list->marks) > 0 ||
        mark_wnid(lookup, entry->name, list->marks) > 0) {
        return TRUE;
    }
    if (!g_ascii_string_to_unsigned(entry->name, 10, 0, G_MAXUINT64, &index, NULL)) {
        return fail_unknown(lookup, list, entry, error);
    }
    if (index >= n_classes) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "%s: index %s is past the last class; 0 to %u are accepted", list->option,
                        entry->text, n_classes - 1);
    }
    list->marks[index] = 1;
    return TRUE;
}

/* @text: the list; NULL or "" marks nothing. */
static gboolean mark_list(const Lookup *lookup, const List *list, const char *text,
                          GError **error)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (text == NULL || text[0] == '\0') {
        return TRUE;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        return vin_fail(error, VIN_ERROR_INVALID, "%s: \"%s\" is not UTF-8", list->option, text);
    }
    entries = vin_label_list_split(text);
    if (entries->len == 0) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "%s: \"%s\" names no class; labels, WordNet ids, indices and patterns "
                        "with * and ? are accepted, with commas between",
                        list->option, text);
    }
    for (guint i = 0; i < entries->len; i++) {
        if (!mark_entry(lookup, list, g_ptr_array_index(entries, i), error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_selection_new(const VinLabels *labels, const char *allow, const char *deny,
                           VinSelection **out, GError **error)
{
    g_autoptr(VinSelection) selection = NULL;
    g_autofree guint8 *denied = NULL;
    g_auto(Lookup) lookup = {0};

    *out = NULL;
    if ((allow == NULL || allow[0] == '\0') && (deny == NULL || deny[0] == '\0')) {
        return TRUE;
    }
    selection = g_new0(VinSelection, 1);
    g_atomic_ref_count_init(&selection->refs);
    selection->n_classes = labels->n_labels;
    selection->is_selected = g_new0(guint8, labels->n_labels);
    denied = g_new0(guint8, labels->n_labels);
    lookup_init(&lookup, labels);
    if (!mark_list(&lookup, &(List){"allow-labels", selection->is_selected}, allow, error) ||
        !mark_list(&lookup, &(List){"deny-labels", denied}, deny, error)) {
        return FALSE;
    }
    for (guint i = 0; i < labels->n_labels; i++) {
        const gboolean is_allowed =
            allow == NULL || allow[0] == '\0' || selection->is_selected[i] != 0;

        selection->is_selected[i] = is_allowed && denied[i] == 0;
        selection->n_selected += selection->is_selected[i];
    }
    if (selection->n_selected == 0) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "allow-labels and deny-labels leave none of the %u classes; at least one "
                        "has to be left",
                        labels->n_labels);
    }
    if (selection->n_selected < selection->n_classes) {
        *out = g_steal_pointer(&selection);
    }
    return TRUE;
}

VinSelection *vin_selection_ref(VinSelection *selection)
{
    if (selection != NULL) {
        g_atomic_ref_count_inc(&selection->refs);
    }
    return selection;
}

void vin_selection_unref(VinSelection *selection)
{
    if (selection != NULL && g_atomic_ref_count_dec(&selection->refs)) {
        g_free(selection->is_selected);
        g_free(selection);
    }
}
