/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The contents of a file that is not trusted.
 */
#ifndef VIN_BASE_READFILE_H
#define VIN_BASE_READFILE_H

#include <vkinception/error.h>

/* What is in a regular file of at most @max_bytes, and a zero byte behind it that does not count.
 * A copy: whoever changes the file meanwhile cannot hurt us. @what names the file in messages
 * ("model"). NULL with VIN_ERROR_FILE, VIN_ERROR_MEMORY or @too_big. */
GBytes *vin_read_file(const char *path, const char *what, guint64 max_bytes, VinErrorCode too_big,
                      GError **error);

#endif
