/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names of a model's classes.
 */
#ifndef VIN_MODEL_LABELS_H
#define VIN_MODEL_LABELS_H

#include <glib.h>

#define VIN_LABEL_MAX_BYTES 256 /* also of one that was made unique */

typedef struct {
    guint n_labels;
    char **names; /* [n_labels], unique UTF-8 */
    char **wnids; /* [n_labels], WordNet ids; an entry may be NULL */
} VinLabels;

/* Reads one label a line, "LABEL" or "nNNNNNNNN LABEL"; there must be @n_classes of them. */
VinLabels *vin_labels_load(const char *path, guint n_classes, GError **error);
/* "class 0", "class 1", ... */
VinLabels *vin_labels_new_numbered(guint n_classes);
void vin_labels_free(VinLabels *labels);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinLabels, vin_labels_free)

#endif
