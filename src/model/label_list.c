/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lists of labels as people write them. Labels hold commas ("great white shark, white shark"), so
 * a list may be split by ';' instead, and a backslash takes any character as it is.
 */
#include "model/label_list.h"

#include <string.h>

/* Wildcards in a pattern: no characters of Unicode. */
#define ANY_TEXT 0x110000u
#define ANY_CHARACTER 0x110001u

static void entry_free(gpointer data)
{
    VinLabelEntry *entry = data;

    g_free(entry->text);
    g_free(entry->name);
    g_free(entry->pattern);
    g_free(entry);
}

/* The first @separator in @text that no backslash stands before, or the end. */
static const char *find_plain(const char *text, char separator)
{
    const char *at = text;

    while (*at != '\0' && *at != separator) {
        at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return at;
}

static VinLabelEntry *entry_new(char *text)
{
    VinLabelEntry *entry = g_new0(VinLabelEntry, 1);
    GString *name = g_string_new(NULL);
    GArray *pattern = g_array_new(TRUE, FALSE, sizeof(gunichar));
    gboolean has_wildcard = FALSE;

    entry->text = text;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c;

        if (*at == '*' || *at == '?') {
            c = *at == '*' ? ANY_TEXT : ANY_CHARACTER;
            has_wildcard = TRUE;
        } else {
            if (at[0] == '\\' && at[1] != '\0') {
                at++;
            }
            g_string_append_unichar(name, g_utf8_get_char(at));
            c = g_unichar_tolower(g_utf8_get_char(at));
        }
        g_array_append_val(pattern, c);
    }
    entry->name = g_string_free(name, FALSE);
    entry->pattern = (gunichar *)(void *)g_array_free(pattern, !has_wildcard);
    return entry;
}

GPtrArray *vin_label_list_split(const char *list)
{
    const char separator = *find_plain(list, ';') != '\0' ? ';' : ',';
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    const char *end;

    for (const char *at = list; at != NULL; at = *end != '\0' ? end + 1 : NULL) {
        g_autofree char *text = NULL;

        end = find_plain(at, separator);
        text = g_strstrip(g_strndup(at, (gsize)(end - at)));
        if (text[0] != '\0') {
            g_ptr_array_add(entries, entry_new(g_steal_pointer(&text)));
        }
    }
    return entries;
}

/* Only the last * may have to take more: what lies before it is settled. */
gboolean vin_label_entry_matches(const VinLabelEntry *entry, const char *label)
{
    const gunichar *pattern = entry->pattern;
    const gunichar *behind_star = NULL;
    const char *retry = label;

    while (*label != '\0') {
        if (*pattern == ANY_TEXT) {
            behind_star = ++pattern;
            retry = label;
        } else if (*pattern == ANY_CHARACTER ||
                   *pattern == g_unichar_tolower(g_utf8_get_char(label))) {
            pattern++;
            label = g_utf8_next_char(label);
        } else if (behind_star != NULL) {
            pattern = behind_star;
            label = retry = g_utf8_next_char(retry);
        } else {
            return FALSE;
        }
    }
    while (*pattern == ANY_TEXT) {
        pattern++;
    }
    return *pattern == 0;
}

char *vin_label_list_quote(const char *label)
{
    GString *text = g_string_new(NULL);

    for (const char *at = label; *at != '\0'; at++) {
        if (strchr("\\,;*?", *at) != NULL) {
            g_string_append_c(text, '\\');
        }
        g_string_append_c(text, *at);
    }
    return g_string_free(text, FALSE);
}

char *vin_label_lower(const char *label)
{
    GString *text = g_string_new(NULL);

    for (const char *at = label; *at != '\0'; at = g_utf8_next_char(at)) {
        g_string_append_unichar(text, g_unichar_tolower(g_utf8_get_char(at)));
    }
    return g_string_free(text, FALSE);
}
