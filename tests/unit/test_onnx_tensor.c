/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Constants: every type and way of storing them, sizes that do not fit, and data in files
 * beside the model.
 */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onnx_make.h"

enum { DT_FLOAT = 1, DT_UINT8 = 2, DT_INT32 = 6, DT_INT64 = 7, DT_BOOL = 9, DT_HALF = 10,
       DT_DOUBLE = 11 };

/* Reads and frees @proto. */
static gboolean read_tensor(Onnx__TensorProto *proto, const char *folder, VinOnnxTensor *out,
                            GError **error)
{
    const gboolean ok = vin_onnx_tensor_read(proto, folder, out, error);

    onnx__tensor_proto__free_unpacked(proto, NULL);
    return ok;
}

static Onnx__TensorProto *raw_tensor(gint32 type, const char *dims, gconstpointer bytes, gsize n)
{
    Onnx__TensorProto *proto = onnx_make_tensor("c", type, dims);

    onnx_make_raw(proto, bytes, n);
    return proto;
}

static void expect_floats(Onnx__TensorProto *proto, const float *expected, gsize n)
{
    g_autoptr(GError) error = NULL;
    VinOnnxTensor tensor;
    const float *values;

    g_assert_true(read_tensor(proto, NULL, &tensor, &error));
    g_assert_no_error(error);
    g_assert_cmpint(tensor.type, ==, VIN_TYPE_F32);
    g_assert_cmpuint(tensor.n_values, ==, n);
    g_assert_cmpuint(g_bytes_get_size(tensor.data), ==, n * 4);
    values = g_bytes_get_data(tensor.data, NULL);
    for (gsize i = 0; i < n; i++) {
        g_assert_true(values[i] == expected[i] || (isnan(values[i]) && isnan(expected[i])));
    }
    vin_onnx_tensor_clear(&tensor);
}

static void expect_ints(Onnx__TensorProto *proto, const gint64 *expected, gsize n)
{
    g_autoptr(GError) error = NULL;
    VinOnnxTensor tensor;

    g_assert_true(read_tensor(proto, NULL, &tensor, &error));
    g_assert_no_error(error);
    g_assert_cmpint(tensor.type, ==, VIN_TYPE_I64);
    g_assert_cmpmem(g_bytes_get_data(tensor.data, NULL), g_bytes_get_size(tensor.data), expected,
                    n * sizeof *expected);
    vin_onnx_tensor_clear(&tensor);
}

static void test_floats(void)
{
    static const float floats[] = {1.5f, -2.0f, 3e-40f};
    static const double doubles[] = {1.5, -2.0, 1e300};
    static const float from_doubles[] = {1.5f, -2.0f, INFINITY};
    Onnx__TensorProto *list = onnx_make_tensor("c", DT_FLOAT, "3");

    expect_floats(raw_tensor(DT_FLOAT, "3", floats, sizeof floats), floats, 3);
    expect_floats(raw_tensor(DT_DOUBLE, "3", doubles, sizeof doubles), from_doubles, 3);
    list->n_float_data = 3;
    list->float_data = g_new(float, 3);
    memcpy(list->float_data, floats, sizeof floats);
    expect_floats(list, floats, 3);
    list = onnx_make_tensor("c", DT_DOUBLE, "1 3");
    list->n_double_data = 3;
    list->double_data = g_new(double, 3);
    memcpy(list->double_data, doubles, sizeof doubles);
    expect_floats(list, from_doubles, 3);
}

/* Values of IEEE 754 binary16 that any table shows. */
static void test_halves(void)
{
    static const guint16 halves[] = {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x8000,
                                     0x7c00, 0xfc00, 0x7e00, 0x3555};
    static const float floats[] = {1.0f,     -2.0f,     65504.0f, 6.103515625e-05f,
                                   0x1p-24f, -0.0f,     INFINITY, -INFINITY,
                                   NAN,      0x1.554p-2f};
    Onnx__TensorProto *list = onnx_make_tensor("c", DT_HALF, "10");

    expect_floats(raw_tensor(DT_HALF, "2 5", halves, sizeof halves), floats, 10);
    list->n_int32_data = 10;
    list->int32_data = g_new(int32_t, 10);
    for (guint i = 0; i < 10; i++) {
        list->int32_data[i] = halves[i];
    }
    expect_floats(list, floats, 10);
}

