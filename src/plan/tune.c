/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Steps that are the same to every kernel that can run them form a shape, which is timed once. The
 * orders of activations are decided before (plan/order.c) and stay: only kernels that read and
 * write what lies there are candidates, so no choice here concerns another step.
 */
#include "plan/tune.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "plan/decide.h"
#include "plan/trials.h"
#include "plan/tune_cache.h"
#include "plan/tune_time.h"
#include "shader_table.h"

#define TOLD_US (2 * G_USEC_PER_SEC) /* between two lines of the log */
#define FILL_BYTES ((gsize)1 << 20)
#define FILL_WORD 0x3c003c00 /* two halves of 1.0, or a float of 0.0078: nothing that is slow */

typedef struct {
    char *what;         /* the same for the same work on any model: what the cache calls it */
    const VinStep *step; /* the first that has it */
    guint n_steps;
    VinTrial trials[VIN_MAX_TRIALS];
    VinDispatch *dispatches[VIN_MAX_TRIALS]; /* owned */
    guint n, table;     /* trials; which of them is the table's choice */
} Shape;

typedef struct {
    VinPlan *plan;
    const VinCaps *caps;
    const VinPlanProgress *progress;
    GPtrArray *shapes; /* Shape */
    Shape **of_step;   /* by step; NULL: there is nothing to choose */
    gint64 told_us;
    guint n_missing;
} Tuning;

static void shape_free(gpointer data)
{
    Shape *shape = data;

    for (guint i = 0; i < shape->n; i++) {
        g_free(shape->dispatches[i]);
    }
    g_free(shape->what);
    g_free(shape);
}

/* @place as if it lay alone: only what shaders can see of where it lies, its alignment, is left. */
static VinPlace without_offset(const VinPlace *place)
{
    VinPlace alone = *place;

    alone.offset %= 4;
    if (place->n == 1) {
        alone.n_stride = 4 * place->c * place->c_stride + place->n_stride % 4;
    }
    return alone;
}

static void add_dispatch(GChecksum *sum, const VinKernel *kernel, const VinKernelArgs *args)
{
    VinDispatch dispatch;

    kernel->dispatch(args, &dispatch);
    if (args->caps->far) {
        vin_dispatch_make_far(&dispatch, kernel);
    }
    g_checksum_update(sum, (const guchar *)kernel->name, (gssize)strlen(kernel->name) + 1);
    g_checksum_update(sum, (const guchar *)vin_shader_table[dispatch.shader].words,
                      (gssize)vin_shader_table[dispatch.shader].bytes);
    g_checksum_update(sum, (const guchar *)dispatch.spec, sizeof dispatch.spec);
    g_checksum_update(sum, (const guchar *)dispatch.push, sizeof dispatch.push);
    g_checksum_update(sum, (const guchar *)dispatch.groups, sizeof dispatch.groups);
}

static const char *order_name(VinOrder order)
{
    return order == VIN_ORDER_BLOCKED ? "blocked" : order == VIN_ORDER_HALF ? "half" : "planar";
}

/* Words for people, and a checksum over what would be dispatched: shaders, constants, tiles. So
 * another version of a kernel, another device limit, another set of candidates is another thing. */
static char *name_shape(const Tuning *tuning, const Shape *shape)
{
    VinKernelArgs args = vin_plan_kernel_args(tuning->plan, shape->step, tuning->caps);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

    args.weight_offset = 0;
    args.in[0] = without_offset(&args.in[0]);
    args.in[1] = without_offset(&args.in[1]);
    args.out = without_offset(&args.out);
    for (guint i = 0; i < shape->n; i++) {
        add_dispatch(sum, shape->trials[i].kernel, &args);
    }
    return g_strdup_printf("%s %ux%ux%ux%u %s to %ux%ux%ux%u %s %s",
                           vin_op_name(shape->step->node->op), args.in[0].n, args.in[0].c,
                           args.in[0].h, args.in[0].w, order_name(args.in[0].order), args.out.n,
                           args.out.c, args.out.h, args.out.w, order_name(args.out.order),
                           g_checksum_get_string(sum));
}

/* Its weights are to fit beside those of all others, in what a shader sees at once. */
static gboolean fits(const Tuning *tuning, const VinKernel *kernel, const VinNode *node)
{
    const guint64 bytes = vin_plan_weight_floats(kernel, node) * sizeof(float);

    return bytes + VIN_WINDOW_ALIGN <= tuning->plan->layout.window_bytes;
}

