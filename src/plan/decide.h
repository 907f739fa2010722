/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The part of a plan that needs no device.
 */
#ifndef VIN_PLAN_DECIDE_H
#define VIN_PLAN_DECIDE_H

#include "plan/plan.h"

/* Runs the passes on plan->graph, which must be set, and fills in steps (all but pipelines),
 * places, and the sizes of arena and weights. After a failure the plan can only be freed. */
gboolean vin_plan_decide(VinPlan *plan, const VinCaps *caps, const VinPlanParams *params,
                         GError **error);
/* The weights of all steps, weight_floats of them, to g_free(). */
float *vin_plan_pack_weights(const VinPlan *plan, GError **error);

#endif
