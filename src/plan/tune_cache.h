/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinTuneCache: what was timed on a device before, and the file it is kept in.
 */
#ifndef VIN_PLAN_TUNE_CACHE_H
#define VIN_PLAN_TUNE_CACHE_H

#include "vk/vk.h"

#define VIN_TUNE_CACHE_LINES 4096 /* more are not kept */

typedef struct {
    char *path;        /* NULL: not kept on disk */
    VinCacheKey key;
    GHashTable *lines; /* of the file: what was timed to its times (plan/trials.h) */
    GHashTable *added; /* since it was read */
} VinTuneCache;

/* A file that is not to be used is ignored with one INFO line. */
void vin_tune_cache_open(VinTuneCache *cache, VinDevice *device);
/* NULL when it has not been timed. */
const char *vin_tune_cache_find(const VinTuneCache *cache, const char *what);
void vin_tune_cache_add(VinTuneCache *cache, const char *what, const char *line);
/* Writes what was added to what the file has by now. A folder that cannot be written to is no
 * reason to complain. */
void vin_tune_cache_save(VinTuneCache *cache);
void vin_tune_cache_clear(VinTuneCache *cache);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinTuneCache, vin_tune_cache_clear)

#endif
