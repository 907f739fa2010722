/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Properties that change while the stream runs: all of them at random, the model back and forth.
 * No frame is lost, no change stops the stream.
 */
#include "pipe.h"
#include "plugin_test.h"

#include <string.h>
#include <vkinception/gst-tags.h>

#define SOURCE \
    "videotestsrc name=source is-live=true pattern=red ! " \
    "video/x-raw,width=64,height=48,framerate=50/1"
#define SWAP_SECONDS 20

/* What texts may be; NULL ends a list, "" is unset. "TINY" stands for the tests' model. */
static const struct {
    const char *property;
    const char *values[6];
} texts[] = {
    {"model", {"", "signal", "TINY", "/no/such.onnx"}},
    {"labels-file", {"", "", "LABELS", "/no/such.txt"}},
    {"device", {"", "0"}},
    {"heads", {"", "main", "all"}},
    {"head-weights", {"", "", "1", "1,0.5"}},
    {"allow-labels", {"", "r*,g*,b*", "0,1,2", "/no label/"}},
    {"deny-labels", {"", "b*", "2"}},
    {"model-instance-id", {"", "one", "two"}},
    {"object-class", {"", "person", "car"}},
};

static const char *random_text(const char *property)
{
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (strcmp(texts[i].property, property) == 0) {
            const char *value;
            guint n = 0;

            while (n < G_N_ELEMENTS(texts[i].values) && texts[i].values[n] != NULL) {
                n++;
            }
            value = texts[i].values[g_test_rand_int_range(0, (gint32)n)];
            return strcmp(value, "TINY") == 0     ? vin_plugin_test_model()
                   : strcmp(value, "LABELS") == 0 ? vin_plugin_test_labels()
                                                  : value;
        }
    }
    g_error("the property %s has no values in this test", property);
}

/* Small numbers often, large ones sometimes: those are memory. */
static guint64 random_number(guint64 least, guint64 most)
{
    const guint64 wanted = g_test_rand_bit() ? 4 : 100000000;

    return least + (guint64)(g_test_rand_double() * (double)MIN(most - least, wanted));
}

static void random_value(GParamSpec *spec, GValue *value)
{
    g_value_init(value, spec->value_type);
    if (G_IS_PARAM_SPEC_STRING(spec)) {
        g_value_set_string(value, random_text(spec->name));
    } else if (G_IS_PARAM_SPEC_BOOLEAN(spec)) {
        g_value_set_boolean(value, g_test_rand_bit());
    } else if (G_IS_PARAM_SPEC_ENUM(spec)) {
        const GEnumClass *values = G_PARAM_SPEC_ENUM(spec)->enum_class;

        g_value_set_enum(
            value, values->values[g_test_rand_int_range(0, (gint32)values->n_values)].value);
    } else if (G_IS_PARAM_SPEC_UINT(spec)) {
        const GParamSpecUInt *uint = G_PARAM_SPEC_UINT(spec);

        g_value_set_uint(value, (guint)random_number(uint->minimum, uint->maximum));
    } else if (G_IS_PARAM_SPEC_UINT64(spec)) {
        const GParamSpecUInt64 *uint64 = G_PARAM_SPEC_UINT64(spec);

        g_value_set_uint64(value, random_number(uint64->minimum, uint64->maximum));
    } else if (G_IS_PARAM_SPEC_DOUBLE(spec)) {
        const GParamSpecDouble *real = G_PARAM_SPEC_DOUBLE(spec);

        g_value_set_double(value, g_test_rand_double_range(real->minimum, real->maximum));
    } else {
        g_error("the property %s has a type that this test does not know", spec->name);
    }
}

/* Ours, not those of the classes above. To g_ptr_array_unref(). */
static GPtrArray *writable(GstElement *element)
{
    GPtrArray *specs = g_ptr_array_new();
    g_autofree GParamSpec **all = NULL;
    guint n = 0;

    all = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &n);
    for (guint i = 0; i < n; i++) {
        if ((all[i]->flags & G_PARAM_WRITABLE) != 0 &&
            all[i]->owner_type == G_OBJECT_TYPE(element)) {
            g_ptr_array_add(specs, all[i]);
        }
    }
    g_assert_cmpuint(specs->len, >=, 10);
    return specs;
}

