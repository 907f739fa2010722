/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The error quark and the helpers that set an error. Called by every room.
 */
#include "base/error.h"

#include "base/printable.h"

G_DEFINE_QUARK(vin-error-quark, vin_error)

gboolean vin_fail(GError **error, VinErrorCode code, const char *format, ...)
{
    va_list args;

    if (error != NULL) { /* file names and names in files may be any bytes */
        g_autofree char *shown = NULL;

        va_start(args, format);
        shown = vin_printable_vformat(format, args);
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
        shown = vin_printable_vformat(format, args);
        va_end(args);
        g_prefix_error(error, "%s", shown);
    }
}
