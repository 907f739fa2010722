/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A fuzz target without a fuzzer: runs it once on every file it is given, or on every file of a
 * folder. What a run takes longer than a few seconds for is a failure too.
 *
 * usage: replay-TARGET FILE|FOLDER...
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

#define MAX_SECONDS 5.0

static guint n_run, n_slow;

static void run_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    g_autofree guint8 *exact = NULL; /* no byte behind it: a read too far is seen */
    gint64 start;
    double seconds;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
    exact = g_memdup2(bytes, size);
    start = g_get_monotonic_time();
    LLVMFuzzerTestOneInput(exact, size);
    seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
    n_run++;
    if (seconds > MAX_SECONDS) {
        fprintf(stderr, "%s took %.1f s\n", path, seconds);
        n_slow++;
    }
}

static void run_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        run_file(file);
    }
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (g_file_test(argv[i], G_FILE_TEST_IS_DIR)) {
            run_folder(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    printf("%u inputs\n", n_run);
    return n_run > 0 && n_slow == 0 ? 0 : 1;
}
