/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Helpers of the element tests.
 */
#include "plugin_test.h"

#include "support/tiny_model.h"

#include <glib/gstdio.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <stdlib.h>
#include <vkinception/device.h>

#define N_CLASSES 10

/* Its input is 0..1. */
static const char recipe[] =
    "[vkinception]\ndir=none\nresize=stretch\nresize-width=32\nresize-height=32\n"
    "interpolation=bilinear\nchannel-order=rgb\nmean=0;0;0\nscale=0.00392156862745098\n";

static char *folder;
static char *model;
static char *labels;

#ifdef __SANITIZE_ADDRESS__
/* GLib lets go of its first table of quarks when it outgrows it, on purpose and always under
 * GStreamer. The table comes from a constructor, so what constructors take is no leak here;
 * vin_plugin_test_init() looks at everything again. */
static void ignore_constructors(void)
{
    __lsan_disable();
}

__attribute__((section(".preinit_array"), used)) static void (*const before_constructors)(void) =
    ignore_constructors;
#endif

void vin_plugin_test_init(int *argc, char ***argv)
{
    g_autoptr(GError) error = NULL;
    GstPlugin *plugin;

#ifdef __SANITIZE_ADDRESS__
    __lsan_enable();
#endif
    /* Loaded here instead of being found: GStreamer's scanner, another program, cannot load a
     * plugin that was built with sanitizers. */
    g_unsetenv("GST_PLUGIN_PATH");
    g_setenv("GST_REGISTRY", VIN_PLUGIN_FOLDER "/test-registry.bin", TRUE);
    g_test_init(argc, argv, NULL);
    gst_init(argc, argv);
    plugin = gst_plugin_load_file(VIN_PLUGIN_FOLDER "/libgstvkinception.so", &error);
    g_assert_no_error(error);
    gst_object_unref(plugin);
}

gboolean vin_plugin_test_has_device(void)
{
    g_autofree VinDeviceInfo *devices = NULL;
    guint n_devices = 0;

    devices = vin_device_list(&n_devices, NULL);
    for (guint i = 0; devices != NULL && i < n_devices; i++) {
        if (devices[i].usable) {
            return TRUE;
        }
    }
    g_test_skip("no usable Vulkan device");
    return FALSE;
}

static void remove_folder(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
}

const char *vin_plugin_test_folder(void)
{
    g_autoptr(GString) text = g_string_new("red\ngreen\nblue\n");
    g_autofree char *sidecar = NULL;
    g_autoptr(GError) error = NULL;

    if (folder != NULL) {
        return folder;
    }
    folder = g_dir_make_tmp("vin-plugin-XXXXXX", &error);
    g_assert_no_error(error);
    atexit(remove_folder);
    model = g_build_filename(folder, "tiny.onnx", NULL);
    labels = g_build_filename(folder, "tiny.txt", NULL);
    sidecar = g_build_filename(folder, "tiny.modelinfo", NULL);
    vin_tiny_model_write(model, N_CLASSES, &error);
    g_assert_no_error(error);
    for (guint i = 3; i < N_CLASSES; i++) {
        g_string_append_printf(text, "class %u\n", i);
    }
    g_file_set_contents(labels, text->str, -1, &error);
    g_assert_no_error(error);
    g_file_set_contents(sidecar, recipe, -1, &error);
    g_assert_no_error(error);
    return folder;
}

const char *vin_plugin_test_model(void)
{
    vin_plugin_test_folder();
    return model;
}

const char *vin_plugin_test_labels(void)
{
    vin_plugin_test_folder();
    return labels;
}

char *vin_plugin_test_launch(const char *extra)
{
    return g_strdup_printf("vulkaninception model=%s labels-file=%s %s", vin_plugin_test_model(),
                           vin_plugin_test_labels(), extra);
}

