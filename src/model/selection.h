/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinSelection: which of a model's classes a result may name, from lists that people write.
 */
#ifndef VIN_MODEL_SELECTION_H
#define VIN_MODEL_SELECTION_H

#include "model/labels.h"

typedef struct {
    gatomicrefcount refs;
    guint n_classes, n_selected;
    guint8 *is_selected; /* [n_classes], 0 or 1 */
} VinSelection;

/* The classes that @allow lists (all where it is NULL or empty) without those that @deny lists.
 * An entry is the label of a class (case matters only where labels differ in nothing else), its
 * WordNet id, its index, or a pattern for labels in which * stands for any text and ? for any
 * character. Entries are split at ';' where the list has one outside a backslash's reach, else at
 * ','; a backslash takes the character after it as it is; blanks around an entry and empty
 * entries do not count.
 *
 * *out is NULL when every class is selected. FALSE with VIN_ERROR_INVALID for an entry that names
 * no class, with labels that are like it, and for lists that leave no class. */
gboolean vin_selection_new(const VinLabels *labels, const char *allow, const char *deny,
                           VinSelection **out, GError **error);
VinSelection *vin_selection_ref(VinSelection *selection);   /* NULL gives NULL */
void vin_selection_unref(VinSelection *selection);          /* NULL is welcome */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinSelection, vin_selection_unref)

#endif
