/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any bytes as a .modelinfo file, fitted to inputs of several sizes.
 */
#include "fuzz.h"

#include <math.h>

#include <vkinception/error.h>

#include "model/sidecar.h"

static void fit(const char *path, VinInputSize input)
{
    g_autoptr(VinSidecar) sidecar = NULL;
    g_autofree char *text = NULL;
    GError *error = NULL;

    if (!vin_sidecar_load(path, &sidecar, &error)) {
        g_assert(sidecar == NULL);
        fuzz_check_error(error);
        return;
    }
    if (sidecar == NULL) {
        sidecar = vin_sidecar_new_assumed();
    }
    if (!vin_sidecar_fit(sidecar, input, &error)) {
        fuzz_check_error(error);
        return;
    }
    for (guint i = 0; i < 3; i++) {
        g_assert(isfinite(sidecar->recipe.mean[i]) && isfinite(sidecar->recipe.scale[i]));
    }
    g_assert(sidecar->labels_file == NULL || strchr(sidecar->labels_file, '/') == NULL);
    text = vin_recipe_to_string(&sidecar->recipe, input);
    g_assert(g_utf8_validate(text, -1, NULL));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    fuzz_quiet();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const VinInputSize inputs[] = {{3, 224, 224}, {1, 32, 48}, {3, 1, 1}, {3, 16384, 16384}};
    const char *path = fuzz_file("fuzz.modelinfo", data, size);

    for (guint i = 0; i < G_N_ELEMENTS(inputs); i++) {
        fit(path, inputs[i]);
    }
    return 0;
}
