/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Kernels of a plan by timed trials instead of the table's order.
 */
#ifndef VIN_PLAN_TUNE_H
#define VIN_PLAN_TUNE_H

#include "plan/plan.h"

typedef struct {
    void (*func)(guint done, guint total, const char *what, gpointer data); /* nullable */
    gpointer data;
} VinPlanProgress;

/* Of a plan that is decided and has its arena: gives each step the fastest kernel that reads and
 * writes its tensors as they lie, and decides again what follows from that. Pipelines of all
 * kernels that were timed stay with the plan's. What was timed before is taken from the device's
 * cache. FALSE as vin_tune_time(). */
gboolean vin_plan_tune(VinPlan *plan, const VinCaps *caps, const VinPlanProgress *progress,
                       GError **error);
/* plan/plan.c: @done of what is timed and of the steps. */
void vin_plan_report(const VinPlan *plan, const VinPlanProgress *progress, guint done,
                     const char *what);

#endif