static void add_trial(const Tuning *tuning, Shape *shape, const VinKernel *kernel)
{
    VinStep step = *shape->step;
    g_autofree VinDispatch *dispatch = g_new0(VinDispatch, 1);
    VinKernelArgs args;

    step.weight_offset = step.weight_window = 0;
    args = vin_plan_kernel_args(tuning->plan, &step, tuning->caps);
    kernel->dispatch(&args, dispatch);
    if (tuning->caps->far) {
        vin_dispatch_make_far(dispatch, kernel);
    }
    if (kernel != shape->step->kernel &&
        (!fits(tuning, kernel, step.node) ||
         !vin_plan_check_groups(step.name, dispatch, tuning->caps, NULL))) {
        return;
    }
    if (kernel == shape->step->kernel) {
        shape->table = shape->n;
    }
    shape->trials[shape->n].kernel = kernel;
    shape->dispatches[shape->n++] = g_steal_pointer(&dispatch);
}

/* NULL where only one kernel can run @step. */
static Shape *shape_new(const Tuning *tuning, const VinStep *step)
{
    const VinKernel *candidates[VIN_MAX_TRIALS];
    const guint n = vin_select_candidates(step->node, &step->orders, tuning->caps, candidates,
                                          VIN_MAX_TRIALS);
    Shape *shape = g_new0(Shape, 1);

    shape->step = step;
    for (guint i = 0; i < n; i++) {
        add_trial(tuning, shape, candidates[i]);
    }
    if (shape->n < 2) {
        g_clear_pointer(&shape, shape_free);
    } else {
        shape->what = name_shape(tuning, shape);
    }
    return shape;
}

static void find_shapes(Tuning *tuning)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < tuning->plan->n_steps; i++) {
        Shape *shape = shape_new(tuning, &tuning->plan->steps[i]);
        Shape *same = shape != NULL ? g_hash_table_lookup(known, shape->what) : NULL;

        if (same != NULL) {
            shape_free(shape);
            shape = same;
        } else if (shape != NULL) {
            g_hash_table_insert(known, shape->what, shape);
            g_ptr_array_add(tuning->shapes, shape);
        }
        if (shape != NULL) {
            shape->n_steps++;
        }
        tuning->of_step[i] = shape;
    }
}

