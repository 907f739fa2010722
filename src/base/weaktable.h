/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinWeakTable: what is in use, by a key, so that a second caller gets what the first one opened.
 * References are weak: the last user's unref closes.
 */
#ifndef VIN_BASE_WEAKTABLE_H
#define VIN_BASE_WEAKTABLE_H

#include <glib.h>

/* Zeroed, it is ready. */
typedef struct {
    GMutex lock;
    GCond changed;
    GHashTable *entries; /* key -> what is in use, or is being made */
} VinWeakTable;

typedef struct {
    /* Takes a reference. FALSE without an error: it is in use no more, or unfit to be shared, and
     * another one is made; with an error, vin_weak_table_open() fails with it. With the table's
     * lock. */
    gboolean (*take)(gpointer object, gpointer data, GError **error);
    /* Makes one; NULL with an error, and then the next caller tries. */
    gpointer (*make)(gpointer data, GError **error);
    /* Told once when another thread is at making it. NULL: nobody is told. */
    void (*wait)(gpointer data);
} VinWeakKind;

/* A reference to what is in use under @key, or else is made; never twice at the same time. Any
 * thread. */
gpointer vin_weak_table_open(VinWeakTable *table, const char *key, const VinWeakKind *kind,
                             gpointer data, GError **error);
/* By the last unref, before it frees; also of what no table knows. */
void vin_weak_table_drop(VinWeakTable *table, gpointer object);

/* For take(): one reference more, unless the last one is gone. */
gboolean vin_weak_ref(gint *ref_count);

#endif
