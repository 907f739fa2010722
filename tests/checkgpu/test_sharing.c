/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Models, devices and engines that several streams share: one of each while in use, compiled once,
 * read anew when a file has changed, closed with the last user, refused where an instance is in
 * use for something else.
 */
#include <string.h>

#include <glib/gstdio.h>

#include "engine_rig.h"

#define N_STREAMS 16

static char *folder;

static char *write_model(const char *name, guint n_classes)
{
    char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    vin_tiny_model_write(path, n_classes, &error);
    g_assert_no_error(error);
    return path;
}

static VinModel *open_model(const VinModelParams *params)
{
    g_autoptr(GError) error = NULL;
    VinModel *model = vin_model_open(params, &error);

    g_assert_no_error(error);
    return model;
}

static VinEngine *open_engine(VinModel *model, const VinEngineParams *params, const char *id)
{
    g_autoptr(GError) error = NULL;
    VinEngine *engine = vin_engine_open(model, rig_device, params, id, &error);

    g_assert_no_error(error);
    return engine;
}

static void test_models(void)
{
    g_autofree char *path = write_model("a.onnx", 5);
    g_autofree char *labels = g_build_filename(folder, "more.txt", NULL);
    g_autofree char *own_labels = g_build_filename(folder, "a.labels", NULL);
    const VinModelParams params = {.name = path};
    const VinModelParams other = {.name = path, .activation = VIN_ACTIVATION_SIGMOID};
    const VinModelParams labelled = {.name = path, .labels_file = labels};
    VinModel *a = open_model(&params), *b = open_model(&params), *c = open_model(&other), *d, *e;

    g_assert_true(a == b && a != c);
    g_assert_true(g_file_set_contents(labels, "v\nw\nx\ny\nz\n", -1, NULL));
    d = open_model(&labelled);
    g_assert_true(d != a);
    g_assert_cmpstr(vin_model_get_label(d, 4), ==, "z");
    g_assert_true(g_file_set_contents(labels, "v\nw\nx\ny\nzz\n", -1, NULL));
    e = open_model(&labelled); /* the file is another one now */
    g_assert_cmpstr(vin_model_get_label(e, 4), ==, "zz");
    vin_model_unref(e);
    vin_model_unref(d);
    g_assert_true(g_file_set_contents(own_labels, "1\n2\n3\n4\n5\n", -1, NULL));
    d = open_model(&params); /* a file that was not there before */
    g_assert_cmpstr(vin_model_get_label(d, 4), ==, "5");
    g_assert_cmpstr(vin_model_get_label(a, 4), !=, "5");
    vin_model_unref(d);
    g_unlink(own_labels);
    g_unlink(labels);
    vin_model_unref(a);
    vin_model_unref(b);
    vin_model_unref(c);
    b = open_model(&params);
    g_assert_cmpuint(vin_model_get_n_classes(b), ==, 5);
    g_free(write_model("a.onnx", 6));
    c = open_model(&params);
    g_assert_cmpuint(vin_model_get_n_classes(c), ==, 6);
    vin_model_unref(b);
    vin_model_unref(c);
    b = vin_model_load(&params, NULL); /* is nobody else's */
    c = open_model(&params);
    g_assert_true(b != c);
    vin_model_unref(b);
    vin_model_unref(c);
    g_unlink(path);
}

/* The labels that a sidecar names. */
static void test_sidecar_labels(void)
{
    g_autofree char *path = write_model("s.onnx", 3);
    g_autofree char *sidecar = g_build_filename(folder, "s.modelinfo", NULL);
    g_autofree char *labels = g_build_filename(folder, "named.txt", NULL);
    const VinModelParams params = {.name = path};
    VinModel *a, *b;

    g_assert_true(g_file_set_contents(sidecar, "[vkinception]\nlabels=named.txt\n", -1, NULL));
    g_assert_true(g_file_set_contents(labels, "x\ny\nz\n", -1, NULL));
    a = open_model(&params);
    b = open_model(&params);
    g_assert_true(a == b);
    vin_model_unref(b);
    g_assert_true(g_file_set_contents(labels, "x\ny\nlast\n", -1, NULL));
    b = open_model(&params);
    g_assert_true(a != b);
    g_assert_cmpstr(vin_model_get_label(b, 2), ==, "last");
    vin_model_unref(a);
    vin_model_unref(b);
    g_unlink(path);
    g_unlink(sidecar);
    g_unlink(labels);
}

static void test_devices(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) a = NULL;
    g_autoptr(VinDevice) b = NULL;
    g_autoptr(VinDevice) own = NULL;
    g_autofree char *index = NULL;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    a = vin_device_open(NULL, &error);
    g_assert_no_error(error);
    index = g_strdup_printf("%u", vin_device_get_info(a)->index);
    b = vin_device_open(index, &error);
    g_assert_true(a == b);
    own = vin_device_new(index, &error);
    g_assert_true(own != a && rig_device != a);
    g_assert_null(vin_device_open("no such device", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_DEVICE);
}

static void count_progress(guint done, guint total, const char *what, gpointer user_data)
{
    if (done == 0 && strstr(what, "waiting") == NULL) {
        g_atomic_int_inc((gint *)user_data);
    }
}

static gpointer open_in_thread(gpointer params)
{
    VinEngine *engine = open_engine(rig_model, params, NULL);
    g_autoptr(VinStream) stream = rig_stream(engine);
    g_autofree guint8 *pixels = rig_noise_pixels(6, 10, 20, 30);
    const VinFrame frame = rig_rgb_frame(pixels);
    VinResult result;

    g_assert_true(vin_stream_run(stream, &frame, &result, NULL));
    return engine;
}

