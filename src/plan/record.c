/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A plan into a command buffer.
 */
#include "plan/plan.h"

/* @window: where the weights begin that shaders see now. */
static void record_step(const VinPlan *plan, VinVkCommand *command, guint i, gboolean barrier,
                        guint32 *window)
{
    const VinStep *step = &plan->steps[i];
    const VinDispatch *dispatch = &step->dispatch;

    if (barrier) {
        vin_vk_command_barrier(command);
    }
    if (step->weight_window != *window) {
        *window = step->weight_window;
        vin_vk_command_move_window(command, &plan->layout, (gsize)*window * sizeof(float));
    }
    vin_vk_command_dispatch(command, &plan->layout, step->pipeline, dispatch->push,
                            dispatch->push_bytes, dispatch->groups[0], dispatch->groups[1],
                            dispatch->groups[2]);
}

void vin_plan_record(const VinPlan *plan, VinVkCommand *command, gint first_query)
{
    guint32 window = 0;

    if (first_query < 0) {
        vin_plan_record_part(plan, command, 0, plan->n_steps);
        return;
    }
    vin_vk_command_timestamp(command, (guint)first_query);
    for (guint i = 0; i < plan->n_steps; i++) {
        record_step(plan, command, i, i == 0, &window); /* later ones have one before them */
        vin_vk_command_barrier(command);
        vin_vk_command_timestamp(command, (guint)first_query + 1 + i);
    }
}

void vin_plan_record_part(const VinPlan *plan, VinVkCommand *command, guint first, guint end)
{
    guint32 window = 0;

    for (guint i = first; i < end; i++) {
        record_step(plan, command, i, plan->steps[i].barrier_before, &window);
    }
}
