/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where models, sidecars and label files are looked for.
 */
#ifndef VIN_MODEL_FIND_H
#define VIN_MODEL_FIND_H

#include <glib.h>

/* The folders in order: VIN_MODEL_PATH, the user's, the installed one, the embedded one, and that
 * of VIN_SOURCE_MODELS. To g_strfreev(). */
char **vin_find_folders(void);

/* The model file of @name: a path (it has a '/' or ends in ".onnx"), or NAME.onnx in the
 * folders. NULL with VIN_ERROR_FILE and the places tried. To g_free(). */
char *vin_find_model(const char *name, GError **error);

/* The model's name of @path: no folder, no ".onnx", UTF-8. To g_free(). */
char *vin_find_model_name(const char *path);

/* All existing files called @file_name, the one in @folder (nullable) first, then those in the
 * folders. To g_strfreev(). */
char **vin_find_files(const char *folder, const char *file_name);

#endif
