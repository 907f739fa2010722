/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-tag: what photos and videos show, as text, JSON lines or CSV. A file that can't be read
 * costs one line on stderr at the end; the rest goes on.
 */
#include <string.h>

#include "stop.h"
#include "tag_files.h"
#include "tag_resume.h"
#include "tag_run.h"
#include "tool.h"

#define MAX_JOBS 64

typedef struct {
    ToolOptions options;
    int top_k, jobs;
    double threshold, interval;
    gboolean json, resume, progress;
    char *format_name, *output, *files_from;
    TagFormat format;
} TagJob;

static void job_clear(TagJob *job)
{
    g_clear_pointer(&job->format_name, g_free);
    g_clear_pointer(&job->output, g_free);
    g_clear_pointer(&job->files_from, g_free);
    tool_options_clear(&job->options);
}

static gboolean check_format(TagJob *job, GError **error)
{
    const char *name = job->format_name != NULL ? job->format_name : job->json ? "json" : "text";

    if (!tag_format_from_name(name, &job->format)) {
        return tool_usage(error, "--format '%s' is none of text, json and csv", name);
    }
    if (job->json && job->format != TAG_FORMAT_JSON) {
        return tool_usage(error, "--json and --format %s do not go together", name);
    }
    return TRUE;
}

static gboolean check_job(TagJob *job, GError **error)
{
    if (job->options.rest == NULL && job->files_from == NULL) {
        return tool_usage(error, "no file named (see vin-tag --help)");
    }
    if (job->top_k < 1 || job->top_k > VIN_MAX_TOP_K) {
        return tool_usage(error, "--top-k %d is not in 1..%d", job->top_k, VIN_MAX_TOP_K);
    }
    if (!(job->threshold >= 0.0 && job->threshold <= 1.0)) {
        return tool_usage(error, "--threshold %g is not in 0..1", job->threshold);
    }
    if (!(job->interval >= 0.0 && job->interval <= 1e6)) {
        return tool_usage(error, "--interval %g is not in 0..1000000 seconds", job->interval);
    }
    if (job->jobs < 0 || job->jobs > MAX_JOBS) {
        return tool_usage(error, "--jobs %d is not in 0..%d", job->jobs, MAX_JOBS);
    }
    if (!check_format(job, error)) {
        return FALSE;
    }
    if (job->resume && (job->output == NULL || strcmp(job->output, "-") == 0)) {
        return tool_usage(error, "--resume needs --output FILE");
    }
    if (job->resume && job->format == TAG_FORMAT_TEXT) {
        return tool_usage(error, "--resume needs --format json or csv");
    }
    return TRUE;
}

/* All files: those named, then those of the list. */
static GPtrArray *find_files(const TagJob *job, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_auto(GStrv) listed = NULL;

    if (job->files_from != NULL &&
        (listed = tag_files_read_list(job->files_from, error)) == NULL) {
        return NULL;
    }
    for (char **name = job->options.rest; name != NULL && *name != NULL; name++) {
        g_ptr_array_add(names, *name);
    }
    for (char **name = listed; name != NULL && *name != NULL; name++) {
        g_ptr_array_add(names, *name);
    }
    g_ptr_array_add(names, NULL);
    return tag_files_find((const char *const *)names->pdata);
}

/* Leaves the files that the output does not hold. */
static gboolean resume(const TagJob *job, const TagOutput *output, GPtrArray *files,
                       guint64 *keep_bytes, GError **error)
{
    g_autoptr(GHashTable) held = NULL;

    if (!tag_resume_read(tag_output_fd(output), job->format, &held, keep_bytes, error)) {
        g_prefix_error(error, "--resume %s: ", job->output);
        return FALSE;
    }
    tag_files_unique(files);
    tag_files_leave_out(files, held);
    return TRUE;
}

static void show_compilation(guint done, guint total, const char *what, gpointer user_data)
{
    g_autofree char *text = g_strdup_printf("preparing the model, %u of %u", done, total);

    progress_say(user_data, text);
}

static gboolean write_header(const TagJob *job, TagOutput *output, guint64 keep_bytes,
                             GError **error)
{
    g_autoptr(GString) header = g_string_new(TAG_CSV_HEADER);

    return job->format != TAG_FORMAT_CSV || keep_bytes > 0 ||
           tag_output_write(output, header, error);
}

/* Decoding begins while the engine is made: loading a decoder takes about as long. NULL where there
 * is nothing to begin, or it failed: whoever opens the file again tells why. */
static ToolReader *open_first(GPtrArray *files)
{
    const TagFile *first = files->len > 0 ? g_ptr_array_index(files, 0) : NULL;

    return first != NULL && first->fault == NULL ? tool_reader_open(first->name, NULL) : NULL;
}

