/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All passes over many random networks: any tensor may feed any op, be an output, be joined
 * twice. A failing seed is named in the test's path.
 */
#include "passes/passes.h"
#include "same.h"

#define N_NETWORKS 150
#define MAX_TENSORS 24

typedef struct {
    VinNet *net;
    VinTensor *tensors[MAX_TENSORS]; /* all N x C x H x W with the same N, H, W */
    guint n_tensors;
} Pool;

static VinTensor *pick(Pool *pool)
{
    /* The newest is the likeliest, so that chains grow. */
    if (vin_random_range(&pool->net->random, 0, 2) > 0) {
        return pool->tensors[pool->n_tensors - 1];
    }
    return pool->tensors[vin_random_range(&pool->net->random, 0, pool->n_tensors - 1)];
}

static VinTensor *pick_like(Pool *pool, const VinTensor *other)
{
    VinTensor *tensor = pick(pool);

    return vin_shape_equal(&tensor->shape, &other->shape) ? tensor : (VinTensor *)other;
}

static VinTensor *add_concat(Pool *pool)
{
    VinTensor *inputs[4];
    guint n_inputs = vin_random_range(&pool->net->random, 1, 4);

    for (guint i = 0; i < n_inputs; i++) {
        inputs[i] = pick(pool);
        /* Joining joins of joins would grow without end. */
        if (vin_tensor_c(inputs[i]) > 48) {
            inputs[i] = pool->tensors[0];
        }
    }
    return vin_net_concat(pool->net, inputs, n_inputs);
}

static VinTensor *add_affine(Pool *pool, VinTensor *x)
{
    VinNet *net = pool->net;
    VinShape shape = {vin_random_range(&net->random, 0, 1), {vin_tensor_c(x)}};
    VinOp op = vin_random_range(&net->random, 0, 1) ? VIN_OP_ADD : VIN_OP_MUL;

    return vin_net_binary(net, op, x, vin_net_constant(net, &shape, 0.5f, 1.5f));
}

static VinTensor *add_reshape(Pool *pool, VinTensor *x)
{
    VinShape flat = vin_shape_nc(vin_tensor_n(x),
                                 vin_tensor_c(x) * vin_tensor_h(x) * vin_tensor_w(x));
    VinShape back = x->shape;

    if (vin_random_range(&pool->net->random, 0, 1)) {
        return vin_net_reshape(pool->net, x, &back);
    }
    return vin_net_reshape(pool->net, vin_net_reshape(pool->net, x, &flat), &back);
}

static VinTensor *add_any(Pool *pool)
{
    VinNet *net = pool->net;
    VinTensor *x = pick(pool);
    guint32 k = vin_random_range(&net->random, 1, 4);

    switch (vin_random_range(&net->random, 0, 11)) {
    case 0:
    case 1:
        return vin_net_conv(net, x, k, 3, 1, 1, FALSE);
    case 2: /* or two of as many channels as are joined */
        if (k == 4 && pool->n_tensors + 1 < MAX_TENSORS) {
            pool->tensors[pool->n_tensors++] = vin_net_conv(net, x, 16, 1, 1, 0, TRUE);
            return vin_net_conv(net, x, 32, 1, 1, 0, TRUE);
        }
        return vin_net_conv(net, x, k, 1, 1, 0, TRUE);
    case 3:
    case 4:
        return vin_net_unary(net, VIN_OP_RELU, x);
    case 5:
        return vin_net_batchnorm(net, x);
    case 6:
        return add_affine(pool, x);
    case 7:
        return add_reshape(pool, x);
    case 8:
        return vin_net_unary(net, vin_random_range(&net->random, 0, 1) ? VIN_OP_DROPOUT
                                                                       : VIN_OP_IDENTITY, x);
    case 9:
        return vin_net_binary(net, VIN_OP_ADD, x, pick_like(pool, x));
    case 10:
        return vin_net_pool(net, VIN_OP_AVG_POOL, x, 3, 1, 1);
    default:
        return add_concat(pool);
    }
}

static void test_network(gconstpointer data)
{
    guint seed = GPOINTER_TO_UINT(data);
    VinShape shape = vin_shape_nchw(1 + seed % 2, 3, 3, 2);
    g_autoptr(VinNet) net = vin_net_new(seed, &shape);
    Pool pool = {.net = net, .tensors = {net->input}, .n_tensors = 1};
    guint n_outputs = vin_random_range(&net->random, 1, 3);
    g_autoptr(VinGraph) after = NULL;

    while (pool.n_tensors < MAX_TENSORS) {
        VinTensor *made = add_any(&pool);

        pool.tensors[pool.n_tensors++] = made;
    }
    vin_net_output(net, vin_net_conv(net, pool.tensors[MAX_TENSORS - 1], 3, 1, 1, 0, TRUE));
    for (guint i = 1; i < n_outputs; i++) {
        vin_net_output(net, vin_net_conv(net, pick(&pool), 2, 1, 1, 0, TRUE));
        vin_net_output(net, pick(&pool));
    }
    after = vin_same_after(net, vin_passes_run, 1e-5);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_CONCAT), ==, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_BATCHNORM), ==, 0);
    g_assert_cmpuint(vin_net_count(after, VIN_OP_DROPOUT), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint seed = 1; seed <= N_NETWORKS; seed++) {
        g_autofree char *path = g_strdup_printf("/passes/random/%u", seed);

        g_test_add_data_func(path, GUINT_TO_POINTER(seed), test_network);
    }
    return g_test_run();
}
