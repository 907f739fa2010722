/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the convolutions of a network read, as it was measured: keys int8.LAYER=LOW;HIGH of a
 * sidecar's group [vkinception], written by vin-inspect --calibrate. LAYER is the name of the node
 * with all but letters, digits and -_./~ as %XX.
 */
#ifndef VIN_MODEL_RANGES_H
#define VIN_MODEL_RANGES_H

#include "graph/graph.h"

#define VIN_RANGES_PREFIX "int8."

typedef struct {
    char *layer; /* name of a node */
    float low, high;
} VinLayerRange;

/* Those of @group, as GArray of VinLayerRange. A key or value that makes no sense is
 * VIN_ERROR_FORMAT. @path: for messages. */
GArray *vin_ranges_read(GKeyFile *file, const char *group, const char *path, GError **error);
/* To the graph's convolutions; one warning of those that it does not have. */
void vin_ranges_apply(const GArray *ranges, VinGraph *graph, const char *path);

/* model/ranges_write.c. A sidecar's text with @ranges in place of those that it has; everything
 * else stays as it is, byte for byte. To g_free(). */
char *vin_ranges_replace(const char *text, const GArray *ranges);
/* Can they be written to the sidecar @path? VIN_ERROR_FILE. */
gboolean vin_ranges_check_writable(const char *path, GError **error);
/* Writes the whole file anew and puts it in the place of the old one, or changes nothing. */
gboolean vin_ranges_write(const char *path, const GArray *ranges, GError **error);

GArray *vin_ranges_new(void);

#endif
