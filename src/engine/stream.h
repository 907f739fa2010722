/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A stream, for those who bring frames that do not lie in system memory.
 */
#ifndef VIN_ENGINE_STREAM_H
#define VIN_ENGINE_STREAM_H

#include "engine/import_cache.h"
#include "engine/slot.h"

/* As vin_stream_submit(); @source: (nullable): brings the planes. */
gboolean vin_stream_submit_from(VinStream *stream, const VinFrame *frame,
                                const VinFrameSource *source, VinTicket *ticket, GError **error);
/* The submitting thread's. */
VinImportCache *vin_stream_imports(VinStream *stream);
VinDevice *vin_stream_device(VinStream *stream);

#endif
