/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in dma-bufs whose pixels are not row behind row: as images of the modifier, which
 * images.c copies from.
 */
#ifndef VIN_ENGINE_ARRANGEMENT_H
#define VIN_ENGINE_ARRANGEMENT_H

#include "engine/dmabuf.h"

/* Imports the planes of a frame with another modifier than VIN_DMABUF_LINEAR: an image of all, or
 * one for each where the driver has no such image. VIN_ERROR_INVALID or VIN_ERROR_UNSUPPORTED; what
 * was imported until then is @source's. */
gboolean vin_arrangement_import(VinDmabufSource *source, VinImportCache *cache, VinDevice *device,
                                const VinFrame *frame, const VinDmabuf *dmabuf, GError **error);
/* The modifiers, VIN_DMABUF_LINEAR not among them, of which frames can be imported; to g_free(),
 * NULL for none. */
guint64 *vin_arrangement_list(VinDevice *device, VinFormat format, guint *n);

#endif
