/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernels of one step, timed on the device where the plan would run them.
 */
#ifndef VIN_PLAN_TUNE_TIME_H
#define VIN_PLAN_TUNE_TIME_H

#include "plan/plan.h"
#include "plan/trials.h"

/* Fills in the times of @n kernels for @step, whose dispatches (made with the weights at offset 0)
 * are @dispatches; addresses are set here. The plan has its arena, whose content is lost. One
 * whose times cannot be read keeps 0. FALSE with VIN_ERROR_MEMORY, VIN_ERROR_LOST or
 * VIN_ERROR_DEVICE. */
gboolean vin_tune_time(VinPlan *plan, const VinStep *step, VinDispatch *const *dispatches,
                       VinTrial *trials, guint n, GError **error);

#endif
