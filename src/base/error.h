/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Helpers that make a GError where the facts are.
 */
#ifndef VIN_BASE_ERROR_H
#define VIN_BASE_ERROR_H

#include <vkinception/error.h>

/* Sets @error and returns FALSE, so that a caller may `return vin_fail(...)`. */
gboolean vin_fail(GError **error, VinErrorCode code, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* Puts text before the message of an error that is set. Both make what they print fit for a
 * terminal (vin_printable()), so that g_prefix_error() is for text of our own only. */
void vin_fail_prefix(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

#endif
