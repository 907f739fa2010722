/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The handler only notes the signal; loops that may take long look at the note.
 */
#include "stop.h"

#include <signal.h>
#include <string.h>

#include <glib.h>

static gint asked; /* atomic: the signal */

static void note_signal(int number)
{
    g_atomic_int_set(&asked, number);
}

void tool_stop_arm(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = note_signal;
    action.sa_flags = SA_RESETHAND | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int tool_stop_signal(void)
{
    return g_atomic_int_get(&asked);
}
