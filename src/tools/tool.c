/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Option and error plumbing that the three tools share.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

void tool_options_clear(ToolOptions *options)
{
    g_clear_pointer(&options->model, g_free);
    g_clear_pointer(&options->labels, g_free);
    g_clear_pointer(&options->device, g_free);
    g_clear_pointer(&options->heads, g_free);
    g_clear_pointer(&options->head_weights, g_free);
    g_clear_pointer(&options->activation, g_free);
    g_clear_pointer(&options->resize, g_free);
    g_clear_pointer(&options->scale_method, g_free);
    g_clear_pointer(&options->precision, g_free);
    g_clear_pointer(&options->autotune, g_free);
    g_clear_pointer(&options->allow_labels, g_free);
    g_clear_pointer(&options->deny_labels, g_free);
    g_clear_pointer(&options->rest, g_strfreev);
}

G_DEFINE_QUARK(tool-usage-error-quark, tool_usage_error)

gboolean tool_usage(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_propagate_error(error, g_error_new_valist(TOOL_USAGE_ERROR, 0, format, arguments));
    va_end(arguments);
    return FALSE;
}

void tool_say(const ToolOptions *options, const char *message)
{
    g_autofree char *line = vin_printable(message);

    g_printerr("%s: %s\n", options->program, line);
}

int tool_fail(const ToolOptions *options, GError *error)
{
    gboolean is_usage = error->domain == TOOL_USAGE_ERROR || error->domain == G_OPTION_ERROR;

    tool_say(options, error->message);
    g_error_free(error);
    return is_usage ? TOOL_USAGE : TOOL_FAILED;
}

/* Messages in the user's character set, but numbers with a dot, as JSON and scripts want them. And
 * where standard output is closed, the number of it is taken, else the next file that anybody opens
 * would get it, and our lines; this one cannot be written to. A reader of our output who goes away
 * is told of as any other output that is lost. */
static void prepare_process(void)
{
#ifdef M_ARENA_MAX
    /* glibc sets 64 MB of addresses aside for each thread of decoders and of a software driver,
     * which is half of what a process has that is limited to 1 GB (ulimit -v). */
    mallopt(M_ARENA_MAX, 2);
#endif
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0 && errno == EBADF) {
        int fd = open("/dev/null", O_RDONLY);

        if (fd >= 0 && fd != STDOUT_FILENO) {
            dup2(fd, STDOUT_FILENO);
            close(fd);
        }
    }
}

/* An option that takes one of a few words; 0, the first of them, when it is not given. */
typedef struct {
    const char *option;
    const char *names[5]; /* in the order of the library's enumeration */
    const char *listed;
} Choice;

static const Choice activations = {"--activation", {"auto", "none", "softmax", "sigmoid", NULL},
                                   "auto, none, softmax or sigmoid"};
static const Choice resizes = {"--resize", {"auto", "stretch", "crop", "letterbox", NULL},
                               "auto, stretch, crop or letterbox"};
static const Choice scale_methods = {"--scale-method",
                                     {"auto", "bilinear", "area", "nearest", NULL},
                                     "auto, bilinear, area or nearest"};

static gboolean parse_choice(const Choice *choice, const char *name, guint *value,
                             GError **error)
{
    *value = 0;
    for (guint i = 0; name != NULL && choice->names[i] != NULL; i++) {
        if (g_str_equal(name, choice->names[i])) {
            *value = i;
            return TRUE;
        }
    }
    return name == NULL ||
           tool_usage(error, "%s '%s' is not %s", choice->option, name, choice->listed);
}

static const Choice precisions = {"--precision", {"auto", "fp32", "fp16", "int8", NULL},
                                  "auto, fp32, fp16 or int8"};
static const Choice autotunes = {"--autotune", {"off", "once", NULL}, "off or once"};

/* FALSE for a word that none of the options takes. */
static gboolean check_choices(const ToolOptions *options, GError **error)
{
    guint value;

    return parse_choice(&activations, options->activation, &value, error) &&
           parse_choice(&resizes, options->resize, &value, error) &&
           parse_choice(&scale_methods, options->scale_method, &value, error) &&
           parse_choice(&precisions, options->precision, &value, error) &&
           parse_choice(&autotunes, options->autotune, &value, error);
}

