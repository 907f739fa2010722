/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A tiny model and a device for tests of the engine, and frames for it. One set a process.
 */
#ifndef VIN_TESTS_ENGINE_RIG_H
#define VIN_TESTS_ENGINE_RIG_H

#include <vkinception/vkinception.h>

#include "support/tiny_model.h"

#define RIG_N_CLASSES 7
#define RIG_N_VALUES (3 * VIN_TINY_MODEL_SIZE * VIN_TINY_MODEL_SIZE)
#define RIG_WIDTH 40 /* of rig_rgb_frame() */
#define RIG_HEIGHT 30

extern VinDevice *rig_device; /* NULL without a driver; then rig_no_device tells why */
extern VinModel *rig_model;
extern GError *rig_no_device;

void rig_open(void);
int rig_run(void); /* g_test_run(), then everything is closed */

/* NULL, with the test marked as skipped, without a device. */
VinEngine *rig_engine_or_skip(const VinEngineParams *params);
VinStream *rig_stream(VinEngine *engine);

/* A picture of noise of 0 to 40 above @red, @green, @blue in tight RGB. To g_free(). */
guint8 *rig_noise_pixels(guint64 seed, guint red, guint green, guint blue);
VinFrame rig_rgb_frame(const guint8 *pixels);

#endif
