/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Loading and recording a slot. Recordings are made once for a kind of work, a kind of frame and a
 * place in a batch, and submitted for every such frame; what changes from frame to frame lies in
 * the upload and uniform buffers. The arena is every slot's: each submission begins with a barrier
 * that orders it behind the queue's earlier work.
 */
#include "engine/slot.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/frame.h"
#include "engine/upload.h"
#include "kernels/topk.h"

#define UPLOAD_STEP 4096 /* bytes: sizes of upload buffers are multiples of it */

gsize vin_engine_n_input_values(const VinEngine *engine)
{
    return (gsize)engine->input.c * engine->input.h * engine->input.w;
}

gboolean vin_slot_init(VinSlot *slot, VinEngine *engine, GError **error)
{
    const gsize topk_bytes =
        vin_topk_result_bytes(1, engine->output.c, VIN_MAX_TOP_K, TRUE);
    const gsize input_bytes = vin_engine_n_input_values(engine) * sizeof(float);

    memset(slot, 0, sizeof *slot);
    slot->engine = engine;
    if (!vin_vk_buffer_init(&slot->uniforms, engine->device, vin_preprocess_uniform_bytes(),
                            VIN_BUFFER_UPLOAD, error) ||
        !vin_vk_buffer_init(&slot->result, engine->device, MAX(topk_bytes, input_bytes),
                            VIN_BUFFER_READBACK, error) ||
        !vin_vk_command_init_part(&slot->pre.command, engine->device, NULL, error) ||
        !vin_vk_command_init_part(&slot->post.command, engine->device, NULL, error)) {
        vin_slot_clear(slot);
        return FALSE;
    }
    return TRUE;
}

static void clear_sets(VinSlot *slot)
{
    for (guint i = 0; i < VIN_N_BATCH_PLANS; i++) {
        vin_vk_set_clear(&slot->sets[i]);
    }
    slot->pre.work = slot->post.work = VIN_WORK_NONE; /* they are bound there */
}

void vin_slot_clear(VinSlot *slot)
{
    vin_selection_unref(slot->selection);
    g_clear_error(&slot->error);
    vin_vk_command_clear(&slot->fill);
    vin_slot_hold(slot, NULL, NULL);
    vin_vk_command_clear(&slot->pre.command);
    vin_vk_command_clear(&slot->post.command);
    clear_sets(slot);
    vin_vk_buffer_clear(&slot->result);
    vin_vk_buffer_clear(&slot->uniforms);
    vin_vk_buffer_clear(&slot->upload);
    memset(slot, 0, sizeof *slot);
}

void vin_slot_want(VinSlot *slot, guint top_k, VinSelection *selection)
{
    VinSelection *old = slot->selection;

    slot->n_top = MIN(top_k, selection != NULL ? selection->n_selected : slot->engine->output.c);
    slot->selection = vin_selection_ref(selection);
    vin_selection_unref(old);
}

/* Room for @bytes in the upload buffer. A larger buffer makes sets and recordings stale; on
 * failure the old one stays. */
static gboolean reserve_upload(VinSlot *slot, gsize bytes, VinBufferKind kind, GError **error)
{
    g_auto(VinVkBuffer) upload = {0};
    VinVkBuffer old = slot->upload;

    if (!vin_vk_command_wait(&slot->fill, error)) { /* it may have been in vain */
        return FALSE;
    }
    if (bytes <= old.size && (kind == VIN_BUFFER_DEVICE || old.mapped != NULL)) {
        return TRUE;
    }
    if (!vin_vk_buffer_init(&upload, slot->engine->device, vin_align_up(bytes, UPLOAD_STEP), kind,
                            error)) {
        g_prefix_error(error, "upload buffer: ");
        return FALSE;
    }
    clear_sets(slot);
    slot->upload = upload;
    upload = old;
    return TRUE;
}

static gboolean need_set(VinSlot *slot, const VinBatchPlan *batch_plan, GError **error)
{
    VinVkSet *set = &slot->sets[batch_plan->index];
    const VinVkBuffer *upload = slot->upload.device != NULL ? &slot->upload : NULL;
    const VinVkBuffer *const buffers[VIN_N_BINDINGS] = {&batch_plan->plan->arena,
                                                        &batch_plan->plan->weights, upload,
                                                        &slot->uniforms, &slot->result};

    return set->device != NULL ||
           vin_vk_set_init(set, &batch_plan->plan->layout, buffers, error);
}

static gboolean is_same_dispatch(const VinDispatch *a, const VinDispatch *b)
{
    return a->shader == b->shader && a->n_spec == b->n_spec &&
           memcmp(a->spec, b->spec, a->n_spec * sizeof *a->spec) == 0 &&
           a->push_bytes == b->push_bytes && memcmp(a->push, b->push, a->push_bytes) == 0 &&
           memcmp(a->groups, b->groups, sizeof a->groups) == 0;
}

