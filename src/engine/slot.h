/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSlot: the buffers and the recordings of one frame in flight. A submission takes, in this
 * order, of each of its slots `pre`, then the network, which is no slot's, and of each slot `post`.
 * What the device itself has to fetch (VinFrameSource) goes to the queue before, when the slot is
 * loaded, as `fill`.
 */
#ifndef VIN_ENGINE_SLOT_H
#define VIN_ENGINE_SLOT_H

#include "engine/batch_plan.h"
#include "engine/engine.h"
#include "kernels/preprocess.h"

typedef enum {
    VIN_WORK_NONE,
    VIN_WORK_FRAME,     /* upload -> pre-process -> network -> top-k */
    VIN_WORK_TENSOR,    /* upload -> network -> top-k */
    VIN_WORK_PREPROCESS /* upload -> pre-process -> the network's input read back */
} VinWork;

typedef enum {
    VIN_SLOT_FREE,      /* idle */
    VIN_SLOT_TAKEN,     /* a thread has it to itself: it loads, or reads the result */
    VIN_SLOT_SUBMITTED, /* its ticket is out */
    VIN_SLOT_FORGOTTEN  /* perhaps at work still, for nobody */
} VinSlotState;

/* A recording, and what it is for. */
typedef struct {
    VinVkCommand command;
    VinWork work;  /* NONE: nothing recorded yet */
    const VinBatchPlan *batch_plan;
    guint image;   /* of the batch; of pre: of TENSOR only */
    VinDispatch dispatch; /* zeroed where it only copies */
} VinPart;

typedef struct _VinSubmission VinSubmission;

typedef struct {
    VinEngine *engine;    /* borrowed */
    VinVkBuffer upload;   /* the frame's planes, or a tensor; grows on demand. May be out of the
                           * host's reach while only the device fills it */
    VinVkBuffer uniforms; /* per-frame numbers */
    VinVkBuffer result;   /* top-k and scores, or the network's input, dense N C H W */
    VinVkSet sets[VIN_N_BATCH_PLANS]; /* made when it is first run with that plan */
    VinVkCommand fill;    /* of a frame that the device copies; made at the first one */
    gpointer held;        /* what fill reads */
    GDestroyNotify release;
    VinPart pre, post;

    /* What is loaded. */
    VinWork work;
    VinDispatch preprocess;           /* of FRAME and PREPROCESS */
    VkPipeline preprocess_pipeline;
    guint n_top;             /* most entries of the result */
    VinSelection *selection; /* classes it may name; NULL: all, found on the device. Else every
                              * score is read back and the best are found on the host */

    /* With the scheduler's lock, but for the thread that has it taken. */
    VinSlotState state;
    VinTicket ticket;          /* in order of submission; SUBMITTED: of whoever collects it */
    gboolean is_gathered;      /* waits for company */
    gint64 due_us;             /* when it starts without; monotonic time */
    gconstpointer owner;       /* the stream */
    VinSubmission *submission; /* referenced, from its start on */
    GError *error;             /* it did not start */
} VinSlot;

/* How the planes of a frame that does not lie in system memory get to slot->upload, on the device:
 * by a submission of slot->fill. The slot's own work comes behind it on the queue. */
typedef struct {
    gboolean (*fill)(VinSlot *slot, const VinPlaneWindow windows[3], gpointer data,
                     GError **error);
    gpointer data;
} VinFrameSource;

gboolean vin_slot_init(VinSlot *slot, VinEngine *engine, GError **error);
/* Its work is done, or the device was given up. */
void vin_slot_clear(VinSlot *slot);

/* What the next FRAME or TENSOR is to give; before it is loaded. Takes a reference. */
void vin_slot_want(VinSlot *slot, guint top_k, VinSelection *selection);

/* Whether a frame of this shape can be loaded: all of its part has to fit, whatever the recipe
 * needs of it. VIN_ERROR_INVALID. */
gboolean vin_slot_check_frame(const VinEngine *engine, const VinPreprocessParams *preprocess,
                              const VinFrame *frame, GError **error);
/* Copies the input, or submits what does. @work: FRAME or PREPROCESS; @source: NULL: @frame's
 * planes. */
gboolean vin_slot_load_frame(VinSlot *slot, const VinPreprocessParams *preprocess,
                             const VinFrame *frame, const VinFrameSource *source, VinWork work,
                             GError **error);
/* For sources: slot->fill, recording. */
gboolean vin_slot_begin_fill(VinSlot *slot, GError **error);
/* Keeps @held until that fill is done, at the latest until the next one begins. Takes it. */
void vin_slot_hold(VinSlot *slot, gpointer held, GDestroyNotify release);
/* @data: vin_engine_n_input_values() floats. */
gboolean vin_slot_load_tensor(VinSlot *slot, const float *data, GError **error);
/* What is loaded shall be image @image of the batch: records anew what does not serve. */
gboolean vin_slot_prepare(VinSlot *slot, const VinBatchPlan *batch_plan, guint image,
                          GError **error);

#endif
