/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What files and options a model is made of, as text: equal texts mean equal models.
 */
#ifndef VIN_MODEL_IDENTITY_H
#define VIN_MODEL_IDENTITY_H

#include <vkinception/model.h>

#include "model/onnx_file.h"

/* A line with a file's path, device, inode, size and time of its last change; "PATH -" where there
 * is none. */
void vin_identity_append(GString *text, const char *path);
/* What can be said before the model is read: the options, the file @path, and all that could be
 * its sidecar or its labels. To g_free(). */
char *vin_identity_of_params(const VinModelParams *params, const char *path);
/* Adds the files, by their paths, that hold tensors of @file. */
void vin_identity_add_external(const VinOnnxFile *file, GPtrArray *paths);

#endif
