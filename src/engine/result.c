/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads a finished slot. The result's layout is kernels/topk.h's: pairs of index and score,
 * how many scores are no numbers, then every class's score.
 */
#include "engine/result.h"

#include <math.h>
#include <string.h>

#include "engine/submission.h"
#include "kernels/topk.h"

/* What top-k wrote; the words it did not need say so. */
static void read_top(const guint8 *words, guint n_top, VinResult *result)
{
    for (guint i = 0; i < n_top; i++) {
        VinScore entry;

        memcpy(&entry.index, words + 8 * i, 4);
        memcpy(&entry.score, words + 8 * i + 4, 4);
        if (entry.index == VIN_TOPK_NONE) {
            return;
        }
        result->top[result->n_top++] = entry;
    }
}

/* The best of the selected classes among all @scores. Classes come by index, so that an equal
 * one goes behind. */
static void find_top(const VinSelection *selection, const guint8 *scores, guint n_top,
                     VinResult *result)
{
    for (guint c = 0; c < selection->n_classes; c++) {
        VinScore entry = {.index = c};
        guint place = result->n_top;

        memcpy(&entry.score, scores + (gsize)4 * c, 4);
        if (selection->is_selected[c] == 0) {
            continue;
        }
        if (isnan(entry.score)) {
            result->n_nan++;
            continue;
        }
        if (place == n_top && !(entry.score > result->top[place - 1].score)) {
            continue;
        }
        result->n_top = MIN(result->n_top + 1, n_top);
        for (place = result->n_top - 1;
             place > 0 && entry.score > result->top[place - 1].score; place--) {
            result->top[place] = result->top[place - 1];
        }
        result->top[place] = entry;
    }
}

void vin_result_read(VinSlot *slot, float *scores, VinResult *result)
{
    const VinEngine *engine = slot->engine;
    const guint n_queries = vin_submission_n_queries(engine);
    const guint n_pairs = slot->selection != NULL ? 0 : slot->n_top;
    const guint8 *pairs = slot->result.mapped;
    const guint8 *n_nan = pairs + (gsize)8 * n_pairs;
    g_autofree guint64 *ns = g_new0(guint64, n_queries);

    memset(result, 0, sizeof *result);
    if (slot->selection != NULL) {
        find_top(slot->selection, n_nan + 4, slot->n_top, result);
    } else {
        read_top(pairs, n_pairs, result);
        memcpy(&result->n_nan, n_nan, 4);
    }
    if (scores != NULL) {
        memcpy(scores, n_nan + 4, engine->output.c * sizeof *scores);
        result->scores = scores;
    }
    result->n_batch = slot->submission->n_frames;
    if (vin_vk_command_read_times(&slot->submission->head, ns, n_queries)) {
        result->gpu_ns = ns[n_queries - 1];
    }
}

guint vin_result_count(const VinResult *result, double threshold)
{
    const float least = threshold > 0 ? (float)threshold : -INFINITY;
    guint n = 0;

    g_return_val_if_fail(result != NULL, 0);
    while (n < result->n_top && result->top[n].score >= least) { /* not NaN */
        n++;
    }
    return n;
}

gboolean vin_result_read_layers(VinSlot *slot, VinLayerTime *layers)
{
    const VinPlan *plan = slot->submission->batch_plan->plan;
    const guint n_queries = vin_submission_n_queries(slot->engine);
    g_autofree guint64 *ns = g_new0(guint64, n_queries);

    if (!slot->engine->time_layers ||
        !vin_vk_command_read_times(&slot->submission->head, ns, n_queries)) {
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
