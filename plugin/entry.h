/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinEntry: a frame on its way through the element, with what is in flight for it.
 */
#ifndef VIN_PLUGIN_ENTRY_H
#define VIN_PLUGIN_ENTRY_H

#include "regions.h"
#include "session.h"

typedef enum {
    VIN_ENTRY_UNTOUCHED, /* no picture: goes on as it came */
    VIN_ENTRY_UNTAGGED,  /* loses the tags it may have brought */
    VIN_ENTRY_LAST,      /* gets the newest labels there are */
    VIN_ENTRY_OWN,       /* gets those of its own result */
    VIN_ENTRY_REGIONS    /* gets those of each of its regions */
} VinEntryKind;

/* When a frame came, on the stream's clock and on ours. */
typedef struct {
    guint64 running_time; /* ns; GST_CLOCK_TIME_NONE without timestamps */
    gint64 arrival_us;    /* monotonic */
} VinStamp;

/* The frame, or a region of it. */
typedef struct {
    VinRegion region;    /* of REGIONS */
    VinTicket ticket;    /* in flight; 0: no more, or never was */
    gboolean has_result;
    VinResult result;
} VinItem;

typedef struct {
    GstBuffer *buffer;
    VinEntryKind kind;
    VinStamp stamp;
    guint64 wait_ns;     /* from its arrival, at most; G_MAXUINT64: for ever */
    gboolean is_read;    /* the device reads the buffer itself, until the items are done */
    VinSession *session; /* of OWN and REGIONS: a reference */
    GArray *items;       /* VinItem; of OWN one, of REGIONS as many as there are regions */
} VinEntry;

/* Takes @buffer. */
VinEntry *vin_entry_new(GstBuffer *buffer);
/* Gives up what is in flight, without waiting. */
void vin_entry_free(VinEntry *entry);
/* Gives up one item. */
void vin_entry_give_up(VinEntry *entry, VinItem *item);
/* Adds a place for a result. */
VinItem *vin_entry_add(VinEntry *entry);
VinItem *vin_entry_item(const VinEntry *entry, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinEntry, vin_entry_free)

#endif
