/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The default model's files, embedded in the library. They are named like files in a folder
 * VIN_BUILTIN_FOLDER, so that look-up and loading treat them as any other.
 */
#ifndef VIN_MODEL_BUILTIN_H
#define VIN_MODEL_BUILTIN_H

#include <glib.h>

#define VIN_BUILTIN_FOLDER "builtin:"
#define VIN_BUILTIN_MODEL "signal"

/* Whether @path names an embedded folder or file. */
gboolean vin_builtin_is_path(const char *path);
/* The bytes of an embedded file, not copied; NULL when there is none of that name. To
 * g_bytes_unref(). */
GBytes *vin_builtin_lookup(const char *path);

#endif
