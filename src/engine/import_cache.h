/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinImport: memory of a dma-buf as a buffer or an image. VinImportCache: the last used ones of a
 * stream, for producers use few dma-bufs in turn and an import is dear.
 */
#ifndef VIN_ENGINE_IMPORT_CACHE_H
#define VIN_ENGINE_IMPORT_CACHE_H

#include "vk/import_image.h"

#define VIN_MAX_IMPORTS 32     /* that a cache keeps */
#define VIN_IMPORT_PATIENCE 64 /* imports asked for meanwhile, and one is let go of */

typedef struct {
    gint ref_count;        /* atomic */
    guint64 device, inode; /* of the descriptor: the same dma-buf has the same */
    int fd;                /* a duplicate: while it is open, no other file has its inode */
    guint64 last_use;      /* the cache's */
    guint64 size;          /* bytes of the memory */
    VinVkBuffer buffer;    /* of an image: zeroed */
    VinVkImported image;   /* of a buffer: zeroed */
} VinImport;

VinImport *vin_import_ref(VinImport *import);
void vin_import_unref(VinImport *import); /* NULL is welcome. No work uses it any more */

/* Zeroed: empty. One thread at a time. */
typedef struct {
    VinImport *imports[VIN_MAX_IMPORTS];
    guint n_imports;
    guint64 n_uses;
} VinImportCache;

void vin_import_cache_clear(VinImportCache *cache);
/* The import of @handle, kept or new; to vin_import_unref(). @arrangement: of an image, else NULL.
 * Fails as vin_vk_import_buffer() and vin_vk_import_image(). */
VinImport *vin_import_cache_get(VinImportCache *cache, VinDevice *device,
                                const VinVkHandle *handle, const VinVkArrangement *arrangement,
                                GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinImport, vin_import_unref)

#endif
