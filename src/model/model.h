/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the engine sees of a loaded model, beside the public calls.
 */
#ifndef VIN_MODEL_MODEL_H
#define VIN_MODEL_MODEL_H

#include <vkinception/model.h>

#include "graph/graph.h"
#include "model/recipe.h"
#include "model/selection.h"

/* The graph as loaded, main output first, then the sidecar's heads. Constant. */
const VinGraph *vin_model_get_graph(const VinModel *model);
const VinRecipe *vin_model_get_recipe(const VinModel *model);
/* The file that was read for its recipe; NULL where that is assumed. */
const char *vin_model_sidecar_path(const VinModel *model);
/* Text that is equal for models of the same files and options. To g_free(). */
char *vin_model_identity(const VinModel *model);
/* model/selection.h, of this model's labels. */
gboolean vin_model_select(const VinModel *model, const char *allow, const char *deny,
                          VinSelection **out, GError **error);

#endif
