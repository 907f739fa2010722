/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each worker thread has a stream of its own on the one engine and takes the next file that nobody
 * has; the calling thread writes. What a file gives is kept until those before it are written, but
 * only so much of it: a worker too far ahead waits. The file that is being written never waits for
 * another, so all come to their end.
 */
#include "tag_run.h"

#include <math.h>

#include "stop.h"
#include "tag_files.h"

#define MAX_PENDING_BYTES (256 * 1024) /* lines of one file that wait to be written */
#define MAX_AHEAD 1000                 /* files from the one being written to the last one begun */
#define WAKE_EVERY (100 * G_TIME_SPAN_MILLISECOND) /* to see a signal, and to show progress */

/* One file's way. */
typedef struct {
    GString *lines;    /* not yet written; NULL until there are any */
    GError *error;     /* why it failed */
    double fraction;   /* of it done, 0..1 */
    gboolean is_finished;
} Item;

typedef struct {
    const TagRunParams *params;
    GMutex lock;       /* of all below */
    GCond changed;
    Item *items;       /* one a file */
    guint n_items;
    guint next;        /* the first file that no worker has taken */
    guint head;        /* the file being written; all before are */
    guint n_finished;
    double fractions;  /* sum over the items */
    gboolean is_over;  /* workers shall end */
} Run;

typedef struct {
    Run *run;
    VinStream *stream;
    GThread *thread;
} Worker;

static const TagFile *get_file(const Run *run, guint i)
{
    return g_ptr_array_index(run->params->files, i);
}

/* FALSE when there is nothing left to do. */
static gboolean take_file(Run *run, guint *index)
{
    gboolean ok;

    g_mutex_lock(&run->lock);
    while (!run->is_over && run->next < run->n_items && run->next - run->head > MAX_AHEAD) {
        g_cond_wait(&run->changed, &run->lock);
    }
    ok = !run->is_over && run->next < run->n_items;
    if (ok) {
        *index = run->next++;
    }
    g_mutex_unlock(&run->lock);
    return ok;
}

static void set_fraction(Run *run, Item *item, double fraction)
{
    run->fractions += fraction - item->fraction;
    item->fraction = fraction;
}

/* FALSE when nobody wants them any more. */
static gboolean hand_over(Run *run, guint index, const GString *lines, double fraction)
{
    Item *item = &run->items[index];
    gboolean ok;

    g_mutex_lock(&run->lock);
    while (!run->is_over && item->lines != NULL && item->lines->len > MAX_PENDING_BYTES) {
        g_cond_wait(&run->changed, &run->lock);
    }
    ok = !run->is_over;
    if (ok) {
        set_fraction(run, item, fraction);
    }
    if (ok && lines->len > 0) {
        if (item->lines == NULL) {
            item->lines = g_string_new(NULL);
        }
        g_string_append_len(item->lines, lines->str, (gssize)lines->len);
        g_cond_broadcast(&run->changed);
    }
    g_mutex_unlock(&run->lock);
    return ok;
}

/* Takes @error. */
static void finish_file(Run *run, guint index, GError *error)
{
    Item *item = &run->items[index];

    g_mutex_lock(&run->lock);
    item->error = error;
    item->is_finished = TRUE;
    set_fraction(run, item, 1.0);
    run->n_finished++;
    g_cond_broadcast(&run->changed);
    g_mutex_unlock(&run->lock);
}

/* Whether a frame at @seconds is to be tagged: the first one of each interval. @due_ns: when the
 * next interval begins; whole numbers, so that no rounding adds up. */
static gboolean is_due(double interval, double seconds, gint64 *due_ns)
{
    gint64 interval_ns = (gint64)llround(interval * 1e9);
    gint64 time_ns = (gint64)llround(seconds * 1e9);

    if (interval_ns > 0) {
        if (time_ns < *due_ns) {
            return FALSE;
        }
        *due_ns = (time_ns / interval_ns + 1) * interval_ns;
    }
    return TRUE;
}

