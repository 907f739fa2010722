/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which classes a result holds: the best of those that are selected, whatever their number, with
 * the scores they have without a selection; and networks whose scores are not numbers.
 */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "engine_rig.h"
#include "model/model.h"
#include "support/random.h"
#include "tests/ref/ref.h"

typedef struct {
    guint n_warnings;
    char *last;
} Heard;

static Heard heard;

static void listen(VinLogLevel level, const char *message, gpointer user_data)
{
    if (level == VIN_LOG_WARN && strstr(message, "not a number") != NULL) {
        heard.n_warnings++;
        g_free(heard.last);
        heard.last = g_strdup(message);
    }
}

/* A tiny model of its own; NULL, with the test skipped, without a device. */
static VinModel *load_odd(const VinTinyModel *odd, VinActivation activation)
{
    g_autofree char *folder = NULL;
    g_autofree char *path = NULL;
    VinModelParams params = {.activation = activation};
    g_autoptr(GError) error = NULL;
    VinModel *model;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return NULL;
    }
    folder = g_dir_make_tmp("vin-select-XXXXXX", NULL);
    path = g_build_filename(folder, "odd.onnx", NULL);
    vin_tiny_model_write_odd(path, odd, &error);
    g_assert_no_error(error);
    params.name = path;
    model = vin_model_load(&params, &error);
    g_assert_no_error(error);
    g_unlink(path);
    g_rmdir(folder);
    return model;
}

static VinStream *open_stream(VinModel *model, const VinEngineParams *params)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinEngine) engine = vin_engine_new(model, rig_device, params, &error);

    g_assert_no_error(error);
    return rig_stream(engine);
}

static float *random_input(guint64 seed)
{
    VinRandom random = {seed};

    return vin_random_floats(&random, RIG_N_VALUES, 0.0f, 1.0f);
}

static VinResult run(VinStream *stream, const float *values)
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    vin_stream_run_tensor(stream, values, RIG_N_VALUES, &result, &error);
    g_assert_no_error(error);
    return result;
}

static gint by_rank(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
    const float *scores = user_data;

    if (scores[x] != scores[y]) {
        return scores[x] > scores[y] ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

/* @result is the best @k of the classes for which index % @every == 0. */
static void check_best(const VinResult *result, const float *scores, guint n_classes, guint every,
                       guint k)
{
    const guint n = (n_classes + every - 1) / every;
    g_autofree guint32 *order = g_new(guint32, n);

    for (guint i = 0; i < n; i++) {
        order[i] = i * every;
    }
    g_qsort_with_data(order, (gint)n, sizeof *order, by_rank, (gpointer)scores);
    g_assert_cmpuint(result->n_top, ==, MIN(n, k));
    for (guint i = 0; i < result->n_top; i++) {
        g_assert_cmpuint(result->top[i].index, ==, order[i]);
        g_assert_cmpfloat(result->top[i].score, ==, scores[order[i]]);
    }
}

/* "0,10,20,..." */
static char *list_every(guint n_classes, guint every)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < n_classes; i += every) {
        g_string_append_printf(text, "%u,", i);
    }
    return g_string_free(text, FALSE);
}

/* Through the whole engine, against the reference; then a tenth of the classes, and back. */
static void test_counts(void)
{
    static const guint counts[] = {1, 2, 3, 999, 1000, 1001, 65537, 100000};
    g_autofree float *values = random_input(3);

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        const guint n = counts[i];
        const VinEngineParams params = {
            .top_k = 100, .all_scores = TRUE, .disable_warm_up = TRUE};
        const VinTinyModel usual = {.n_classes = n};
        g_autoptr(VinModel) model = load_odd(&usual, VIN_ACTIVATION_AUTO);
        g_autofree char *tenth = list_every(n, 10);
        g_autofree float *scores = NULL;
        g_autoptr(VinStream) stream = NULL;
        g_autoptr(GPtrArray) all = NULL;
        g_autoptr(GError) error = NULL;
        const VinGraph *graph;
        const double *expected;
        VinResult result;

        if (model == NULL) {
            return;
        }
        stream = open_stream(model, &params);
        result = run(stream, values);
        scores = g_memdup2(result.scores, n * sizeof *scores);
        graph = vin_model_get_graph(model);
        g_assert_true(vin_ref_run(graph, values, RIG_N_VALUES, &all, NULL));
        expected = vin_ref_values(all, g_ptr_array_index(graph->outputs, 0));
        for (guint c = 0; c < n; c++) {
            g_assert_cmpfloat(fabs(scores[c] - expected[c]), <=, 2e-5 * expected[c]);
        }
        check_best(&result, scores, n, 1, 100);
        g_assert_true(vin_stream_select(stream, tenth, NULL, &error));
        g_assert_cmpuint(vin_stream_get_n_top(stream), ==, MIN(100, (n + 9) / 10));
        result = run(stream, values);
        check_best(&result, scores, n, 10, 100);
        g_assert_cmpmem(result.scores, n * sizeof *scores, scores, n * sizeof *scores);
        g_assert_true(vin_stream_select(stream, NULL, NULL, &error));
        result = run(stream, values);
        check_best(&result, scores, n, 1, 100);
    }
}

