/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Lists of labels: names, ids, indices and patterns, what separates and what escapes, and the
 * errors that say what was meant.
 */
#include <string.h>

#include "model/label_list.h"
#include "model/near_labels.h"
#include "model/selection.h"
#include "onnx_make.h"

static const char text[] =
    "n01440764 tench\n"                           /* 0 */
    "n01484850 great white shark, white shark\n"  /* 1 */
    "n02012849 crane\n"                           /* 2 */
    "n03126707 crane\n"                           /* 3: "crane (n03126707)" */
    "Crane\n"                                     /* 4 */
    "a*b?c\n"                                     /* 5 */
    "one;two\\three\n"                            /* 6 */
    "3\n"                                         /* 7 */
    "\xc3\x89" "clair\n"                          /* 8: "Éclair" */
    "12345678901234567890\n";                     /* 9 */

static VinLabels *labels;

/* The selected classes as "0 4 7", "all", or NULL with an error. */
static char *select_text(const char *allow, const char *deny, GError **error)
{
    g_autoptr(VinSelection) selection = NULL;
    g_autoptr(GString) list = g_string_new(NULL);
    guint n = 0;

    if (!vin_selection_new(labels, allow, deny, &selection, error)) {
        g_assert_null(selection);
        return NULL;
    }
    if (selection == NULL) {
        return g_strdup("all");
    }
    g_assert_cmpuint(selection->n_classes, ==, labels->n_labels);
    for (guint i = 0; i < selection->n_classes; i++) {
        if (selection->is_selected[i] != 0) {
            g_string_append_printf(list, "%s%u", n++ > 0 ? " " : "", i);
        }
    }
    g_assert_cmpuint(n, ==, selection->n_selected);
    return g_string_free(g_steal_pointer(&list), FALSE);
}

static void check(const char *allow, const char *deny, const char *wanted)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *list = select_text(allow, deny, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(list, ==, wanted);
}

static void refuse(const char *allow, const char *deny, const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(select_text(allow, deny, &error));
    onnx_make_expect(error, VIN_ERROR_INVALID, words);
    g_assert_null(strchr(error->message, '\n'));
}

static void test_entries(void)
{
    check("tench", NULL, "0");
    check(" tench ,, 2 ,", NULL, "0 2");
    check("TENCH", NULL, "0");                 /* case does not matter, */
    check("crane", NULL, "2");                 /* unless it tells labels apart */
    check("Crane", NULL, "4");
    check("CRANE", NULL, "2 4");
    check("crane (n03126707)", NULL, "3");
    check("n03126707", NULL, "3");
    check("n02012849,n01440764", NULL, "0 2");
    check("0,9", NULL, "0 9");
    check("3", NULL, "7");                     /* a label before an index */
    check("12345678901234567890", NULL, "9");
    check("\xc3\xa9" "clair", NULL, "8");
    check("5,5,5", NULL, "5");
}

static void test_deny(void)
{
    check(NULL, "tench", "1 2 3 4 5 6 7 8 9");
    check("", "1,2,3,4,5,6,8,9", "0 3");       /* "3" is the label of class 7 */
    check("0,1,2", "1", "0 2");
    check("0,1", "*crane*", "0 1");
    check("*", "*e*", "5 7 8 9");
    check("*crane*", "crane", "3 4");
}

static void test_all(void)
{
    check(NULL, NULL, "all");
    check("", "", "all");
    check("*", NULL, "all");
    check("*", "", "all");
}

static void test_patterns(void)
{
    check("*crane*", NULL, "2 3 4");
    check("crane*", NULL, "2 3 4");
    check("?rane", NULL, "2 4");
    check("*shark", NULL, "1");
    check("g*w*k", NULL, "1");
    check("*white*white*", NULL, "1");
}

/* Labels hold what means something in a list. */
static void test_escapes(void)
{
    check("great white shark\\, white shark", NULL, "1");
    check("great white shark\\, white shark, tench", NULL, "0 1");
    check("great white shark, white shark; tench", NULL, "0 1");
    check("great white shark, white shark;", NULL, "1");
    check("a\\*b\\?c", NULL, "5");
    check("a*b?c", NULL, "5");
    check("one\\;two\\\\three", NULL, "6");
    check("one\\;two\\\\three,tench", NULL, "0 6");
    check("\\t\\e\\n\\c\\h", NULL, "0");
    check("?clair", NULL, "8"); /* a character of two bytes */
}

static void test_quote(void)
{
    for (guint i = 0; i < labels->n_labels; i++) {
        g_autofree char *quoted = vin_label_list_quote(labels->names[i]);
        g_autofree char *index = g_strdup_printf("%u", i);

        check(quoted, NULL, index);
    }
}

