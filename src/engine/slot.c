/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A slot's commands are recorded once for a kind of work and a kind of frame and submitted for
 * every frame; what changes from frame to frame lies in its upload and uniform buffers. The
 * arena is every slot's: each recording begins with a barrier that orders it behind the
 * queue's earlier work.
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

guint vin_slot_n_queries(const VinEngine *engine)
{
    return 2 + (engine->time_layers ? engine->plan->n_steps + 1 : 0);
}

static gboolean init_set(VinVkSet *set, const VinSlot *slot, const VinVkBuffer *upload,
                         GError **error)
{
    VinPlan *plan = slot->engine->plan;
    const VinVkBuffer *const buffers[VIN_N_BINDINGS] = {
        &plan->arena, &plan->weights, upload, &slot->uniforms, &slot->result};

    return vin_vk_set_init(set, &plan->layout, buffers, error);
}

gboolean vin_slot_init(VinSlot *slot, VinEngine *engine, GError **error)
{
    const gsize topk_bytes = vin_topk_result_bytes(engine->output.n, engine->output.c,
                                                   VIN_MAX_TOP_K, TRUE);
    const gsize input_bytes = vin_engine_n_input_values(engine) * sizeof(float);

    memset(slot, 0, sizeof *slot);
    slot->engine = engine;
    if (!vin_vk_buffer_init(&slot->uniforms, engine->device, vin_preprocess_uniform_bytes(),
                            VIN_BUFFER_UPLOAD, error) ||
        !vin_vk_buffer_init(&slot->result, engine->device, MAX(topk_bytes, input_bytes),
                            VIN_BUFFER_READBACK, error) ||
        !init_set(&slot->set, slot, NULL, error) ||
        !vin_vk_command_init(&slot->command, engine->device, vin_slot_n_queries(engine),
                             error)) {
        vin_slot_clear(slot);
        return FALSE;
    }
    return TRUE;
}

void vin_slot_clear(VinSlot *slot)
{
    vin_selection_unref(slot->selection);
    vin_vk_command_clear(&slot->command);
    vin_vk_command_clear(&slot->fill);
    vin_slot_hold(slot, NULL, NULL);
    vin_vk_set_clear(&slot->set);
    vin_vk_buffer_clear(&slot->result);
    vin_vk_buffer_clear(&slot->uniforms);
    vin_vk_buffer_clear(&slot->upload);
    memset(slot, 0, sizeof *slot);
}

static gboolean is_same_dispatch(const VinDispatch *a, const VinDispatch *b)
{
    return a->shader == b->shader && a->n_spec == b->n_spec &&
           memcmp(a->spec, b->spec, a->n_spec * sizeof *a->spec) == 0 &&
           a->push_bytes == b->push_bytes && memcmp(a->push, b->push, a->push_bytes) == 0 &&
           memcmp(a->groups, b->groups, sizeof a->groups) == 0;
}

void vin_slot_want(VinSlot *slot, guint top_k, VinSelection *selection)
{
    const VinEngine *engine = slot->engine;
    const gboolean on_host = selection != NULL;
    VinSelection *old = slot->selection;
    VinDispatch topk;

    slot->n_top = MIN(top_k, on_host ? selection->n_selected : engine->output.c);
    slot->selection = vin_selection_ref(selection);
    vin_selection_unref(old);
    vin_topk_dispatch(&engine->output, on_host ? 0 : slot->n_top, on_host || engine->all_scores,
                      vin_device_get_caps(engine->device), &topk);
    if (!is_same_dispatch(&slot->topk, &topk)) {
        slot->topk = topk;
        slot->work = VIN_WORK_NONE; /* what was recorded gives something else */
    }
}

/* Room for @bytes in the upload buffer. Another buffer makes the recording stale; on failure the
 * old one stays. */
