/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an earlier run of vin-tag has written, so that this one goes on behind it.
 */
#ifndef VIN_TOOLS_TAG_RESUME_H
#define VIN_TOOLS_TAG_RESUME_H

#include "tag_lines.h"

/* Reads the output behind @fd, JSON or CSV. @held: (out): set of the files, as shown, that are
 * there whole, to g_hash_table_unref(). @keep_bytes: (out): where the rest begins: a line that was
 * not finished, and all of the last file, since nobody can tell whether more frames were to come.
 * FALSE where it holds something else. */
gboolean tag_resume_read(int fd, TagFormat format, GHashTable **held, guint64 *keep_bytes,
                         GError **error);

#endif
