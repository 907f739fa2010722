/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinPlan: everything decided before the first frame: a kernel and a dispatch for every
 * step, where every tensor lies, the packed weights on the device, the pipelines.
 */
#ifndef VIN_PLAN_PLAN_H
#define VIN_PLAN_PLAN_H

#include "graph/graph.h"
#include "plan/pipelines.h"
#include "plan/select.h"
#include "vk/vk.h"

typedef struct {
    char *name;              /* node name */
    const VinNode *node;     /* of the plan's graph */
    const VinKernel *kernel;
    char *reason;            /* why this kernel */
    VinOrders orders;        /* of what it reads and writes */
    VinDispatch dispatch;
    VkPipeline pipeline;     /* owned by the plan's pipelines */
    gboolean barrier_before; /* reads what an earlier step since the last barrier wrote, or
                              * overwrites what one reads or writes; the first step has one,
                              * for whoever wrote the input */
    guint32 weight_offset;   /* floats from the weight buffer's start */
    guint32 weight_window;   /* where the part of it begins that the shader sees, in floats; a
                              * multiple of VIN_WINDOW_ALIGN bytes */
    guint64 macs;
} VinStep;

typedef struct _VinPlan VinPlan;

typedef struct {
    guint batch;             /* N */
    guint64 guard_floats;    /* tests: untouched room around every tensor, 0 for none */
    gboolean no_alias;       /* tests: every tensor keeps its own room */
    gboolean blocked_io;     /* tests: the graph's inputs and outputs may be blocked */
    gboolean half;           /* activations and weights in 16 bits where kernels have them so; the
                              * device has VIN_CAP_FP16_STORAGE */
    gboolean int8;           /* products of 8 bits where a conv's range is known */
    guint64 window_bytes;    /* tests: of weights, and of activations, that a shader can be shown at
                              * once; 0: as many as the device allows */
    gboolean tune;           /* time the kernels that can run a step where there are several; not
                              * with a base, whose kernels are taken then. The device has
                              * VIN_CAP_TIMESTAMPS */
    VinPlan *base;           /* the plan of another batch, whose graph this one is for: what can be
                              * shared is its. It outlives this one, and has no base itself */
} VinPlanParams;

struct _VinPlan {
    VinDevice *device;       /* referenced */
    VinPlan *base;           /* nullable; owner of layout, pipelines and, if shared, weights */
    gboolean shares_weights;
    gboolean half, int8;     /* VinPlanParams', or the base's */
    gboolean is_tuned;       /* VinPlanParams.tune */
    gboolean is_far;         /* activations are more than a binding shows: VinCaps.far */
    guint n_tuned, n_timed;  /* what was to be timed, each once; the cache had the rest */
    VinGraph *graph;         /* owned: after passes, batch applied */
    VinVkLayout layout;
    VinStep *steps;
    guint n_steps;
    VinPlace *places;        /* by tensor id; offset G_MAXUINT32 for those without a place */
    VinVkBuffer arena;       /* LARGE kind */
    VinVkBuffer weights;     /* LARGE kind; at least 16 bytes */
    guint64 arena_floats, weight_floats; /* of the two buffers */
    guint64 end_floats;      /* where is_far: of the arena, what is bound beyond doubt: the graph's
                              * inputs and outputs */
    VinPipelines *pipelines; /* of the steps, and what vin_plan_pipeline() was asked for; the
                              * base's, where there is one */
};

/* Takes a graph as loaded, runs the passes on a copy, chooses kernels, places tensors, packs
 * and uploads weights, builds pipelines. @params and @progress may be NULL.
 *
 * Steps are not in the graph's order: those that do not wait for each other form a phase, with
 * a barrier between two phases (plan/schedule.h). Every tensor with a place is dense in an image.
 * The input's room may be used again after its last reader; outputs keep theirs to the end.
 * NULL with VIN_ERROR_UNSUPPORTED when no kernel takes a node and VIN_ERROR_MEMORY when a
 * tensor or all weights exceed what the device takes in one buffer. Activations may exceed what a
 * binding shows where the device has buffer addresses and there is no base. */
VinPlan *vin_plan_new(const VinGraph *graph, VinDevice *device, const VinPlanParams *params,
                      void (*progress)(guint done, guint total, const char *what, gpointer data),
                      gpointer progress_data, GError **error);
void vin_plan_free(VinPlan *plan);
/* plan/decide.c: is @node a convolution whose range int8 has to know? */
gboolean vin_plan_wants_range(const VinPlan *plan, const VinNode *node);
const VinPlace *vin_plan_place(const VinPlan *plan, const VinTensor *tensor);
/* A pipeline for a dispatch that is not a step (preprocess, top-k); cached in the plan. Any
 * thread. */
VkPipeline vin_plan_pipeline(VinPlan *plan, const VinDispatch *dispatch, GError **error);

/* plan/record.c: dispatches every step with its barriers, the first one before the first step,
 * none after the last: who reads the outputs adds it. The caller has bound a set.
 * @first_query >= 0 writes a timestamp before the first and after each step (n_steps + 1 of
 * them; adds a barrier after each step). */
void vin_plan_record(const VinPlan *plan, VinVkCommand *command, gint first_query);
/* Only steps @first to @end - 1, for who looks at what lies between them. */
void vin_plan_record_part(const VinPlan *plan, VinVkCommand *command, guint first, guint end);

char *vin_plan_describe_text(VinPlan *plan);
char *vin_plan_describe_json(VinPlan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinPlan, vin_plan_free)

#endif
