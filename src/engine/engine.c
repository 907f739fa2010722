/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinEngine: a plan with what stands around it: the recipe as the pre-process kernel wants it,
 * top-k, warm-up. Frames are stream.c's.
 */
#include "engine/engine.h"

#include "base/error.h"
#include "engine/heads.h"
#include "engine/warm_up.h"
#include "kernels/topk.h"
#include "model/model.h"

#define DEFAULT_TOP_K 5
#define DEFAULT_SLOTS 2
#define MAX_SLOTS 16

/* The two rooms below may not see each other, so their enumerations meet here. */
G_STATIC_ASSERT(VIN_RESIZE_STRETCH == 0 && VIN_RESIZE_SHORT_SIDE == 1 && VIN_RESIZE_TILES == 2);
G_STATIC_ASSERT(VIN_RESIZE_CROP == 3 && VIN_RESIZE_LETTERBOX == 4);
G_STATIC_ASSERT(VIN_SCALE_BILINEAR == 0 && VIN_SCALE_AREA == 1 && VIN_SCALE_NEAREST == 2);

/* Progress of the plan, then of the warm-up, as one count. */
typedef struct {
    const VinEngineParams *params;
    guint n_extra; /* runs after the plan */
    guint n_plan;  /* the plan's own total, once it told */
} Progress;

static void report_plan(guint done, guint total, const char *what, gpointer data)
{
    Progress *progress = data;

    progress->n_plan = total;
    if (progress->params->progress != NULL && (done < total || progress->n_extra > 0)) {
        progress->params->progress(done, total + progress->n_extra, what,
                                   progress->params->progress_data);
    }
}

static void report_warm_up(guint run, const char *what, gpointer data)
{
    Progress *progress = data;
    g_autofree char *text = g_strdup_printf("warm-up with %s", what);

    if (progress->params->progress != NULL) {
        progress->params->progress(progress->n_plan + run,
                                   progress->n_plan + progress->n_extra, text,
                                   progress->params->progress_data);
    }
}

static void report_end(const Progress *progress)
{
    const guint total = progress->n_plan + progress->n_extra;

    if (progress->params->progress != NULL) {
        progress->params->progress(total, total, "ready", progress->params->progress_data);
    }
}

static VinPreprocessParams preprocess_params(const VinRecipe *recipe)
{
    VinPreprocessParams params = {
        .resize = (guint32)recipe->resize,
        .resize_width = recipe->resize_width,
        .resize_height = recipe->resize_height,
        .resize_short = recipe->resize_short,
        .tiles = recipe->tiles,
        .interpolation = (guint32)recipe->interpolation,
        .bgr = recipe->bgr != FALSE,
        .channels = recipe->channels,
        .pixel_aspect = recipe->pixel_aspect != FALSE,
    };

    for (guint i = 0; i < 3; i++) {
        params.mean[i] = recipe->mean[i];
        params.scale[i] = recipe->scale[i];
        params.fill[i] = recipe->fill[i];
    }
    return params;
}

/* The recipe as the caller wants it. */
static VinRecipe override_recipe(VinModel *model, const VinEngineParams *params)
{
    VinRecipe recipe = *vin_model_get_recipe(model);

    switch (params->resize) {
    case VIN_RESIZE_MODE_STRETCH:
        recipe.resize = VIN_RESIZE_STRETCH;
        vin_model_get_input_size(model, &recipe.resize_width, &recipe.resize_height);
        break;
    case VIN_RESIZE_MODE_CROP:
        recipe.resize = VIN_RESIZE_CROP;
        break;
    case VIN_RESIZE_MODE_LETTERBOX:
        recipe.resize = VIN_RESIZE_LETTERBOX;
        break;
    default:
        break;
    }
    if (params->scale_method != VIN_SCALE_METHOD_AUTO) {
        recipe.interpolation = (VinScale)(params->scale_method - VIN_SCALE_METHOD_BILINEAR);
    }
    return recipe;
}

static gboolean check_params(const VinEngineParams *params, GError **error)
{
    if (params->top_k > VIN_MAX_TOP_K || params->slots > MAX_SLOTS) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "top-k %u or %u slots; accepted: 1 to %d and 1 to %d, 0 for the default",
                        params->top_k, params->slots, VIN_MAX_TOP_K, MAX_SLOTS);
    }
    if ((guint)params->resize > VIN_RESIZE_MODE_LETTERBOX ||
        (guint)params->scale_method > VIN_SCALE_METHOD_NEAREST) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "resize %d or scale method %d is not one of the enumerated values",
                        (int)params->resize, (int)params->scale_method);
    }
    return TRUE;
}

