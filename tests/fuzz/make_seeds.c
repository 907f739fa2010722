/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes the model seeds: one small file for each operator and each way to store numbers.
 *
 * usage: make-seeds FOLDER
 */
#include <string.h>

#include "onnx_make.h"

static const char *folder;

static void save(Onnx__ModelProto *model, const char *name)
{
    g_autoptr(GBytes) bytes = onnx_make_bytes(model);

    g_free(onnx_make_file(bytes, folder, name));
    onnx_make_free(model);
}

static Onnx__ModelProto *start(gint64 opset)
{
    Onnx__ModelProto *model = onnx_make_new(opset);

    onnx_make_input(model, "x", "N 3 6 6");
    onnx_make_output(model, "y");
    return model;
}

/* x -> conv -> ... -> y: what stands between is up to the caller, from "c" to "d". */
static Onnx__ModelProto *classifier(gint64 opset)
{
    Onnx__ModelProto *model = start(opset);
    Onnx__NodeProto *node;

    onnx_make_floats(model, "w", "4 3 3 3");
    onnx_make_floats(model, "b", "4");
    node = onnx_make_node(model, "Conv", "x w b", "c");
    onnx_make_attr_ints(node, "pads", "1 1 1 1");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_ints(node, "dilations", "1 1");
    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_int(node, "group", 1);
    return model;
}

static void finish(Onnx__ModelProto *model, const char *name)
{
    onnx_make_node(model, "GlobalAveragePool", "d", "g");
    onnx_make_node(model, "Flatten", "g", "f");
    onnx_make_node(model, "Softmax", "f", "y");
    save(model, name);
}

static void norms(void)
{
    static const char *const vectors[] = {"s", "t", "m", "v"};
    Onnx__ModelProto *model = classifier(12);

    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        onnx_make_floats(model, vectors[i], "4");
    }
    onnx_make_attr_float(onnx_make_node(model, "BatchNormalization", "c s t m v", "n"), "epsilon",
                         1e-3f);
    onnx_make_node(model, "Relu", "n", "r");
    onnx_make_node(model, "BatchNormalization", "r s t m v", "d");
    finish(model, "batchnorm");

    model = classifier(9);
    onnx_make_attr_int(onnx_make_node(model, "LRN", "c", "l"), "size", 5);
    onnx_make_node(model, "Dropout", "l", "o -");
    onnx_make_node(model, "Identity", "o", "d");
    finish(model, "lrn");
}

static void eltwise(void)
{
    Onnx__ModelProto *model = classifier(13);

    onnx_make_floats(model, "k", "4 1 1");
    onnx_make_floats(model, "one", "");
    onnx_make_node(model, "Mul", "c k", "e");
    onnx_make_node(model, "Add", "one e", "f1");
    onnx_make_node(model, "Add", "f1 c", "a");
    onnx_make_node(model, "Mul", "a c", "d");
    finish(model, "eltwise");

    model = classifier(6);
    onnx_make_floats(model, "k", "4");
    onnx_make_attr_int(onnx_make_node(model, "Add", "c k", "d"), "broadcast", 1);
    onnx_make_attr_int(model->graph->node[1], "axis", 1);
    finish(model, "broadcast");
}

static void windows(void)
{
    Onnx__ModelProto *model = classifier(12);
    Onnx__NodeProto *node;

    node = onnx_make_node(model, "MaxPool", "c", "p");
    onnx_make_attr_ints(node, "kernel_shape", "3 3");
    onnx_make_attr_text(node, "auto_pad", "SAME_UPPER");
    node = onnx_make_node(model, "AveragePool", "c", "q");
    onnx_make_attr_ints(node, "kernel_shape", "2 2");
    onnx_make_attr_ints(node, "pads", "1 1 0 0");
    onnx_make_attr_int(node, "ceil_mode", 1);
    onnx_make_attr_int(node, "count_include_pad", 1);
    onnx_make_attr_int(onnx_make_node(model, "Concat", "c p q p", "i"), "axis", 1);
    onnx_make_attr_int(onnx_make_node(model, "Concat", "i c x2", "d"), "axis", -3);
    onnx_make_floats(model, "w2", "2 3 2 2");
    node = onnx_make_node(model, "Conv", "x w2", "x2");
    onnx_make_attr_ints(node, "strides", "2 2");
    onnx_make_attr_text(node, "auto_pad", "VALID");
    finish(model, "windows_cycle"); /* x2 comes too late */

    model = start(11);
    onnx_make_floats(model, "w", "6 1 1 1");
    node = onnx_make_node(model, "Conv", "x w", "d");
    onnx_make_attr_int(node, "group", 3);
    finish(model, "groups");
}

