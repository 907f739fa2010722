/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One picture after another, in the order of their names, so that the same pictures give the same
 * numbers.
 */
#include "calibrate.h"

#include <stdio.h>

#include "progress.h"
#include "reader.h"
#include "stop.h"
#include "tag_files.h"

#define INTERVAL 1.0 /* seconds of a video from one frame to the next that counts */

typedef struct {
    VinCalibration *calibration;
    GPtrArray *files; /* TagFile */
    Progress *progress;
    gint64 start;
    guint n_frames;
} Run;

static void show_compilation(guint done, guint total, const char *what, gpointer user_data)
{
    g_autofree char *text = g_strdup_printf("preparing the model, %u of %u", done, total);

    progress_say(user_data, text);
}

static void show(const Run *run, guint index, double of_file)
{
    const TagFile *file = g_ptr_array_index(run->files, index);
    g_autofree char *name = vin_printable(file->shown);
    const ProgressState state = {
        .name = name,
        .n_files = run->files->len,
        .n_done = index,
        .fraction = (index + of_file) / run->files->len,
        .file_fraction = of_file,
        .seconds = (double)(g_get_monotonic_time() - run->start) / G_USEC_PER_SEC,
    };

    progress_show(run->progress, &state);
}

/* Frames of one file. FALSE with @error, also where it has none. */
static gboolean add_frames(Run *run, guint index, ToolReader *reader, GError **error)
{
    GError *cause = NULL;
    double seconds, due = 0;
    guint n_frames = 0;
    VinFrame frame;

    for (; tool_reader_next(reader, &frame, &seconds, &cause); n_frames++) {
        const double duration = tool_reader_get_duration(reader);

        show(run, index, duration > 0 ? CLAMP(seconds / duration, 0, 1) : 0);
        if (seconds < due) {
            continue;
        }
        due = seconds + INTERVAL;
        if (!vin_calibration_add(run->calibration, &frame, error)) {
            return FALSE;
        }
        run->n_frames++;
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

static gboolean add_file(Run *run, guint index, GError **error)
{
    const TagFile *file = g_ptr_array_index(run->files, index);
    g_autoptr(ToolReader) reader = NULL;
    GError *cause = NULL;

    if (file->fault != NULL) {
        g_set_error_literal(&cause, VIN_ERROR, VIN_ERROR_FILE, file->fault);
    } else {
        show(run, index, 0);
        reader = tool_reader_open(file->name, &cause);
    }
    if (reader == NULL || !add_frames(run, index, reader, &cause)) {
        g_propagate_prefixed_error(error, cause, "%s: ", file->shown);
        g_prefix_error(error, "nothing was written: ");
        return FALSE;
    }
    return TRUE;
}

static gboolean say_result(const Run *run, GError **error)
{
    g_autofree char *path = vin_printable(vin_calibration_get_path(run->calibration));

    printf("%s: ranges of %u layers, measured over %u picture%s\n", path,
           vin_calibration_get_n_layers(run->calibration), run->n_frames,
           run->n_frames == 1 ? "" : "s");
    return tool_flush(error);
}

gboolean tool_calibrate(const ToolOptions *options, gboolean show_progress, GError **error)
{
    g_autoptr(GPtrArray) files = tag_files_find((const char *const *)options->rest);
    g_autoptr(Progress) progress = NULL;
    g_autoptr(VinCalibration) calibration = NULL;
    VinEngineParams params = {.progress = show_compilation};
    Run run = {.files = files};

    if (options->rest == NULL) {
        return tool_usage(error, "--calibrate wants photos, or folders of them");
    }
    if (files->len == 0) {
        return tool_usage(error, "--calibrate: there is no photo or video in %s", options->rest[0]);
    }
    params.progress_data = run.progress = progress = progress_new(show_progress);
    run.calibration = calibration = tool_open_calibration(options, &params, error);
    if (calibration == NULL) {
        return FALSE;
    }
    run.start = g_get_monotonic_time();
    for (guint i = 0; i < files->len; i++) {
        if (tool_stop_signal() != 0 || !add_file(&run, i, error)) {
            return FALSE;
        }
    }
    progress_hide(progress);
    return vin_calibration_save(calibration, error) && say_result(&run, error);
}
