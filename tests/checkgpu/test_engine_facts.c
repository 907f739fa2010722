/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What an engine tells of itself: progress, GPU times, descriptions; parameters it refuses; and
 * that starting, stopping and running for long leave nothing behind.
 */
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "engine_rig.h"
#include "vk/device.h"

#if defined(__SANITIZE_ADDRESS__)
#define FREED_MEMORY_STAYS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FREED_MEMORY_STAYS 1
#endif
#endif
#ifndef FREED_MEMORY_STAYS
#define FREED_MEMORY_STAYS 0 /* the address sanitizer keeps it for a while */
#endif

#define FLAT_BYTES ((guint64)4 << 20) /* growth of a run that keeps nothing */

static void test_wrong_params(void)
{
    const VinEngineParams many_classes = {.top_k = VIN_MAX_TOP_K + 1};
    const VinEngineParams many_slots = {.slots = 65};
    g_autoptr(GError) error = NULL;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    g_assert_null(vin_engine_new(rig_model, rig_device, &many_classes, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_null(vin_engine_new(rig_model, rig_device, &many_slots, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

static void check_precision(VinPrecision precision, const char *name)
{
    const VinEngineParams params = {.precision = precision};
    g_autoptr(GError) error = NULL;
    g_autoptr(VinEngine) engine = vin_engine_new(rig_model, rig_device, &params, &error);
    g_autofree char *json = NULL;
    g_autofree char *wanted = g_strdup_printf("\"precision\":\"%s\"", name);

    g_assert_no_error(error);
    json = vin_engine_describe(engine, VIN_DESCRIBE_JSON);
    g_assert_nonnull(strstr(json, wanted));
    g_assert_true(precision == VIN_PRECISION_INT8 ||
                  (strstr(json, "\"kernel\":\"conv_gemm_f16\"") != NULL) ==
                      g_str_equal(name, "fp16"));
}

static void test_precision(void)
{
    const VinEngineParams fp16 = {.precision = VIN_PRECISION_FP16};
    const VinEngineParams none = {.precision = VIN_PRECISION_INT8 + 1};
    g_autoptr(GError) error = NULL;
    const VinCaps *caps;
    gboolean has_halves;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    caps = vin_device_get_caps(rig_device);
    has_halves = (caps->bits & VIN_CAP_FP16_STORAGE) != 0;
    check_precision(VIN_PRECISION_FP32, "fp32");
    check_precision(VIN_PRECISION_INT8, "int8"); /* its one convolution reads the input */
    check_precision(VIN_PRECISION_AUTO, has_halves && !caps->is_software ? "fp16" : "fp32");
    if (has_halves) {
        check_precision(VIN_PRECISION_FP16, "fp16");
    } else {
        g_assert_null(vin_engine_new(rig_model, rig_device, &fp16, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, "16-bit storage"));
        g_clear_error(&error);
    }
    g_assert_null(vin_engine_new(rig_model, rig_device, &none, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
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
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);

    if (engine == NULL) {
        return;
    }
    g_assert_cmpuint(told.n_calls, >, 1);
    g_assert_cmpuint(told.done, ==, told.total);
}

static void test_times(void)
{
    const VinEngineParams params = {.time_layers = TRUE};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autofree guint8 *pixels = rig_noise_pixels(6, 10, 20, 30);
    const VinFrame frame = rig_rgb_frame(pixels);
    g_autoptr(GError) error = NULL;
    const VinLayerTime *layers;
    VinResult result;
    guint64 sum = 0;
    guint n = 9;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
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
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;
    g_autofree char *dot = NULL;

    if (engine == NULL) {
        return;
    }
    g_assert_true(vin_engine_get_model(engine) == rig_model);
    g_assert_true(vin_engine_get_device(engine) == rig_device);
    text = vin_engine_describe(engine, VIN_DESCRIBE_TEXT);
    g_assert_nonnull(strstr(text, vin_device_get_info(rig_device)->name));
    g_assert_nonnull(strstr(text, " conv_")); /* the name of a kernel */
    json = vin_engine_describe(engine, VIN_DESCRIBE_JSON);
    g_assert_true(g_str_has_prefix(json, "{") && g_str_has_suffix(json, "}"));
    g_assert_nonnull(strstr(json, "\"steps\":["));
    dot = vin_engine_describe(engine, VIN_DESCRIBE_DOT);
    g_assert_nonnull(strstr(dot, "digraph"));
}

/* Resident memory in pages; 0 where the system does not tell. What the C library keeps of freed
 * memory, which differs from run to run by megabytes, goes back first. */
static guint64 resident_pages(void)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;

    malloc_trim(0);
    if (!g_file_get_contents("/proc/self/statm", &text, NULL, NULL)) {
        return 0;
    }
    fields = g_strsplit(text, " ", 3);
    return g_strv_length(fields) == 3 ? g_ascii_strtoull(fields[1], NULL, 10) : 0;
}

static void check_growth(guint64 before, const char *what)
{
    const guint64 after = resident_pages();
    const guint64 page = (guint64)sysconf(_SC_PAGESIZE);
    const guint64 grown = after > before ? (after - before) * page : 0;

    if (FREED_MEMORY_STAYS) {
        g_test_skip("the address sanitizer keeps freed memory");
        return;
    }
    g_test_message("%s: resident memory grew by %" G_GUINT64_FORMAT " KiB", what, grown >> 10);
    g_assert_cmpuint(grown, <, FLAT_BYTES);
}

static void run_frames(VinStream *stream, guint n)
{
    g_autofree guint8 *pixels = rig_noise_pixels(3, 30, 20, 10);
    const VinFrame frame = rig_rgb_frame(pixels);

    for (guint i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        VinResult result;

        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
    }
}

static void test_flat_frames(void)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    g_autoptr(VinStream) stream = NULL;
    guint64 before;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    run_frames(stream, 100);
    before = resident_pages();
    run_frames(stream, 2000);
    check_growth(before, "2000 frames");
}

/* Device, engine and stream opened and closed over and over. */
static void test_flat_cycles(void)
{
    const guint n = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0 ? 200 : 40;
    guint64 before = 0;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    for (guint i = 0; i < n + 10; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VinDevice) device = vin_device_new(NULL, &error);
        g_autoptr(VinEngine) engine = NULL;
        g_autoptr(VinStream) stream = NULL;

        g_assert_no_error(error);
        engine = vin_engine_new(rig_model, device, NULL, &error);
        g_assert_no_error(error);
        stream = rig_stream(engine);
        run_frames(stream, 1);
        if (i == 9) {
            before = resident_pages();
        }
    }
    check_growth(before, "cycles");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/engine-facts/wrong-params", test_wrong_params);
    g_test_add_func("/engine-facts/precision", test_precision);
    g_test_add_data_func("/engine-facts/progress", GINT_TO_POINTER(FALSE), test_progress);
    g_test_add_data_func("/engine-facts/progress-cold", GINT_TO_POINTER(TRUE), test_progress);
    g_test_add_func("/engine-facts/times", test_times);
    g_test_add_func("/engine-facts/describe", test_describe);
    g_test_add_func("/engine-facts/flat-frames", test_flat_frames);
    g_test_add_func("/engine-facts/flat-cycles", test_flat_cycles);
    return rig_run();
}
