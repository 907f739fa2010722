/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The allocations that may fail: sizes which come from a file are taken by g_try_*(); others
 * end the process, as always in GLib.
 */
#include "shim_memory.h"

#include <dlfcn.h>

#pragma GCC visibility push(default)

static guint n_calls;
static guint failing; /* the how-manieth fails; 0: none */

void shim_memory_fail(guint n)
{
    n_calls = 0;
    failing = n;
}

guint shim_memory_n_calls(void)
{
    return n_calls;
}

static gpointer next(const char *name)
{
    gpointer found = dlsym(RTLD_NEXT, name);

    if (found == NULL) {
        g_error("shim: no %s in GLib", name);
    }
    return found;
}

gpointer g_try_malloc(gsize n_bytes)
{
    return ++n_calls == failing ? NULL
                                : ((gpointer(*)(gsize))next("g_try_malloc"))(n_bytes);
}

gpointer g_try_malloc0_n(gsize n, gsize bytes)
{
    return ++n_calls == failing
               ? NULL
               : ((gpointer(*)(gsize, gsize))next("g_try_malloc0_n"))(n, bytes);
}
