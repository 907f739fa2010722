/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPlan: kernels chosen, tensors placed, weights packed and uploaded, pipelines built.
 * The parts that need no device are in storage.c, schedule.c, alias.c and select.c.
 */
#include "plan/plan.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "passes/passes.h"
#include "plan/alias.h"
#include "plan/schedule.h"
#include "plan/select.h"
#include "plan/storage.h"
#include "shader_table.h"

#define ALIGN_FLOATS 16 /* a cache line; weights are read as vec4 */

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

/* One step a scheduled node, each with its kernel. */
static gboolean choose_kernels(VinPlan *plan, const GArray *schedule, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);

    plan->steps = g_new0(VinStep, schedule->len);
    plan->n_steps = schedule->len;
    for (guint i = 0; i < schedule->len; i++) {
        VinStep *step = &plan->steps[i];

        step->node = g_array_index(schedule, VinScheduled, i).node;
        step->name = g_strdup(step->node->name);
        step->macs = vin_node_macs(step->node);
        step->kernel = vin_select_kernel(step->node, caps, &step->reason, error);
        if (step->kernel == NULL) {
            return FALSE;
        }
        vin_log(VIN_LOG_DEBUG, "plan: %s: %s, %s", step->name, step->kernel->name,
                step->reason);
    }
    return TRUE;
}

static gboolean check_bytes(const VinPlan *plan, const char *what, guint64 floats,
                            GError **error)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);
    guint64 limit = MIN(caps->max_storage_bytes, (guint64)G_MAXUINT32 * sizeof(float));

    if (floats > limit / sizeof(float)) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "%s: %" G_GUINT64_FORMAT " bytes at batch size %u; the device "
                        "takes at most %" G_GUINT64_FORMAT " in one buffer",
                        what, floats * sizeof(float),
                        vin_tensor_n(g_ptr_array_index(plan->graph->inputs, 0)), limit);
    }
    return TRUE;
}

static gboolean check_storages(const VinPlan *plan, const VinStorageMap *map, GError **error)
{
    for (guint i = 0; i < map->storages->len; i++) {
        const VinStorage *storage = vin_storage_get(map, i);
        const VinNode *producer = storage->root->producer;
        g_autofree char *what =
            g_strdup_printf("node '%s', tensor '%s'", producer != NULL ? producer->name : "-",
                            storage->root->name);

        if (!check_bytes(plan, what, storage->image_floats * storage->n, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Offsets of storages, then a place for every tensor that has one; makes the arena. */
static gboolean place_tensors(VinPlan *plan, VinStorageMap *map, const VinPlanParams *params,
                              GError **error)
{
    guint n = map->storages->len;
    g_autofree VinLifetime *items = g_new0(VinLifetime, n);
    guint64 arena_floats;

    for (guint i = 0; i < n; i++) {
        const VinStorage *storage = vin_storage_get(map, i);

        items[i].size = storage->image_floats * storage->n;
        items[i].first = params->no_alias ? 0 : storage->first;
        items[i].last = params->no_alias ? G_MAXUINT : storage->last;
    }
    arena_floats = vin_alias_place(items, n, ALIGN_FLOATS, params->guard_floats);
    if (!check_storages(plan, map, error) ||
        !check_bytes(plan, "all activations that live at once", arena_floats, error)) {
        return FALSE;
    }
    plan->places = g_new0(VinPlace, plan->graph->tensors->len);
    for (guint i = 0; i < n; i++) {
        vin_storage_get(map, i)->offset = items[i].offset;
    }
    for (guint i = 0; i < plan->graph->tensors->len; i++) {
        const VinTensor *tensor = g_ptr_array_index(plan->graph->tensors, i);
        const VinSpan *span = &map->spans[i];
        VinPlace *place = &plan->places[i];

        place->offset = G_MAXUINT32;
        if (span->storage != G_MAXUINT) {
            const VinStorage *storage = vin_storage_get(map, span->storage);

            place->n = vin_tensor_n(tensor);
            place->c = vin_tensor_c(tensor);
            place->h = vin_tensor_h(tensor);
            place->w = vin_tensor_w(tensor);
            place->offset = (guint32)(storage->offset + span->start);
            place->n_stride = (guint32)storage->image_floats;
            place->c_stride = place->h * place->w;
        }
    }
    return vin_vk_buffer_init(&plan->arena, plan->device,
                              MAX(arena_floats, ALIGN_FLOATS) * sizeof(float),
                              VIN_BUFFER_DEVICE, error);
}

/* Packs and uploads; @offsets gets each step's place in the weight buffer. */
static gboolean load_weights(VinPlan *plan, guint32 *offsets, GError **error)
{
    g_autofree float *packed = NULL;
    guint64 total = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        const VinKernel *kernel = plan->steps[i].kernel;
        guint64 bytes =
            kernel->weight_bytes != NULL ? kernel->weight_bytes(plan->steps[i].node) : 0;
        g_autofree char *what = g_strdup_printf("weights up to node '%s'", plan->steps[i].name);

        offsets[i] = (guint32)total;
        total += vin_align_up(bytes / sizeof(float), ALIGN_FLOATS);
        if (!check_bytes(plan, what, total, error)) {
            return FALSE;
        }
    }
    plan->weight_floats = total;
    total = MAX(total, ALIGN_FLOATS);
    packed = g_try_malloc0_n(total, sizeof(float));
    if (packed == NULL) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "no host memory for %" G_GUINT64_FORMAT " bytes of packed weights",
                        total * sizeof(float));
    }
    for (guint i = 0; i < plan->n_steps; i++) {
        if (plan->steps[i].kernel->pack != NULL) {
            plan->steps[i].kernel->pack(plan->steps[i].node, packed + offsets[i]);
        }
    }
    return vin_vk_buffer_init(&plan->weights, plan->device, total * sizeof(float),
                              VIN_BUFFER_DEVICE, error) &&
           vin_vk_buffer_write(&plan->weights, 0, packed, total * sizeof(float), error);
}

static gboolean check_groups(const VinStep *step, const VinCaps *caps, GError **error)
{
    for (guint i = 0; i < 3; i++) {
        if (step->dispatch.groups[i] > caps->max_workgroup_count[i]) {
            return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                            "node '%s': %u work groups along axis %u; the device takes at "
                            "most %u",
                            step->name, step->dispatch.groups[i], i,
                            caps->max_workgroup_count[i]);
        }
    }
    return TRUE;
}

