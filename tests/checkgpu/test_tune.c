/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Kernels that are timed: what wins is right, whatever wins; the second start times nothing; a
 * cache that is not to be trusted is made anew; several processes may tune at once.
 */
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/cachefile.h"
#include "base/env.h"
#include "checkgpu/harness.h"
#include "engine_rig.h"
#include "plan/trials.h"
#include "support/net.h"

#define N_CHILDREN 4
#define HEAD "vkinception tuning 1\n"

static char *folder;
static const char *program;

/* Convolutions that several kernels can run, two of them alike, and ops that only one can. */
static VinNet *make_net(guint32 batch)
{
    VinShape shape = vin_shape_nchw(batch, 6, 14, 14);
    VinNet *net = vin_net_new(3, &shape);
    VinTensor *y = vin_net_conv(net, net->input, 24, 3, 1, 1, TRUE);

    y = vin_net_unary(net, VIN_OP_RELU, vin_net_conv(net, y, 24, 3, 1, 1, TRUE));
    y = vin_net_unary(net, VIN_OP_RELU, vin_net_conv(net, y, 24, 3, 1, 1, TRUE));
    y = vin_net_pool(net, VIN_OP_MAX_POOL, y, 2, 2, 0);
    y = vin_net_unary(net, VIN_OP_LRN, vin_net_conv(net, y, 20, 1, 1, 0, FALSE));
    vin_net_output(net, vin_net_gemm(net, y, 9, TRUE));
    return net;
}

static VinPlan *plan_new(const VinPlanParams *params, guint32 batch)
{
    g_autoptr(VinNet) net = make_net(batch);
    g_autoptr(GError) error = NULL;
    VinPlan *plan = vin_plan_new(net->graph, vin_check_device(), params, NULL, NULL, &error);

    g_assert_no_error(error);
    return plan;
}

static VinPlan *tuned_plan(void)
{
    const VinPlanParams params = {.tune = TRUE};

    return plan_new(&params, 1);
}

static gboolean need_times(void)
{
    VinDevice *device = vin_check_device();

    if (device != NULL && (vin_device_get_caps(device)->bits & VIN_CAP_TIMESTAMPS) == 0) {
        g_test_skip("the device has no timestamps");
        return FALSE;
    }
    return device != NULL;
}

static char *cache_path(VinCacheKey *key)
{
    char *path = vin_device_cache_path(vin_check_device(), "tuning", key);

    g_assert_nonnull(path);
    return path;
}

static void remove_cache(void)
{
    VinCacheKey key;
    g_autofree char *path = cache_path(&key);

    g_unlink(path);
}

static char *read_cache(void)
{
    VinCacheKey key;
    g_autofree char *path = cache_path(&key);
    g_autoptr(GError) error = NULL;
    gsize n_bytes = 0;
    g_autofree guint8 *bytes = vin_cache_file_read(path, &key, (guint)geteuid(), &n_bytes, &error);

    g_assert_no_error(error);
    g_assert_nonnull(bytes);
    return g_strndup((const char *)bytes, n_bytes);
}

static void write_cache(const char *text)
{
    VinCacheKey key;
    g_autofree char *path = cache_path(&key);
    g_autoptr(GError) error = NULL;

    vin_cache_file_write(path, &key, (const guint8 *)text, strlen(text), &error);
    g_assert_no_error(error);
}

/* The cache with other times: candidate @winner of each shape is the fastest by far, the table's
 * far slower than all. */
static char *with_winner(const char *text, guint winner)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *changed = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], "\t", -1);

        g_string_append_printf(changed, "%s%s", i > 0 ? "\n" : "",
                               words[0] != NULL ? words[0] : "");
        for (guint j = 1; words[0] != NULL && words[j] != NULL; j++) {
            const guint n = g_strv_length(words) - 1;
            const guint ns = j - 1 == winner % n ? 1000 : 1000000 * j;

            g_string_append_printf(changed, "\t%.*s %u", (int)strcspn(words[j], " "), words[j], ns);
        }
    }
    return g_string_free(changed, FALSE);
}

