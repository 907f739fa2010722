/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The engine over a tiny network: scores against the reference, tickets, frames that change,
 * two threads, wrong frames. Every frame's result is held against the network run on what
 * vin_stream_preprocess() says of it, so no recipe is assumed here.
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include <vkinception/vkinception.h>

#include "model/model.h"
#include "support/random.h"
#include "support/tiny_model.h"
#include "tests/ref/ref.h"

#define N_CLASSES 7
#define N_VALUES (3 * VIN_TINY_MODEL_SIZE * VIN_TINY_MODEL_SIZE)
#define WIDTH 40
#define HEIGHT 30

static VinDevice *device;
static VinModel *model;
static GError *no_device;

static VinEngine *engine_or_skip(const VinEngineParams *params)
{
    g_autoptr(GError) error = NULL;
    VinEngine *engine;

    if (device == NULL) {
        g_test_skip(no_device->message);
        return NULL;
    }
    engine = vin_engine_new(model, device, params, &error);
    g_assert_no_error(error);
    return engine;
}

static VinStream *new_stream(VinEngine *engine)
{
    g_autoptr(GError) error = NULL;
    VinStream *stream = vin_stream_new(engine, &error);

    g_assert_no_error(error);
    return stream;
}

/* A picture of noise around @red, @green, @blue in tight RGB. To g_free(). */
static guint8 *noise_pixels(guint64 seed, guint red, guint green, guint blue)
{
    VinRandom random = {seed};
    guint8 *pixels = g_malloc(WIDTH * HEIGHT * 4);

    for (guint i = 0; i < WIDTH * HEIGHT; i++) {
        pixels[3 * i] = (guint8)(red + vin_random_range(&random, 0, 40));
        pixels[3 * i + 1] = (guint8)(green + vin_random_range(&random, 0, 40));
        pixels[3 * i + 2] = (guint8)(blue + vin_random_range(&random, 0, 40));
    }
    return pixels;
}

static VinFrame rgb_frame(const guint8 *pixels)
{
    return (VinFrame){
        .format = VIN_FORMAT_RGB, .width = WIDTH, .height = HEIGHT, .planes = {pixels}};
}

static void check_same(const VinResult *a, const VinResult *b)
{
    g_assert_cmpuint(a->n_top, ==, b->n_top);
    for (guint i = 0; i < a->n_top; i++) {
        g_assert_cmpuint(a->top[i].index, ==, b->top[i].index);
        g_assert_cmpfloat(a->top[i].score, ==, b->top[i].score);
    }
}

/* What @frame gives when it is pre-processed, read back and run as a tensor. */
static VinResult expected_result(VinStream *stream, const VinFrame *frame)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *values = g_new0(float, N_VALUES);
    VinResult result;

    vin_stream_preprocess(stream, frame, values, N_VALUES, &error);
    g_assert_no_error(error);
    vin_stream_run_tensor(stream, values, N_VALUES, &result, &error);
    g_assert_no_error(error);
    return result;
}

static void test_reference(void)
{
    const VinEngineParams params = {.top_k = 100, .all_scores = TRUE};
    g_autoptr(VinEngine) engine = engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    const VinGraph *graph = vin_model_get_graph(model);
    VinRandom random = {1};

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    for (guint round = 0; round < 5; round++) {
        g_autofree float *values = vin_random_floats(&random, N_VALUES, 0.0f, 1.0f);
        g_autoptr(GPtrArray) all = NULL;
        g_autoptr(GError) error = NULL;
        const double *expected;
        VinResult result;
        double sum = 0;

        vin_ref_run(graph, values, N_VALUES, &all, &error);
        g_assert_no_error(error);
        expected = vin_ref_values(all, g_ptr_array_index(graph->outputs, 0));
        vin_stream_run_tensor(stream, values, N_VALUES, &result, &error);
        g_assert_no_error(error);

        g_assert_cmpuint(result.n_top, ==, N_CLASSES);
        g_assert_nonnull(result.scores);
        for (guint i = 0; i < N_CLASSES; i++) {
            g_assert_cmpfloat(fabs(result.scores[i] - expected[i]), <, 1e-5);
            g_assert_cmpfloat(result.top[i].score, ==, result.scores[result.top[i].index]);
            g_assert_true(i == 0 || result.top[i].score <= result.top[i - 1].score);
            sum += result.top[i].score;
        }
        g_assert_cmpfloat(fabs(sum - 1.0), <, 1e-5);
    }
}