/* A frame in flight gives what was wanted when it was submitted. */
static void test_in_flight(void)
{
    const VinEngineParams params = {.slots = 4, .top_k = 3, .allow_labels = "class 0,class 1"};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autofree guint8 *pixels = rig_noise_pixels(5, 100, 200, 50);
    const VinFrame frame = rig_rgb_frame(pixels);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    VinTicket tickets[4];
    VinResult results[4];

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    g_assert_cmpuint(vin_stream_get_n_top(stream), ==, 2);
    for (guint round = 0; round < 2; round++) {
        g_assert_true(vin_stream_submit(stream, &frame, &tickets[0], &error));
        g_assert_true(vin_stream_select(stream, NULL, "1", &error));
        g_assert_true(vin_stream_submit(stream, &frame, &tickets[1], &error));
        g_assert_true(vin_stream_set_top_k(stream, 1, &error));
        g_assert_true(vin_stream_submit(stream, &frame, &tickets[2], &error));
        g_assert_true(vin_stream_select(stream, NULL, NULL, &error));
        g_assert_true(vin_stream_set_top_k(stream, 7, &error));
        g_assert_true(vin_stream_submit(stream, &frame, &tickets[3], &error));
        for (guint i = 4; i-- > 0;) {
            g_assert_true(vin_stream_collect(stream, tickets[i], &results[i], &error));
        }
        g_assert_cmpuint(results[0].n_top, ==, 2);
        g_assert_cmpuint(results[0].top[0].index, ==, 1);
        g_assert_cmpuint(results[1].n_top, ==, 3);
        g_assert_cmpuint(results[1].top[0].index, !=, 1);
        g_assert_cmpuint(results[2].n_top, ==, 1);
        g_assert_cmpuint(results[2].top[0].index, ==, results[1].top[0].index);
        g_assert_cmpfloat(results[2].top[0].score, ==, results[1].top[0].score);
        g_assert_cmpuint(results[3].n_top, ==, RIG_N_CLASSES);
        g_assert_cmpuint(results[3].top[0].index, ==, 1);
        g_assert_cmpfloat(results[3].top[0].score, ==, results[0].top[0].score);
        g_assert_true(vin_stream_set_top_k(stream, 0, &error)); /* the engine's */
        g_assert_true(vin_stream_select(stream, "0,1", NULL, &error));
    }
}

