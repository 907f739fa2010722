/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which activations are blocked, without a device.
 */
#include "plan/order.h"

#include "passes/passes.h"
#include "support/net.h"

static const VinCaps software = {
    .bits = VIN_CAP_BUFFER_ADDRESS | VIN_CAP_INT64 | VIN_CAP_SUBGROUP_BROADCAST,
    .subgroup_size = 8,
    .is_software = TRUE,
    .max_workgroup_count = {65535, 65535, 65535},
};

static VinStorageMap *assign(VinNet *net, const VinCaps *caps)
{
    g_autoptr(GError) error = NULL;
    VinStorageMap *map;

    vin_passes_run(net->graph, &error);
    g_assert_no_error(error);
    map = vin_storage_map_new(net->graph);
    vin_order_assign(net->graph, map, caps, FALSE);
    return map;
}

static const VinStorage *storage_of(const VinStorageMap *map, const VinTensor *tensor)
{
    return vin_storage_get(map, map->spans[tensor->id].storage);
}

static void expect_kernel(const VinStorageMap *map, const VinTensor *output,
                          const VinCaps *caps, const char *name, guint in, guint out)
{
    g_autofree char *reason = NULL;
    g_autoptr(GError) error = NULL;
    VinOrders orders;
    const VinKernel *kernel =
        vin_order_kernel(output->producer, map, caps, &orders, &reason, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(kernel->name, ==, name);
    g_assert_cmpuint(orders.in, ==, in);
    g_assert_cmpuint(orders.out, ==, out);
}

/* The planar input meets conv_first, which writes blocks; the pooled map of one pixel is both. */
static void test_network(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 16, 16);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *a = vin_net_conv(net, net->input, 20, 3, 1, 1, TRUE);
    VinTensor *b = vin_net_pool(net, VIN_OP_MAX_POOL, a, 2, 2, 0);
    VinTensor *c = vin_net_unary(net, VIN_OP_LRN, b);
    VinTensor *d = vin_net_conv(net, c, 32, 3, 1, 1, TRUE);
    VinTensor *e = vin_net_pool(net, VIN_OP_AVG_POOL, d, 8, 1, 0);
    VinTensor *f = vin_net_gemm(net, e, 7, TRUE);
    g_autoptr(VinStorageMap) map = NULL;

    vin_net_output(net, f);
    map = assign(net, &software);
    expect_kernel(map, a, &software, "conv_first", VIN_ORDER_PLANAR, VIN_ORDER_BLOCKED);
    expect_kernel(map, b, &software, "pool_max_straight", VIN_ORDER_BLOCKED, VIN_ORDER_BLOCKED);
    expect_kernel(map, c, &software, "lrn_blocked", VIN_ORDER_BLOCKED, VIN_ORDER_BLOCKED);
    expect_kernel(map, d, &software, "conv_straight", VIN_ORDER_BLOCKED, VIN_ORDER_BLOCKED);
    expect_kernel(map, e, &software, "pool_average_blocked", VIN_ORDER_BLOCKED,
                  VIN_ORDER_BLOCKED);
    expect_kernel(map, f, &software, "gemm_straight", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
    /* 20 channels take the room of 32. */
    g_assert_cmpuint(storage_of(map, a)->image_floats, ==, 32 * 256);
    g_assert_cmpuint(map->spans[a->id].count, ==, 32 * 256);
    g_assert_cmpuint(storage_of(map, net->input)->image_floats, ==, 3 * 256);
}

/* Slices must start at whole blocks. */
static void check_concat(guint first_channels, gboolean blocked)
{
    VinShape shape = vin_shape_nchw(1, 3, 8, 8);
    g_autoptr(VinNet) net = vin_net_new(2, &shape);
    VinTensor *parts[] = {vin_net_conv(net, net->input, first_channels, 3, 1, 1, TRUE),
                          vin_net_conv(net, net->input, 20, 3, 1, 1, TRUE)};
    VinTensor *joined = vin_net_concat(net, parts, 2);
    VinTensor *y = vin_net_conv(net, joined, 16, 1, 1, 0, TRUE);
    g_autoptr(VinStorageMap) map = NULL;

    vin_net_output(net, y);
    map = assign(net, &software);
    g_assert_cmpint(storage_of(map, joined)->order, ==,
                    blocked ? VIN_ORDER_BLOCKED : VIN_ORDER_PLANAR);
    expect_kernel(map, y, &software, blocked ? "conv_straight" : "conv_first",
                  blocked ? VIN_ORDER_BLOCKED : VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
}

static void test_concat(void)
{
    check_concat(32, TRUE);
    check_concat(24, FALSE);
}

/* What reads planar values only makes what it reads planar, and no more. */
static void test_planar_reader(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 8, 8), flat = vin_shape_nc(1, 16 * 64);
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    VinTensor *a = vin_net_conv(net, net->input, 16, 3, 1, 1, TRUE);
    VinTensor *b = vin_net_conv(net, a, 16, 1, 1, 0, TRUE);
    VinTensor *c = vin_net_pool(net, VIN_OP_MAX_POOL, b, 3, 1, 1);
    VinTensor *d = vin_net_reshape(net, c, &flat);
    g_autoptr(VinStorageMap) map = NULL;

    vin_net_output(net, vin_net_gemm(net, d, 4, TRUE));
    map = assign(net, &software);
    expect_kernel(map, b, &software, "conv_straight", VIN_ORDER_BLOCKED, VIN_ORDER_PLANAR);
    expect_kernel(map, c, &software, "pool_max", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
}

/* Nothing is blocked on devices that gain nothing by it, or lack what it takes. */
static void test_other_devices(void)
{
    VinCaps others[5];

    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        VinShape shape = vin_shape_nchw(1, 3, 8, 8);
        g_autoptr(VinNet) net = vin_net_new(4, &shape);
        VinTensor *a = vin_net_conv(net, net->input, 16, 3, 1, 1, TRUE);
        VinTensor *b = vin_net_conv(net, a, 16, 1, 1, 0, TRUE);
        g_autoptr(VinStorageMap) map = NULL;

        others[i] = software;
        others[i].is_software = i != 0;
        others[i].subgroup_size = i == 1 ? 32 : 8;
        others[i].slow_broadcast = i == 2;
        others[i].bits &= i == 3   ? ~(guint32)VIN_CAP_BUFFER_ADDRESS
                          : i == 4 ? ~(guint32)VIN_CAP_SUBGROUP_BROADCAST
                                   : G_MAXUINT32;
        vin_net_output(net, b);
        map = assign(net, &others[i]);
        expect_kernel(map, a, &others[i], "conv_direct", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
        expect_kernel(map, b, &others[i], "conv_direct", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
    }
}

/* In 16 bits is what every kernel around it has so; the ends, and what softmax and the fully
 * connected layer read, are not. */
static void test_half(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 16, 16);
    const VinCaps gpu = {.bits = VIN_CAP_FP16_STORAGE, .max_workgroup_size = 256,
                         .max_shared_bytes = 32768, .half = TRUE};
    const guint half = VIN_ORDER_HALF, planar = VIN_ORDER_PLANAR;
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *a = vin_net_conv(net, net->input, 20, 3, 1, 1, TRUE);
    VinTensor *b = vin_net_pool(net, VIN_OP_MAX_POOL, a, 2, 2, 0);
    VinTensor *c = vin_net_unary(net, VIN_OP_LRN, b);
    VinTensor *d = vin_net_pool(net, VIN_OP_AVG_POOL, c, 8, 1, 0);
    VinTensor *e = vin_net_gemm(net, d, 7, TRUE);
    VinTensor *f = vin_net_unary(net, VIN_OP_SOFTMAX, e);
    g_autoptr(VinStorageMap) map = NULL;

    vin_net_output(net, f);
    map = assign(net, &gpu);
    expect_kernel(map, a, &gpu, "conv_gemm_f16", planar, half);
    expect_kernel(map, b, &gpu, "pool_max", half, half);
    expect_kernel(map, c, &gpu, "lrn", half, half);
    expect_kernel(map, d, &gpu, "pool_average", half, planar);
    expect_kernel(map, e, &gpu, "gemm", planar, planar);
    expect_kernel(map, f, &gpu, "softmax", planar, planar);
    g_assert_cmpuint(vin_storage_floats(storage_of(map, a)), ==, 2 * 20 * 256 / 2);
    g_assert_cmpuint(vin_storage_floats(storage_of(map, net->input)), ==, 2 * 3 * 256);
}

/* What would take more work groups than the device does is left out, not an error. */
static void test_large_map(void)
{
    VinShape shape = vin_shape_nchw(1, 3, 1100, 1100);
    g_autoptr(VinNet) net = vin_net_new(6, &shape);
    VinTensor *a = vin_net_conv(net, net->input, 20, 3, 1, 1, TRUE);
    g_autoptr(VinStorageMap) map = NULL;
    VinCaps caps = software;

    vin_net_output(net, a);
    map = assign(net, &software);
    expect_kernel(map, a, &software, "conv_direct", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
    caps.max_workgroup_count[0] = 1 << 20;
    expect_kernel(map, a, &caps, "conv_rows", VIN_ORDER_PLANAR, VIN_ORDER_PLANAR);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/order/network", test_network);
    g_test_add_func("/order/concat", test_concat);
    g_test_add_func("/order/planar_reader", test_planar_reader);
    g_test_add_func("/order/other_devices", test_other_devices);
    g_test_add_func("/order/half", test_half);
    g_test_add_func("/order/large_map", test_large_map);
    return g_test_run();
}
