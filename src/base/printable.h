/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text from files and drivers, made fit for one line of a message. The function itself,
 * vin_printable(), is public: the tools print such names too.
 */
#ifndef VIN_BASE_PRINTABLE_H
#define VIN_BASE_PRINTABLE_H

#include <vkinception/error.h>

/* TRUE for what a terminal obeys instead of showing: control characters, and marks that turn the
 * direction of the text around them or end a line. */
gboolean vin_is_unprintable(gunichar c);

/* A message, printable; of one that is over 8192 bytes long the middle is left out. */
char *vin_printable_vformat(const char *format, va_list args) G_GNUC_PRINTF(1, 0);

#endif