static void set_defaults(GstElement *element, const GPtrArray *specs)
{
    for (guint i = 0; i < specs->len; i++) {
        const GParamSpec *spec = g_ptr_array_index(specs, i);

        g_object_set_property(G_OBJECT(element), spec->name,
                              g_param_spec_get_default_value((GParamSpec *)spec));
    }
}

static void test_flags(void)
{
    g_autoptr(GstElement) element = gst_element_factory_make("vulkaninception", NULL);
    g_autoptr(GPtrArray) specs = NULL;

    g_assert_nonnull(element);
    specs = writable(element);
    for (guint i = 0; i < specs->len; i++) {
        const GParamSpec *spec = g_ptr_array_index(specs, i);

        if ((spec->flags & GST_PARAM_MUTABLE_PLAYING) == 0) {
            g_test_message("%s is not said to be changeable in PLAYING", spec->name);
            g_test_fail();
        }
    }
}

typedef struct {
    GMutex lock;
    GCond changed;
    char *model; /* of the last frame */
    char *label;
    guint n_changes; /* of the model */
} Last;

static void on_out(GstBuffer *buffer, gpointer user_data)
{
    const char *model = vin_tags_get_model(buffer);
    Last *last = user_data;
    VinTag tag;

    g_mutex_lock(&last->lock);
    if (model != NULL) {
        last->n_changes += last->model != NULL && strcmp(last->model, model) != 0;
        g_free(last->model);
        last->model = g_strdup(model);
    }
    g_free(last->label);
    last->label = vin_tags_get(buffer, 0, &tag) ? g_strdup(tag.label) : NULL;
    g_cond_broadcast(&last->changed);
    g_mutex_unlock(&last->lock);
}

/* Waits for a frame tagged by @model, with @label first when that is not NULL. */
static gboolean wait_for(Last *last, const char *model, const char *label)
{
    const gint64 until = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    gboolean ok = TRUE;

    g_mutex_lock(&last->lock);
    while (ok && (g_strcmp0(last->model, model) != 0 ||
                  (label != NULL && g_strcmp0(last->label, label) != 0))) {
        ok = g_cond_wait_until(&last->changed, &last->lock, until);
    }
    if (!ok) {
        g_test_message("model %s, label %s", last->model, last->label);
    }
    g_mutex_unlock(&last->lock);
    return ok;
}

static void last_clear(Last *last)
{
    g_free(last->model);
    g_free(last->label);
    g_mutex_clear(&last->lock);
    g_cond_clear(&last->changed);
}

static void end(VinPipe *pipe)
{
    g_autoptr(GstElement) source = vin_pipe_get(pipe, "source");
    VinWatchFacts facts;

    gst_element_send_event(source, gst_event_new_eos());
    g_assert_true(vin_pipe_play(pipe, 60));
    facts = vin_watch_get(pipe->watch);
    g_test_message("%u frames in, %u out, %u tagged, longest %.1f ms, %u warnings", facts.n_in,
                   facts.n_out, facts.n_tagged, (double)facts.longest / 1e3, pipe->n_warnings);
    g_assert_cmpuint(facts.n_out, ==, facts.n_in);
    vin_watch_check_empty(pipe->watch);
    vin_pipe_close(pipe);
}

static void test_all(void)
{
    const gint64 length = vin_pipe_size(60, 3) * G_USEC_PER_SEC;
    g_autofree char *tiny = vin_plugin_test_launch("");
    g_autoptr(GPtrArray) specs = NULL;
    Last last = {0};
    gint64 until;
    guint n = 0;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, SOURCE, tiny, "fakesink sync=false");
    vin_watch_set_func(pipe.watch, on_out, &last);
    specs = writable(pipe.element);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(wait_for(&last, "tiny", "red"));
    until = g_get_monotonic_time() + length;
    while (g_get_monotonic_time() < until) {
        GParamSpec *spec =
            g_ptr_array_index(specs, g_test_rand_int_range(0, (gint32)specs->len));
        g_auto(GValue) value = G_VALUE_INIT;

        random_value(spec, &value);
        g_object_set_property(G_OBJECT(pipe.element), spec->name, &value);
        n++;
        vin_pipe_doze(30);
        vin_pipe_messages(&pipe);
        g_assert_cmpuint(pipe.n_errors, ==, 0);
    }
    g_test_message("%u changes", n);
    set_defaults(pipe.element, specs);
    g_object_set(pipe.element, "model", vin_plugin_test_model(), "labels-file",
                 vin_plugin_test_labels(), NULL);
    g_assert_true(wait_for(&last, "tiny", "red"));
    end(&pipe);
    last_clear(&last);
}

