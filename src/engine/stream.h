/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The inside of a VinStream, for stream.c and stream_open.c, and what those use who bring frames
 * that do not lie in system memory.
 */
#ifndef VIN_ENGINE_STREAM_H
#define VIN_ENGINE_STREAM_H

#include "engine/import_cache.h"
#include "engine/scheduler.h"

struct _VinStream {
    VinEngine *engine;       /* referenced */
    VinScheduler *scheduler; /* the engine's */
    VinPreprocessParams preprocess;
    VinSlot *slots;
    guint n_slots, n_reserved;
    VinImportCache imports;  /* the submitting thread's */
    VinTicket last_ticket;   /* with the scheduler's lock, as the next two */
    guint top_k;             /* of what is submitted next */
    VinSelection *selection; /* likewise; NULL: every class */
    gboolean is_warned;      /* of scores that are not numbers */
    gboolean is_told_of_hdr; /* that it is mapped to SDR */
    float *scores;        /* every class's, with all_scores, of the last collected */
    VinLayerTime *layers; /* every step's, with time_layers, of the last collected */
    gboolean has_layers;
};

/* As vin_stream_submit(); @source: (nullable): brings the planes. */
gboolean vin_stream_submit_from(VinStream *stream, const VinFrame *frame,
                                const VinFrameSource *source, VinTicket *ticket, GError **error);
/* The submitting thread's. */
VinImportCache *vin_stream_imports(VinStream *stream);
VinDevice *vin_stream_device(VinStream *stream);

#endif
