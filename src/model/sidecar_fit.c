/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A recipe against the network it is for: defaults that depend on the input's size, and
 * the checks that make every later step's arithmetic safe.
 */
#include "base/error.h"
#include "model/sidecar.h"

VinSidecar *vin_sidecar_new_assumed(void)
{
    VinSidecar *sidecar = g_new0(VinSidecar, 1);

    sidecar->activation = VIN_ACTIVATION_NONE;
    for (guint i = 0; i < 3; i++) {
        sidecar->recipe.scale[i] = 1.0f / 255.0f;
    }
    return sidecar;
}

static gboolean fit_stretch(VinSidecar *sidecar, VinInputSize input, GError **error)
{
    VinRecipe *recipe = &sidecar->recipe;

    if (recipe->resize_width == 0) {
        recipe->resize_width = input.width;
    }
    if (recipe->resize_height == 0) {
        recipe->resize_height = input.height;
    }
    if (recipe->resize_width < input.width || recipe->resize_height < input.height) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [vkinception] resize-width and resize-height are %u x %u; at least "
                        "the network's input, %u x %u, is accepted",
                        sidecar->path, recipe->resize_width, recipe->resize_height, input.width,
                        input.height);
    }
    return TRUE;
}

static gboolean fit_short_side(VinSidecar *sidecar, VinInputSize input, GError **error)
{
    VinRecipe *recipe = &sidecar->recipe;
    const guint32 least = MAX(input.width, input.height);

    if (recipe->resize_short == 0) {
        recipe->resize_short = least;
    }
    if (recipe->resize_short < least) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [vkinception] resize-short-side is %u; at least the longer side of "
                        "the network's input, %u, is accepted",
                        sidecar->path, recipe->resize_short, least);
    }
    return TRUE;
}

static gboolean fit_tiles(VinSidecar *sidecar, VinInputSize input, GError **error)
{
    const guint32 tiles = sidecar->recipe.tiles;

    if (tiles == 0 || input.width % tiles != 0 || input.height % tiles != 0) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [vkinception] tiles is %u; a number that divides the network's "
                        "input, %u x %u, is accepted",
                        sidecar->path, tiles, input.width, input.height);
    }
    return TRUE;
}

static gboolean fit_crop(const VinSidecar *sidecar, VinInputSize input, GError **error)
{
    if ((sidecar->crop_width != 0 && sidecar->crop_width != input.width) ||
        (sidecar->crop_height != 0 && sidecar->crop_height != input.height)) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [vkinception] crop-width and crop-height are %u and %u; the "
                        "network's input, %u and %u, is accepted",
                        sidecar->path, sidecar->crop_width, sidecar->crop_height, input.width,
                        input.height);
    }
    return TRUE;
}

gboolean vin_sidecar_fit(VinSidecar *sidecar, VinInputSize input, GError **error)
{
    sidecar->recipe.channels = input.channels;
    if (input.channels == 1 &&
        (sidecar->n_mean == 3 || sidecar->n_scale == 3 || sidecar->n_fill == 3)) {
        return vin_fail(error, VIN_ERROR_FORMAT,
                        "%s: [vkinception] mean, scale or fill has three numbers; one is "
                        "accepted, as the network's input has one channel",
                        sidecar->path);
    }
    if (!fit_crop(sidecar, input, error)) {
        return FALSE;
    }
    switch (sidecar->recipe.resize) {
    case VIN_RESIZE_SHORT_SIDE:
        return fit_short_side(sidecar, input, error);
    case VIN_RESIZE_TILES:
        return fit_tiles(sidecar, input, error);
    case VIN_RESIZE_CROP:
    case VIN_RESIZE_LETTERBOX:
        return TRUE;
    default:
        return fit_stretch(sidecar, input, error);
    }
}

/* "104;117;123", or one number where all are the same. */
static void append_numbers(GString *text, const float numbers[3])
{
    const gboolean same = numbers[0] == numbers[1] && numbers[1] == numbers[2];
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    for (guint i = 0; i < (same ? 1 : 3); i++) {
        g_ascii_formatd(buffer, sizeof buffer, "%.6g", (double)numbers[i]);
        g_string_append_printf(text, "%s%s", i > 0 ? ";" : "", buffer);
    }
}

char *vin_recipe_to_string(const VinRecipe *recipe, VinInputSize input)
{
    GString *text = g_string_new(NULL);

    switch (recipe->resize) {
    case VIN_RESIZE_TILES:
        g_string_append_printf(text, "%u x %u tiles at native resolution, %u x %u", recipe->tiles,
                               recipe->tiles, input.width, input.height);
        break;
    case VIN_RESIZE_SHORT_SIDE:
        g_string_append_printf(text, "short side to %u %s, centre crop %u x %u",
                               recipe->resize_short, vin_scale_name(recipe->interpolation),
                               input.width, input.height);
        break;
    case VIN_RESIZE_CROP:
        g_string_append_printf(text, "scaled %s to cover %u x %u, centre crop",
                               vin_scale_name(recipe->interpolation), input.width,
                               input.height);
        break;
    case VIN_RESIZE_LETTERBOX:
        g_string_append_printf(text, "scaled %s into %u x %u, filled with ",
                               vin_scale_name(recipe->interpolation), input.width,
                               input.height);
        append_numbers(text, recipe->fill);
        break;
    default:
        g_string_append_printf(text, "stretch to %u x %u %s", recipe->resize_width,
                               recipe->resize_height, vin_scale_name(recipe->interpolation));
        if (recipe->resize_width != input.width || recipe->resize_height != input.height) {
            g_string_append_printf(text, ", centre crop %u x %u", input.width, input.height);
        }
        break;
    }
    if (recipe->pixel_aspect) {
        g_string_append(text, ", by the pixels' aspect");
    }
    g_string_append_printf(text, ", %s, minus ",
                           recipe->channels == 1 ? "luma" : recipe->bgr ? "BGR" : "RGB");
    append_numbers(text, recipe->mean);
    g_string_append(text, ", times ");
    append_numbers(text, recipe->scale);
    return g_string_free(text, FALSE);
}
