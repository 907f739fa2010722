/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reading a file that is not trusted: what was read is ours whatever becomes of the file, and
 * what is no file is refused without waiting for it.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/readfile.h"
#include "onnx_make.h"

#define MAX_BYTES 100000

static void test_copy(void)
{
    char *folder = onnx_make_folder();
    g_autofree char *text = g_strnfill(50000, 'x');
    g_autoptr(GBytes) content = g_bytes_new(text, 50000);
    g_autofree char *path = onnx_make_file(content, folder, "file");
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = vin_read_file(path, "text", MAX_BYTES, VIN_ERROR_FORMAT, &error);

    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, 0), ==, 0); /* the pages of a mapping would be gone */
    g_assert_true(g_bytes_equal(bytes, content));
    onnx_make_remove(folder);
}

static void test_empty(void)
{
    char *folder = onnx_make_folder();
    g_autoptr(GBytes) content = g_bytes_new(NULL, 0);
    g_autofree char *path = onnx_make_file(content, folder, "file");
    g_autoptr(GBytes) bytes = vin_read_file(path, "text", MAX_BYTES, VIN_ERROR_FORMAT, NULL);

    g_assert_nonnull(bytes);
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, 0);
    onnx_make_remove(folder);
}

static void refuse(const char *path, VinErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(vin_read_file(path, "text", MAX_BYTES, VIN_ERROR_FORMAT, &error));
    onnx_make_expect(error, code, words);
}

static void test_refused(void)
{
    char *folder = onnx_make_folder();
    g_autofree char *pipe_path = g_build_filename(folder, "pipe", NULL);
    g_autofree char *missing = g_build_filename(folder, "missing", NULL);
    g_autofree char *text = g_strnfill(MAX_BYTES + 1, 'x');
    g_autoptr(GBytes) content = g_bytes_new(text, MAX_BYTES + 1);
    g_autofree char *big = onnx_make_file(content, folder, "big");

    g_assert_cmpint(mkfifo(pipe_path, 0600), ==, 0);
    refuse(pipe_path, VIN_ERROR_FILE, "text|pipe|not a regular file");
    refuse(folder, VIN_ERROR_FILE, "not a regular file");
    refuse("/dev/zero", VIN_ERROR_FILE, "/dev/zero|not a regular file");
    refuse(missing, VIN_ERROR_FILE, "text|missing");
    refuse(big, VIN_ERROR_FORMAT, "100001 bytes|at most 100000");
    onnx_make_remove(folder);
}

/* However long what is quoted, a message has a length to read, its start and its end. */
static void test_long_message(void)
{
    g_autofree char *path = g_strnfill(1 << 20, 'y');
    g_autoptr(GError) error = NULL;

    g_assert_null(vin_read_file(path, "text", MAX_BYTES, VIN_ERROR_FORMAT, &error));
    g_assert_cmpuint(strlen(error->message), <, 10000);
    onnx_make_expect(error, VIN_ERROR_FILE, "cannot read text yyy|yyy [...] yyy|: ");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/readfile/copy", test_copy);
    g_test_add_func("/readfile/empty", test_empty);
    g_test_add_func("/readfile/refused", test_refused);
    g_test_add_func("/readfile/long_message", test_long_message);
    return g_test_run();
}
