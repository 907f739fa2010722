/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as a label file, for as many classes as it may have lines.
 */
#include "fuzz.h"

#include <string.h>

#include <vkinception/error.h>

#include "base/printable.h"
#include "model/labels.h"

static void check(const VinLabels *labels)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < labels->n_labels; i++) {
        const char *name = labels->names[i];
        const char *wnid = labels->wnids[i];

        g_assert(name[0] != '\0' && strlen(name) <= VIN_LABEL_MAX_BYTES);
        g_assert(g_utf8_validate(name, -1, NULL));
        g_assert(wnid == NULL || (wnid[0] == 'n' && strlen(wnid) == 9));
        for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at)) {
            g_assert(!vin_is_unprintable(g_utf8_get_char(at)));
        }
        g_assert(g_hash_table_add(seen, (gpointer)name));
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_quiet();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("fuzz.labels", data, size);
    guint n_lines = 0, n_full = 0;

    for (size_t i = 0; i < size; i++) {
        n_lines += data[i] == '\n';
        if (data[i] > ' ') {
            n_full = n_lines + 1;
        }
    }
    for (guint n = n_full; n <= n_full + 1; n++) {
        GError *error = NULL;
        g_autoptr(VinLabels) labels = vin_labels_load(path, n, &error);

        if (labels != NULL) {
            g_assert(labels->n_labels == n);
            check(labels);
        } else {
            fuzz_check_error(error);
        }
    }
    return 0;
}
