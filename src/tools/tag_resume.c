/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Record by record through a held output. Only whole records count; the files of an archive follow
 * each other, so a file is whole where another one follows.
 */
#include "tag_resume.h"

#include <string.h>
#include <sys/stat.h>

#include <json-glib/json-glib.h>

/* Bytes of the first record of @text, its line end included; 0 when it is not whole. */
static gsize record_bytes(const char *text, gsize n_bytes, TagFormat format)
{
    gboolean is_quoted = FALSE;

    for (gsize i = 0; i < n_bytes; i++) {
        if (text[i] == '"' && format == TAG_FORMAT_CSV) {
            is_quoted = !is_quoted; /* twice for a doubled one */
        } else if (text[i] == '\n' && !is_quoted) {
            return i + 1;
        }
    }
    return 0;
}

static char *json_file(JsonParser *parser, const char *record, gsize n_bytes)
{
    JsonNode *root, *file;

    if (!json_parser_load_from_data(parser, record, (gssize)n_bytes, NULL)) {
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root) ||
        !json_object_has_member(json_node_get_object(root), "tags")) {
        return NULL;
    }
    file = json_object_get_member(json_node_get_object(root), "file");
    return file != NULL && JSON_NODE_HOLDS_VALUE(file) ? json_node_dup_string(file) : NULL;
}

/* The first field of a record, out of its quotes. */
static char *csv_file(const char *record, gsize n_bytes)
{
    GString *field = g_string_new(NULL);
    gsize i = 0, n_fields = 1;
    gboolean is_quoted = FALSE;

    for (; i < n_bytes; i++) {
        if (record[i] == '"') {
            if (n_fields == 1 && !is_quoted && i > 0) {
                g_string_append_c(field, '"');
            }
            is_quoted = !is_quoted;
        } else if (record[i] == ',' && !is_quoted) {
            n_fields++;
        } else if (n_fields == 1) {
            g_string_append_c(field, record[i]);
        }
    }
    return g_string_free(field, n_fields != 7);
}

typedef struct {
    TagFormat format;
    JsonParser *parser;
    GHashTable *held;
    char *last;         /* file of the record before */
    gsize last_start;   /* where its first record begins */
} Held;

/* FALSE when the record is none of vin-tag's. */
static gboolean take_record(Held *state, const char *text, gsize start, gsize n_bytes)
{
    g_autofree char *file = NULL;

    if (state->format == TAG_FORMAT_CSV && start == 0) {
        state->last_start = n_bytes;
        return n_bytes == strlen(TAG_CSV_HEADER) && memcmp(text, TAG_CSV_HEADER, n_bytes) == 0;
    }
    file = state->format == TAG_FORMAT_CSV ? csv_file(text + start, n_bytes)
                                           : json_file(state->parser, text + start, n_bytes);
    if (file == NULL) {
        return FALSE;
    }
    if (state->last == NULL || strcmp(file, state->last) != 0) {
        if (state->last != NULL) {
            g_hash_table_add(state->held, g_steal_pointer(&state->last));
        }
        state->last = g_steal_pointer(&file);
        state->last_start = start;
    }
    return TRUE;
}

static gboolean take_records(Held *state, const char *text, gsize n_bytes, GError **error)
{
    guint n_records = 0;
    gsize at = 0, n;

    for (; (n = record_bytes(text + at, n_bytes - at, state->format)) > 0; at += n) {
        n_records++;
        if (!take_record(state, text, at, n)) {
            g_set_error(error, VIN_ERROR, VIN_ERROR_FORMAT,
                        "line %u of the output is none that vin-tag --format %s writes; nothing "
                        "is changed",
                        n_records, state->format == TAG_FORMAT_CSV ? "csv" : "json");
            return FALSE;
        }
    }
    return TRUE;
}

gboolean tag_resume_read(int fd, TagFormat format, GHashTable **held, guint64 *keep_bytes,
                         GError **error)
{
    g_autoptr(GMappedFile) map = NULL;
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Held state = {.format = format, .parser = parser, .held = files};
    struct stat status;
    gboolean ok;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_FILE,
                            "--resume: the output is no regular file");
        return FALSE;
    }
    map = g_mapped_file_new_from_fd(fd, FALSE, error);
    if (map == NULL) {
        return FALSE;
    }
    ok = take_records(&state, g_mapped_file_get_contents(map), g_mapped_file_get_length(map),
                      error);
    if (state.last != NULL) {
        g_hash_table_remove(files, state.last); /* it is done again, from where it begins */
    }
    g_free(state.last);
    *keep_bytes = state.last_start;
    if (ok) {
        *held = g_steal_pointer(&files);
    }
    return ok;
}
