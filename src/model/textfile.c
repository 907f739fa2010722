/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Encoding is checked here, for sidecars and label files alike; size and kind in
 * base/readfile.c.
 */
#include "model/textfile.h"

#include <string.h>

#include "base/error.h"
#include "base/readfile.h"
#include "model/builtin.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

char *vin_textfile_read(const char *path, const char *what, guint64 max_bytes, GError **error)
{
    g_autoptr(GBytes) bytes = vin_builtin_lookup(path);
    const char *text;
    gsize n_bytes;

    if (bytes == NULL) {
        bytes = vin_read_file(path, what, max_bytes, VIN_ERROR_FORMAT, error);
    }
    if (bytes == NULL) {
        return NULL;
    }
    text = g_bytes_get_data(bytes, &n_bytes);
    if (n_bytes > 0 && !g_utf8_validate(text, (gssize)n_bytes, NULL)) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s %s is not UTF-8 text", what, path);
        return NULL;
    }
    if (n_bytes >= strlen(byte_order_mark) &&
        memcmp(text, byte_order_mark, strlen(byte_order_mark)) == 0) {
        text += strlen(byte_order_mark);
        n_bytes -= strlen(byte_order_mark);
    }
    return g_strndup(text, n_bytes);
}
