/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin_select_kernel and the kernel table, without a device.
 */
#include "plan/select.h"

#include <string.h>

#include "abi/conv_gemm.h"
#include "base/bytes.h"
#include "shader_table.h"
#include "support/net.h"

static const VinCaps caps = {.subgroup_size = 32,
                             .max_workgroup_size = 1024,
                             .max_shared_bytes = 32768,
                             .max_workgroup_count = {65535, 65535, 65535}};
static const VinOrders planar = {VIN_ORDER_PLANAR, VIN_ORDER_PLANAR};

static const VinKernel *find_kernel(VinOp op, const char *name)
{
    for (guint i = 0; vin_kernels_for(op)[i] != NULL; i++) {
        if (strcmp(vin_kernels_for(op)[i]->name, name) == 0) {
            return vin_kernels_for(op)[i];
        }
    }
    g_error("no kernel '%s'", name);
}

/* Ops that the passes take away, or that need no work, have no kernel; all others do. */
static void test_table(void)
{
    static const VinOp none[] = {VIN_OP_BATCHNORM, VIN_OP_CONCAT, VIN_OP_RESHAPE,
                                 VIN_OP_DROPOUT, VIN_OP_IDENTITY};

    for (guint op = 0; op < VIN_N_OPS; op++) {
        const VinKernel *const *kernels = vin_kernels_for(op);
        gboolean expect_none = FALSE;

        for (guint i = 0; i < G_N_ELEMENTS(none); i++) {
            expect_none |= op == none[i];
        }
        g_assert_true((kernels[0] == NULL) == expect_none);
        for (guint i = 0; kernels[i] != NULL; i++) {
            g_assert_cmpint(kernels[i]->op, ==, op);
            g_assert_nonnull(kernels[i]->name);
            g_assert_nonnull(kernels[i]->dispatch);
            g_assert_true((kernels[i]->pack == NULL) == (kernels[i]->weight_bytes == NULL));
            /* The plain one is last and runs on any device. */
            g_assert_true(kernels[i + 1] != NULL || kernels[i]->needs == 0);
        }
    }
}

static void assert_chosen(const VinCaps *device, const char *name, const char *because)
{
    VinShape shape = vin_shape_nchw(1, 3, 5, 5);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *y = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE);
    g_autofree char *reason = NULL;
    g_autoptr(GError) error = NULL;
    VinOrders chosen;
    const VinKernel *kernel =
        vin_select_kernel(y->producer, &planar, device, &chosen, &reason, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(kernel->name, ==, name);
    g_assert_nonnull(strstr(reason, because));
}

static void test_chosen(void)
{
    VinCaps device = caps;

    assert_chosen(&device, "conv_gemm", "conv_rows: ");
    device.max_shared_bytes = 2048;
    assert_chosen(&device, "conv_direct", "conv_gemm: the device has too little shared memory");
    device = caps;
    device.is_software = TRUE;
    assert_chosen(&device, "conv_direct", "conv_gemm: for GPUs");
}

#ifdef VIN_HAVE_SHADER_CONV_COOPMAT

static void test_matrices(void)
{
    VinCaps device = caps;

    device.bits = VIN_CAP_FP16_STORAGE | VIN_CAP_COOPERATIVE_MATRIX;
    device.matrices[0] = (VinMatrixShape){16, 8, 8};
    device.matrices[1] = (VinMatrixShape){16, 16, 16};
    device.n_matrices = 2;
    assert_chosen(&device, "conv_gemm", "conv_coopmat: the precision is fp32");
    device.half = TRUE;
    assert_chosen(&device, "conv_coopmat", "conv_rows: ");
    device.is_software = TRUE;
    assert_chosen(&device, "conv_gemm_f16", "conv_coopmat: a software driver has no matrix units");
    device.kernels = "conv_coopmat";
    assert_chosen(&device, "conv_coopmat", "named by VIN_KERNELS");
    device.is_software = FALSE;
    device.kernels = NULL;
    device.max_shared_bytes = 2048;
    assert_chosen(&device, "conv_direct", "conv_coopmat: the device multiplies no matrices");
    device.max_shared_bytes = caps.max_shared_bytes;
    device.n_matrices = 0;
    assert_chosen(&device, "conv_gemm_f16", "conv_coopmat: the device multiplies no matrices");
    device.matrices[0] = (VinMatrixShape){16, 6, 16}; /* not in fours */
    device.n_matrices = 1;
    assert_chosen(&device, "conv_gemm_f16", "conv_coopmat: the device multiplies no matrices");
    device.bits = VIN_CAP_FP16_STORAGE;
    assert_chosen(&device, "conv_gemm_f16", "conv_coopmat: the device lacks capabilities 0x800");
}

