/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which classes a frame is tagged with and how many, while a stream runs: allow-labels,
 * deny-labels, top-k, activation; and networks whose scores are not numbers.
 */
#include "compat.h"
#include "plugin_test.h"

#include "support/tiny_model.h"

#include <gst/check/gstharness.h>
#include <math.h>
#include <string.h>
#include <vkinception/gst-tags.h>

#define N_CLASSES 10

typedef struct {
    GstHarness *harness;
    GstElement *element;
    GstBus *bus;
    GstVideoInfo info;
} Rig;

static void rig_init(Rig *rig, const char *launch)
{
    g_autoptr(GstCaps) caps = NULL;

    rig->harness = gst_harness_new_parse(launch);
    rig->element = gst_harness_find_element(rig->harness, "vulkaninception");
    rig->bus = gst_bus_new();
    gst_element_set_bus(rig->element, rig->bus);
    gst_video_info_set_format(&rig->info, GST_VIDEO_FORMAT_RGB, 64, 64);
    caps = gst_video_info_to_caps(&rig->info);
    gst_harness_set_src_caps(rig->harness, g_steal_pointer(&caps));
}

static void rig_clear(Rig *rig)
{
    gst_element_set_bus(rig->element, NULL);
    gst_object_unref(rig->bus);
    gst_object_unref(rig->element);
    gst_harness_teardown(rig->harness);
}

static GstBuffer *classify(Rig *rig)
{
    GstBuffer *out;

    gst_harness_push(rig->harness, vin_plugin_test_frame(&rig->info, 0xd02010, 0));
    out = gst_harness_pull(rig->harness);
    g_assert_nonnull(out);
    return out;
}

/* Sets @property, if any, to @value and classifies: how many tags there are, each with the score
 * it has in @scores (NULL: not looked at). Bit i of the result: class i is among them. */
static guint classes_with(Rig *rig, const char *property, const char *value, const double *scores)
{
    g_autoptr(GstBuffer) out = NULL;
    double last = INFINITY;
    guint classes = 0;
    VinTag tag;

    if (property != NULL) {
        gst_util_set_object_arg(G_OBJECT(rig->element), property, value);
    }
    out = classify(rig);
    g_assert_true(vin_tags_is_present(out));
    for (guint i = 0; vin_tags_get(out, i, &tag); i++) {
        g_assert_cmpuint(tag.index, <, N_CLASSES);
        g_assert_cmpfloat(tag.score, <=, last);
        g_assert_true(scores == NULL || tag.score == scores[tag.index]);
        last = tag.score;
        classes |= 1u << tag.index;
    }
#if VIN_WITH_ANALYTICS
    {
        GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(out);
        gpointer state = NULL;
        GstAnalyticsMtd found;

        g_assert_true((relations != NULL) == (classes != 0));
        if (relations != NULL) {
            g_assert_true(gst_analytics_relation_meta_iterate(
                relations, &state, gst_analytics_cls_mtd_get_mtd_type(), &found));
            g_assert_cmpuint(gst_analytics_cls_mtd_get_length((GstAnalyticsClsMtd *)&found), ==,
                             vin_tags_get_n(out));
        }
    }
#endif
    return classes;
}

static guint count_bits(guint bits)
{
    guint n = 0;

    for (; bits != 0; bits &= bits - 1) {
        n++;
    }
    return n;
}

static guint stats_top_k(const Rig *rig)
{
    g_autoptr(GstStructure) stats = NULL;
    guint n = 0;

    g_object_get(rig->element, "stats", &stats, NULL);
    g_assert_true(gst_structure_get_uint(stats, "top-k", &n));
    return n;
}