static gboolean reserve_upload(VinSlot *slot, gsize bytes, VinBufferKind kind, GError **error)
{
    g_auto(VinVkBuffer) upload = {0};
    g_auto(VinVkSet) set = {0};
    VinVkBuffer old_upload = slot->upload;
    VinVkSet old_set = slot->set;

    if (!vin_vk_command_wait(&slot->fill, error)) { /* it may have been in vain */
        return FALSE;
    }
    if (bytes <= slot->upload.size && (kind == VIN_BUFFER_DEVICE || slot->upload.mapped != NULL)) {
        return TRUE;
    }
    if (!vin_vk_buffer_init(&upload, slot->engine->device, vin_align_up(bytes, UPLOAD_STEP), kind,
                            error) ||
        !init_set(&set, slot, &upload, error)) {
        g_prefix_error(error, "upload buffer: ");
        return FALSE;
    }
    slot->upload = upload;
    slot->set = set;
    slot->work = VIN_WORK_NONE;
    upload = old_upload;
    set = old_set;
    return TRUE;
}

/* One channel at a time: channels of a place may lie apart. */
static void record_tensor_in(VinSlot *slot)
{
    const VinPlace *in = &slot->engine->input;
    const gsize channel_bytes = (gsize)in->h * in->w * sizeof(float);

    for (guint32 c = 0; c < in->c; c++) {
        const gsize offset = ((gsize)in->offset + (gsize)c * in->c_stride) * sizeof(float);

        vin_vk_command_copy(&slot->command, &slot->upload, c * channel_bytes,
                            &slot->engine->plan->arena, offset, channel_bytes);
    }
}

static void record_tensor_out(VinSlot *slot)
{
    const VinPlace *in = &slot->engine->input;
    const gsize channel_bytes = (gsize)in->h * in->w * sizeof(float);

    for (guint32 c = 0; c < in->c; c++) {
        const gsize offset = ((gsize)in->offset + (gsize)c * in->c_stride) * sizeof(float);

        vin_vk_command_copy(&slot->command, &slot->engine->plan->arena, offset, &slot->result,
                            c * channel_bytes, channel_bytes);
    }
}

static void record_dispatch(VinSlot *slot, const VinDispatch *dispatch, VkPipeline pipeline)
{
    vin_vk_command_bind(&slot->command, &slot->engine->plan->layout, &slot->set);
    vin_vk_command_dispatch(&slot->command, &slot->engine->plan->layout, pipeline,
                            dispatch->push, dispatch->push_bytes, dispatch->groups[0],
                            dispatch->groups[1], dispatch->groups[2]);
}

static void record_network(VinSlot *slot)
{
    VinEngine *engine = slot->engine;

    vin_vk_command_bind(&slot->command, &engine->plan->layout, &slot->set);
    vin_plan_record(engine->plan, &slot->command, engine->time_layers ? 1 : -1);
    if (!engine->time_layers) { /* else one stands behind the last step */
        vin_vk_command_barrier(&slot->command);
    }
    record_dispatch(slot, &slot->topk, engine->topk_pipeline);
}

/* @preprocess: NULL for TENSOR. */
static gboolean record(VinSlot *slot, VinWork work, const VinDispatch *preprocess,
                       GError **error)
{
    VinEngine *engine = slot->engine;
    VkPipeline pipeline = VK_NULL_HANDLE;

    slot->work = VIN_WORK_NONE;
    if (preprocess != NULL && !vin_engine_pipeline(engine, preprocess, &pipeline, error)) {
        return FALSE;
    }
    if (!vin_vk_command_begin(&slot->command, error)) {
        return FALSE;
    }
    vin_vk_command_host_barrier(&slot->command, FALSE);
    vin_vk_command_timestamp(&slot->command, 0);
    if (preprocess != NULL) {
        record_dispatch(slot, preprocess, pipeline);
    } else {
        record_tensor_in(slot);
    }
    if (work == VIN_WORK_PREPROCESS) {
        vin_vk_command_barrier(&slot->command);
        record_tensor_out(slot);
    } else {
        record_network(slot);
    }
    vin_vk_command_timestamp(&slot->command, vin_slot_n_queries(engine) - 1);
    vin_vk_command_host_barrier(&slot->command, TRUE);
    if (!vin_vk_command_end(&slot->command, error)) {
        return FALSE;
    }
    if (preprocess != NULL) {
        slot->preprocess = *preprocess;
    }
    slot->work = work;
    return TRUE;
}