/* One plan for sixteen streams, whoever comes first. */
static void test_engines(void)
{
    gint n_compiled = 0;
    const VinEngineParams params = {.progress = count_progress, .progress_data = &n_compiled};
    const VinEngineParams own_top_k = {.top_k = 3, .slots = 7, .deny_labels = "0",
                                       .resize = VIN_RESIZE_MODE_CROP};
    const VinEngineParams batched = {.batch_size = 4};
    const VinEngineParams scored = {.all_scores = TRUE};
    const VinEngineParams fp32 = {.precision = VIN_PRECISION_FP32}; /* not what auto might be */
    const VinEngineParams tuned = {.autotune = VIN_AUTOTUNE_ONCE};
    GThread *threads[N_STREAMS];
    VinEngine *engine = NULL, *other;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    for (guint i = 0; i < N_STREAMS; i++) {
        threads[i] = g_thread_new("open", open_in_thread, (gpointer)&params);
    }
    for (guint i = 0; i < N_STREAMS; i++) {
        other = g_thread_join(threads[i]);
        g_assert_true(engine == NULL || other == engine);
        engine = other;
    }
    g_assert_cmpint(n_compiled, ==, 1);
    other = open_engine(rig_model, &own_top_k, "");
    g_assert_true(other == engine);
    vin_engine_unref(other);
    other = open_engine(rig_model, &batched, NULL);
    g_assert_true(other != engine);
    vin_engine_unref(other);
    other = open_engine(rig_model, &scored, NULL);
    g_assert_true(other != engine);
    vin_engine_unref(other);
    other = open_engine(rig_model, &fp32, NULL);
    g_assert_true(other != engine);
    vin_engine_unref(other);
    other = open_engine(rig_model, &tuned, NULL);
    g_assert_true(other != engine);
    vin_engine_unref(other);
    other = open_engine(rig_model, NULL, "alone");
    g_assert_true(other != engine);
    vin_engine_unref(other);
    for (guint i = 0; i < N_STREAMS; i++) {
        vin_engine_unref(engine);
    }
    n_compiled = 0;
    engine = open_engine(rig_model, &params, NULL); /* all were gone */
    g_assert_cmpint(n_compiled, ==, 1);
    vin_engine_unref(engine);
}

/* Whoever has an instance alone may put another one in its place. */
static void check_replacing(VinModel *model)
{
    g_autoptr(GError) error = NULL;
    VinEngine *engine = open_engine(rig_model, NULL, "cameras");
    VinEngine *other = open_engine(rig_model, NULL, "cameras");
    VinStream *stream = vin_stream_new(engine, NULL);
    VinStream *other_stream = vin_stream_new(other, NULL);
    const VinEngineParams params = {.replaces = engine};
    VinEngine *next;

    g_assert_null(vin_engine_open(model, rig_device, &params, "cameras", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    vin_stream_free(other_stream);
    vin_engine_unref(other);
    next = open_engine(model, &params, "cameras");
    g_assert_true(next != engine);
    vin_stream_free(stream);
    vin_engine_unref(engine);
    other = open_engine(model, NULL, "cameras"); /* the old one's end took nothing along */
    g_assert_true(other == next);
    vin_engine_unref(other);
    vin_engine_unref(next);
}

static void test_instances(void)
{
    g_autofree char *path = write_model("i.onnx", 4);
    const VinModelParams model_params = {.name = path};
    const VinEngineParams batched = {.batch_size = 4};
    g_autoptr(GError) error = NULL;
    VinModel *model, *again;
    VinEngine *a, *b;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    model = vin_model_load(&model_params, NULL);
    again = vin_model_load(&model_params, NULL);
    a = open_engine(model, NULL, "cameras");
    b = open_engine(again, NULL, "cameras"); /* another object of the same files */
    g_assert_true(a == b);
    vin_engine_unref(b);
    g_assert_null(vin_engine_open(rig_model, rig_device, NULL, "cameras", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "\"cameras\" is in use with"));
    g_assert_nonnull(strstr(error->message, "i.onnx"));
    g_clear_error(&error);
    g_assert_null(vin_engine_open(model, rig_device, &batched, "cameras", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "batch size 1"));
    g_clear_error(&error);
    vin_engine_unref(a);
    b = open_engine(rig_model, NULL, "cameras"); /* free again */
    vin_engine_unref(b);
    check_replacing(model);
    b = open_engine(rig_model, NULL, "cameras");
    vin_engine_unref(b);
    vin_model_unref(model);
    vin_model_unref(again);
    g_unlink(path);
}

static void test_failed_compile(void)
{
    const VinEngineParams wrong = {.heads = "none such"};
    g_autoptr(GError) error = NULL;
    VinEngine *engine;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return;
    }
    for (guint i = 0; i < 2; i++) {
        g_assert_null(vin_engine_open(rig_model, rig_device, &wrong, "x", &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_clear_error(&error);
    }
    engine = open_engine(rig_model, NULL, "x"); /* nobody holds the name */
    vin_engine_unref(engine);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    rig_open();
    folder = g_dir_make_tmp("vin-sharing-XXXXXX", NULL);
    g_test_add_func("/sharing/models", test_models);
    g_test_add_func("/sharing/sidecar-labels", test_sidecar_labels);
    g_test_add_func("/sharing/devices", test_devices);
    g_test_add_func("/sharing/engines", test_engines);
    g_test_add_func("/sharing/instances", test_instances);
    g_test_add_func("/sharing/failed-compile", test_failed_compile);
    status = rig_run();
    g_rmdir(folder);
    g_free(folder);
    return status;
}