/* Texts of the warnings since the last call, one a line; there must be @n. To g_free(). */
static char *expect_warnings(const Rig *rig, guint n)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GstMessage *message;
    guint n_seen = 0;

    while ((message = gst_bus_pop_filtered(rig->bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR)) !=
           NULL) {
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(GST_MESSAGE_TYPE(message), ==, GST_MESSAGE_WARNING);
        gst_message_parse_warning(message, &error, NULL);
        g_string_append_printf(text, "%s\n", error->message);
        gst_message_unref(message);
        n_seen++;
    }
    g_test_message("%s", text->str);
    g_assert_cmpuint(n_seen, ==, n);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_while_running(void)
{
    g_autofree char *launch = vin_plugin_test_launch("top-k=100");
    g_autofree char *none = NULL;
    g_autofree char *wrong = NULL;
    double scores[N_CLASSES];
    GstBuffer *out;
    VinTag tag;
    Rig rig;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    rig_init(&rig, launch);
    out = classify(&rig);
    g_assert_cmpuint(vin_tags_get_n(out), ==, N_CLASSES);
    for (guint i = 0; vin_tags_get(out, i, &tag); i++) {
        scores[tag.index] = tag.score;
    }
    gst_buffer_unref(out);
    g_assert_cmpuint(stats_top_k(&rig), ==, N_CLASSES); /* not the property's 100 */

    g_assert_cmphex(classes_with(&rig, "allow-labels", "green, BLUE", scores), ==, 0x006);
    g_assert_cmpuint(stats_top_k(&rig), ==, 2);
    g_assert_cmphex(classes_with(&rig, "allow-labels", "class*", scores), ==, 0x3f8);
    g_assert_cmphex(classes_with(&rig, "deny-labels", "class 3; 4", scores), ==, 0x3e0);
    g_assert_cmphex(classes_with(&rig, "allow-labels", "", scores), ==, 0x3e7);
    g_assert_cmphex(classes_with(&rig, "deny-labels", "red", scores), ==, 0x3fe);
    g_assert_cmpuint(count_bits(classes_with(&rig, "top-k", "4", scores)), ==, 4);
    g_assert_cmpuint(stats_top_k(&rig), ==, 4);
    g_assert_cmphex(classes_with(&rig, "deny-labels", "", scores) & 1, ==, 1);
    g_assert_cmphex(classes_with(&rig, "top-k", "1", scores), ==, 1);
    g_assert_cmphex(classes_with(&rig, "allow-labels", "7,8", scores) & ~0x180u, ==, 0);
    none = expect_warnings(&rig, 0);

    /* Wrong: told once, and as before. */
    g_assert_cmphex(classes_with(&rig, "allow-labels", "7,rde", scores) & ~0x180u, ==, 0);
    g_assert_cmphex(classes_with(&rig, NULL, NULL, scores) & ~0x180u, ==, 0);
    wrong = expect_warnings(&rig, 1);
    g_assert_nonnull(strstr(wrong, "allow-labels: \"rde\""));
    g_assert_nonnull(strstr(wrong, "red"));
    g_assert_cmphex(classes_with(&rig, "allow-labels", "5", scores), ==, 0x020);
    rig_clear(&rig);
}

/* Lists that are there from the start; the threshold is looked at after them. */
static void test_from_start(void)
{
    g_autofree char *launch = vin_plugin_test_launch("top-k=3 allow-labels=\"blue,class 5,9\"");
    Rig rig;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    rig_init(&rig, launch);
    g_assert_cmphex(classes_with(&rig, NULL, NULL, NULL), ==, 0x224);
    g_assert_cmphex(classes_with(&rig, "threshold", "0.4", NULL), ==, 0);
    g_assert_cmphex(classes_with(&rig, "allow-labels", "red,blue", NULL), ==, 0x001);
    rig_clear(&rig);
}

/* An odd tiny model with its sidecar, in the folder of the others. */
static char *launch_odd(const char *name, const VinTinyModel *odd, const char *modelinfo,
                        const char *extra)
{
    g_autofree char *file_name = g_strconcat(name, ".onnx", NULL);
    g_autofree char *sidecar_name = g_strconcat(name, ".modelinfo", NULL);
    g_autofree char *model = g_build_filename(vin_plugin_test_folder(), file_name, NULL);
    g_autofree char *sidecar = g_build_filename(vin_plugin_test_folder(), sidecar_name, NULL);
    g_autofree char *text = g_strconcat("[vkinception]\nscale=0.00392156862745098\n", modelinfo,
                                        NULL);
    g_autoptr(GError) error = NULL;

    vin_tiny_model_write_odd(model, odd, &error);
    g_assert_no_error(error);
    g_file_set_contents(sidecar, text, -1, &error);
    g_assert_no_error(error);
    return g_strdup_printf("vulkaninception model=%s %s", model, extra);
}