static void assert_same(const VinPlan *a, const VinPlan *b)
{
    g_assert_cmpuint(a->n_steps, ==, b->n_steps);
    for (guint i = 0; i < a->n_steps; i++) {
        g_assert_true(a->steps[i].kernel == b->steps[i].kernel);
        g_assert_cmpstr(a->steps[i].reason, ==, b->steps[i].reason);
    }
}

/* In the order of the table; how many. */
static guint candidates_of(const VinPlan *plan, const VinStep *step, const VinKernel **candidates)
{
    return vin_select_candidates(step->node, &step->orders, vin_device_get_caps(plan->device),
                                 candidates, VIN_MAX_TRIALS);
}

/* Steps that several kernels can run. */
static guint count_choices(const VinPlan *plan)
{
    const VinKernel *candidates[VIN_MAX_TRIALS];
    guint n = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        n += candidates_of(plan, &plan->steps[i], candidates) > 1;
    }
    return n;
}

static guint count_timed_reasons(const VinPlan *plan)
{
    guint n = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        n += strstr(plan->steps[i].reason, " timed: ") != NULL;
    }
    return n;
}

static void test_once(void)
{
    g_autoptr(VinPlan) table = NULL, first = NULL, second = NULL;

    if (!need_times()) {
        return;
    }
    remove_cache();
    table = plan_new(NULL, 1);
    first = tuned_plan();
    g_assert_cmpuint(table->n_tuned, ==, 0);
    g_assert_cmpuint(count_timed_reasons(table), ==, 0);
    g_assert_cmpuint(count_choices(first), >=, 4); /* convolutions, two of them alike */
    g_assert_cmpuint(first->n_tuned, ==, count_choices(first) - 1);
    g_assert_cmpuint(first->n_timed, ==, first->n_tuned);
    g_assert_cmpuint(count_timed_reasons(first), ==, count_choices(first));
    second = tuned_plan();
    g_assert_cmpuint(second->n_tuned, ==, first->n_tuned);
    g_assert_cmpuint(second->n_timed, ==, 0);
    assert_same(first, second);
    /* those of the kernels that lost are gone */
    g_assert_cmpuint(vin_pipelines_count(first->pipelines), ==,
                     vin_pipelines_count(second->pipelines));
}

static void check_kernels(VinPlan *plan, gpointer data)
{
    const guint winner = GPOINTER_TO_UINT(data);

    g_assert_cmpuint(plan->n_timed, ==, 0);
    g_assert_cmpuint(count_timed_reasons(plan), ==, count_choices(plan));
    for (guint i = 0; i < plan->n_steps; i++) {
        const VinStep *step = &plan->steps[i];
        const VinKernel *candidates[VIN_MAX_TRIALS];
        const guint n = candidates_of(plan, step, candidates);

        if (n > 1) {
            g_test_message("%s: %s, %s", step->name, step->kernel->name, step->reason);
            g_assert_true(step->kernel == candidates[winner % n]);
        }
    }
}

/* A batch has the kernels that were timed for one image, and so its weights. */
static void check_batch(const VinCheck *check)
{
    g_autoptr(VinPlan) base = tuned_plan();
    g_autoptr(VinNet) net = make_net(4);
    VinPlanParams params = {.batch = 4, .base = base};
    VinCheck batch = *check;
    g_autoptr(VinPlan) plan = plan_new(&params, 4);

    g_assert_true(plan->shares_weights);
    for (guint i = 0; i < plan->n_steps; i++) {
        g_assert_true(plan->steps[i].kernel == base->steps[i].kernel);
    }
    batch.tune = FALSE;
    batch.adjust = NULL;
    batch.base = base;
    vin_check_graph(net->graph, &batch);
}

