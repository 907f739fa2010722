/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The runs before the first frame.
 */
#ifndef VIN_ENGINE_WARM_UP_H
#define VIN_ENGINE_WARM_UP_H

#include "engine/engine.h"

#define VIN_N_WARM_UP 4 /* runs, for progress */

/* Runs blank frames of the usual formats, so that drivers which compile at the first dispatch do
 * it now. @report: (nullable): told before each run. */
gboolean vin_warm_up(VinEngine *engine, void (*report)(guint run, const char *what, gpointer data),
                     gpointer data, GError **error);

#endif
