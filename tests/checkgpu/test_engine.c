/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames through an engine of a tiny network: scores against the reference, tickets, frames that
 * change, threads, wrong frames. Every frame's result is held against the network run on what
 * vin_stream_preprocess() says of it, so no recipe is assumed here.
 */
#include <math.h>
#include <string.h>

#include "engine_rig.h"
#include "model/model.h"
#include "support/random.h"
#include "tests/ref/ref.h"

static void check_same(const VinResult *a, const VinResult *b)
{
    g_assert_cmpuint(a->n_top, ==, b->n_top);
    for (guint i = 0; i < a->n_top; i++) {
        g_assert_cmpuint(a->top[i].index, ==, b->top[i].index);
        g_assert_cmpfloat(a->top[i].score, ==, b->top[i].score);
    }
}

/* What @frame gives when it is pre-processed, read back and run as a tensor. */
static VinResult expected_result(VinStream *stream, const VinFrame *frame)
{
    g_autoptr(GError) error = NULL;
    g_autofree float *values = g_new0(float, RIG_N_VALUES);
    VinResult result;

    vin_stream_preprocess(stream, frame, values, RIG_N_VALUES, &error);
    g_assert_no_error(error);
    vin_stream_run_tensor(stream, values, RIG_N_VALUES, &result, &error);
    g_assert_no_error(error);
    return result;
}

static void test_reference(void)
{
    const VinEngineParams params = {.top_k = 100, .all_scores = TRUE};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    const VinGraph *graph = vin_model_get_graph(rig_model);
    VinRandom random = {1};

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    for (guint round = 0; round < 5; round++) {
        g_autofree float *values = vin_random_floats(&random, RIG_N_VALUES, 0.0f, 1.0f);
        g_autoptr(GPtrArray) all = NULL;
        g_autoptr(GError) error = NULL;
        const double *expected;
        VinResult result;
        double sum = 0;

        vin_ref_run(graph, values, RIG_N_VALUES, &all, &error);
        g_assert_no_error(error);
        expected = vin_ref_values(all, g_ptr_array_index(graph->outputs, 0));
        vin_stream_run_tensor(stream, values, RIG_N_VALUES, &result, &error);
        g_assert_no_error(error);

        g_assert_cmpuint(result.n_top, ==, RIG_N_CLASSES);
        g_assert_nonnull(result.scores);
        for (guint i = 0; i < RIG_N_CLASSES; i++) {
            g_assert_cmpfloat(fabs(result.scores[i] - expected[i]), <, 1e-5);
            g_assert_cmpfloat(result.top[i].score, ==, result.scores[result.top[i].index]);
            g_assert_true(i == 0 || result.top[i].score <= result.top[i - 1].score);
            sum += result.top[i].score;
        }
        g_assert_cmpfloat(fabs(sum - 1.0), <, 1e-5);
    }
}

