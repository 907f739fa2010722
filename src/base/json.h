/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON text by hand: one string.
 */
#ifndef VIN_BASE_JSON_H
#define VIN_BASE_JSON_H

#include <glib.h>

/* Appends @text in quotes, escaped; bytes that are not UTF-8 become U+FFFD. */
void vin_json_append_string(GString *json, const char *text);

#endif
