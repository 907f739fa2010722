/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinVkCommand: one command buffer with its pool, its fence and its timestamps. One thread at a
 * time, but several may wait for what is in flight, while nobody submits it anew.
 */
#ifndef VIN_VK_COMMAND_H
#define VIN_VK_COMMAND_H

#include "vk/pipeline.h"

typedef struct {
    VinDevice *device;
    VkCommandPool pool;
    VkCommandBuffer buffer;
    VkFence fence;
    VkQueryPool queries; /* VK_NULL_HANDLE without timestamps */
    guint n_queries;
    VkDescriptorSet set; /* bound last */
    gboolean is_part; /* has no fence, and only borrows its queries */
    gint in_flight;   /* atomic */
    gint was_lost;    /* atomic: the device was, with this on it */
} VinVkCommand;

/* @n_queries: timestamps to make room for, 0 for none. */
gboolean vin_vk_command_init(VinVkCommand *command, VinDevice *device, guint n_queries,
                             GError **error);
/* A recording that only goes with another's submission; whoever submits it looks after the time
 * it is in flight. @timed: whose timestamps it writes, or NULL; outlives it. */
gboolean vin_vk_command_init_part(VinVkCommand *command, VinDevice *device,
                                  const VinVkCommand *timed, GError **error);
/* Waits when in flight. */
void vin_vk_command_clear(VinVkCommand *command);
gboolean vin_vk_command_begin(VinVkCommand *command, GError **error); /* re-usable recording */
/* The same of a part that may be in flight several times at once. */
gboolean vin_vk_command_begin_shared(VinVkCommand *command, GError **error);
gboolean vin_vk_command_end(VinVkCommand *command, GError **error);
void vin_vk_command_bind(VinVkCommand *command, const VinVkLayout *layout, const VinVkSet *set);
/* Where the part of the weights begins that dispatches see, in bytes, a multiple of
 * VIN_WINDOW_ALIGN; 0 when the set is bound. */
void vin_vk_command_move_window(VinVkCommand *command, const VinVkLayout *layout, gsize offset);
void vin_vk_command_dispatch(VinVkCommand *command, const VinVkLayout *layout,
                             VkPipeline pipeline, const void *push, guint push_bytes,
                             guint32 x, guint32 y, guint32 z);
/* Compute and transfer writes before are visible to compute and transfer reads and writes after;
 * what comes after waits for reads before, too. Orders against earlier submissions as well. */
void vin_vk_command_barrier(VinVkCommand *command);
/* FALSE, at the start: as vin_vk_command_barrier(), and host writes are visible. TRUE, at the
 * end: compute and transfer writes are visible to host reads after the wait. */
void vin_vk_command_host_barrier(VinVkCommand *command, gboolean to_host);
void vin_vk_command_copy(VinVkCommand *command, const VinVkBuffer *from, gsize from_offset,
                         const VinVkBuffer *to, gsize to_offset, gsize size);
/* Rows of a picture, without the gaps between them. */
void vin_vk_command_copy_rows(VinVkCommand *command, const VinVkBuffer *from, gsize from_offset,
                              gsize from_stride, const VinVkBuffer *to, gsize to_offset,
                              gsize row_bytes, guint n_rows);
/* Imported memory becomes ours to copy from, @acquire, or whose it was again. @family: of
 * vin_vk_import_queue_family(). */
void vin_vk_command_own(VinVkCommand *command, const VinVkBuffer *imported, guint32 family,
                        gboolean acquire);
void vin_vk_command_timestamp(VinVkCommand *command, guint index);
gboolean vin_vk_command_submit(VinVkCommand *command, GError **error);
/* The same with all that a submission can have beside the recording, which @info names. */
gboolean vin_vk_command_submit_info(VinVkCommand *command, const VkSubmitInfo *info,
                                    GError **error);
/* No-op when not in flight. After an error other than a lost device the recording is still in
 * flight. A device that does not finish within minutes is given up: VIN_ERROR_LOST. */
gboolean vin_vk_command_wait(VinVkCommand *command, GError **error);
/* Waits with patience, and gives the device up when that does not help: afterwards the command is
 * not in flight, or vin_device_may_destroy() says no. */
void vin_vk_command_finish(VinVkCommand *command);
/* Whether it is not known to have ended. Asks nobody. */
gboolean vin_vk_command_is_in_flight(const VinVkCommand *command);
/* Asks whether it has ended, for those who do not care how: no wait is needed any more then. TRUE
 * also when there is no telling, and it stays in flight. */
gboolean vin_vk_command_settle(VinVkCommand *command);
/* TRUE when a wait would not last any more, FALSE after the timeout; 0 only asks, G_MAXUINT64 has
 * no limit. What failed is told by the wait. */
gboolean vin_vk_command_poll(VinVkCommand *command, guint64 timeout_ns);
/* Nanoseconds from the first timestamp to each of the first @n, after a wait; ns[0] is 0. FALSE
 * without timestamps. */
gboolean vin_vk_command_read_times(VinVkCommand *command, guint64 *ns, guint n);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VinVkCommand, vin_vk_command_clear)

#endif