/* Tags @files; they and @output are ready. */
static gboolean tag_files(const TagJob *job, GPtrArray *files, TagOutput *output,
                          guint64 keep_bytes, GPtrArray *failures, GError **error)
{
    g_autoptr(Progress) progress = progress_new(job->progress);
    const VinEngineParams engine_params = {
        .top_k = (guint)job->top_k,
        .disable_warm_up = TRUE, /* nothing is gained by a frame before the first one */
        .progress = show_compilation,
        .progress_data = progress,
    };
    g_autoptr(ToolReader) first = open_first(files);
    g_autoptr(VinEngine) engine = tool_open_engine(&job->options, &engine_params, error);
    TagRunParams params = {
        .engine = engine,
        .files = files,
        .first = &first,
        .style = {.format = job->format, .threshold = job->threshold},
        .interval = job->interval,
        .n_jobs = job->jobs > 0 ? (guint)job->jobs : MIN(g_get_num_processors(), MAX_JOBS),
        .output = output,
        .progress = progress,
    };

    progress_hide(progress);
    if (engine == NULL || !tag_output_start(output, keep_bytes, error) ||
        !write_header(job, output, keep_bytes, error)) {
        return FALSE;
    }
    params.style.model = vin_engine_get_model(engine);
    return tag_run(&params, failures, error);
}

static gboolean run_job(TagJob *job, GPtrArray *failures, guint *n_files, GError **error)
{
    g_autoptr(GPtrArray) files = NULL;
    TagOutput *output;
    guint64 keep_bytes = 0;
    gboolean ok;

    if (!check_job(job, error) || (files = find_files(job, error)) == NULL) {
        return FALSE;
    }
    output = tag_output_open(job->output, error);
    if (output == NULL) {
        return FALSE;
    }
    ok = !job->resume || resume(job, output, files, &keep_bytes, error);
    *n_files = files->len;
    ok = ok && tag_files(job, files, output, keep_bytes, failures, error);
    return tag_output_close(output, ok ? error : NULL) && ok;
}

/* What is to be said at the end, and main()'s exit code. Takes @error. */
static int report(const TagJob *job, const GPtrArray *failures, guint n_files, GError *error)
{
    for (guint i = 0; i < failures->len; i++) {
        tool_say(&job->options, failures->pdata[i]);
    }
    if (failures->len > 0 && n_files > 1) {
        g_autofree char *sum =
            g_strdup_printf("%u of %u files could not be tagged", failures->len, n_files);

        tool_say(&job->options, sum);
    }
    if (error != NULL) {
        return tool_fail(&job->options, error);
    }
    if (tool_stop_signal() != 0) {
        return TOOL_STOPPED + tool_stop_signal();
    }
    if (n_files == 0) {
        tool_say(&job->options, "no photo or video found");
    }
    return failures->len > 0 ? TOOL_SOME_FAILED : TOOL_OK;
}

int main(int argc, char **argv)
{
    TagJob job = {.options = {.program = "vin-tag"}, .top_k = 5, .jobs = 1};
    const GOptionEntry entries[] = {
        {"top-k", 'k', 0, G_OPTION_ARG_INT, &job.top_k,
         "Labels a frame, highest score first (default: 5)", "K"},
        {"threshold", 't', 0, G_OPTION_ARG_DOUBLE, &job.threshold,
         "Leave out labels with a lower score, 0 to 1 (default: 0)", "SCORE"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &job.format_name,
         "Form of the output: text, json or csv (default: text)", "FORMAT"},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &job.json, "The same as --format json", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &job.output,
         "File to write, emptied first (default: -, standard output)", "FILE"},
        {"resume", 'r', 0, G_OPTION_ARG_NONE, &job.resume,
         "Go on behind what --output FILE holds, without its files", NULL},
        {"files-from", 'F', 0, G_OPTION_ARG_FILENAME, &job.files_from,
         "Also the files that this file names, one a line (- for standard input)", "FILE"},
        {"interval", 'i', 0, G_OPTION_ARG_DOUBLE, &job.interval,
         "Of a video, one frame in so many seconds (default: 0, every frame)", "SECONDS"},
        {"jobs", 'J', 0, G_OPTION_ARG_INT, &job.jobs,
         "Files at once; 0 for as many as there are processors (default: 1)", "N"},
        {"progress", 'p', 0, G_OPTION_ARG_NONE, &job.progress,
         "Show progress even where standard error is no terminal", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    GError *error = NULL;
    guint n_files = 0;
    int exit_code;

    if (tool_parse(&job.options, &argc, &argv, entries, "FILE|FOLDER...",
                   "Tells what photos and videos show.", &exit_code)) {
        tool_stop_arm();
        run_job(&job, failures, &n_files, &error);
        exit_code = report(&job, failures, n_files, error);
    }
    job_clear(&job);
    return exit_code;
}
