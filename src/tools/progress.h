/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One line on standard error that says how far a long run is, and how long it will take.
 */
#ifndef VIN_TOOLS_PROGRESS_H
#define VIN_TOOLS_PROGRESS_H

#include <glib.h>

typedef struct {
    guint n_files, n_done;  /* n_done: finished, well or not */
    double fraction;        /* of all the work, 0..1 */
    double seconds;         /* since the work began */
    double file_fraction;   /* of file @name, 0..1; 0 where it cannot be told */
    const char *name;       /* a file under way, or NULL */
} ProgressState;

/* The line for @state, at most @columns characters; the name is cut first. To g_free(). */
char *progress_text(const ProgressState *state, guint columns);

typedef struct _Progress Progress;

/* NULL, which is welcome below, where standard error is no terminal, unless @is_forced. */
Progress *progress_new(gboolean is_forced);
/* Shows @state in place of what is there; not more often than one can read. */
void progress_show(Progress *progress, const ProgressState *state);
/* The same with a line of text, at once. */
void progress_say(Progress *progress, const char *text);
/* Takes the line away, before anything else is written on the terminal. */
void progress_hide(Progress *progress);
void progress_free(Progress *progress); /* hides it first */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)

#endif
