/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Graph rewrites, in their one order: drop_noops, fold_batchnorm, fuse_relu, elide_concat,
 * join_siblings. Each keeps the network's function; the tests run the reference before and after.
 */
#ifndef VIN_PASSES_PASSES_H
#define VIN_PASSES_PASSES_H

#include "graph/graph.h"

/* Runs all passes and verifies after each. */
gboolean vin_passes_run(VinGraph *graph, GError **error);

/* Dropout, identity, reshape to the same shape, concat of one go; readers read the input. */
gboolean vin_pass_drop_noops(VinGraph *graph, GError **error);
/* Batch norm, and mul or add by constants, after a conv or gemm go into its weights and bias;
 * other batch norms become a MUL and an ADD by constants per channel. */
gboolean vin_pass_fold_batchnorm(VinGraph *graph, GError **error);
/* A relu that is the only reader of a conv, gemm or add goes into it. */
gboolean vin_pass_fuse_relu(VinGraph *graph, GError **error);
/* A concat vanishes: each input becomes a view (base, channel_offset) of its output and its
 * producer writes there. Where it can't (an input is a graph input, already a view, listed
 * twice, a reshape's output or a graph output), a COPY node is put between. Readers of an
 * input then read the view. */
gboolean vin_pass_elide_concat(VinGraph *graph, GError **error);
/* Convs of one window that read the same tensor become one; what they wrote are slices of a new
 * tensor, and so is the output of the concat that one of them is the first input of. Those whose
 * channels are no multiple of 16 stay, as do outputs of the graph and what is reshaped. */
gboolean vin_pass_join_siblings(VinGraph *graph, GError **error);
/* Not among those that vin_passes_run() runs: convs and gemms with more than @max_bytes of weights
 * become several, whose outputs are views of the one there was. Bytes as they are in the model;
 * kernels pad them. */
gboolean vin_pass_split_weights(VinGraph *graph, guint64 max_bytes, GError **error);

#endif
