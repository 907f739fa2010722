/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Read, not mapped: of a mapped file that somebody cuts short, the next look ends the process.
 * Kind and size are asked of what was opened, and no more than that size is read, even where the
 * file grows.
 */
#include "base/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* As many of @n_bytes as there are; -1 with errno set. */
static gssize read_all(int fd, guint8 *bytes, gsize n_bytes)
{
    gsize done = 0;

    while (done < n_bytes) {
        const ssize_t n = read(fd, bytes + done, n_bytes - done);

        if (n == 0) {
            break;
        }
        if (n > 0) {
            done += (gsize)n;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return (gssize)done;
}

static GBytes *read_open_file(int fd, const char *path, const char *what, guint64 max_bytes,
                              VinErrorCode too_big, GError **error)
{
    g_autofree guint8 *bytes = NULL;
    struct stat info;
    gssize n_bytes;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s %s: not a regular file", what, path);
        return NULL;
    }
    if ((guint64)info.st_size > max_bytes) {
        vin_fail(error, too_big,
                 "%s %s has %" G_GUINT64_FORMAT " bytes; at most %" G_GUINT64_FORMAT
                 " are accepted",
                 what, path, (guint64)info.st_size, max_bytes);
        return NULL;
    }
    bytes = g_try_malloc((gsize)info.st_size + 1);
    if (bytes == NULL) {
        vin_fail(error, VIN_ERROR_MEMORY, "no memory for the %" G_GUINT64_FORMAT " bytes of %s %s",
                 (guint64)info.st_size, what, path);
        return NULL;
    }
    n_bytes = read_all(fd, bytes, (gsize)info.st_size);
    if (n_bytes < 0) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s %s: %s", what, path, g_strerror(errno));
        return NULL;
    }
    bytes[n_bytes] = 0;
    return g_bytes_new_take(g_steal_pointer(&bytes), (gsize)n_bytes);
}

GBytes *vin_read_file(const char *path, const char *what, guint64 max_bytes, VinErrorCode too_big,
                      GError **error)
{
    /* O_NONBLOCK: opening a FIFO must not wait; it is refused a moment later. */
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    GBytes *bytes;

    if (fd < 0) {
        vin_fail(error, VIN_ERROR_FILE, "cannot read %s %s: %s", what, path, g_strerror(errno));
        return NULL;
    }
    bytes = read_open_file(fd, path, what, max_bytes, too_big, error);
    close(fd);
    return bytes;
}
