/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A dispatch of no groups makes the driver compile and runs nothing. What the cache has takes a
 * few milliseconds: it was compiled by the other side, or at an earlier start, and so was all that
 * lies before it.
 */
#include "plan/ahead.h"

#include <string.h>

#include "base/log.h"
#include "shader_table.h"
#include "vk/command.h"
#include "vk/device.h"

#define LEAST_KEYS 8   /* fewer are not worth a device */
#define CACHED_MS 15   /* a pipeline that took less came from the cache */
#define WRITTEN_US 100000 /* until then the driver has put a pipeline into its cache */
#define BUFFER_BYTES 65536

struct _VinAhead {
    VinDevice *like; /* borrowed: outlives this */
    VinAheadKey *keys;
    guint n;
    gint is_over; /* atomic: compile no more */
    GThread *thread;
};

typedef struct {
    VinVkLayout layout;
    VinVkBuffer buffer;
    VinVkSet set;
    VinVkCommand command;
} Bench;

static void bench_clear(Bench *bench)
{
    vin_vk_command_clear(&bench->command);
    vin_vk_set_clear(&bench->set);
    vin_vk_buffer_clear(&bench->buffer);
    vin_vk_layout_clear(&bench->layout);
}

static gboolean bench_init(Bench *bench, VinDevice *device, GError **error)
{
    const VinVkBuffer *buffers[VIN_N_BINDINGS] = {&bench->buffer};

    return vin_vk_layout_init(&bench->layout, device, error) &&
           vin_vk_buffer_init(&bench->buffer, device, BUFFER_BYTES, VIN_BUFFER_DEVICE, error) &&
           vin_vk_set_init(&bench->set, &bench->layout, buffers, error) &&
           vin_vk_command_init(&bench->command, device, 0, error);
}

static gboolean run_empty(Bench *bench, VkPipeline pipeline, GError **error)
{
    static const guint32 push[VIN_PUSH_BYTES / 4];

    if (!vin_vk_command_begin(&bench->command, error)) {
        return FALSE;
    }
    vin_vk_command_bind(&bench->command, &bench->layout, &bench->set);
    vin_vk_command_dispatch(&bench->command, &bench->layout, pipeline, push, sizeof push, 0, 1, 1);
    return vin_vk_command_end(&bench->command, error) &&
           vin_vk_command_submit(&bench->command, error) &&
           vin_vk_command_wait(&bench->command, error);
}

/* *@ms: what its first run took. */
static gboolean compile(Bench *bench, const VinAheadKey *key, double *ms, GError **error)
{
    const VinShader *shader = &vin_shader_table[key->shader];
    VinDevice *device = bench->layout.device;
    VkPipeline pipeline;
    gint64 since;
    gboolean ok;

    if (!vin_vk_pipeline_build(&bench->layout, shader->words, shader->bytes, key->spec,
                               key->n_spec, &pipeline, error)) {
        return FALSE;
    }
    since = g_get_monotonic_time();
    ok = run_empty(bench, pipeline, error);
    *ms = (double)(g_get_monotonic_time() - since) / 1e3;
    if (vin_device_may_destroy(device) && !vin_vk_command_is_in_flight(&bench->command)) {
        vkDestroyPipeline(vin_device_vk(device), pipeline, NULL);
    }
    return ok;
}

/* FALSE: the driver has no cache, and what is compiled here is of use to nobody. */
static gboolean is_kept(Bench *bench, const VinAheadKey *key)
{
    double ms = 0;

    g_usleep(WRITTEN_US);
    return compile(bench, key, &ms, NULL) && ms < CACHED_MS;
}

static gpointer compile_all(gpointer data)
{
    VinAhead *ahead = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(VinDevice) device = vin_device_new_like(ahead->like, &error);
    Bench bench = {0};
    guint n_compiled = 0;
    gboolean ok = device != NULL && bench_init(&bench, device, &error);

    for (guint i = ahead->n; ok && i-- > 0 && !g_atomic_int_get(&ahead->is_over);) {
        double ms = 0;

        ok = compile(&bench, &ahead->keys[i], &ms, &error);
        if (ok && ms < CACHED_MS) {
            break;
        }
        n_compiled += ok;
        if (ok && n_compiled == 1 && !is_kept(&bench, &ahead->keys[i])) {
            break;
        }
    }
    if (!ok) {
        vin_log(VIN_LOG_DEBUG, "compiling ahead: %s", error->message);
    }
    vin_log(VIN_LOG_DEBUG, "compiled ahead: %u of %u pipelines", n_compiled, ahead->n);
    bench_clear(&bench);
    return NULL;
}

VinAhead *vin_ahead_start(VinDevice *device, const VinAheadKey *keys, guint n)
{
    VinAhead *ahead;

    if (!vin_device_get_caps(device)->is_software || !vin_device_is_own(device) ||
        n < LEAST_KEYS || g_get_num_processors() < 2) {
        return NULL;
    }
    ahead = g_new0(VinAhead, 1);
    ahead->like = device;
    ahead->keys = g_new(VinAheadKey, n);
    memcpy(ahead->keys, keys, n * sizeof *keys);
    ahead->n = n;
    ahead->thread = g_thread_try_new("ahead", compile_all, ahead, NULL);
    if (ahead->thread == NULL) {
        g_clear_pointer(&ahead, vin_ahead_free);
    }
    return ahead;
}

void vin_ahead_free(VinAhead *ahead)
{
    if (ahead == NULL) {
        return;
    }
    g_atomic_int_set(&ahead->is_over, TRUE);
    if (ahead->thread != NULL) {
        g_thread_join(ahead->thread);
    }
    g_free(ahead->keys);
    g_free(ahead);
}
