/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Walks the kernels of an op, best first, and remembers why each was passed over.
 */
#include "plan/select.h"

#include "base/error.h"

static guint orders_or_planar(guint orders)
{
    return orders != 0 ? orders : VIN_ORDER_PLANAR;
}

/* Blocked where there is a choice: who reads it next may gain. */
static VinOrder pick(guint orders)
{
    return (orders & VIN_ORDER_BLOCKED) != 0 ? VIN_ORDER_BLOCKED
           : (orders & VIN_ORDER_HALF) != 0  ? VIN_ORDER_HALF
                                             : VIN_ORDER_PLANAR;
}

/* Whatever the order of its activations. */
static gboolean can(const VinKernel *kernel, const VinNode *node, const VinCaps *caps,
                    const char **why)
{
    *why = NULL;
    if (caps->far && kernel->far == 0 && (kernel->needs & VIN_CAP_BUFFER_ADDRESS) == 0) {
        *why = "activations are more than a binding shows, and it knows no addresses";
        return FALSE;
    }
    return (kernel->needs & ~caps->bits) == 0 &&
           (kernel->accepts == NULL || kernel->accepts(node, caps, why));
}

/* Did somebody name a kernel that can? Then it is one of those. */
static gboolean is_named(const VinKernel *const *kernels, const VinNode *node,
                         const VinCaps *caps)
{
    const char *why;

    for (guint i = 0; caps->kernels != NULL && kernels[i] != NULL; i++) {
        if (vin_kernels_name(caps->kernels, kernels[i]->name) &&
            can(kernels[i], node, caps, &why)) {
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean has_orders(const VinKernel *kernel, const VinOrders *orders, const char **why)
{
    if ((orders_or_planar(kernel->reads) & orders->in) == 0) {
        *why = "its input is in another order";
        return FALSE;
    }
    if ((orders_or_planar(kernel->writes) & orders->out) == 0) {
        *why = "its output is in another order";
        return FALSE;
    }
    return TRUE;
}

static gboolean takes(const VinKernel *kernel, const VinNode *node, const VinOrders *orders,
                      const VinCaps *caps, const char **why)
{
    const gboolean named = vin_kernels_name(caps->kernels, kernel->name);

    return can(kernel, node, caps, why) &&
           (named || kernel->suits == NULL || kernel->suits(node, caps, why)) &&
           has_orders(kernel, orders, why);
}

gboolean vin_select_can(const VinKernel *kernel, const VinNode *node, const VinOrders *orders,
                        const VinCaps *caps)
{
    const char *why;

    return can(kernel, node, caps, &why) && has_orders(kernel, orders, &why);
}

guint vin_select_candidates(const VinNode *node, const VinOrders *orders, const VinCaps *caps,
                            const VinKernel **candidates, guint max)
{
    const VinKernel *const *kernels = vin_kernels_for(node->op);
    const gboolean named = is_named(kernels, node, caps);
    guint n = 0;

    for (guint i = 0; kernels[i] != NULL && n < max; i++) {
        if ((!named || vin_kernels_name(caps->kernels, kernels[i]->name)) &&
            vin_select_can(kernels[i], node, orders, caps)) {
            candidates[n++] = kernels[i];
        }
    }
    return n;
}

const VinKernel *vin_select_kernel(const VinNode *node, const VinOrders *orders,
                                   const VinCaps *caps, VinOrders *chosen, char **reason,
                                   GError **error)
{
    const VinKernel *const *kernels = vin_kernels_for(node->op);
    const gboolean named = is_named(kernels, node, caps);
    g_autoptr(GString) refused = g_string_new(NULL);

    for (guint i = 0; kernels[i] != NULL; i++) {
        const VinKernel *kernel = kernels[i];
        const char *why = NULL;

        if (named && !vin_kernels_name(caps->kernels, kernel->name)) {
            continue;
        }
        if (takes(kernel, node, orders, caps, &why)) {
            *reason = named ? g_strdup("named by VIN_KERNELS")
                      : refused->len > 0 ? g_strdup_printf("not %s", refused->str)
                      : kernels[1] == NULL ? g_strdup("the only one")
                                           : g_strdup("the first choice");
            chosen->in = pick(orders_or_planar(kernel->reads) & orders->in);
            chosen->out = pick(orders_or_planar(kernel->writes) & orders->out);
            return kernel;
        }
        g_string_append_printf(refused, "%s%s: ", refused->len > 0 ? "; " : "", kernel->name);
        if (why != NULL) {
            g_string_append(refused, why);
        } else {
            g_string_append_printf(refused, "the device lacks capabilities 0x%x",
                                   kernel->needs & ~caps->bits);
        }
    }
    if (kernels[0] == NULL) {
        g_string_assign(refused, "no kernel does this operation");
    }
    vin_fail(error, VIN_ERROR_UNSUPPORTED, "node '%s' (%s) can't run: %s", node->name,
             vin_op_name(node->op), refused->str);
    return NULL;
}
