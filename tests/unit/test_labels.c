/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Label files: counts, WordNet ids, doubles, and text that is no good.
 */
#include <string.h>

#include "model/labels.h"
#include "onnx_make.h"

static VinLabels *load(const char *text, gssize n_bytes, guint n_classes, GError **error)
{
    char *folder = onnx_make_folder();
    g_autoptr(GBytes) bytes = g_bytes_new(text, n_bytes < 0 ? strlen(text) : (gsize)n_bytes);
    g_autofree char *path = onnx_make_file(bytes, folder, "names.txt");
    VinLabels *labels = vin_labels_load(path, n_classes, error);

    onnx_make_remove(folder);
    return labels;
}

static void refuse(const char *text, gssize n_bytes, guint n_classes, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels = load(text, n_bytes, n_classes, &error);

    g_assert_null(labels);
    onnx_make_expect(error, VIN_ERROR_FORMAT, words);
}

static void test_plain(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels =
        load("\xef\xbb\xbf" "cat\r\n  great dog \r\nnoun\nsm\xc3\xb8r\n\n", -1, 4, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(labels->n_labels, ==, 4);
    g_assert_cmpstr(labels->names[0], ==, "cat");
    g_assert_cmpstr(labels->names[1], ==, "great dog");
    g_assert_cmpstr(labels->names[2], ==, "noun");
    g_assert_cmpstr(labels->names[3], ==, "sm\xc3\xb8r");
    g_assert_null(labels->wnids[0]);
}

static void test_wnids(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels =
        load("n04557648 water bottle\nn02012849\tcrane\nn0201284 short\nn02012849\n", -1, 4,
             &error);

    g_assert_no_error(error);
    g_assert_cmpstr(labels->names[0], ==, "water bottle");
    g_assert_cmpstr(labels->wnids[0], ==, "n04557648");
    g_assert_cmpstr(labels->names[1], ==, "crane");
    g_assert_cmpstr(labels->wnids[1], ==, "n02012849");
    g_assert_cmpstr(labels->names[2], ==, "n0201284 short");
    g_assert_null(labels->wnids[2]);
    g_assert_cmpstr(labels->names[3], ==, "n02012849");
    g_assert_null(labels->wnids[3]);
}

static void test_doubles(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels =
        load("n02012849 crane\nn03126707 crane\ncrane\ncrane\ncrane (2)\n", -1, 5, &error);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    g_assert_no_error(error);
    g_assert_cmpstr(labels->names[0], ==, "crane");
    g_assert_cmpstr(labels->names[1], ==, "crane (n03126707)");
    for (guint i = 0; i < 5; i++) {
        g_assert_true(g_hash_table_add(seen, labels->names[i]));
    }
}

/* The mark of a label that occurs twice does not make it longer than labels may be, nor cut a
 * character in two; and a file of them takes no hours. */
static void test_long_doubles(void)
{
    const guint n_stems = 3000;
    g_autofree char *stem = g_strnfill(247, 'x');
    g_autofree char *wide = g_strnfill(241, 'y');
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(VinLabels) labels = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 2 * n_stems; i++) { /* equal up to the place of the mark */
        g_string_append_printf(text, "%s %u\n", stem, i % n_stems);
    }
    for (guint i = 0; i < 2; i++) { /* the third byte of a character is where the mark begins */
        g_string_append_printf(text, "n0201284%u %s\xe2\x82\xac tail\n", i, wide);
    }
    labels = load(text->str, -1, 2 * n_stems + 2, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < labels->n_labels; i++) {
        g_assert_cmpuint(strlen(labels->names[i]), <=, VIN_LABEL_MAX_BYTES);
        g_assert_true(g_utf8_validate(labels->names[i], -1, NULL));
        g_assert_true(g_hash_table_add(seen, labels->names[i]));
    }
    g_assert_true(g_str_has_suffix(labels->names[n_stems], "xx (2)"));
    g_assert_true(g_str_has_suffix(labels->names[n_stems + 1], "xx (3)"));
    g_assert_true(g_str_has_suffix(labels->names[2 * n_stems + 1], "yy (n02012841)"));
}

