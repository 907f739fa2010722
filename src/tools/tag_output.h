/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * TagOutput: where vin-tag's lines go, standard output or a file.
 */
#ifndef VIN_TOOLS_TAG_OUTPUT_H
#define VIN_TOOLS_TAG_OUTPUT_H

#include <glib.h>

typedef struct _TagOutput TagOutput;

/* @path NULL or "-": standard output. A file is made where there is none, and is nobody else's
 * until it is closed; what it holds stays until tag_output_start(). */
TagOutput *tag_output_open(const char *path, GError **error);
/* The descriptor, for reading too where it is a regular file. */
int tag_output_fd(const TagOutput *output);
/* Cuts a regular file after @keep_bytes; what is written comes there. */
gboolean tag_output_start(TagOutput *output, guint64 keep_bytes, GError **error);
/* All of @text, at once. */
gboolean tag_output_write(TagOutput *output, const GString *text, GError **error);
/* FALSE when something written was lost. */
gboolean tag_output_close(TagOutput *output, GError **error);

#endif
