/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tiny network of tests/support as a file, for tests that are no C programs.
 */
#include <stdlib.h>

#include "support/tiny_model.h"

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (argc != 3) {
        g_printerr("usage: write-model FILE N_CLASSES\n");
        return 2;
    }
    if (!vin_tiny_model_write(argv[1], (guint)strtoul(argv[2], NULL, 10), &error)) {
        g_printerr("write-model: %s\n", error->message);
        return 1;
    }
    return 0;
}