static void test_refused(void)
{
    refuse("tnech", NULL, "allow-labels: \"tnech\" is no label|like it: tench");
    refuse(NULL, "tench,crain", "deny-labels: \"crain\"|like it: crane, Crane");
    refuse("shark", NULL, "\"shark\"|like it: great white shark\\, white shark");
    refuse("a tench, Tinca tinca;0", NULL, "\"a tench, Tinca tinca\"|like it: tench");
    refuse("*white*white*white*", NULL, "matches no label");
    refuse("sh?rk*", NULL, "\"sh?rk*\" matches no label");
    refuse("zebra crossing", NULL, "\"zebra crossing\"|none of its 10 labels is like it");
    refuse("10", NULL, "index 10 is past the last class|0 to 9");
    refuse("99999999999999999999999", NULL, "\"99999999999999999999999\" is no label");
    refuse("-1", NULL, "\"-1\" is no label");
    refuse("n99999999", NULL, "\"n99999999\" is no label, WordNet id or index");
    refuse(" , ", NULL, "allow-labels|names no class|with commas between");
    refuse(NULL, ";", "deny-labels|names no class");
    refuse("tench", "0", "leave none of the 10 classes");
    refuse(NULL, "*", "leave none of the 10 classes");
    refuse("\x1b[31mtench", NULL, "\"\\x1b[31mtench\"|like it: tench");
    refuse("te\xff", NULL, "is not UTF-8");
}

/* Two letters in the wrong order are one slip, of which a short word may have one. */
static void test_near(void)
{
    char *names[] = {"moth", "bird", "moths", NULL}, *wnids[] = {NULL, NULL, NULL, NULL};
    const VinLabels few = {.n_labels = 3, .names = names, .wnids = wnids};
    g_autofree char *swapped = vin_near_labels(&few, "MTOH");
    g_autofree char *part = vin_near_labels(&few, "moth");
    g_autofree char *wrong = vin_near_labels(&few, "myth0");

    g_assert_cmpstr(swapped, ==, "moth");
    g_assert_cmpstr(part, ==, "moth, moths");
    g_assert_cmpstr(wrong, ==, "moth, moths");
    g_assert_null(vin_near_labels(&few, "xy"));
}

static void check_match(const char *pattern, const char *label, gboolean wanted)
{
    g_autoptr(GPtrArray) entries = vin_label_list_split(pattern);

    g_assert_cmpuint(entries->len, ==, 1);
    g_assert_cmpint(vin_label_entry_matches(g_ptr_array_index(entries, 0), label), ==, wanted);
}

static void test_matching(void)
{
    g_autofree char *stars = g_strnfill(120, '*');
    g_autoptr(GString) hard = g_string_new(NULL);
    g_autofree char *letters = g_strnfill(256, 'a');
    gint64 start = g_get_monotonic_time();

    check_match("*", "", TRUE);
    check_match("?", "", FALSE);
    check_match("?*", "x", TRUE);
    check_match("a*", "b", FALSE);
    check_match("*a", "ba", TRUE);
    check_match("*a", "ab", FALSE);
    check_match("*ab", "aab", TRUE);
    check_match("a*b*c", "a--b-bc", TRUE);
    check_match("a*b*c", "a--bc-b", FALSE);
    check_match("A*\xc3\xa9", "a \xc3\x89", TRUE);
    check_match(stars, "anything", TRUE);
    for (guint i = 0; i < 60; i++) { /* one that a matcher may try for ever */
        g_string_append(hard, "a*");
    }
    g_string_append(hard, "b");
    check_match(hard->str, letters, FALSE);
    g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
}

/* 100,000 classes, each named in the list, and a mistake among as many. */
static void test_many(void)
{
    const guint n = 100000;
    g_autoptr(VinLabels) many = vin_labels_new_numbered(n);
    g_autoptr(VinSelection) selection = NULL;
    g_autoptr(GString) list = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    gint64 start;

    for (guint i = 0; i < n; i += 2) {
        g_string_append_printf(list, "CLASS %u,", i);
    }
    start = g_get_monotonic_time();
    g_assert_true(vin_selection_new(many, list->str, "class 1*", &selection, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(selection->n_selected, ==, 50000 - 5555);
    g_clear_pointer(&selection, vin_selection_unref);
    g_assert_false(vin_selection_new(many, "clas 4711", NULL, &selection, &error));
    onnx_make_expect(error, VIN_ERROR_INVALID, "like it: class 4711");
    g_assert_cmpint(g_get_monotonic_time() - start, <, 20 * G_USEC_PER_SEC);
}

static void load_labels(void)
{
    char *folder = onnx_make_folder();
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, sizeof text - 1);
    g_autofree char *path = onnx_make_file(bytes, folder, "names.txt");
    g_autoptr(GError) error = NULL;

    labels = vin_labels_load(path, 10, &error);
    g_assert_no_error(error);
    onnx_make_remove(folder);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    load_labels();
    g_test_add_func("/selection/entries", test_entries);
    g_test_add_func("/selection/deny", test_deny);
    g_test_add_func("/selection/all", test_all);
    g_test_add_func("/selection/patterns", test_patterns);
    g_test_add_func("/selection/escapes", test_escapes);
    g_test_add_func("/selection/quote", test_quote);
    g_test_add_func("/selection/refused", test_refused);
    g_test_add_func("/selection/near", test_near);
    g_test_add_func("/selection/matching", test_matching);
    g_test_add_func("/selection/many", test_many);
    status = g_test_run();
    vin_labels_free(labels);
    return status;
}
