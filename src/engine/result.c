/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a finished slot. The result's layout is kernels/topk.h's: pairs of index and score,
 * then every class's score.
 */
#include "engine/result.h"

#include <string.h>

void vin_result_read(VinSlot *slot, float *scores, VinResult *result)
{
    const VinEngine *engine = slot->engine;
    const guint n_queries = vin_slot_n_queries(engine);
    const guint8 *bytes = slot->result.mapped;
    g_autofree guint64 *ns = g_new0(guint64, n_queries);

    memset(result, 0, sizeof *result);
    result->n_top = engine->n_top;
    for (guint i = 0; i < result->n_top; i++) {
        memcpy(&result->top[i].index, bytes + 8 * i, 4);
        memcpy(&result->top[i].score, bytes + 8 * i + 4, 4);
    }
    if (scores != NULL) {
        memcpy(scores, bytes + (gsize)8 * engine->n_top, engine->output.c * sizeof *scores);
        result->scores = scores;
    }
    if (vin_vk_command_read_times(&slot->command, ns, n_queries)) {
        result->gpu_ns = ns[n_queries - 1];
    }
}

gboolean vin_result_read_layers(VinSlot *slot, VinLayerTime *layers)
{
    const VinPlan *plan = slot->engine->plan;
    const guint n_queries = vin_slot_n_queries(slot->engine);
    g_autofree guint64 *ns = g_new0(guint64, n_queries);

    if (!slot->engine->time_layers ||
        !vin_vk_command_read_times(&slot->command, ns, n_queries)) {
        return FALSE;
    }
    for (guint i = 0; i < plan->n_steps; i++) {
        layers[i] = (VinLayerTime){
            .name = plan->steps[i].name,
            .kernel = plan->steps[i].kernel->name,
            .gpu_ns = ns[i + 2] - ns[i + 1], /* query 1 is before the first step */
            .macs = plan->steps[i].macs,
        };
    }
    return TRUE;
}
