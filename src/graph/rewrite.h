/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One walk over the nodes of a graph that drops, adds and changes nodes, in a time in
 * proportion to the graph's size: files may hold tens of thousands of nodes.
 *
 *     g_auto(VinRewrite) rewrite = {0};
 *     vin_rewrite_begin(&rewrite, graph);
 *     while ((node = vin_rewrite_next(&rewrite)) != NULL) {
 *         ... vin_rewrite_drop(&rewrite, node, instead) or vin_rewrite_keep(&rewrite, node)
 *     }
 *
 * Meanwhile graph->nodes holds what was kept or added so far. The end, and whoever leaves
 * early, puts the rest behind it.
 */
#ifndef VIN_GRAPH_REWRITE_H
#define VIN_GRAPH_REWRITE_H

#include "graph/graph.h"

typedef struct {
    VinGraph *graph;
    GPtrArray *nodes;   /* VinNode* of before the walk */
    guint place;        /* in nodes: the next one */
    GArray *n_readers;  /* guint by tensor id: input slots and graph outputs */
    GPtrArray *instead; /* VinTensor* by tensor id: what stands for it now, or NULL */
} VinRewrite;

void vin_rewrite_begin(VinRewrite *rewrite, VinGraph *graph);
/* The next node, whose inputs are those that stand for dropped ones; NULL at the end. It must
 * be kept or dropped before the next call. */
VinNode *vin_rewrite_next(VinRewrite *rewrite);
void vin_rewrite_keep(VinRewrite *rewrite, VinNode *node);
/* Frees @node. Who reads its output reads @instead, which is written earlier; NULL: nobody
 * reads it, or its output is made otherwise. */
void vin_rewrite_drop(VinRewrite *rewrite, VinNode *node, VinTensor *instead);
/* vin_graph_add_node() after the nodes kept so far. */
VinTensor *vin_rewrite_add(VinRewrite *rewrite, const char *name, const VinNode *proto,
                           GError **error);
/* Changes an input of a node that is kept, or will be; appends it at n_inputs. */
void vin_rewrite_set_input(VinRewrite *rewrite, VinNode *node, guint input, VinTensor *tensor);
/* A node that is kept, or will be, writes @tensor, which nobody does, instead of what it wrote. */
void vin_rewrite_set_output(VinRewrite *rewrite, VinNode *node, VinTensor *tensor);
/* Leaves @node its first @n_inputs inputs. */
void vin_rewrite_cut_inputs(VinRewrite *rewrite, VinNode *node, guint n_inputs);
/* Input slots and graph outputs that read @tensor itself (not its base, not its views). */
guint vin_rewrite_n_readers(const VinRewrite *rewrite, const VinTensor *tensor);
void vin_rewrite_clear(VinRewrite *rewrite);

/* Drops the nodes that the graph's outputs do not need. */
void vin_graph_drop_unread(VinGraph *graph);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinRewrite, vin_rewrite_clear)

#endif
