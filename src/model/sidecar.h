/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * NAME.modelinfo: what a network file does not say about itself. The file is an INI file in
 * the form that GStreamer 1.28 and later read; our own keys are in its group [vkinception].
 */
#ifndef VIN_MODEL_SIDECAR_H
#define VIN_MODEL_SIDECAR_H

#include <vkinception/model.h>

#include "model/recipe.h"

/* The network's input, which recipes are checked against. */
typedef struct {
    guint32 channels, width, height;
} VinInputSize;

typedef struct {
    char *path;         /* NULL: there is no sidecar */
    VinRecipe recipe;   /* complete only after vin_sidecar_fit() */
    guint32 crop_width, crop_height; /* 0: not said */
    guint n_mean, n_scale, n_fill;   /* numbers given: 0, 1 or 3 */
    char *labels_file;  /* a file name without folder, or NULL */
    char *output;       /* name of the main output, or NULL: the file's first */
    char **heads;       /* names of further outputs, or NULL */
    VinActivation activation; /* not AUTO; of outputs that have none of their own */
    GArray *ranges;     /* VinLayerRange (model/ranges.h); NULL in an assumed one */
} VinSidecar;

/* Reads @path. *out is NULL, and the result TRUE, when the file has no group [vkinception]. */
gboolean vin_sidecar_load(const char *path, VinSidecar **out, GError **error);
/* No sidecar: stretch to the input, bilinear, RGB, times 1/255. */
VinSidecar *vin_sidecar_new_assumed(void);
/* Fills in what the file leaves open and checks the recipe against the input. */
gboolean vin_sidecar_fit(VinSidecar *sidecar, VinInputSize input, GError **error);
void vin_sidecar_free(VinSidecar *sidecar);

/* "stretch to 256 x 256 bilinear, centre crop 224 x 224, BGR, minus 104;117;123, times 1" */
char *vin_recipe_to_string(const VinRecipe *recipe, VinInputSize input);
const char *vin_scale_name(VinScale scale);     /* "bilinear" */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinSidecar, vin_sidecar_free)

#endif
