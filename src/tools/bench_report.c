/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A benchmark's measurements as text or as a JSON object.
 */
#include "bench_report.h"

#include <stdio.h>

/* The smallest value that at least @percent of the sorted values do not exceed. */
static guint percentile_index(int n, guint percent)
{
    guint rank = ((guint)n * percent + 99) / 100;

    return MAX(rank, 1) - 1;
}

/* As the plan has it, where the option said auto. To g_free(). */
static char *find_precision(VinEngine *engine)
{
    g_autofree char *text = vin_engine_describe(engine, VIN_DESCRIBE_JSON);
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonObject *plan = json_object_get_object_member(json_node_get_object(root), "plan");

    return g_strdup(json_object_get_string_member(plan, "precision"));
}

static void add_layer_array(const BenchJob *job, const Bench *bench, JsonBuilder *builder)
{
    json_builder_set_member_name(builder, "layers");
    json_builder_begin_array(builder);
    for (guint i = 0; i < bench->layers->len; i++) {
        const LayerSum *layer = &g_array_index(bench->layers, LayerSum, i);

        json_builder_begin_object(builder);
        tool_json_string(builder, "name", layer->name);
        tool_json_string(builder, "kernel", layer->kernel);
        tool_json_double(builder, "gpu_ms", (double)layer->ns / job->frames / 1e6);
        tool_json_int(builder, "macs", (gint64)layer->macs);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static gboolean print_json(const BenchJob *job, const Bench *bench, VinEngine *engine,
                           GError **error)
{
    const VinDeviceInfo *device = vin_device_get_info(vin_engine_get_device(engine));
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autofree char *precision = find_precision(engine);
    guint64 gpu_ns = bench->gpu_ns[percentile_index(job->frames, 50)];

    json_builder_begin_object(builder);
    tool_json_string(builder, "model", vin_model_get_name(vin_engine_get_model(engine)));
    tool_json_string(builder, "device", device->name);
    tool_json_string(builder, "driver", device->driver_info);
    tool_json_string(builder, "precision", precision);
    tool_json_string(builder, "format", vin_format_name(bench->pictures[0].format));
    tool_json_int(builder, "width", bench->width);
    tool_json_int(builder, "height", bench->height);
    tool_json_int(builder, "frames", job->frames);
    tool_json_int(builder, "batch", job->batch);
    tool_json_double(builder, "median_ms", bench->milliseconds[percentile_index(job->frames, 50)]);
    tool_json_double(builder, "p90_ms", bench->milliseconds[percentile_index(job->frames, 90)]);
    tool_json_double(builder, "p99_ms", bench->milliseconds[percentile_index(job->frames, 99)]);
    if (gpu_ns > 0) {
        tool_json_double(builder, "gpu_median_ms", (double)gpu_ns / 1e6);
    }
    tool_json_double(builder, "fps", bench->frames_per_second);
    if (job->layers) {
        add_layer_array(job, bench, builder);
    }
    json_builder_end_object(builder);
    return tool_print_json(json_builder_get_root(builder), FALSE, error);
}

static gboolean print_text(const BenchJob *job, const Bench *bench, VinEngine *engine,
                           GError **error)
{
    const VinDeviceInfo *device = vin_device_get_info(vin_engine_get_device(engine));
    guint64 gpu_ns = bench->gpu_ns[percentile_index(job->frames, 50)];
    g_autofree char *name = vin_printable(vin_model_get_name(vin_engine_get_model(engine)));
    g_autofree char *precision = find_precision(engine);

    printf("%s, %s, %ux%u %s, on %s\n", name, precision,
           bench->width, bench->height, vin_format_name(bench->pictures[0].format), device->name);
    printf("%d frames: median %.2f ms, p90 %.2f ms, p99 %.2f ms; %.2f frames/s\n", job->frames,
           bench->milliseconds[percentile_index(job->frames, 50)],
           bench->milliseconds[percentile_index(job->frames, 90)],
           bench->milliseconds[percentile_index(job->frames, 99)], bench->frames_per_second);
    if (job->batch > 1) {
        printf("frames/s are of batches of %d, the rest is of single frames\n", job->batch);
    }
    if (gpu_ns > 0) {
        printf("on the GPU: median %.2f ms\n", (double)gpu_ns / 1e6);
    }
    for (guint i = 0; job->layers && i < bench->layers->len; i++) {
        const LayerSum *layer = &g_array_index(bench->layers, LayerSum, i);
        double ns = (double)layer->ns / job->frames;

        printf("%10.4f ms %8.2f GMAC/s  %-20s %s\n", ns / 1e6,
               ns > 0.0 ? (double)layer->macs / ns : 0.0, layer->kernel, layer->name);
    }
    return tool_flush(error);
}

gboolean bench_report(const BenchJob *job, const Bench *bench, VinEngine *engine, GError **error)
{
    return (job->json ? print_json : print_text)(job, bench, engine, error);
}
