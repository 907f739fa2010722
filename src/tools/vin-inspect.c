/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-inspect: shows devices, a model's graph, its plan on a device, or what the network
 * sees of a picture.
 */
#include <stdio.h>

#include "npy.h"
#include "reader.h"
#include "tool.h"

typedef struct {
    ToolOptions options;
    gboolean devices, plan, dump_input, json, dot;
} InspectJob;

static void uuid_text(const guint8 uuid[16], char text[37])
{
    char *out = text;

    for (guint i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *out++ = '-';
        }
        g_snprintf(out, 3, "%02x", uuid[i]);
        out += 2;
    }
}

/* "1.3.239" of a packed version, as Vulkan packs it. */
static char *api_version_text(guint32 version)
{
    return g_strdup_printf("%u.%u.%u", (version >> 22) & 0x7f, (version >> 12) & 0x3ff,
                           version & 0xfff);
}

static void add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void add_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

static void add_device(JsonBuilder *builder, const VinDeviceInfo *info)
{
    g_autofree char *api = api_version_text(info->api_version);
    char uuid[37];

    uuid_text(info->uuid, uuid);
    json_builder_begin_object(builder);
    add_int(builder, "index", info->index);
    add_string(builder, "name", info->name);
    add_string(builder, "type", vin_device_type_name(info->type));
    add_string(builder, "uuid", uuid);
    add_string(builder, "driver", info->driver);
    add_string(builder, "driver_info", info->driver_info);
    add_string(builder, "api_version", api);
    add_int(builder, "vendor_id", info->vendor_id);
    add_int(builder, "subgroup_size", info->subgroup_size);
    add_int(builder, "memory_bytes", (gint64)info->memory_bytes);
    add_int(builder, "max_storage_bytes", (gint64)info->max_storage_bytes);
    json_builder_set_member_name(builder, "usable");
    json_builder_add_boolean_value(builder, info->usable);
    if (info->reason != NULL) {
        add_string(builder, "reason", info->reason);
    }
    json_builder_end_object(builder);
}

static void print_device(const VinDeviceInfo *info)
{
    g_autofree char *api = api_version_text(info->api_version);
    g_autofree char *memory = g_format_size_full(info->memory_bytes, G_FORMAT_SIZE_IEC_UNITS);
    char uuid[37];

    uuid_text(info->uuid, uuid);
    printf("%u: %s\n", info->index, info->name);
    printf("   type      %s\n", vin_device_type_name(info->type));
    printf("   uuid      %s\n", uuid);
    printf("   driver    %s %s\n", info->driver, info->driver_info);
    printf("   Vulkan    %s\n", api);
    printf("   memory    %s\n", memory);
    printf("   subgroup  %u\n", info->subgroup_size);
    if (!info->usable) {
        printf("   unusable  %s\n", info->reason);
    }
}

static gboolean show_devices(const InspectJob *job, GError **error)
{
    guint n_devices = 0;
    g_autofree VinDeviceInfo *devices = vin_device_list(&n_devices, error);

    if (devices == NULL) {
        return FALSE;
    }
    if (job->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_array(builder);
        for (guint i = 0; i < n_devices; i++) {
            add_device(builder, &devices[i]);
        }
        json_builder_end_array(builder);
        return tool_print_json(json_builder_get_root(builder), TRUE, error);
    }
    for (guint i = 0; i < n_devices; i++) {
        print_device(&devices[i]);
    }
    return tool_flush(error);
}

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
        guint width, height;

        vin_model_get_input_size(model, &width, &height);
        printf("model    %s (%s)\n", vin_model_get_name(model), vin_model_get_path(model));
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
    reader = tool_reader_open(photo, &cause);
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
        g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                    "%u arguments given; accepted are %s (see vin-inspect --help)", n,
                    n_wanted > 0 ? "[MODEL] PHOTO OUT.npy" : "one MODEL at most");
        return FALSE;
    }
    return TRUE;
}

static gboolean run_job(InspectJob *job, GError **error)
{
    if (job->devices + job->plan + job->dump_input > 1 || job->json + job->dot > 1 ||
        (job->dot && (job->devices || job->plan)) || (job->dump_input && (job->json || job->dot))) {
        g_set_error_literal(error, VIN_ERROR, VIN_ERROR_INVALID,
                            "these options do not go together (see vin-inspect --help)");
        return FALSE;
    }
    if (job->devices) {
        if (job->options.rest != NULL) {
            g_set_error(error, VIN_ERROR, VIN_ERROR_INVALID,
                        "--devices takes no argument, '%s' is one", job->options.rest[0]);
            return FALSE;
        }
        return show_devices(job, error);
    }
    if (!take_arguments(job, job->dump_input ? 2 : 0, error)) {
        return FALSE;
    }
    if (job->dump_input) {
        return dump_input(job, job->options.rest[0], job->options.rest[1], error);
    }
    return job->plan ? show_plan(job, error) : show_model(job, error);
}

int main(int argc, char **argv)
{
    InspectJob job = {.options = {.program = "vin-inspect"}};
    const GOptionEntry entries[] = {
        {"devices", 0, 0, G_OPTION_ARG_NONE, &job.devices, "Show the Vulkan devices", NULL},
        {"plan", 0, 0, G_OPTION_ARG_NONE, &job.plan,
         "Show the model as planned for the device: steps, kernels, memory", NULL},
        {"dump-input", 0, 0, G_OPTION_ARG_NONE, &job.dump_input,
         "Write what the network sees of PHOTO to OUT.npy (NumPy, float32, 1xCxHxW)", NULL},
        {"json", 'j', 0, G_OPTION_ARG_NONE, &job.json, "Print JSON", NULL},
        {"dot", 0, 0, G_OPTION_ARG_NONE, &job.dot, "Print the graph for Graphviz", NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    GError *error = NULL;
    int exit_code;

    if (tool_parse(&job.options, &argc, &argv, entries, "[MODEL] [PHOTO OUT.npy]",
                   "Shows a model's layers with shapes, parameters and multiply-adds.",
                   &exit_code)) {
        exit_code = run_job(&job, &error) ? 0 : tool_fail(&job.options, error);
    }
    tool_options_clear(&job.options);
    return exit_code;
}
