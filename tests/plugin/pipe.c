/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Opens, drives and ends a watched pipeline.
 */
#include "pipe.h"

#include <string.h>

#define STATE_SECONDS 30 /* a change of state that takes longer hangs */

gboolean vin_pipe_is_full(void)
{
    return g_strcmp0(g_getenv("VIN_TEST_FULL"), "1") == 0;
}

guint vin_pipe_size(guint full, guint quick)
{
    return vin_pipe_is_full() ? full : quick;
}

void vin_pipe_doze(guint most_ms)
{
    g_usleep((gulong)g_test_rand_int_range(0, (gint32)(most_ms * 1000 + 1)));
}

void vin_pipe_open(VinPipe *pipe, const char *head, const char *classifier, const char *tail)
{
    g_autofree char *launch =
        g_strdup_printf("%s ! %s name=classifier ! %s", head, classifier, tail);
    g_autoptr(GError) error = NULL;

    memset(pipe, 0, sizeof *pipe);
    pipe->pipeline = gst_parse_launch(launch, &error);
    g_assert_no_error(error);
    pipe->element = vin_pipe_get(pipe, "classifier");
    pipe->watch = vin_watch_new(pipe->element);
}

GstElement *vin_pipe_get(VinPipe *pipe, const char *name)
{
    GstElement *element = gst_bin_get_by_name(GST_BIN(pipe->pipeline), name);

    g_assert_nonnull(element);
    return element;
}

static void tell(const char *what, GstMessage *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *debug = NULL;

    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, &debug);
    } else {
        gst_message_parse_warning(message, &error, &debug);
    }
    g_test_message("%s of %s: %s (%s)", what, GST_OBJECT_NAME(message->src), error->message,
                   debug != NULL ? debug : "no more is known");
}

/* TRUE: it was EOS. */
static gboolean take_message(VinPipe *pipe, GstMessage *message)
{
    const GstMessageType type = GST_MESSAGE_TYPE(message);

    if (type == GST_MESSAGE_ERROR) {
        pipe->n_errors++;
        tell("error", message);
    } else if (type == GST_MESSAGE_WARNING) {
        pipe->n_warnings++;
        tell("warning", message);
    }
    gst_message_unref(message);
    return type == GST_MESSAGE_EOS;
}

gboolean vin_pipe_messages(VinPipe *pipe)
{
    g_autoptr(GstBus) bus = gst_element_get_bus(pipe->pipeline);
    GstMessage *message;
    gboolean eos = FALSE;

    while ((message = gst_bus_pop(bus)) != NULL) {
        eos |= take_message(pipe, message);
    }
    return eos;
}

void vin_pipe_set_state(VinPipe *pipe, GstState state)
{
    g_assert_cmpint(gst_element_set_state(pipe->pipeline, state), !=, GST_STATE_CHANGE_FAILURE);
}

void vin_pipe_reach(VinPipe *pipe, GstState state)
{
    vin_pipe_set_state(pipe, state);
    g_assert_cmpint(
        gst_element_get_state(pipe->pipeline, NULL, NULL, STATE_SECONDS * GST_SECOND), !=,
        GST_STATE_CHANGE_FAILURE);
    g_assert_cmpint(GST_STATE(pipe->pipeline), ==, state);
}

gboolean vin_pipe_play(VinPipe *pipe, guint seconds)
{
    const GstMessageType wanted = GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING;
    g_autoptr(GstBus) bus = gst_element_get_bus(pipe->pipeline);
    const gint64 until = g_get_monotonic_time() + seconds * G_USEC_PER_SEC;
    const guint n_errors = pipe->n_errors;
    gboolean eos = FALSE;

    vin_pipe_set_state(pipe, GST_STATE_PLAYING);
    while (!eos && pipe->n_errors == n_errors) {
        gint64 left = until - g_get_monotonic_time();
        GstMessage *message =
            left > 0 ? gst_bus_timed_pop_filtered(bus, (guint64)left * GST_USECOND, wanted)
                     : NULL;

        if (message == NULL) {
            g_test_message("no EOS within %u s", seconds);
            break;
        }
        eos = take_message(pipe, message);
    }
    return eos;
}

void vin_pipe_stop(VinPipe *pipe)
{
    const gint64 since = g_get_monotonic_time();

    vin_pipe_messages(pipe);
    gst_element_set_state(pipe->pipeline, GST_STATE_NULL);
    g_assert_cmpint(g_get_monotonic_time() - since, <, STATE_SECONDS * G_USEC_PER_SEC);
}

void vin_pipe_close(VinPipe *pipe)
{
    vin_pipe_stop(pipe);
    vin_watch_check(pipe->watch);
    g_assert_cmpuint(pipe->n_errors, ==, 0);
    vin_watch_free(pipe->watch);
    gst_object_unref(pipe->element);
    gst_object_unref(pipe->pipeline);
    memset(pipe, 0, sizeof *pipe);
}

GstFlowReturn vin_pipe_push(VinPipe *pipe, GstBuffer *buffer, GstCaps *caps)
{
    g_autoptr(GstElement) source = vin_pipe_get(pipe, "source");
    g_autoptr(GstSample) sample = NULL;
    GstFlowReturn flow = GST_FLOW_ERROR;

    if (caps != NULL) {
        sample = gst_sample_new(buffer, caps, NULL, NULL);
        g_signal_emit_by_name(source, "push-sample", sample, &flow);
    } else {
        g_signal_emit_by_name(source, "push-buffer", buffer, &flow);
    }
    gst_buffer_unref(buffer);
    return flow;
}

void vin_pipe_push_eos(VinPipe *pipe)
{
    g_autoptr(GstElement) source = vin_pipe_get(pipe, "source");
    GstFlowReturn flow = GST_FLOW_ERROR;

    g_signal_emit_by_name(source, "end-of-stream", &flow);
    g_assert_cmpint(flow, ==, GST_FLOW_OK);
}