/* Sum of a frame's scores under an activation; how many there are in *n. */
static double sum_of_scores(const VinTinyModel *odd, const char *modelinfo, const char *extra,
                            guint *n)
{
    g_autofree char *launch = launch_odd("logits", odd, modelinfo, extra);
    GstBuffer *out;
    double sum = 0;
    VinTag tag;
    Rig rig;

    rig_init(&rig, launch);
    out = classify(&rig);
    for (*n = 0; vin_tags_get(out, *n, &tag); (*n)++) {
        sum += tag.score;
    }
    gst_buffer_unref(out);
    rig_clear(&rig);
    return sum;
}

static void test_activation(void)
{
    const VinTinyModel logits = {.n_classes = N_CLASSES, .no_softmax = TRUE};
    const char *ten = "top-k=10 activation=auto";
    double sigmoid, softmax, none;
    guint n;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    softmax = sum_of_scores(&logits, "activation=softmax\n", ten, &n);
    g_assert_cmpuint(n, ==, N_CLASSES);
    g_assert_cmpfloat_with_epsilon(softmax, 1, 1e-5);
    sigmoid = sum_of_scores(&logits, "activation=sigmoid\n", ten, &n);
    g_assert_cmpuint(n, ==, N_CLASSES);
    g_assert_cmpfloat(sigmoid, >, 4); /* about one and nine halves */
    g_assert_cmpfloat(sigmoid, <, 7);
    none = sum_of_scores(&logits, "", ten, &n);
    g_assert_cmpuint(n, ==, N_CLASSES); /* also those below 0 */
    g_assert_cmpfloat(none, >, 7);
    g_assert_cmpfloat_with_epsilon(
        sum_of_scores(&logits, "activation=sigmoid\n", "top-k=10 activation=softmax", &n), 1, 1e-5);
    g_assert_cmpfloat_with_epsilon(
        sum_of_scores(&logits, "", "top-k=10 activation=sigmoid", &n), sigmoid, 1e-5);
    g_assert_cmpfloat_with_epsilon(
        sum_of_scores(&logits, "activation=sigmoid\n", "top-k=10 activation=none", &n), none, 1e-4);
}

/* No tag is wrong, and one warning a stream tells why they are missing. */
static void test_not_numbers(void)
{
    const VinTinyModel broken = {.n_classes = N_CLASSES, .nan_bias = TRUE};
    g_autofree char *launch = launch_odd("broken", &broken, "", "top-k=10");
    Rig rig;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    rig_init(&rig, launch);
    for (guint stream = 0; stream < 2; stream++) {
        g_autofree char *text = NULL;

        for (guint i = 0; i < 4; i++) {
            g_assert_cmphex(classes_with(&rig, NULL, NULL, NULL), ==, 0);
        }
        text = expect_warnings(&rig, 1);
        g_assert_nonnull(strstr(text, "model broken"));
        g_assert_nonnull(strstr(text, "not a number (NaN)"));
        gst_element_set_state(rig.element, GST_STATE_READY);
        gst_element_set_state(rig.element, GST_STATE_PLAYING);
        gst_harness_set_src_caps(rig.harness, gst_video_info_to_caps(&rig.info));
    }
    rig_clear(&rig);
}

/* Of classes that stand for themselves only the broken one is missing. */
static void test_one_not_a_number(void)
{
    const VinTinyModel broken = {.n_classes = N_CLASSES, .no_softmax = TRUE, .nan_bias = TRUE};
    g_autofree char *launch = launch_odd("one", &broken, "activation=sigmoid\n", "top-k=10");
    g_autofree char *text = NULL;
    Rig rig;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    rig_init(&rig, launch);
    g_assert_cmphex(classes_with(&rig, NULL, NULL, NULL), ==, 0x1ff);
    g_assert_cmphex(classes_with(&rig, NULL, NULL, NULL), ==, 0x1ff);
    text = expect_warnings(&rig, 1);
    g_assert_nonnull(strstr(text, "gave 1 score not"));
    rig_clear(&rig);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/choosing/while-running", test_while_running);
    g_test_add_func("/choosing/from-start", test_from_start);
    g_test_add_func("/choosing/activation", test_activation);
    g_test_add_func("/choosing/not-numbers", test_not_numbers);
    g_test_add_func("/choosing/one-not-a-number", test_one_not_a_number);
    return g_test_run();
}