/* The new model is made ready beside the old one, which goes on; one that cannot be used is told
 * in a warning. */
static void test_models(void)
{
    const guint n = vin_pipe_size(50, 10);
    const guint pause_ms = vin_pipe_is_full() ? SWAP_SECONDS * 1000 / 2 / n : 0;
    const gint64 since = g_get_monotonic_time();
    g_autofree char *tiny = vin_plugin_test_launch("");
    VinWatchFacts facts;
    Last last = {0};
    double seconds;
    VinPipe pipe;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, SOURCE, tiny, "fakesink sync=false");
    g_object_set(pipe.element, "labels-file", NULL, NULL);
    vin_watch_set_func(pipe.watch, on_out, &last);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(wait_for(&last, "tiny", NULL));
    for (guint i = 0; i < n; i++) {
        g_object_set(pipe.element, "model", i % 2 == 0 ? "signal" : vin_plugin_test_model(), NULL);
        g_assert_true(wait_for(&last, i % 2 == 0 ? "signal" : "tiny", NULL));
        vin_pipe_doze(pause_ms);
    }
    seconds = (double)(g_get_monotonic_time() - since) / G_USEC_PER_SEC;
    vin_pipe_messages(&pipe);
    g_assert_cmpuint(pipe.n_warnings, ==, 0);
    g_object_set(pipe.element, "model", "/no/such.onnx", NULL);
    for (guint i = 0; pipe.n_warnings == 0 && i < 100; i++) {
        g_usleep(50000);
        vin_pipe_messages(&pipe);
    }
    facts = vin_watch_get(pipe.watch);
    g_test_message("%u models in %.1f s", n, seconds);
    g_assert_cmpuint(pipe.n_warnings, ==, 1);
    g_assert_cmpuint(facts.n_tagged, ==, facts.n_out);
    g_assert_cmpuint(last.n_changes, ==, n);
    if (vin_pipe_is_full()) {
        g_assert_cmpfloat(seconds, <, SWAP_SECONDS);
    }
    end(&pipe);
    last_clear(&last);
}

/* An instance of one's own may get another model; one that somebody else has, too, may not. */
static void test_instance(void)
{
    g_autofree char *tiny = vin_plugin_test_launch("model-instance-id=lonely");
    Last last = {0};
    VinPipe pipe;
    VinPipe other;

    if (!vin_plugin_test_has_device()) {
        return;
    }
    vin_pipe_open(&pipe, SOURCE, tiny, "fakesink sync=false");
    vin_watch_set_func(pipe.watch, on_out, &last);
    vin_pipe_set_state(&pipe, GST_STATE_PLAYING);
    g_assert_true(wait_for(&last, "tiny", "red"));
    g_object_set(pipe.element, "model", "signal", "labels-file", NULL, NULL);
    g_assert_true(wait_for(&last, "signal", NULL));
    vin_pipe_messages(&pipe);
    g_assert_cmpuint(pipe.n_warnings, ==, 0);
    vin_pipe_open(&other, SOURCE, "vulkaninception model=signal model-instance-id=lonely",
                  "fakesink sync=false");
    vin_pipe_set_state(&other, GST_STATE_PLAYING);
    g_assert_true(vin_watch_wait(other.watch, 1, 60));
    g_object_set(pipe.element, "model", vin_plugin_test_model(), NULL);
    for (guint i = 0; pipe.n_warnings == 0 && i < 200; i++) {
        g_usleep(50000);
        vin_pipe_messages(&pipe);
    }
    g_assert_cmpuint(pipe.n_warnings, ==, 1);
    end(&other);
    end(&pipe);
    last_clear(&last);
}

int main(int argc, char **argv)
{
    vin_plugin_test_init(&argc, &argv);
    g_test_add_func("/live/flags", test_flags);
    g_test_add_func("/live/all", test_all);
    g_test_add_func("/live/models", test_models);
    g_test_add_func("/live/instance", test_instance);
    return g_test_run();
}
