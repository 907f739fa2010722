/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NumPy's file format, version 1.0: magic, header length, a Python dict padded so that the
 * data starts at a multiple of 64, then the values little-endian.
 */
#include "npy.h"

#include <stdio.h>
#include <string.h>

#include "tool.h"

#define MAGIC_BYTES 10 /* "\x93NUMPY", major, minor, header length as 16 bits */
#define DATA_ALIGN 64

gboolean tool_npy_write(const char *path, const float *values, guint channels, guint height,
                        guint width, GError **error)
{
    g_autoptr(GString) file = g_string_new(NULL);
    g_autofree char *dict = g_strdup_printf(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, %u, %u, %u), }", channels, height,
        width);
    gsize header = strlen(dict) + 1; /* the dict's line end */
    gsize padding = (DATA_ALIGN - (MAGIC_BYTES + header) % DATA_ALIGN) % DATA_ALIGN;
    gsize n_values = (gsize)channels * height * width;

    header += padding;
    g_string_append_len(file, "\x93NUMPY\x01\x00", 8);
    g_string_append_c(file, (char)(header & 0xff));
    g_string_append_c(file, (char)(header >> 8));
    g_string_append(file, dict);
    g_string_append_printf(file, "%*s\n", (int)padding, "");
    for (gsize i = 0; i < n_values; i++) {
        guint32 bits;

        memcpy(&bits, &values[i], sizeof bits);
        bits = GUINT32_TO_LE(bits);
        g_string_append_len(file, (const char *)&bits, sizeof bits);
    }
    if (strcmp(path, "-") == 0) {
        fwrite(file->str, 1, file->len, stdout);
        return tool_flush(error);
    }
    return g_file_set_contents(path, file->str, (gssize)file->len, error);
}
