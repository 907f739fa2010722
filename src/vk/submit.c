/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Submitting recordings and waiting for them. After a failed wait the work counts as in flight,
 * unless the device is lost; a device that never ends is given up.
 */
#include "base/error.h"
#include "base/log.h"
#include "vk/command.h"
#include "vk/device.h"

#define WAIT_STEP_S 10 /* between two complaints */
#define WAIT_STEPS 30  /* then the device is given up */

/* Semaphores that @info signals are their owner's, who may destroy them once the fence is seen. A
 * driver that signals them by itself (Mesa where it emulates timelines: vk_queue_submit_final() in
 * its vk_queue.c, then vk_queue_submit_destroy()) is at them for a moment after the fence of the
 * same submission. So the fence is one of its own, behind them on the queue. When that one cannot
 * be had, the work is ended here. */
static gboolean submit_with_fence_behind(VinVkCommand *command, const VkSubmitInfo *info,
                                         gboolean *in_flight, GError **error)
{
    g_autoptr(GError) fenceless = NULL;

    if (!vin_device_submit(command->device, info, VK_NULL_HANDLE, error)) {
        return FALSE;
    }
    *in_flight = vin_device_submit(command->device, NULL, command->fence, &fenceless);
    if (*in_flight) {
        return TRUE;
    }
    vin_log(VIN_LOG_WARN, "%s; waiting for the queue instead", fenceless->message);
    if (!vin_device_wait_queue(command->device, error)) {
        if (!vin_device_is_lost(command->device)) {
            vin_device_set_stuck(command->device); /* it may be at it, and nothing tells */
        }
        return FALSE;
    }
    return TRUE;
}

gboolean vin_vk_command_submit_info(VinVkCommand *command, const VkSubmitInfo *info,
                                    GError **error)
{
    gboolean in_flight = TRUE;

    g_assert(!g_atomic_int_get(&command->in_flight));
    if (!vin_device_check(command->device,
                          vkResetFences(vin_device_vk(command->device), 1, &command->fence),
                          "vkResetFences", error)) {
        return FALSE;
    }
    if (info->signalSemaphoreCount > 0
            ? !submit_with_fence_behind(command, info, &in_flight, error)
            : !vin_device_submit(command->device, info, command->fence, error)) {
        return FALSE;
    }
    g_atomic_int_set(&command->was_lost, FALSE);
    g_atomic_int_set(&command->in_flight, in_flight);
    return TRUE;
}

gboolean vin_vk_command_submit(VinVkCommand *command, GError **error)
{
    const VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .commandBufferCount = 1,
        .pCommandBuffers = &command->buffer,
    };

    return vin_vk_command_submit_info(command, &info, error);
}

/* VK_TIMEOUT when @timeout_ns is over, or the device is to be given up. */
static VkResult wait_for_fence(VinVkCommand *command, guint64 timeout_ns)
{
    const guint64 step_ns = WAIT_STEP_S * G_GUINT64_CONSTANT(1000000000);
    VkResult result = VK_TIMEOUT;

    for (guint step = 1; result == VK_TIMEOUT && step <= WAIT_STEPS; step++) {
        result = vkWaitForFences(vin_device_vk(command->device), 1, &command->fence, VK_TRUE,
                                 MIN(step_ns, timeout_ns));
        if (timeout_ns <= step_ns) {
            return result;
        }
        timeout_ns -= timeout_ns == G_MAXUINT64 ? 0 : step_ns;
        if (result == VK_TIMEOUT) {
            vin_log(VIN_LOG_WARN, "device \"%s\" has not finished a submission after %u s; "
                                  "still waiting",
                    vin_device_get_info(command->device)->name, step * WAIT_STEP_S);
        }
    }
    if (result == VK_TIMEOUT) {
        vin_device_set_stuck(command->device);
    }
    return result;
}

/* What a fence's answer means: a lost device works no more, but after another error it may still be
 * at it. Whoever else waits for the same work has to hear of the loss, too. */
static void end(VinVkCommand *command, VkResult result)
{
    if (result == VK_ERROR_DEVICE_LOST) {
        g_atomic_int_set(&command->was_lost, TRUE);
    }
    if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST) {
        g_atomic_int_set(&command->in_flight, FALSE);
    }
}

gboolean vin_vk_command_wait(VinVkCommand *command, GError **error)
{
    VkResult result;

    if (!g_atomic_int_get(&command->in_flight)) {
        return !g_atomic_int_get(&command->was_lost) ||
               vin_device_check(command->device, VK_ERROR_DEVICE_LOST, "vkWaitForFences", error);
    }
    if (!vin_device_may_destroy(command->device)) { /* one long wait was enough */
        return vin_fail(error, VIN_ERROR_LOST, "device \"%s\" was given up before",
                        vin_device_get_info(command->device)->name);
    }
    result = wait_for_fence(command, G_MAXUINT64);
    if (result == VK_TIMEOUT) {
        return vin_fail(error, VIN_ERROR_LOST,
                        "device \"%s\" did not finish a submission within %u s and was given up; "
                        "close all that uses it and open it anew",
                        vin_device_get_info(command->device)->name, WAIT_STEPS * WAIT_STEP_S);
    }
    end(command, result);
    return vin_device_check(command->device, result, "vkWaitForFences", error);
}

gboolean vin_vk_command_is_in_flight(const VinVkCommand *command)
{
    return g_atomic_int_get(&command->in_flight) != 0;
}

gboolean vin_vk_command_settle(VinVkCommand *command)
{
    VkResult result;

    if (!g_atomic_int_get(&command->in_flight) || !vin_device_may_destroy(command->device)) {
        return TRUE;
    }
    result = vkGetFenceStatus(vin_device_vk(command->device), command->fence);
    vin_device_check(command->device, result, "vkGetFenceStatus", NULL);
    end(command, result);
    return result != VK_NOT_READY;
}

gboolean vin_vk_command_poll(VinVkCommand *command, guint64 timeout_ns)
{
    VkResult result;

    if (!g_atomic_int_get(&command->in_flight) || !vin_device_may_destroy(command->device)) {
        return TRUE;
    }
    if (timeout_ns == 0) {
        result = vkGetFenceStatus(vin_device_vk(command->device), command->fence);
        vin_device_check(command->device, result, "vkGetFenceStatus", NULL);
        return result != VK_NOT_READY;
    }
    result = wait_for_fence(command, timeout_ns);
    vin_device_check(command->device, result, "vkWaitForFences", NULL);
    return result != VK_TIMEOUT || !vin_device_may_destroy(command->device);
}

void vin_vk_command_finish(VinVkCommand *command)
{
    for (guint i = 0; i < 2 && g_atomic_int_get(&command->in_flight); i++) {
        vin_vk_command_wait(command, NULL); /* memory may be back the second time */
    }
    if (g_atomic_int_get(&command->in_flight)) {
        vin_device_set_stuck(command->device);
    }
}
