/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Video of memory:DMABuf. A memfd stands in for a dma-buf: a driver that takes it reads it, any
 * other one makes the element map the frames, and the labels are the same.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include "dmabuf.h"

#include "plugin_test.h"
#include "report.h"

#include <gst/allocators/gstdmabuf.h>
#include <gst/check/gstharness.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vkinception/gst-tags.h>

typedef enum {
    ONE,    /* memory, as the caps say */
    META,   /* memory, with gaps, as a GstVideoMeta says */
    EACH,   /* plane in memory of its own */
    SHARED, /* dma-buf, of which the memory is a part */
    N_LAYOUTS
} Layout;

static guint n_told; /* INFO lines of mapped frames */

static void on_debug(GstDebugCategory *category, GstDebugLevel level, const char *file,
                     const char *function, gint line, GObject *object, GstDebugMessage *message,
                     gpointer user_data)
{
    const char *text = gst_debug_message_get(message);

    if (strstr(text, "mapped and copied") != NULL) {
        g_assert_cmpint(level, ==, GST_LEVEL_INFO);
        g_assert_cmpstr(gst_debug_category_get_name(category), ==, "vulkaninception");
        g_test_message("%s", text);
        n_told++;
    }
}

static guint count_descriptors(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL) {
        n++;
    }
    return n;
}

/* A dma-buf of @size bytes, which are zeroes but for @bytes at @offset. */
static GstMemory *new_memory(gsize size, gsize offset, gconstpointer bytes, gsize n_bytes)
{
    g_autoptr(GstAllocator) allocator = gst_dmabuf_allocator_new();
    int fd = memfd_create("frame", MFD_CLOEXEC);

    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    g_assert_cmpint(pwrite(fd, bytes, n_bytes, (off_t)offset), ==, (gssize)n_bytes);
    return gst_dmabuf_allocator_alloc(allocator, fd, size); /* takes fd */
}

/* Plane by plane with strides of @gap bytes more, to g_free(). */
static guint8 *spread(const GstVideoFrame *frame, gint gap, gsize *offsets, gint *strides,
                      gsize *size)
{
    guint8 *bytes;

    *size = 0;
    for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(frame); i++) {
        offsets[i] = *size;
        strides[i] = GST_VIDEO_FRAME_PLANE_STRIDE(frame, i) + gap;
        *size += (gsize)strides[i] * (gsize)GST_VIDEO_FRAME_COMP_HEIGHT(frame, i);
    }
    bytes = g_malloc0(*size);
    for (guint i = 0; i < GST_VIDEO_FRAME_N_PLANES(frame); i++) {
        const guint8 *from = GST_VIDEO_FRAME_PLANE_DATA(frame, i);
        const gsize stride = (gsize)GST_VIDEO_FRAME_PLANE_STRIDE(frame, i);

        for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(frame, i); y++) {
            memcpy(bytes + offsets[i] + (gsize)y * (gsize)strides[i], from + (gsize)y * stride,
                   stride);
        }
    }
    return bytes;
}

static void append(GstBuffer *buffer, Layout layout, const guint8 *bytes, gsize size)
{
    GstMemory *memory;

    if (layout != SHARED) {
        gst_buffer_append_memory(buffer, new_memory(size, 0, bytes, size));
        return;
    }
    memory = new_memory(size + 5000, 4500, bytes, size);
    gst_memory_resize(memory, 4500, size);
    gst_buffer_append_memory(buffer, memory);
}

/* @plain as it would lie in dma-bufs. */
static GstBuffer *lay_out(GstBuffer *plain, const GstVideoInfo *info, Layout layout)
{
    GstBuffer *buffer = gst_buffer_new();
    gsize offsets[GST_VIDEO_MAX_PLANES] = {0}, size;
    gint strides[GST_VIDEO_MAX_PLANES] = {0};
    g_autofree guint8 *bytes = NULL;
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, plain, GST_MAP_READ));
    bytes = spread(&frame, layout == META || layout == EACH ? 24 : 0, offsets, strides, &size);
    gst_video_frame_unmap(&frame);
    if (layout == EACH) {
        const guint n = GST_VIDEO_INFO_N_PLANES(info);

        for (guint i = 0; i < n; i++) {
            append(buffer, layout, bytes + offsets[i],
                   (i + 1 < n ? offsets[i + 1] : size) - offsets[i]);
        }
    } else {
        append(buffer, layout, bytes, size);
    }
    if (layout == META || layout == EACH) {
        gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE,
                                       GST_VIDEO_INFO_FORMAT(info),
                                       (guint)GST_VIDEO_INFO_WIDTH(info),
                                       (guint)GST_VIDEO_INFO_HEIGHT(info),
                                       GST_VIDEO_INFO_N_PLANES(info), offsets, strides);
    }
    return buffer;
}

