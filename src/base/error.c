/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The error quark and the helper that sets an error. Called by every room.
 */
#include "base/error.h"

G_DEFINE_QUARK(vin-error-quark, vin_error)

gboolean vin_fail(GError **error, VinErrorCode code, const char *format, ...)
{
    va_list args;

    if (error != NULL) {
        va_start(args, format);
        g_propagate_error(error,
                          g_error_new_valist(VIN_ERROR, (gint)code, format, args));
        va_end(args);
    }
    return FALSE;
}
