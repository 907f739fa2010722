/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What callers may say in place of a model's recipe, and the limits of their numbers.
 */
#ifndef VIN_ENGINE_OPTIONS_H
#define VIN_ENGINE_OPTIONS_H

#include <vkinception/engine.h>

#include "kernels/preprocess.h"

#define VIN_DEFAULT_TOP_K 5
#define VIN_DEFAULT_SLOTS 2
#define VIN_MAX_SLOTS 64
#define VIN_MAX_BATCH 64
#define VIN_DEFAULT_BATCH_TIMEOUT_NS ((guint64)20000000)

/* 0 is fine for all of them. VIN_ERROR_INVALID. */
gboolean vin_options_check(guint top_k, guint slots, VinResizeMode resize,
                           VinScaleMethod scale_method, GError **error);
/* "auto", "fp32", "fp16", "int8". */
const char *vin_precision_name(VinPrecision precision);
/* Does @device keep numbers in 16 bits then, and multiply 8 bits? VIN_ERROR_INVALID for what is no
 * precision, VIN_ERROR_UNSUPPORTED where the device cannot. */
gboolean vin_options_precision(VinPrecision precision, VinDevice *device, gboolean *half,
                               gboolean *int8, GError **error);
/* Are kernels timed on @device then? VIN_AUTOTUNE has the first word. VIN_ERROR_INVALID for what is
 * none of the enumerated values. */
gboolean vin_options_autotune(VinAutotune autotune, VinDevice *device, gboolean *tune,
                              GError **error);
/* The recipe of @model as the caller wants it, in the words of the kernel. */
VinPreprocessParams vin_options_preprocess(VinModel *model, VinResizeMode resize,
                                           VinScaleMethod scale_method);

#endif
