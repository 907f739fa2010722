/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything of a plan that is arithmetic: passes, kernels, places, dispatches, barriers. Calls
 * no Vulkan function: a device is only its VinCaps here, so that any file can be planned where
 * there is none.
 */
#include "plan/decide.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "passes/passes.h"
#include "plan/arena.h"
#include "plan/order.h"
#include "plan/schedule.h"
#include "plan/storage.h"

#define ALIGN_FLOATS 16 /* a cache line; weights are read as vec4 */
#define WINDOW_FLOATS (VIN_WINDOW_ALIGN / sizeof(float))

/* A barrier after so many steps without one, needed or not: looking for what a step has to wait
 * for then takes a time in proportion to the steps, and one barrier more costs nothing beside
 * hundreds of steps. */
#define MAX_STEPS_WITHOUT_BARRIER 256

/* What was timed for one image is good enough for more, and lets them share its weights. */
static void follow_base(const VinCaps *caps, GHashTable *steps, VinStep *step)
{
    const VinStep *other = g_hash_table_lookup(steps, step->name);

    if (other != NULL && other->kernel != step->kernel &&
        vin_select_can(other->kernel, step->node, &step->orders, caps)) {
        step->kernel = other->kernel;
        g_free(step->reason);
        step->reason = g_strdup("the fastest of those timed for one image");
    }
}

/* The steps of @base by name; empty without one. */
static GHashTable *index_steps(const VinPlan *base)
{
    GHashTable *steps = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; base != NULL && i < base->n_steps; i++) {
        g_hash_table_insert(steps, base->steps[i].name, &base->steps[i]);
    }
    return steps;
}

/* One step a scheduled node, each with its kernel. */
static gboolean choose_kernels(VinPlan *plan, const VinCaps *caps, const GArray *schedule,
                               const VinStorageMap *map, GError **error)
{
    g_autoptr(GHashTable) of_base = index_steps(plan->base);

    plan->steps = g_new0(VinStep, schedule->len);
    plan->n_steps = schedule->len;
    for (guint i = 0; i < schedule->len; i++) {
        VinStep *step = &plan->steps[i];

        step->node = g_array_index(schedule, VinScheduled, i).node;
        step->name = g_strdup(step->node->name);
        step->macs = vin_node_macs(step->node);
        step->kernel = vin_order_kernel(step->node, map, caps, &step->orders, &step->reason, error);
        if (step->kernel == NULL) {
            return FALSE;
        }
        if (plan->base != NULL && plan->base->is_tuned) {
            follow_base(caps, of_base, step);
        }
        vin_log(VIN_LOG_DEBUG, "plan: %s: %s, %s", step->name, step->kernel->name,
                step->reason);
    }
    return TRUE;
}

/* With int8 every convolution has to have a range but those that read the network's input. They
 * stay as they are: a picture's few channels gain nothing, all else builds on what they find. */
static gboolean check_ranges(const VinPlan *plan, GError **error)
{
    const VinNode *first = NULL;
    guint n = 0;

    for (guint i = 0; i < plan->graph->nodes->len; i++) {
        const VinNode *node = g_ptr_array_index(plan->graph->nodes, i);

        if (vin_plan_wants_range(plan, node) && node->u.window.in_low == 0 &&
            node->u.window.in_high == 0) {
            first = first != NULL ? first : node;
            n++;
        }
    }
    if (n > 0) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "precision int8: no range is known of what %u of the convolutions read, "
                        "node '%s' first; vin-inspect --calibrate PHOTOS... measures them and "
                        "keeps them in the model's sidecar",
                        n, first->name);
    }
    return TRUE;
}

gboolean vin_plan_wants_range(const VinPlan *plan, const VinNode *node)
{
    return node->op == VIN_OP_CONV &&
           node->inputs[0] != g_ptr_array_index(plan->graph->inputs, 0);
}

/* The places that they have in the base's buffer, if every step packs its weights as there. */
static gboolean share_weights(VinPlan *plan, const VinPlan *base)
{
    g_autoptr(GHashTable) steps = index_steps(base);

    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];
        const VinStep *other = g_hash_table_lookup(steps, step->name);

        if (other == NULL || other->kernel != step->kernel) {
            vin_log(VIN_LOG_INFO,
                    "node '%s' runs otherwise in a batch; batches of %u have weights of their own",
                    step->name, vin_tensor_n(g_ptr_array_index(plan->graph->inputs, 0)));
            return FALSE;
        }
        step->weight_offset = other->weight_offset;
        step->weight_window = other->weight_window;
    }
    plan->weight_floats = base->weight_floats;
    return TRUE;
}

