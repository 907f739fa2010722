/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPlan on its device: weights uploaded, pipelines built. What is decided without a device
 * is in decide.c.
 */
#include "plan/plan.h"

#include "base/error.h"
#include "plan/decide.h"
#include "shader_table.h"

typedef struct {
    VinDispatch key; /* shader and spec count */
    VkPipeline pipeline;
} PipelineEntry;

typedef struct {
    void (*func)(guint done, guint total, const char *what, gpointer data);
    gpointer data;
} Progress;

static void report(const Progress *progress, guint done, guint total, const char *what)
{
    if (progress->func != NULL) {
        progress->func(done, total, what, progress->data);
    }
}

static VkPipeline find_pipeline(VinPlan *plan, const VinDispatch *dispatch, GError **error)
{
    const VinShader *shader = &vin_shader_table[dispatch->shader];
    PipelineEntry *entry;

    for (guint i = 0; i < plan->pipelines->len; i++) {
        entry = g_ptr_array_index(plan->pipelines, i);
        if (entry->key.shader == dispatch->shader && entry->key.n_spec == dispatch->n_spec &&
            memcmp(entry->key.spec, dispatch->spec,
                   dispatch->n_spec * sizeof dispatch->spec[0]) == 0) {
            return entry->pipeline;
        }
    }
    entry = g_new0(PipelineEntry, 1);
    entry->key = *dispatch;
    if (!vin_vk_pipeline_build(&plan->layout, shader->words, shader->bytes, dispatch->spec,
                               dispatch->n_spec, &entry->pipeline, error)) {
        g_prefix_error(error, "shader '%s': ", shader->name);
        g_free(entry);
        return VK_NULL_HANDLE;
    }
    g_ptr_array_add(plan->pipelines, entry);
    return entry->pipeline;
}

static VinPlan *owner_of_pipelines(VinPlan *plan)
{
    return plan->base != NULL ? plan->base : plan;
}

VkPipeline vin_plan_pipeline(VinPlan *plan, const VinDispatch *dispatch, GError **error)
{
    VinPlan *owner = owner_of_pipelines(plan);
    VkPipeline pipeline;

    g_mutex_lock(&owner->lock);
    pipeline = find_pipeline(owner, dispatch, error);
    g_mutex_unlock(&owner->lock);
    return pipeline;
}

guint vin_plan_n_pipelines(VinPlan *plan)
{
    VinPlan *owner = owner_of_pipelines(plan);
    guint n;

    g_mutex_lock(&owner->lock);
    n = owner->pipelines->len;
    g_mutex_unlock(&owner->lock);
    return n;
}

static gboolean build_pipelines(VinPlan *plan, const Progress *progress, GError **error)
{
    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];

        report(progress, i, plan->n_steps, step->name);
        step->pipeline = vin_plan_pipeline(plan, &step->dispatch, error);
        if (step->pipeline == VK_NULL_HANDLE) {
            vin_fail_prefix(error, "node '%s': ", step->name);
            return FALSE;
        }
    }
    report(progress, plan->n_steps, plan->n_steps, "done");
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
           vin_vk_buffer_init(&plan->weights, plan->device, bytes, VIN_BUFFER_DEVICE, error) &&
           vin_vk_buffer_write(&plan->weights, 0, packed, bytes, error);
}

static gboolean make_buffers(VinPlan *plan, GError **error)
{
    return vin_vk_buffer_init(&plan->arena, plan->device,
                              (gsize)plan->arena_floats * sizeof(float), VIN_BUFFER_DEVICE,
                              error) &&
           make_weights(plan, error);
}

static gboolean make_layout(VinPlan *plan, GError **error)
{
    if (plan->base != NULL) {
        plan->layout = plan->base->layout;
        return TRUE;
    }
    plan->pipelines = g_ptr_array_new_with_free_func(g_free);
    return vin_vk_layout_init(&plan->layout, plan->device, error);
}

/* Into the push constants of the steps that go by addresses. */
static void set_addresses(VinPlan *plan)
{
    const VkDeviceAddress addresses[] = {plan->arena.address, plan->weights.address};

    for (guint i = 0; i < plan->n_steps; i++) {
        VinDispatch *dispatch = &plan->steps[i].dispatch;

        for (guint j = 0; j < dispatch->n_addresses; j++) {
            dispatch->push[2 * j] = (guint32)addresses[j];
            dispatch->push[2 * j + 1] = (guint32)(addresses[j] >> 32);
        }
    }
}

VinPlan *vin_plan_new(const VinGraph *graph, VinDevice *device, const VinPlanParams *params,
                      void (*progress)(guint done, guint total, const char *what, gpointer data),
                      gpointer progress_data, GError **error)
{
    g_autoptr(VinPlan) plan = g_new0(VinPlan, 1);
    static const VinPlanParams defaults;
    const Progress reporting = {progress, progress_data};

    if (params == NULL) {
        params = &defaults;
    }
    g_mutex_init(&plan->lock);
    plan->device = vin_device_ref(device);
    plan->base = params->base;
    plan->graph = vin_graph_copy(graph);
    if (!vin_kernels_check(vin_device_get_caps(device)->kernels, error) ||
        !make_layout(plan, error) ||
        !vin_plan_decide(plan, vin_device_get_caps(device), params, error) ||
        !make_buffers(plan, error) || !build_pipelines(plan, &reporting, error)) {
        return NULL;
    }
    set_addresses(plan);
    return g_steal_pointer(&plan);
}

static void destroy_pipeline(gpointer entry, gpointer device)
{
    vkDestroyPipeline(vin_device_vk(device), ((PipelineEntry *)entry)->pipeline, NULL);
}

void vin_plan_free(VinPlan *plan)
{
    if (plan == NULL) {
        return;
    }
    if (plan->pipelines != NULL && vin_device_may_destroy(plan->device)) {
        g_ptr_array_foreach(plan->pipelines, destroy_pipeline, plan->device);
    }
    g_clear_pointer(&plan->pipelines, g_ptr_array_unref);
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
        vin_vk_layout_clear(&plan->layout);
    }
    g_mutex_clear(&plan->lock);
    vin_graph_free(plan->graph);
    vin_device_unref(plan->device);
    g_free(plan);
}

const VinPlace *vin_plan_place(const VinPlan *plan, const VinTensor *tensor)
{
    g_return_val_if_fail(tensor->id < plan->graph->tensors->len, NULL);
    return &plan->places[tensor->id];
}
