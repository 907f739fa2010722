/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-bench: how long a model takes on a device. Frames are made here, so that no decoder
 * is timed. Two passes: one frame after the other gives the latency, as many at once as
 * the stream has room for, in batches if so asked, gives the frames per second.
 */
#include <stdlib.h>
#include <string.h>

#include "bench_report.h"

#define MAX_BATCH 64
#define MAX_SLOTS 64
#define BATCH_TIMEOUT_NS G_GUINT64_CONSTANT(10000000000) /* no frame is late here */

/* One batch runs while the next one is filled. */
static int n_slots_of(const BenchJob *job)
{
    return MIN(2 * job->batch, MAX_SLOTS);
}

static void clear_layer(gpointer data)
{
    LayerSum *layer = data;

    g_free(layer->name);
    g_free(layer->kernel);
}

static void bench_clear(Bench *bench)
{
    for (guint i = 0; i < BENCH_PICTURES; i++) {
        g_free(bench->pixels[i]);
    }
    g_free(bench->milliseconds);
    g_free(bench->gpu_ns);
    g_clear_pointer(&bench->layers, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static gboolean parse_size(const char *text, guint *width, guint *height, GError **error)
{
    char *end = NULL;
    guint64 w = g_ascii_strtoull(text, &end, 10);
    guint64 h = *end == 'x' ? g_ascii_strtoull(end + 1, &end, 10) : 0;

    if (*end != '\0' || w < 1 || w > 16384 || h < 1 || h > 16384) {
        return tool_usage(error, "--size '%s' is not WIDTHxHEIGHT with 1..16384 pixels each", text);
    }
    *width = (guint)w;
    *height = (guint)h;
    return TRUE;
}

static gboolean make_pictures(Bench *bench, VinFormat format)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);
    guint n_planes = vin_format_n_planes(format);
    gsize offsets[4], total = 0;

    for (guint p = 0; p < n_planes; p++) {
        guint row_bytes = 0, n_rows = 0;

        vin_format_plane_size(format, p, bench->width, bench->height, &row_bytes, &n_rows);
        offsets[p] = total;
        total += (gsize)row_bytes * n_rows;
    }
    for (guint i = 0; i < BENCH_PICTURES; i++) {
        bench->pixels[i] = g_try_malloc(total);
        if (bench->pixels[i] == NULL) {
            return FALSE;
        }
        for (gsize b = 0; b < total; b++) {
            bench->pixels[i][b] = (guint8)(g_rand_int(random) >> 24);
        }
        bench->pictures[i] = (VinFrame){
            .format = format, .width = bench->width, .height = bench->height};
        for (guint p = 0; p < n_planes; p++) {
            bench->pictures[i].planes[p] = bench->pixels[i] + offsets[p];
        }
    }
    return TRUE;
}

/* Adds the last frame's layers to the sums. */
static gboolean add_layers(Bench *bench, VinStream *stream, GError **error)
{
    guint n_layers = 0;
    const VinLayerTime *times = vin_stream_get_layer_times(stream, &n_layers);

    if (times == NULL) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_DEVICE,
                            "--layers: this device has no timestamps");
        return FALSE;
    }
    for (guint i = 0; i < n_layers; i++) {
        if (i == bench->layers->len) {
            LayerSum layer = {g_strdup(times[i].name), g_strdup(times[i].kernel), 0,
                              times[i].macs};

            g_array_append_val(bench->layers, layer);
        }
        g_array_index(bench->layers, LayerSum, i).ns += times[i].gpu_ns;
    }
    return TRUE;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int compare_u64(const void *a, const void *b)
{
    guint64 x = *(const guint64 *)a, y = *(const guint64 *)b;

    return (x > y) - (x < y);
}

/* One frame from submission to result, without company. */
static gboolean run_alone(VinStream *stream, const VinFrame *frame, VinResult *result,
                          GError **error)
{
    VinTicket ticket = 0;

    if (!vin_stream_submit(stream, frame, &ticket, error)) {
        return FALSE;
    }
    vin_stream_flush(stream);
    return vin_stream_collect(stream, ticket, result, error);
}

/* One frame after the other: submit to result. */
static gboolean measure_latency(const BenchJob *job, Bench *bench, VinStream *stream,
                                GError **error)
{
    VinResult result;

    for (int i = -job->warm_up; i < job->frames; i++) {
        gint64 start = g_get_monotonic_time();

        if (!run_alone(stream, &bench->pictures[(guint)(i + job->warm_up) % BENCH_PICTURES],
                       &result, error)) {
            return FALSE;
        }
        if (i < 0) {
            continue;
        }
        bench->milliseconds[i] = (double)(g_get_monotonic_time() - start) / 1000.0;
        bench->gpu_ns[i] = result.gpu_ns;
        if (job->layers && !add_layers(bench, stream, error)) {
            return FALSE;
        }
    }
    qsort(bench->milliseconds, (gsize)job->frames, sizeof(double), compare_doubles);
    qsort(bench->gpu_ns, (gsize)job->frames, sizeof(guint64), compare_u64);
    return TRUE;
}