/* Where the network's input and its main output lie. */
static gboolean find_ends(VinEngine *engine, GError **error)
{
    const VinTensor *input = g_ptr_array_index(engine->plan->graph->inputs, 0);
    const VinTensor *output = g_ptr_array_index(engine->plan->graph->outputs, 0);
    const guint n_classes = vin_model_get_n_classes(engine->model);

    engine->input = *vin_plan_place(engine->plan, input);
    engine->output = *vin_plan_place(engine->plan, output);
    if (engine->output.h != 1 || engine->output.w != 1 || engine->output.c != n_classes) {
        g_autofree char *shape = vin_shape_to_string(&output->shape);

        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "output '%s' is %s; a vector of %u class scores is supported",
                        output->name, shape, n_classes);
    }
    return TRUE;
}

/* The pipeline is the same for every k. */
static gboolean plan_topk(VinEngine *engine, GError **error)
{
    VinDispatch topk;

    vin_topk_dispatch(&engine->output, 1, engine->all_scores,
                      vin_device_get_caps(engine->device), &topk);
    return vin_engine_pipeline(engine, &topk, &engine->topk_pipeline, error);
}

static gboolean compile(VinEngine *engine, const VinEngineParams *params, GError **error)
{
    const VinPlanParams plan_params = {.batch = 1};
    Progress progress = {
        .params = params,
        .n_extra = params->disable_warm_up ? 0 : VIN_N_WARM_UP,
    };

    g_autoptr(VinGraph) graph =
        vin_heads_build(engine->model, params->heads, params->head_weights, error);

    if (graph == NULL) {
        return FALSE;
    }
    engine->plan = vin_plan_new(graph, engine->device, &plan_params, report_plan, &progress,
                                error);
    if (engine->plan == NULL || !find_ends(engine, error)) {
        return FALSE;
    }
    if (!plan_topk(engine, error)) {
        return FALSE;
    }
    if (!params->disable_warm_up && !vin_warm_up(engine, report_warm_up, &progress, error)) {
        return FALSE;
    }
    vin_device_save_cache(engine->device);
    report_end(&progress);
    return TRUE;
}

VinEngine *vin_engine_new(VinModel *model, VinDevice *device, const VinEngineParams *params,
                          GError **error)
{
    static const VinEngineParams defaults;
    g_autoptr(VinEngine) engine = NULL;
    VinRecipe recipe;

    g_return_val_if_fail(model != NULL && device != NULL, NULL);
    if (params == NULL) {
        params = &defaults;
    }
    if (!check_params(params, error)) {
        return NULL;
    }
    engine = g_new0(VinEngine, 1);
    engine->ref_count = 1;
    g_mutex_init(&engine->pipeline_lock);
    engine->model = vin_model_ref(model);
    engine->device = vin_device_ref(device);
    recipe = override_recipe(model, params);
    engine->preprocess = preprocess_params(&recipe);
    engine->n_slots = params->slots != 0 ? params->slots : DEFAULT_SLOTS;
    engine->top_k = params->top_k != 0 ? params->top_k : DEFAULT_TOP_K;
    engine->all_scores = params->all_scores;
    engine->time_layers = params->time_layers;
    if (!vin_model_select(model, params->allow_labels, params->deny_labels, &engine->selection,
                          error) ||
        !compile(engine, params, error)) {
        vin_fail_prefix(error, "model '%s': ", vin_model_get_name(model));
        return NULL;
    }
    return g_steal_pointer(&engine);
}

VinEngine *vin_engine_ref(VinEngine *engine)
{
    g_return_val_if_fail(engine != NULL, NULL);
    g_atomic_int_inc(&engine->ref_count);
    return engine;
}

void vin_engine_unref(VinEngine *engine)
{
    if (engine == NULL || !g_atomic_int_dec_and_test(&engine->ref_count)) {
        return;
    }
    vin_plan_free(engine->plan);
    vin_selection_unref(engine->selection);
    vin_device_unref(engine->device);
    vin_model_unref(engine->model);
    g_mutex_clear(&engine->pipeline_lock);
    g_free(engine);
}

VinModel *vin_engine_get_model(VinEngine *engine)
{
    g_return_val_if_fail(engine != NULL, NULL);
    return engine->model;
}

VinDevice *vin_engine_get_device(VinEngine *engine)
{
    g_return_val_if_fail(engine != NULL, NULL);
    return engine->device;
}

gboolean vin_engine_pipeline(VinEngine *engine, const VinDispatch *dispatch,
                             VkPipeline *pipeline, GError **error)
{
    g_mutex_lock(&engine->pipeline_lock);
    *pipeline = vin_plan_pipeline(engine->plan, dispatch, error);
    g_mutex_unlock(&engine->pipeline_lock);
    return *pipeline != VK_NULL_HANDLE;
}
