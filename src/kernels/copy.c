/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Copy: a tensor into a channel slice of another, where its producer can't write there.
 */
#include "abi/copy.h"
#include "kernels/table.h"

G_STATIC_ASSERT(sizeof(struct vin_copy_push) <= VIN_PUSH_BYTES);

static void copy_dispatch(const VinKernelArgs *args, VinDispatch *out)
{
    const VinPlace *in = &args->in[0];
    struct vin_copy_push push = {
        .in_offset = in->offset,
        .in_n_stride = in->n_stride,
        .out_offset = args->out.offset,
        .out_n_stride = args->out.n_stride,
        .count = vin_place_image_values(&args->out),
    };

    vin_dispatch_init(out, VIN_SHADER_COPY, &push, sizeof push);
    vin_dispatch_halves(out, args, VIN_SHADER_COPY_F16, VIN_COPY_SPEC_IN_HALF);
    vin_flat_groups(out, push.count, args->out.n, args->caps);
}

const VinKernel vin_kernel_copy = {
    .name = "copy",
    .op = VIN_OP_COPY,
    .far = VIN_SHADER_COPY_FAR,
    .reads = VIN_ORDERS_OF_HALVES,
    .writes = VIN_ORDERS_OF_HALVES,
    .dispatch = copy_dispatch,
};