/* Any number of classes; the longest labels there are; a file of line ends is no list. */
static void test_counts(void)
{
    static const guint counts[] = {1, 2, 3, 999, 1000, 1001, 65537, 100000};
    g_autofree char *tail = g_strnfill(248, 'z');
    g_autofree char *ends = g_strnfill(1 << 20, '\n');

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(VinLabels) labels = NULL;
        g_autofree char *last = g_strdup_printf("%07u %s", counts[i] - 1, tail);

        for (guint k = 0; k < counts[i]; k++) {
            g_string_append_printf(text, "n%08u %07u %s\n", k, k, tail);
        }
        labels = load(text->str, -1, counts[i], &error);
        g_assert_no_error(error);
        g_assert_cmpstr(labels->names[counts[i] - 1], ==, last);
        refuse(text->str, -1, counts[i] + 1, "one label a line and class");
    }
    ends[0] = 'a';
    ends[(1 << 20) - 1] = 'b';
    refuse(ends, -1, 3, "1048575 labels|3 classes");
}

/* A file of equal lines must not take hours. */
static void test_equal_lines(void)
{
    const guint n = 50000;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels = NULL;
    gint64 start;

    for (guint i = 0; i < n; i++) {
        g_string_append(text, "same\n");
    }
    start = g_get_monotonic_time();
    labels = load(text->str, -1, n, &error);
    g_assert_no_error(error);
    g_assert_cmpint(g_get_monotonic_time() - start, <, 10 * G_USEC_PER_SEC);
    g_assert_cmpstr(labels->names[0], ==, "same");
    g_assert_cmpstr(labels->names[1], ==, "same (2)");
    g_assert_cmpstr(labels->names[n - 1], ==, "same (50000)");
}

static void test_refused(void)
{
    g_autofree char *longest = g_strnfill(256, 'a');
    g_autofree char *longer = g_strnfill(257, 'a');
    g_autoptr(VinLabels) fits = load(longest, -1, 1, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(fits);
    refuse(longer, -1, 1, "names.txt|line 1|256");
    refuse("a\nb\nc\n", -1, 4, "names.txt|3 labels|4 classes");
    refuse("a\nb\nc\n", -1, 2, "3 labels|2 classes");
    refuse("", -1, 1, "0 labels|1 classes");
    refuse("a\n\nc\n", -1, 3, "line 2|no label");
    refuse("a\n\xff\xfe\n", -1, 2, "names.txt|UTF-8");
    refuse("a\0b\nc\n", 6, 2, "names.txt|UTF-8");
    refuse("a\nb\x1b[31m\n", -1, 2, "line 2|control");
    refuse("a\nb\xc2\x9b" "31m\n", -1, 2, "line 2|control");
    refuse("a\n\xe2\x80\xae" "b\n", -1, 2, "line 2|control");
    g_assert_null(vin_labels_load("/no/such/labels.txt", 1, &error));
    onnx_make_expect(error, VIN_ERROR_FILE, "/no/such/labels.txt");
}

static void test_numbered(void)
{
    g_autoptr(VinLabels) labels = vin_labels_new_numbered(3);

    g_assert_cmpuint(labels->n_labels, ==, 3);
    g_assert_cmpstr(labels->names[2], ==, "class 2");
    g_assert_null(labels->wnids[2]);
}

/* The file of the 1000 classes, as it comes with the project. */
static void test_imagenet(void)
{
    g_autofree char *path = g_build_filename(g_getenv("VIN_SOURCE_ROOT"), "models",
                                             "imagenet_1000.txt", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(VinLabels) labels = vin_labels_load(path, 1000, &error);
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) wnids = g_hash_table_new(g_str_hash, g_str_equal);

    g_assert_no_error(error);
    for (guint i = 0; i < 1000; i++) {
        g_assert_true(g_hash_table_add(names, labels->names[i]));
        g_assert_nonnull(labels->wnids[i]);
        g_assert_true(g_hash_table_add(wnids, labels->wnids[i]));
        g_assert_null(strchr(labels->names[i], '_'));
    }
    g_assert_cmpstr(labels->wnids[0], ==, "n01440764");
    g_assert_cmpstr(labels->names[0], ==, "tench");
    g_assert_cmpstr(labels->names[898], ==, "water bottle");
    g_assert_cmpstr(labels->wnids[898], ==, "n04557648");
    g_assert_cmpstr(labels->names[999], ==, "toilet tissue");
    g_assert_true(g_str_has_prefix(labels->names[134], "crane ("));
    g_assert_true(g_str_has_prefix(labels->names[517], "crane ("));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/labels/plain", test_plain);
    g_test_add_func("/labels/wnids", test_wnids);
    g_test_add_func("/labels/doubles", test_doubles);
    g_test_add_func("/labels/long-doubles", test_long_doubles);
    g_test_add_func("/labels/counts", test_counts);
    g_test_add_func("/labels/equal-lines", test_equal_lines);
    g_test_add_func("/labels/refused", test_refused);
    g_test_add_func("/labels/numbered", test_numbered);
    g_test_add_func("/labels/imagenet", test_imagenet);
    return g_test_run();
}
