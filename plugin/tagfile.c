/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file below tagsink. Unbuffered: a line is with the kernel before the next frame
 * comes, so a reader of a pipe sees it at once.
 */
#include "tagfile.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct _VinTagFile {
    int fd;
    char *name; /* as errors name it */
};

static gboolean fail_errno(GError **error, const char *what, const char *name)
{
    int code = errno;

    g_set_error(error, G_IO_ERROR, (gint)g_io_error_from_errno(code), "%s %s: %s", what, name,
                g_strerror(code));
    return FALSE;
}

/* A descriptor of our own for standard output. Where that was closed its number may by now be
 * some other file's, which our lines would damage. The real one is handed down through exec, which
 * no descriptor survives that is to be closed there, as nearly all that libraries open are. */
static int open_stdout(void)
{
    const int flags = fcntl(STDOUT_FILENO, F_GETFD);
    const int mode = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags < 0 || mode < 0 || (flags & FD_CLOEXEC) != 0 || (mode & O_ACCMODE) == O_RDONLY) {
        errno = EBADF;
        return -1;
    }
    return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

VinTagFile *vin_tag_file_open(const char *path, GError **error)
{
    gboolean is_path = path != NULL && path[0] != '\0' && strcmp(path, "-") != 0;
    int fd = is_path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : open_stdout();
    VinTagFile *file;

    if (fd < 0 && !is_path && errno == EBADF) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED,
                    "Standard output is closed; set location to a file");
        return NULL;
    }
    if (fd < 0) {
        fail_errno(error, "Could not open tag file", is_path ? path : "standard output");
        return NULL;
    }
    file = g_new0(VinTagFile, 1);
    file->fd = fd;
    file->name = g_strdup(is_path ? path : "standard output");
    return file;
}

static gboolean write_all(int fd, const char *text, gsize n)
{
    while (n > 0) {
        ssize_t written = write(fd, text, n);

        if (written > 0) {
            text += written;
            n -= (gsize)written;
        } else if (written < 0 && errno == EAGAIN) {
            /* Standard output may have been made non-blocking by whom it is shared with. */
            struct pollfd wait_for = {.fd = fd, .events = POLLOUT};

            poll(&wait_for, 1, -1);
        } else if (written < 0 && errno != EINTR) {
            return FALSE;
        }
    }
    return TRUE;
}

/* A write to a pipe without readers raises SIGPIPE, which would end an application that
 * merely uses the plugin. It is aimed at the writing thread, so it is blocked in this one,
 * and taken back when it came. */
static gboolean write_without_signal(int fd, const char *text, gsize n)
{
    const struct timespec at_once = {0, 0};
    gboolean was_pending;
    gboolean ok;
    int code;
    sigset_t pipe_signal;
    sigset_t pending;
    sigset_t old;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &old);
    ok = write_all(fd, text, n);
    code = errno;
    if (!ok && code == EPIPE && !was_pending) {
        sigtimedwait(&pipe_signal, NULL, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = code;
    return ok;
}

gboolean vin_tag_file_write_line(VinTagFile *file, const char *text, GError **error)
{
    g_autofree char *line = g_strconcat(text, "\n", NULL);

    if (!write_without_signal(file->fd, line, strlen(line))) {
        return fail_errno(error, "Could not write tags to", file->name);
    }
    return TRUE;
}

gboolean vin_tag_file_close(VinTagFile *file, GError **error)
{
    gboolean ok = TRUE;

    if (file == NULL) {
        return TRUE;
    }
    if (close(file->fd) != 0) {
        ok = fail_errno(error, "Could not close tag file", file->name);
    }
    g_free(file->name);
    g_free(file);
    return ok;
}
