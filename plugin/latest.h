/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinLatest: the newest labels of the stream, and the results that are still to come of frames
 * that went on without them. Any thread.
 */
#ifndef VIN_PLUGIN_LATEST_H
#define VIN_PLUGIN_LATEST_H

#include "entry.h"

typedef struct {
    GMutex lock;
    GQueue pending;      /* of frames that went on, oldest first */
    VinSession *session; /* whose labels the newest ones are: a reference; NULL: none yet */
    VinResult result;
    VinStamp stamp;      /* of the frame they are of */
} VinLatest;

/* Called for each late result, @ns after its frame came, outside of any lock. @item: what it is of,
 * with the result. */
typedef void (*VinLatestFunc)(VinSession *session, const VinItem *item, const VinStamp *stamp,
                              guint64 ns, gpointer user_data);

void vin_latest_init(VinLatest *latest);
void vin_latest_clear(VinLatest *latest);
/* Forgets the labels, and what is still to come. Waits for nothing. */
void vin_latest_reset(VinLatest *latest);

/* A frame's own result; nothing where there is one of a later frame. */
void vin_latest_set(VinLatest *latest, VinSession *session, const VinResult *result,
                    const VinStamp *stamp);
/* A frame went on; the result of its @item will be looked for. */
void vin_latest_expect(VinLatest *latest, const VinEntry *entry, const VinItem *item);
/* Takes in what has come meanwhile. FALSE with the first failure. */
gboolean vin_latest_look(VinLatest *latest, VinLatestFunc func, gpointer user_data,
                         GError **error);
/* The newest labels and how many ns before @stamp their frame was; the session, a reference, or
 * NULL when there are none. */
VinSession *vin_latest_get(VinLatest *latest, const VinStamp *stamp, VinResult *result,
                           guint64 *age);

#endif
