/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The error quark and the helper that sets an error. Called by every room.
 */
#include "base/error.h"

G_DEFINE_QUARK(vin-error-quark, vin_error)

gboolean vin_fail(GError **error, VinErrorCode code, const char *format, ...)
{
    va_list args;

    if (error != NULL) { /* file names and names in files may be any bytes */
        g_autofree char *text = NULL;
        g_autofree char *valid = NULL;

        va_start(args, format);
        text = g_strdup_vprintf(format, args);
        va_end(args);
        valid = g_utf8_make_valid(text, -1);
        g_set_error_literal(error, VIN_ERROR, (gint)code, valid);
    }
    return FALSE;
}
