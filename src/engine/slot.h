/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSlot: the buffers and the recording of one piece of work in flight.
 */
#ifndef VIN_ENGINE_SLOT_H
#define VIN_ENGINE_SLOT_H

#include "engine/engine.h"
#include "kernels/preprocess.h"

typedef enum {
    VIN_WORK_NONE,      /* nothing recorded yet */
    VIN_WORK_FRAME,     /* upload -> pre-process -> network -> top-k */
    VIN_WORK_TENSOR,    /* upload -> network -> top-k */
    VIN_WORK_PREPROCESS /* upload -> pre-process -> the network's input read back */
} VinWork;

typedef enum {
    VIN_SLOT_FREE,     /* idle */
    VIN_SLOT_TAKEN,    /* a thread has it to itself: it loads, or reads the result */
    VIN_SLOT_SUBMITTED, /* its ticket is out */
    VIN_SLOT_FORGOTTEN  /* perhaps at work still, for nobody */
} VinSlotState;

typedef struct {
    VinEngine *engine;    /* borrowed */
    VinVkBuffer upload;   /* the frame's planes, or a tensor; grows on demand */
    VinVkBuffer uniforms; /* per-frame numbers */
    VinVkBuffer result;   /* top-k and scores, or the network's input, dense N C H W */
    VinVkSet set;
    VinVkCommand fill;    /* of a frame that the device copies; made at the first one */
    gpointer held;        /* what fill reads */
    GDestroyNotify release;
    VinVkCommand command;
    VinWork work;           /* what the recording does */
    VinDispatch preprocess; /* the recording's first dispatch, of FRAME and PREPROCESS */
    VinDispatch topk;       /* its last, of FRAME and TENSOR */
    guint n_top;             /* most entries of the result */
    VinSelection *selection; /* classes it may name; NULL: all, found on the device. Else every
                              * score is read back and the best are found on the host */
    VinSlotState state;     /* the stream's, as the next one */
    VinTicket ticket;       /* 0: none can collect it; in order of submission */
} VinSlot;

/* How the planes of a frame that does not lie in system memory get to slot->upload, on the device:
 * by a submission of slot->fill. The slot's own work comes behind it on the queue. */
typedef struct {
    gboolean (*fill)(VinSlot *slot, const VinPlaneWindow windows[3], gpointer data,
                     GError **error);
    gpointer data;
} VinFrameSource;

gboolean vin_slot_init(VinSlot *slot, VinEngine *engine, GError **error);
void vin_slot_clear(VinSlot *slot); /* waits for work in flight */

/* What the next FRAME or TENSOR is to give; before it is loaded. Takes a reference. */
void vin_slot_want(VinSlot *slot, guint top_k, VinSelection *selection);

/* Whether a frame of this shape can be loaded; VIN_ERROR_INVALID. */
gboolean vin_slot_check_frame(const VinEngine *engine, const VinPreprocessParams *preprocess,
                              const VinFrame *frame, GError **error);
/* Copies the input and records the commands unless the last recording serves; then
 * vin_vk_command_submit() starts it. @work: FRAME or PREPROCESS. @source: NULL: @frame's planes. */
gboolean vin_slot_load_frame(VinSlot *slot, const VinPreprocessParams *preprocess,
                             const VinFrame *frame, const VinFrameSource *source, VinWork work,
                             GError **error);
/* For sources: slot->fill, recording. */
gboolean vin_slot_begin_fill(VinSlot *slot, GError **error);
/* Keeps @held until that fill is done, at the latest until the next one begins. Takes it. */
void vin_slot_hold(VinSlot *slot, gpointer held, GDestroyNotify release);
/* @data: vin_engine_n_input_values() floats. */
gboolean vin_slot_load_tensor(VinSlot *slot, const float *data, GError **error);

/* Timestamps of FRAME and TENSOR: 0 first, then n_steps + 1 with time_layers, then the last. */
guint vin_slot_n_queries(const VinEngine *engine);

#endif
