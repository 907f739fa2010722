/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files that are no good: missing, cut, damaged, of the wrong version. Nothing may crash,
 * and every refusal is one VIN_ERROR.
 */
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "onnx_make.h"

/* One of everything that is easy to damage: conv, pool, concat, reshape, gemm, softmax. */
static Onnx__ModelProto *small_model(gint64 opset)
{
    Onnx__ModelProto *model = onnx_make_new(opset);
    Onnx__NodeProto *node;

    onnx_make_input(model, "x", "N 3 6 6");
    onnx_make_output(model, "y");
    onnx_make_floats(model, "w", "2 3 3 3");
    onnx_make_floats(model, "b", "2");
    onnx_make_floats(model, "fc", "36 4");
    onnx_make_ints(model, "shape", "1 -1");
    node = onnx_make_node(model, "Conv", "x w b", "conv");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    onnx_make_attr_ints(node, "strides", "2 2");
    node = onnx_make_node(model, "MaxPool", "conv", "pool");
    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_text(node, "auto_pad", "SAME_UPPER");
    onnx_make_attr_int(onnx_make_node(model, "Concat", "conv pool", "cat"), "axis", 1);
    onnx_make_node(model, "Reshape", "cat shape", "flat");
    onnx_make_node(model, "Gemm", "flat fc", "scores");
    onnx_make_node(model, "Softmax", "scores", "y");
    return model;
}