/* @frames of them with the stream's slots kept full. */
static gboolean run_full(const BenchJob *job, const Bench *bench, VinStream *stream, int frames,
                         GError **error)
{
    const int n_slots = n_slots_of(job);
    VinTicket tickets[MAX_SLOTS];
    VinResult result;

    for (int i = 0; i < frames + n_slots; i++) {
        VinTicket *ticket = &tickets[i % n_slots];

        if (i == frames) { /* the last ones may be fewer than a batch */
            vin_stream_flush(stream);
        }
        if (i >= n_slots && i - n_slots < frames &&
            !vin_stream_collect(stream, *ticket, &result, error)) {
            return FALSE;
        }
        if (i < frames &&
            !vin_stream_submit(stream, &bench->pictures[i % BENCH_PICTURES], ticket, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Frames per second, once a full batch has been prepared. */
static gboolean measure_rate(const BenchJob *job, Bench *bench, VinStream *stream,
                             GError **error)
{
    gint64 start;

    if (job->batch > 1 && !run_full(job, bench, stream, job->batch, error)) {
        return FALSE;
    }
    start = g_get_monotonic_time();
    if (!run_full(job, bench, stream, job->frames, error)) {
        return FALSE;
    }
    bench->frames_per_second =
        job->frames / ((double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC);
    return TRUE;
}

static gboolean run_job(const BenchJob *job, Bench *bench, GError **error)
{
    VinFormat format = vin_format_from_name(job->format != NULL ? job->format : "I420");
    const VinEngineParams params = {.slots = (guint)n_slots_of(job),
                                    .time_layers = job->layers,
                                    .batch_size = (guint)job->batch,
                                    .batch_timeout_ns = BATCH_TIMEOUT_NS,
                                    .scheduling = VIN_SCHEDULING_THROUGHPUT};
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = NULL;

    if (job->options.rest != NULL) {
        return tool_usage(error, "unexpected argument '%s'", job->options.rest[0]);
    }
    if (job->frames < 1 || job->frames > 1000000 || job->warm_up < 0 || job->warm_up > 1000000) {
        return tool_usage(error,
                          "--frames %d is not in 1..1000000, or --warm-up %d not in 0..1000000",
                          job->frames, job->warm_up);
    }
    if (job->batch < 1 || job->batch > MAX_BATCH) {
        return tool_usage(error, "--batch %d is not in 1..%d", job->batch, MAX_BATCH);
    }
    if (format == VIN_FORMAT_UNKNOWN) {
        return tool_usage(error, "--format '%s' is no format; vin-inspect --formats lists them",
                          job->format);
    }
    if (!parse_size(job->size != NULL ? job->size : "640x360", &bench->width, &bench->height,
                    error)) {
        return FALSE;
    }
    if (!make_pictures(bench, format)) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_INVALID,
                            "--size: not enough memory for frames of this size");
        return FALSE;
    }
    bench->milliseconds = g_new0(double, job->frames);
    bench->gpu_ns = g_new0(guint64, job->frames);
    bench->layers = g_array_new(FALSE, FALSE, sizeof(LayerSum));
    g_array_set_clear_func(bench->layers, clear_layer);

    engine = tool_open_engine(&job->options, &params, error);
    stream = engine != NULL ? vin_stream_new(engine, error) : NULL;
    return stream != NULL && measure_latency(job, bench, stream, error) &&
           measure_rate(job, bench, stream, error) &&
           bench_report(job, bench, engine, error);
}

int main(int argc, char **argv)
{
    g_auto(Bench) bench = {0};
    BenchJob job = {.options = {.program = "vin-bench"}, .frames = 50, .warm_up = 3,
                    .batch = 1};
    const GOptionEntry entries[] = {
        {"frames", 'n', 0, G_OPTION_ARG_INT, &job.frames, "Frames to time (default: 50)", "N"},
        {"warm-up", 'w', 0, G_OPTION_ARG_INT, &job.warm_up,
         "Frames to run before that (default: 3)", "N"},
        {"batch", 'b', 0, G_OPTION_ARG_INT, &job.batch,
         "Frames that run together, for the frames per second (default: 1)", "N"},
        {"size", 's', 0, G_OPTION_ARG_STRING, &job.size, "Frame size (default: 640x360)", "WxH"},
        {"format", 'f', 0, G_OPTION_ARG_STRING, &job.format, "Pixel format (default: I420)",
         "FORMAT"},
        {"layers", 0, 0, G_OPTION_ARG_NONE, &job.layers,
         "Also the GPU time of each layer; slows the run a little", NULL},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &job.json, "Print one JSON object", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GError *error = NULL;
    int exit_code;

    if (tool_parse(&job.options, &argc, &argv, entries, NULL,
                   "Times a model on a device with made-up frames.", &exit_code)) {
        exit_code = run_job(&job, &bench, &error) ? TOOL_OK : tool_fail(&job.options, error);
    }
    g_free(job.size);
    g_free(job.format);
    tool_options_clear(&job.options);
    return exit_code;
}
