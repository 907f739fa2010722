/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinEngine: a plan with what stands around it: the recipe as the pre-process kernel wants it,
 * top-k, warm-up. Frames are stream.c's.
 */
#include "engine/engine.h"

#include "base/error.h"
#include "engine/heads.h"
#include "engine/options.h"
#include "engine/scheduler.h"
#include "engine/warm_up.h"
#include "kernels/topk.h"
#include "model/model.h"

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

static gboolean take_plan(VinEngine *engine, VinPlan *plan, const VinEngineParams *params,
                          GError **error)
{
    VinBatchPlan *base = vin_batch_plan_new(plan, params->time_layers, error);

    if (base == NULL) {
        return FALSE;
    }
    engine->plan = plan;
    engine->scheduler = vin_scheduler_new(engine, base, params);
    return find_ends(engine, error);
}

/* The pipeline is the same for every k. */
static gboolean plan_topk(VinEngine *engine, GError **error)
{
    VinDispatch topk;

    vin_topk_dispatch(&engine->output, 1, engine->all_scores,
                      vin_device_get_caps(engine->device), &topk);
    engine->topk_pipeline = vin_plan_pipeline(engine->plan, &topk, error);
    return engine->topk_pipeline != VK_NULL_HANDLE;
}

static gboolean compile(VinEngine *engine, const VinEngineParams *params, GError **error)
{
    VinPlanParams plan_params = {.batch = 1};
    Progress progress = {
        .params = params,
        .n_extra = params->disable_warm_up ? 0 : VIN_N_WARM_UP,
    };
    g_autoptr(VinGraph) graph =
        vin_heads_build(engine->model, params->heads, params->head_weights, error);
    VinPlan *plan;

    if (graph == NULL ||
        !vin_options_precision(params->precision, engine->device, &plan_params.half,
                               &plan_params.int8, error) ||
        !vin_options_autotune(params->autotune, engine->device, &plan_params.tune, error)) {
        return FALSE;
    }
    plan = vin_plan_new(graph, engine->device, &plan_params, report_plan, &progress, error);
    if (plan == NULL || !take_plan(engine, plan, params, error)) {
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

static gboolean check_params(const VinEngineParams *params, GError **error)
{
    if (!vin_options_check(params->top_k, params->slots, params->resize, params->scale_method,
                           error)) {
        return FALSE;
    }
    if (params->batch_size > VIN_MAX_BATCH ||
        (guint)params->scheduling > VIN_SCHEDULING_THROUGHPUT) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "batch size %u, scheduling %d; accepted: 1 to %d, 0 for 1, and one of the "
                        "enumerated values",
                        params->batch_size, (int)params->scheduling, VIN_MAX_BATCH);
    }
    return TRUE;
}

VinEngine *vin_engine_new(VinModel *model, VinDevice *device, const VinEngineParams *params,
                          GError **error)
{
    static const VinEngineParams defaults;
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinSelection) selection = NULL; /* only to see whether there is one */

    g_return_val_if_fail(model != NULL && device != NULL, NULL);
    if (params == NULL) {
        params = &defaults;
    }
    if (!check_params(params, error)) {
        return NULL;
    }
    engine = g_new0(VinEngine, 1);
    engine->ref_count = 1;
    engine->model = vin_model_ref(model);
    engine->device = vin_device_ref(device);
    engine->resize = params->resize;
    engine->scale_method = params->scale_method;
    engine->n_slots = params->slots != 0 ? params->slots : VIN_DEFAULT_SLOTS;
    engine->top_k = params->top_k != 0 ? params->top_k : VIN_DEFAULT_TOP_K;
    engine->allow_labels = g_strdup(params->allow_labels);
    engine->deny_labels = g_strdup(params->deny_labels);
    engine->all_scores = params->all_scores;
    engine->time_layers = params->time_layers;
    if (!vin_model_select(model, params->allow_labels, params->deny_labels, &selection, error) ||
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
    vin_engine_drop(engine);
    vin_scheduler_free(engine->scheduler); /* and with it the plans */
    g_free(engine->made_of);
    g_free(engine->allow_labels);
    g_free(engine->deny_labels);
    vin_device_unref(engine->device);
    vin_model_unref(engine->model);
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

guint64 vin_engine_get_frame_ns(VinEngine *engine)
{
    g_return_val_if_fail(engine != NULL, 0);
    return engine->frame_ns;
}
