/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file of a cache. Little-endian, offsets in bytes:
 *       0  "VINCACHE"                  8  format, 1
 *      12  vendor, device, driver     24  UUID, 16 bytes
 *      40  version of the library, 24 bytes, zeros behind
 *      64  bytes of content           72  SHA-256 of bytes 0 to 71 and of the content
 *     104  content
 */
#include "base/cachefile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vkinception/version.h>

#include "base/error.h"

#define FORMAT 1
#define DIGEST_OFFSET 72
#define DIGEST_BYTES 32
#define STALE_S (60 * 60) /* a temporary file this old has no writer any more */

G_STATIC_ASSERT(DIGEST_OFFSET + DIGEST_BYTES == VIN_CACHE_HEADER_BYTES);
G_STATIC_ASSERT(sizeof VIN_VERSION <= 24);

static void put_le(guint8 *at, guint64 value, guint n_bytes)
{
    for (guint i = 0; i < n_bytes; i++) {
        at[i] = (guint8)(value >> (8 * i));
    }
}

static void fill_header(guint8 header[VIN_CACHE_HEADER_BYTES], const VinCacheKey *key,
                        const guint8 *bytes, gsize n_bytes)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize digest_bytes = DIGEST_BYTES;

    memset(header, 0, VIN_CACHE_HEADER_BYTES);
    memcpy(header, "VINCACHE", 8);
    put_le(header + 8, FORMAT, 4);
    put_le(header + 12, key->vendor_id, 4);
    put_le(header + 16, key->device_id, 4);
    put_le(header + 20, key->driver_version, 4);
    memcpy(header + 24, key->uuid, sizeof key->uuid);
    memcpy(header + 40, VIN_VERSION, sizeof VIN_VERSION);
    put_le(header + 64, n_bytes, 8);
    g_checksum_update(sum, header, DIGEST_OFFSET);
    g_checksum_update(sum, bytes, (gssize)n_bytes);
    g_checksum_get_digest(sum, header + DIGEST_OFFSET, &digest_bytes);
}

/* Which part of the header is not as it should be. */
static const char *difference(const guint8 *seen, const guint8 *expected)
{
    static const struct {
        gsize end;
        const char *what;
    } parts[] = {
        {8, "it is no cache of this library"},
        {12, "it has another format"},
        {40, "it was made for another device or driver"},
        {64, "it was made by another version of the library"},
        {72, "it is not as long as it says"},
        {VIN_CACHE_HEADER_BYTES, "its checksum differs"},
    };
    guint i = 0;

    while (memcmp(seen, expected, parts[i].end) == 0) {
        i++;
    }
    return parts[i].what;
}

static gboolean check_file(int fd, const char *path, guint uid, gsize *size, GError **error)
{
    struct stat facts;

    if (fstat(fd, &facts) != 0) {
        return vin_fail(error, VIN_ERROR_FILE, "%s: %s", path, g_strerror(errno));
    }
    if (!S_ISREG(facts.st_mode)) {
        return vin_fail(error, VIN_ERROR_INVALID, "%s: it is not a regular file", path);
    }
    if (facts.st_uid != uid) {
        return vin_fail(error, VIN_ERROR_INVALID, "%s: it belongs to user %u, not to user %u",
                        path, (guint)facts.st_uid, uid);
    }
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return vin_fail(error, VIN_ERROR_INVALID, "%s: others may write to it (mode %04o)", path,
                        (guint)facts.st_mode & 07777);
    }
    if (facts.st_size < VIN_CACHE_HEADER_BYTES ||
        (guint64)facts.st_size > VIN_CACHE_HEADER_BYTES + VIN_CACHE_MAX_BYTES) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: it has %" G_GINT64_FORMAT " bytes; a cache has %d to %" G_GSIZE_FORMAT,
                        path, (gint64)facts.st_size, VIN_CACHE_HEADER_BYTES,
                        VIN_CACHE_HEADER_BYTES + VIN_CACHE_MAX_BYTES);
    }
    *size = (gsize)facts.st_size;
    return TRUE;
}

/* FALSE, too, when the file ends earlier. */
static gboolean read_all(int fd, guint8 *bytes, gsize n_bytes)
{
    for (gsize done = 0; done < n_bytes;) {
        const gssize n = read(fd, bytes + done, n_bytes - done);

        if (n == 0 || (n < 0 && errno != EINTR)) {
            return FALSE;
        }
        done += n > 0 ? (gsize)n : 0;
    }
    return TRUE;
}

