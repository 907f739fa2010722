/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * gst-frame.h: every format, strides and offsets of a GstVideoMeta, crops, colorimetry, and
 * metas that lie. No device.
 */
#include "plugin_test.h"

#include <string.h>
#include <vkinception/gst-frame.h>

static const char *const names[] = {
    "I420", "YV12", "NV12", "NV21",      "YUY2",      "UYVY",      "Y42B",  "Y444",
    "NV16", "RGB",  "BGR",  "P010_10LE", "I420_10LE", "Y444_10LE", "RGBx",  "BGRx",
    "RGBA", "BGRA", "xRGB", "xBGR",      "ARGB",      "ABGR",      "GRAY8", "GRAY16_LE"};

static void test_formats(void)
{
    g_autoptr(GstCaps) caps = gst_caps_from_string(VIN_GST_CAPS);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        GstVideoFormat format = gst_video_format_from_string(names[i]);
        g_autoptr(GstCaps) one = NULL;
        GstVideoFrame mapped;
        GstVideoInfo info;
        VinFrame frame;
        GstBuffer *buffer;

        gst_video_info_set_format(&info, format, 37, 11);
        one = gst_video_info_to_caps(&info);
        g_assert_true(gst_caps_can_intersect(caps, one));
        buffer = vin_plugin_test_frame(&info, 0x102030, 0);
        g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
        g_assert_true(vin_frame_from_gst(&frame, &mapped, NULL));
        g_assert_cmpstr(vin_format_name(frame.format), ==, names[i]);
        g_assert_cmpuint(frame.width, ==, 37);
        g_assert_cmpuint(frame.height, ==, 11);
        g_assert_cmpuint(frame.crop_width, ==, 0);
        g_assert_cmpuint(vin_format_n_planes(frame.format), ==, GST_VIDEO_INFO_N_PLANES(&info));
        for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES(&info); p++) {
            g_assert_true(frame.planes[p] == GST_VIDEO_FRAME_PLANE_DATA(&mapped, p));
            g_assert_cmpuint(frame.strides[p], ==,
                             (guint)GST_VIDEO_FRAME_PLANE_STRIDE(&mapped, p));
        }
        gst_video_frame_unmap(&mapped);
        gst_buffer_unref(buffer);
    }
}

/* I420 has U before V, YV12 the other way round; the library wants memory order of each. */
static void test_plane_order(void)
{
    for (guint i = 0; i < 2; i++) {
        GstVideoFrame mapped;
        GstVideoInfo info;
        VinFrame frame;
        GstBuffer *buffer;

        gst_video_info_set_format(&info, i == 0 ? GST_VIDEO_FORMAT_I420 : GST_VIDEO_FORMAT_YV12,
                                  16, 16);
        buffer = vin_plugin_test_frame(&info, 0xff0000, 0); /* red: V high, U low */
        g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
        g_assert_true(vin_frame_from_gst(&frame, &mapped, NULL));
        g_assert_cmpuint(frame.planes[1 + i][0], ==, 90);
        g_assert_cmpuint(frame.planes[2 - i][0], ==, 240);
        gst_video_frame_unmap(&mapped);
        gst_buffer_unref(buffer);
    }
}

/* An NV12 frame of 20 x 10 with the given places of its planes in @n_bytes; whether
 * vin_frame_from_gst() takes it. */
static gboolean try_meta(gsize n_bytes, gsize offset0, gint stride0, gsize offset1, gint stride1,
                         VinFrame *frame, gsize *found)
{
    gsize offsets[GST_VIDEO_MAX_PLANES] = {offset0, offset1};
    gint strides[GST_VIDEO_MAX_PLANES] = {stride0, stride1};
    g_autoptr(GstBuffer) buffer = gst_buffer_new_allocate(NULL, n_bytes, NULL);
    g_autoptr(GError) error = NULL;
    GstVideoFrame mapped;
    GstVideoInfo info;
    gboolean ok;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_NV12, 20, 10);
    gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_NV12, 20,
                                   10, 2, offsets, strides);
    g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
    ok = vin_frame_from_gst(frame, &mapped, &error);
    if (ok) {
        g_assert_no_error(error);
        *found = (gsize)(frame->planes[1] - frame->planes[0]);
    } else {
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    }
    gst_video_frame_unmap(&mapped);
    return ok;
}

