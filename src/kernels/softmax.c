/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Softmax over channels.
 */
#include "abi/softmax.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_softmax_push) <= VIN_PUSH_BYTES);

static void softmax_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    struct vin_softmax_push push = {
        VIN_PUSH_PLACES(args),
        .channels = args->out.c,
    };

    vin_dispatch_init(out, VIN_SHADER_SOFTMAX, &push, sizeof push);
    out->groups[0] = vin_place_pixels(&args->out);
    out->groups[1] = args->out.n;
}

const VinKernel vin_kernel_softmax = {
    .name = "softmax",
    .op = VIN_OP_SOFTMAX,
    .far = VIN_SHADER_SOFTMAX_FAR,
    .dispatch = softmax_dispatch,
};
