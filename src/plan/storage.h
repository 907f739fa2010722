/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which tensors share memory. A storage is the room of a root tensor; a channel slice and
 * the output of a reshape are spans of the storage of another tensor.
 */
#ifndef VIN_PLAN_STORAGE_H
#define VIN_PLAN_STORAGE_H

#include "kernels/kernel.h"

typedef struct {
    const VinTensor *root;
    guint64 image_floats; /* values from image to image, as are the units of spans */
    guint32 n;
    guint first, last;    /* phases that first write and last read it */
    guint64 offset;       /* floats from the arena's start */
    VinOrder order;       /* plan/order.h */
} VinStorage;

/* Values start..start+count-1 of every image of a storage. */
typedef struct {
    guint storage; /* G_MAXUINT: the tensor has no memory in the arena */
    guint64 start, count;
} VinSpan;

typedef struct {
    VinSpan *spans;   /* by tensor id */
    GArray *storages; /* VinStorage */
} VinStorageMap;

/* Lifetimes and offsets are left 0. */
VinStorageMap *vin_storage_map_new(const VinGraph *graph);
void vin_storage_map_free(VinStorageMap *map);
/* Floats of memory that it takes. */
guint64 vin_storage_floats(const VinStorage *storage);
VinStorage *vin_storage_get(const VinStorageMap *map, guint storage);
/* Do two tensors share a float of the same storage? */
gboolean vin_span_overlaps(const VinSpan *a, const VinSpan *b);
/* May two tensors share a float of the arena, given the offsets of their storages? */
gboolean vin_storage_map_overlaps(const VinStorageMap *map, const VinTensor *a,
                                  const VinTensor *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinStorageMap, vin_storage_map_free)

#endif
