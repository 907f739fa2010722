/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Labels that somebody may have meant.
 */
#ifndef VIN_MODEL_NEAR_LABELS_H
#define VIN_MODEL_NEAR_LABELS_H

#include "model/labels.h"

/* Up to five labels that are like @name, the likest first, ready to stand in a list: "tench, great
 * white shark\, white shark". NULL where none is. To g_free(). */
char *vin_near_labels(const VinLabels *labels, const char *name);

#endif
