/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A dispatch with the barrier behind it, so many times between two timestamps. Kernels take turns,
 * so that what else the device does meets all of them, and the least time counts.
 */
#include "plan/tune_time.h"

#include "base/bytes.h"
#include "base/error.h"

#define ROUNDS 5         /* after a first one that tells what is worth more */
#define FAR_SLOWER 3     /* times the fastest at first: out of the race */
#define ROUND_NS 500000  /* at least; then clocks and caches are as in a network */
#define MAX_REPEATS 32
#define ENOUGH_NS 100000000 /* of a kernel; a slow one need not be timed so exactly */

typedef struct {
    const VinKernel *kernel;
    VinDispatch dispatch;
    VkPipeline pipeline;
    VinVkBuffer weights;
    VinVkSet set;
    VinVkCommand command;
    guint repeats; /* of the dispatch, between the timestamps */
} Runner;

static void clear_runners(Runner *runners, guint n)
{
    for (guint i = 0; i < n; i++) {
        vin_vk_command_clear(&runners[i].command);
        vin_vk_set_clear(&runners[i].set);
        vin_vk_buffer_clear(&runners[i].weights);
    }
    g_free(runners);
}

static gboolean make_weights(VinPlan *plan, const VinStep *step, Runner *runner, GError **error)
{
    const VinKernel *kernel = runner->kernel;
    const gsize bytes = kernel->weight_bytes != NULL ? kernel->weight_bytes(step->node) : 0;
    const gsize room = vin_align_up(MAX(bytes, 1), VIN_WINDOW_ALIGN);
    g_autofree float *packed = g_try_malloc0(room);

    if (packed == NULL) {
        return vin_fail(error, VIN_ERROR_MEMORY,
                        "no host memory for %" G_GSIZE_FORMAT " bytes of packed weights", room);
    }
    if (kernel->pack != NULL) {
        kernel->pack(step->node, packed);
    }
    return vin_vk_buffer_init(&runner->weights, plan->device, room, VIN_BUFFER_LARGE, error) &&
           vin_vk_buffer_write(&runner->weights, 0, packed, room, error);
}

static gboolean make_runner(VinPlan *plan, const VinStep *step, Runner *runner, GError **error)
{
    const VinVkBuffer *const buffers[VIN_N_BINDINGS] = {&plan->arena, &runner->weights};

    if (!make_weights(plan, step, runner, error)) {
        return FALSE;
    }
    vin_dispatch_set_addresses(&runner->dispatch, plan->arena.address, runner->weights.address);
    runner->pipeline = vin_pipelines_get(plan->pipelines, &runner->dispatch, error);
    return runner->pipeline != VK_NULL_HANDLE &&
           vin_vk_set_init(&runner->set, &plan->layout, buffers, error) &&
           vin_vk_command_init(&runner->command, plan->device, 2, error);
}

static void dispatch(VinPlan *plan, Runner *runner)
{
    const VinDispatch *what = &runner->dispatch;

    vin_vk_command_dispatch(&runner->command, &plan->layout, runner->pipeline, what->push,
                            what->push_bytes, what->groups[0], what->groups[1], what->groups[2]);
    vin_vk_command_barrier(&runner->command);
}

/* The first dispatch is not timed: drivers may compile then, and caches are cold. */
static gboolean record(VinPlan *plan, Runner *runner, guint repeats, GError **error)
{
    VinVkCommand *command = &runner->command;

    if (!vin_vk_command_begin(command, error)) {
        return FALSE;
    }
    runner->repeats = repeats;
    vin_vk_command_bind(command, &plan->layout, &runner->set);
    vin_vk_command_host_barrier(command, FALSE);
    dispatch(plan, runner);
    vin_vk_command_timestamp(command, 0);
    for (guint i = 0; i < repeats; i++) {
        dispatch(plan, runner);
    }
    vin_vk_command_timestamp(command, 1);
    return vin_vk_command_end(command, error);
}

static gboolean run(VinPlan *plan, Runner *runner, VinTrial *trial, GError **error)
{
    guint64 ns[2];

    if (!vin_vk_command_submit(&runner->command, error) ||
        !vin_vk_command_wait(&runner->command, error)) {
        return FALSE;
    }
    if (vin_vk_command_read_times(&runner->command, ns, G_N_ELEMENTS(ns))) {
        const guint64 each = MAX(ns[1] / runner->repeats, 1);

        trial->ns = trial->ns == 0 ? each : MIN(trial->ns, each);
        return TRUE;
    }
    return !vin_device_is_lost(plan->device) ||
           vin_device_check(plan->device, VK_ERROR_DEVICE_LOST, "vkGetQueryPoolResults", error);
}

static guint64 least(const VinTrial *trials, guint n)
{
    guint64 ns = G_MAXUINT64;

    for (guint i = 0; i < n; i++) {
        ns = trials[i].ns > 0 ? MIN(ns, trials[i].ns) : ns;
    }
    return ns;
}

static gboolean run_first(VinPlan *plan, Runner *runners, VinTrial *trials, guint n,
                          GError **error)
{
    for (guint i = 0; i < n; i++) {
        if (!record(plan, &runners[i], 1, error) || !run(plan, &runners[i], &trials[i], error)) {
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean run_rounds(VinPlan *plan, Runner *runners, VinTrial *trials, guint n,
                           GError **error)
{
    const guint64 limit = least(trials, n) < G_MAXUINT64 ? least(trials, n) * FAR_SLOWER : 0;
    gboolean is_out[VIN_MAX_TRIALS];

    for (guint i = 0; i < n; i++) {
        is_out[i] = trials[i].ns == 0 || trials[i].ns > limit;
        if (!is_out[i] && trials[i].ns < ROUND_NS &&
            !record(plan, &runners[i], (guint)MIN(ROUND_NS / trials[i].ns + 1, MAX_REPEATS),
                    error)) {
            return FALSE;
        }
    }
    for (guint i = 0; i < n * ROUNDS; i++) {
        VinTrial *trial = &trials[i % n];

        if (!is_out[i % n] && trial->ns * (i / n) < ENOUGH_NS &&
            !run(plan, &runners[i % n], trial, error)) {
            return FALSE;
        }
    }
    return TRUE;
}

gboolean vin_tune_time(VinPlan *plan, const VinStep *step, VinDispatch *const *dispatches,
                       VinTrial *trials, guint n, GError **error)
{
    Runner *runners = g_new0(Runner, n);
    gboolean ok = TRUE;

    g_assert(n <= VIN_MAX_TRIALS);
    for (guint i = 0; i < n && ok; i++) {
        trials[i].ns = 0;
        runners[i].kernel = trials[i].kernel;
        runners[i].dispatch = *dispatches[i];
        ok = make_runner(plan, step, &runners[i], error);
    }
    ok = ok && run_first(plan, runners, trials, n, error) &&
         run_rounds(plan, runners, trials, n, error);
    clear_runners(runners, n);
    if (!ok) {
        vin_fail_prefix(error, "node '%s', timing its kernels: ", step->name);
    }
    return ok;
}
