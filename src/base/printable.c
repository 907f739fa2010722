/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Names come from files, and a terminal obeys some characters: a label or a layer's name must
 * not clear a screen, forge a line or hide what it says.
 */
#include "base/printable.h"

#include <string.h>

#define MAX_BYTES 8192 /* of a message: files can have names of megabytes */

gboolean vin_is_unprintable(gunichar c)
{
    return g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 || /* line, paragraph */
           (c >= 0x202a && c <= 0x202e) ||                       /* embeddings, overrides */
           (c >= 0x2066 && c <= 0x2069);                         /* isolates */
}

char *vin_printable(const char *text)
{
    g_autofree char *valid = NULL;
    GString *shown;

    g_return_val_if_fail(text != NULL, NULL);
    valid = g_utf8_make_valid(text, -1);
    shown = g_string_new(NULL);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        const gunichar c = g_utf8_get_char(at);

        if (!vin_is_unprintable(c)) {
            g_string_append_unichar(shown, c);
        } else if (c < 0x100) {
            g_string_append_printf(shown, "\\x%02x", c);
        } else {
            g_string_append_printf(shown, "\\u%04x", c);
        }
    }
    return g_string_free(shown, FALSE);
}

char *vin_printable_vformat(const char *format, va_list args)
{
    g_autofree char *text = g_strdup_vprintf(format, args);
    const gsize length = strlen(text);
    g_autofree char *start = NULL;
    g_autofree char *cut = NULL;

    if (length <= MAX_BYTES) {
        return vin_printable(text);
    }
    start = g_strndup(text, MAX_BYTES / 2); /* what is wrong is often said last */
    cut = g_strconcat(start, " [...] ", text + length - MAX_BYTES / 2, NULL);
    return vin_printable(cut);
}