static void test_meta(void)
{
    VinFrame frame;
    gsize distance = 0;

    /* Last rows need no padding behind them: 7 + 9 * 33 + 20, then 4 * 41 + 20. */
    g_assert_true(try_meta(324 + 184, 7, 33, 324, 41, &frame, &distance));
    g_assert_cmpuint(frame.strides[0], ==, 33);
    g_assert_cmpuint(frame.strides[1], ==, 41);
    g_assert_cmpuint(distance, ==, 317);
    g_assert_false(try_meta(324 + 183, 7, 33, 324, 41, &frame, &distance));
    g_assert_false(try_meta(4096, 0, 19, 324, 41, &frame, &distance));
    g_assert_false(try_meta(4096, 0, 0, 324, 41, &frame, &distance));
    g_assert_false(try_meta(4096, 1000, -20, 2000, 20, &frame, &distance));
    g_assert_false(try_meta(4096, 0, 20, 200, G_MAXINT, &frame, &distance));
}

static gboolean try_crop(guint x, guint y, guint width, guint height, VinFrame *frame)
{
    GstVideoInfo info;
    GstVideoFrame mapped;
    GstBuffer *buffer;
    GstVideoCropMeta *crop;
    gboolean ok;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 48);
    buffer = vin_plugin_test_frame(&info, 0, 0);
    crop = gst_buffer_add_video_crop_meta(buffer);
    crop->x = x;
    crop->y = y;
    crop->width = width;
    crop->height = height;
    g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
    ok = vin_frame_from_gst(frame, &mapped, NULL);
    gst_video_frame_unmap(&mapped);
    gst_buffer_unref(buffer);
    return ok;
}

static void test_crop(void)
{
    VinFrame frame;

    g_assert_true(try_crop(3, 5, 10, 20, &frame));
    g_assert_cmpuint(frame.crop_x, ==, 3);
    g_assert_cmpuint(frame.crop_y, ==, 5);
    g_assert_cmpuint(frame.crop_width, ==, 10);
    g_assert_cmpuint(frame.crop_height, ==, 20);
    g_assert_true(try_crop(63, 47, G_MAXUINT, G_MAXUINT, &frame));
    g_assert_cmpuint(frame.crop_width, ==, 1);
    g_assert_cmpuint(frame.crop_height, ==, 1);
    g_assert_false(try_crop(64, 0, 1, 1, &frame));
    g_assert_false(try_crop(0, 48, 1, 1, &frame));
    g_assert_false(try_crop(0, 0, 0, 1, &frame));
}

static void test_colorimetry(void)
{
    static const struct {
        const char *colorimetry;
        const char *site;
        VinMatrix matrix;
        VinRange range;
        VinChromaSite chroma_site;
    } cases[] = {
        {"bt601", "mpeg2", VIN_MATRIX_BT601, VIN_RANGE_LIMITED, VIN_CHROMA_SITE_LEFT},
        {"bt709", "jpeg", VIN_MATRIX_BT709, VIN_RANGE_LIMITED, VIN_CHROMA_SITE_CENTER},
        {"bt2020", "cosited", VIN_MATRIX_BT2020, VIN_RANGE_LIMITED, VIN_CHROMA_SITE_TOP_LEFT},
        {"1:4:0:0", "dv", VIN_MATRIX_BT601, VIN_RANGE_FULL, VIN_CHROMA_SITE_TOP_LEFT},
        {"smpte240m", "v-cosited", VIN_MATRIX_BT709, VIN_RANGE_LIMITED, VIN_CHROMA_SITE_CENTER},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstCaps) caps = gst_caps_new_simple(
            "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, 64, "height",
            G_TYPE_INT, 64, "framerate", GST_TYPE_FRACTION, 25, 1, "colorimetry", G_TYPE_STRING,
            cases[i].colorimetry, "chroma-site", G_TYPE_STRING, cases[i].site, NULL);
        GstVideoInfo info;
        VinFrame frame;

        g_assert_true(gst_video_info_from_caps(&info, caps));
        g_assert_true(vin_frame_from_gst_info(&frame, &info, NULL));
        g_assert_cmpint(frame.matrix, ==, cases[i].matrix);
        g_assert_cmpint(frame.range, ==, cases[i].range);
        g_assert_cmpint(frame.chroma_site, ==, cases[i].chroma_site);
    }
}

