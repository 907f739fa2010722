/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A graph as text, JSON lines or DOT, with shapes, parameters and multiply-adds per layer
 * and per module.
 */
#ifndef VIN_GRAPH_DUMP_H
#define VIN_GRAPH_DUMP_H

#include "graph/graph.h"

char *vin_graph_dump_text(const VinGraph *graph);
/* One JSON object: {"layers": [...], "modules": [...], ...}. */
char *vin_graph_dump_json(const VinGraph *graph);
char *vin_graph_dump_dot(const VinGraph *graph);

#endif
