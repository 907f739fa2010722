/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin-inspect --dump-input against the double-precision reference: frames of noise in every
 * format, with the recipe overridden in each way. Every size of a format has another resize,
 * scale method, matrix and range; VIN_TEST_FULL=1 takes all resizes and methods with each. The
 * library itself is held against the reference in checkgpu/check_picture.c.
 *
 * usage: test_dump_input WRITE_MODEL VIN_INSPECT
 */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <vkinception/gst-frame.h>

#include "abi/preprocess.h"
#include "ref/preprocess_ref.h"

#define SIDE 32   /* of the tiny model's input */
#define BOUND 0.6 /* grey levels */

static const guint sizes[][2] = {{637, 361}, {1920, 1080}, {16, 16}, {17, 19}};
static const char *const resize_names[] = {"stretch", "crop", "letterbox"};
static const char *const method_names[] = {"bilinear", "area", "nearest"};

static const char *write_model, *inspect;
static char *folder;
static double worst;

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* FALSE, and the test skipped, where there is no device. */
static gboolean run_inspect(const char *raw, const char *input, const char *output,
                            const char *resize, const char *method)
{
    g_autofree char *model = in_folder("tiny.onnx");
    g_autofree char *resize_option = g_strconcat("--resize=", resize, NULL);
    g_autofree char *method_option = g_strconcat("--scale-method=", method, NULL);
    g_autofree char *said = NULL;
    const char *argv[] = {inspect, "--model", model, "--dump-input", "--raw", raw,
                          resize_option, method_option, input, output, NULL};
    g_autoptr(GError) error = NULL;
    int status = 0;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &said, &status,
                 &error);
    g_assert_no_error(error);
    if (status != 0 && strstr(said, "Vulkan") != NULL) {
        g_test_skip("no usable Vulkan device");
        return FALSE;
    }
    if (status != 0) {
        g_error("%s --resize %s --scale-method %s: %s", raw, resize, method, said);
    }
    return TRUE;
}

static GstBuffer *noise_buffer(const GstVideoInfo *info, guint seed)
{
    GstBuffer *buffer = gst_buffer_new_allocate(NULL, GST_VIDEO_INFO_SIZE(info), NULL);
    g_autoptr(GRand) random = g_rand_new_with_seed(seed);
    GstMapInfo map;

    g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_WRITE));
    for (gsize i = 0; i < map.size; i++) {
        map.data[i] = (guint8)(g_rand_int(random) >> 24);
    }
    gst_buffer_unmap(buffer, &map);
    return buffer;
}

static void compare(const VinFrame *frame, const char *raw, guint resize, guint method,
                    const char *output)
{
    static const guint kinds[] = {VIN_RESIZE_KIND_STRETCH, VIN_RESIZE_KIND_COVER,
                                  VIN_RESIZE_KIND_FIT};
    const VinPreprocessParams params = {
        .resize = kinds[resize], .resize_width = SIDE, .resize_height = SIDE,
        .interpolation = method, .channels = 3, .scale = {1, 1, 1}};
    g_autofree double *rgb = vin_ref_frame_rgb(frame);
    g_autofree double *expected = vin_ref_preprocess(frame, rgb, &params, SIDE, SIDE);
    const gsize n_bytes = 3 * SIDE * SIDE * sizeof(float);
    g_autofree char *npy = NULL;
    gsize length = 0;

    g_assert_true(g_file_get_contents(output, &npy, &length, NULL));
    g_assert_cmpuint(length, >, n_bytes);
    for (guint i = 0; i < 3 * SIDE * SIDE; i++) {
        float got;

        memcpy(&got, npy + length - n_bytes + i * sizeof got, sizeof got);
        if (!(fabs(got - expected[i]) <= BOUND)) {
            g_error("%s %s %s: value %u is %g, expected %g", raw, resize_names[resize],
                    method_names[method], i, got, expected[i]);
        }
        worst = MAX(worst, fabs(got - expected[i]));
    }
}

