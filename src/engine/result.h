/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The words that top-k wrote, and timestamps, into a VinResult.
 */
#ifndef VIN_ENGINE_RESULT_H
#define VIN_ENGINE_RESULT_H

#include "engine/slot.h"

/* @scores: room for every class with the engine's all_scores, else NULL; result->scores points
 * to it. The slot's work is done. */
void vin_result_read(VinSlot *slot, float *scores, VinResult *result);

/* Fills the GPU times of every step; FALSE without timestamps. @layers: plan->n_steps entries;
 * names are the plan's. */
gboolean vin_result_read_layers(VinSlot *slot, VinLayerTime *layers);

#endif
