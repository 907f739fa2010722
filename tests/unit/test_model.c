/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinModel as a whole: look-up, sidecar and labels by name, heads, softmax, descriptions;
 * GoogLeNet where the reference data is there.
 */
#include <string.h>

#include <vkinception/log.h>

#include "model/model.h"
#include "onnx_make.h"

static char *model_folder; /* VIN_MODEL_PATH of this test */

/* x (1x3x4x4) -> pool -> flat (1x3) -> fc -> scores (1x5) */
static void write_model(const char *name, const char *modelinfo, const char *labels)
{
    Onnx__ModelProto *model = onnx_make_new(13);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *file_name = g_strconcat(name, ".onnx", NULL);
    g_autofree char *path = NULL;

    onnx_make_input(model, "x", "N 3 4 4");
    onnx_make_output(model, "scores");
    onnx_make_floats(model, "w", "3 5");
    onnx_make_node(model, "GlobalAveragePool", "x", "pool");
    onnx_make_node(model, "Flatten", "pool", "flat");
    onnx_make_node(model, "MatMul", "flat w", "scores");
    bytes = onnx_make_bytes(model);
    onnx_make_free(model);
    path = onnx_make_file(bytes, model_folder, file_name);
    if (modelinfo != NULL) {
        g_autoptr(GBytes) text = g_bytes_new_static(modelinfo, strlen(modelinfo));
        g_autofree char *sidecar_name = g_strconcat(name, ".modelinfo", NULL);

        g_free(onnx_make_file(text, model_folder, sidecar_name));
    }
    if (labels != NULL) {
        g_autoptr(GBytes) text = g_bytes_new_static(labels, strlen(labels));
        g_autofree char *labels_name = g_strconcat(name, ".labels", NULL);

        g_free(onnx_make_file(text, model_folder, labels_name));
    }
}

static VinModel *load(const char *name, const char *labels_file, GError **error)
{
    const VinModelParams params = {.name = name, .labels_file = labels_file};

    return vin_model_load(&params, error);
}

