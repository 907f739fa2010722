/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A Vulkan that fails when it is told to. The shim has functions of the same names as the
 * loader's and calls those; linked into a program, or named in LD_PRELOAD, it comes before the
 * loader, so it sees every call of the library and of the plugin. A failing call leaves rubbish
 * in what it should have returned, as the specification allows. It also counts objects that
 * live, ends the process when a fence in use is reset or destroyed, and can pretend to be another
 * device.
 *
 * Preloaded, it is told by the environment:
 *     VIN_FAULT=vkQueueSubmit:20:-4     the 20th vkQueueSubmit fails with VkResult -4
 *     VIN_FAULT=*:20:-1:+               the 20th call that can fail, and all later ones of its kind
 *     VIN_FAULT_REPORT=FILE             at exit: "fired ENTRY live N calls N"
 */
#ifndef VIN_TESTS_FAULTS_SHIM_H
#define VIN_TESTS_FAULTS_SHIM_H

#include <glib.h>
#include <vulkan/vulkan.h>

#define SHIM_MAX_RESULTS 8

/* One call that could have failed. */
typedef struct {
    const char *entry; /* "vkCreateBuffer" */
    gconstpointer site; /* where it returns to */
} ShimCall;

/* Forgets calls and the fault. Objects go on being counted. */
void shim_reset(void);
/* From now on the @n-th (1, 2, ...) call that can fail of @entry, NULL for any, fails with
 * @result; @for_ever: and so do all later calls of the same entry. A lost device stays lost. */
void shim_fail(const char *entry, guint n, VkResult result, gboolean for_ever);
/* The entry that failed since shim_reset(), or NULL. */
const char *shim_fired(void);
/* Calls that could have failed, since shim_reset(). */
guint shim_n_calls(void);
ShimCall shim_call(guint i);
/* Errors that the specification allows the entry, 0-terminated. */
const VkResult *shim_results(const char *entry);
/* Objects that live, and in @text, to g_free(), which. The instance is not counted. */
guint shim_n_live(char **text);
/* Barriers recorded with nothing to wait for since the barrier before. */
guint shim_n_idle_barriers(void);

/* A discrete card of Vulkan 1.1 whose own memory cannot be mapped. Before a device is opened. */
void shim_pretend_card(gboolean on);
/* A pipeline cache that holds @bytes bytes beyond its header. */
void shim_pretend_cache(gsize bytes);
/* Bytes with which the last pipeline cache was made, and whether they were ours and whole. */
gsize shim_cache_initial(gboolean *intact);

#endif
