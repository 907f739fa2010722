/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-tag: what photos and videos show, as text or JSON lines. A file that can't be read
 * costs one line on stderr; the rest goes on.
 */
#include <stdio.h>

#include "reader.h"
#include "tool.h"

typedef struct {
    ToolOptions options;
    int top_k;
    double threshold;
    gboolean json;
} TagJob;

static void add_tag(JsonBuilder *builder, const VinModel *model, const VinScore *score)
{
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "label");
    json_builder_add_string_value(builder, vin_model_get_label(model, score->index));
    json_builder_set_member_name(builder, "index");
    json_builder_add_int_value(builder, score->index);
    json_builder_set_member_name(builder, "score");
    json_builder_add_double_value(builder, score->score);
    json_builder_set_member_name(builder, "wnid"); /* null when not known */
    json_builder_add_string_value(builder, vin_model_get_wnid(model, score->index));
    json_builder_end_object(builder);
}

static gboolean print_json(const TagJob *job, const VinModel *model, const char *file,
                           double seconds, const VinResult *result, GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *shown = g_filename_display_name(file);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "file");
    json_builder_add_string_value(builder, shown);
    json_builder_set_member_name(builder, "time");
    json_builder_add_double_value(builder, seconds);
    json_builder_set_member_name(builder, "tags");
    json_builder_begin_array(builder);
    for (guint i = 0; i < result->n_top && result->top[i].score >= job->threshold; i++) {
        add_tag(builder, model, &result->top[i]);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    return tool_print_json(json_builder_get_root(builder), FALSE, error);
}

static gboolean print_text(const TagJob *job, const VinModel *model, const char *file,
                           double seconds, const VinResult *result, GError **error)
{
    g_autofree char *shown = g_filename_display_name(file);

    printf("%s  %.3f s ", shown, seconds);
    for (guint i = 0; i < result->n_top && result->top[i].score >= job->threshold; i++) {
        printf("%s %s %.3f", i > 0 ? "," : "", vin_model_get_label(model, result->top[i].index),
               result->top[i].score);
    }
    putchar('\n');
    return tool_flush(error);
}

/* Every frame of one file. */
static gboolean tag_file(const TagJob *job, VinStream *stream, const VinModel *model,
                         const char *file, GError **error)
{
    g_autoptr(ToolReader) reader = tool_reader_open(file, error);
    GError *cause = NULL;
    VinResult result;
    VinFrame frame;
    double seconds;
    guint n_frames = 0;

    if (reader == NULL) {
        return FALSE;
    }
    for (; tool_reader_next(reader, &frame, &seconds, &cause); n_frames++) {
        if (!vin_stream_run(stream, &frame, &result, error) ||
            !(job->json ? print_json : print_text)(job, model, file, seconds, &result, error)) {
            return FALSE;
        }
    }
    if (cause == NULL && n_frames == 0) {
        g_set_error_literal(&cause, VIN_ERROR, VIN_ERROR_FORMAT, "no frame came out of it");
    }
    if (cause != NULL) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    return TRUE;
}

static gboolean check_job(const TagJob *job, GError **error)
{
    if (job->options.rest == NULL) {
        return tool_usage(error, "no file named (see vin-tag --help)");
    }
    if (job->top_k < 1 || job->top_k > VIN_MAX_TOP_K) {
        return tool_usage(error, "--top-k %d is not in 1..%d", job->top_k, VIN_MAX_TOP_K);
    }
    if (!(job->threshold >= 0.0 && job->threshold <= 1.0)) {
        return tool_usage(error, "--threshold %g is not in 0..1", job->threshold);
    }
    return TRUE;
}

static int run_job(const TagJob *job)
{
    const VinEngineParams params = {.top_k = (guint)job->top_k};
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = NULL;
    GError *error = NULL;
    int exit_code = TOOL_OK;

    if (check_job(job, &error)) {
        engine = tool_open_engine(&job->options, &params, &error);
    }
    if (engine != NULL) {
        stream = vin_stream_new(engine, &error);
    }
    if (stream == NULL) {
        return tool_fail(&job->options, error);
    }
    for (char **file = job->options.rest; *file != NULL && !ferror(stdout); file++) {
        if (!tag_file(job, stream, vin_engine_get_model(engine), *file, &error)) {
            g_autofree char *shown = g_filename_display_name(*file);

            g_prefix_error(&error, "%s: ", shown);
            exit_code = ferror(stdout) ? TOOL_FAILED : TOOL_SOME_FAILED;
            tool_fail(&job->options, g_steal_pointer(&error));
        }
    }
    return exit_code;
}

int main(int argc, char **argv)
{
    TagJob job = {.options = {.program = "vin-tag"}, .top_k = 5};
    const GOptionEntry entries[] = {
        {"top-k", 'k', 0, G_OPTION_ARG_INT, &job.top_k,
         "Labels a frame, highest score first (default: 5)", "K"},
        {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &job.threshold,
         "Leave out labels with a lower score, 0 to 1 (default: 0)", "SCORE"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &job.json, "Print one JSON object a frame", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    int exit_code;

    if (tool_parse(&job.options, &argc, &argv, entries, "FILE...",
                   "Tells what photos and videos show.", &exit_code)) {
        exit_code = run_job(&job);
    }
    tool_options_clear(&job.options);
    return exit_code;
}
