/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line is drawn over itself: carriage return, text, "erase to the end of the line".
 */
#include "progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SHOW_EVERY (200 * G_TIME_SPAN_MILLISECOND)
#define MIN_SECONDS 1.0 /* before, an estimate says nothing */
#define DEFAULT_COLUMNS 80

struct _Progress {
    gint64 next;       /* when to show again, monotonic time */
    gboolean is_shown;
};

/* "4:05", or "1:02:03" from an hour on. */
static void append_time(GString *text, double seconds)
{
    guint64 whole = (guint64)(seconds + 0.5);

    if (whole >= 3600) {
        g_string_append_printf(text, "%" G_GUINT64_FORMAT ":%02u:%02u", whole / 3600,
                               (guint)(whole / 60 % 60), (guint)(whole % 60));
    } else {
        g_string_append_printf(text, "%u:%02u", (guint)(whole / 60), (guint)(whole % 60));
    }
}

/* @text in a terminal's columns; wide characters count twice. */
static void append_cut(GString *line, const char *text, guint columns)
{
    guint used = 0;

    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);

        used += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        if (used > columns) {
            return;
        }
        g_string_append_unichar(line, c);
    }
}

char *progress_text(const ProgressState *state, guint columns)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GString *line = g_string_new(NULL);

    g_string_append_printf(text, "%u/%u files, %d %%, ETA ", state->n_done, state->n_files,
                           (int)(state->fraction * 100.0));
    if (state->fraction > 0.0 && state->seconds >= MIN_SECONDS) {
        append_time(text, state->seconds * (1.0 - state->fraction) / state->fraction);
    } else {
        g_string_append(text, "-:--");
    }
    if (state->name != NULL) {
        g_string_append(text, ", ");
        if (state->file_fraction > 0.0) {
            g_string_append_printf(text, "%d %% of ", (int)(state->file_fraction * 100.0));
        }
        g_string_append(text, state->name);
    }
    append_cut(line, text->str, columns);
    return g_string_free(line, FALSE);
}

Progress *progress_new(gboolean is_forced)
{
    return is_forced || isatty(STDERR_FILENO) ? g_new0(Progress, 1) : NULL;
}

static guint terminal_columns(void)
{
    struct winsize size;

    /* One less: in the last column, some terminals go to the next line. */
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u
                                                                           : DEFAULT_COLUMNS - 1;
}

void progress_say(Progress *progress, const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);

    if (progress == NULL) {
        return;
    }
    append_cut(line, text, terminal_columns());
    g_printerr("\r%s\033[K", line->str);
    progress->is_shown = TRUE;
}

void progress_show(Progress *progress, const ProgressState *state)
{
    gint64 now = g_get_monotonic_time();
    g_autofree char *text = NULL;

    if (progress == NULL || now < progress->next) {
        return;
    }
    text = progress_text(state, terminal_columns());
    progress_say(progress, text);
    progress->next = now + SHOW_EVERY;
}

void progress_hide(Progress *progress)
{
    if (progress != NULL && progress->is_shown) {
        g_printerr("\r\033[K");
        progress->is_shown = FALSE;
        progress->next = 0;
    }
}

void progress_free(Progress *progress)
{
    progress_hide(progress);
    g_free(progress);
}
