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

/* plan/tune.c's. What was decided again, after kernels of steps have changed, those that read and
 * write the same orders: places of weights, and dispatches. */
gboolean vin_plan_follow_kernels(VinPlan *plan, const VinCaps *caps, GError **error);
/* What a step's kernel gets. */
VinKernelArgs vin_plan_kernel_args(const VinPlan *plan, const VinStep *step, const VinCaps *caps);
/* VIN_ERROR_UNSUPPORTED for more work groups than the device takes. */
gboolean vin_plan_check_groups(const char *name, const VinDispatch *dispatch, const VinCaps *caps,
                               GError **error);
/* Room in the weight buffer, and how much of it there can be. */
guint64 vin_plan_weight_floats(const VinKernel *kernel, const VinNode *node);
guint64 vin_plan_max_weight_floats(const VinCaps *caps);

#endif