/* Crops of every format at odd places are the library's to honour, as they are. */
static void test_odd_crops(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        GstVideoFrame mapped;
        GstVideoInfo info;
        GstVideoCropMeta *crop;
        VinFrame frame;
        GstBuffer *buffer;

        gst_video_info_set_format(&info, gst_video_format_from_string(names[i]), 37, 11);
        buffer = vin_plugin_test_frame(&info, 0x102030, 0);
        crop = gst_buffer_add_video_crop_meta(buffer);
        crop->x = 3, crop->y = 5, crop->width = 33, crop->height = 5;
        g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
        g_assert_true(vin_frame_from_gst_buffer(&frame, &info, buffer, NULL));
        g_assert_cmpuint(frame.crop_height, ==, 5);
        g_assert_true(vin_frame_from_gst(&frame, &mapped, NULL));
        g_assert_cmpuint(frame.crop_x, ==, 3);
        g_assert_cmpuint(frame.crop_y, ==, 5);
        g_assert_cmpuint(frame.crop_width, ==, 33);
        g_assert_cmpuint(frame.crop_height, ==, 5);
        gst_video_frame_unmap(&mapped);
        gst_buffer_unref(buffer);
    }
}

static VinField field_of(const char *mode, const char *order, GstBufferFlags flags, int height)
{
    g_autoptr(GstCaps) caps = gst_caps_new_simple(
        "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, 16, "height",
        G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 25, 1, "interlace-mode",
        G_TYPE_STRING, mode, NULL);
    GstVideoFrame mapped;
    GstVideoInfo info;
    VinFrame frame, unmapped;
    GstBuffer *buffer;

    if (order != NULL) {
        gst_caps_set_simple(caps, "field-order", G_TYPE_STRING, order, NULL);
    }
    g_assert_true(gst_video_info_from_caps(&info, caps));
    buffer = vin_plugin_test_frame(&info, 0x102030, 0);
    GST_BUFFER_FLAG_SET(buffer, flags);
    g_assert_true(gst_video_frame_map(&mapped, &info, buffer, GST_MAP_READ));
    g_assert_true(vin_frame_from_gst(&frame, &mapped, NULL));
    g_assert_cmpuint(frame.height, ==, (guint)height);
    gst_video_frame_unmap(&mapped);
    g_assert_true(vin_frame_from_gst_buffer(&unmapped, &info, buffer, NULL));
    memset(frame.planes, 0, sizeof frame.planes);
    memset(frame.strides, 0, sizeof frame.strides);
    g_assert_cmpint(unmapped.field, ==, frame.field);
    g_assert_cmpmem(&unmapped, sizeof unmapped, &frame, sizeof frame);
    gst_buffer_unref(buffer);
    return frame.field;
}

static void test_fields(void)
{
    const GstBufferFlags tff = (GstBufferFlags)GST_VIDEO_BUFFER_FLAG_TFF;
    const GstBufferFlags interlaced = (GstBufferFlags)GST_VIDEO_BUFFER_FLAG_INTERLACED;

    g_assert_cmpint(field_of("progressive", NULL, tff | interlaced, 16), ==, VIN_FIELD_BOTH);
    g_assert_cmpint(field_of("interleaved", NULL, tff, 16), ==, VIN_FIELD_TOP);
    g_assert_cmpint(field_of("interleaved", NULL, 0, 16), ==, VIN_FIELD_BOTTOM);
    g_assert_cmpint(field_of("interleaved", "top-field-first", 0, 16), ==, VIN_FIELD_TOP);
    g_assert_cmpint(field_of("interleaved", "bottom-field-first", 0, 16), ==,
                    VIN_FIELD_BOTTOM);
    g_assert_cmpint(field_of("interleaved", NULL, tff, 2), ==, VIN_FIELD_BOTH);
    g_assert_cmpint(field_of("mixed", NULL, tff, 16), ==, VIN_FIELD_BOTH);
    g_assert_cmpint(field_of("mixed", NULL, tff | interlaced, 16), ==, VIN_FIELD_TOP);
    g_assert_cmpint(field_of("mixed", NULL, interlaced, 16), ==, VIN_FIELD_BOTTOM);
}

