/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ranges of layers in a sidecar: read, refused, given to the graph, and written into a text that
 * stays as it was around them.
 */
#include "model/ranges.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include <vkinception/log.h>

#include "model/sidecar.h"
#include "onnx_make.h"
#include "support/net.h"

#define OURS "[vkinception]\ndir=none\n"

static GArray *make(const char *const *names, guint n)
{
    GArray *ranges = vin_ranges_new();

    for (guint i = 0; i < n; i++) {
        const VinLayerRange range = {g_strdup(names[i]), -(float)i, 100.5f + (float)i};

        g_array_append_val(ranges, range);
    }
    return ranges;
}

static GArray *read_text(const char *text, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_assert_true(g_key_file_load_from_data(file, text, strlen(text), G_KEY_FILE_NONE, NULL));
    return vin_ranges_read(file, "vkinception", "net.modelinfo", error);
}

static void test_read(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ranges = read_text(OURS "int8.a/1x1=0;2.5\nscale=1\n"
                                              "int8.b%3Db%20c = -1e-3 , 7e2\n", &error);
    const VinLayerRange *range;

    g_assert_no_error(error);
    g_assert_cmpuint(ranges->len, ==, 2);
    range = &g_array_index(ranges, VinLayerRange, 0);
    g_assert_cmpstr(range->layer, ==, "a/1x1");
    g_assert_cmpfloat(range->low, ==, 0);
    g_assert_cmpfloat(range->high, ==, 2.5f);
    range = &g_array_index(ranges, VinLayerRange, 1);
    g_assert_cmpstr(range->layer, ==, "b=b c");
    g_assert_cmpfloat(range->low, ==, -1e-3f);
    g_assert_cmpfloat(range->high, ==, 700);
}

static void test_refused(void)
{
    static const char *const lines[] = {
        "int8.a=",        "int8.a=1",      "int8.a=0;1;2", "int8.a=0;x",     "int8.a=0;1x",
        "int8.a=;1",      "int8.a=0;",     "int8.a=1;2",   "int8.a=-2;-1",   "int8.a=1;-1",
        "int8.a=0;0",     "int8.a=nan;1",  "int8.a=0;inf", "int8.a=0;1e300", "int8.a=0;1e-44",
        "int8.a=-inf;inf", "int8.=0;1",    "int8.%zz=0;1", "int8.%00=0;1",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text = g_strconcat(OURS "int8.fine=0;1\n", lines[i], "\n", NULL);
        g_autoptr(GError) error = NULL;

        g_assert_null(read_text(text, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_FORMAT);
        g_assert_true(g_str_has_prefix(error->message, "net.modelinfo: [vkinception] int8."));
    }
}

static void keep_message(VinLogLevel level, const char *message, gpointer text)
{
    g_string_append(text, message);
}

static void test_apply(void)
{
    static const char *const names[] = {"conv2", "pool1", "gone"};
    const VinShape shape = vin_shape_nchw(1, 4, 8, 8);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE);
    g_autoptr(GArray) ranges = make(names, G_N_ELEMENTS(names));
    g_autoptr(GString) text = g_string_new(NULL);
    const VinNode *first = x->producer, *second;
    g_autoptr(VinGraph) copy = NULL;

    x = vin_net_conv(net, x, 4, 3, 1, 1, TRUE);
    second = x->producer;
    g_assert_cmpstr(second->name, ==, "conv2");
    vin_net_output(net, x);
    vin_log_set_func(keep_message, VIN_LOG_WARN, text);
    vin_ranges_apply(ranges, net->graph, "net.modelinfo");
    vin_log_set_func(NULL, VIN_LOG_NONE, NULL);
    g_assert_nonnull(strstr(text->str, "the model does not have: pool1, gone"));
    g_assert_cmpfloat(first->u.window.in_high, ==, 0);
    g_assert_cmpfloat(second->u.window.in_high, ==, 100.5f);
    copy = vin_graph_copy(net->graph);
    g_assert_cmpfloat(((VinNode *)copy->nodes->pdata[1])->u.window.in_high, ==, 100.5f);
}

