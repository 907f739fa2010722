/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Constants for whose size there is no memory: one error that says so, and no damaged file.
 */
#include <stdlib.h>

#include "onnx_make.h"
#include "tests/faults/shim_memory.h"

enum { DT_FLOAT = 1, DT_DOUBLE = 11 };

/* Reads and frees @proto, with and without memory. */
static void check(Onnx__TensorProto *(*make)(void), const char *folder, const char *words)
{
    g_autoptr(GError) error = NULL;
    VinOnnxTensor tensor;
    Onnx__TensorProto *proto = make();

    shim_memory_fail(1);
    g_assert_false(vin_onnx_tensor_read(proto, folder, &tensor, &error));
    onnx_make_expect(error, VIN_ERROR_MEMORY, words);
    g_clear_error(&error);
    vin_onnx_tensor_clear(&tensor);
    onnx__tensor_proto__free_unpacked(proto, NULL);

    proto = make();
    shim_memory_fail(0);
    vin_onnx_tensor_read(proto, folder, &tensor, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(shim_memory_n_calls(), ==, 1);
    vin_onnx_tensor_clear(&tensor);
    onnx__tensor_proto__free_unpacked(proto, NULL);
}

static Onnx__TensorProto *make_doubles(void)
{
    static const double values[] = {1.0, 2.0};
    Onnx__TensorProto *proto = onnx_make_tensor("doubles", DT_DOUBLE, "2");

    onnx_make_raw(proto, values, sizeof values);
    return proto;
}

static Onnx__TensorProto *make_external(void)
{
    Onnx__TensorProto *proto = onnx_make_tensor("outside", DT_FLOAT, "2");
    Onnx__StringStringEntryProto *pair = g_new(Onnx__StringStringEntryProto, 1);

    onnx__string_string_entry_proto__init(pair);
    pair->key = g_strdup("location");
    pair->value = g_strdup("weights.bin");
    proto->has_data_location = TRUE;
    proto->data_location = 1;
    proto->external_data = g_new(Onnx__StringStringEntryProto *, 1);
    proto->external_data[0] = pair;
    proto->n_external_data = 1;
    return proto;
}

static void test_converted(void)
{
    check(make_doubles, NULL, "no memory|doubles");
}

static void test_external(void)
{
    static const float floats[] = {1.0f, 2.0f};
    g_autoptr(GBytes) bytes = g_bytes_new_static(floats, sizeof floats);
    char *folder = onnx_make_folder();
    char *real = realpath(folder, NULL);

    g_free(onnx_make_file(bytes, folder, "weights.bin"));
    check(make_external, real, "no host memory|outside|8 bytes");
    free(real);
    onnx_make_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-memory/converted", test_converted);
    g_test_add_func("/onnx-memory/external", test_external);
    return g_test_run();
}
