/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file below tagsink: contents, and each way of failing as one error and no signal.
 */
#include "tagfile.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void test_lines(void)
{
    g_autofree char *folder = g_dir_make_tmp("vin-tagfile-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "tags.jsonl", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    VinTagFile *file;

    g_assert_true(g_file_set_contents(path, "left over from yesterday", -1, NULL));
    file = vin_tag_file_open(path, &error);
    g_assert_no_error(error);
    g_assert_true(vin_tag_file_write_line(file, "one", &error));
    /* Not buffered: readable before the next line and before the end. */
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "one\n");
    g_assert_true(vin_tag_file_write_line(file, "two", &error));
    g_assert_true(vin_tag_file_close(file, &error));
    g_assert_no_error(error);
    g_clear_pointer(&text, g_free);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "one\ntwo\n");
    g_unlink(path);
    g_rmdir(folder);
}

static void test_unwritable(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(vin_tag_file_open("/no/such/folder/tags.jsonl", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "/no/such/folder/tags.jsonl"));
    g_clear_error(&error);
    g_assert_null(vin_tag_file_open("/", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_IS_DIRECTORY);
}

static void test_disk_full(void)
{
    g_autoptr(GError) error = NULL;
    VinTagFile *file;

    if (g_access("/dev/full", W_OK) != 0) {
        g_test_skip("no /dev/full");
        return;
    }
    file = vin_tag_file_open("/dev/full", &error);
    g_assert_no_error(error);
    g_assert_false(vin_tag_file_write_line(file, "one", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    g_assert_true(vin_tag_file_close(file, NULL));
}

/* Would end the test by SIGPIPE if the signal were let through, now or when unblocked. */
static void test_closed_pipe(void)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    VinTagFile *file;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    path = g_strdup_printf("/dev/fd/%d", ends[1]);
    file = vin_tag_file_open(path, &error);
    g_assert_no_error(error);
    close(ends[0]);
    g_assert_false(vin_tag_file_write_line(file, "one", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
    g_assert_true(vin_tag_file_close(file, NULL));
    close(ends[1]);
}

/* Whatever took the number of a closed standard output must not get our lines. */
static void test_closed_stdout(void)
{
    g_autofree char *folder = g_dir_make_tmp("vin-tagfile-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "other.bin", NULL);
    const int modes[] = {O_RDWR | O_CREAT | O_CLOEXEC, O_RDONLY};
    int saved;

    fflush(stdout);
    saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(STDOUT_FILENO);
    for (guint i = 0; i <= G_N_ELEMENTS(modes); i++) {
        g_autoptr(GError) error = NULL;
        int other = i > 0 ? open(path, modes[i - 1], 0600) : -1;
        VinTagFile *file = vin_tag_file_open(NULL, &error);
        gboolean took_it = other == STDOUT_FILENO;

        if (took_it) {
            close(other);
        }
        dup2(saved, STDOUT_FILENO); /* the harness's reports go there */
        g_assert_true(took_it == (i > 0));
        g_assert_null(file);
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED);
        g_assert_nonnull(strstr(error->message, "Standard output is closed"));
        close(STDOUT_FILENO);
    }
    dup2(saved, STDOUT_FILENO);
    close(saved);
    g_unlink(path);
    g_rmdir(folder);
}

/* Once it is open, what becomes of the number does not matter. */
static void test_stdout_closed_later(void)
{
    g_autoptr(GError) error = NULL;
    VinTagFile *file;
    char line[10];
    int ends[2];
    int saved;

    g_assert_cmpint(pipe(ends), ==, 0);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    file = vin_tag_file_open("-", &error);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    g_assert_no_error(error);
    g_assert_true(vin_tag_file_write_line(file, "one", &error));
    g_assert_true(vin_tag_file_close(file, &error));
    g_assert_cmpint(read(ends[0], line, sizeof line), ==, 4);
    close(ends[0]);
    close(ends[1]);
}

static gpointer read_slowly(gpointer data)
{
    int fd = GPOINTER_TO_INT(data);
    char part[1000];
    gsize total = 0;
    ssize_t n;

    g_usleep(20000);
    while ((n = read(fd, part, sizeof part)) > 0) {
        total += (gsize)n;
    }
    return GSIZE_TO_POINTER(total);
}

/* A full non-blocking pipe makes the writer wait, not lose the rest. */
static void test_non_blocking(void)
{
    const gsize n_bytes = 300000;
    g_autofree char *text = g_strnfill(n_bytes, 'x');
    g_autoptr(GError) error = NULL;
    VinTagFile *file;
    GThread *reader;
    int saved;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    fflush(stdout);
    saved = dup(STDOUT_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    reader = g_thread_new("reader", read_slowly, GINT_TO_POINTER(ends[0]));
    file = vin_tag_file_open("-", &error);
    vin_tag_file_write_line(file, text, &error);
    vin_tag_file_close(file, NULL);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    g_assert_no_error(error);
    g_assert_cmpuint(GPOINTER_TO_SIZE(g_thread_join(reader)), ==, n_bytes + 1);
    close(ends[0]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tagfile/lines", test_lines);
    g_test_add_func("/tagfile/unwritable", test_unwritable);
    g_test_add_func("/tagfile/disk-full", test_disk_full);
    g_test_add_func("/tagfile/closed-pipe", test_closed_pipe);
    g_test_add_func("/tagfile/closed-stdout", test_closed_stdout);
    g_test_add_func("/tagfile/stdout-closed-later", test_stdout_closed_later);
    g_test_add_func("/tagfile/non-blocking", test_non_blocking);
    return g_test_run();
}
