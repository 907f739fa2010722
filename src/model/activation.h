/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What makes scores of a network's outputs: nothing, softmax (one class of many) or sigmoid (each
 * class by itself).
 */
#ifndef VIN_MODEL_ACTIVATION_H
#define VIN_MODEL_ACTIVATION_H

#include <vkinception/model.h>

#include "graph/graph.h"

/* Puts @activation, which is not AUTO, behind every output that does not end in a softmax or a
 * sigmoid already. One warning where an output ends in the other of the two. */
gboolean vin_activation_append(VinGraph *graph, VinActivation activation, GError **error);

/* What the main output ends in. */
VinActivation vin_activation_of(const VinGraph *graph);

const char *vin_activation_name(VinActivation activation); /* "auto", "none", ... */

#endif