static void test_ints(void)
{
    static const gint64 ints[] = {1, -1, G_MAXINT64};
    static const gint32 narrow[] = {1, -1, G_MININT32};
    static const gint64 widened[] = {1, -1, G_MININT32};
    static const guint8 flags[] = {0, 1, 7};
    static const gint64 from_flags[] = {0, 1, 1};

    expect_ints(raw_tensor(DT_INT64, "3", ints, sizeof ints), ints, 3);
    expect_ints(raw_tensor(DT_INT32, "3", narrow, sizeof narrow), widened, 3);
    expect_ints(raw_tensor(DT_BOOL, "3", flags, sizeof flags), from_flags, 3);
}

static void refuse(Onnx__TensorProto *proto, const char *folder, VinErrorCode code,
                   const char *words)
{
    g_autoptr(GError) error = NULL;
    VinOnnxTensor tensor;

    g_assert_false(read_tensor(proto, folder, &tensor, &error));
    onnx_make_expect(error, code, words);
    vin_onnx_tensor_clear(&tensor);
}

static void test_sizes(void)
{
    static const float floats[4] = {0};
    Onnx__TensorProto *list = onnx_make_tensor("c", DT_FLOAT, "3");

    refuse(raw_tensor(DT_FLOAT, "3", floats, 8), NULL, VIN_ERROR_FORMAT, "\"c\"|12 bytes|8");
    refuse(raw_tensor(DT_FLOAT, "3", floats, 16), NULL, VIN_ERROR_FORMAT, "\"c\"|12 bytes|16");
    refuse(raw_tensor(DT_HALF, "3", floats, 5), NULL, VIN_ERROR_FORMAT, "6 bytes|5");
    refuse(list, NULL, VIN_ERROR_FORMAT, "\"c\"|3 values|0");
    refuse(raw_tensor(DT_FLOAT, "0", floats, 0), NULL, VIN_ERROR_FORMAT, "dimension 0 is 0");
    refuse(raw_tensor(DT_FLOAT, "-3", floats, 12), NULL, VIN_ERROR_FORMAT, "dimension 0 is -3");
    refuse(raw_tensor(DT_FLOAT, "65536 65536 65536 65536", floats, 0), NULL, VIN_ERROR_FORMAT,
           "too many values");
    refuse(raw_tensor(DT_FLOAT, "1 1 1 1 1 1 1 1 1", floats, 4), NULL, VIN_ERROR_UNSUPPORTED,
           "9 dimensions");
    refuse(raw_tensor(DT_UINT8, "4", floats, 4), NULL, VIN_ERROR_UNSUPPORTED,
           "\"c\"|data type 2|float16 (10)");
    refuse(raw_tensor(0, "4", floats, 16), NULL, VIN_ERROR_UNSUPPORTED, "data type 0");
}

static void add_entry(Onnx__TensorProto *proto, const char *key, const char *value)
{
    Onnx__StringStringEntryProto *pair =
        g_malloc0(onnx__string_string_entry_proto__descriptor.sizeof_message);

    onnx__string_string_entry_proto__init(pair);
    pair->key = g_strdup(key);
    pair->value = g_strdup(value);
    proto->external_data = g_renew(Onnx__StringStringEntryProto *, proto->external_data,
                                   proto->n_external_data + 1);
    proto->external_data[proto->n_external_data++] = pair;
}

static Onnx__TensorProto *external_tensor(const char *location, const char *offset,
                                          const char *length)
{
    Onnx__TensorProto *proto = onnx_make_tensor("c", DT_FLOAT, "2");

    proto->has_data_location = TRUE;
    proto->data_location = 1;
    if (location != NULL) {
        add_entry(proto, "location", location);
    }
    if (offset != NULL) {
        add_entry(proto, "offset", offset);
    }
    if (length != NULL) {
        add_entry(proto, "length", length);
    }
    return proto;
}

