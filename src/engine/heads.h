/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which outputs of a network make the result, and with what weights.
 */
#ifndef VIN_ENGINE_HEADS_H
#define VIN_ENGINE_HEADS_H

#include "model/model.h"

/* A copy of the model's graph with one output: the chosen outputs' weighted mean. Nodes that
 * only other outputs need are gone.
 * @heads: names of outputs with commas between ("main", the sidecar's heads), "all", or NULL
 *   for "main"
 * @weights: as many numbers >= 0 with commas between, not all 0; NULL: 1 for main, 0.3 for an
 *   intermediate head, the weights they are trained with (Szegedy et al., Going Deeper with
 *   Convolutions, 2014, section 5)
 * NULL with VIN_ERROR_INVALID naming what was given and what there is. */
VinGraph *vin_heads_build(const VinModel *model, const char *heads, const char *weights,
                          GError **error);

#endif