/* Limited-range BT.601, as caps without colorimetry mean for a small frame. */
static void to_yuv(guint32 colour, guint8 yuv[3])
{
    double r = (colour >> 16) & 0xff;
    double g = (colour >> 8) & 0xff;
    double b = colour & 0xff;

    yuv[0] = (guint8)(16.5 + 0.257 * r + 0.504 * g + 0.098 * b);
    yuv[1] = (guint8)(128.5 - 0.148 * r - 0.291 * g + 0.439 * b);
    yuv[2] = (guint8)(128.5 + 0.439 * r - 0.368 * g - 0.071 * b);
}

static void fill_component(GstVideoFrame *frame, guint c, guint8 value, guint x, guint y,
                           guint width, guint height)
{
    const GstVideoFormatInfo *format = frame->info.finfo;
    guint w_sub = GST_VIDEO_FORMAT_INFO_W_SUB(format, c);
    guint h_sub = GST_VIDEO_FORMAT_INFO_H_SUB(format, c);
    guint shift = GST_VIDEO_FORMAT_INFO_SHIFT(format, c);
    guint depth = GST_VIDEO_FORMAT_INFO_DEPTH(format, c);
    guint code = (guint)value << (depth - 8) << shift;
    guint8 *data = GST_VIDEO_FRAME_COMP_DATA(frame, c);

    /* GStreamer's table has V of P010_10LE one byte behind U, where it is one sample. */
    if (depth > 8 && GST_VIDEO_FORMAT_INFO_POFFSET(format, c) == 1) {
        data++;
    }
    for (guint row = y >> h_sub; row <= (y + height - 1) >> h_sub; row++) {
        for (guint column = x >> w_sub; column <= (x + width - 1) >> w_sub; column++) {
            guint8 *at = data + row * (guint)GST_VIDEO_FRAME_COMP_STRIDE(frame, c) +
                         column * (guint)GST_VIDEO_FRAME_COMP_PSTRIDE(frame, c);

            at[0] = (guint8)code;
            if (depth > 8) { /* the lower end first */
                at[1] = (guint8)(code >> 8);
            }
        }
    }
}

void vin_plugin_test_fill(GstVideoFrame *frame, guint x, guint y, guint width, guint height,
                          guint32 colour)
{
    guint8 values[4] = {(guint8)(colour >> 16), (guint8)(colour >> 8), (guint8)colour, 255};

    if (!GST_VIDEO_INFO_IS_RGB(&frame->info)) {
        to_yuv(colour, values);
    }
    for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(frame); c++) {
        fill_component(frame, c, values[c], x, y, width, height);
    }
}

GstBuffer *vin_plugin_test_frame(const GstVideoInfo *info, guint32 colour, guint number)
{
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, GST_VIDEO_INFO_SIZE(info), NULL);
    GstVideoFrame frame;

    gst_buffer_memset(buffer, 0, 0, GST_VIDEO_INFO_SIZE(info));
    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    vin_plugin_test_fill(&frame, 0, 0, (guint)GST_VIDEO_INFO_WIDTH(info),
                         (guint)GST_VIDEO_INFO_HEIGHT(info), colour);
    gst_video_frame_unmap(&frame);
    GST_BUFFER_PTS(buffer) = number * 40 * GST_MSECOND;
    GST_BUFFER_DURATION(buffer) = 40 * GST_MSECOND;
    return buffer;
}

gboolean vin_plugin_test_run(GstElement *pipeline, guint seconds)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    g_autoptr(GstMessage) message = NULL;
    gboolean ok;

    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, seconds * GST_SECOND,
                                         GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    ok = message != NULL && GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    if (message != NULL && !ok) {
        g_autoptr(GError) error = NULL;

        gst_message_parse_error(message, &error, NULL);
        g_test_message("%s: %s", GST_OBJECT_NAME(message->src), error->message);
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    return ok;
}

guint vin_plugin_test_count_errors(GstElement *pipeline, GError **first)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    GstMessage *message;
    guint n = 0;

    while ((message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR)) != NULL) {
        if (n++ == 0) {
            gst_message_parse_error(message, first, NULL);
        }
        gst_message_unref(message);
    }
    return n;
}