/* A mistake is told and changes nothing. */
static void test_wrong(void)
{
    const VinEngineParams wrong = {.deny_labels = "clas 3"};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    g_autofree float *values = random_input(4);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    VinResult result;

    if (engine == NULL) {
        return;
    }
    g_assert_null(vin_engine_new(rig_model, rig_device, &wrong, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "deny-labels: \"clas 3\""));
    g_assert_nonnull(strstr(error->message, "class 3"));
    g_clear_error(&error);
    stream = rig_stream(engine);
    g_assert_true(vin_stream_select(stream, "2,4", NULL, &error));
    g_assert_false(vin_stream_select(stream, "2,7", NULL, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(vin_stream_set_top_k(stream, VIN_MAX_TOP_K + 1, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    result = run(stream, values);
    g_assert_cmpuint(result.n_top, ==, 2);
    g_assert_cmpuint(result.top[0].index + result.top[1].index, ==, 6);
}

/* Equal scores: the lower index first, with a selection and without. */
static void test_ties(void)
{
    const VinTinyModel logits = {.n_classes = 700, .no_softmax = TRUE};
    const VinEngineParams params = {.top_k = 100, .disable_warm_up = TRUE};
    g_autoptr(VinModel) model = load_odd(&logits, VIN_ACTIVATION_SIGMOID);
    g_autofree float *values = g_new0(float, RIG_N_VALUES);
    g_autoptr(VinStream) stream = NULL;
    VinResult result;

    if (model == NULL) {
        return;
    }
    for (guint i = 0; i < RIG_N_VALUES; i++) {
        values[i] = 1e5f; /* every score is 0 or 1 */
    }
    stream = open_stream(model, &params);
    for (guint round = 0; round < 2; round++) {
        result = run(stream, values);
        g_assert_cmpuint(result.n_top, ==, 100);
        for (guint i = 0; i < 100; i++) {
            g_assert_cmpfloat(result.top[i].score, ==, 1);
            g_assert_true(i == 0 || result.top[i].index > result.top[i - 1].index);
        }
        g_assert_true(vin_stream_select(stream, NULL, "0", NULL));
    }
    g_assert_cmpuint(result.top[0].index, !=, 0);
}

/* What is the network's own output when nothing is put behind it. */
static void test_activations(void)
{
    const VinTinyModel logits = {.n_classes = 9, .no_softmax = TRUE};
    const VinEngineParams params = {.top_k = 9, .all_scores = TRUE, .disable_warm_up = TRUE};
    g_autofree float *values = random_input(6);
    g_autofree float *raw = NULL;
    double sum = 0;

    for (guint i = 0; i < 3; i++) {
        static const VinActivation activations[] = {
            VIN_ACTIVATION_NONE, VIN_ACTIVATION_SIGMOID, VIN_ACTIVATION_SOFTMAX};
        g_autoptr(VinModel) model = load_odd(&logits, activations[i]);
        g_autoptr(VinStream) stream = NULL;
        VinResult result;

        if (model == NULL) {
            return;
        }
        stream = open_stream(model, &params);
        result = run(stream, values);
        g_assert_cmpuint(result.n_top, ==, 9);
        for (guint c = 0; c < 9; c++) {
            if (i == 0) {
                raw = raw != NULL ? raw : g_memdup2(result.scores, 9 * sizeof *raw);
                sum += exp(result.scores[c]);
            } else {
                const double wanted = i == 1 ? 1 / (1 + exp(-(double)raw[c]))
                                             : exp((double)raw[c]) / sum;

                g_assert_cmpfloat(fabs(result.scores[c] - wanted), <=, 1e-5 * wanted);
            }
        }
    }
    g_assert_cmpfloat(raw[8], <, 1);
}

/* @n_nan of 9 classes have no number: they are in no result, and a stream says so once. */
static void check_nan(const VinTinyModel *odd, VinActivation activation, guint n_nan)
{
    const VinEngineParams params = {.top_k = 9};
    g_autoptr(VinModel) model = load_odd(odd, activation);
    g_autofree float *values = random_input(8);
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(GError) error = NULL;

    if (model == NULL) {
        return;
    }
    heard.n_warnings = 0;
    vin_log_set_func(listen, VIN_LOG_WARN, NULL);
    engine = vin_engine_new(model, rig_device, &params, &error); /* warms up with a frame */
    g_assert_no_error(error);
    g_assert_cmpuint(heard.n_warnings, ==, 0);
    for (guint i = 1; i <= 2; i++) {
        g_autoptr(VinStream) stream = rig_stream(engine);

        for (guint round = 0; round < 6; round++) {
            const gboolean only_last = round == 4;
            VinResult result;

            g_assert_true(vin_stream_select(stream, only_last ? "8" : round == 3 ? "6,7,8" : NULL,
                                            round == 5 ? "8" : NULL, &error));
            result = run(stream, values);
            if (round == 5 && n_nan == 1) {
                g_assert_cmpuint(result.n_nan, ==, 0);
            } else if (round < 3) {
                g_assert_cmpuint(result.n_nan, ==, n_nan);
                g_assert_cmpuint(result.n_top, ==, 9 - n_nan);
            } else {
                g_assert_cmpuint(result.n_nan, >, 0);
            }
            g_assert_true(!only_last || result.n_top == 0);
            for (guint k = 0; k < result.n_top; k++) {
                g_assert_false(isnan(result.top[k].score));
                g_assert_cmpuint(result.top[k].index, !=, 8);
            }
        }
        g_assert_cmpuint(heard.n_warnings, ==, i);
        g_assert_nonnull(strstr(heard.last, "model odd"));
    }
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_clear_pointer(&heard.last, g_free);
}

static void test_nan(void)
{
    const VinTinyModel one = {.n_classes = 9, .no_softmax = TRUE, .nan_bias = TRUE};
    const VinTinyModel soft = {.n_classes = 9, .nan_bias = TRUE};
    const VinTinyModel filter = {.n_classes = 9, .nan_filter = TRUE};

    check_nan(&one, VIN_ACTIVATION_NONE, 1);
    check_nan(&one, VIN_ACTIVATION_SIGMOID, 1);
    check_nan(&one, VIN_ACTIVATION_SOFTMAX, 9);
    check_nan(&soft, VIN_ACTIVATION_AUTO, 9);
    check_nan(&filter, VIN_ACTIVATION_AUTO, 9); /* through relu, pooling and softmax */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/selecting/counts", test_counts);
    g_test_add_func("/selecting/in-flight", test_in_flight);
    g_test_add_func("/selecting/wrong", test_wrong);
    g_test_add_func("/selecting/ties", test_ties);
    g_test_add_func("/selecting/activations", test_activations);
    g_test_add_func("/selecting/nan", test_nan);
    return rig_run();
}
