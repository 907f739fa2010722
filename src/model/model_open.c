/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Models in use, so that streams of one model share one. What was read is compared with the files
 * as they are now: a model that was trained anew is read anew.
 */
#include "base/weaktable.h"
#include "model/identity.h"
#include "model/model_private.h"

static VinWeakTable models;

typedef struct {
    const VinModelParams *params;
    const char *path;
} Opening;

/* The files that were only known once the first ones were read. */
static gboolean is_current(const VinModel *model)
{
    g_autoptr(GString) now = g_string_new(NULL);

    for (guint i = 0; i < model->more_files->len; i++) {
        vin_identity_append(now, g_ptr_array_index(model->more_files, i));
    }
    return g_string_equal(now, model->more_identity);
}

static gboolean take(gpointer model, gpointer data, GError **error)
{
    return is_current(model) && vin_weak_ref(&((VinModel *)model)->refs);
}

static gpointer load(gpointer data, GError **error)
{
    const Opening *opening = data;

    return vin_model_load_path(opening->params, opening->path, error);
}

VinModel *vin_model_open(const VinModelParams *params, GError **error)
{
    static const VinWeakKind kind = {.take = take, .make = load};
    g_autofree char *path = NULL;
    g_autofree char *key = NULL;
    Opening opening;

    g_return_val_if_fail(params != NULL, NULL);
    path = vin_model_find(params, error);
    if (path == NULL) {
        return NULL;
    }
    key = vin_identity_of_params(params, path);
    opening = (Opening){params, path};
    return vin_weak_table_open(&models, key, &kind, &opening, error);
}

void vin_model_drop(VinModel *model)
{
    vin_weak_table_drop(&models, model);
}

char *vin_model_identity(const VinModel *model)
{
    return g_strconcat(model->identity, model->more_identity->str, NULL);
}