/* What is there from before may hold numbers that are slow to compute with. */
static gboolean fill_arena(VinPlan *plan, GError **error)
{
    g_autofree guint32 *words = g_new(guint32, FILL_BYTES / sizeof(guint32));

    for (gsize i = 0; i < FILL_BYTES / sizeof(guint32); i++) {
        words[i] = FILL_WORD;
    }
    for (gsize at = 0; at < plan->arena.size; at += FILL_BYTES) {
        if (!vin_vk_buffer_write(&plan->arena, at, words, MIN(FILL_BYTES, plan->arena.size - at),
                                 error)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* All pipelines at once, on all processors. */
static gboolean build_pipelines(Tuning *tuning, const GPtrArray *missing, GError **error)
{
    g_autoptr(GPtrArray) dispatches = g_ptr_array_new();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    guint failed = 0;

    for (guint i = 0; i < missing->len; i++) {
        const Shape *shape = g_ptr_array_index(missing, i);

        for (guint j = 0; j < shape->n; j++) {
            g_ptr_array_add(dispatches, shape->dispatches[j]);
            g_ptr_array_add(names, shape->step->name);
        }
    }
    if (!vin_pipelines_build(tuning->plan->pipelines,
                             (const VinDispatch *const *)dispatches->pdata, dispatches->len, NULL,
                             NULL, &failed, error)) {
        vin_fail_prefix(error, "node '%s': ", (const char *)g_ptr_array_index(names, failed));
        return FALSE;
    }
    return TRUE;
}

static void tell(Tuning *tuning, guint done, const Shape *shape)
{
    const gint64 now = g_get_monotonic_time();
    g_autofree char *what = g_strdup_printf("timing kernels of %s", shape->step->name);

    vin_plan_report(tuning->plan, tuning->progress,
                    tuning->plan->n_tuned - tuning->n_missing + done, what);
    if (now - tuning->told_us > TOLD_US) {
        tuning->told_us = now;
        vin_log(VIN_LOG_INFO, "autotune: %u of %u shapes timed", done, tuning->n_missing);
    }
}

static gboolean time_missing(Tuning *tuning, const GPtrArray *missing, VinTuneCache *cache,
                             GError **error)
{
    VinPlan *plan = tuning->plan;
    gboolean ok = missing->len == 0 ||
                  (fill_arena(plan, error) && build_pipelines(tuning, missing, error));

    for (guint i = 0; i < missing->len && ok; i++) {
        Shape *shape = g_ptr_array_index(missing, i);
        g_autofree char *line = NULL;

        tell(tuning, i, shape);
        ok = vin_tune_time(plan, shape->step, shape->dispatches, shape->trials, shape->n, error);
        line = vin_trials_to_line(shape->trials, shape->n);
        if (ok) {
            vin_tune_cache_add(cache, shape->what, line);
        }
    }
    return ok;
}

/* Times of all shapes, from the cache or from the device. */
static gboolean get_times(Tuning *tuning, GError **error)
{
    g_auto(VinTuneCache) cache = {0};
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    VinPlan *plan = tuning->plan;
    const gint64 start = g_get_monotonic_time();

    vin_tune_cache_open(&cache, plan->device);
    for (guint i = 0; i < tuning->shapes->len; i++) {
        Shape *shape = g_ptr_array_index(tuning->shapes, i);
        const char *line = vin_tune_cache_find(&cache, shape->what);

        if (line == NULL || !vin_trials_from_line(shape->trials, shape->n, line)) {
            g_ptr_array_add(missing, shape);
        }
    }
    plan->n_tuned = tuning->shapes->len;
    plan->n_timed = tuning->n_missing = missing->len;
    tuning->told_us = start;
    if (missing->len > 0) {
        vin_log(VIN_LOG_INFO, "autotune: %u of %u shapes are to be timed on \"%s\"", missing->len,
                tuning->shapes->len, vin_device_get_info(plan->device)->name);
    }
    if (!time_missing(tuning, missing, &cache, error)) {
        return FALSE;
    }
    vin_tune_cache_save(&cache);
    vin_log(VIN_LOG_INFO, "autotune: %u shapes timed in %.1f s, %u known from before",
            missing->len, (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC,
            tuning->shapes->len - missing->len);
    return TRUE;
}

/* The winner of a shape; the table's choice where the winner's weights are too many. @total: floats
 * of all weights, kept up to date. */
static guint settle(const Tuning *tuning, const Shape *shape, guint64 *total)
{
    const guint winner = vin_trials_choose(shape->trials, shape->n, shape->table);
    const VinNode *node = shape->step->node;
    const guint64 before =
        shape->n_steps * vin_plan_weight_floats(shape->trials[shape->table].kernel, node);
    const guint64 after =
        shape->n_steps * vin_plan_weight_floats(shape->trials[winner].kernel, node);

    if (after > before && *total + after - before + VIN_WINDOW_ALIGN >
                              vin_plan_max_weight_floats(tuning->caps)) {
        return shape->table;
    }
    *total += after - before;
    return winner;
}

static char *reason_of(const Shape *shape, guint winner)
{
    const guint fastest = vin_trials_choose(shape->trials, shape->n, shape->table);

    if (winner != fastest) {
        return g_strdup_printf("the table's choice: too many weights for %s, which is faster",
                               shape->trials[fastest].kernel->name);
    }
    return vin_trials_reason(shape->trials, shape->n, shape->table);
}

static void apply(Tuning *tuning)
{
    VinPlan *plan = tuning->plan;
    guint64 total = plan->weight_floats;
    guint n_other = 0;

    for (guint i = 0; i < tuning->shapes->len; i++) {
        const Shape *shape = g_ptr_array_index(tuning->shapes, i);
        const guint winner = settle(tuning, shape, &total);

        for (guint j = 0; j < plan->n_steps; j++) {
            VinStep *step = &plan->steps[j];

            if (tuning->of_step[j] == shape) {
                n_other += winner != shape->table;
                step->kernel = shape->trials[winner].kernel;
                g_free(step->reason);
                step->reason = reason_of(shape, winner);
                vin_log(VIN_LOG_DEBUG, "plan: %s: %s, %s", step->name, step->kernel->name,
                        step->reason);
            }
        }
    }
    vin_log(VIN_LOG_INFO, "autotune: %u of %u steps have another kernel than the table's", n_other,
            plan->n_steps);
}

gboolean vin_plan_tune(VinPlan *plan, const VinCaps *caps, const VinPlanProgress *progress,
                       GError **error)
{
    static GMutex lock; /* two that take times spoil them; the second finds the first's */
    g_autoptr(GPtrArray) shapes = g_ptr_array_new_with_free_func(shape_free);
    g_autofree Shape **of_step = g_new0(Shape *, plan->n_steps);
    Tuning tuning = {plan, caps, progress, shapes, of_step, 0, 0};
    gboolean ok;

    g_assert(plan->base == NULL);
    find_shapes(&tuning);
    g_mutex_lock(&lock);
    ok = get_times(&tuning, error);
    g_mutex_unlock(&lock);
    if (!ok) {
        return FALSE;
    }
    plan->is_tuned = TRUE;
    apply(&tuning);
    return vin_plan_follow_kernels(plan, caps, error);
}