/* @colour picks matrix and range, as numbers of GstVideoColorimetry. */
static gboolean check_format(const char *format, guint size, guint resize, guint method,
                             guint colour)
{
    const gboolean is_full = colour / 3 % 2 == 1;
    g_autofree char *raw = g_strdup_printf(
        "video/x-raw, format=%s, width=%u, height=%u, framerate=1/1, colorimetry=%u:%u:0:0",
        format, sizes[size][0], sizes[size][1], is_full ? 1 : 2,
        colour % 3 == 0 ? 4 : colour % 3 == 1 ? 3 : 6);
    g_autofree char *input = in_folder("frame.raw");
    g_autofree char *output = in_folder("out.npy");
    g_autoptr(GstCaps) caps = gst_caps_from_string(raw);
    g_autoptr(GstBuffer) buffer = NULL;
    GstVideoFrame mapped;
    GstVideoInfo info;
    VinFrame frame;
    gboolean ok;

    g_assert_true(gst_video_info_from_caps(&info, caps));
    buffer = noise_buffer(&info, size + 7 * colour);
    g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
    g_assert_true(vin_frame_from_gst(&frame, &mapped, NULL));
    g_assert_true(g_file_set_contents(input, (const char *)mapped.map[0].data,
                                      (gssize)mapped.map[0].size, NULL));
    if (!GST_VIDEO_INFO_IS_YUV(&info)) {
        frame.matrix = VIN_MATRIX_AUTO;
    } else {
        g_assert_cmpint(frame.matrix, ==, VIN_MATRIX_BT601 + colour % 3);
    }
    g_assert_cmpint(frame.range, ==, is_full ? VIN_RANGE_FULL : VIN_RANGE_LIMITED);
    ok = run_inspect(raw, input, output, resize_names[resize], method_names[method]);
    if (ok) {
        compare(&frame, raw, resize, method, output);
    }
    gst_video_frame_unmap(&mapped);
    return ok;
}

static void test_formats(void)
{
    const gboolean all = g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
    guint n = 0;

    for (guint f = VIN_FORMAT_UNKNOWN + 1; f < VIN_N_FORMATS; f++) {
        for (guint size = 0; size < G_N_ELEMENTS(sizes); size++) {
            for (guint k = 0; k < 9; k++) {
                if (!all && k != (5 * f + 4 * size) % 9) {
                    continue;
                }
                if (!check_format(vin_format_name((VinFormat)f), size, k / 3, k % 3,
                                  f + size + k)) {
                    return;
                }
                n++;
            }
        }
    }
    g_test_message("%u dumps, at most %.5f grey levels off", n, worst);
}

static void remove_folder(void)
{
    static const char *const names[] = {"tiny.onnx", "tiny.modelinfo", "frame.raw", "out.npy"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = in_folder(names[i]);

        g_unlink(path);
    }
    g_rmdir(folder);
}

int main(int argc, char **argv)
{
    g_autofree char *model = NULL, *sidecar = NULL;
    g_autoptr(GError) error = NULL;
    int status = 1;

    g_test_init(&argc, &argv, NULL);
    gst_init(&argc, &argv);
    g_assert_cmpint(argc, ==, 3);
    write_model = argv[1], inspect = argv[2];
    folder = g_dir_make_tmp("vin-dump-XXXXXX", &error);
    g_assert_no_error(error);
    model = in_folder("tiny.onnx");
    sidecar = in_folder("tiny.modelinfo");
    {
        const char *const make[] = {write_model, model, "4", NULL};

        g_spawn_sync(NULL, (char **)make, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                     &error);
        g_assert_no_error(error);
        g_assert_cmpint(status, ==, 0);
    }
    /* Grey levels come out as they are. */
    g_file_set_contents(sidecar, "[vkinception]\ndir=none\nresize=short-side\n"
                        "resize-short-side=40\ninterpolation=area\nmean=0\nscale=1\n", -1,
                        &error);
    g_assert_no_error(error);
    g_test_add_func("/dump-input/formats", test_formats);
    status = g_test_run();
    remove_folder();
    return status;
}
