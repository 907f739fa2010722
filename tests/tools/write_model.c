/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tiny network of tests/support as a file, for tests that are no C programs.
 */
#include <stdlib.h>

#include "support/tiny_model.h"

int main(int argc, char **argv)
{
    VinTinyModel odd = {0};
    g_autoptr(GError) error = NULL;

    if (argc < 3) {
        g_printerr("usage: write-model FILE N_CLASSES [logits] [nan]\n");
        return 2;
    }
    odd.n_classes = (guint)strtoul(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        odd.no_softmax = odd.no_softmax || g_str_equal(argv[i], "logits");
        odd.nan_bias = odd.nan_bias || g_str_equal(argv[i], "nan");
    }
    if (!vin_tiny_model_write_odd(argv[1], &odd, &error)) {
        g_printerr("write-model: %s\n", error->message);
        return 1;
    }
    return 0;
}