static void test_brightest_channel(void)
{
    const VinEngineParams params = {.top_k = 2, .slots = 1};
    g_autoptr(VinEngine) engine = engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    for (guint channel = 0; channel < 3; channel++) {
        g_autofree float *values = g_new0(float, N_VALUES);
        g_autoptr(GError) error = NULL;
        VinResult result;

        for (guint i = 0; i < N_VALUES / 3; i++) {
            values[channel * (N_VALUES / 3) + i] = 0.9f;
        }
        vin_stream_run_tensor(stream, values, N_VALUES, &result, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(result.n_top, ==, 2);
        g_assert_cmpuint(result.top[0].index, ==, channel);
        g_assert_null(result.scores);
    }
}

static void test_tickets(void)
{
    const VinEngineParams params = {.slots = 3};
    g_autoptr(VinEngine) engine = engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    guint8 *pixels[3];
    VinTicket tickets[3], extra = 0;
    VinResult expected[3], result;
    VinFrame frame;

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    for (guint i = 0; i < 3; i++) {
        pixels[i] = noise_pixels(i, i == 0 ? 200 : 9, i == 1 ? 200 : 9, i == 2 ? 200 : 9);
        frame = rgb_frame(pixels[i]);
        expected[i] = expected_result(stream, &frame);
    }
    g_assert_cmpuint(expected[0].top[0].index, !=, expected[2].top[0].index);
    for (guint round = 0; round < 3; round++) {
        for (guint i = 0; i < 3; i++) {
            frame = rgb_frame(pixels[i]);
            g_assert_true(vin_stream_submit(stream, &frame, &tickets[i], &error));
            g_assert_cmpuint(tickets[i], !=, 0);
        }
        g_assert_false(vin_stream_submit(stream, &frame, &extra, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_BUSY);
        g_clear_error(&error);
        for (guint i = 0; i < 3; i++) {
            const guint which = (i + round + 2) % 3;

            g_assert_true(vin_stream_collect(stream, tickets[which], &result, &error));
            check_same(&result, &expected[which]);
            g_assert_true(vin_stream_is_done(stream, tickets[which]));
            g_assert_false(vin_stream_collect(stream, tickets[which], &result, &error));
            g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
            g_clear_error(&error);
        }
    }
    g_assert_false(vin_stream_collect(stream, 0, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    frame = rgb_frame(pixels[0]); /* left in flight: freeing the stream waits for it */
    g_clear_error(&error);
    g_assert_true(vin_stream_submit(stream, &frame, &extra, &error));
    for (guint i = 0; i < 3; i++) {
        g_free(pixels[i]);
    }
}

/* Format, size, stride and crop change from frame to frame; the stream keeps up. */
static void test_changing_frames(void)
{
    const VinEngineParams params = {.slots = 2, .top_k = 3};
    g_autoptr(VinEngine) engine = engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    VinRandom random = {77};

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    for (guint round = 0; round < 40; round++) {
        const VinFormat format = (VinFormat)vin_random_range(&random, 1, VIN_N_FORMATS - 1);
        VinFrame frame = {
            .format = format,
            .width = vin_random_range(&random, 1, 70),
            .height = vin_random_range(&random, 1, 70),
        };
        VinFrame packed = frame;
        g_autofree guint8 *loose = g_malloc(300 * 70 * 3);
        g_autofree guint8 *tight = g_malloc(300 * 70 * 3);
        g_autoptr(GError) error = NULL;
        VinResult result, expected;

        for (guint i = 0; i < 300 * 70 * 3; i++) {
            loose[i] = (guint8)vin_random_u32(&random);
        }
        for (guint i = 0; i < vin_format_n_planes(format); i++) {
            guint row_bytes, n_rows;

            vin_format_plane_size(format, i, frame.width, frame.height, &row_bytes, &n_rows);
            frame.planes[i] = loose + i * 300 * 70;
            frame.strides[i] = row_bytes + vin_random_range(&random, 0, 20);
            packed.planes[i] = tight + i * 300 * 70;
            for (guint y = 0; y < n_rows; y++) {
                memcpy(tight + i * 300 * 70 + y * row_bytes,
                       frame.planes[i] + y * frame.strides[i], row_bytes);
            }
        }
        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
        expected = expected_result(stream, &packed);
        check_same(&result, &expected);
    }
}

static void expect_invalid(VinStream *stream, VinFrame frame)
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    g_assert_false(vin_stream_run(stream, &frame, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

static void test_wrong_frames(void)
{
    g_autoptr(VinEngine) engine = engine_or_skip(NULL);
    g_autoptr(VinStream) stream = NULL;
    g_autofree guint8 *pixels = noise_pixels(5, 1, 2, 3);
    const VinFrame good = rgb_frame(pixels);
    g_autoptr(GError) error = NULL;
    float value = 0;
    VinFrame frame;
    VinResult result;

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    frame = good, frame.format = VIN_FORMAT_UNKNOWN;
    expect_invalid(stream, frame);
    frame = good, frame.format = VIN_N_FORMATS;
    expect_invalid(stream, frame);
    frame = good, frame.width = 0;
    expect_invalid(stream, frame);
    frame = good, frame.height = 16385;
    expect_invalid(stream, frame);
    frame = good, frame.planes[0] = NULL;
    expect_invalid(stream, frame);
    frame = good, frame.strides[0] = 3 * WIDTH - 1;
    expect_invalid(stream, frame);
    frame = good, frame.crop_x = WIDTH;
    expect_invalid(stream, frame);
    frame = good, frame.crop_y = 1, frame.crop_height = HEIGHT;
    expect_invalid(stream, frame);
    frame = good, frame.crop_x = 2, frame.crop_width = G_MAXUINT;
    expect_invalid(stream, frame);

    g_assert_false(vin_stream_run_tensor(stream, &value, 1, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(vin_stream_preprocess(stream, &good, &value, 1, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_true(vin_stream_run(stream, &good, &result, &error)); /* still in order */
    g_assert_no_error(error);
}

static void test_wrong_params(void)
{
    const VinEngineParams many_classes = {.top_k = VIN_MAX_TOP_K + 1};
    const VinEngineParams many_slots = {.slots = 17};
    g_autoptr(GError) error = NULL;

    if (device == NULL) {
        g_test_skip(no_device->message);
        return;
    }
    g_assert_null(vin_engine_new(model, device, &many_classes, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_null(vin_engine_new(model, device, &many_slots, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

static gpointer run_many(gpointer data)
{
    VinEngine *engine = data;
    g_autoptr(VinStream) stream = new_stream(engine);
    guint8 *pixels[4];
    VinResult expected[4];

    for (guint i = 0; i < 4; i++) {
        VinFrame frame;

        pixels[i] = noise_pixels(GPOINTER_TO_UINT(g_thread_self()) + i, 60 * i, 100, 180 - 60 * i);
        frame = rgb_frame(pixels[i]);
        expected[i] = expected_result(stream, &frame);
    }
    for (guint i = 0; i < 60; i++) {
        const VinFrame frame = rgb_frame(pixels[i % 4]);
        g_autoptr(GError) error = NULL;
        VinResult result;

        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
        check_same(&result, &expected[i % 4]);
    }
    for (guint i = 0; i < 4; i++) {
        g_free(pixels[i]);
    }
    return NULL;
}

static void test_threads(void)
{
    g_autoptr(VinEngine) engine = engine_or_skip(NULL);
    GThread *threads[3];

    if (engine == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("frames", run_many, engine);
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
}

typedef struct {
    guint n_calls, done, total;
} Told;

static void on_progress(guint done, guint total, const char *what, gpointer user_data)
{
    Told *told = user_data;

    g_assert_cmpstr(what, !=, "");
    g_assert_cmpuint(done, <=, total);
    g_assert_cmpuint(done, >=, told->done);
    g_assert_false(told->n_calls > 0 && told->done == told->total); /* the end was the end */
    told->n_calls++;
    told->done = done;
    told->total = total;
}

static void test_progress(gconstpointer data)
{
    Told told = {0};
    const VinEngineParams params = {
        .progress = on_progress,
        .progress_data = &told,
        .disable_warm_up = GPOINTER_TO_INT(data),
    };
    g_autoptr(VinEngine) engine = engine_or_skip(&params);

    if (engine == NULL) {
        return;
    }
    g_assert_cmpuint(told.n_calls, >, 1);
    g_assert_cmpuint(told.done, ==, told.total);
}

static void test_times(void)
{
    const VinEngineParams params = {.time_layers = TRUE};
    g_autoptr(VinEngine) engine = engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autofree guint8 *pixels = noise_pixels(6, 10, 20, 30);
    const VinFrame frame = rgb_frame(pixels);
    g_autoptr(GError) error = NULL;
    const VinLayerTime *layers;
    VinResult result;
    guint64 sum = 0;
    guint n = 9;

    if (engine == NULL) {
        return;
    }
    stream = new_stream(engine);
    g_assert_null(vin_stream_get_layer_times(stream, &n));
    g_assert_cmpuint(n, ==, 0);
    vin_stream_run(stream, &frame, &result, &error);
    g_assert_no_error(error);
    layers = vin_stream_get_layer_times(stream, &n);
    if (result.gpu_ns == 0) {
        g_assert_null(layers);
        g_test_skip("the device has no timestamps");
        return;
    }
    g_assert_nonnull(layers);
    g_assert_cmpuint(n, >=, 3);
    for (guint i = 0; i < n; i++) {
        g_assert_cmpstr(layers[i].name, !=, "");
        g_assert_nonnull(layers[i].kernel);
        sum += layers[i].gpu_ns;
    }
    g_assert_cmpuint(sum, >, 0);
    g_assert_cmpuint(sum, <=, result.gpu_ns + 1000);
}

static void test_describe(void)
{
    g_autoptr(VinEngine) engine = engine_or_skip(NULL);
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;
    g_autofree char *dot = NULL;

    if (engine == NULL) {
        return;
    }
    g_assert_true(vin_engine_get_model(engine) == model);
    g_assert_true(vin_engine_get_device(engine) == device);
    text = vin_engine_describe(engine, VIN_DESCRIBE_TEXT);
    g_assert_nonnull(strstr(text, vin_device_get_info(device)->name));
    g_assert_nonnull(strstr(text, "conv_direct"));
    json = vin_engine_describe(engine, VIN_DESCRIBE_JSON);
    g_assert_true(g_str_has_prefix(json, "{") && g_str_has_suffix(json, "}"));
    g_assert_nonnull(strstr(json, "\"steps\":["));
    dot = vin_engine_describe(engine, VIN_DESCRIBE_DOT);
    g_assert_nonnull(strstr(dot, "digraph"));
}

static void load_tiny_model(const char *path)
{
    const VinModelParams params = {.name = path};
    g_autoptr(GError) error = NULL;

    vin_tiny_model_write(path, N_CLASSES, &error);
    g_assert_no_error(error);
    model = vin_model_load(&params, &error);
    g_assert_no_error(error);
}

static void add_tests(void)
{
    g_test_add_func("/engine/reference", test_reference);
    g_test_add_func("/engine/brightest-channel", test_brightest_channel);
    g_test_add_func("/engine/tickets", test_tickets);
    g_test_add_func("/engine/changing-frames", test_changing_frames);
    g_test_add_func("/engine/wrong-frames", test_wrong_frames);
    g_test_add_func("/engine/wrong-params", test_wrong_params);
    g_test_add_func("/engine/threads", test_threads);
    g_test_add_data_func("/engine/progress", GINT_TO_POINTER(FALSE), test_progress);
    g_test_add_data_func("/engine/progress-cold", GINT_TO_POINTER(TRUE), test_progress);
    g_test_add_func("/engine/times", test_times);
    g_test_add_func("/engine/describe", test_describe);
}

int main(int argc, char **argv)
{
    g_autofree char *folder = NULL;
    g_autofree char *path = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("vin-engine-XXXXXX", NULL);
    path = g_build_filename(folder, "tiny.onnx", NULL);
    vin_log_set_func(NULL, VIN_LOG_ERROR, NULL);
    load_tiny_model(path);
    device = vin_device_new(NULL, &no_device);
    add_tests();
    status = g_test_run();
    vin_device_unref(device);
    vin_model_unref(model);
    g_clear_error(&no_device);
    g_unlink(path);
    g_rmdir(folder);
    return status;
}