static void test_turns(void)
{
    g_assert_cmpint(vin_turn_from_gst(NULL), ==, VIN_TURN_0);
    g_assert_cmpint(vin_turn_from_gst("rotate-0"), ==, VIN_TURN_0);
    g_assert_cmpint(vin_turn_from_gst("rotate-90"), ==, VIN_TURN_90);
    g_assert_cmpint(vin_turn_from_gst("rotate-270"), ==, VIN_TURN_270);
    g_assert_cmpint(vin_turn_from_gst("flip-rotate-0"), ==, VIN_TURN_MIRROR_0);
    g_assert_cmpint(vin_turn_from_gst("flip-rotate-270"), ==, VIN_TURN_MIRROR_270);
    g_assert_cmpint(vin_turn_from_gst("upside down"), ==, VIN_TURN_0);
}

/* Transfer functions and pixel aspect ratios, however odd. */
static void test_caps_facts(void)
{
    static const struct {
        const char *colorimetry;
        VinTransfer transfer;
        int n, d;
        guint aspect_n, aspect_d;
    } cases[] = {
        {"bt709", VIN_TRANSFER_SDR, 1, 1, 1, 1},
        {"bt2100-pq", VIN_TRANSFER_PQ, 16, 11, 16, 11},
        {"bt2100-hlg", VIN_TRANSFER_HLG, 65535, 1, 65535, 1},
        {"bt2020", VIN_TRANSFER_SDR, 1, 262140, 1, 65535},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstCaps) caps = gst_caps_new_simple(
            "video/x-raw", "format", G_TYPE_STRING, "P010_10LE", "width", G_TYPE_INT, 64,
            "height", G_TYPE_INT, 64, "framerate", GST_TYPE_FRACTION, 25, 1, "colorimetry",
            G_TYPE_STRING, cases[i].colorimetry, "pixel-aspect-ratio", GST_TYPE_FRACTION,
            cases[i].n, cases[i].d, NULL);
        GstVideoInfo info;
        VinFrame frame;

        g_assert_true(gst_video_info_from_caps(&info, caps));
        g_assert_true(vin_frame_from_gst_info(&frame, &info, NULL));
        g_assert_cmpint(frame.transfer, ==, cases[i].transfer);
        g_assert_cmpuint(frame.pixel_aspect_n, ==, cases[i].aspect_n);
        g_assert_cmpuint(frame.pixel_aspect_d, ==, cases[i].aspect_d);
    }
}

static void test_not_taken(void)
{
    g_autoptr(GError) error = NULL;
    GstVideoInfo info;
    VinFrame frame;

    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_v210, 64, 64);
    g_assert_false(vin_frame_from_gst_info(&frame, &info, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "v210"));
    g_clear_error(&error);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_RGB, 64, 64);
    info.interlace_mode = GST_VIDEO_INTERLACE_MODE_FIELDS;
    g_assert_false(vin_frame_from_gst_info(&frame, &info, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "put a deinterlacer before"));
    g_clear_error(&error);
    gst_video_info_set_format(&info, GST_VIDEO_FORMAT_GRAY8, 16385, 1);
    g_assert_false(vin_frame_from_gst_info(&frame, &info, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/gst-frame/formats", test_formats);
    g_test_add_func("/gst-frame/plane-order", test_plane_order);
    g_test_add_func("/gst-frame/meta", test_meta);
    g_test_add_func("/gst-frame/crop", test_crop);
    g_test_add_func("/gst-frame/colorimetry", test_colorimetry);
    g_test_add_func("/gst-frame/odd-crops", test_odd_crops);
    g_test_add_func("/gst-frame/fields", test_fields);
    g_test_add_func("/gst-frame/turns", test_turns);
    g_test_add_func("/gst-frame/caps-facts", test_caps_facts);
    g_test_add_func("/gst-frame/not-taken", test_not_taken);
    return g_test_run();
}
