/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPlan on its device: weights uploaded, pipelines built. What is decided without a device
 * is in decide.c.
 */
#include "plan/plan.h"

#include "base/error.h"
#include "plan/decide.h"
#include "plan/tune.h"

typedef struct {
    const VinPlan *plan;
    const VinPlanProgress *progress;
    gboolean has_told;
} Build;

void vin_plan_report(const VinPlan *plan, const VinPlanProgress *progress, guint done,
                     const char *what)
{
    if (progress->func != NULL) {
        progress->func(done, plan->n_tuned + plan->n_steps, what, progress->data);
    }
}

VkPipeline vin_plan_pipeline(VinPlan *plan, const VinDispatch *dispatch, GError **error)
{
    return vin_pipelines_get(plan->pipelines, dispatch, error);
}

static void report_step(guint done, guint at, gpointer data)
{
    Build *build = data;

    build->has_told = TRUE;
    vin_plan_report(build->plan, build->progress, build->plan->n_tuned + done,
                    build->plan->steps[at].name);
}

static gboolean build_pipelines(VinPlan *plan, const VinPlanProgress *progress, GError **error)
{
    g_autofree const VinDispatch **dispatches = g_new(const VinDispatch *, plan->n_steps);
    Build build = {plan, progress, FALSE};
    guint failed = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        dispatches[i] = &plan->steps[i].dispatch;
    }
    if (!vin_pipelines_build(plan->pipelines, dispatches, plan->n_steps, report_step, &build,
                             &failed, error)) {
        vin_fail_prefix(error, "node '%s': ", plan->steps[failed].name);
        return FALSE;
    }
    if (!build.has_told) { /* nothing had to be made */
        vin_plan_report(plan, progress, plan->n_tuned, plan->steps[0].name);
    }
    for (guint i = 0; i < plan->n_steps; i++) { /* all are there */
        plan->steps[i].pipeline = vin_pipelines_get(plan->pipelines, dispatches[i], NULL);
    }
    if (plan->is_tuned) { /* those of the kernels that lost; the others have run */
        vin_pipelines_keep(plan->pipelines, dispatches, plan->n_steps);
    } else {
        vin_pipelines_compile_ahead(plan->pipelines);
    }
    vin_plan_report(plan, progress, plan->n_tuned + plan->n_steps, "done");
    return TRUE;
}

static gboolean make_weights(VinPlan *plan, GError **error)
{
    const gsize bytes = (gsize)plan->weight_floats * sizeof(float);
    g_autofree float *packed = NULL;

    if (plan->shares_weights) {
        plan->weights = plan->base->weights;
        return TRUE;
    }
    packed = vin_plan_pack_weights(plan, error);
    return packed != NULL &&
           vin_vk_buffer_init(&plan->weights, plan->device, bytes, VIN_BUFFER_LARGE, error) &&
           vin_vk_buffer_write(&plan->weights, 0, packed, bytes, error);
}

static gboolean make_arena(VinPlan *plan, GError **error)
{
    return vin_vk_buffer_init(&plan->arena, plan->device,
                              (gsize)plan->arena_floats * sizeof(float), VIN_BUFFER_LARGE,
                              error);
}

static gboolean make_layout(VinPlan *plan, GError **error)
{
    if (plan->base != NULL) {
        plan->layout = plan->base->layout;
        plan->pipelines = plan->base->pipelines;
        return TRUE;
    }
    plan->pipelines = vin_pipelines_new(&plan->layout);
    return vin_vk_layout_init(&plan->layout, plan->device, error);
}

static void set_addresses(VinPlan *plan)
{
    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];

        vin_dispatch_set_addresses(&step->dispatch, plan->arena.address,
                                   plan->weights.address +
                                       (VkDeviceSize)step->weight_window * sizeof(float));
    }
}

VinPlan *vin_plan_new(const VinGraph *graph, VinDevice *device, const VinPlanParams *params,
                      void (*progress)(guint done, guint total, const char *what, gpointer data),
                      gpointer progress_data, GError **error)
{
    g_autoptr(VinPlan) plan = g_new0(VinPlan, 1);
    static const VinPlanParams defaults;
    VinCaps caps = *vin_device_get_caps(device);
    const VinPlanProgress reporting = {progress, progress_data};

    if (params == NULL) {
        params = &defaults;
    }
    plan->device = vin_device_ref(device);
    plan->base = params->base;
    plan->half = params->half || (params->base != NULL && params->base->half);
    caps.half = plan->half;
    plan->int8 = params->int8 || (params->base != NULL && params->base->int8);
    caps.int8 = plan->int8;
    plan->graph = vin_graph_copy(graph);
    if (!vin_kernels_check(caps.kernels, error) ||
        !make_layout(plan, error) ||
        !vin_plan_decide(plan, &caps, params, error) || !make_arena(plan, error)) {
        return NULL;
    }
    caps.half = plan->half;
    caps.int8 = plan->int8;
    caps.far = plan->is_far;
    if ((params->tune && !vin_plan_tune(plan, &caps, &reporting, error)) ||
        !make_weights(plan, error) || !build_pipelines(plan, &reporting, error)) {
        return NULL;
    }
    set_addresses(plan);
    return g_steal_pointer(&plan);
}

void vin_plan_free(VinPlan *plan)
{
    if (plan == NULL) {
        return;
    }
    for (guint i = 0; plan->steps != NULL && i < plan->n_steps; i++) {
        g_free(plan->steps[i].name);
        g_free(plan->steps[i].reason);
    }
    g_free(plan->steps);
    g_free(plan->places);
    vin_vk_buffer_clear(&plan->arena);
    if (!plan->shares_weights) {
        vin_vk_buffer_clear(&plan->weights);
    }
    if (plan->base == NULL) {
        vin_pipelines_free(plan->pipelines);
        vin_vk_layout_clear(&plan->layout);
    }
    vin_graph_free(plan->graph);
    vin_device_unref(plan->device);
    g_free(plan);
}

const VinPlace *vin_plan_place(const VinPlan *plan, const VinTensor *tensor)
{
    g_return_val_if_fail(tensor->id < plan->graph->tensors->len, NULL);
    return &plan->places[tensor->id];
}
