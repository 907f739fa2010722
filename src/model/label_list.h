/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text of a list of labels, split into its entries.
 */
#ifndef VIN_MODEL_LABEL_LIST_H
#define VIN_MODEL_LABEL_LIST_H

#include <glib.h>

typedef struct {
    char *text;          /* as it was written, without blanks around it */
    char *name;          /* without backslashes, for comparing; of a pattern the characters that
                          * are not wildcards */
    gunichar *pattern;   /* lower case, ended by 0; NULL: no wildcard is in it */
} VinLabelEntry;

/* VinLabelEntry*, the array's. @list: valid UTF-8. */
GPtrArray *vin_label_list_split(const char *list);

gboolean vin_label_entry_matches(const VinLabelEntry *entry, const char *label);

/* @label as an entry that means it and nothing else. To g_free(). */
char *vin_label_list_quote(const char *label);

/* Each character in lower case: "equal but for the case" is equality of these. To g_free(). */
char *vin_label_lower(const char *label);

#endif