/* Begins to record @part unless it is what is wanted already. *begun: whether it did. */
static gboolean begin_part(VinSlot *slot, VinPart *part, const VinPart *wanted, gboolean *begun,
                           GError **error)
{
    *begun = part->work != wanted->work || part->batch_plan != wanted->batch_plan ||
             part->image != wanted->image ||
             !is_same_dispatch(&part->dispatch, &wanted->dispatch);
    if (!*begun) {
        return TRUE;
    }
    part->work = VIN_WORK_NONE;
    return need_set(slot, wanted->batch_plan, error) &&
           vin_vk_command_begin(&part->command, error);
}

static gboolean end_part(VinPart *part, const VinPart *wanted, GError **error)
{
    if (!vin_vk_command_end(&part->command, error)) {
        return FALSE;
    }
    part->work = wanted->work;
    part->batch_plan = wanted->batch_plan;
    part->image = wanted->image;
    part->dispatch = wanted->dispatch;
    return TRUE;
}

static void record_dispatch(VinSlot *slot, VinPart *part, const VinPart *wanted,
                            VkPipeline pipeline)
{
    const VinVkLayout *layout = &wanted->batch_plan->plan->layout;
    const VinDispatch *dispatch = &wanted->dispatch;

    vin_vk_command_bind(&part->command, layout, &slot->sets[wanted->batch_plan->index]);
    vin_vk_command_dispatch(&part->command, layout, pipeline, dispatch->push,
                            dispatch->push_bytes, dispatch->groups[0], dispatch->groups[1],
                            dispatch->groups[2]);
}

/* The network's input from the upload buffer, or to the result buffer. One channel at a time:
 * channels of a place may lie apart. */
static void record_tensor(VinSlot *slot, VinPart *part, const VinPart *wanted, gboolean in)
{
    const VinPlace place = vin_batch_plan_image(&wanted->batch_plan->input, wanted->image);
    const VinVkBuffer *arena = &wanted->batch_plan->plan->arena;
    const gsize channel_bytes = (gsize)place.h * place.w * sizeof(float);

    for (guint32 c = 0; c < place.c; c++) {
        const gsize offset = ((gsize)place.offset + (gsize)c * place.c_stride) * sizeof(float);

        if (in) {
            vin_vk_command_copy(&part->command, &slot->upload, c * channel_bytes, arena, offset,
                                channel_bytes);
        } else {
            vin_vk_command_copy(&part->command, arena, offset, &slot->result, c * channel_bytes,
                                channel_bytes);
        }
    }
}

static gboolean prepare_pre(VinSlot *slot, const VinBatchPlan *batch_plan, guint image,
                            GError **error)
{
    const gboolean is_tensor = slot->work == VIN_WORK_TENSOR;
    VinPart wanted = {.work = is_tensor ? VIN_WORK_TENSOR : VIN_WORK_FRAME,
                      .batch_plan = batch_plan,
                      .image = is_tensor ? image : 0};
    gboolean begun;

    if (!is_tensor) {
        const VinPlace place = vin_batch_plan_image(&batch_plan->input, image);

        vin_preprocess_move(slot->uniforms.mapped, &place);
        wanted.dispatch = slot->preprocess;
    }
    if (!begin_part(slot, &slot->pre, &wanted, &begun, error) || !begun) {
        return !begun;
    }
    if (is_tensor) {
        record_tensor(slot, &slot->pre, &wanted, TRUE);
    } else {
        record_dispatch(slot, &slot->pre, &wanted, slot->preprocess_pipeline);
    }
    return end_part(&slot->pre, &wanted, error);
}

static void want_topk(const VinSlot *slot, VinPart *wanted)
{
    const VinEngine *engine = slot->engine;
    const VinPlace place = vin_batch_plan_image(&wanted->batch_plan->output, wanted->image);
    const gboolean on_host = slot->selection != NULL;

    vin_topk_dispatch(&place, on_host ? 0 : slot->n_top, on_host || engine->all_scores,
                      vin_device_get_caps(engine->device), &wanted->dispatch);
}

static gboolean prepare_post(VinSlot *slot, const VinBatchPlan *batch_plan, guint image,
                             GError **error)
{
    const gboolean reads_back = slot->work == VIN_WORK_PREPROCESS;
    VinPart wanted = {.work = reads_back ? VIN_WORK_PREPROCESS : VIN_WORK_FRAME,
                      .batch_plan = batch_plan,
                      .image = image};
    gboolean begun;

    if (!reads_back) {
        want_topk(slot, &wanted);
    }
    if (!begin_part(slot, &slot->post, &wanted, &begun, error) || !begun) {
        return !begun;
    }
    if (reads_back) {
        vin_vk_command_barrier(&slot->post.command);
        record_tensor(slot, &slot->post, &wanted, FALSE);
    } else {
        record_dispatch(slot, &slot->post, &wanted, slot->engine->topk_pipeline);
    }
    return end_part(&slot->post, &wanted, error);
}