/* A file without content of its own can be as large as it likes: nothing of it is read. */
static void test_external_size(void)
{
    char *folder = onnx_make_folder();
    char *real = realpath(folder, NULL);
    g_autoptr(GBytes) nothing = g_bytes_new_static("", 0);
    g_autofree char *path = onnx_make_file(nothing, folder, "sparse.bin");
    Onnx__TensorProto *proto = external_tensor("sparse.bin", NULL, NULL);

    g_assert_cmpint(truncate(path, (off_t)4 << 30), ==, 0);
    proto->dims[0] = (gint64)1 << 30;
    refuse(proto, real, VIN_ERROR_UNSUPPORTED, "\"c\"|1073741824 values|2147483648 bytes");
    free(real);
    onnx_make_remove(folder);
}

static void test_external(void)
{
    static const float floats[] = {1.0f, 2.0f, 3.0f};
    g_autoptr(GBytes) bytes = g_bytes_new_static(floats, sizeof floats);
    char *outside = onnx_make_folder();
    char *made = onnx_make_folder();
    char *folder = realpath(made, NULL);
    g_autofree char *outside_path = onnx_make_file(bytes, outside, "secret.bin");
    g_autofree char *link = g_build_filename(folder, "link.bin", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_autofree char *climb = NULL;
    g_autoptr(GError) error = NULL;
    VinOnnxTensor tensor;
    Onnx__TensorProto *bad;

    g_free(onnx_make_file(bytes, folder, "weights.bin"));
    g_assert_cmpint(symlink(outside_path, link), ==, 0);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_true(read_tensor(external_tensor("weights.bin", "4", "8"), folder, &tensor, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(g_bytes_get_data(tensor.data, NULL), 8, floats + 1, 8);
    vin_onnx_tensor_clear(&tensor);

    climb = g_strconcat("../", strrchr(outside, '/') + 1, "/secret.bin", NULL);
    refuse(external_tensor(climb, NULL, NULL), folder, VIN_ERROR_FORMAT, "inside the model's");
    refuse(external_tensor(outside_path, NULL, NULL), folder, VIN_ERROR_FORMAT,
           "inside the model's");
    refuse(external_tensor("link.bin", NULL, NULL), folder, VIN_ERROR_FORMAT, "link");
    refuse(external_tensor("fifo", NULL, NULL), folder, VIN_ERROR_FILE, "regular");
    refuse(external_tensor("missing.bin", NULL, NULL), folder, VIN_ERROR_FILE, "missing.bin");
    refuse(external_tensor("\xff.bin", NULL, NULL), folder, VIN_ERROR_FILE, "\xef\xbf\xbd.bin");
    refuse(external_tensor(NULL, NULL, NULL), folder, VIN_ERROR_FORMAT, "\"c\"|relative");
    refuse(external_tensor(".", NULL, NULL), folder, VIN_ERROR_FORMAT, "\"c\"");
    refuse(external_tensor("weights.bin", "5", NULL), folder, VIN_ERROR_FORMAT, "past the file");
    refuse(external_tensor("weights.bin", "18446744073709551615", NULL), folder,
           VIN_ERROR_FORMAT, "offset");
    refuse(external_tensor("weights.bin", "-4", NULL), folder, VIN_ERROR_FORMAT, "offset");
    refuse(external_tensor("weights.bin", "9223372036854775807", "8"), folder, VIN_ERROR_FORMAT,
           "past the file");
    refuse(external_tensor("weights.bin", "0", "12"), folder, VIN_ERROR_FORMAT, "12 bytes|8");
    bad = external_tensor("weights.bin", NULL, NULL);
    bad->data_location = 2;
    refuse(bad, folder, VIN_ERROR_FORMAT, "location 2");

    free(folder);
    onnx_make_remove(made);
    onnx_make_remove(outside);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/onnx-tensor/floats", test_floats);
    g_test_add_func("/onnx-tensor/halves", test_halves);
    g_test_add_func("/onnx-tensor/ints", test_ints);
    g_test_add_func("/onnx-tensor/sizes", test_sizes);
    g_test_add_func("/onnx-tensor/external", test_external);
    g_test_add_func("/onnx-tensor/external-size", test_external_size);
    return g_test_run();
}