/* The largest shape that fits, and a work group of whole subgroups. */
static void test_matrix_shape(void)
{
    VinShape shape = vin_shape_nchw(1, 64, 28, 28);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *y = vin_net_conv(net, net->input, 128, 1, 1, 0, TRUE);
    VinCaps device = caps;
    VinKernelArgs args = {.node = y->producer, .caps = &device,
                          .in = {{.n = 1, .c = 64, .h = 28, .w = 28, .c_stride = 784}},
                          .out = {.n = 1, .c = 128, .h = 28, .w = 28, .c_stride = 784}};
    VinDispatch dispatch;

    device.half = TRUE;
    device.matrices[0] = (VinMatrixShape){16, 8, 8};
    device.matrices[1] = (VinMatrixShape){16, 16, 16};
    device.matrices[2] = (VinMatrixShape){64, 64, 64}; /* too large for its shared memory */
    device.n_matrices = 3;
    for (device.subgroup_size = 16; device.subgroup_size <= 64; device.subgroup_size *= 2) {
        const guint32 *spec = dispatch.spec;

        find_kernel(VIN_OP_CONV, "conv_coopmat")->dispatch(&args, &dispatch);
        g_assert_cmpuint(spec[VIN_CONV_GEMM_SPEC_MATRIX_M], ==, 16);
        g_assert_cmpuint(spec[VIN_CONV_GEMM_SPEC_MATRIX_N], ==, 16);
        g_assert_cmpuint(spec[VIN_CONV_GEMM_SPEC_MATRIX_K], ==, 16);
        g_assert_cmpuint(spec[VIN_CONV_GEMM_SPEC_DEPTH], ==, 32);
        g_assert_cmpuint(spec[VIN_CONV_GEMM_SPEC_LOCAL], ==,
                         spec[VIN_CONV_GEMM_SPEC_TILE_K] / spec[VIN_CONV_GEMM_SPEC_OWN_K] *
                             (spec[VIN_CONV_GEMM_SPEC_TILE_PIXELS] /
                              spec[VIN_CONV_GEMM_SPEC_OWN_PIXELS]) * device.subgroup_size);
        g_assert_cmpuint(dispatch.groups[0] * spec[VIN_CONV_GEMM_SPEC_TILE_PIXELS], >=, 784);
        g_assert_cmpuint(dispatch.groups[1] * spec[VIN_CONV_GEMM_SPEC_TILE_K], >=, 128);
    }
}

#endif

/* Where the precision is int8 and the range of the input known, with the instruction or without. */
static void test_int8(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 5, 5);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode *node = vin_net_conv(net, net->input, 4, 3, 1, 1, TRUE)->producer;
    VinCaps device = caps;
    VinOrders chosen;

    for (guint i = 0; i < 16; i++) {
        const gboolean is_software = (i & 1) != 0, has_range = (i & 2) != 0;
        const gboolean has_dot = (i & 4) != 0;
        g_autofree char *reason = NULL;
        const char *expected = is_software ? "conv_direct" : "conv_gemm";
        const VinKernel *kernel;

        device.int8 = (i & 8) != 0;
        device.is_software = is_software;
        device.bits = has_dot ? VIN_CAP_INT8_DOT : 0;
        node->u.window.in_high = has_range ? 3 : 0;
        kernel = vin_select_kernel(node, &planar, &device, &chosen, &reason, NULL);
        if (device.int8 && has_range) {
#ifdef VIN_HAVE_SHADER_CONV_DOT8
            expected = has_dot ? "conv_dot8" : "conv_dot8_plain";
#else
            expected = "conv_dot8_plain";
#endif
        } else {
            g_assert_nonnull(strstr(reason, device.int8 ? "the range of its input is not known"
                                                        : "the precision is not int8"));
        }
        g_assert_cmpstr(kernel->name, ==, expected);
    }
}

