/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The classifier element in a harness: pictures that are interlaced, turned, HDR, too large,
 * and the properties that say how they are fitted into the network. The tiny model says which
 * of red, green and blue there is most of.
 */
#include "plugin_test.h"

#include <gst/check/gstharness.h>
#include <string.h>
#include <vkinception/gst-tags.h>

static GstHarness *new_harness(const char *extra)
{
    g_autofree char *launch = vin_plugin_test_launch(extra);

    return gst_harness_new_parse(launch);
}

static void set_caps(GstHarness *h, GstVideoInfo *info, const char *format, guint width,
                     guint height, const char *more)
{
    g_autofree char *text = g_strdup_printf(
        "video/x-raw, format=%s, width=%u, height=%u, framerate=25/1%s", format, width, height,
        more);
    GstCaps *caps = gst_caps_from_string(text);

    g_assert_true(gst_video_info_from_caps(info, caps));
    gst_harness_set_src_caps(h, caps);
}

static void push_and_check(GstHarness *h, GstBuffer *in, const char *label)
{
    GstBuffer *out = gst_harness_push_and_pull(h, in);
    VinTag tag;

    g_assert_true(vin_tags_get(out, 0, &tag));
    g_assert_cmpstr(tag.label, ==, label);
    gst_buffer_unref(out);
}

/* Lines of the top field red, of the bottom field blue. */
static GstBuffer *comb(const GstVideoInfo *info, GstBufferFlags flags)
{
    GstBuffer *buffer = vin_plugin_test_frame(info, 0xff0000, 0);
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    for (guint y = 1; y < (guint)GST_VIDEO_INFO_HEIGHT(info); y += 2) {
        vin_plugin_test_fill(&frame, 0, y, (guint)GST_VIDEO_INFO_WIDTH(info), 1, 0x0000ff);
    }
    gst_video_frame_unmap(&frame);
    GST_BUFFER_FLAG_SET(buffer, flags);
    return buffer;
}

static void test_interlaced(void)
{
    const GstBufferFlags tff = (GstBufferFlags)GST_VIDEO_BUFFER_FLAG_TFF;
    const GstBufferFlags interlaced = (GstBufferFlags)GST_VIDEO_BUFFER_FLAG_INTERLACED;
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("threshold=0.4"); /* half red, half blue reaches no such score */
    set_caps(h, &info, "RGB", 32, 32, ", interlace-mode=interleaved");
    push_and_check(h, comb(&info, tff), "red");
    push_and_check(h, comb(&info, 0), "blue");
    set_caps(h, &info, "RGB", 32, 32, ", interlace-mode=mixed");
    push_and_check(h, comb(&info, tff | interlaced), "red");
    push_and_check(h, comb(&info, interlaced), "blue");
    for (guint i = 0; i < 2; i++) {
        GstBuffer *out;
        VinTag tag;

        if (i == 1) {
            set_caps(h, &info, "RGB", 32, 32, "");
        }
        out = gst_harness_push_and_pull(h, comb(&info, tff)); /* both fields together */
        g_assert_true(!vin_tags_get(out, 0, &tag) || tag.score < 0.6);
        gst_buffer_unref(out);
    }
    gst_harness_teardown(h);
}

/* A third red, a third green, a third blue, from above. */
static GstBuffer *striped(const GstVideoInfo *info)
{
    GstBuffer *buffer = vin_plugin_test_frame(info, 0xff0000, 0);
    guint w = (guint)GST_VIDEO_INFO_WIDTH(info), h = (guint)GST_VIDEO_INFO_HEIGHT(info);
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    vin_plugin_test_fill(&frame, 0, h / 3, w, h - h / 3, 0x00ff00);
    vin_plugin_test_fill(&frame, 0, h - h / 3, w, h / 3, 0x0000ff);
    gst_video_frame_unmap(&frame);
    return buffer;
}

/* Colours by column and row: odd and odd red, even and odd green, odd and even blue, the rest
 * black. */
static GstBuffer *chequered(const GstVideoInfo *info)
{
    GstBuffer *buffer = vin_plugin_test_frame(info, 0, 0);
    GstVideoFrame frame;

    g_assert_true(gst_video_frame_map(&frame, info, buffer, GST_MAP_WRITE));
    for (guint i = 0; i < 64 * 64; i++) {
        guint x = i % 64, y = i / 64;

        vin_plugin_test_fill(&frame, x, y, 1, 1,
                             x % 2 == 1 ? (y % 2 == 1 ? 0xff0000 : 0x0000ff)
                                        : (y % 2 == 1 ? 0x00ff00 : 0));
    }
    gst_video_frame_unmap(&frame);
    return buffer;
}

/* Scaled to a half, the nearest pixel is that of the odd column and row of the picture, which
 * after a turn are others of the frame. */
