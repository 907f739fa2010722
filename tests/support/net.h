/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Small networks with random weights, for tests. Every call adds one node and aborts the test
 * when it does not fit. Names are "conv1", "relu2", ...: op and count. Link `net_dep`.
 */
#ifndef VIN_TESTS_NET_H
#define VIN_TESTS_NET_H

#include "graph/graph.h"
#include "support/random.h"

typedef struct {
    VinGraph *graph;
    VinTensor *input;
    VinRandom random;
    guint n_nodes;
} VinNet;

/* A graph with one input "x". */
VinNet *vin_net_new(guint64 seed, const VinShape *input);
void vin_net_free(VinNet *net);
void vin_net_output(VinNet *net, VinTensor *tensor); /* one more output of the graph */

/* The node of @proto (op, u, inputs, n_inputs). */
VinTensor *vin_net_node(VinNet *net, const VinNode *proto);
/* A random constant. */
VinTensor *vin_net_constant(VinNet *net, const VinShape *shape, float low, float high);

/* Square kernel, same stride and pad on all sides, with or without bias. */
VinTensor *vin_net_conv(VinNet *net, VinTensor *x, guint32 k, guint32 kernel, guint32 stride,
                        guint32 pad, gboolean bias);
VinTensor *vin_net_pool(VinNet *net, VinOp op, VinTensor *x, guint32 kernel, guint32 stride,
                        guint32 pad);
VinTensor *vin_net_gemm(VinNet *net, VinTensor *x, guint32 m, gboolean trans_b);
VinTensor *vin_net_batchnorm(VinNet *net, VinTensor *x);
VinTensor *vin_net_reshape(VinNet *net, VinTensor *x, const VinShape *shape);
/* RELU, SOFTMAX, DROPOUT, IDENTITY, COPY; LRN of size 5. */
VinTensor *vin_net_unary(VinNet *net, VinOp op, VinTensor *x);
/* ADD, MUL of two activations, or of a constant from vin_net_constant(). */
VinTensor *vin_net_binary(VinNet *net, VinOp op, VinTensor *x, VinTensor *y);
VinTensor *vin_net_concat(VinNet *net, VinTensor *const *inputs, guint n_inputs);
/* The classic module: 1x1, 1x1 + 3x3, 1x1 + 5x5, pool + 1x1, each with relu; concat. */
VinTensor *vin_net_inception(VinNet *net, VinTensor *x);

guint vin_net_count(const VinGraph *graph, VinOp op); /* nodes with @op */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinNet, vin_net_free)

#endif
