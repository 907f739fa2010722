/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTagFile: lines to a file or to standard output, each written at once.
 */
#ifndef VIN_PLUGIN_TAGFILE_H
#define VIN_PLUGIN_TAGFILE_H

#include <gio/gio.h>

typedef struct _VinTagFile VinTagFile;

/* @path NULL, "" or "-": standard output. An existing file is emptied. Errors are of
 * G_IO_ERROR. */
VinTagFile *vin_tag_file_open(const char *path, GError **error);

/* Writes @text and a line end. A closed pipe is an error here, never a signal. */
gboolean vin_tag_file_write_line(VinTagFile *file, const char *text, GError **error);

/* Closes and frees; standard output stays open. NULL is welcome. */
gboolean vin_tag_file_close(VinTagFile *file, GError **error);

#endif