static void test_orientation(void)
{
    static const struct {
        const char *orientation, *label; /* NULL: black */
    } cases[] = {
        {NULL, "red"},
        {"rotate-90", "blue"},
        {"rotate-180", NULL},
        {"rotate-270", "green"},
        {"flip-rotate-0", "green"},
        {"flip-rotate-90", NULL},
        {"flip-rotate-180", "blue"},
        {"flip-rotate-270", "red"},
        {"rotate-270", "green"},
        {"rotate-0", "red"},
    };
    GstVideoInfo info;
    GstHarness *h;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    h = new_harness("resize=stretch scale-method=nearest");
    set_caps(h, &info, "RGB", 64, 64, "");
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GstTagList *tags = gst_tag_list_new(GST_TAG_TITLE, "of no matter", NULL);
        GstBuffer *out;
        VinTag tag;

        if (cases[i].orientation != NULL) {
            gst_harness_push_event(
                h, gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION,
                                                      cases[i].orientation, NULL)));
        }
        gst_harness_push_event(h, gst_event_new_tag(tags)); /* leaves the orientation */
        out = gst_harness_push_and_pull(h, chequered(&info));
        g_assert_true(vin_tags_get(out, 0, &tag));
        g_test_message("%s: %s %.3f", cases[i].orientation, tag.label, tag.score);
        g_assert_true((tag.score > 0.9) == (cases[i].label != NULL));
        if (cases[i].label != NULL) {
            g_assert_cmpstr(tag.label, ==, cases[i].label);
        }
        gst_buffer_unref(out);
    }
    gst_harness_push_event(h, gst_event_new_tag(gst_tag_list_new(GST_TAG_IMAGE_ORIENTATION,
                                                                 "rotate-90", NULL)));
    push_and_check(h, chequered(&info), "blue");
    gst_harness_push_event(h, gst_event_new_stream_start("another"));
    push_and_check(h, chequered(&info), "red");
    gst_harness_teardown(h);
}

static guint count_warnings(GstBus *bus, const char *words)
{
    guint n = 0;

    for (;;) {
        g_autoptr(GstMessage) message = gst_bus_pop_filtered(bus, GST_MESSAGE_WARNING);
        g_autoptr(GError) warning = NULL;

        if (message == NULL) {
            return n;
        }
        gst_message_parse_warning(message, &warning, NULL);
        n += strstr(warning->message, words) != NULL;
    }
}

/* One warning, however many frames. */
static void test_hdr(void)
{
    static const char *const colorimetries[] = {"bt2100-pq", "bt2100-hlg"};

    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint i = 0; i < 2; i++) {
        g_autofree char *more = g_strdup_printf(", colorimetry=%s", colorimetries[i]);
        g_autoptr(GstBus) bus = gst_bus_new();
        GstHarness *h = new_harness("");
        GstVideoInfo info;

        gst_element_set_bus(h->element, bus);
        set_caps(h, &info, "P010_10LE", 32, 32, more);
        for (guint frame = 0; frame < 3; frame++) {
            push_and_check(h, vin_plugin_test_frame(&info, 0x00ff00, frame), "green");
        }
        g_assert_cmpuint(count_warnings(bus, i == 0 ? "(PQ)" : "(HLG)"), ==, 1);
        set_caps(h, &info, "P010_10LE", 32, 32, ", colorimetry=bt2020-10");
        push_and_check(h, vin_plugin_test_frame(&info, 0x00ff00, 3), "green");
        g_assert_cmpuint(count_warnings(bus, ""), ==, 0);
        gst_element_set_bus(h->element, NULL);
        gst_harness_teardown(h);
    }
}

/* What the device cannot read is told with the caps, before a frame is there. */
static void test_too_large(void)
{
    static const struct {
        const char *format, *more, *words;
    } cases[] = {
        {"ARGB", "", "16384x16384 ARGB takes 1073741824 bytes"},
        {"RGB", ", interlace-mode=fields", "put a deinterlacer before"},
    };

    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GstBus) bus = gst_bus_new();
        GstHarness *h = new_harness("");
        g_autoptr(GstMessage) message = NULL;
        g_autoptr(GError) error = NULL;
        GstVideoInfo info;

        gst_element_set_bus(h->element, bus);
        set_caps(h, &info, cases[i].format, 16384, 16384, cases[i].more);
        gst_harness_push(h, gst_buffer_new_allocate(NULL, 16, NULL));
        message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
        if (message == NULL && i == 0) {
            g_test_skip("this device reads a gigabyte at once");
        } else {
            g_assert_nonnull(message);
            gst_message_parse_error(message, &error, NULL);
            g_test_message("%s", error->message);
            g_assert_error(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT);
            g_assert_nonnull(strstr(error->message, cases[i].words));
        }
        gst_element_set_bus(h->element, NULL);
        gst_harness_teardown(h);
    }
}

/* Of a picture three times as high as wide, all, or the middle alone. */
static void test_resize(void)
{
    static const struct {
        const char *settings, *top;
        double least, most; /* its score */
    } cases[] = {
        {"resize=crop", "green", 0.5, 1.0},                          /* all green */
        {"resize=crop scale-method=nearest", "green", 0.5, 1.0},
        {"resize=crop scale-method=area", "green", 0.5, 1.0},
        {"resize=stretch", "green", 0.05, 0.6},                      /* a third of each */
        {"resize=auto scale-method=auto", "green", 0.05, 0.6},
        {"resize=letterbox", "green", 0.05, 0.6},
    };

    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GstHarness *h = new_harness(cases[i].settings);
        GstVideoInfo info;
        GstBuffer *out;
        VinTag tag;

        set_caps(h, &info, "RGB", 30, 90, "");
        out = gst_harness_push_and_pull(h, striped(&info));
        g_assert_true(vin_tags_get(out, 0, &tag));
        g_test_message("%s: %s %.3f", cases[i].settings, tag.label, tag.score);
        g_assert_cmpfloat(tag.score, >=, cases[i].least);
        g_assert_cmpfloat(tag.score, <=, cases[i].most);
        if (cases[i].least >= 0.5) {
            g_assert_cmpstr(tag.label, ==, cases[i].top);
        }
        gst_buffer_unref(out);
        gst_harness_teardown(h);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/pictures/interlaced", test_interlaced);
    g_test_add_func("/pictures/orientation", test_orientation);
    g_test_add_func("/pictures/hdr", test_hdr);
    g_test_add_func("/pictures/too-large", test_too_large);
    g_test_add_func("/pictures/resize", test_resize);
    return g_test_run();
}
