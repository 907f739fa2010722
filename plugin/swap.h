/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Changes while the stream runs: what a session can follow it follows at the next frame; for the
 * rest a new session is opened beside the old one and takes its place between two frames.
 */
#ifndef VIN_PLUGIN_SWAP_H
#define VIN_PLUGIN_SWAP_H

#include "vulkaninception.h"

/* Before every frame, in the sink pad's thread. Waits for nothing. */
void vin_swap_follow(VulkanInception *self);
/* The device is gone: frames pass without tags, and every few seconds it is looked for again. The
 * sink pad's thread, and start(). */
void vin_swap_retry(VulkanInception *self);
/* When no thread streams any more. Waits for what is being opened. */
void vin_swap_stop(VulkanInception *self);
/* From now on sessions are opened on @device, and the one that there is moves there at once. FALSE:
 * it cannot, and the element cannot go on; a message was posted. The sink pad's thread. */
gboolean vin_swap_move(VulkanInception *self, VinDevice *device);
/* Takes @session, in place of the one there was. The sink pad's thread, and start(). */
void vin_swap_adopt(VulkanInception *self, VinSession *session);

#endif
