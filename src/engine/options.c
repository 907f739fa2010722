/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Options of engines and streams: checks, and the recipe with what is put in its place.
 */
#include "engine/options.h"

#include <string.h>

#include "base/env.h"
#include "base/error.h"
#include "base/log.h"
#include "model/model.h"

/* The two rooms may not see each other, so their enumerations meet here. */
G_STATIC_ASSERT(VIN_RESIZE_STRETCH == 0 && VIN_RESIZE_SHORT_SIDE == 1 && VIN_RESIZE_TILES == 2);
G_STATIC_ASSERT(VIN_RESIZE_CROP == 3 && VIN_RESIZE_LETTERBOX == 4);
G_STATIC_ASSERT(VIN_SCALE_BILINEAR == 0 && VIN_SCALE_AREA == 1 && VIN_SCALE_NEAREST == 2);

gboolean vin_options_check(guint top_k, guint slots, VinResizeMode resize,
                           VinScaleMethod scale_method, GError **error)
{
    if (top_k > VIN_MAX_TOP_K || slots > VIN_MAX_SLOTS) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "top-k %u or %u slots; accepted: 1 to %d and 1 to %d, 0 for the default",
                        top_k, slots, VIN_MAX_TOP_K, VIN_MAX_SLOTS);
    }
    if ((guint)resize > VIN_RESIZE_MODE_LETTERBOX ||
        (guint)scale_method > VIN_SCALE_METHOD_NEAREST) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "resize %d or scale method %d is not one of the enumerated values",
                        (int)resize, (int)scale_method);
    }
    return TRUE;
}

const char *vin_precision_name(VinPrecision precision)
{
    static const char *const names[] = {"auto", "fp32", "fp16", "int8"};

    return (guint)precision < G_N_ELEMENTS(names) ? names[precision] : "unknown";
}

gboolean vin_options_precision(VinPrecision precision, VinDevice *device, gboolean *half,
                               gboolean *int8, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(device);
    const gboolean can = (caps->bits & VIN_CAP_FP16_STORAGE) != 0;

    if ((guint)precision > VIN_PRECISION_INT8) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "precision %d is not one of the enumerated values", (int)precision);
    }
    if (precision == VIN_PRECISION_FP16 && !can) {
        return vin_fail(error, VIN_ERROR_UNSUPPORTED,
                        "precision fp16: device \"%s\" has no 16-bit storage; auto and fp32 do",
                        vin_device_get_info(device)->name);
    }
    /* Software drivers convert each value by itself, and have faster kernels for fp32. */
    *half = precision == VIN_PRECISION_FP16 ||
            (precision != VIN_PRECISION_FP32 && can && !caps->is_software);
    *int8 = precision == VIN_PRECISION_INT8;
    return TRUE;
}

/* -1: it says nothing. */
static gint autotune_of_environment(void)
{
    const char *text = vin_env_get()->autotune;

    if (text == NULL || text[0] == '\0') {
        return -1;
    }
    if (strcmp(text, "once") == 0 || strcmp(text, "off") == 0) {
        return text[1] == 'n' ? VIN_AUTOTUNE_ONCE : VIN_AUTOTUNE_OFF;
    }
    vin_log(VIN_LOG_WARN, "VIN_AUTOTUNE: '%s' is neither off nor once", text);
    return -1;
}

gboolean vin_options_autotune(VinAutotune autotune, VinDevice *device, gboolean *tune,
                              GError **error)
{
    const VinCaps *caps = vin_device_get_caps(device);
    const gint of_environment = autotune_of_environment();

    if ((guint)autotune > VIN_AUTOTUNE_ONCE) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "autotune %d is not one of the enumerated values", (int)autotune);
    }
    *tune = (of_environment >= 0 ? of_environment : (gint)autotune) == VIN_AUTOTUNE_ONCE;
    if (*tune && caps->is_software && of_environment < 0) {
        vin_log(VIN_LOG_INFO, "autotune: not on a software driver, whose times are those of a busy "
                              "machine; VIN_AUTOTUNE=once does it all the same");
        *tune = FALSE;
    } else if (*tune && (caps->bits & VIN_CAP_TIMESTAMPS) == 0) {
        vin_log(VIN_LOG_INFO, "autotune: not on \"%s\", which has no time stamps",
                vin_device_get_info(device)->name);
        *tune = FALSE;
    }
    return TRUE;
}

static VinPreprocessParams preprocess_params(const VinRecipe *recipe)
{
    VinPreprocessParams params = {
        .resize = (guint32)recipe->resize,
        .resize_width = recipe->resize_width,
        .resize_height = recipe->resize_height,
        .resize_short = recipe->resize_short,
        .tiles = recipe->tiles,
        .interpolation = (guint32)recipe->interpolation,
        .bgr = recipe->bgr != FALSE,
        .channels = recipe->channels,
        .pixel_aspect = recipe->pixel_aspect != FALSE,
    };

    for (guint i = 0; i < 3; i++) {
        params.mean[i] = recipe->mean[i];
        params.scale[i] = recipe->scale[i];
        params.fill[i] = recipe->fill[i];
    }
    return params;
}

VinPreprocessParams vin_options_preprocess(VinModel *model, VinResizeMode resize,
                                           VinScaleMethod scale_method)
{
    VinRecipe recipe = *vin_model_get_recipe(model);

    switch (resize) {
    case VIN_RESIZE_MODE_STRETCH:
        recipe.resize = VIN_RESIZE_STRETCH;
        vin_model_get_input_size(model, &recipe.resize_width, &recipe.resize_height);
        break;
    case VIN_RESIZE_MODE_CROP:
        recipe.resize = VIN_RESIZE_CROP;
        break;
    case VIN_RESIZE_MODE_LETTERBOX:
        recipe.resize = VIN_RESIZE_LETTERBOX;
        break;
    default:
        break;
    }
    if (scale_method != VIN_SCALE_METHOD_AUTO) {
        recipe.interpolation = (VinScale)(scale_method - VIN_SCALE_METHOD_BILINEAR);
    }
    return preprocess_params(&recipe);
}
