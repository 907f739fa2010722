/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The smallest program: one raw frame, its five most likely classes. No GStreamer.
 *
 *     cc classify.c $(pkg-config --cflags --libs vkinception) -o classify
 *     gst-launch-1.0 -q filesrc location=photo.jpg ! jpegdec ! videoconvert ! \
 *         video/x-raw,format=RGB ! filesink location=photo.rgb
 *     ./classify googlenet photo.rgb 1280 720
 */
#include <stdio.h>
#include <stdlib.h>
#include <vkinception/vkinception.h>

static gboolean classify(VinStream *stream, VinModel *model, const VinFrame *frame,
                         GError **error)
{
    VinResult result;

    if (!vin_stream_run(stream, frame, &result, error)) {
        return FALSE;
    }
    for (guint i = 0; i < result.n_top; i++) {
        printf("%6.4f  %s\n", result.top[i].score,
               vin_model_get_label(model, result.top[i].index));
    }
    return TRUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinModel) model = NULL;
    g_autoptr(VinDevice) device = NULL;
    g_autoptr(VinEngine) engine = NULL;
    g_autoptr(VinStream) stream = NULL;
    g_autofree char *pixels = NULL;
    VinModelParams params = {0};
    VinFrame frame = {.format = VIN_FORMAT_RGB};
    gsize size;

    if (argc != 5) {
        fprintf(stderr, "usage: classify MODEL FRAME.rgb WIDTH HEIGHT\n");
        return 2;
    }
    params.name = argv[1];
    frame.width = (guint)strtoul(argv[3], NULL, 10);
    frame.height = (guint)strtoul(argv[4], NULL, 10);

    if (!g_file_get_contents(argv[2], &pixels, &size, &error)) {
        fprintf(stderr, "classify: %s\n", error->message);
        return 1;
    }
    if (size == 0 || size != (gsize)frame.width * frame.height * 3) {
        fprintf(stderr, "classify: %s has %zu bytes, not WIDTH * HEIGHT * 3\n", argv[2], size);
        return 1;
    }
    frame.planes[0] = (const guint8 *)pixels;

    /* The model is a file, the device a GPU; together they make an engine. */
    if ((model = vin_model_load(&params, &error)) == NULL ||
        (device = vin_device_new(NULL, &error)) == NULL ||
        (engine = vin_engine_new(model, device, NULL, &error)) == NULL ||
        (stream = vin_stream_new(engine, &error)) == NULL ||
        !classify(stream, model, &frame, &error)) {
        fprintf(stderr, "classify: %s\n", error->message);
        return 1;
    }
    return 0;
}
