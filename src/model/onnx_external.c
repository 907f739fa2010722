/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * External data of a tensor. A model must not make us read a file outside its own folder:
 * no absolute path, no "..", no symbolic link that leads out, regular files only.
 */
#include "model/onnx_external.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static const char *entry(const Onnx__TensorProto *proto, const char *key)
{
    for (size_t i = 0; i < proto->n_external_data; i++) {
        if (g_strcmp0(proto->external_data[i]->key, key) == 0) {
            return proto->external_data[i]->value;
        }
    }
    return NULL;
}

static gboolean entry_number(const Onnx__TensorProto *proto, const char *key, guint64 fallback,
                             guint64 *out, GError **error)
{
    const char *text = entry(proto, key);

    *out = fallback;
    if (text != NULL && !g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, out, NULL)) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "constant \"%s\": external data %s is \"%s\"; a number of bytes is "
                        "accepted",
                        proto->name, key, text);
    }
    return TRUE;
}

static gboolean stays_inside(const char *location)
{
    g_auto(GStrv) parts = NULL;

    if (location[0] == '\0' || location[0] == '/') {
        return FALSE;
    }
    parts = g_strsplit(location, "/", -1);
    return !g_strv_contains((const char *const *)parts, "..");
}

/* The real path of @location under @folder. */
static char *resolve(const Onnx__TensorProto *proto, const char *folder, GError **error)
{
    const char *location = entry(proto, "location");
    g_autofree char *joined = NULL;
    g_autofree char *prefix = NULL;
    g_autofree char *path = NULL;
    char *resolved;

    if (location == NULL || folder == NULL || !stays_inside(location)) {
        vin_fail(error, VIN_ERROR_FORMAT,
                 "constant \"%s\": external data \"%s\" is not a relative path inside the "
                 "model's folder",
                 proto->name, location != NULL ? location : "");
        return NULL;
    }
    joined = g_build_filename(folder, location, NULL);
    resolved = realpath(joined, NULL);
    if (resolved == NULL) {
        vin_fail(error, VIN_ERROR_FILE, "constant \"%s\": cannot read external data %s: %s",
                 proto->name, joined, g_strerror(errno));
        return NULL;
    }
    path = g_strdup(resolved);
    free(resolved);
    prefix = g_str_has_suffix(folder, "/") ? g_strdup(folder) : g_strconcat(folder, "/", NULL);
    if (!g_str_has_prefix(path, prefix)) {
        vin_fail(error, VIN_ERROR_FORMAT,
                 "constant \"%s\": external data \"%s\" is a link to a file outside the model's "
                 "folder",
                 proto->name, location);
        return NULL;
    }
    return g_steal_pointer(&path);
}

static gboolean read_all(int fd, guint64 offset, guint8 *bytes, guint64 n_bytes)
{
    guint64 done = 0;

    while (done < n_bytes) {
        const ssize_t n = pread(fd, bytes + done, n_bytes - done, (off_t)(offset + done));

        if (n > 0) {
            done += (guint64)n;
        } else if (n == 0 || errno != EINTR) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean read_range(Onnx__TensorProto *proto, int fd, guint64 offset, guint64 n_bytes,
                           GError **error)
{
    struct stat info;
    g_autofree guint8 *bytes = NULL;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        return vin_fail(error, VIN_ERROR_FILE,
                        "constant \"%s\": external data is not a regular file", proto->name);
    }
    if (offset > (guint64)info.st_size || n_bytes > (guint64)info.st_size - offset) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "constant \"%s\": external data of %" G_GUINT64_FORMAT " bytes at "
                        "%" G_GUINT64_FORMAT " is past the file's end (%" G_GUINT64_FORMAT
                        " bytes)",
                        proto->name, n_bytes, offset, (guint64)info.st_size);
    }
    bytes = g_try_malloc(n_bytes);
    if (bytes == NULL && n_bytes > 0) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "constant \"%s\": no host memory for %" G_GUINT64_FORMAT
                        " bytes of external data",
                        proto->name, n_bytes);
    }
    if (bytes == NULL || !read_all(fd, offset, bytes, n_bytes)) {
        return vin_fail(error, VIN_ERROR_FILE, "constant \"%s\": cannot read external data",
                        proto->name);
    }
    g_free(proto->raw_data.data);
    proto->raw_data.data = g_steal_pointer(&bytes);
    proto->raw_data.len = n_bytes;
    proto->has_raw_data = TRUE;
    return TRUE;
}

gboolean vin_onnx_external_read(Onnx__TensorProto *proto, const char *folder, guint64 n_bytes,
                                GError **error)
{
    g_autofree char *path = NULL;
    guint64 offset;
    guint64 length;
    gboolean ok;
    int fd;

    if (proto->data_location != 1) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "constant \"%s\": data location %d; 0 (inside) and 1 (external) are "
                        "accepted",
                        proto->name, proto->data_location);
    }
    if (!entry_number(proto, "offset", 0, &offset, error) ||
        !entry_number(proto, "length", n_bytes, &length, error)) {
        return FALSE;
    }
    if (length != n_bytes) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "constant \"%s\": external data has %" G_GUINT64_FORMAT " bytes, its "
                        "shape wants %" G_GUINT64_FORMAT,
                        proto->name, length, n_bytes);
    }
    path = resolve(proto, folder, error);
    if (path == NULL) {
        return FALSE;
    }
    /* O_NONBLOCK: opening a FIFO must not wait; it is refused a moment later. */
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return vin_fail(error, VIN_ERROR_FILE, "cannot open external data %s: %s", path,
                        g_strerror(errno));
    }
    ok = read_range(proto, fd, offset, n_bytes, error);
    close(fd);
    return ok;
}
