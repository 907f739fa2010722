/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ranges into a sidecar that somebody wrote by hand: its text is changed line by line, since a key
 * file that is read and written again loses how it was laid out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/readfile.h"
#include "model/builtin.h"
#include "model/ranges.h"

#define GROUP "[vkinception]"
#define UNESCAPED "/" /* beside letters, digits and -_.~ */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define MAX_FILE_BYTES (1u << 20) /* as sidecar.c reads */

/* As GKeyFile finds them, whose lines may begin with blanks. */
static const char *skip_blanks(const char *line)
{
    while (*line == ' ' || *line == '\t') {
        line++;
    }
    return line;
}

static gsize line_bytes(const char *line)
{
    const char *end = strchr(line, '\n');

    return end != NULL ? (gsize)(end - line) + 1 : strlen(line);
}

static gboolean is_group(const char *line)
{
    return *skip_blanks(line) == '[';
}

static gboolean is_our_group(const char *line)
{
    return g_str_has_prefix(skip_blanks(line), GROUP);
}

static gboolean is_range(const char *line)
{
    return g_str_has_prefix(skip_blanks(line), VIN_RANGES_PREFIX);
}

/* A comment may be of what comes next. */
static gboolean says_nothing(const char *line)
{
    const char *rest = skip_blanks(line);

    return *rest == '\0' || *rest == '\n' || *rest == '\r' || *rest == '#';
}

/* Where the new lines go: before the first old one, else behind the last line of the group's first
 * part that says something. */
static gsize find_place(const char *text)
{
    gboolean ours = FALSE, was_ours = FALSE;
    gsize place = strlen(text);

    for (const char *line = text; *line != '\0'; line += line_bytes(line)) {
        if (is_group(line)) {
            ours = is_our_group(line);
        }
        if (ours && is_range(line)) {
            return (gsize)(line - text);
        }
    }
    ours = FALSE;
    for (const char *line = text; *line != '\0'; line += line_bytes(line)) {
        if (is_group(line)) {
            ours = !was_ours && is_our_group(line);
        }
        if (ours && !says_nothing(line)) {
            was_ours = TRUE;
            place = (gsize)(line - text) + line_bytes(line);
        }
    }
    return place;
}

static void append_ranges(GString *text, const GArray *ranges, const char *line_end)
{
    char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

    if (text->len > 0 && text->str[text->len - 1] != '\n') {
        g_string_append(text, line_end);
    }
    for (guint i = 0; i < ranges->len; i++) { /* + 0.0: there may be a -0 */
        const VinLayerRange *range = &g_array_index(ranges, VinLayerRange, i);
        g_autofree char *name = g_uri_escape_string(range->layer, UNESCAPED, FALSE);

        g_string_append_printf(
            text, VIN_RANGES_PREFIX "%s=%s;%s%s", name,
            g_ascii_formatd(low, sizeof low, "%.5g", (double)range->low + 0.0),
            g_ascii_formatd(high, sizeof high, "%.5g", (double)range->high), line_end);
    }
}

char *vin_ranges_replace(const char *text, const GArray *ranges)
{
    const char *line_end = strstr(text, "\r\n") != NULL ? "\r\n" : "\n";
    GString *out = g_string_new(NULL);
    gboolean ours = FALSE;
    gsize place;

    if (g_str_has_prefix(text, BYTE_ORDER_MARK)) {
        text += strlen(BYTE_ORDER_MARK);
        g_string_append(out, BYTE_ORDER_MARK);
    }
    place = find_place(text);
    for (const char *line = text; *line != '\0'; line += line_bytes(line)) {
        if ((gsize)(line - text) == place) {
            append_ranges(out, ranges, line_end);
        }
        if (is_group(line)) {
            ours = is_our_group(line);
        }
        if (!ours || !is_range(line)) {
            g_string_append_len(out, line, (gssize)line_bytes(line));
        }
    }
    if (place == strlen(text)) {
        append_ranges(out, ranges, line_end);
    }
    return g_string_free(out, FALSE);
}

/* Of a sidecar that can be written: the file itself, where @path is a link to it. */
static char *find_target(const char *path, struct stat *status, GError **error)
{
    g_autofree char *target = NULL;
    g_autofree char *folder = NULL;

    if (vin_builtin_is_path(path)) {
        vin_fail(error, VIN_ERROR_FILE,
                 "sidecar %s is inside the library and cannot be written; name the model by the "
                 "path of an .onnx file with a sidecar beside it",
                 path);
        return NULL;
    }
    target = realpath(path, NULL);
    if (target == NULL || stat(target, status) != 0) {
        vin_fail(error, VIN_ERROR_FILE, "sidecar %s: %s", path, g_strerror(errno));
        return NULL;
    }
    /* Also for those whom no permission stops: somebody has made it read-only on purpose. */
    if ((status->st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
        vin_fail(error, VIN_ERROR_FILE, "sidecar %s is read-only, and ranges are kept in it", path);
        return NULL;
    }
    folder = g_path_get_dirname(target);
    if (access(target, W_OK) != 0 || access(folder, W_OK | X_OK) != 0) {
        vin_fail(error, VIN_ERROR_FILE,
                 "sidecar %s cannot be replaced, and ranges are kept in it: %s", path,
                 g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&target);
}

gboolean vin_ranges_check_writable(const char *path, GError **error)
{
    g_autofree char *target = NULL;
    struct stat status;

    target = find_target(path, &status, error);
    return target != NULL;
}

gboolean vin_ranges_write(const char *path, const GArray *ranges, GError **error)
{
    g_autofree char *target = NULL;
    g_autofree char *text = NULL;
    g_autoptr(GBytes) old = NULL;
    g_autoptr(GError) cause = NULL;
    const char *data;
    struct stat status;
    gsize size = 0;

    target = find_target(path, &status, error);
    old = target != NULL ? vin_read_file(target, "sidecar", MAX_FILE_BYTES, VIN_ERROR_FORMAT, error)
                         : NULL;
    if (old == NULL) {
        return FALSE;
    }
    data = g_bytes_get_data(old, &size);
    if (size > 0 && !g_utf8_validate(data, (gssize)size, NULL)) {
        return vin_fail(error, VIN_ERROR_FORMAT, "sidecar %s is not UTF-8 text", path);
    }
    text = vin_ranges_replace(size > 0 ? data : "", ranges);
    if (!g_file_set_contents_full(target, text, -1,
                                  G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                  (int)(status.st_mode & 0777), &cause)) {
        return vin_fail(error, VIN_ERROR_FILE, "sidecar %s: %s", path, cause->message);
    }
    return TRUE;
}
