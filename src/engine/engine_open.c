/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Engines in use, so that streams with the same model on the same device share weights and
 * pipelines, and may run in one batch.
 */
#include <string.h>

#include "base/error.h"
#include "base/weaktable.h"
#include "engine/engine.h"
#include "engine/options.h"
#include "model/model.h"

#define N_CALLERS_REFS 2 /* its own, and its stream's */

static VinWeakTable engines;

typedef struct {
    VinModel *model;
    VinDevice *device;
    const VinEngineParams *params;
    const char *id;
    const char *made_of;
    gboolean has_waited, is_shared;
} Opening;

/* What has to be the same. The first line is for people, too. */
static char *describe(VinModel *model, const VinEngineParams *params)
{
    const guint64 timeout_ns = params->batch_timeout_ns;
    const gboolean has_heads = params->heads != NULL && params->heads[0] != '\0';
    g_autofree char *identity = vin_model_identity(model);

    return g_strdup_printf(
        "model %s, heads %s, weights %s, batch size %u, batch timeout %" G_GUINT64_FORMAT
        " ns, scheduling %s, precision %s, autotune %s\n%d%d%d\n%s",
        vin_model_get_path(model), has_heads ? params->heads : "main",
        params->head_weights != NULL ? params->head_weights : "-", MAX(params->batch_size, 1),
        timeout_ns != 0 ? timeout_ns : VIN_DEFAULT_BATCH_TIMEOUT_NS,
        params->scheduling == VIN_SCHEDULING_LATENCY ? "latency" : "throughput",
        vin_precision_name(params->precision),
        params->autotune == VIN_AUTOTUNE_OFF ? "off" : "once",
        params->all_scores != FALSE, params->time_layers != FALSE,
        params->disable_warm_up != FALSE, identity);
}

static gboolean take(gpointer object, gpointer data, GError **error)
{
    VinEngine *engine = object;
    Opening *opening = data;

    if (vin_device_is_lost(engine->device) || g_atomic_int_get(&engine->ref_count) == 0) {
        return FALSE;
    }
    if (!g_str_equal(engine->made_of, opening->made_of)) {
        if (engine == opening->params->replaces &&
            g_atomic_int_get(&engine->ref_count) <= N_CALLERS_REFS) {
            return FALSE;
        }
        const gsize line_bytes = strcspn(engine->made_of, "\n");

        const gboolean looks_alike =
            strncmp(engine->made_of, opening->made_of, line_bytes + 1) == 0;

        return vin_fail(error, VIN_ERROR_INVALID,
                        "model instance \"%s\" is in use with %.*s%s; what joins it has to be "
                        "the same",
                        opening->id, (int)line_bytes, engine->made_of,
                        looks_alike ? ", with other options or another state of its files" : "");
    }
    opening->is_shared = vin_weak_ref(&engine->ref_count);
    return opening->is_shared;
}

static gpointer make(gpointer data, GError **error)
{
    const Opening *opening = data;
    VinEngine *engine =
        vin_engine_new(opening->model, opening->device, opening->params, error);

    if (engine != NULL) {
        engine->made_of = g_strdup(opening->made_of);
    }
    return engine;
}

static void tell_of_waiting(gpointer data)
{
    const VinEngineParams *params = ((Opening *)data)->params;

    ((Opening *)data)->has_waited = TRUE;
    if (params->progress != NULL) {
        params->progress(0, 1, "waiting for another stream's compilation",
                         params->progress_data);
    }
}

VinEngine *vin_engine_open(VinModel *model, VinDevice *device, const VinEngineParams *params,
                           const char *instance_id, GError **error)
{
    static const VinWeakKind kind = {.take = take, .make = make, .wait = tell_of_waiting};
    static const VinEngineParams defaults;
    g_autofree char *made_of = NULL;
    g_autofree char *key = NULL;
    VinEngine *engine;
    Opening opening;

    g_return_val_if_fail(model != NULL && device != NULL, NULL);
    opening = (Opening){model, device, params != NULL ? params : &defaults,
                        instance_id != NULL ? instance_id : "", NULL, FALSE, FALSE};
    opening.made_of = made_of = describe(model, opening.params);
    /* An engine keeps its device, so no other one can have the same address meanwhile. */
    key = opening.id[0] != '\0' ? g_strdup_printf("%p id %s", (void *)device, opening.id)
                                : g_strdup_printf("%p %s", (void *)device, made_of);
    engine = vin_weak_table_open(&engines, key, &kind, &opening, error);
    if (opening.has_waited && opening.is_shared && opening.params->progress != NULL) {
        opening.params->progress(1, 1, "ready", opening.params->progress_data);
    }
    return engine;
}

void vin_engine_drop(VinEngine *engine)
{
    vin_weak_table_drop(&engines, engine);
}
