/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Plain descriptors: a line is with the system as soon as it is written, so a killed run loses
 * none, and the first failing write ends the run.
 */
#include "tag_output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vkinception/error.h>

struct _TagOutput {
    char *shown; /* for messages */
    int fd;
    gboolean is_file, is_regular;
};

static gboolean fail(const TagOutput *output, const char *what, GError **error)
{
    g_set_error(error, VIN_ERROR, VIN_ERROR_FILE, "cannot %s %s: %s", what, output->shown,
                g_strerror(errno));
    return FALSE;
}

static void output_free(TagOutput *output)
{
    if (output->is_file && output->fd >= 0) {
        close(output->fd);
    }
    g_free(output->shown);
    g_free(output);
}

/* A file of ours is locked, so that two runs do not mix their lines; a file system without locks
 * has to do without. */
static gboolean prepare(TagOutput *output, GError **error)
{
    struct stat status;

    if (output->fd < 0 || fstat(output->fd, &status) != 0) {
        return fail(output, "open", error);
    }
    output->is_regular = output->is_file && S_ISREG(status.st_mode);
    if (output->is_regular && flock(output->fd, LOCK_EX | LOCK_NB) != 0 &&
        errno == EWOULDBLOCK) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_FILE, "another run is writing to %s",
                    output->shown);
        return FALSE;
    }
    return TRUE;
}

TagOutput *tag_output_open(const char *path, GError **error)
{
    TagOutput *output = g_new0(TagOutput, 1);

    output->is_file = path != NULL && strcmp(path, "-") != 0;
    output->shown = output->is_file ? g_filename_display_name(path) : g_strdup("standard output");
    output->fd = STDOUT_FILENO;
    if (output->is_file) {
        output->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (output->fd < 0) {
            output->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
        }
    }
    if (!prepare(output, error)) {
        output_free(output);
        return NULL;
    }
    return output;
}

int tag_output_fd(const TagOutput *output)
{
    return output->fd;
}

gboolean tag_output_start(TagOutput *output, guint64 keep_bytes, GError **error)
{
    if (output->is_regular && (ftruncate(output->fd, (off_t)keep_bytes) != 0 ||
                               lseek(output->fd, (off_t)keep_bytes, SEEK_SET) < 0)) {
        return fail(output, "empty", error);
    }
    return TRUE;
}

gboolean tag_output_write(TagOutput *output, const GString *text, GError **error)
{
    gsize done = 0;

    while (done < text->len) {
        gssize n = write(output->fd, text->str + done, text->len - done);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return fail(output, "write to", error);
        }
        done += (gsize)n;
    }
    return TRUE;
}

gboolean tag_output_close(TagOutput *output, GError **error)
{
    gboolean ok = !output->is_file || close(output->fd) == 0 || fail(output, "write to", error);

    output->fd = -1;
    output_free(output);
    return ok;
}
