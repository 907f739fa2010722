/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Strings for JSON. Names come from files and drivers: nothing is assumed of them.
 */
#include "base/json.h"

void vin_json_append_string(GString *json, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(json, '"');
    for (const char *at = valid; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            g_string_append_c(json, '\\');
            g_string_append_c(json, *at);
        } else if ((guchar)*at < 0x20) {
            g_string_append_printf(json, "\\u%04x", (guint)(guchar)*at);
        } else {
            g_string_append_c(json, *at);
        }
    }
    g_string_append_c(json, '"');
}