/* What each step sees of the weight buffer: as far as one window goes for all of them, then
 * another. A window never ends behind the buffer. */
static void place_windows(VinPlan *plan, guint64 window_floats)
{
    const guint64 last = plan->weight_floats - MIN(window_floats, plan->weight_floats);
    guint64 window = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];
        const guint64 end = i + 1 < plan->n_steps ? step[1].weight_offset : plan->weight_floats;

        if (end > window + window_floats) {
            window = MIN(step->weight_offset / WINDOW_FLOATS * WINDOW_FLOATS, last);
        }
        step->weight_window = (guint32)window;
    }
}

guint64 vin_plan_weight_floats(const VinKernel *kernel, const VinNode *node)
{
    const gsize bytes = kernel->weight_bytes != NULL ? kernel->weight_bytes(node) : 0;

    return vin_align_up(bytes / sizeof(float), ALIGN_FLOATS);
}

guint64 vin_plan_max_weight_floats(const VinCaps *caps)
{
    return MIN(caps->max_allocation_bytes / sizeof(float), G_MAXUINT32);
}

/* Each step's place in the weight buffer. */
static gboolean place_weights(VinPlan *plan, const VinCaps *caps, guint64 window_floats,
                              GError **error)
{
    const guint64 limit = vin_plan_max_weight_floats(caps);
    guint64 total = 0;

    plan->shares_weights = plan->base != NULL && share_weights(plan, plan->base);
    if (plan->shares_weights) {
        return TRUE;
    }
    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];
        const guint64 floats = vin_plan_weight_floats(step->kernel, step->node);

        step->weight_offset = (guint32)total;
        total += floats;
        if (floats + WINDOW_FLOATS > window_floats || total + WINDOW_FLOATS > limit) {
            return vin_fail(error, VIN_ERROR_MEMORY,
                            "node '%s': %" G_GUINT64_FORMAT " bytes of weights, %" G_GUINT64_FORMAT
                            " with those before; the device takes at most %" G_GUINT64_FORMAT
                            " at once, %" G_GUINT64_FORMAT " in one buffer",
                            step->name, floats * sizeof(float), total * sizeof(float),
                            window_floats * sizeof(float), caps->max_allocation_bytes);
        }
    }
    plan->weight_floats = vin_align_up(MAX(total, 1), WINDOW_FLOATS);
    place_windows(plan, window_floats);
    return TRUE;
}

float *vin_plan_pack_weights(const VinPlan *plan, GError **error)
{
    float *packed = g_try_malloc0_n(plan->weight_floats, sizeof(float));

    if (packed == NULL) {
        vin_fail(error, VIN_ERROR_MEMORY,
                 "no host memory for %" G_GUINT64_FORMAT " bytes of packed weights",
                 plan->weight_floats * sizeof(float));
        return NULL;
    }
    for (guint i = 0; i < plan->n_steps; i++) {
        const VinStep *step = &plan->steps[i];

        if (step->kernel->pack != NULL) {
            step->kernel->pack(step->node, packed + step->weight_offset);
        }
    }
    return packed;
}

gboolean vin_plan_check_groups(const char *name, const VinDispatch *dispatch, const VinCaps *caps,
                               GError **error)
{
    for (guint i = 0; i < 3; i++) {
        if (dispatch->groups[i] > caps->max_workgroup_count[i]) {
            return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                            "node '%s': %u work groups along axis %u; the device takes at "
                            "most %u",
                            name, dispatch->groups[i], i, caps->max_workgroup_count[i]);
        }
    }
    return TRUE;
}

/* @place for a step that works in @order; see vin_order_kernel(). */
static VinPlace place_in_order(const VinPlace *place, VinOrder order)
{
    VinPlace result = *place;

    if (order != result.order) {
        result.order = order;
        result.c_stride = order == VIN_ORDER_BLOCKED ? VIN_ORDER_BLOCK : 1;
    }
    return result;
}

VinKernelArgs vin_plan_kernel_args(const VinPlan *plan, const VinStep *step, const VinCaps *caps)
{
    VinKernelArgs args = {
        .node = step->node,
        .out = place_in_order(&plan->places[step->node->output->id], step->orders.out),
        .weight_offset = step->weight_offset - step->weight_window,
        .caps = caps,
    };
    guint n_in = 0;

    for (guint j = 0; j < step->node->n_inputs && n_in < G_N_ELEMENTS(args.in); j++) {
        const VinTensor *input = step->node->inputs[j];

        if (input != NULL && !vin_tensor_is_constant(input)) {
            args.in[n_in++] = place_in_order(&plan->places[input->id], step->orders.in);
        }
    }
    return args;
}