/* Loads and imports; the result may be either, but an error must be ours. */
static gboolean load(const char *path, GError **error)
{
    const VinOnnxOutputs first = {NULL, NULL};
    g_autoptr(GError) cause = NULL;
    g_autoptr(VinOnnxFile) file = vin_onnx_file_load(path, &cause);
    g_autoptr(VinGraph) graph = file != NULL ? vin_onnx_import(file, &first, &cause) : NULL;

    if (graph != NULL) {
        g_assert_no_error(cause);
        return TRUE;
    }
    g_assert_nonnull(cause);
    g_assert_true(cause->domain == VIN_ERROR);
    g_assert_true(g_utf8_validate(cause->message, -1, NULL));
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

static void test_good(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = onnx_make_graph(small_model(12), NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(graph->nodes->len, ==, 6);
    g_assert_cmpstr(((VinTensor *)g_ptr_array_index(graph->outputs, 0))->name, ==, "y");
}

static void test_not_a_model(void)
{
    char *folder = onnx_make_folder();
    static const char text[] = "This is a text about models, and no model.\n";
    g_autoptr(GBytes) words = g_bytes_new_static(text, sizeof text - 1);
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    g_autofree char *text_path = onnx_make_file(words, folder, "text.onnx");
    g_autofree char *empty_path = onnx_make_file(nothing, folder, "empty.onnx");
    g_autofree char *missing = g_build_filename(folder, "missing.onnx", NULL);
    g_autofree char *huge = g_build_filename(folder, "huge.onnx", NULL);
    GError *error = NULL;

    g_assert_false(load(text_path, &error));
    onnx_make_expect(error, VIN_ERROR_FORMAT, "text.onnx|not an ONNX model");
    g_clear_error(&error);
    g_assert_false(load(empty_path, &error));
    onnx_make_expect(error, VIN_ERROR_FORMAT, "empty.onnx|not an ONNX model");
    g_clear_error(&error);
    g_assert_false(load(missing, &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "missing.onnx");
    g_clear_error(&error);
    g_assert_false(load(folder, &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "regular");
    g_clear_error(&error);

    g_assert_true(g_file_set_contents(huge, "x", 1, NULL));
    g_assert_cmpint(truncate(huge, ((off_t)1 << 30) + 1), ==, 0);
    g_assert_false(load(huge, &error));
    onnx_make_expect(error, VIN_ERROR_UNSUPPORTED, "huge.onnx|1073741825|1073741824");
    g_clear_error(&error);
    onnx_make_remove(folder);
}

static void refuse(Onnx__ModelProto *model, VinErrorCode code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinGraph) graph = onnx_make_graph(model, NULL, &error);

    g_assert_null(graph);
    onnx_make_expect(error, code, words);
}

static void test_versions(void)
{
    Onnx__ModelProto *model;

    for (gint64 opset = 7; opset <= 21; opset++) {
        g_autoptr(VinGraph) graph = onnx_make_graph(small_model(opset), NULL, NULL);

        g_assert_nonnull(graph);
    }
    refuse(small_model(2), VIN_ERROR_UNSUPPORTED, "operator set 2|3 to 21");
    refuse(small_model(22), VIN_ERROR_UNSUPPORTED, "operator set 22|3 to 21");
    model = small_model(12);
    model->ir_version = 2;
    refuse(model, VIN_ERROR_UNSUPPORTED, "IR version 2");
    model = small_model(12);
    model->has_ir_version = FALSE;
    refuse(model, VIN_ERROR_FORMAT, "IR version");
    model = small_model(12);
    model->opset_import[0]->domain[0] = '\0';
    g_free(model->opset_import[0]->domain);
    model->opset_import[0]->domain = g_strdup("com.example");
    refuse(model, VIN_ERROR_UNSUPPORTED, "operator set 0");
}

/* No prefix of a model is a model, since the graph is one long field. */
static void test_truncated(void)
{
    Onnx__ModelProto *model = small_model(12);
    g_autoptr(GBytes) bytes = onnx_make_bytes(model);
    char *folder = onnx_make_folder();

    for (gsize n = 0; n < g_bytes_get_size(bytes); n++) {
        g_autoptr(GBytes) part = g_bytes_new_from_bytes(bytes, 0, n);
        g_autofree char *path = onnx_make_file(part, folder, "cut.onnx");
        g_autoptr(GError) error = NULL;
        /* the opset, last in the file, is small and may be what is missing */
        const gboolean loaded = load(path, &error);

        g_assert_false(loaded);
        g_assert_true(error->code == VIN_ERROR_FORMAT || error->code == VIN_ERROR_UNSUPPORTED);
    }
    onnx_make_free(model);
    onnx_make_remove(folder);
}

/* Every byte changed in several ways: a graph or an error, never a crash. */
static void test_damaged(void)
{
    static const guint8 masks[] = {0x01, 0x10, 0x80, 0xff};
    Onnx__ModelProto *model = small_model(12);
    g_autoptr(GBytes) bytes = onnx_make_bytes(model);
    const gsize n_bytes = g_bytes_get_size(bytes);
    char *folder = onnx_make_folder();
    guint n_loaded = 0;
    guint n_refused = 0;

    for (gsize i = 0; i < n_bytes * G_N_ELEMENTS(masks); i++) {
        guint8 *copy = g_malloc(n_bytes);
        g_autoptr(GBytes) damaged = NULL;
        g_autofree char *path = NULL;

        memcpy(copy, g_bytes_get_data(bytes, NULL), n_bytes);
        copy[i / G_N_ELEMENTS(masks)] ^= masks[i % G_N_ELEMENTS(masks)];
        damaged = g_bytes_new_take(copy, n_bytes);
        path = onnx_make_file(damaged, folder, "damaged.onnx");
        if (load(path, NULL)) {
            n_loaded++;
        } else {
            n_refused++;
        }
    }
    /* bytes of weights may change; names, sizes and tags may not */
    g_assert_cmpuint(n_loaded, >, 0);
    g_assert_cmpuint(n_refused, >, 0);
    onnx_make_free(model);
    onnx_make_remove(folder);
}

/* A small file that would unpack to many times its size is refused, not unpacked. */
static void test_bomb(void)
{
    const gsize n_elements = 4u << 20;
    GByteArray *graph = g_byte_array_new();
    GByteArray *all = g_byte_array_new();
    g_autoptr(GBytes) bytes = NULL;
    char *folder = onnx_make_folder();
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    const guint8 ir[] = {0x08, 0x08, 0x3a}; /* ir_version 8, then graph */
    gsize left;

    for (gsize i = 0; i < n_elements; i++) { /* node: field 1, length 0 */
        const guint8 node[] = {0x0a, 0x00};

        g_byte_array_append(graph, node, sizeof node);
    }
    g_byte_array_append(all, ir, sizeof ir);
    for (left = graph->len; left >= 0x80; left >>= 7) {
        const guint8 byte = (guint8)(left | 0x80);

        g_byte_array_append(all, &byte, 1);
    }
    g_byte_array_append(all, &(guint8){(guint8)left}, 1);
    g_byte_array_append(all, graph->data, graph->len);
    g_byte_array_free(graph, TRUE);
    bytes = g_byte_array_free_to_bytes(all);
    path = onnx_make_file(bytes, folder, "bomb.onnx");
    g_assert_false(load(path, &error));
    onnx_make_expect(error, VIN_ERROR_FORMAT, "bomb.onnx");
    onnx_make_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-file/good", test_good);
    g_test_add_func("/onnx-file/not-a-model", test_not_a_model);
    g_test_add_func("/onnx-file/versions", test_versions);
    g_test_add_func("/onnx-file/truncated", test_truncated);
    g_test_add_func("/onnx-file/damaged", test_damaged);
    g_test_add_func("/onnx-file/bomb", test_bomb);
    return g_test_run();
}