static GstBuffer *new_frame(const GstVideoInfo *info, guint32 colour, Layout layout)
{
    g_autoptr(GstBuffer) plain = vin_plugin_test_frame(info, colour, 0);

    return lay_out(plain, info, layout);
}

static char *caps_text(const char *format)
{
    return g_strdup_printf("video/x-raw(memory:DMABuf), %s, width=64, height=48, "
                           "framerate=25/1",
                           format);
}

static void parse(VinDmabufVideo *video, const char *format)
{
    g_autofree char *text = caps_text(format);
    g_autoptr(GstCaps) caps = gst_caps_from_string(text);
    g_autoptr(GError) error = NULL;

    g_assert_true(vin_dmabuf_is_caps(caps));
    vin_dmabuf_video_from_caps(video, caps, &error);
    g_assert_no_error(error);
}

static void test_caps(void)
{
    g_autoptr(GstCaps) plain = gst_caps_from_string("video/x-raw, format=NV12");
    g_autoptr(GstCaps) empty = gst_caps_new_empty();
    g_autoptr(GstCaps) any = gst_caps_new_any();
    VinDmabufVideo video;

    g_assert_false(vin_dmabuf_is_caps(plain));
    g_assert_false(vin_dmabuf_is_caps(empty));
    g_assert_false(vin_dmabuf_is_caps(any));
    parse(&video, "format=NV12");
    g_assert_cmpint(GST_VIDEO_INFO_FORMAT(&video.info), ==, GST_VIDEO_FORMAT_NV12);
    g_assert_cmpint(GST_VIDEO_INFO_WIDTH(&video.info), ==, 64);
    g_assert_cmpuint(video.modifier, ==, VIN_DMABUF_LINEAR);
    g_assert_false(video.is_mapped);
}