static VinModel *load_ok(const char *name)
{
    g_autoptr(GError) error = NULL;
    VinModel *model = load(name, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(model);
    return model;
}

static void count_warning(VinLogLevel level, const char *message, gpointer user_data)
{
    guint *n_warnings = user_data;

    g_assert_true(g_utf8_validate(message, -1, NULL));
    if (level == VIN_LOG_WARN) {
        g_assert_nonnull(strstr(message, "stretch to 4 x 4 bilinear, RGB"));
        (*n_warnings)++;
    }
}

/* No recipe: one warning that says what is assumed; no labels: numbers. */
static void test_bare(void)
{
    guint n_warnings = 0;
    guint width, height;
    g_autoptr(VinModel) model = NULL;
    VinModel *second;

    write_model("bare", NULL, NULL);
    vin_log_set_func(count_warning, VIN_LOG_WARN, &n_warnings);
    model = load_ok("bare");
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_cmpuint(n_warnings, ==, 1);
    g_assert_false(vin_model_has_recipe(model));
    g_assert_cmpstr(vin_model_get_name(model), ==, "bare");
    g_assert_true(g_str_has_suffix(vin_model_get_path(model), "/bare.onnx"));
    g_assert_cmpuint(vin_model_get_n_classes(model), ==, 5);
    g_assert_cmpstr(vin_model_get_label(model, 4), ==, "class 4");
    g_assert_null(vin_model_get_label(model, 5));
    g_assert_null(vin_model_get_wnid(model, 4));
    vin_model_get_input_size(model, &width, &height);
    g_assert_cmpuint(width, ==, 4);
    g_assert_cmpuint(height, ==, 4);
    g_assert_cmpuint(vin_model_get_input_channels(model), ==, 3);
    second = vin_model_ref(model);
    vin_model_unref(second);
    vin_model_unref(NULL);
}

/* Names of files are bytes; messages are text. */
static void test_odd_name(void)
{
    g_autofree char *path = g_build_filename(model_folder, "odd\xff.onnx", NULL);
    guint n_warnings = 0;
    g_autoptr(VinModel) model = NULL;

    write_model("odd\xff", NULL, NULL);
    vin_log_set_func(count_warning, VIN_LOG_WARN, &n_warnings);
    model = load_ok(path);
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_cmpuint(n_warnings, ==, 1);
    g_assert_cmpstr(vin_model_get_name(model), ==, "odd\xef\xbf\xbd");
}

static void test_with_sidecar(void)
{
    g_autoptr(VinModel) model = NULL;
    g_autoptr(VinModel) by_path = NULL;
    g_autofree char *path = g_build_filename(model_folder, "full.onnx", NULL);
    g_autofree char *recipe = NULL;
    const VinGraph *graph;
    const VinTensor *output;

    write_model("full", "[vkinception]\nchannel-order=bgr\nactivation=softmax\nheads=flat\n",
                "a\nb\nc\nd\nn04557648 e\n");
    model = load_ok("full");
    g_assert_true(vin_model_has_recipe(model));
    g_assert_true(vin_model_get_recipe(model)->bgr);
    recipe = vin_model_describe_recipe(model);
    g_assert_nonnull(strstr(recipe, "BGR"));
    g_assert_cmpstr(vin_model_get_label(model, 4), ==, "e");
    g_assert_cmpstr(vin_model_get_wnid(model, 4), ==, "n04557648");
    graph = vin_model_get_graph(model);
    g_assert_cmpuint(graph->outputs->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        output = g_ptr_array_index(graph->outputs, i);
        g_assert_cmpint(output->producer->op, ==, VIN_OP_SOFTMAX);
    }
    g_assert_cmpuint(vin_model_get_n_classes(model), ==, 5);

    by_path = load_ok(path);
    g_assert_cmpstr(vin_model_get_name(by_path), ==, "full");
    g_assert_true(vin_model_has_recipe(by_path));
}

static void count_left_out(VinLogLevel level, const char *message, gpointer user_data)
{
    guint *n_warnings = user_data;

    *n_warnings += level == VIN_LOG_WARN && strstr(message, "is left out") != NULL;
}

/* Ops of the main output's last nodes, "softmax" or "softmax reshape", with @activation asked for
 * by the caller; @n_warnings of those that are left out. */
static char *ends_in(const char *name, VinActivation activation, guint *n_warnings)
{
    const VinModelParams params = {.name = name, .activation = activation};
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(VinModel) model = NULL;
    g_autoptr(GError) error = NULL;
    const VinNode *node;

    *n_warnings = 0;
    vin_log_set_func(count_left_out, VIN_LOG_WARN, n_warnings);
    model = vin_model_load(&params, &error);
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_no_error(error);
    node = ((VinTensor *)g_ptr_array_index(vin_model_get_graph(model)->outputs, 0))->producer;
    for (guint i = 0; i < 2 && node != NULL; i++, node = node->inputs[0]->producer) {
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "", vin_op_name(node->op));
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void check_activation(const char *name, VinActivation activation, const char *wanted,
                             guint n_wanted_warnings)
{
    guint n_warnings;
    g_autofree char *text = ends_in(name, activation, &n_warnings);

    g_assert_cmpstr(text, ==, wanted);
    g_assert_cmpuint(n_warnings, ==, n_wanted_warnings);
}

/* x -> @op -> Flatten -> y, with a sidecar of @modelinfo. */
static void write_ending(const char *name, const char *op, const char *modelinfo)
{
    Onnx__ModelProto *proto = onnx_make_new(13);
    g_autofree char *file_name = g_strconcat(name, ".onnx", NULL);
    g_autofree char *sidecar_name = g_strconcat(name, ".modelinfo", NULL);
    g_autoptr(GBytes) info = g_bytes_new_static(modelinfo, strlen(modelinfo));
    g_autoptr(GBytes) bytes = NULL;
    Onnx__NodeProto *node;

    onnx_make_input(proto, "x", "N 3 1 1");
    onnx_make_output(proto, "y");
    node = onnx_make_node(proto, op, "x", "s");
    if (g_str_equal(op, "Softmax")) {
        onnx_make_attr_int(node, "axis", 1);
    }
    onnx_make_node(proto, "Flatten", "s", "y");
    bytes = onnx_make_bytes(proto);
    onnx_make_free(proto);
    g_free(onnx_make_file(bytes, model_folder, file_name));
    g_free(onnx_make_file(info, model_folder, sidecar_name));
}

/* Logits get what the sidecar or the caller asks for; a softmax or a sigmoid that is there stays
 * the only one. */
static void test_activation(void)
{
    const VinModelParams wrong = {.name = "ends-soft", .activation = (VinActivation)4};
    g_autoptr(GError) error = NULL;

    write_ending("ends-soft", "Softmax", "[vkinception]\nactivation=softmax\n");
    check_activation("ends-soft", VIN_ACTIVATION_AUTO, "reshape softmax", 0);
    check_activation("ends-soft", VIN_ACTIVATION_NONE, "reshape softmax", 0);
    check_activation("ends-soft", VIN_ACTIVATION_SIGMOID, "reshape softmax", 1);
    write_ending("ends-sig", "Sigmoid", "[vkinception]\nactivation=softmax\n");
    check_activation("ends-sig", VIN_ACTIVATION_AUTO, "reshape sigmoid", 1);
    check_activation("ends-sig", VIN_ACTIVATION_SIGMOID, "reshape sigmoid", 0);
    write_ending("ends-logits", "Relu", "[vkinception]\nactivation=sigmoid\n");
    check_activation("ends-logits", VIN_ACTIVATION_AUTO, "sigmoid reshape", 0);
    check_activation("ends-logits", VIN_ACTIVATION_NONE, "reshape relu", 0);
    check_activation("ends-logits", VIN_ACTIVATION_SOFTMAX, "softmax reshape", 0);
    write_ending("ends-bare", "Relu", "[vkinception]\n");
    check_activation("ends-bare", VIN_ACTIVATION_AUTO, "reshape relu", 0);
    check_activation("ends-bare", VIN_ACTIVATION_SIGMOID, "sigmoid reshape", 0);
    g_assert_null(vin_model_load(&wrong, &error));
    onnx_make_expect(error, VIN_ERROR_INVALID, "activation 4|softmax and sigmoid");
}

static void refuse(const char *name, const char *labels_file, VinErrorCode code,
                   const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(load(name, labels_file, &error));
    onnx_make_expect(error, code, words);
}

static void test_refused(void)
{
    g_autofree char *four = NULL;
    static const char text[] = "a\nb\nc\nd\n";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);

    four = onnx_make_file(bytes, model_folder, "four.txt");
    write_model("plain", "[vkinception]\n", NULL);
    refuse("plain", four, VIN_ERROR_FORMAT, "four.txt|4 labels|5 classes");
    refuse("plain", "/no/such/file", VIN_ERROR_FILE, "/no/such/file");
    refuse("nosuchmodel", NULL, VIN_ERROR_FILE, "nosuchmodel.onnx|VIN_MODEL_PATH");
    refuse("no/such.onnx", NULL, VIN_ERROR_FILE, "no/such.onnx");
    write_model("lost", "[vkinception]\nlabels=nowhere.txt\n", NULL);
    refuse("lost", NULL, VIN_ERROR_FILE, "lost.modelinfo|labels=nowhere.txt");
    write_model("bad", "[vkinception]\nresize=squash\n", NULL);
    refuse("bad", NULL, VIN_ERROR_FORMAT, "bad.modelinfo|resize=squash");
    write_model("head", "[vkinception]\nheads=nothing\n", NULL);
    refuse("head", NULL, VIN_ERROR_FORMAT, "head.onnx|nothing");
    write_model("map", "[vkinception]\noutput=x2\n", NULL);
    refuse("map", NULL, VIN_ERROR_FORMAT, "map.onnx|x2");
}

/* A file of some bytes must not make as many labels as it likes. */
static void test_too_many_classes(void)
{
    Onnx__ModelProto *proto = onnx_make_new(13);
    g_autoptr(GBytes) bytes = NULL;
    g_autofree char *path = NULL;

    onnx_make_input(proto, "x", "N 1 1024 1025");
    onnx_make_output(proto, "y");
    onnx_make_node(proto, "Flatten", "x", "y");
    bytes = onnx_make_bytes(proto);
    onnx_make_free(proto);
    path = onnx_make_file(bytes, model_folder, "wide.onnx");
    refuse("wide", NULL, VIN_ERROR_UNSUPPORTED, "wide.onnx|1x1049600|131072");
}

/* A sidecar with GStreamer's groups only has no recipe of ours. */
static void test_foreign_sidecar(void)
{
    g_autoptr(VinModel) model = NULL;
    guint n_warnings = 0;

    write_model("foreign", "[modelinfo]\nversion=1.0\n[x]\ndir=input\n", NULL);
    vin_log_set_func(count_warning, VIN_LOG_WARN, &n_warnings);
    model = load_ok("foreign");
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_false(vin_model_has_recipe(model));
    g_assert_cmpuint(n_warnings, ==, 1);
}

static void test_describe(void)
{
    g_autoptr(VinModel) model = NULL;
    g_autofree char *text = NULL;
    g_autofree char *json = NULL;
    g_autofree char *dot = NULL;

    write_model("words", "[vkinception]\n", NULL);
    model = load_ok("words");
    text = vin_model_describe(model, VIN_DESCRIBE_TEXT);
    json = vin_model_describe(model, VIN_DESCRIBE_JSON);
    dot = vin_model_describe(model, VIN_DESCRIBE_DOT);
    g_assert_nonnull(strstr(text, "words.onnx"));
    g_assert_nonnull(strstr(text, "operator set 13"));
    g_assert_nonnull(strstr(text, "activation none"));
    g_assert_nonnull(strstr(json, "\"activation\": \"none\""));
    g_assert_nonnull(strstr(text, "scores"));
    g_assert_true(g_str_has_prefix(json, "{\"name\": \"words\", \"file\": \""));
    g_assert_nonnull(strstr(json, "\"opset\": 13"));
    g_assert_nonnull(strstr(json, "\"layers\""));
    g_assert_true(g_str_has_prefix(dot, "digraph"));
}

/* The reference folder has the network alone: recipe and labels are the project's own. */
static void test_googlenet(void)
{
    g_autofree char *path = g_build_filename(g_getenv("VIN_SHARED_DIR"), "models",
                                             "googlenet.onnx", NULL);
    g_autoptr(VinModel) model = NULL;
    const VinGraph *graph;
    const VinRecipe *recipe;
    g_autofree char *shape = NULL;
    guint64 n_params = 0;

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("VIN_SHARED_DIR has no models/googlenet.onnx");
        return;
    }
    model = load_ok(path);
    graph = vin_model_get_graph(model);
    for (guint i = 0; i < graph->nodes->len; i++) {
        n_params += vin_node_n_params(g_ptr_array_index(graph->nodes, i));
    }
    g_assert_cmpuint(n_params, ==, 6998552); /* of the network without its training heads */
    g_assert_cmpuint(graph->nodes->len, ==, 143);
    shape = vin_shape_to_string(&vin_graph_find_tensor(graph, "inception_4e/output")->shape);
    g_assert_cmpstr(shape, ==, "1x832x14x14");
    recipe = vin_model_get_recipe(model);
    g_assert_true(vin_model_has_recipe(model));
    g_assert_cmpuint(recipe->resize_width, ==, 256);
    g_assert_cmpuint(recipe->resize_height, ==, 256);
    g_assert_true(recipe->bgr);
    g_assert_cmpfloat(recipe->mean[1], ==, 117.0f);
    g_assert_cmpstr(vin_model_get_label(model, 898), ==, "water bottle");
    g_assert_cmpstr(vin_model_get_wnid(model, 898), ==, "n04557648");
}

int main(int argc, char **argv)
{
    int failed;

    model_folder = onnx_make_folder();
    g_setenv("VIN_MODEL_PATH", model_folder, TRUE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/bare", test_bare);
    g_test_add_func("/model/odd-name", test_odd_name);
    g_test_add_func("/model/with-sidecar", test_with_sidecar);
    g_test_add_func("/model/activation", test_activation);
    g_test_add_func("/model/refused", test_refused);
    g_test_add_func("/model/too-many-classes", test_too_many_classes);
    g_test_add_func("/model/foreign-sidecar", test_foreign_sidecar);
    g_test_add_func("/model/describe", test_describe);
    g_test_add_func("/model/googlenet", test_googlenet);
    failed = g_test_run();
    onnx_make_remove(model_folder);
    return failed;
}