static void linear(void)
{
    Onnx__ModelProto *model = start(13);
    Onnx__NodeProto *node;

    onnx_make_ints(model, "s", "0 -1");
    onnx_make_floats(model, "w", "108 5");
    onnx_make_floats(model, "b", "1");
    onnx_make_node(model, "Reshape", "x s", "f");
    node = onnx_make_node(model, "Gemm", "f w b", "g");
    onnx_make_attr_float(node, "alpha", 0.5f);
    onnx_make_attr_float(node, "beta", 2.0f);
    onnx_make_attr_int(onnx_make_node(model, "Softmax", "g", "y"), "axis", -1);
    onnx_make_output(model, "g");
    save(model, "gemm_heads");

    model = start(14);
    onnx_make_floats(model, "w", "7 3 1 1");
    onnx_make_ints(model, "s", "7 3");
    onnx_make_node(model, "GlobalAveragePool", "x", "p");
    onnx_make_node(model, "Flatten", "p", "f");
    onnx_make_node(model, "Reshape", "w s", "w2");
    onnx_make_attr_int(onnx_make_node(model, "Gemm", "f w2", "y"), "transB", 1);
    save(model, "reshaped_weights");
}

/* A constant stored as @data_type, used as a bias. */
static void stored(const char *name, gint32 data_type, gconstpointer raw, gsize n_bytes)
{
    Onnx__ModelProto *model = start(12);
    Onnx__TensorProto *tensor = onnx_make_tensor("k", data_type, "3");

    onnx_make_raw(tensor, raw, n_bytes);
    onnx_make_attr_tensor(onnx_make_node(model, "Constant", "", "k"), "value", tensor);
    onnx_make_floats(model, "w", "3 3 1 1");
    onnx_make_node(model, "Conv", "x w k", "d");
    finish(model, name);
}

static void add_entry(Onnx__TensorProto *tensor, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *entry = g_new(Onnx__StringStringEntryProto, 1);

    onnx__string_string_entry_proto__init(entry);
    entry->key = g_strdup(key);
    entry->value = g_strdup(value);
    tensor->external_data = g_renew(Onnx__StringStringEntryProto *, tensor->external_data,
                                    tensor->n_external_data + 1);
    tensor->external_data[tensor->n_external_data++] = entry;
}

static void constants(void)
{
    static const guint16 halves[3] = {0x3c00, 0x0001, 0x7bff};
    static const double doubles[3] = {1.5, -2, 3e30};
    static const float floats[3] = {1, 2, 3};
    Onnx__ModelProto *model = start(12);
    Onnx__TensorProto *tensor = onnx_make_floats(model, "w", "3 3 1 1");

    stored("half", 10, halves, sizeof halves);
    stored("double", 11, doubles, sizeof doubles);
    stored("float", 1, floats, sizeof floats);
    stored("truncated", 1, floats, 11);
    g_clear_pointer(&tensor->raw_data.data, g_free);
    tensor->raw_data.len = 0;
    tensor->has_raw_data = FALSE;
    tensor->has_data_location = TRUE;
    tensor->data_location = 1;
    add_entry(tensor, "location", "data.bin");
    add_entry(tensor, "offset", "16");
    add_entry(tensor, "length", "36");
    onnx_make_node(model, "Conv", "x w", "d");
    finish(model, "external");

    model = start(12);
    onnx_make_attr_float(onnx_make_node(model, "Constant", "", "k"), "value_float", 2);
    onnx_make_node(model, "Mul", "x k", "d");
    finish(model, "constant_attr");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        g_printerr("usage: make-seeds FOLDER\n");
        return 1;
    }
    folder = argv[1];
    norms();
    eltwise();
    windows();
    linear();
    constants();
    return 0;
}