static void test_brightest_channel(void)
{
    const VinEngineParams params = {.top_k = 2, .slots = 1};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    for (guint channel = 0; channel < 3; channel++) {
        g_autofree float *values = g_new0(float, RIG_N_VALUES);
        g_autoptr(GError) error = NULL;
        VinResult result;

        for (guint i = 0; i < RIG_N_VALUES / 3; i++) {
            values[channel * (RIG_N_VALUES / 3) + i] = 0.9f;
        }
        vin_stream_run_tensor(stream, values, RIG_N_VALUES, &result, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(result.n_top, ==, 2);
        g_assert_cmpuint(result.top[0].index, ==, channel);
        g_assert_null(result.scores);
    }
}

static void test_tickets(void)
{
    const VinEngineParams params = {.slots = 3};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    guint8 *pixels[3];
    VinTicket tickets[3], extra = 0;
    VinResult expected[3], result;
    VinFrame frame;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    for (guint i = 0; i < 3; i++) {
        pixels[i] = rig_noise_pixels(i, i == 0 ? 200 : 9, i == 1 ? 200 : 9, i == 2 ? 200 : 9);
        frame = rig_rgb_frame(pixels[i]);
        expected[i] = expected_result(stream, &frame);
    }
    g_assert_cmpuint(expected[0].top[0].index, !=, expected[2].top[0].index);
    for (guint round = 0; round < 3; round++) {
        for (guint i = 0; i < 3; i++) {
            frame = rig_rgb_frame(pixels[i]);
            g_assert_true(vin_stream_submit(stream, &frame, &tickets[i], &error));
            g_assert_cmpuint(tickets[i], !=, 0);
        }
        g_assert_false(vin_stream_submit(stream, &frame, &extra, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_BUSY);
        g_clear_error(&error);
        for (guint i = 0; i < 3; i++) {
            const guint which = (i + round + 2) % 3;

            g_assert_true(vin_stream_collect(stream, tickets[which], &result, &error));
            check_same(&result, &expected[which]);
            g_assert_true(vin_stream_is_done(stream, tickets[which]));
            g_assert_false(vin_stream_collect(stream, tickets[which], &result, &error));
            g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
            g_clear_error(&error);
        }
    }
    g_assert_false(vin_stream_collect(stream, 0, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    frame = rig_rgb_frame(pixels[0]); /* left in flight: freeing the stream waits for it */
    g_clear_error(&error);
    g_assert_true(vin_stream_submit(stream, &frame, &extra, &error));
    for (guint i = 0; i < 3; i++) {
        g_free(pixels[i]);
    }
}

/* Format, size, stride and crop change from frame to frame; the stream keeps up. */
static void test_changing_frames(void)
{
    const VinEngineParams params = {.slots = 2, .top_k = 3};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    VinRandom random = {77};

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    for (guint round = 0; round < 40; round++) {
        const VinFormat format = (VinFormat)vin_random_range(&random, 1, VIN_N_FORMATS - 1);
        VinFrame frame = {
            .format = format,
            .width = vin_random_range(&random, 1, 70),
            .height = vin_random_range(&random, 1, 70),
        };
        VinFrame packed = frame;
        g_autofree guint8 *loose = g_malloc(300 * 70 * 3);
        g_autofree guint8 *tight = g_malloc(300 * 70 * 3);
        g_autoptr(GError) error = NULL;
        VinResult result, expected;

        for (guint i = 0; i < 300 * 70 * 3; i++) {
            loose[i] = (guint8)vin_random_u32(&random);
        }
        for (guint i = 0; i < vin_format_n_planes(format); i++) {
            guint row_bytes, n_rows;

            vin_format_plane_size(format, i, frame.width, frame.height, &row_bytes, &n_rows);
            frame.planes[i] = loose + i * 300 * 70;
            frame.strides[i] = row_bytes + vin_random_range(&random, 0, 20);
            packed.planes[i] = tight + i * 300 * 70;
            for (guint y = 0; y < n_rows; y++) {
                memcpy(tight + i * 300 * 70 + y * row_bytes,
                       frame.planes[i] + y * frame.strides[i], row_bytes);
            }
        }
        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
        expected = expected_result(stream, &packed);
        check_same(&result, &expected);
    }
}

/* The upload buffer grows under a recording that would serve otherwise. */
static void test_growing_frames(void)
{
    const VinEngineParams params = {.slots = 1, .all_scores = TRUE};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(VinStream) other = NULL;
    VinRandom random = {5};

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    other = rig_stream(engine);
    for (guint side = 16; side <= 512; side *= 2) {
        g_autofree guint8 *pixels = g_malloc((gsize)side * side);
        g_autoptr(GError) error = NULL;
        const VinFrame frame = {
            .format = VIN_FORMAT_GRAY8, .width = side, .height = side, .planes = {pixels}};
        VinResult result, expected;

        for (guint i = 0; i < side * side; i++) {
            pixels[i] = (guint8)vin_random_range(&random, 0, side / 2 - 1);
        }
        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
        expected = expected_result(other, &frame);
        check_same(&result, &expected);
    }
}

static void expect_invalid(VinStream *stream, VinFrame frame)
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    g_assert_false(vin_stream_run(stream, &frame, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
}

static void test_wrong_frames(void)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    g_autoptr(VinStream) stream = NULL;
    g_autofree guint8 *pixels = rig_noise_pixels(5, 1, 2, 3);
    const VinFrame good = rig_rgb_frame(pixels);
    g_autoptr(GError) error = NULL;
    float value = 0;
    VinFrame frame;
    VinResult result;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    frame = good, frame.format = VIN_FORMAT_UNKNOWN;
    expect_invalid(stream, frame);
    frame = good, frame.format = VIN_N_FORMATS;
    expect_invalid(stream, frame);
    frame = good, frame.width = 0;
    expect_invalid(stream, frame);
    frame = good, frame.height = 16385;
    expect_invalid(stream, frame);
    frame = good, frame.planes[0] = NULL;
    expect_invalid(stream, frame);
    frame = good, frame.strides[0] = 3 * RIG_WIDTH - 1;
    expect_invalid(stream, frame);
    frame = good, frame.crop_x = RIG_WIDTH;
    expect_invalid(stream, frame);
    frame = good, frame.crop_y = 1, frame.crop_height = RIG_HEIGHT;
    expect_invalid(stream, frame);
    frame = good, frame.crop_x = 2, frame.crop_width = G_MAXUINT;
    expect_invalid(stream, frame);

    if (vin_device_get_info(rig_device)->max_storage_bytes < (guint64)1 << 30) {
        frame = good, frame.format = VIN_FORMAT_RGBA; /* refused before it is read */
        frame.width = frame.height = 16384;
        g_assert_false(vin_stream_run(stream, &frame, &result, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, "16384x16384 RGBA takes 1073741824 bytes"));
        g_clear_error(&error);
        g_assert_false(vin_stream_check_frame(stream, &frame, NULL));
        frame.crop_width = frame.crop_height = 100; /* of which little is uploaded */
        g_assert_true(vin_stream_check_frame(stream, &frame, NULL));
    }
    g_assert_false(vin_stream_run_tensor(stream, &value, 1, &result, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(vin_stream_preprocess(stream, &good, &value, 1, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_true(vin_stream_run(stream, &good, &result, &error)); /* still in order */
    g_assert_no_error(error);
}

static gpointer run_many(gpointer data)
{
    VinEngine *engine = data;
    g_autoptr(VinStream) stream = rig_stream(engine);
    guint8 *pixels[4];
    VinResult expected[4];

    for (guint i = 0; i < 4; i++) {
        VinFrame frame;

        pixels[i] = rig_noise_pixels(GPOINTER_TO_UINT(g_thread_self()) + i, 60 * i, 100,
                                     180 - 60 * i);
        frame = rig_rgb_frame(pixels[i]);
        expected[i] = expected_result(stream, &frame);
    }
    for (guint i = 0; i < 60; i++) {
        const VinFrame frame = rig_rgb_frame(pixels[i % 4]);
        g_autoptr(GError) error = NULL;
        VinResult result;

        vin_stream_run(stream, &frame, &result, &error);
        g_assert_no_error(error);
        check_same(&result, &expected[i % 4]);
    }
    for (guint i = 0; i < 4; i++) {
        g_free(pixels[i]);
    }
    return NULL;
}

static void test_threads(void)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    GThread *threads[3];

    if (engine == NULL) {
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("frames", run_many, engine);
    }
    for (guint i = 0; i < G_N_ELEMENTS(threads); i++) {
        g_thread_join(threads[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/engine/reference", test_reference);
    g_test_add_func("/engine/brightest-channel", test_brightest_channel);
    g_test_add_func("/engine/tickets", test_tickets);
    g_test_add_func("/engine/changing-frames", test_changing_frames);
    g_test_add_func("/engine/growing-frames", test_growing_frames);
    g_test_add_func("/engine/wrong-frames", test_wrong_frames);
    g_test_add_func("/engine/threads", test_threads);
    return rig_run();
}
