/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A plan into a command buffer.
 */
#include "plan/plan.h"

void vin_plan_record(const VinPlan *plan, VinVkCommand *command, gint first_query)
{
    guint32 window = 0;

    if (first_query >= 0) {
        vin_vk_command_timestamp(command, (guint)first_query);
    }
    for (guint i = 0; i < plan->n_steps; i++) {
        const VinStep *step = &plan->steps[i];
        const VinDispatch *dispatch = &step->dispatch;

        /* With timestamps a barrier already stands behind every step. */
        if (step->barrier_before && (first_query < 0 || i == 0)) {
            vin_vk_command_barrier(command);
        }
        if (step->weight_window != window) {
            window = step->weight_window;
            vin_vk_command_move_window(command, &plan->layout,
                                       (gsize)window * sizeof(float));
        }
        vin_vk_command_dispatch(command, &plan->layout, step->pipeline, dispatch->push,
                                dispatch->push_bytes, dispatch->groups[0],
                                dispatch->groups[1], dispatch->groups[2]);
        if (first_query >= 0) {
            vin_vk_command_barrier(command);
            vin_vk_command_timestamp(command, (guint)first_query + 1 + i);
        }
    }
}