/* Whichever kernels win, the result is right. */
static void test_any_winner(void)
{
    g_autoptr(VinNet) net = make_net(1);
    g_autoptr(VinPlan) plan = NULL;
    g_autofree char *text = NULL;

    if (!need_times()) {
        return;
    }
    plan = tuned_plan();
    text = read_cache();
    for (guint winner = 0; winner < 6; winner++) {
        const VinCheck check = {.bound = VIN_BOUND_RANGE,
                                .eps = 2e-5,
                                .tune = TRUE,
                                .adjust = check_kernels,
                                .adjust_data = GUINT_TO_POINTER(winner)};
        g_autofree char *changed = with_winner(text, winner);

        write_cache(changed);
        vin_check_graph(net->graph, &check);
        check_batch(&check);
    }
    remove_cache();
}

/* The file as bytes, changed by @change; a new plan times all anew and replaces it. */
static void check_refused(void (*change)(const char *path, const VinCacheKey *key))
{
    VinCacheKey key;
    g_autofree char *path = cache_path(&key);
    g_autoptr(VinPlan) first = tuned_plan(), again = NULL, last = NULL;

    change(path, &key);
    again = tuned_plan();
    g_assert_cmpuint(again->n_timed, ==, again->n_tuned);
    last = tuned_plan();
    g_assert_cmpuint(last->n_timed, ==, 0);
    assert_same(again, last);
}

static void flip_byte(const char *path, gsize at)
{
    g_autofree char *bytes = NULL;
    gsize n_bytes = 0;

    g_assert_true(g_file_get_contents(path, &bytes, &n_bytes, NULL));
    bytes[MIN(at, n_bytes - 1)] ^= 1;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)n_bytes, NULL));
    g_chmod(path, 0600);
}

static void damage(const char *path, const VinCacheKey *key)
{
    flip_byte(path, G_MAXSIZE);
}

static void make_old(const char *path, const VinCacheKey *key)
{
    flip_byte(path, 40); /* the library's version */
}

static void cut(const char *path, const VinCacheKey *key)
{
    g_assert_cmpint(truncate(path, 120), ==, 0);
}

static void let_others_write(const char *path, const VinCacheKey *key)
{
    g_assert_cmpint(g_chmod(path, 0666), ==, 0);
}

static void make_foreign(const char *path, const VinCacheKey *key)
{
    VinCacheKey other = *key;
    g_autofree char *text = read_cache();

    other.driver_version++;
    g_assert_true(vin_cache_file_write(path, &other, (const guint8 *)text, strlen(text), NULL));
}

static void write_rubbish(const char *path, const VinCacheKey *key)
{
    write_cache("vkinception tuning 0\nno\n");
}

static void write_odd_lines(const char *path, const VinCacheKey *key)
{
    g_autofree char *text = read_cache();

    for (char *at = text + strlen(HEAD); *at != '\0'; at++) { /* no kernel has such a name */
        *at = *at == '_' ? '-' : *at;
    }
    write_cache(text);
}

static void test_refused(void)
{
    void (*const changes[])(const char *path, const VinCacheKey *key) = {
        damage, make_old, cut, let_others_write, make_foreign, write_rubbish, write_odd_lines};

    for (guint i = 0; i < G_N_ELEMENTS(changes) && need_times(); i++) {
        g_test_message("change %u", i);
        check_refused(changes[i]);
    }
}

