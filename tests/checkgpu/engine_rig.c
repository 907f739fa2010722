/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens what the engine's tests share. Warnings are off: the tiny model has no recipe, and says so.
 */
#include "engine_rig.h"

#include <glib/gstdio.h>

#include "support/random.h"

VinDevice *rig_device;
VinModel *rig_model;
GError *rig_no_device;

static void on_log(VinLogLevel level, const char *message, gpointer user_data)
{
    g_test_message("%s", message);
}

void rig_open(void)
{
    g_autofree char *folder = g_dir_make_tmp("vin-engine-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "tiny.onnx", NULL);
    const VinModelParams params = {.name = path};
    g_autoptr(GError) error = NULL;

    vin_log_set_func(on_log, VIN_LOG_WARN, NULL);
    vin_tiny_model_write(path, RIG_N_CLASSES, &error);
    g_assert_no_error(error);
    rig_model = vin_model_load(&params, &error);
    g_assert_no_error(error);
    g_unlink(path);
    g_rmdir(folder);
    rig_device = vin_device_new(NULL, &rig_no_device);
}

int rig_run(void)
{
    const int status = g_test_run();

    vin_device_unref(rig_device);
    vin_model_unref(rig_model);
    g_clear_error(&rig_no_device);
    return status;
}

VinEngine *rig_engine_or_skip(const VinEngineParams *params)
{
    g_autoptr(GError) error = NULL;
    VinEngine *engine;

    if (rig_device == NULL) {
        g_test_skip(rig_no_device->message);
        return NULL;
    }
    engine = vin_engine_new(rig_model, rig_device, params, &error);
    g_assert_no_error(error);
    return engine;
}

VinStream *rig_stream(VinEngine *engine)
{
    g_autoptr(GError) error = NULL;
    VinStream *stream = vin_stream_new(engine, &error);

    g_assert_no_error(error);
    return stream;
}

guint8 *rig_noise_pixels(guint64 seed, guint red, guint green, guint blue)
{
    VinRandom random = {seed};
    guint8 *pixels = g_malloc(RIG_WIDTH * RIG_HEIGHT * 3);

    for (guint i = 0; i < RIG_WIDTH * RIG_HEIGHT; i++) {
        pixels[3 * i] = (guint8)(red + vin_random_range(&random, 0, 40));
        pixels[3 * i + 1] = (guint8)(green + vin_random_range(&random, 0, 40));
        pixels[3 * i + 2] = (guint8)(blue + vin_random_range(&random, 0, 40));
    }
    return pixels;
}

VinFrame rig_rgb_frame(const guint8 *pixels)
{
    return (VinFrame){.format = VIN_FORMAT_RGB,
                      .width = RIG_WIDTH,
                      .height = RIG_HEIGHT,
                      .planes = {pixels}};
}
