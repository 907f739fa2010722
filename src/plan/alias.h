/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Offsets for tensors with lifetimes in one arena. A pure function: no Vulkan, no graph.
 */
#ifndef VIN_PLAN_ALIAS_H
#define VIN_PLAN_ALIAS_H

#include <glib.h>

typedef struct {
    guint64 size;         /* units (floats) */
    guint first, last;    /* steps that first write and last read it, inclusive */
    guint64 offset;       /* (out) units */
} VinLifetime;

/* Places all so that none that live at once overlap; every offset and gap is a multiple of
 * @alignment (a power of two); @guard units stay free before and after each. Returns the
 * arena's size in units. Greedy by size, best fit. */
guint64 vin_alias_place(VinLifetime *items, guint n_items, guint64 alignment, guint64 guard);

#endif
