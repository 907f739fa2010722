/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The folder of a fuzzing process and the checks that hold for all targets.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <vkinception/error.h>
#include <vkinception/log.h>

#define MAX_MESSAGE_BYTES 65536

static GHashTable *files; /* path -> descriptor */
static char *folder;

static void remove_folder(void)
{
    GHashTableIter iter;
    gpointer path, fd;

    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &path, &fd)) {
        close(GPOINTER_TO_INT(fd));
        g_unlink(path);
    }
    g_rmdir(folder);
    g_hash_table_unref(files);
    g_free(folder);
}

static void make_folder(void)
{
    const char *parent = g_access("/dev/shm", W_OK) == 0 ? "/dev/shm" : g_get_tmp_dir();

    folder = g_build_filename(parent, "vin-fuzz-XXXXXX", NULL);
    if (g_mkdtemp(folder) == NULL) {
        g_error("cannot make %s: %s", folder, g_strerror(errno));
    }
    files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    atexit(remove_folder);
}

const char *fuzz_file(const char *name, const uint8_t *data, size_t size)
{
    g_autofree char *path = NULL;
    gpointer key, value;
    int fd;

    if (folder == NULL) {
        make_folder();
    }
    path = g_build_filename(folder, name, NULL);
    if (!g_hash_table_lookup_extended(files, path, &key, &value)) {
        fd = g_open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        key = g_steal_pointer(&path);
        value = GINT_TO_POINTER(fd);
        g_hash_table_insert(files, key, value);
    }
    fd = GPOINTER_TO_INT(value);
    if (fd < 0 || ftruncate(fd, 0) != 0 ||
        (size > 0 && pwrite(fd, data, size, 0) != (ssize_t)size)) {
        g_error("cannot write %s: %s", (const char *)key, g_strerror(errno));
    }
    return key;
}

static void ignore(VinLogLevel level, const char *message, gpointer user_data)
{
    g_assert(g_utf8_validate(message, -1, NULL) && strlen(message) <= MAX_MESSAGE_BYTES);
}

void fuzz_quiet(void)
{
    vin_log_set_func(ignore, VIN_LOG_WARN, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
}

void fuzz_check_error(GError *error)
{
    g_assert(error != NULL && error->domain == VIN_ERROR);
    g_assert(error->message[0] != '\0' && strlen(error->message) <= MAX_MESSAGE_BYTES);
    g_assert(g_utf8_validate(error->message, -1, NULL));
    g_error_free(error);
}
