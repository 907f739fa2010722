/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writing a tensor as a NumPy file.
 */
#ifndef VIN_TOOLS_NPY_H
#define VIN_TOOLS_NPY_H

#include <glib.h>

/* A float32 array 1 x @channels x @height x @width, row-major. @path "-" is standard output. */
gboolean tool_npy_write(const char *path, const float *values, guint channels, guint height,
                        guint width, GError **error);

#endif