static gboolean fill_dispatches(VinPlan *plan, const VinCaps *caps, GError **error)
{
    for (guint i = 0; i < plan->n_steps; i++) {
        VinStep *step = &plan->steps[i];
        const VinKernelArgs args = vin_plan_kernel_args(plan, step, caps);

        step->kernel->dispatch(&args, &step->dispatch);
        if (plan->is_far) {
            vin_dispatch_make_far(&step->dispatch, step->kernel);
        }
        if (!vin_plan_check_groups(step->name, &step->dispatch, caps, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_plan_follow_kernels(VinPlan *plan, const VinCaps *caps, GError **error)
{
    return place_weights(plan, caps, plan->layout.window_bytes / sizeof(float), error) &&
           fill_dispatches(plan, caps, error);
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
        gboolean hazard = i == 0 || i - since >= MAX_STEPS_WITHOUT_BARRIER;

        for (guint j = since; j < i && !hazard; j++) {
            hazard = has_hazard(map, plan->steps[j].node, plan->steps[i].node);
        }
        plan->steps[i].barrier_before = hazard;
        if (hazard) {
            since = i;
        }
    }
}

static void drop_steps(VinPlan *plan)
{
    for (guint i = 0; i < plan->n_steps; i++) {
        g_free(plan->steps[i].name);
        g_free(plan->steps[i].reason);
    }
    g_clear_pointer(&plan->steps, g_free);
    plan->n_steps = 0;
}

/* Orders, steps with their kernels, and where storages lie; NULL with @error. */
static VinStorageMap *arrange(VinPlan *plan, const VinCaps *caps, const VinPlanParams *params,
                              GError **error)
{
    g_autoptr(VinStorageMap) map = vin_storage_map_new(plan->graph);
    g_autoptr(GArray) schedule = NULL;

    vin_order_assign(plan->graph, map, caps, params->blocked_io);
    schedule = vin_schedule_new(plan->graph, map);
    if (schedule->len == 0) {
        vin_fail(error, VIN_ERROR_UNSUPPORTED,
                 "the network computes nothing: its output is its input");
        return NULL;
    }
    vin_schedule_lifetimes(schedule, plan->graph, map);
    if (!choose_kernels(plan, caps, schedule, map, error)) {
        return NULL;
    }
    vin_arena_place(plan, map, params);
    return g_steal_pointer(&map);
}

/* Activations are more than a binding shows: with other kernels they can be found by address. A
 * batch is not worth that, for smaller ones do. */
static gboolean go_far(VinPlan *plan, VinCaps *caps)
{
    if (plan->arena_floats <= plan->layout.window_bytes / sizeof(float) || plan->base != NULL ||
        (caps->bits & VIN_CAP_BUFFER_ADDRESS) == 0) {
        return FALSE;
    }
    vin_log(VIN_LOG_INFO,
            "activations of %" G_GUINT64_FORMAT " bytes are more than the %" G_GUINT64_FORMAT
            " that a shader can be shown: kernels find them by address, in fp32",
            plan->arena_floats * sizeof(float), plan->layout.window_bytes);
    drop_steps(plan);
    plan->is_far = caps->far = TRUE;
    plan->half = caps->half = plan->int8 = caps->int8 = FALSE;
    return TRUE;
}

gboolean vin_plan_decide(VinPlan *plan, const VinCaps *caps, const VinPlanParams *params,
                         GError **error)
{
    g_autoptr(VinStorageMap) map = NULL;
    VinCaps own = *caps;
    const guint64 window_bytes =
        vin_vk_window_bytes(params->window_bytes != 0
                                ? MIN(params->window_bytes, caps->max_storage_bytes)
                                : caps->max_storage_bytes);

    if (!vin_graph_set_batch(plan->graph, MAX(params->batch, 1), error) ||
        !vin_passes_run(plan->graph, error) ||
        (caps->int8 && !check_ranges(plan, error)) ||
        !vin_pass_split_weights(plan->graph, window_bytes / 2, error)) {
        return FALSE;
    }
    plan->layout.window_bytes = window_bytes;
    map = arrange(plan, &own, params, error);
    if (map != NULL && go_far(plan, &own)) {
        vin_storage_map_free(map);
        map = arrange(plan, &own, params, error);
    }
    if (map == NULL || !vin_arena_check(plan, &own, map, error)) {
        return FALSE;
    }
    vin_arena_fill_places(plan, map);
    if (!vin_plan_follow_kernels(plan, &own, error)) {
        return FALSE;
    }
    set_barriers(plan, map);
    return TRUE;
}
