/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The default model on GStreamer's own test patterns at three sizes: no model is set, and each
 * picture is called what it is.
 */
#include "plugin_test.h"

#include <string.h>
#include <vkinception/gst-tags.h>

static const char *const sizes[] = {
    "width=320,height=240",
    "width=1280,height=720",
    "width=1920,height=1080",
};

static const struct {
    const char *pattern, *label;
} patterns[] = {
    {"smpte", "colour bars"},      {"smpte75", "colour bars"},
    {"black", "black"},            {"snow", "snow (no signal)"},
    {"blue", "solid colour"},
    /* Without its factors this pattern is one flat grey. */
    {"zone-plate", "solid colour"}, {"zone-plate kx2=20 ky2=20", "test pattern"},
    {"checkers-8", "test pattern"}, {"circular", "test pattern"},
};

static void assert_first_label(const char *source, const char *label)
{
    g_autofree char *launch = g_strdup_printf(
        "%s ! vulkaninception name=c ! fakesink name=sink enable-last-sample=true", source);
    g_autoptr(GError) error = NULL;
    g_autoptr(GstElement) pipeline = gst_parse_launch(launch, &error);
    g_autoptr(GstElement) sink = NULL;
    g_autoptr(GstSample) sample = NULL;
    g_autoptr(GstBus) bus = NULL;
    g_autoptr(GstMessage) message = NULL;
    VinTag tag;

    g_assert_no_error(error);
    bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    message = gst_bus_timed_pop_filtered(bus, GST_CLOCK_TIME_NONE,
                                         GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        g_assert_no_error(error);
    }
    sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    g_object_get(sink, "last-sample", &sample, NULL);
    g_assert_nonnull(sample);
    g_assert_cmpstr(vin_tags_get_model(gst_sample_get_buffer(sample)), ==, "signal");
    g_assert_true(vin_tags_get(gst_sample_get_buffer(sample), 0, &tag));
    g_test_message("%s: %s %.3f", source, tag.label, tag.score);
    g_assert_cmpstr(tag.label, ==, label);
    gst_element_set_state(pipeline, GST_STATE_NULL);
}

static void test_patterns(gconstpointer data)
{
    if (!vin_plugin_test_has_device()) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autofree char *source =
            g_strdup_printf("videotestsrc num-buffers=3 pattern=%s ! video/x-raw,%s",
                            patterns[i].pattern, (const char *)data);

        assert_first_label(source, patterns[i].label);
    }
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("/signal/patterns/%s", sizes[i]);

        g_test_add_data_func(path, sizes[i], test_patterns);
    }
    return g_test_run();
}