/* Another network adds to the file, and loses nothing of the first. */
static void test_added(void)
{
    const VinPlanParams params = {.tune = TRUE};
    VinShape shape = vin_shape_nchw(1, 4, 9, 9);
    g_autoptr(VinNet) net = vin_net_new(8, &shape);
    g_autoptr(VinPlan) first = NULL, other = NULL, second = NULL;
    g_autoptr(GError) error = NULL;

    if (!need_times()) {
        return;
    }
    remove_cache();
    first = tuned_plan();
    vin_net_output(net, vin_net_conv(net, net->input, 5, 3, 1, 1, TRUE));
    other = vin_plan_new(net->graph, vin_check_device(), &params, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(other->n_timed, ==, 1);
    second = tuned_plan();
    g_assert_cmpuint(second->n_timed, ==, 0);
}

static void test_processes(void)
{
    const char *const argv[] = {program, "--child", NULL};
    GPid pids[N_CHILDREN];
    g_autoptr(VinPlan) plan = NULL;

    if (!need_times()) {
        return;
    }
    remove_cache();
    for (guint i = 0; i < N_CHILDREN; i++) {
        g_autoptr(GError) error = NULL;

        g_spawn_async(NULL, (char **)argv, NULL,
                      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, &pids[i],
                      &error);
        g_assert_no_error(error);
    }
    for (guint i = 0; i < N_CHILDREN; i++) {
        int status = -1;

        g_assert_cmpint(waitpid(pids[i], &status, 0), ==, pids[i]);
        g_assert_cmpint(status, ==, 0);
    }
    plan = tuned_plan();
    g_assert_cmpuint(plan->n_timed, ==, 0);
}

static int child(void)
{
    g_autoptr(VinPlan) plan = tuned_plan();

    return plan->n_tuned > 0 ? 0 : 1;
}

static void run_engine(const VinEngineParams *params, VinResult *result, char **text)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(params);
    g_autoptr(VinStream) stream = rig_stream(engine);
    g_autofree guint8 *pixels = rig_noise_pixels(5, 40, 20, 30);
    const VinFrame frame = rig_rgb_frame(pixels);
    g_autoptr(GError) error = NULL;

    vin_stream_run(stream, &frame, result, &error);
    g_assert_no_error(error);
    *text = vin_engine_describe(engine, VIN_DESCRIBE_TEXT);
}

/* An engine on a software driver tunes only where the environment says so; then it gives the same
 * result. */
static void test_engine(void)
{
    const VinEngineParams once = {.autotune = VIN_AUTOTUNE_ONCE, .precision = VIN_PRECISION_FP32};
    const VinEngineParams off = {.precision = VIN_PRECISION_FP32};
    const VinEngineParams none = {.autotune = VIN_AUTOTUNE_ONCE + 1};
    VinEnv *env = (VinEnv *)vin_env_get();
    g_autofree char *plain = NULL, *asked = NULL, *tuned = NULL, *refused = NULL;
    g_autoptr(GError) error = NULL;
    VinResult expected, result;

    if (!need_times()) {
        return;
    }
    remove_cache();
    run_engine(&off, &expected, &plain);
    g_assert_null(strstr(plain, " timed: "));
    run_engine(&once, &result, &asked);
    g_assert_true((strstr(asked, " timed: ") == NULL) ==
                  vin_device_get_caps(rig_device)->is_software);
    env->autotune = "once";
    run_engine(&off, &result, &tuned);
    g_assert_nonnull(strstr(tuned, " timed: "));
    g_assert_cmpuint(result.n_top, ==, expected.n_top);
    for (guint i = 0; i < result.n_top; i++) {
        g_assert_cmpuint(result.top[i].index, ==, expected.top[i].index);
        g_assert_cmpfloat(fabsf(result.top[i].score - expected.top[i].score), <, 1e-4f);
    }
    env->autotune = "off";
    run_engine(&once, &result, &refused);
    g_assert_null(strstr(refused, " timed: "));
    env->autotune = NULL;
    g_assert_null(vin_engine_new(rig_model, rig_device, &none, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

int main(int argc, char **argv)
{
    int status;

    if (argc > 1 && strcmp(argv[1], "--child") == 0) {
        return child();
    }
    g_test_init(&argc, &argv, NULL);
    program = argv[0];
    folder = g_dir_make_tmp("vin-tune-XXXXXX", NULL);
    g_setenv("VIN_CACHE_DIR", folder, TRUE);
    rig_open();
    g_test_add_func("/tune/once", test_once);
    g_test_add_func("/tune/any-winner", test_any_winner);
    g_test_add_func("/tune/refused", test_refused);
    g_test_add_func("/tune/added", test_added);
    g_test_add_func("/tune/processes", test_processes);
    g_test_add_func("/tune/engine", test_engine);
    status = rig_run();
    if (vin_check_device() != NULL) {
        remove_cache();
    }
    g_rmdir(folder);
    g_free(folder);
    return status;
}
