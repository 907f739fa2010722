/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A cache on disk: one file, good for one driver of one device and one version of the library.
 * What is in it may be handed to a driver, which takes much on trust, so only a file that
 * nobody else could have written is read.
 */
#ifndef VIN_BASE_CACHEFILE_H
#define VIN_BASE_CACHEFILE_H

#include <glib.h>

#define VIN_CACHE_MAX_BYTES ((gsize)64 << 20) /* of what is kept */
#define VIN_CACHE_HEADER_BYTES 104

/* What a cache is good for. */
typedef struct {
    guint32 vendor_id;
    guint32 device_id;
    guint32 driver_version;
    guint8 uuid[16]; /* changes with the driver's build */
} VinCacheKey;

/* The content of @path, to g_free(). NULL without an error where there is no such file, and with
 * one where it is not to be used: it is a link, @uid (geteuid()) does not own it, others may
 * write to it, it is damaged, or made for another key or version. */
guint8 *vin_cache_file_read(const char *path, const VinCacheKey *key, guint uid, gsize *n_bytes,
                            GError **error);
/* Puts @bytes in the place of what was there, in one step: a reader sees the old file or the
 * new one, and a writer that dies leaves the old. Makes the folder. VIN_ERROR_FILE. */
gboolean vin_cache_file_write(const char *path, const VinCacheKey *key, const guint8 *bytes,
                              gsize n_bytes, GError **error);

#endif
