/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Walks the kernels of an op, best first, and remembers why each was passed over.
 */
#include "plan/select.h"

#include "base/error.h"

const VinKernel *vin_select_kernel(const VinNode *node, const VinCaps *caps, char **reason,
                                   GError **error)
{
    const VinKernel *const *kernels = vin_kernels_for(node->op);
    g_autoptr(GString) refused = g_string_new(NULL);

    for (guint i = 0; kernels[i] != NULL; i++) {
        const VinKernel *kernel = kernels[i];
        guint32 missing = kernel->needs & ~caps->bits;
        const char *why = NULL;

        if (missing != 0) {
            g_string_append_printf(refused, "%s%s: the device lacks capabilities 0x%x",
                                   refused->len > 0 ? "; " : "", kernel->name, missing);
        } else if (kernel->accepts != NULL && !kernel->accepts(node, caps, &why)) {
            g_string_append_printf(refused, "%s%s: %s", refused->len > 0 ? "; " : "",
                                   kernel->name, why);
        } else {
            *reason = refused->len > 0 ? g_strdup_printf("not %s", refused->str)
                      : kernels[1] == NULL ? g_strdup("the only one")
                                           : g_strdup("the first choice");
            return kernel;
        }
    }
    if (kernels[0] == NULL) {
        g_string_assign(refused, "no kernel does this operation");
    }
    vin_fail(error, VIN_ERROR_UNSUPPORTED, "node '%s' (%s) can't run: %s", node->name,
             vin_op_name(node->op), refused->str);
    return NULL;
}
