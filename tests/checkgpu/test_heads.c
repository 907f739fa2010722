/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The default model from inside the library, and mixing its intermediate softmaxes: the mix
 * equals the weighted mean of what each head gives alone; wrong names and weights are told.
 */
#include <string.h>

#include <vkinception/vkinception.h>

#include "ref/ref.h"
#include "model/model.h"
#include "support/random.h"

#define BOUND 2e-6 /* a few roundings of numbers up to 1 */

static VinModel *model;
static VinDevice *device;
static GError *no_device;
static float *picture;
static gsize n_values;

/* Scores of every class for the test picture. NULL: skipped or failed with @error. */
static float *scores_of(const char *heads, const char *weights, GError **error)
{
    const VinEngineParams params = {
        .heads = heads,
        .head_weights = weights,
        .all_scores = TRUE,
        .disable_warm_up = TRUE,
    };
    g_autoptr(VinEngine) engine = vin_engine_new(model, device, &params, error);
    g_autoptr(VinStream) stream = NULL;
    VinResult result;

    if (engine == NULL) {
        return NULL;
    }
    stream = vin_stream_new(engine, error);
    g_assert_nonnull(stream);
    g_assert_true(vin_stream_run_tensor(stream, picture, n_values, &result, error));
    return g_memdup2(result.scores, vin_model_get_n_classes(model) * sizeof(float));
}

static gboolean skipped(void)
{
    if (device == NULL) {
        g_test_skip(no_device->message);
    }
    return device == NULL;
}

static void test_default_model(void)
{
    g_assert_cmpstr(vin_model_get_name(model), ==, "signal");
    g_assert_true(g_str_has_prefix(vin_model_get_path(model), "builtin:"));
    g_assert_true(vin_model_has_recipe(model));
    g_assert_cmpuint(vin_model_get_n_heads(model), ==, 3);
    g_assert_cmpstr(vin_model_get_head(model, 0), ==, "main");
    g_assert_cmpstr(vin_model_get_head(model, 1), ==, "head_a");
    g_assert_cmpstr(vin_model_get_head(model, 2), ==, "head_b");
    g_assert_null(vin_model_get_head(model, 3));
    g_assert_cmpstr(vin_model_get_label(model, 0), ==, "normal picture");
}

/* Each head alone is what the double-precision reference makes of the same graph. */
static void test_each_head(void)
{
    static const char *const names[] = {"main", "head_a", "head_b"};
    const VinGraph *graph = vin_model_get_graph(model);
    g_autoptr(GPtrArray) values = NULL;

    if (skipped()) {
        return;
    }
    g_assert_true(vin_ref_run(graph, picture, n_values, &values, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const VinTensor *output = g_ptr_array_index(graph->outputs, i);
        const double *expected = vin_ref_values(values, output);
        g_autofree float *scores = scores_of(names[i], NULL, NULL);

        for (guint c = 0; c < vin_model_get_n_classes(model); c++) {
            g_assert_cmpfloat_with_epsilon(scores[c], expected[c], 1e-5);
        }
    }
}

static void test_mix(void)
{
    g_autofree float *a = NULL, *b = NULL, *c = NULL, *mixed = NULL, *usual = NULL;
    gboolean differs = FALSE;

    if (skipped()) {
        return;
    }
    a = scores_of(NULL, NULL, NULL);
    b = scores_of("head_a", NULL, NULL);
    c = scores_of("head_b", "7", NULL);
    mixed = scores_of("head_b, main,head_a", "1,2.5,0.5", NULL);
    usual = scores_of("all", NULL, NULL);
    for (guint i = 0; i < vin_model_get_n_classes(model); i++) {
        g_assert_cmpfloat_with_epsilon(mixed[i], (c[i] + 2.5 * a[i] + 0.5 * b[i]) / 4, BOUND);
        g_assert_cmpfloat_with_epsilon(usual[i], (a[i] + 0.3 * b[i] + 0.3 * c[i]) / 1.6, BOUND);
        differs = differs || ABS(usual[i] - a[i]) > 100 * BOUND;
    }
    g_assert_true(differs);
}

static void test_wrong(void)
{
    static const struct {
        const char *heads, *weights, *part;
    } cases[] = {
        {"head_c", NULL, "it has: main, head_a, head_b"},
        {"main,main", NULL, "named twice"},
        {"main,head_a", "1", "1 numbers for 2 heads"},
        {"main,head_a", "1,-1", "\"-1\" is not a number of 0 or more"},
        {"main,head_a", "1,x", "\"x\" is not a number of 0 or more"},
        {"main", "nan", "\"nan\" is not a number of 0 or more"},
        {"main", "inf", "\"inf\" is not a number of 0 or more"},
        {"main", "0", "add up to 0"},
        {"main,,head_a", NULL, "no head \"\""},
    };

    if (skipped()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(scores_of(cases[i].heads, cases[i].weights, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, cases[i].part));
    }
}

int main(int argc, char **argv)
{
    const VinModelParams params = {0};
    VinRandom random = {7};
    g_autoptr(GError) error = NULL;
    guint width, height;

    g_test_init(&argc, &argv, NULL);
    model = vin_model_load(&params, &error);
    g_assert_no_error(error);
    vin_model_get_input_size(model, &width, &height);
    n_values = (gsize)vin_model_get_input_channels(model) * width * height;
    picture = vin_random_floats(&random, n_values, -2, 2);
    device = vin_device_new(NULL, &no_device);
    g_test_add_func("/heads/default-model", test_default_model);
    g_test_add_func("/heads/each", test_each_head);
    g_test_add_func("/heads/mix", test_mix);
    g_test_add_func("/heads/wrong", test_wrong);
    return g_test_run();
}
