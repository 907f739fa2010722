/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lists of names, and the walk through folders: in natural order ("2.jpg" before "10.jpg"),
 * hidden names left out, each folder once, whatever links lead to it.
 */
#include "tag_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <vkinception/error.h>

#include "stop.h"

/* What is taken from a folder, as vin-tag(1) says; a file that is named may be called anything. */
static const char *const suffixes[] = {
    "3gp",  "avi", "avif", "bmp", "flv", "gif", "heic", "heif", "jpe", "jpeg", "jpg",  "m2ts",
    "m4v",  "mkv", "mov",  "mp4", "mpeg", "mpg", "mts", "mxf", "ogv", "pbm",  "pgm",  "png",
    "pnm",  "ppm", "tif",  "tiff", "ts", "vob", "webm", "webp", "wmv", "y4m",
};

typedef struct {
    char *name, *key; /* key: to sort by */
    gboolean is_folder;
    int error;        /* errno of looking at it; 0 when it is there */
} Entry;

typedef struct {
    GPtrArray *files;
    GHashTable *folders; /* "device:inode" of those that were walked */
} Walk;

static void free_file(gpointer data)
{
    TagFile *file = data;

    g_free(file->name);
    g_free(file->shown);
    g_free(file->fault);
    g_free(file);
}

/* @text with what is no UTF-8 as \xHH. */
static char *make_valid(const char *text)
{
    GString *out = g_string_new(NULL);
    const char *end;

    while (!g_utf8_validate(text, -1, &end)) {
        g_string_append_len(out, text, end - text);
        g_string_append_printf(out, "\\x%02x", (guint)(guchar)*end);
        text = end + 1;
    }
    g_string_append(out, text);
    return g_string_free(out, FALSE);
}

/* Takes @fault. */
static void add_file(GPtrArray *files, const char *name, char *fault)
{
    TagFile *file = g_new0(TagFile, 1);

    file->name = g_strdup(name);
    file->shown = make_valid(name);
    file->fault = fault;
    g_ptr_array_add(files, file);
}

static gboolean has_suffix(const char *name)
{
    const char *dot = strrchr(name, '.');

    for (guint i = 0; dot != NULL && i < G_N_ELEMENTS(suffixes); i++) {
        if (g_ascii_strcasecmp(dot + 1, suffixes[i]) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

static void clear_entry(gpointer data)
{
    Entry *entry = data;

    g_free(entry->name);
    g_free(entry->key);
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;
    int by_key = strcmp(x->key, y->key);

    return by_key != 0 ? by_key : strcmp(x->name, y->name);
}

/* Whether @name in @folder is to be walked or tagged; fills @entry if so. */
static gboolean look_at(const char *folder, const char *name, Entry *entry)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *shown = NULL;
    struct stat status;

    if (name[0] == '.') {
        return FALSE;
    }
    entry->error = stat(path, &status) == 0 ? 0 : errno;
    entry->is_folder = entry->error == 0 && S_ISDIR(status.st_mode);
    if (!entry->is_folder &&
        (!has_suffix(name) || (entry->error == 0 && !S_ISREG(status.st_mode)))) {
        return FALSE;
    }
    shown = make_valid(name);
    entry->name = g_strdup(name);
    entry->key = g_utf8_collate_key_for_filename(shown, -1);
    return TRUE;
}

/* What is in @folder and may be walked or tagged, sorted. NULL with errno set. */
static GArray *list_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    GArray *entries;
    struct dirent *found;

    if (dir == NULL) {
        return NULL;
    }
    entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(entries, clear_entry);
    while ((found = readdir(dir)) != NULL) {
        Entry entry;

        if (look_at(folder, found->d_name, &entry)) {
            g_array_append_val(entries, entry);
        }
    }
    closedir(dir);
    g_array_sort(entries, compare_entries);
    return entries;
}

/* Whether @folder is met for the first time. */
static gboolean is_new_folder(Walk *walk, const char *folder)
{
    struct stat status;

    return stat(folder, &status) != 0 ||
           g_hash_table_add(walk->folders,
                            g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                            (guint64)status.st_dev, (guint64)status.st_ino));
}

static void walk_folder(Walk *walk, const char *folder)
{
    g_autoptr(GArray) entries = NULL;

    if (!is_new_folder(walk, folder)) {
        return;
    }
    entries = list_folder(folder);
    if (entries == NULL) {
        add_file(walk->files, folder,
                 g_strdup_printf("the folder cannot be read: %s", g_strerror(errno)));
        return;
    }
    for (guint i = 0; i < entries->len && tool_stop_signal() == 0; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        g_autofree char *path = g_build_filename(folder, entry->name, NULL);

        if (entry->is_folder) {
            walk_folder(walk, path);
        } else {
            add_file(walk->files, path,
                     entry->error != 0 ? g_strdup(g_strerror(entry->error)) : NULL);
        }
    }
}

GPtrArray *tag_files_find(const char *const *names)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(free_file);

    for (; names != NULL && *names != NULL; names++) {
        if (g_file_test(*names, G_FILE_TEST_IS_DIR)) {
            g_autoptr(GHashTable) folders =
                g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
            Walk walk = {files, folders};

            walk_folder(&walk, *names);
        } else {
            add_file(files, *names, NULL);
        }
    }
    return files;
}

/* Keeps the files that @is_wanted says yes to, in their order. */
static void filter(GPtrArray *files, gboolean (*is_wanted)(const TagFile *file, GHashTable *names),
                   GHashTable *names)
{
    guint n = 0;

    for (guint i = 0; i < files->len; i++) {
        TagFile *file = g_ptr_array_index(files, i);

        if (is_wanted(file, names)) {
            files->pdata[i] = files->pdata[n];
            files->pdata[n++] = file;
        }
    }
    g_ptr_array_set_size(files, (int)n);
}

static gboolean is_first(const TagFile *file, GHashTable *names)
{
    return g_hash_table_add(names, g_strdup(file->name));
}

static gboolean is_not_in(const TagFile *file, GHashTable *names)
{
    return !g_hash_table_contains(names, file->shown);
}

void tag_files_unique(GPtrArray *files)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    filter(files, is_first, names);
}

void tag_files_leave_out(GPtrArray *files, GHashTable *names)
{
    filter(files, is_not_in, names);
}

static gboolean read_stream(FILE *stream, GString *contents)
{
    char part[4096];
    gsize n;

    while ((n = fread(part, 1, sizeof part, stream)) > 0) {
        g_string_append_len(contents, part, (gssize)n);
    }
    return !ferror(stream);
}

static gboolean read_all(const char *path, GString *contents, GError **error)
{
    gboolean is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    gboolean ok = stream != NULL && read_stream(stream, contents);

    if (!ok) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_FILE, "--files-from: cannot read %s: %s", path,
                    g_strerror(errno));
    }
    if (stream != NULL && !is_stdin) {
        fclose(stream);
    }
    return ok;
}

char **tag_files_read_list(const char *path, GError **error)
{
    g_autoptr(GString) contents = g_string_new(NULL);
    GPtrArray *names;
    const char *at, *end;
    char separator;

    if (!read_all(path, contents, error)) {
        return NULL;
    }
    names = g_ptr_array_new();
    at = contents->str;
    end = at + contents->len;
    separator = memchr(at, '\0', contents->len) != NULL ? '\0' : '\n';
    while (at < end) {
        const char *stop = memchr(at, separator, (gsize)(end - at));

        stop = stop != NULL ? stop : end;
        if (stop > at) {
            g_ptr_array_add(names, g_strndup(at, (gsize)(stop - at)));
        }
        at = stop + 1;
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
