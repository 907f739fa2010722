/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading a small text file that is not trusted.
 */
#ifndef VIN_MODEL_TEXTFILE_H
#define VIN_MODEL_TEXTFILE_H

#include <glib.h>

/* The file's text without a byte order mark: UTF-8, no zero bytes. @what names the file in
 * messages ("label file"). To g_free(). */
char *vin_textfile_read(const char *path, const char *what, guint64 max_bytes, GError **error);

#endif
