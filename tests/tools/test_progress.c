/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line that tells of progress: its numbers, its estimate, its width.
 */
#include <string.h>

#include "progress.h"

static void assert_text(const ProgressState *state, guint columns, const char *want)
{
    g_autofree char *have = progress_text(state, columns);

    g_assert_cmpstr(have, ==, want);
}

static void test_files(void)
{
    assert_text(&(ProgressState){.n_files = 8, .n_done = 2, .fraction = 0.25, .seconds = 60.0},
                200, "2/8 files, 25 %, ETA 3:00");
    assert_text(&(ProgressState){.n_files = 8, .n_done = 8, .fraction = 1.0, .seconds = 60.0}, 200,
                "8/8 files, 100 %, ETA 0:00");
}

/* Half of one video, a third of the time gone by that rate. */
static void test_video(void)
{
    assert_text(&(ProgressState){.n_files = 1, .fraction = 0.5, .seconds = 4521.0,
                                 .file_fraction = 0.5, .name = "film.mkv"},
                200, "0/1 files, 50 %, ETA 1:15:21, 50 % of film.mkv");
    assert_text(&(ProgressState){.n_files = 4, .n_done = 1, .fraction = 0.25, .seconds = 1.2,
                                 .name = "photo.jpg"},
                200, "1/4 files, 25 %, ETA 0:04, photo.jpg");
}

static void test_too_early(void)
{
    assert_text(&(ProgressState){.n_files = 9, .n_done = 3, .fraction = 0.33, .seconds = 0.5}, 200,
                "3/9 files, 33 %, ETA -:--");
    assert_text(&(ProgressState){.n_files = 9, .seconds = 50.0}, 200, "0/9 files, 0 %, ETA -:--");
}

static void test_width(void)
{
    ProgressState state = {.n_files = 9, .seconds = 50.0,
                           .name = "\xe5\x86\x99\xe7\x9c\x9f" "e\xcc\x81" ".jpg"};

    assert_text(&state, 26, "0/9 files, 0 %, ETA -:--, ");
    assert_text(&state, 27, "0/9 files, 0 %, ETA -:--, ");
    assert_text(&state, 28, "0/9 files, 0 %, ETA -:--, \xe5\x86\x99");
    assert_text(&state, 31, "0/9 files, 0 %, ETA -:--, \xe5\x86\x99\xe7\x9c\x9f" "e\xcc\x81");
    assert_text(&state, 0, "");
}

static void test_hidden_terminal(void)
{
    progress_show(NULL, &(ProgressState){.n_files = 1});
    progress_say(NULL, "nothing");
    progress_hide(NULL);
    progress_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/progress/files", test_files);
    g_test_add_func("/progress/video", test_video);
    g_test_add_func("/progress/too-early", test_too_early);
    g_test_add_func("/progress/width", test_width);
    g_test_add_func("/progress/no-terminal", test_hidden_terminal);
    return g_test_run();
}