static void test_replace(void)
{
    static const char *const names[] = {"a/1x1", "b=b;c d", "\xff"};
    static const char lines[] = "int8.a/1x1=0;100.5\nint8.b%3Db%3Bc%20d=-1;101.5\n"
                                "int8.%FF=-2;102.5\n";
    static const struct {
        const char *before, *after; /* what stands around the new lines */
        const char *old;            /* between the two */
    } cases[] = {
        {OURS, "", ""},
        {"# one\n[data]\ntype=float32\nint8.a=0;1\n\n[vkinception]\nscale=1 \n", "# two\n\n\n",
         ""},
        {OURS "mean=3\n", "\n# of the next\n[more]\nx=y\n", ""},
        {OURS, "mean=3\n\n[more]\n", "int8.a=0;1\nint8.old=0;7\n"},
        {OURS, "", "  int8.a = 0;1\n"},
        {"\xef\xbb\xbf" OURS, "", ""},
    };
    g_autoptr(GArray) ranges = make(names, G_N_ELEMENTS(names));

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strconcat(cases[i].before, cases[i].old, cases[i].after, NULL);
        g_autofree char *want = g_strconcat(cases[i].before, lines, cases[i].after, NULL);
        g_autofree char *got = vin_ranges_replace(text, ranges);
        g_autofree char *again = vin_ranges_replace(got, ranges);

        g_assert_cmpstr(got, ==, want);
        g_assert_cmpstr(again, ==, want);
    }
}

/* Old ones that lie apart, a last line without an end, and Windows' line ends. */
static void test_replace_odd(void)
{
    static const char *const names[] = {"a"};
    g_autoptr(GArray) ranges = make(names, 1);
    g_autofree char *apart = vin_ranges_replace(
        OURS "int8.x=0;1\nmean=3\nint8.y=0;1\n[m]\nint8.z=1\n[vkinception]\nint8.v=0;1\n", ranges);
    g_autofree char *open = vin_ranges_replace("[vkinception]\nmean=3", ranges);
    g_autofree char *windows = vin_ranges_replace("[vkinception]\r\nmean=3\r\n", ranges);

    g_assert_cmpstr(apart, ==,
                    OURS "int8.a=0;100.5\nmean=3\n[m]\nint8.z=1\n[vkinception]\n");
    g_assert_cmpstr(open, ==, "[vkinception]\nmean=3\nint8.a=0;100.5\n");
    g_assert_cmpstr(windows, ==, "[vkinception]\r\nmean=3\r\nint8.a=0;100.5\r\n");
}

/* What is written is read again, by the sidecar's own reader, and a link stays a link. */
static void test_write(void)
{
    static const char *const names[] = {"a/1x1", "b=b;c d", "Mixed_5b/\xc3\xa4"};
    char *folder = onnx_make_folder();
    g_autofree char *path = g_build_filename(folder, "net.modelinfo", NULL);
    g_autofree char *link_path = g_build_filename(folder, "link.modelinfo", NULL);
    g_autoptr(GArray) ranges = make(names, G_N_ELEMENTS(names));
    g_autoptr(VinSidecar) sidecar = NULL;
    g_autoptr(GError) error = NULL;
    GStatBuf status;

    g_assert_true(g_file_set_contents(path, OURS "mean=3\n", -1, NULL));
    g_assert_cmpint(g_chmod(path, 0640), ==, 0);
    g_assert_cmpint(symlink(path, link_path), ==, 0);
    vin_ranges_write(link_path, ranges, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_test(link_path, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0640);
    vin_sidecar_load(path, &sidecar, &error);
    g_assert_no_error(error);
    g_assert_cmpfloat(sidecar->recipe.mean[0], ==, 3);
    g_assert_cmpuint(sidecar->ranges->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const VinLayerRange *range = &g_array_index(sidecar->ranges, VinLayerRange, i);

        g_assert_cmpstr(range->layer, ==, names[i]);
        g_assert_cmpfloat(range->low, ==, -(float)i);
        g_assert_cmpfloat(range->high, ==, 100.5f + (float)i);
    }
    onnx_make_remove(folder);
}

static void test_not_writable(void)
{
    char *folder = onnx_make_folder();
    g_autofree char *path = g_build_filename(folder, "net.modelinfo", NULL);
    static const char *const names[] = {"a"};
    g_autoptr(GArray) ranges = make(names, 1);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(vin_ranges_check_writable(path, &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "No such file");
    g_clear_error(&error);
    g_assert_false(vin_ranges_check_writable("builtin:/signal.modelinfo", &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "inside the library");
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, OURS, -1, NULL));
    g_assert_cmpint(g_chmod(path, 0444), ==, 0);
    g_assert_false(vin_ranges_write(path, ranges, &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "is read-only");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, OURS);
    onnx_make_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ranges/read", test_read);
    g_test_add_func("/ranges/refused", test_refused);
    g_test_add_func("/ranges/apply", test_apply);
    g_test_add_func("/ranges/replace", test_replace);
    g_test_add_func("/ranges/replace_odd", test_replace_odd);
    g_test_add_func("/ranges/write", test_write);
    g_test_add_func("/ranges/not_writable", test_not_writable);
    return g_test_run();
}
