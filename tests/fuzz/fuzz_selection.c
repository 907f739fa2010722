/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as the lists of allowed and denied labels; a line each.
 */
#include "fuzz.h"

#include <string.h>

#include <vkinception/error.h>

#include "model/selection.h"

static VinLabels *labels;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char text[] = "cat\nCat\nn02123045 tabby, tabby cat\nn02124075 Egyptian cat\n"
                               "a*b\na\\b\n7\nStra\xc3\x9f""e\n\xc4\xb0stanbul\n;\ncrane\ncrane\n";
    GError *error = NULL;

    fuzz_quiet();
    labels = vin_labels_load(fuzz_file("fuzz.labels", (const uint8_t *)text, sizeof text - 1), 12,
                             &error);
    g_assert_no_error(error);
    return 0;
}

static void select_classes(const char *allow, const char *deny)
{
    g_autoptr(VinSelection) selection = NULL;
    GError *error = NULL;
    guint n = 0;

    if (!vin_selection_new(labels, allow, deny, &selection, &error)) {
        fuzz_check_error(error);
        return;
    }
    for (guint i = 0; selection != NULL && i < selection->n_classes; i++) {
        g_assert(selection->is_selected[i] <= 1);
        n += selection->is_selected[i];
    }
    g_assert(selection == NULL || (n == selection->n_selected && n > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    char *deny = strchr(text, '\n');

    if (deny != NULL) {
        *deny++ = '\0';
    }
    select_classes(text, deny);
    select_classes(NULL, text);
    return 0;
}
