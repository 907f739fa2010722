/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Op to kernels, best first, the plain one last. Called by plan/select.c and the tests.
 */
#include "base/error.h"
#include "kernels/table.h"

#define MAX_KERNELS 13 /* an op, and the NULL behind them */

const VinKernel *const *vin_kernels_for(VinOp op)
{
    static const VinKernel *const table[VIN_N_OPS][MAX_KERNELS] = {
        [VIN_OP_CONV] = {
#ifdef VIN_HAVE_SHADER_CONV_DOT8
                         &vin_kernel_conv_dot8,
#endif
                         &vin_kernel_conv_dot8_plain, &vin_kernel_conv_straight,
                         &vin_kernel_conv_broadcast, &vin_kernel_conv_first, &vin_kernel_conv_rows,
#ifdef VIN_HAVE_SHADER_CONV_COOPMAT
                         &vin_kernel_conv_coopmat,
#endif
                         &vin_kernel_conv_gemm_f16, &vin_kernel_conv_gemm,
                         &vin_kernel_conv_winograd_4, &vin_kernel_conv_winograd_2,
                         &vin_kernel_conv_direct},
        [VIN_OP_GEMM] = {&vin_kernel_gemm_straight, &vin_kernel_gemm},
        [VIN_OP_MAX_POOL] = {&vin_kernel_max_pool_straight, &vin_kernel_max_pool_blocked,
                             &vin_kernel_max_pool},
        [VIN_OP_AVG_POOL] = {&vin_kernel_avg_pool_blocked, &vin_kernel_avg_pool},
        [VIN_OP_LRN] = {&vin_kernel_lrn_blocked, &vin_kernel_lrn},
        [VIN_OP_RELU] = {&vin_kernel_relu},
        [VIN_OP_SIGMOID] = {&vin_kernel_sigmoid},
        [VIN_OP_ADD] = {&vin_kernel_add},
        [VIN_OP_MUL] = {&vin_kernel_mul},
        [VIN_OP_SOFTMAX] = {&vin_kernel_softmax},
        [VIN_OP_COPY] = {&vin_kernel_copy},
    };
    static const VinKernel *const none[] = {NULL};

    return op < VIN_N_OPS ? table[op] : none;
}

void vin_dispatch_make_far(VinDispatch *dispatch, const VinKernel *kernel)
{
    const guint address_bytes = sizeof(VkDeviceAddress);

    if (dispatch->n_addresses > 0) {
        return;
    }
    g_assert(kernel->far != 0 && dispatch->push_bytes + address_bytes <= VIN_PUSH_BYTES);
    dispatch->shader = kernel->far;
    memmove((guint8 *)dispatch->push + address_bytes, dispatch->push, dispatch->push_bytes);
    dispatch->push_bytes += address_bytes;
    dispatch->n_addresses = 1;
}

gboolean vin_kernels_name(const char *list, const char *name)
{
    const gsize length = strlen(name);

    while (list != NULL && list[0] != '\0') {
        const gsize n = strcspn(list, ",");

        if (n == length && strncmp(list, name, n) == 0) {
            return TRUE;
        }
        list += n + (list[n] == ',');
    }
    return FALSE;
}

static gboolean is_kernel(const char *name)
{
    for (guint op = 0; op < VIN_N_OPS; op++) {
        for (const VinKernel *const *k = vin_kernels_for((VinOp)op); *k != NULL; k++) {
            if (strcmp((*k)->name, name) == 0) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

gboolean vin_kernels_check(const char *list, GError **error)
{
    g_auto(GStrv) names = g_strsplit(list != NULL ? list : "", ",", -1);

    for (guint i = 0; names[i] != NULL; i++) {
        if (names[i][0] != '\0' && !is_kernel(names[i])) {
            return vin_fail(error, VIN_ERROR_INVALID,
                            "VIN_KERNELS: there is no kernel '%s'; vin-inspect --plan shows names, "
                            "with commas and no blanks between",
                            names[i]);
        }
    }
    return TRUE;
}