static guint8 *read_content(int fd, const char *path, const VinCacheKey *key, guint uid,
                            gsize *n_bytes, GError **error)
{
    guint8 header[VIN_CACHE_HEADER_BYTES], expected[VIN_CACHE_HEADER_BYTES];
    g_autofree guint8 *bytes = NULL;
    gsize size = 0;

    if (!check_file(fd, path, uid, &size, error)) {
        return NULL;
    }
    size -= VIN_CACHE_HEADER_BYTES;
    bytes = g_try_malloc(size + 1); /* never NULL for nothing */
    if (bytes == NULL) {
        vin_fail(error, VIN_ERROR_MEMORY, "%s: no memory for %" G_GSIZE_FORMAT " bytes", path,
                 size);
        return NULL;
    }
    if (!read_all(fd, header, sizeof header) || !read_all(fd, bytes, size)) {
        vin_fail(error, VIN_ERROR_FILE, "%s: it cannot be read to its end", path);
        return NULL;
    }
    fill_header(expected, key, bytes, size);
    if (memcmp(header, expected, sizeof header) != 0) {
        vin_fail(error, VIN_ERROR_FORMAT, "%s: %s", path, difference(header, expected));
        return NULL;
    }
    *n_bytes = size;
    return g_steal_pointer(&bytes);
}

guint8 *vin_cache_file_read(const char *path, const VinCacheKey *key, guint uid, gsize *n_bytes,
                            GError **error)
{
    /* Not blocking: it could be a pipe. */
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    guint8 *bytes;

    *n_bytes = 0;
    if (fd < 0) {
        if (errno != ENOENT && errno != ENOTDIR) {
            vin_fail(error, VIN_ERROR_FILE, "%s: %s", path,
                     errno == ELOOP ? "it is a symbolic link" : g_strerror(errno));
        }
        return NULL;
    }
    bytes = read_content(fd, path, key, uid, n_bytes, error);
    close(fd);
    return bytes;
}

static gboolean write_all(int fd, const guint8 *bytes, gsize n_bytes)
{
    for (gsize done = 0; done < n_bytes;) {
        const gssize n = write(fd, bytes + done, n_bytes - done);

        if (n < 0 && errno != EINTR) {
            return FALSE;
        }
        done += n > 0 ? (gsize)n : 0;
    }
    return TRUE;
}

/* What writers left that were killed: NAME.XXXXXX of long ago. */
static void remove_stale(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *prefix = g_strconcat(name, ".", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const gint64 before = g_get_real_time() / G_USEC_PER_SEC - STALE_S;
    const char *entry;

    while (dir != NULL && (entry = g_dir_read_name(dir)) != NULL) {
        g_autofree char *found = g_build_filename(folder, entry, NULL);
        GStatBuf facts;

        if (g_str_has_prefix(entry, prefix) && g_lstat(found, &facts) == 0 &&
            S_ISREG(facts.st_mode) && facts.st_mtime < before) {
            g_unlink(found);
        }
    }
}

gboolean vin_cache_file_write(const char *path, const VinCacheKey *key, const guint8 *bytes,
                              gsize n_bytes, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    guint8 header[VIN_CACHE_HEADER_BYTES];
    gboolean ok;
    int fd;

    if (n_bytes > VIN_CACHE_MAX_BYTES) {
        return vin_fail(error, VIN_ERROR_FILE,
                        "%s: %" G_GSIZE_FORMAT " bytes are not kept; at most %" G_GSIZE_FORMAT,
                        path, n_bytes, VIN_CACHE_MAX_BYTES);
    }
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        return vin_fail(error, VIN_ERROR_FILE, "%s: %s", folder, g_strerror(errno));
    }
    remove_stale(path);
    fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) {
        return vin_fail(error, VIN_ERROR_FILE, "%s: %s", temporary, g_strerror(errno));
    }
    fill_header(header, key, bytes, n_bytes);
    ok = write_all(fd, header, sizeof header) && write_all(fd, bytes, n_bytes);
    ok = close(fd) == 0 && ok;
    if (!ok || g_rename(temporary, path) != 0) {
        vin_fail(error, VIN_ERROR_FILE, "%s: %s", path, g_strerror(errno));
        g_unlink(temporary);
        return FALSE;
    }
    return TRUE;
}
