/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * GoogLeNet on labelled photographs, pre-processed as the stored scores were, against those
 * scores: the same top-1 for every photo, every probability within 1e-4. Every fifth photo; all
 * hundred with VIN_TEST_FULL=1.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <sys/wait.h>

#include <vkinception/vkinception.h>

#define N_PHOTOS 100
#define N_CLASSES 1000
#define N_VALUES (3 * 224 * 224)
#define BOUND 1e-4

static gboolean fetch_tensors(const char *folder, guint step, const char *out)
{
    const char *source = g_getenv("VIN_SOURCE_ROOT");
    g_autofree char *script = NULL;
    g_autofree char *step_text = g_strdup_printf("%u", step);
    g_autofree char *output = NULL;
    g_autofree char *errors = NULL;
    g_autoptr(GError) error = NULL;
    gint status = 0;

    g_assert_nonnull(source);
    script = g_build_filename(source, "tests", "golden", "photo_tensors.py", NULL);
    {
        char *argv[] = {"python3", script, (char *)folder, step_text, (char *)out, NULL};

        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status,
                     &error);
    }
    g_assert_no_error(error);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        g_test_skip(g_strstrip(output));
        return FALSE;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        g_error("photo_tensors.py ended with wait status %d: %s%s", status, output, errors);
    }
    return TRUE;
}

static guint argmax(const float *scores)
{
    guint best = 0;

    for (guint i = 1; i < N_CLASSES; i++) {
        best = scores[i] > scores[best] ? i : best;
    }
    return best;
}

/* The largest difference of a probability. */
static double check_photo(VinStream *stream, const float *tensor, const float *expected,
                          guint photo)
{
    g_autoptr(GError) error = NULL;
    VinResult result;
    double worst = 0;

    vin_stream_run_tensor(stream, tensor, N_VALUES, &result, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_CLASSES; i++) {
        const double difference = fabs((double)result.scores[i] - expected[i]);

        if (!(difference <= BOUND)) { /* so that NaN fails, too */
            g_error("photo %u, class %u: %g, expected %g", photo, i, result.scores[i],
                    expected[i]);
        }
        worst = MAX(worst, difference);
    }
    if (result.top[0].index != argmax(expected)) {
        g_error("photo %u: class %u first, expected %u", photo, result.top[0].index,
                argmax(expected));
    }
    return worst;
}

static VinStream *open_stream(const char *model_path)
{
    const VinModelParams model_params = {.name = model_path};
    const VinEngineParams params = {.all_scores = TRUE, .slots = 1};
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = vin_device_new(NULL, &error);
    g_autoptr(VinModel) model = NULL;
    g_autoptr(VinEngine) engine = NULL;
    VinStream *stream;

    if (device == NULL) {
        g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
        g_test_skip(error->message);
        return NULL;
    }
    model = vin_model_load(&model_params, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(vin_model_get_n_classes(model), ==, N_CLASSES);
    engine = vin_engine_new(model, device, &params, &error);
    g_assert_no_error(error);
    stream = vin_stream_new(engine, &error);
    g_assert_no_error(error);
    return stream;
}

static void compare_all(VinStream *stream, const char *scores_path, const char *tensors_path,
                        guint step)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GMappedFile) scores = g_mapped_file_new(scores_path, FALSE, &error);
    g_autoptr(GMappedFile) tensors = NULL;
    const guint n = N_PHOTOS / step;
    double worst = 0;
    gint64 start;

    g_assert_no_error(error);
    tensors = g_mapped_file_new(tensors_path, FALSE, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_mapped_file_get_length(scores), ==, N_PHOTOS * N_CLASSES * sizeof(float));
    g_assert_cmpuint(g_mapped_file_get_length(tensors), ==, n * N_VALUES * sizeof(float));
    start = g_get_monotonic_time();
    for (guint i = 0; i < n; i++) {
        const float *tensor = (const float *)(void *)g_mapped_file_get_contents(tensors);
        const float *expected = (const float *)(void *)g_mapped_file_get_contents(scores);
        const double difference = check_photo(stream, tensor + (gsize)i * N_VALUES,
                                              expected + (gsize)i * step * N_CLASSES, i * step);

        worst = MAX(worst, difference);
    }
    g_test_message("%u photos, largest difference %g, %.1f ms a photo", n, worst,
                   (double)(g_get_monotonic_time() - start) / 1e3 / n);
}

static void test_photos(void)
{
    const char *shared = g_getenv("VIN_SHARED_DIR");
    const guint step = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0 ? 1 : 5;
    g_autofree char *model = NULL;
    g_autofree char *photos = NULL;
    g_autofree char *scores = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *tensors = NULL;
    g_autoptr(VinStream) stream = NULL;

    if (shared == NULL || !g_file_test(shared, G_FILE_TEST_IS_DIR)) {
        g_test_skip("no reference data: VIN_SHARED_DIR is not a folder");
        return;
    }
    model = g_build_filename(shared, "models", "googlenet.onnx", NULL);
    photos = g_build_filename(shared, "images", NULL);
    scores = g_build_filename(shared, "reference", "googlenet_images_prob_100x1000.f32", NULL);
    folder = g_dir_make_tmp("vin-golden-XXXXXX", NULL);
    tensors = g_build_filename(folder, "tensors.f32", NULL);
    stream = open_stream(model);
    if (stream != NULL && fetch_tensors(photos, step, tensors)) {
        compare_all(stream, scores, tensors, step);
    }
    g_unlink(tensors);
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/googlenet", test_photos);
    return g_test_run();
}