gboolean tool_parse(ToolOptions *options, int *argc, char ***argv, const GOptionEntry *entries,
                    const char *parameters, const char *description, int *exit_code)
{
    const GOptionEntry common[] = {
        {"model", 'm', 0, G_OPTION_ARG_FILENAME, &options->model,
         "Model name or .onnx file (default: signal, the model inside the library)", "MODEL"},
        {"labels", 'l', 0, G_OPTION_ARG_FILENAME, &options->labels,
         "Label file, one label a line (default: the model's own)", "FILE"},
        {"device", 'd', 0, G_OPTION_ARG_STRING, &options->device,
         "Vulkan device: index, part of the name, or UUID (default: the best)", "DEVICE"},
        {"heads", 0, 0, G_OPTION_ARG_STRING, &options->heads,
         "Outputs that make the result: names with commas between, or all (default: main)",
         "NAMES"},
        {"head-weights", 0, 0, G_OPTION_ARG_STRING, &options->head_weights,
         "As many numbers with commas between (default: 1 for main, 0.3 for others)",
         "NUMBERS"},
        {"activation", 0, 0, G_OPTION_ARG_STRING, &options->activation,
         "What makes scores of the outputs: softmax, sigmoid or none (default: auto, as the "
         "model's sidecar says)", "NAME"},
        {"resize", 0, 0, G_OPTION_ARG_STRING, &options->resize,
         "What the network sees of a picture: stretch, crop or letterbox (default: auto, as the "
         "model's recipe says)", "NAME"},
        {"scale-method", 0, 0, G_OPTION_ARG_STRING, &options->scale_method,
         "How pixels are scaled: bilinear, area or nearest (default: auto, as the model's recipe "
         "says)", "NAME"},
        {"precision", 0, 0, G_OPTION_ARG_STRING, &options->precision,
         "In what the network computes: fp32, fp16: activations and weights in 16 bits, or int8: "
         "products of 8 bits, for a calibrated model (default: auto, fp16 on GPUs that have it)",
         "NAME"},
        {"autotune", 0, 0, G_OPTION_ARG_STRING, &options->autotune,
         "Choose kernels by timing them: off, or once: at the first start with a network on a "
         "device, which takes longer (default: off)", "NAME"},
        {"allow-labels", 0, 0, G_OPTION_ARG_STRING, &options->allow_labels,
         "The only classes to name: labels, WordNet ids, indices, patterns with * and ?, with "
         "commas between, or with semicolons (default: every class)", "LIST"},
        {"deny-labels", 0, 0, G_OPTION_ARG_STRING, &options->deny_labels,
         "Classes not to name, listed likewise (default: no class)", "LIST"},
        {"version", 0, 0, G_OPTION_ARG_NONE, &options->version, "Print the version", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &options->rest, NULL, NULL},
        {NULL, 0, 0, 0, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(parameters);
    GError *error = NULL;

    prepare_process();
    g_set_prgname(options->program);
    g_option_context_set_summary(context, description);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, common, NULL);
    if (!g_option_context_parse(context, argc, argv, &error) ||
        !check_choices(options, &error)) {
        *exit_code = tool_fail(options, error);
        return FALSE;
    }
    if (options->version) {
        g_print("%s %s\n", options->program, VIN_VERSION);
        *exit_code = TOOL_OK;
        return FALSE;
    }
    return TRUE;
}

VinModel *tool_load_model(const ToolOptions *options, GError **error)
{
    VinModelParams params = {
        .name = options->model,
        .labels_file = options->labels,
    };
    guint activation;

    if (!parse_choice(&activations, options->activation, &activation, error)) {
        return NULL;
    }
    params.activation = (VinActivation)activation;
    return vin_model_load(&params, error);
}

/* What the library is told of @options. */
static gboolean fill_params(const ToolOptions *options, VinEngineParams *params, GError **error)
{
    guint resize, scale_method, precision, autotune;

    if (!parse_choice(&resizes, options->resize, &resize, error) ||
        !parse_choice(&scale_methods, options->scale_method, &scale_method, error) ||
        !parse_choice(&precisions, options->precision, &precision, error) ||
        !parse_choice(&autotunes, options->autotune, &autotune, error)) {
        return FALSE;
    }
    params->resize = (VinResizeMode)resize;
    params->scale_method = (VinScaleMethod)scale_method;
    params->precision = (VinPrecision)precision;
    params->autotune = (VinAutotune)autotune;
    params->heads = options->heads;
    params->head_weights = options->head_weights;
    params->allow_labels = options->allow_labels;
    params->deny_labels = options->deny_labels;
    return TRUE;
}

VinEngine *tool_open_engine(const ToolOptions *options, const VinEngineParams *params,
                            GError **error)
{
    g_autoptr(VinModel) model = tool_load_model(options, error);
    g_autoptr(VinDevice) device = NULL;
    VinEngineParams with_options = *params;

    if (model == NULL || !fill_params(options, &with_options, error)) {
        return NULL;
    }
    device = vin_device_new(options->device, error);
    return device != NULL ? vin_engine_new(model, device, &with_options, error) : NULL;
}

VinCalibration *tool_open_calibration(const ToolOptions *options, const VinEngineParams *params,
                                      GError **error)
{
    g_autoptr(VinModel) model = tool_load_model(options, error);
    g_autoptr(VinDevice) device = NULL;
    VinEngineParams with_options = *params;

    if (model == NULL || !fill_params(options, &with_options, error)) {
        return NULL;
    }
    device = vin_device_new(options->device, error);
    return device != NULL ? vin_calibration_new(model, device, &with_options, error) : NULL;
}

gboolean tool_flush(GError **error)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        g_set_error(error, VIN_ERROR, VIN_ERROR_FILE, "cannot write to standard output: %s",
                    g_strerror(errno));
        return FALSE;
    }
    return TRUE;
}

gboolean tool_print_json(JsonNode *root, gboolean pretty, GError **error)
{
    g_autoptr(JsonNode) owned = root;
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autofree char *text = NULL;

    json_generator_set_root(generator, owned);
    json_generator_set_pretty(generator, pretty);
    text = json_generator_to_data(generator, NULL);
    puts(text);
    return tool_flush(error);
}

void tool_json_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

void tool_json_int(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

void tool_json_double(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isfinite(value)) {
        json_builder_add_double_value(builder, value);
    } else {
        json_builder_add_null_value(builder); /* JSON has no such number */
    }
}