static gboolean fill_dispatches(VinPlan *plan, const guint32 *weight_offsets, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(plan->device);

    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];
        VinKernelArgs args = {
            .node = step->node,
            .out = plan->places[step->node->output->id],
            .weight_offset = weight_offsets[i],
            .caps = caps,
        };
        guint n_in = 0;

        for (guint j = 0; j < step->node->n_inputs && n_in < G_N_ELEMENTS(args.in); j++) {
            const VinTensor *input = step->node->inputs[j];

            if (input != NULL && !vin_tensor_is_constant(input)) {
                args.in[n_in++] = plan->places[input->id];
            }
        }
        step->kernel->dispatch(&args, &step->dispatch);
        if (!check_groups(step, caps, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* Does @later have to wait for @earlier? */
static gboolean has_hazard(const VinStorageMap *map, const VinNode *earlier,
                           const VinNode *later)
{
    if (vin_storage_map_overlaps(map, earlier->output, later->output)) {
        return TRUE;
    }
    for (guint i = 0; i < later->n_inputs; i++) {
        if (later->inputs[i] != NULL &&
            vin_storage_map_overlaps(map, earlier->output, later->inputs[i])) {
            return TRUE;
        }
    }
    for (guint i = 0; i < earlier->n_inputs; i++) {
        if (earlier->inputs[i] != NULL &&
            vin_storage_map_overlaps(map, earlier->inputs[i], later->output)) {
            return TRUE;
        }
    }
    return FALSE;
}

/* From what the steps really touch in the arena, whatever the schedule meant. The first step
 * waits for whoever wrote the input. */
static void set_barriers(VinPlan *plan, const VinStorageMap *map)
{
    guint since = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        gboolean hazard = i == 0;

        for (guint j = since; j < i && !hazard; j++) {
            hazard = has_hazard(map, plan->steps[j].node, plan->steps[i].node);
        }
        plan->steps[i].barrier_before = hazard;
        if (hazard) {
            since = i;
        }
    }
}

VkPipeline vin_plan_pipeline(VinPlan *plan, const VinDispatch *dispatch, GError **error)
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

static gboolean plan_graph(VinPlan *plan, const VinPlanParams *params,
                           const Progress *progress, GError **error)
{
    g_autoptr(VinStorageMap) map = NULL;
    g_autoptr(GArray) schedule = NULL;
    g_autofree guint32 *weight_offsets = NULL;

    if (!vin_graph_set_batch(plan->graph, MAX(params->batch, 1), error) ||
        !vin_passes_run(plan->graph, error)) {
        return FALSE;
    }
    map = vin_storage_map_new(plan->graph);
    schedule = vin_schedule_new(plan->graph, map);
    vin_schedule_lifetimes(schedule, plan->graph, map);
    weight_offsets = g_new0(guint32, schedule->len);
    if (!choose_kernels(plan, schedule, error) || !place_tensors(plan, map, params, error) ||
        !load_weights(plan, weight_offsets, error) ||
        !fill_dispatches(plan, weight_offsets, error)) {
        return FALSE;
    }
    set_barriers(plan, map);
    return build_pipelines(plan, progress, error);
}

VinPlan *vin_plan_new(const VinGraph *graph, VinDevice *device, const VinPlanParams *params,
                      void (*progress)(guint done, guint total, const char *what, gpointer data),
                      gpointer progress_data, GError **error)
{
    g_autoptr(VinPlan) plan = g_new0(VinPlan, 1);
    const VinPlanParams defaults = {0};
    const Progress reporting = {progress, progress_data};

    plan->device = vin_device_ref(device);
    plan->graph = vin_graph_copy(graph);
    plan->pipelines = g_ptr_array_new_with_free_func(g_free);
    if (!vin_vk_layout_init(&plan->layout, device, error) ||
        !plan_graph(plan, params != NULL ? params : &defaults, &reporting, error)) {
        return NULL;
    }
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
    for (guint i = 0; i < plan->n_steps; i++) {
        g_free(plan->steps[i].name);
        g_free(plan->steps[i].reason);
    }
    g_free(plan->steps);
    g_free(plan->places);
    vin_vk_buffer_clear(&plan->arena);
    vin_vk_buffer_clear(&plan->weights);
    vin_vk_layout_clear(&plan->layout);
    vin_graph_free(plan->graph);
    vin_device_unref(plan->device);
    g_free(plan);
}

const VinPlace *vin_plan_place(const VinPlan *plan, const VinTensor *tensor)
{
    g_return_val_if_fail(tensor->id < plan->graph->tensors->len, NULL);
    return &plan->places[tensor->id];
}