/* So many products that their sum could leave 32 bits. */
static void test_int8_too_long(void)
{
    VinShape shape = vin_shape_nchw(1, 7282, 3, 3); /* 65,538 products */
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinNode *node = vin_net_conv(net, net->input, 1, 3, 1, 0, FALSE)->producer;
    g_autofree char *reason = NULL;
    VinCaps device = caps;
    VinOrders chosen;

    device.int8 = TRUE;
    node->u.window.in_high = 1;
    g_assert_cmpstr(vin_select_kernel(node, &planar, &device, &chosen, &reason, NULL)->name, ==,
                    "conv_gemm");
    g_assert_nonnull(strstr(reason, "conv_dot8_plain: a sum of so many products"));
}

/* A named kernel comes first where it can run, whether it suits or not. */
static void test_named(void)
{
    VinCaps device = caps;

    device.is_software = TRUE;
    device.kernels = "lrn,conv_gemm";
    assert_chosen(&device, "conv_gemm", "named by VIN_KERNELS");
    device.kernels = "conv_gemm_";
    assert_chosen(&device, "conv_direct", "for GPUs");
    device.kernels = "conv_broadcast"; /* cannot */
    assert_chosen(&device, "conv_direct", "conv_broadcast: ");
    device = caps;
    device.kernels = "conv_direct";
    assert_chosen(&device, "conv_direct", "named by VIN_KERNELS");
}

static void test_unknown_name(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(vin_kernels_check(NULL, NULL));
    g_assert_true(vin_kernels_check(",conv_gemm,,softmax", NULL));
    g_assert_false(vin_kernels_check("conv_gemm,conv_gem", &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "'conv_gem'"));
}

static void assert_refused(const VinNode *node, const char *because)
{
    g_autofree char *reason = NULL;
    g_autoptr(GError) error = NULL;
    VinOrders chosen;

    g_assert_null(vin_select_kernel(node, &planar, &caps, &chosen, &reason, &error));
    g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, node->name));
    g_assert_nonnull(strstr(error->message, because));
    g_assert_null(reason);
}

static void test_refused(void)
{
    VinShape shape = vin_shape_nchw(1, 4, 5, 5);
    g_autoptr(VinNet) net = vin_net_new(2, &shape);
    VinTensor *pair[] = {net->input, net->input};
    VinNode lrn = {.op = VIN_OP_LRN, .n_inputs = 1, .inputs = {net->input},
                   .u.lrn = {65, 1, 0.75f, 1}};
    VinTensor *y = vin_net_concat(net, pair, 2);

    assert_refused(y->producer, "no kernel does this operation");
    y = vin_net_node(net, &lrn);
    assert_refused(y->producer, "1 to 64 channels");
}

/* Scalars spread over channels; the packed constant is what the shader reads. */
static void test_packed_scalar(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 5, 5), scalar = {0, {0}};
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    VinTensor *c = vin_net_constant(net, &scalar, 1, 2);
    VinTensor *y = vin_net_binary(net, VIN_OP_MUL, net->input, c);
    const VinKernel *kernel = vin_kernels_for(VIN_OP_MUL)[0];
    float packed[4] = {-1, -1, -1, -1};

    g_assert_cmpuint(kernel->weight_bytes(y->producer), ==, 3 * sizeof(float));
    kernel->pack(y->producer, packed);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpfloat(packed[i], ==, vin_tensor_floats(c)[0]);
    }
    g_assert_cmpfloat(packed[3], ==, -1);
}