/* From GStreamer 1.24 on caps say how pixels are arranged. */
static void test_drm_caps(void)
{
#if VIN_WITH_DMA_DRM
    g_autoptr(GstCaps) bad = NULL;
    g_autoptr(GError) error = NULL;
    VinDmabufVideo video;

    parse(&video, "format=DMA_DRM, drm-format=NV12, colorimetry=bt709");
    g_assert_cmpint(GST_VIDEO_INFO_FORMAT(&video.info), ==, GST_VIDEO_FORMAT_NV12);
    g_assert_cmpint(video.info.colorimetry.matrix, ==, GST_VIDEO_COLOR_MATRIX_BT709);
    g_assert_cmpint(GST_VIDEO_INFO_PLANE_STRIDE(&video.info, 1), ==, 64);
    g_assert_cmpuint(video.modifier, ==, VIN_DMABUF_LINEAR);
    parse(&video, "format=DMA_DRM, drm-format=AR24:0x0100000000000002");
    g_assert_cmpint(GST_VIDEO_INFO_FORMAT(&video.info), ==, GST_VIDEO_FORMAT_BGRA);
    g_assert_cmpuint(video.modifier, ==, G_GUINT64_CONSTANT(0x0100000000000002));
    parse(&video, "format=DMA_DRM, drm-format=XR24");
    g_assert_cmpint(GST_VIDEO_INFO_FORMAT(&video.info), ==, GST_VIDEO_FORMAT_BGRx);

    bad = gst_caps_from_string("video/x-raw(memory:DMABuf), format=DMA_DRM, drm-format=ZZZZ, "
                               "width=64, height=48");
    g_assert_false(vin_dmabuf_video_from_caps(&video, bad, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
#else
    g_test_skip("caps of this GStreamer have no drm-format");
#endif
}

static void test_planes(void)
{
    VinDmabufVideo video;

    parse(&video, "format=NV12");
    for (Layout layout = ONE; layout < N_LAYOUTS; layout++) {
        g_autoptr(GstBuffer) buffer = new_frame(&video.info, 0xff0000, layout);
        const gboolean gaps = layout == META || layout == EACH;
        g_autoptr(GError) error = NULL;
        VinDmabuf dmabuf;
        VinFrame frame;

        vin_dmabuf_from_buffer(&video, buffer, &frame, &dmabuf, &error);
        g_assert_no_error(error);
        g_assert_cmpint(frame.format, ==, VIN_FORMAT_NV12);
        g_assert_cmpuint(frame.height, ==, 48);
        g_assert_cmpuint(dmabuf.n_planes, ==, 2);
        g_assert_cmpuint(dmabuf.strides[0], ==, gaps ? 88 : 64);
        g_assert_cmpuint(dmabuf.strides[1], ==, gaps ? 88 : 64);
        g_assert_cmpuint(dmabuf.offsets[0], ==, layout == SHARED ? 4500 : 0);
        g_assert_cmpuint(dmabuf.offsets[1], ==,
                         layout == EACH ? 0 : layout == META ? 88 * 48
                                          : layout == SHARED ? 4500 + 64 * 48
                                                             : 64 * 48);
        g_assert_cmpint(dmabuf.fds[0] == dmabuf.fds[1], ==, layout != EACH);
    }
}

static void refuse(const VinDmabufVideo *video, GstBuffer *buffer, VinErrorCode code)
{
    g_autoptr(GError) error = NULL;
    VinDmabuf dmabuf;
    VinFrame frame;

    g_assert_false(vin_dmabuf_from_buffer(video, buffer, &frame, &dmabuf, &error));
    g_assert_error(error, VIN_ERROR, (gint)code);
    g_test_message("%s", error->message);
}

static void test_refused(void)
{
    g_autoptr(GstBuffer) plain = NULL, small = NULL, wrong = NULL;
    VinDmabufVideo video;
    GstVideoMeta *meta;

    parse(&video, "format=NV12");
    plain = vin_plugin_test_frame(&video.info, 0, 0);
    refuse(&video, plain, VIN_ERROR_UNSUPPORTED);
    small = new_frame(&video.info, 0, ONE);
    gst_buffer_resize(small, 0, 64 * 72 - 1);
    refuse(&video, small, VIN_ERROR_INVALID);

    wrong = new_frame(&video.info, 0, EACH);
    meta = gst_buffer_get_video_meta(wrong);
    meta->offset[1]--; /* begins in the first memory */
    refuse(&video, wrong, VIN_ERROR_INVALID);
    meta->offset[1] = G_MAXSIZE;
    refuse(&video, wrong, VIN_ERROR_INVALID);
    meta->offset[1] = 0;
    meta->stride[1] = 63;
    refuse(&video, wrong, VIN_ERROR_INVALID);
    meta->stride[1] = -64;
    refuse(&video, wrong, VIN_ERROR_INVALID);
    meta->stride[1] = G_MAXINT;
    refuse(&video, wrong, VIN_ERROR_INVALID);

    video.modifier = G_GUINT64_CONSTANT(0x0100000000000002);
    refuse(&video, small, VIN_ERROR_INVALID); /* no GstVideoMeta */
}

/* Only rows that lie one behind the other can be mapped. */
static void test_must_map(void)
{
    VinDmabufVideo video = {.modifier = VIN_DMABUF_LINEAR};
    g_autoptr(GError) error = NULL;

    n_told = 0;
    for (guint i = 0; i < 2; i++) {
        g_assert_true(vin_dmabuf_must_map(
            &video, g_error_new(VIN_ERROR, VIN_ERROR_UNSUPPORTED, "no"), &error));
        g_assert_no_error(error);
        g_assert_true(video.is_mapped);
        g_assert_cmpuint(n_told, ==, 1);
    }
    g_assert_false(
        vin_dmabuf_must_map(&video, g_error_new(VIN_ERROR, VIN_ERROR_LOST, "gone"), &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_LOST);
    g_clear_error(&error);

    video = (VinDmabufVideo){.modifier = 7};
    g_assert_false(vin_dmabuf_must_map(
        &video, g_error_new(VIN_ERROR, VIN_ERROR_UNSUPPORTED, "no"), &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "0x0000000000000007"));
    g_assert_false(video.is_mapped);
}

static gboolean device_reads(void)
{
    g_autoptr(VinDevice) device = vin_device_new(NULL, NULL);
    guint n = 0;
    g_autofree guint64 *modifiers =
        vin_device_get_dmabuf_modifiers(device, VIN_FORMAT_NV12, &n);

    return modifiers != NULL;
}

static void check_stream(const char *format)
{
    static const guint32 colours[] = {0xff0000, 0x00ff00, 0x0000ff};
    static const char *const labels[] = {"red", "green", "blue"};
    g_autofree char *launch = vin_plugin_test_launch("");
    g_autofree char *text = caps_text(format);
    GstHarness *h = gst_harness_new_parse(launch);
    VinDmabufVideo video;

    n_told = 0;
    parse(&video, format);
    gst_harness_set_src_caps_str(h, text);
    for (guint i = 0; i < N_LAYOUTS * G_N_ELEMENTS(colours); i++) {
        GstBuffer *in = new_frame(&video.info, colours[i % 3], (Layout)(i / 3));
        GstMemory *memory = gst_buffer_peek_memory(in, 0);
        g_autoptr(GstBuffer) out = NULL;
        VinTag tag;

        g_assert_cmpint(gst_harness_push(h, in), ==, GST_FLOW_OK);
        out = gst_harness_pull(h);
        g_assert_true(gst_buffer_peek_memory(out, 0) == memory);
        g_assert_true(vin_tags_get(out, 0, &tag));
        g_assert_cmpstr(tag.label, ==, labels[i % 3]);
    }
    gst_harness_teardown(h);
    g_assert_cmpuint(n_told, <=, 1);
    if (!device_reads()) {
        g_assert_cmpuint(n_told, ==, 1);
    }
}

static void test_labels(void)
{
    guint n;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    check_stream("format=NV12");
    n = count_descriptors();
    check_stream("format=BGRx");
    check_stream("format=BGRA");
#if VIN_WITH_DMA_DRM
    check_stream("format=DMA_DRM, drm-format=NV12");
    check_stream("format=DMA_DRM, drm-format=XR24");
    check_stream("format=DMA_DRM, drm-format=AR24");
#endif
    g_assert_cmpuint(count_descriptors(), ==, n);
}

/* Each object of a frame is cut out of the same dma-buf, read or mapped. */
static void test_regions(void)
{
    static const guint32 colours[] = {0xff0000, 0x00ff00, 0x0000ff};
    static const char *const labels[] = {"red", "green", "blue"};
    g_autofree char *text = caps_text("format=BGRx");
    g_autofree char *launch = NULL;
    g_autoptr(GstBuffer) plain = NULL, out = NULL;
    VinDmabufVideo video;
    GstVideoFrame frame;
    GstBuffer *in;
    GstHarness *h;
    VinTag tag;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    launch = vin_plugin_test_launch("inference-region=roi-list");
    h = gst_harness_new_parse(launch);
    n_told = 0;
    parse(&video, "format=BGRx");
    gst_harness_set_src_caps_str(h, text);
    plain = vin_plugin_test_frame(&video.info, 0xffffff, 0);
    g_assert_true(gst_video_frame_map(&frame, &video.info, plain, GST_MAP_WRITE));
    for (guint i = 0; i < 3; i++) {
        vin_plugin_test_fill(&frame, 3 + 20 * i, 5 + i, 17, 20, colours[i]);
    }
    gst_video_frame_unmap(&frame);
    in = lay_out(plain, &video.info, META);
    for (guint i = 0; i < 3; i++) {
        gst_buffer_add_video_region_of_interest_meta(in, "thing", 3 + 20 * i, 5 + i, 17, 20);
    }
    g_assert_cmpint(gst_harness_push(h, in), ==, GST_FLOW_OK);
    out = gst_harness_pull(h);
    g_assert_cmpuint(vin_tags_get_n_regions(out), ==, 3);
    for (guint i = 0; i < 3; i++) {
        g_assert_true(vin_tags_get_region_tag(out, i, 0, &tag));
        g_assert_cmpstr(tag.label, ==, labels[i]);
    }
    gst_harness_teardown(h);
    g_assert_cmpuint(n_told, <=, 1);
}

/* Arrangements that the device does not read are not negotiated. */
static void test_unread_caps(void)
{
#if VIN_WITH_DMA_DRM
    g_autofree char *launch = NULL;
    g_autofree char *text = caps_text("format=DMA_DRM, drm-format=NV12:0x00fffffffffffffe");
    g_autoptr(GstCaps) caps = gst_caps_from_string(text);
    g_autoptr(GstCaps) both = NULL;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    launch = vin_plugin_test_launch("");
    h = gst_harness_new_parse(launch);
    gst_harness_play(h);
    both = gst_pad_peer_query_caps(h->srcpad, caps);
    g_assert_true(gst_caps_is_empty(both));
    g_assert_false(gst_pad_peer_query_accept_caps(h->srcpad, caps));
    gst_harness_teardown(h);
#else
    g_test_skip("caps of this GStreamer have no drm-format");
#endif
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    gst_debug_remove_log_function(NULL);
    gst_debug_add_log_function(on_debug, NULL, NULL);
    gst_debug_set_threshold_from_string("vulkaninception:INFO", FALSE);
    vin_report_init();
    g_test_add_func("/dmabuf/caps", test_caps);
    g_test_add_func("/dmabuf/drm-caps", test_drm_caps);
    g_test_add_func("/dmabuf/planes", test_planes);
    g_test_add_func("/dmabuf/refused", test_refused);
    g_test_add_func("/dmabuf/must-map", test_must_map);
    g_test_add_func("/dmabuf/labels", test_labels);
    g_test_add_func("/dmabuf/regions", test_regions);
    g_test_add_func("/dmabuf/unread-caps", test_unread_caps);
    return g_test_run();
}
