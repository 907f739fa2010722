/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which files vin-tag is to tag: those named, those of a list, those below a folder.
 */
#ifndef VIN_TOOLS_TAG_FILES_H
#define VIN_TOOLS_TAG_FILES_H

#include <glib.h>

typedef struct {
    char *name;  /* file or URI, as it was named */
    char *shown; /* the name in UTF-8, for output; distinct for distinct names */
    char *fault; /* why it cannot be tagged, where that is known already; else NULL */
} TagFile;

/* The names in file @path, "-" for standard input: one a line, or, where it has a NUL, with a NUL
 * behind each. To g_strfreev(). */
char **tag_files_read_list(const char *path, GError **error);

/* All files of @names, in this order; a folder gives the photos and videos below it.
 * To g_ptr_array_unref(), TagFiles. */
GPtrArray *tag_files_find(const char *const *names);

/* Keeps one of each name. */
void tag_files_unique(GPtrArray *files);
/* Keeps those whose shown name is not in the set @names. */
void tag_files_leave_out(GPtrArray *files, GHashTable *names);
#endif
