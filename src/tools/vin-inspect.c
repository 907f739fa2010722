/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-inspect: shows a model's graph, its plan on a device, what the network sees of a picture,
 * or what there is to choose from. And measures a model for int8.
 */
#include <stdio.h>

#include "calibrate.h"
#include "inspect_lists.h"
#include "npy.h"
#include "reader.h"
#include "stop.h"

typedef struct {
    ToolOptions options;
    gboolean devices, models, formats, plan, dump_input, json, dot, calibrate, progress;
    char *raw;
} InspectJob;

static VinDescribeFormat describe_format(const InspectJob *job)
{
    return job->json ? VIN_DESCRIBE_JSON : job->dot ? VIN_DESCRIBE_DOT : VIN_DESCRIBE_TEXT;
}

static gboolean print_text(const char *text, GError **error)
{
    fputs(text, stdout);
    if (!g_str_has_suffix(text, "\n")) {
        putchar('\n');
    }
    return tool_flush(error);
}

static gboolean show_model(const InspectJob *job, GError **error)
{
    g_autoptr(VinModel) model = tool_load_model(&job->options, error);
    g_autofree char *text = NULL;

    if (model == NULL) {
        return FALSE;
    }
    if (describe_format(job) == VIN_DESCRIBE_TEXT) {
        g_autofree char *recipe = vin_model_describe_recipe(model);
        g_autofree char *name = vin_printable(vin_model_get_name(model));
        g_autofree char *path = vin_printable(vin_model_get_path(model));
        guint width, height;

        vin_model_get_input_size(model, &width, &height);
        printf("model    %s (%s)\n", name, path);
        printf("input    %u x %u pixels\n", width, height);
        printf("recipe   %s%s\n", recipe, vin_model_has_recipe(model) ? "" : " (assumed)");
        printf("classes  %u\n\n", vin_model_get_n_classes(model));
    }
    text = vin_model_describe(model, describe_format(job));
    return print_text(text, error);
}

static gboolean show_plan(const InspectJob *job, GError **error)
{
    const VinEngineParams params = {.disable_warm_up = TRUE};
    g_autoptr(VinEngine) engine = tool_open_engine(&job->options, &params, error);
    g_autofree char *text = NULL;

    if (engine == NULL) {
        return FALSE;
    }
    text = vin_engine_describe(engine, describe_format(job));
    return print_text(text, error);
}

static gboolean dump_input(const InspectJob *job, const char *photo, const char *output,
                           GError **error)
{
    const VinEngineParams params = {.disable_warm_up = TRUE};
    g_autoptr(VinEngine) engine = tool_open_engine(&job->options, &params, error);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(ToolReader) reader = NULL;
    g_autofree float *values = NULL;
    GError *cause = NULL;
    VinFrame frame;
    double seconds;
    guint width, height, channels;

    if (engine == NULL || (stream = vin_stream_new(engine, error)) == NULL) {
        return FALSE;
    }
    reader = job->raw != NULL ? tool_reader_open_raw(photo, job->raw, &cause)
                              : tool_reader_open(photo, &cause);
    if (reader == NULL || !tool_reader_next(reader, &frame, &seconds, &cause)) {
        if (cause == NULL) {
            g_set_error_literal(&cause, VIN_ERROR, VIN_ERROR_FORMAT, "no frame came out of it");
        }
        g_propagate_prefixed_error(error, cause, "%s: ", photo);
        return FALSE;
    }
    vin_model_get_input_size(vin_engine_get_model(engine), &width, &height);
    channels = vin_model_get_input_channels(vin_engine_get_model(engine));
    values = g_new(float, (gsize)channels * height * width);
    return vin_stream_preprocess(stream, &frame, values, (gsize)channels * height * width,
                                 error) &&
           tool_npy_write(output, values, channels, height, width, error);
}

