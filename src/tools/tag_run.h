/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tags a list of files, several at once, and writes the lines in the order of the list.
 */
#ifndef VIN_TOOLS_TAG_RUN_H
#define VIN_TOOLS_TAG_RUN_H

#include "progress.h"
#include "reader.h"
#include "tag_lines.h"
#include "tag_output.h"

typedef struct {
    VinEngine *engine;
    GPtrArray *files;    /* TagFile */
    ToolReader **first;  /* of the first file, where one is open already; taken from there */
    TagLineStyle style;
    double interval;     /* seconds from one tagged frame of a video to the next; 0: every frame */
    guint n_jobs;        /* files at once */
    TagOutput *output;
    Progress *progress;  /* nullable */
} TagRunParams;

/* Adds to @failures (strings) a line for each file that could not be tagged. FALSE with @error when
 * the run had to end before the last file, other than by tool_stop_signal(). */
gboolean tag_run(const TagRunParams *params, GPtrArray *failures, GError **error);

#endif