static gboolean check_bytes(const VinEngine *engine, const VinFrame *frame,
                            VinPlaneWindow windows[3], gsize *bytes, GError **error)
{
    const VinCaps *caps = vin_device_get_caps(engine->device);
    guint64 most = MIN(caps->max_storage_bytes, caps->max_allocation_bytes);

    if (!vin_preprocess_layout(frame, windows, bytes, error)) {
        return FALSE;
    }
    if (vin_align_up(*bytes, UPLOAD_STEP) > most) {
        return vin_fail(error, VIN_ERROR_INVALID,
                        "frame: %ux%u %s takes %" G_GSIZE_FORMAT " bytes, but \"%s\" reads no "
                        "more than %" G_GUINT64_FORMAT " at once; accepted: smaller frames, or "
                        "a format of fewer bytes a pixel, such as NV12",
                        frame->width, frame->height, vin_format_name(frame->format), *bytes,
                        vin_device_get_info(engine->device)->name, most);
    }
    return TRUE;
}

gboolean vin_slot_check_frame(const VinEngine *engine, const VinPreprocessParams *preprocess,
                              const VinFrame *frame, GError **error)
{
    g_autofree guint8 *uniforms = g_malloc(vin_preprocess_uniform_bytes());
    VinPlaneWindow windows[3];
    gsize bytes = 0;

    return check_bytes(engine, frame, windows, &bytes, error) &&
           vin_preprocess_uniforms(frame, preprocess, &engine->input, uniforms, error);
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
static gboolean fill_upload(VinSlot *slot, const VinFrame *frame, const VinFrameSource *source,
                            GError **error)
{
    VinPlaneWindow windows[3];
    gsize bytes = 0;

    if (!check_bytes(slot->engine, frame, windows, &bytes, error)) {
        return FALSE;
    }
    if (source != NULL) {
        return reserve_upload(slot, bytes, VIN_BUFFER_DEVICE, error) &&
               source->fill(slot, windows, source->data, error);
    }
    return vin_frame_check(frame, error) &&
           reserve_upload(slot, bytes, VIN_BUFFER_UPLOAD, error) &&
           vin_upload_planes(frame, slot->upload.mapped, slot->upload.size, error);
}

gboolean vin_slot_load_frame(VinSlot *slot, const VinPreprocessParams *preprocess,
                             const VinFrame *frame, const VinFrameSource *source, VinWork work,
                             GError **error)
{
    VinEngine *engine = slot->engine;
    VinDispatch dispatch;

    if (!vin_preprocess_uniforms(frame, preprocess, &engine->input, slot->uniforms.mapped,
                                 error) ||
        !fill_upload(slot, frame, source, error)) {
        return FALSE;
    }
    vin_preprocess_dispatch(frame, preprocess, &engine->input,
                            vin_device_get_caps(engine->device), &dispatch);
    if (slot->work == work && is_same_dispatch(&slot->preprocess, &dispatch)) {
        return TRUE;
    }
    return record(slot, work, &dispatch, error);
}

gboolean vin_slot_load_tensor(VinSlot *slot, const float *data, GError **error)
{
    const gsize bytes = vin_engine_n_input_values(slot->engine) * sizeof *data;

    if (!reserve_upload(slot, bytes, VIN_BUFFER_UPLOAD, error)) {
        return FALSE;
    }
    memcpy(slot->upload.mapped, data, bytes);
    return slot->work == VIN_WORK_TENSOR || record(slot, VIN_WORK_TENSOR, NULL, error);
}
