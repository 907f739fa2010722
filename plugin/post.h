/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Messages of the classifier that are no errors.
 */
#ifndef VIN_PLUGIN_POST_H
#define VIN_PLUGIN_POST_H

#include "vulkaninception.h"

/* A message of the code "open". */
void vin_post_progress(VulkanInception *self, GstProgressType type, const char *text);
/* VinProgressFunc: the same, a few a second. */
void vin_post_opening(guint done, guint total, const char *what, gpointer element);
/* The VinTags of the entry's buffer, if the property post-messages asks for it. */
void vin_post_tags(VulkanInception *self, const VinEntry *entry);
/* One warning, when the model does not keep up with the stream. */
void vin_post_if_slow(VulkanInception *self, gint64 now_us);

#endif
