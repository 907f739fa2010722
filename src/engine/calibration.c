/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Measuring: an engine of its own prepares a picture; then its plan runs in parts, and what each
 * convolution is about to read is looked at between them, since soon afterwards its room is
 * something else's. Writing is model/ranges_write.c's.
 */
#include <vkinception/calibration.h>

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "engine/engine.h"
#include "model/model.h"
#include "model/ranges.h"

/* What one convolution reads. */
typedef struct {
    guint step;
    const VinTensor *tensor;
    float low, high; /* of all frames; 0 is in every range */
} Layer;

struct _VinCalibration {
    VinEngine *engine;
    VinStream *stream;
    VinVkSet set;
    VinVkCommand command;
    GArray *layers;  /* Layer, in the order of steps */
    float *values;   /* room for the largest tensor that is read */
    guint n_frames;
};

static gsize image_values(const VinPlace *place)
{
    return (gsize)place->h * place->w *
           (place->order == VIN_ORDER_BLOCKED ? vin_align_up(place->c, VIN_ORDER_BLOCK)
                                              : place->c);
}

static void find_layers(VinCalibration *calibration)
{
    const VinPlan *plan = calibration->engine->plan;
    gsize most = vin_engine_n_input_values(calibration->engine);

    calibration->layers = g_array_new(FALSE, TRUE, sizeof(Layer));
    for (guint i = 0; i < plan->n_steps; i++) {
        const VinNode *node = plan->steps[i].node;
        const Layer layer = {.step = i, .tensor = node->inputs[0]};

        if (vin_plan_wants_range(plan, node)) {
            g_array_append_val(calibration->layers, layer);
            most = MAX(most, image_values(vin_plan_place(plan, layer.tensor)));
        }
    }
    calibration->values = g_new(float, most);
}

static gboolean prepare(VinCalibration *calibration, GError **error)
{
    const VinPlan *plan = calibration->engine->plan;
    const VinVkBuffer *const buffers[VIN_N_BINDINGS] = {&plan->arena, &plan->weights};

    calibration->stream = vin_stream_new(calibration->engine, error);
    if (calibration->stream == NULL) {
        return FALSE;
    }
    find_layers(calibration);
    return vin_vk_set_init(&calibration->set, &plan->layout, buffers, error) &&
           vin_vk_command_init(&calibration->command, plan->device, 0, error);
}

VinCalibration *vin_calibration_new(VinModel *model, VinDevice *device,
                                    const VinEngineParams *params, GError **error)
{
    g_autoptr(VinCalibration) calibration = g_new0(VinCalibration, 1);
    VinEngineParams own = {
        .slots = 1, .heads = "all", .precision = VIN_PRECISION_FP32, .disable_warm_up = TRUE};
    const char *path;

    g_return_val_if_fail(model != NULL && device != NULL, NULL);
    path = vin_model_sidecar_path(model);
    if (path == NULL) {
        vin_fail(error, VIN_ERROR_FILE,
                 "model '%s' has no sidecar, which says what its pictures are like and keeps what "
                 "is measured; write %s.modelinfo beside it first (docs/recipe.md)",
                 vin_model_get_name(model), vin_model_get_name(model));
        return NULL;
    }
    if (!vin_ranges_check_writable(path, error)) {
        return NULL;
    }
    if (params != NULL) {
        own.resize = params->resize;
        own.scale_method = params->scale_method;
        own.progress = params->progress;
        own.progress_data = params->progress_data;
    }
    calibration->engine = vin_engine_new(model, device, &own, error);
    if (calibration->engine == NULL || !prepare(calibration, error)) {
        return NULL;
    }
    return g_steal_pointer(&calibration);
}

void vin_calibration_free(VinCalibration *calibration)
{
    if (calibration == NULL) {
        return;
    }
    vin_vk_command_clear(&calibration->command);
    vin_vk_set_clear(&calibration->set);
    vin_stream_free(calibration->stream);
    vin_engine_unref(calibration->engine);
    g_clear_pointer(&calibration->layers, g_array_unref);
    g_free(calibration->values);
    g_free(calibration);
}

guint vin_calibration_get_n_layers(VinCalibration *calibration)
{
    guint n = 0;

    g_return_val_if_fail(calibration != NULL, 0);
    for (guint i = 0; i < calibration->layers->len; i++) {
        const guint step = g_array_index(calibration->layers, Layer, i).step;
        char **joined = calibration->engine->plan->steps[step].node->joined;

        n += 1 + (joined != NULL ? g_strv_length(joined) : 0);
    }
    return n;
}

const char *vin_calibration_get_path(VinCalibration *calibration)
{
    g_return_val_if_fail(calibration != NULL, NULL);
    return vin_model_sidecar_path(calibration->engine->model);
}

