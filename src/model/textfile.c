/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Size, kind and encoding are checked here, for sidecars and label files alike.
 */
#include "model/textfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "model/builtin.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

char *vin_textfile_read(const char *path, const char *what, guint64 max_bytes, GError **error)
{
    g_autoptr(GError) cause = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GBytes) embedded = vin_builtin_lookup(path);
    GStatBuf info;
    gsize n_bytes;

    if (embedded != NULL) {
        return g_strndup(g_bytes_get_data(embedded, NULL), g_bytes_get_size(embedded));
    }
    if (g_stat(path, &info) != 0) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s %s: %s", what, path, g_strerror(errno));
        return NULL;
    }
    if (!S_ISREG(info.st_mode)) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s %s: not a regular file", what, path);
        return NULL;
    }
    if ((guint64)info.st_size > max_bytes) {
        vin_fail(error, VIN_ERROR_FORMAT,
                 "%s %s has %" G_GUINT64_FORMAT " bytes; at most %" G_GUINT64_FORMAT
                 " are accepted",
                 what, path, (guint64)info.st_size, max_bytes);
        return NULL;
    }
    if (!g_file_get_contents(path, &text, &n_bytes, &cause)) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s: %s", what, cause->message);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)n_bytes, NULL)) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s %s is not UTF-8 text", what, path);
        return NULL;
    }
    if (g_str_has_prefix(text, byte_order_mark)) {
        return g_strdup(text + strlen(byte_order_mark));
    }
    return g_steal_pointer(&text);
}
