/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the three tools share: option parsing, opening a model on a device, one error
 * line, JSON text. Public headers of the library only.
 */
#ifndef VIN_TOOLS_TOOL_H
#define VIN_TOOLS_TOOL_H

#include <json-glib/json-glib.h>
#include <vkinception/vkinception.h>

/* Options every tool has; strings belong to the struct. */
typedef struct {
    const char *program; /* for messages; static */
    char *model;
    char *labels;
    char *device;
    char *heads;
    char *head_weights;
    char **rest;         /* what is no option; NULL for nothing */
    gboolean version;
} ToolOptions;

void tool_options_clear(ToolOptions *options);

/* Parses the common options and @entries. FALSE with *exit_code set when the program is to
 * end at once: after --version, or a mistake, which has been printed. */
gboolean tool_parse(ToolOptions *options, int *argc, char ***argv, const GOptionEntry *entries,
                    const char *parameters, const char *description, int *exit_code);

/* Prints "PROGRAM: MESSAGE" on stderr and frees @error. Returns 1, main()'s exit code. */
int tool_fail(const ToolOptions *options, GError *error);

/* The model of the options; "googlenet" when none is named. */
VinModel *tool_load_model(const ToolOptions *options, GError **error);
/* The model compiled for the device of the options. */
VinEngine *tool_open_engine(const ToolOptions *options, const VinEngineParams *params,
                            GError **error);

/* Flushes stdout. FALSE when something written to it was lost. */
gboolean tool_flush(GError **error);
/* One line of JSON on stdout, flushed. Takes @root. */
gboolean tool_print_json(JsonNode *root, gboolean pretty, GError **error);

#endif
