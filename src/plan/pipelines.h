/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPipelines: the pipelines of a plan and of what goes with it (pre-processing, top-k). Two
 * dispatches of the same shader and specialization constants have the same one.
 */
#ifndef VIN_PLAN_PIPELINES_H
#define VIN_PLAN_PIPELINES_H

#include "kernels/kernel.h"

typedef struct _VinPipelines VinPipelines;

/* @layout outlives it. */
VinPipelines *vin_pipelines_new(const VinVkLayout *layout);
/* Nothing runs any more that uses one. They go to the device's shelf if they are warm. */
void vin_pipelines_free(VinPipelines *pipelines);

/* Builds it when there is none yet. VK_NULL_HANDLE with @error. Any thread. */
VkPipeline vin_pipelines_get(VinPipelines *pipelines, const VinDispatch *dispatch,
                             GError **error);

/* Builds what is missing for @n dispatches, on as many threads as the machine has processors and
 * there is work for. @report (nullable) is called in this thread, before each that it builds
 * itself: @done of @n dispatches have one, less than @n, and that of dispatch @at comes next.
 * FALSE with @error and *@failed, the first dispatch that has none. Any thread. */
gboolean vin_pipelines_build(VinPipelines *pipelines, const VinDispatch *const *dispatches,
                             guint n, void (*report)(guint done, guint at, gpointer data),
                             gpointer data, guint *failed, GError **error);

/* Those that the driver made have not run yet, and will run in their order: begins to compile them
 * from the other end (plan/ahead.h), once. */
void vin_pipelines_compile_ahead(VinPipelines *pipelines);

/* Destroys those that none of @n dispatches has; nothing of them is in flight or recorded. */
void vin_pipelines_keep(VinPipelines *pipelines, const VinDispatch *const *dispatches, guint n);

guint vin_pipelines_count(VinPipelines *pipelines);
/* How many of them the driver had to make; the others another plan was done with, and they are
 * warm. Any thread. */
guint vin_pipelines_n_made(VinPipelines *pipelines);
/* All of them have run, and so will have any that is still to come: drivers that compile at the
 * first run have done so. */
void vin_pipelines_set_warm(VinPipelines *pipelines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinPipelines, vin_pipelines_free)

#endif