/* The first argument that is no option is the model, unless --model names it. */
static gboolean take_arguments(InspectJob *job, guint n_wanted, GError **error)
{
    char **rest = job->options.rest;
    guint n = rest != NULL ? g_strv_length(rest) : 0;

    if (n == n_wanted + 1 && job->options.model == NULL) {
        job->options.model = rest[0];
        for (guint i = 0; i < n; i++) {
            rest[i] = rest[i + 1];
        }
        n--;
    }
    if (n != n_wanted) {
        return tool_usage(error, "%u arguments given; accepted are %s (see vin-inspect --help)", n,
                          n_wanted > 0 ? "[MODEL] PHOTO OUT.npy" : "one MODEL at most");
    }
    return TRUE;
}

/* Lists take neither a model nor another argument. */
static gboolean show_list(const InspectJob *job, GError **error)
{
    if (job->options.rest != NULL) {
        return tool_usage(error, "a list takes no argument, '%s' is one", job->options.rest[0]);
    }
    return (job->devices  ? inspect_devices
            : job->models ? inspect_models
                          : inspect_formats)(job->json, error);
}

static gboolean run_job(InspectJob *job, GError **error)
{
    int n_lists = job->devices + job->models + job->formats;

    if (n_lists + job->plan + job->dump_input + job->calibrate > 1 || job->json + job->dot > 1 ||
        (job->dot && (n_lists > 0 || job->plan)) ||
        ((job->dump_input || job->calibrate) && (job->json || job->dot)) ||
        (job->raw != NULL && !job->dump_input) || (job->progress && !job->calibrate)) {
        return tool_usage(error, "these options do not go together (see vin-inspect --help)");
    }
    if (n_lists > 0) {
        return show_list(job, error);
    }
    if (job->calibrate) {
        tool_stop_arm();
        return tool_calibrate(&job->options, job->progress, error);
    }
    if (!take_arguments(job, job->dump_input ? 2 : 0, error)) {
        return FALSE;
    }
    if (job->dump_input) {
        return dump_input(job, job->options.rest[0], job->options.rest[1], error);
    }
    return job->plan ? show_plan(job, error) : show_model(job, error);
}

/* main()'s exit code. Takes @error: NULL, or any, after a signal, which needs no message. */
static int end_badly(const InspectJob *job, GError *error)
{
    const int signal = tool_stop_signal();

    if (signal == 0) {
        return tool_fail(&job->options, error);
    }
    g_clear_error(&error);
    return TOOL_STOPPED + signal;
}

int main(int argc, char **argv)
{
    InspectJob job = {.options = {.program = "vin-inspect"}};
    const GOptionEntry entries[] = {
        {"devices", 0, 0, G_OPTION_ARG_NONE, &job.devices, "List the Vulkan devices", NULL},
        {"models", 0, 0, G_OPTION_ARG_NONE, &job.models, "List the models found by name", NULL},
        {"formats", 0, 0, G_OPTION_ARG_NONE, &job.formats, "List the pixel formats taken", NULL},
        {"plan", 0, 0, G_OPTION_ARG_NONE, &job.plan,
         "Show the model as planned for the device: steps, kernels, memory", NULL},
        {"dump-input", 0, 0, G_OPTION_ARG_NONE, &job.dump_input,
         "Write what the network sees of PHOTO to OUT.npy (- for standard output)", NULL},
        {"raw", 0, 0, G_OPTION_ARG_STRING, &job.raw,
         "PHOTO holds frames of these caps without a header, for --dump-input", "CAPS"},
        {"calibrate", 0, 0, G_OPTION_ARG_NONE, &job.calibrate,
         "Measure what the layers of --model read over photos, for --precision int8, and write it "
         "into the model's sidecar", NULL},
        {"progress", 'p', 0, G_OPTION_ARG_NONE, &job.progress,
         "Show progress of --calibrate even where standard error is no terminal", NULL},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &job.json, "Print JSON", NULL},
        {"dot", 0, 0, G_OPTION_ARG_NONE, &job.dot, "Print the graph for Graphviz", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GError *error = NULL;
    int exit_code;

    if (tool_parse(&job.options, &argc, &argv, entries, "[MODEL] [PHOTO OUT.npy] [PHOTO|FOLDER...]",
                   "Shows a model's layers with shapes, parameters and multiply-adds.",
                   &exit_code)) {
        exit_code = run_job(&job, &error) ? TOOL_OK : end_badly(&job, error);
    }
    g_free(job.raw);
    tool_options_clear(&job.options);
    return exit_code;
}
