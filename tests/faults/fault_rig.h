/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the tests with faults share: a tiny model, a folder for caches, and whether there is a
 * device at all.
 */
#ifndef VIN_TESTS_FAULTS_RIG_H
#define VIN_TESTS_FAULTS_RIG_H

#include <vkinception/vkinception.h>

#define FAULT_SIDE 40 /* pixels of a frame */

extern char *fault_model_path;
extern VinModel *fault_model;

/* Makes model and folder; the library has no instance yet. */
void fault_rig_open(void);
int fault_rig_run(void); /* g_test_run(), then all is removed */
/* FALSE, with the test marked as skipped, without a device. */
gboolean fault_need_device(void);
gboolean fault_have_device(void);
/* Ends the test when a Vulkan object lives. */
void fault_assert_nothing_lives(const char *after);
/* No file in the folder of caches. */
void fault_empty_cache(void);

#endif