static gboolean tag_frames(Worker *worker, guint index, ToolReader *reader, GError **error)
{
    Run *run = worker->run;
    const TagRunParams *params = run->params;
    const TagFile *file = get_file(run, index);
    g_autoptr(GString) lines = g_string_new(NULL);
    GError *cause = NULL;
    gint64 due_ns = 0;
    guint n_frames = 0;
    VinResult result;
    VinFrame frame;
    double seconds;

    for (; tool_reader_next(reader, &frame, &seconds, &cause); n_frames++) {
        double duration = tool_reader_get_duration(reader);

        g_string_truncate(lines, 0);
        if (is_due(params->interval, seconds, &due_ns)) {
            if (!vin_stream_run(worker->stream, &frame, &result, error)) {
                return FALSE;
            }
            tag_lines_append(lines, &params->style, file->shown, seconds, &result);
        }
        if (!hand_over(run, index, lines,
                       duration > 0.0 ? CLAMP(seconds / duration, 0.0, 1.0) : 0.0)) {
            return TRUE;
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

static gpointer work(gpointer data)
{
    Worker *worker = data;
    guint index;

    while (take_file(worker->run, &index)) {
        const TagFile *file = get_file(worker->run, index);
        g_autoptr(ToolReader) reader = NULL;
        GError *error = NULL;

        if (index == 0) { /* one worker takes it */
            reader = g_steal_pointer(worker->run->params->first);
        }
        if (file->fault != NULL) {
            g_set_error_literal(&error, VIN_ERROR, VIN_ERROR_FILE, file->fault);
        } else if (reader != NULL || (reader = tool_reader_open(file->name, &error)) != NULL) {
            tag_frames(worker, index, reader, &error);
        }
        finish_file(worker->run, index, error);
    }
    return NULL;
}

static void show_progress(Run *run, gint64 start)
{
    g_autofree char *name = vin_printable(get_file(run, run->head)->shown);
    ProgressState state = {
        .name = name,
        .n_files = run->n_items,
        .seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC,
    };

    g_mutex_lock(&run->lock);
    state.n_done = run->n_finished;
    state.fraction = run->fractions / run->n_items;
    state.file_fraction = run->items[run->head].fraction;
    g_mutex_unlock(&run->lock);
    progress_show(run->params->progress, &state);
}

/* Waits for more of the head's lines, or for its end, but not for long. The caller frees *lines and
 * *error. TRUE when the head is finished. */
static gboolean wait_for_head(Run *run, GString **lines, GError **error)
{
    gint64 until = g_get_monotonic_time() + WAKE_EVERY;
    Item *item = &run->items[run->head];
    gboolean is_finished;

    g_mutex_lock(&run->lock);
    while (item->lines == NULL && !item->is_finished &&
           g_cond_wait_until(&run->changed, &run->lock, until)) {
    }
    *lines = g_steal_pointer(&item->lines);
    *error = g_steal_pointer(&item->error);
    is_finished = item->is_finished;
    g_cond_broadcast(&run->changed);
    g_mutex_unlock(&run->lock);
    return is_finished;
}

/* A lost device loses every file that comes after, too. */
static gboolean is_fatal(const GError *error)
{
    return g_error_matches(error, VIN_ERROR, VIN_ERROR_DEVICE) ||
           g_error_matches(error, VIN_ERROR, VIN_ERROR_LOST);
}

/* Takes @cause, for which the head failed. FALSE with @error when it is one for all files. */
static gboolean note_failure(const Run *run, GError *cause, GPtrArray *failures, GError **error)
{
    const char *shown = get_file(run, run->head)->shown;

    if (is_fatal(cause)) {
        g_propagate_prefixed_error(error, cause, "%s: ", shown);
        return FALSE;
    }
    g_ptr_array_add(failures, g_strdup_printf("%s: %s", shown, cause->message));
    g_error_free(cause);
    return TRUE;
}

/* The calling thread's part: what the workers bring is written, file after file. */
static gboolean write_files(Run *run, GPtrArray *failures, GError **error)
{
    gint64 start = g_get_monotonic_time();

    while (run->head < run->n_items) {
        GString *lines = NULL;
        GError *cause = NULL;
        gboolean is_finished = wait_for_head(run, &lines, &cause);
        gboolean ok = TRUE;

        if (lines != NULL) {
            progress_hide(run->params->progress);
            ok = tag_output_write(run->params->output, lines, error);
            g_string_free(lines, TRUE);
        }
        if (!ok || tool_stop_signal() != 0) {
            g_clear_error(&cause);
            return ok;
        }
        if (cause != NULL && !note_failure(run, cause, failures, error)) {
            return FALSE;
        }
        show_progress(run, start);
        if (is_finished) {
            g_mutex_lock(&run->lock);
            run->head++;
            g_cond_broadcast(&run->changed);
            g_mutex_unlock(&run->lock);
        }
    }
    return TRUE;
}

static void free_worker(gpointer data)
{
    Worker *worker = data;

    if (worker->thread != NULL) {
        g_thread_join(worker->thread);
    }
    vin_stream_free(worker->stream);
    g_free(worker);
}

/* Starts one more worker. */
static gboolean add_worker(Run *run, GPtrArray *workers, GError **error)
{
    Worker *worker = g_new0(Worker, 1);

    worker->run = run;
    g_ptr_array_add(workers, worker);
    worker->stream = vin_stream_new(run->params->engine, error);
    if (worker->stream == NULL) {
        return FALSE;
    }
    worker->thread = g_thread_try_new("tag", work, worker, error);
    return worker->thread != NULL;
}

static void run_clear(Run *run)
{
    for (guint i = 0; i < run->n_items; i++) {
        if (run->items[i].lines != NULL) {
            g_string_free(run->items[i].lines, TRUE);
        }
        g_clear_error(&run->items[i].error);
    }
    g_free(run->items);
    g_mutex_clear(&run->lock);
    g_cond_clear(&run->changed);
}

gboolean tag_run(const TagRunParams *params, GPtrArray *failures, GError **error)
{
    Run run = {.params = params, .n_items = params->files->len};
    g_autoptr(GPtrArray) workers = g_ptr_array_new_with_free_func(free_worker);
    gboolean ok = TRUE;

    run.items = g_new0(Item, run.n_items);
    g_mutex_init(&run.lock);
    g_cond_init(&run.changed);
    for (guint i = 0; ok && i < MIN(params->n_jobs, run.n_items); i++) {
        ok = add_worker(&run, workers, error);
    }
    ok = ok && write_files(&run, failures, error);
    g_mutex_lock(&run.lock);
    run.is_over = TRUE;
    g_cond_broadcast(&run.changed);
    g_mutex_unlock(&run.lock);
    g_clear_pointer(&workers, g_ptr_array_unref);
    progress_hide(params->progress);
    run_clear(&run);
    return ok;
}