gboolean vin_slot_prepare(VinSlot *slot, const VinBatchPlan *batch_plan, guint image,
                          GError **error)
{
    return prepare_pre(slot, batch_plan, image, error) &&
           prepare_post(slot, batch_plan, image, error);
}

/* How all of the frame's part lies there, if there is room for so much. */
static gboolean find_whole(const VinEngine *engine, const VinFrame *frame,
                           VinFrameLayout *layout, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(engine->device);
    guint64 most = MIN(caps->max_storage_bytes, caps->max_allocation_bytes);

    if (!vin_preprocess_layout(frame, NULL, NULL, layout, error)) {
        return FALSE;
    }
    if (vin_align_up(layout->bytes, UPLOAD_STEP) > most) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: %ux%u %s takes %" G_GSIZE_FORMAT " bytes, but \"%s\" reads no "
                        "more than %" G_GUINT64_FORMAT " at once; accepted: smaller frames, or "
                        "a format of fewer bytes a pixel, such as NV12",
                        frame->width, frame->height, vin_format_name(frame->format), layout->bytes,
                        vin_device_get_info(engine->device)->name, most);
    }
    return TRUE;
}

gboolean vin_slot_check_frame(const VinEngine *engine, const VinPreprocessParams *preprocess,
                              const VinFrame *frame, GError **error)
{
    g_autofree guint8 *uniforms = g_malloc(vin_preprocess_uniform_bytes());
    VinFrameLayout layout;

    return find_whole(engine, frame, &layout, error) &&
           vin_preprocess_uniforms(frame, preprocess, &engine->input, &layout, uniforms, error);
}

void vin_slot_hold(VinSlot *slot, gpointer held, GDestroyNotify release)
{
    if (slot->release != NULL) {
        slot->release(slot->held);
    }
    slot->held = held;
    slot->release = release;
}

gboolean vin_slot_begin_fill(VinSlot *slot, GError **error)
{
    vin_slot_hold(slot, NULL, NULL);
    if (slot->fill.device == NULL &&
        !vin_vk_command_init(&slot->fill, slot->engine->device, 0, error)) {
        return FALSE;
    }
    return vin_vk_command_begin(&slot->fill, error);
}

/* The frame's planes into the upload buffer. */
static gboolean fill_upload(VinSlot *slot, const VinFrame *frame, const VinFrameLayout *layout,
                            const VinFrameSource *source, GError **error)
{
    if (source != NULL) {
        return reserve_upload(slot, layout->bytes, VIN_BUFFER_DEVICE, error) &&
               source->fill(slot, layout->planes, source->data, error);
    }
    return vin_frame_check(frame, error) &&
           reserve_upload(slot, layout->bytes, VIN_BUFFER_UPLOAD, error) &&
           vin_upload_planes(frame, layout, slot->upload.mapped, slot->upload.size, error);
}

gboolean vin_slot_load_frame(VinSlot *slot, const VinPreprocessParams *preprocess,
                             const VinFrame *frame, const VinFrameSource *source, VinWork work,
                             GError **error)
{
    VinEngine *engine = slot->engine;
    VinFrameLayout layout;

    /* What the device copies goes faster as a whole: rows with gaps between them are copied one
     * by one. */
    if (!find_whole(engine, frame, &layout, error) ||
        (source == NULL &&
         !vin_preprocess_layout(frame, preprocess, &engine->input, &layout, error)) ||
        !vin_preprocess_uniforms(frame, preprocess, &engine->input, &layout,
                                 slot->uniforms.mapped, error) ||
        !fill_upload(slot, frame, &layout, source, error)) {
        return FALSE;
    }
    vin_preprocess_dispatch(frame, preprocess, &engine->input,
                            vin_device_get_caps(engine->device), &slot->preprocess);
    slot->preprocess_pipeline = vin_plan_pipeline(engine->plan, &slot->preprocess, error);
    slot->work = work;
    return slot->preprocess_pipeline != VK_NULL_HANDLE;
}

gboolean vin_slot_load_tensor(VinSlot *slot, const float *data, GError **error)
{
    const gsize bytes = vin_engine_n_input_values(slot->engine) * sizeof *data;

    if (!reserve_upload(slot, bytes, VIN_BUFFER_UPLOAD, error)) {
        return FALSE;
    }
    memcpy(slot->upload.mapped, data, bytes);
    slot->work = VIN_WORK_TENSOR;
    return TRUE;
}
