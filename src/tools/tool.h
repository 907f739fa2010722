/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the three tools share: option parsing, opening a model on a device, one error
 * line, JSON text. Public headers of the library only.
 */
#ifndef VIN_TOOLS_TOOL_H
#define VIN_TOOLS_TOOL_H

#include <json-glib/json-glib.h>
#include <vkinception/vkinception.h>

/* Exit codes, the same in each tool and in its manual page. */
enum {
    TOOL_OK = 0,
    TOOL_SOME_FAILED = 1, /* files that could not be tagged; all others are */
    TOOL_USAGE = 2,       /* a mistake in the command line; nothing was done */
    TOOL_FAILED = 3,      /* no model, no device, no output: the run ended there */
    TOOL_STOPPED = 128    /* + the signal that asked to stop, as shells have it */
};

/* Domain of mistakes in the command line. */
#define TOOL_USAGE_ERROR (tool_usage_error_quark())
GQuark tool_usage_error_quark(void);
/* Sets @error, a mistake in the command line. Returns FALSE. */
gboolean tool_usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Options every tool has; strings belong to the struct. */
typedef struct {
    const char *program; /* for messages; static */
    char *model;
    char *labels;
    char *device;
    char *heads;
    char *head_weights;
    char *activation; /* a name; tool_parse() has looked at it */
    char *resize, *scale_method; /* likewise */
    char *precision, *autotune; /* likewise */
    char *allow_labels;
    char *deny_labels;
    char **rest;         /* what is no option; NULL for nothing */
    gboolean version;
} ToolOptions;

void tool_options_clear(ToolOptions *options);

/* Parses the common options and @entries. FALSE with *exit_code set when the program is to
 * end at once: after --version, or a mistake, which has been printed. */
gboolean tool_parse(ToolOptions *options, int *argc, char ***argv, const GOptionEntry *entries,
                    const char *parameters, const char *description, int *exit_code);

/* Prints "PROGRAM: MESSAGE" on stderr, one line that is safe on a terminal. */
void tool_say(const ToolOptions *options, const char *message);
/* The same with the message of @error, which it frees. Returns main()'s exit code: TOOL_USAGE or
 * TOOL_FAILED. */
int tool_fail(const ToolOptions *options, GError *error);

/* The model of the options; the library's own when none is named. */
VinModel *tool_load_model(const ToolOptions *options, GError **error);
/* The model compiled for the device of the options. */
VinEngine *tool_open_engine(const ToolOptions *options, const VinEngineParams *params,
                            GError **error);
/* The same for measuring. */
VinCalibration *tool_open_calibration(const ToolOptions *options, const VinEngineParams *params,
                                      GError **error);

/* Flushes stdout. FALSE when something written to it was lost. */
gboolean tool_flush(GError **error);
/* A member of the object that is being built; a NULL string is null, so is what is no number. */
void tool_json_string(JsonBuilder *builder, const char *name, const char *value);
void tool_json_int(JsonBuilder *builder, const char *name, gint64 value);
void tool_json_double(JsonBuilder *builder, const char *name, double value);
/* One line of JSON on stdout, flushed. Takes @root. */
gboolean tool_print_json(JsonNode *root, gboolean pretty, GError **error);

#endif
