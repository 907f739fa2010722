/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Failing g_try_malloc() and g_try_malloc0_n(), the ones the library calls.
 */
#ifndef VIN_TESTS_FAULTS_SHIM_MEMORY_H
#define VIN_TESTS_FAULTS_SHIM_MEMORY_H

#include <glib.h>

/* From now on the @n-th (1, 2, ...) of them returns NULL, once; 0: none. */
void shim_memory_fail(guint n);
guint shim_memory_n_calls(void); /* since then */

#endif
