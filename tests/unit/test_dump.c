/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The three dumps of a small graph with two modules and a name that needs escaping. JSON is
 * read back by a JSON parser.
 */
#include <json-glib/json-glib.h>

#include "graph/dump.h"
#include "graph/rewrite.h"
#include "passes/passes.h"
#include "support/net.h"

#define BAD_NAME "inception_3b/\"odd\\\n\xff"

/* A convolution under a name of its own. */
static VinTensor *add_conv(VinNet *net, const char *name, guint32 k, guint32 kernel,
                           gboolean bias)
{
    VinTensor *unnamed = vin_net_conv(net, net->input, k, kernel, 1, kernel / 2, bias);
    VinNode node = *unnamed->producer;
    g_autoptr(GError) error = NULL;
    VinTensor *out = vin_graph_add_node(net->graph, name, &node, name, &error);

    g_assert_no_error(error);
    return out;
}

static VinNet *new_net(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 8, 6);
    VinNet *net = vin_net_new(9, &shape);
    VinNode node = {.op = VIN_OP_CONCAT, .n_inputs = 2};
    g_autoptr(GError) error = NULL;
    VinTensor *out;

    node.inputs[0] = add_conv(net, "inception_3a/1x1", 5, 3, TRUE);
    node.inputs[1] = add_conv(net, "inception_3a/3x3", 2, 1, FALSE);
    out = vin_graph_add_node(net->graph, BAD_NAME, &node, "joined", &error);
    g_assert_no_error(error);
    vin_net_output(net, vin_net_gemm(net, out, 4, TRUE));
    vin_graph_drop_unread(net->graph);
    return net;
}

static void test_json(void)
{
    g_autoptr(VinNet) net = new_net();
    g_autofree char *text = vin_graph_dump_json(net->graph);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonObject *root, *layer, *module;
    JsonArray *layers, *modules;

    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    root = json_node_get_object(json_parser_get_root(parser));
    layers = json_object_get_array_member(root, "layers");
    modules = json_object_get_array_member(root, "modules");
    g_assert_cmpuint(json_array_get_length(layers), ==, 4);
    g_assert_cmpuint(json_array_get_length(modules), ==, 2);

    layer = json_array_get_object_element(layers, 0);
    g_assert_cmpstr(json_object_get_string_member(layer, "op"), ==, "conv");
    g_assert_cmpint(json_object_get_int_member(layer, "macs"), ==, 48 * 5 * 27);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(layer, "shape")), ==, 4);
    layer = json_array_get_object_element(layers, 2);
    g_assert_cmpstr(json_object_get_string_member(layer, "name"), ==,
                    "inception_3b/\"odd\\\n\xef\xbf\xbd");
    g_assert_true(json_object_get_null_member(json_array_get_object_element(layers, 3),
                                              "module"));
    module = json_array_get_object_element(modules, 0);
    g_assert_cmpstr(json_object_get_string_member(module, "name"), ==, "inception_3a");
    g_assert_cmpint(json_object_get_int_member(module, "layers"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(module, "params"), ==, 5 * 27 + 5 + 2 * 3);
    g_assert_cmpint(json_object_get_int_member(root, "macs"), ==,
                    48 * 5 * 27 + 48 * 2 * 3 + 4 * 48 * 7);
}

static void test_text(void)
{
    g_autoptr(VinNet) net = new_net();
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    g_assert_true(vin_passes_run(net->graph, NULL));
    text = vin_graph_dump_text(net->graph);
    lines = g_strsplit(text, "\n", -1);
    /* head, two convs and a gemm, empty, one module, all, end */
    g_assert_cmpuint(g_strv_length(lines), ==, 8);
    g_assert_nonnull(g_strstr_len(lines[2], -1, "inception_3a/3x3"));
    g_assert_nonnull(g_strstr_len(lines[2], -1, "1x2x8x6"));
    g_assert_nonnull(g_strstr_len(lines[2], -1, "in joined from channel 5"));
    g_assert_true(g_str_has_prefix(lines[5], "inception_3a "));
    g_assert_nonnull(g_strstr_len(lines[5], -1, "2 layers"));
    g_assert_true(g_str_has_prefix(lines[6], "all "));
}

static guint count(const char *text, const char *word)
{
    guint n = 0;

    for (const char *p = g_strstr_len(text, -1, word); p != NULL;
         p = g_strstr_len(p + 1, -1, word)) {
        n++;
    }
    return n;
}

static void test_dot(void)
{
    g_autoptr(VinNet) net = new_net();
    g_autofree char *before = vin_graph_dump_dot(net->graph);
    g_autofree char *after = NULL;

    g_assert_cmpuint(count(before, "subgraph cluster_"), ==, 2);
    g_assert_cmpuint(count(before, " -> "), ==, 5);
    g_assert_true(g_utf8_validate(before, -1, NULL));
    g_assert_true(vin_passes_run(net->graph, NULL));
    after = vin_graph_dump_dot(net->graph);
    g_assert_cmpuint(count(after, "subgraph cluster_"), ==, 1);
    g_assert_cmpuint(count(after, " -> "), ==, 4); /* gemm reads both slices */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dump/json", test_json);
    g_test_add_func("/dump/text", test_text);
    g_test_add_func("/dump/dot", test_dot);
    return g_test_run();
}
