/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A plan with what makes it run for slots: the places of its ends, its set, its recording. Whose
 * images they are is the scheduler's.
 */
#include "engine/batch_plan.h"

#include "base/error.h"

static gboolean record_network(VinBatchPlan *batch_plan, GError **error)
{
    if (!vin_vk_command_init_part(&batch_plan->network, batch_plan->plan->device, NULL, error) ||
        !vin_vk_command_begin_shared(&batch_plan->network, error)) {
        return FALSE;
    }
    vin_batch_plan_record(batch_plan, &batch_plan->network, FALSE);
    return vin_vk_command_end(&batch_plan->network, error);
}

VinBatchPlan *vin_batch_plan_new(VinPlan *plan, gboolean time_layers, GError **error)
{
    g_autoptr(VinBatchPlan) batch_plan = g_new0(VinBatchPlan, 1);
    const VinVkBuffer *const buffers[VIN_N_BINDINGS] = {&plan->arena, &plan->weights};

    batch_plan->plan = plan;
    batch_plan->input = *vin_plan_place(plan, g_ptr_array_index(plan->graph->inputs, 0));
    batch_plan->output = *vin_plan_place(plan, g_ptr_array_index(plan->graph->outputs, 0));
    if (!vin_vk_set_init(&batch_plan->set, &plan->layout, buffers, error) ||
        (!time_layers && !record_network(batch_plan, error))) {
        return NULL;
    }
    return g_steal_pointer(&batch_plan);
}

VinBatchPlan *vin_batch_plan_new_larger(const VinBatchPlan *base, guint index,
                                        gboolean time_layers, GError **error)
{
    const VinPlanParams params = {.batch = 1u << index, .base = base->plan};
    VinPlan *plan = vin_plan_new(base->plan->graph, base->plan->device, &params, NULL, NULL,
                                 error);
    VinBatchPlan *batch_plan =
        plan != NULL ? vin_batch_plan_new(plan, time_layers, error) : NULL;

    if (batch_plan != NULL) {
        batch_plan->index = index;
    }
    return batch_plan;
}

void vin_batch_plan_free(VinBatchPlan *batch_plan)
{
    if (batch_plan == NULL) {
        return;
    }
    vin_vk_command_clear(&batch_plan->network);
    vin_vk_set_clear(&batch_plan->set);
    vin_plan_free(batch_plan->plan);
    g_free(batch_plan);
}

void vin_batch_plan_record(const VinBatchPlan *batch_plan, VinVkCommand *command,
                           gboolean time_layers)
{
    vin_vk_command_bind(command, &batch_plan->plan->layout, &batch_plan->set);
    vin_plan_record(batch_plan->plan, command, time_layers ? 1 : -1);
    if (!time_layers) { /* else one stands behind the last step */
        vin_vk_command_barrier(command);
    }
}

VinPlace vin_batch_plan_image(const VinPlace *place, guint i)
{
    VinPlace image = *place;

    image.offset += i * place->n_stride;
    image.n = 1;
    return image;
}
