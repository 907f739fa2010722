/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The error quark and the helpers that set an error. Called by every room.
 */
#include "base/error.h"

#include <string.h>

#include "base/printable.h"

G_DEFINE_QUARK(vin-error-quark, vin_error)

#define MAX_BYTES 8192 /* of what is put into a message: files can have names of megabytes */

static char *format_text(const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);

    if (strlen(text) > MAX_BYTES) { /* what is wrong is often said last: the middle goes */
        g_autofree char *start = g_strndup(text, MAX_BYTES / 2);
        g_autofree char *whole = g_steal_pointer(&text);

        text = g_strconcat(start, " [...] ", whole + strlen(whole) - MAX_BYTES / 2, NULL);
    }
    return vin_printable(text);
}

gboolean vin_fail(GError **error, VinErrorCode code, const char *format, ...)
{
    va_list args;

    if (error != NULL) { /* file names and names in files may be any bytes */
        g_autofree char *shown = NULL;

        va_start(args, format);
        shown = format_text(format, args);
        va_end(args);
        g_set_error_literal(error, VIN_ERROR, (gint)code, shown);
    }
    return FALSE;
}

void vin_fail_prefix(GError **error, const char *format, ...)
{
    va_list args;

    if (error != NULL && *error != NULL) {
        g_autofree char *shown = NULL;

        va_start(args, format);
        shown = format_text(format, args);
        va_end(args);
        g_prefix_error(error, "%s", shown);
    }
}
