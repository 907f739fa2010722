/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Puts the recordings of slots, plan and submission in order. Who goes with whom is the
 * scheduler's to say.
 */
#include "engine/submission.h"

guint vin_submission_n_queries(const VinEngine *engine)
{
    return 2 + (engine->time_layers ? engine->plan->n_steps + 1 : 0);
}

static gboolean record_head(VinSubmission *submission, GError **error)
{
    if (!vin_vk_command_begin(&submission->head, error)) {
        return FALSE;
    }
    vin_vk_command_host_barrier(&submission->head, FALSE);
    vin_vk_command_timestamp(&submission->head, 0);
    return vin_vk_command_end(&submission->head, error);
}

static gboolean record_tail(VinSubmission *submission, GError **error)
{
    if (!vin_vk_command_begin(&submission->tail, error)) {
        return FALSE;
    }
    vin_vk_command_timestamp(&submission->tail, vin_submission_n_queries(submission->engine) - 1);
    vin_vk_command_host_barrier(&submission->tail, TRUE);
    return vin_vk_command_end(&submission->tail, error);
}

VinSubmission *vin_submission_new(VinEngine *engine, GError **error)
{
    g_autoptr(VinSubmission) submission = g_new0(VinSubmission, 1);

    submission->engine = engine;
    submission->buffers = g_array_new(FALSE, FALSE, sizeof(VkCommandBuffer));
    if (!vin_vk_command_init(&submission->head, engine->device,
                             vin_submission_n_queries(engine), error) ||
        !vin_vk_command_init_part(&submission->tail, engine->device, &submission->head, error) ||
        (engine->time_layers && !vin_vk_command_init_part(&submission->network, engine->device,
                                                          &submission->head, error)) ||
        !record_head(submission, error) || !record_tail(submission, error)) {
        return NULL;
    }
    return g_steal_pointer(&submission);
}

void vin_submission_free(VinSubmission *submission)
{
    if (submission == NULL) {
        return;
    }
    if (submission->head.device != NULL) {
        vin_vk_command_finish(&submission->head); /* before the parts that went with it */
    }
    vin_vk_command_clear(&submission->network);
    vin_vk_command_clear(&submission->tail);
    vin_vk_command_clear(&submission->head);
    g_array_unref(submission->buffers);
    g_free(submission);
}

/* With timestamps of the submission's own. */
static gboolean record_timed(VinSubmission *submission, const VinBatchPlan *batch_plan,
                             GError **error)
{
    if (submission->recorded == batch_plan) {
        return TRUE;
    }
    submission->recorded = NULL;
    if (!vin_vk_command_begin(&submission->network, error)) {
        return FALSE;
    }
    vin_batch_plan_record(batch_plan, &submission->network, TRUE);
    if (!vin_vk_command_end(&submission->network, error)) {
        return FALSE;
    }
    submission->recorded = batch_plan;
    return TRUE;
}

static gboolean add_network(VinSubmission *submission, const VinBatchPlan *batch_plan,
                            GError **error)
{
    if (!submission->engine->time_layers) {
        g_array_append_val(submission->buffers, batch_plan->network.buffer);
        return TRUE;
    }
    if (!record_timed(submission, batch_plan, error)) {
        return FALSE;
    }
    g_array_append_val(submission->buffers, submission->network.buffer);
    return TRUE;
}

static gboolean gather(VinSubmission *submission, const VinBatchPlan *batch_plan, VinSlot **slots,
                       guint n, GError **error)
{
    g_array_set_size(submission->buffers, 0);
    g_array_append_val(submission->buffers, submission->head.buffer);
    for (guint i = 0; i < n; i++) {
        if (!vin_slot_prepare(slots[i], batch_plan, i, error)) {
            return FALSE;
        }
        g_array_append_val(submission->buffers, slots[i]->pre.command.buffer);
    }
    if (slots[0]->work != VIN_WORK_PREPROCESS && !add_network(submission, batch_plan, error)) {
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        g_array_append_val(submission->buffers, slots[i]->post.command.buffer);
    }
    g_array_append_val(submission->buffers, submission->tail.buffer);
    return TRUE;
}

gboolean vin_submission_start(VinSubmission *submission, const VinBatchPlan *batch_plan,
                              VinSlot **slots, guint n, GError **error)
{
    VkSubmitInfo info = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO};

    submission->batch_plan = batch_plan;
    submission->n_frames = n;
    if (!gather(submission, batch_plan, slots, n, error)) {
        return FALSE;
    }
    info.commandBufferCount = submission->buffers->len;
    info.pCommandBuffers = (const VkCommandBuffer *)(void *)submission->buffers->data;
    return vin_vk_command_submit_info(&submission->head, &info, error);
}