/* Steps @first to @end - 1. */
static gboolean run_steps(VinCalibration *calibration, guint first, guint end, GError **error)
{
    const VinPlan *plan = calibration->engine->plan;
    VinVkCommand *command = &calibration->command;

    if (!vin_vk_command_begin(command, error)) {
        return FALSE;
    }
    vin_vk_command_bind(command, &plan->layout, &calibration->set);
    vin_vk_command_host_barrier(command, FALSE);
    vin_plan_record_part(plan, command, first, end);
    vin_vk_command_host_barrier(command, TRUE);
    return vin_vk_command_end(command, error) && vin_vk_command_submit(command, error) &&
           vin_vk_command_wait(command, error);
}

/* Takes in what @layer is about to read. What is behind the channels of a
 * blocked one is 0, which every range has in it. */
static gboolean measure(VinCalibration *calibration, Layer *layer, GError **error)
{
    VinPlan *plan = calibration->engine->plan;
    const VinPlace *place = vin_plan_place(plan, layer->tensor);
    const gsize n = image_values(place);

    if (!vin_vk_buffer_read(&plan->arena, (gsize)place->offset * sizeof(float),
                            calibration->values, n * sizeof(float), error)) {
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        const float value = calibration->values[i];

        if (!isfinite(value)) {
            return vin_fail(error, VIN_ERROR_INVALID, "node '%s' reads what is no number",
                            plan->steps[layer->step].name);
        }
        layer->low = MIN(layer->low, value);
        layer->high = MAX(layer->high, value);
    }
    return TRUE;
}

static gboolean measure_all(VinCalibration *calibration, GError **error)
{
    guint done = 0;

    for (guint i = 0; i < calibration->layers->len; i++) {
        Layer *layer = &g_array_index(calibration->layers, Layer, i);

        if (layer->step > done && !run_steps(calibration, done, layer->step, error)) {
            return FALSE;
        }
        done = layer->step;
        if (!measure(calibration, layer, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_calibration_add(VinCalibration *calibration, const VinFrame *frame, GError **error)
{
    VinEngine *engine;
    gsize n_values;

    g_return_val_if_fail(calibration != NULL && frame != NULL, FALSE);
    engine = calibration->engine;
    n_values = vin_engine_n_input_values(engine);
    if (!vin_stream_preprocess(calibration->stream, frame, calibration->values, n_values, error) ||
        !vin_vk_buffer_write(&engine->plan->arena, (gsize)engine->input.offset * sizeof(float),
                             calibration->values, n_values * sizeof(float), error) ||
        !measure_all(calibration, error)) {
        return FALSE;
    }
    calibration->n_frames++;
    return TRUE;
}

static gboolean has_conv(const VinGraph *graph, const char *name)
{
    for (guint i = 0; i < graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(graph->nodes, i);

        if (node->op == VIN_OP_CONV && g_str_equal(node->name, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* The model's name of the convolution: of one that was too large and became several, each has a
 * number behind it (passes/split_weights.c). To g_free(). */
static char *model_name(const VinGraph *graph, const char *name)
{
    const char *number = strrchr(name, '/');

    return number == NULL || has_conv(graph, name)
               ? g_strdup(name)
               : g_strndup(name, (gsize)(number - name));
}

static gboolean is_listed(const GArray *ranges, const char *name)
{
    for (guint i = 0; i < ranges->len; i++) {
        if (g_str_equal(g_array_index(ranges, VinLayerRange, i).layer, name)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Takes @name, unless it has been listed. */
static void add_range(GArray *ranges, char *name, const Layer *layer)
{
    VinLayerRange range = {.layer = name, .low = layer->low, .high = layer->high};

    if (is_listed(ranges, name)) {
        g_free(name);
        return;
    }
    if (range.low == 0 && range.high == 0) { /* nobody ever fed it: any range will do */
        range.high = 1;
    }
    g_array_append_val(ranges, range);
}

gboolean vin_calibration_save(VinCalibration *calibration, GError **error)
{
    g_autoptr(GArray) ranges = vin_ranges_new();
    const VinPlan *plan;
    const VinGraph *graph;

    g_return_val_if_fail(calibration != NULL, FALSE);
    if (calibration->n_frames == 0) {
        return vin_fail(error, VIN_ERROR_INVALID, "nothing was measured yet: no frame was added");
    }
    plan = calibration->engine->plan;
    graph = vin_model_get_graph(calibration->engine->model);
    for (guint i = 0; i < calibration->layers->len; i++) {
        const Layer *layer = &g_array_index(calibration->layers, Layer, i);
        const VinNode *node = plan->steps[layer->step].node;

        add_range(ranges, model_name(graph, node->name), layer);
        for (guint k = 0; node->joined != NULL && node->joined[k] != NULL; k++) {
            add_range(ranges, g_strdup(node->joined[k]), layer);
        }
    }
    return vin_ranges_write(vin_model_sidecar_path(calibration->engine->model), ranges, error);
}