/* bias[Kp], then blocks of 16 output channels; see shaders/abi/conv.h. */
static void test_packed_conv(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 5, 5);
    g_autoptr(VinNet) net = vin_net_new(4, &shape);
    const VinNode *node = vin_net_conv(net, net->input, 35, 2, 1, 0, TRUE)->producer;
    const VinKernel *kernel = find_kernel(VIN_OP_CONV, "conv_direct");
    const float *w = vin_tensor_floats(node->inputs[1]); /* [35 3 2 2] */
    const float *b = vin_tensor_floats(node->inputs[2]);
    g_autofree float *packed = NULL;

    g_assert_cmpuint(kernel->weight_bytes(node), ==, 64 * (1 + 12) * sizeof(float));
    packed = g_malloc(kernel->weight_bytes(node));
    kernel->pack(node, packed);
    for (guint k = 0; k < 64; k++) {
        g_assert_cmpfloat(packed[k], ==, k < 35 ? b[k] : 0);
        for (guint c = 0; c < 3; c++) {
            for (guint tap = 0; tap < 4; tap++) {
                float got = packed[64 + ((k / 16 * 4 + tap) * 3 + c) * 16 + k % 16];

                g_assert_cmpfloat(got, ==, k < 35 ? w[(k * 3 + c) * 4 + tap] : 0);
            }
        }
    }
}

/* Whatever the device and the tile for it, the work groups cover every output value. */
static void test_conv_groups(void)
{
    static const VinCaps devices[] = {
        {.subgroup_size = 32},
        {.subgroup_size = 4, .is_software = TRUE},
        {.subgroup_size = 8, .is_software = TRUE},
        {.subgroup_size = 128, .is_software = TRUE},
    };
    static const guint sizes[][3] = {{64, 3, 224}, {1, 1, 1}, {37, 16, 7}, {512, 32, 100}};
    const VinKernel *kernel = find_kernel(VIN_OP_CONV, "conv_direct");

    for (guint i = 0; i < G_N_ELEMENTS(devices) * G_N_ELEMENTS(sizes); i++) {
        const guint *size = sizes[i / G_N_ELEMENTS(devices)];
        const guint side = size[2], n_pixels = side * side;
        VinShape shape = vin_shape_nchw(1, size[1], side, side);
        g_autoptr(VinNet) net = vin_net_new(4, &shape);
        const VinPlace in = {0, 0, n_pixels, 1, size[1], side, side, VIN_ORDER_PLANAR};
        const VinPlace out = {0, 0, n_pixels, 1, size[0], side, side, VIN_ORDER_PLANAR};
        const VinKernelArgs args = {
            .node = vin_net_conv(net, net->input, size[0], 3, 1, 1, TRUE)->producer,
            .in = {in},
            .out = out,
            .caps = &devices[i % G_N_ELEMENTS(devices)],
        };
        VinDispatch dispatch;

        kernel->dispatch(&args, &dispatch);
        g_assert_cmpuint(dispatch.spec[0], <=, 64); /* every device takes 128 invocations */
        g_assert_cmpuint(dispatch.groups[0] * dispatch.spec[0] * dispatch.spec[1], >=, n_pixels);
        g_assert_cmpuint((dispatch.groups[0] - 1) * dispatch.spec[0] * dispatch.spec[1], <,
                         n_pixels);
        g_assert_cmpuint(dispatch.groups[1] * dispatch.spec[2] * 16, >=, size[0]);
        g_assert_cmpuint(dispatch.groups[1] * dispatch.spec[2], <=, vin_div_up(size[0], 32) * 2);
        g_assert_cmpuint(dispatch.groups[2], ==, 1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/select/table", test_table);
    g_test_add_func("/select/chosen", test_chosen);
    g_test_add_func("/select/int8", test_int8);
    g_test_add_func("/select/int8_too_long", test_int8_too_long);
    g_test_add_func("/select/named", test_named);
#ifdef VIN_HAVE_SHADER_CONV_COOPMAT
    g_test_add_func("/select/matrices", test_matrices);
    g_test_add_func("/select/matrix_shape", test_matrix_shape);
#endif
    g_test_add_func("/select/unknown_name", test_unknown_name);
    g_test_add_func("/select/refused", test_refused);
    g_test_add_func("/select/packed_scalar", test_packed_scalar);
    g_test_add_func("/select/packed_conv", test_packed_conv);
    g_test_add_func("/select/conv_groups", test_conv_groups);
    return g_test_run();
}
