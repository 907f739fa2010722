/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See preprocess_rig.h. The output lies off any alignment, with gaps between its channels; the
 * arena is full of a poison that no picture gives.
 */
#include "preprocess_rig.h"

#include <math.h>
#include <string.h>

#include "engine/upload.h"
#include "shader_table.h"
#include "ref/preprocess_ref.h"
#include "support/random.h"

#define GUARD 67      /* floats before and after the output */
#define CHANNEL_GAP 5 /* floats between channels */
#define POISON (-12345.0f)
#define BOUND 0.01    /* grey levels, at any pixel */
#define HDR_BOUND 0.6 /* powers enlarge what single precision leaves */

static Rig *rig_new(void)
{
    g_autoptr(GError) error = NULL;
    VinDevice *device = vin_device_new(NULL, &error);
    Rig *rig;

    if (device == NULL) {
        return NULL;
    }
    rig = g_new0(Rig, 1);
    rig->device = device;
    rig->pipelines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    vin_vk_layout_init(&rig->layout, device, &error);
    g_assert_no_error(error);
    vin_vk_buffer_init(&rig->arena, device,
                       sizeof(float) * (3 * (RIG_MAX_PIXELS + CHANNEL_GAP) + 2 * GUARD),
                       VIN_BUFFER_DEVICE, &error);
    g_assert_no_error(error);
    vin_vk_buffer_init(&rig->frame, device, 6 * RIG_MAX_PIXELS + 64, VIN_BUFFER_UPLOAD, &error);
    g_assert_no_error(error);
    vin_vk_buffer_init(&rig->uniforms, device, vin_preprocess_uniform_bytes(),
                       VIN_BUFFER_UPLOAD, &error);
    g_assert_no_error(error);
    vin_vk_set_init(&rig->set, &rig->layout,
                    (const VinVkBuffer *const[VIN_N_BINDINGS]){
                        [VIN_BIND_ARENA] = &rig->arena,
                        [VIN_BIND_FRAME] = &rig->frame,
                        [VIN_BIND_UNIFORM] = &rig->uniforms,
                    },
                    &error);
    g_assert_no_error(error);
    vin_vk_command_init(&rig->command, device,
                        vin_device_get_caps(device)->timestamp_ns > 0 ? 2 : 0, &error);
    g_assert_no_error(error);
    return rig;
}

static void test_skipped(void)
{
    g_test_skip("no Vulkan device");
}

Rig *rig_start(int *argc, char ***argv, const char *path)
{
    Rig *rig;

    g_test_init(argc, argv, NULL);
    rig = rig_new();
    if (rig == NULL) {
        g_test_add_func(path, test_skipped);
    }
    return rig;
}

void rig_free(Rig *rig)
{
    GHashTableIter iter;
    gpointer pipeline;

    if (rig == NULL) {
        return;
    }
    vin_vk_command_clear(&rig->command);
    g_hash_table_iter_init(&iter, rig->pipelines);
    while (g_hash_table_iter_next(&iter, NULL, &pipeline)) {
        vkDestroyPipeline(vin_device_vk(rig->device), *(VkPipeline *)pipeline, NULL);
    }
    g_hash_table_unref(rig->pipelines);
    vin_vk_set_clear(&rig->set);
    vin_vk_buffer_clear(&rig->uniforms);
    vin_vk_buffer_clear(&rig->frame);
    vin_vk_buffer_clear(&rig->arena);
    vin_vk_layout_clear(&rig->layout);
    vin_device_unref(rig->device);
    g_free(rig);
}

static VkPipeline rig_pipeline(Rig *rig, const VinDispatch *dispatch)
{
    const VinShader *shader = &vin_shader_table[dispatch->shader];
    g_autoptr(GString) key = g_string_new(NULL);
    VkPipeline *pipeline;
    GError *error = NULL;

    for (guint i = 0; i < dispatch->n_spec; i++) {
        g_string_append_printf(key, "%u ", dispatch->spec[i]);
    }
    pipeline = g_hash_table_lookup(rig->pipelines, key->str);
    if (pipeline == NULL) {
        pipeline = g_new0(VkPipeline, 1);
        vin_vk_pipeline_build(&rig->layout, shader->words, shader->bytes, dispatch->spec,
                              dispatch->n_spec, pipeline, &error);
        g_assert_no_error(error);
        g_hash_table_insert(rig->pipelines, g_strdup(key->str), pipeline);
    }
    return *pipeline;
}

static void rig_dispatch(Rig *rig, const VinDispatch *dispatch)
{
    VkPipeline pipeline = rig_pipeline(rig, dispatch);
    gboolean timed = rig->command.n_queries != 0;
    guint64 ns[2] = {0, 0};
    GError *error = NULL;

    g_assert_cmpuint(dispatch->push_bytes, ==, 0); /* recorded once, used for many frames */
    vin_vk_command_begin(&rig->command, &error);
    g_assert_no_error(error);
    vin_vk_command_bind(&rig->command, &rig->layout, &rig->set);
    vin_vk_command_host_barrier(&rig->command, FALSE);
    if (timed) {
        vin_vk_command_timestamp(&rig->command, 0);
    }
    vin_vk_command_dispatch(&rig->command, &rig->layout, pipeline, NULL, 0, dispatch->groups[0],
                            dispatch->groups[1], dispatch->groups[2]);
    vin_vk_command_barrier(&rig->command);
    if (timed) {
        vin_vk_command_timestamp(&rig->command, 1);
    }
    vin_vk_command_host_barrier(&rig->command, TRUE);
    vin_vk_command_end(&rig->command, &error);
    g_assert_no_error(error);
    vin_vk_command_submit(&rig->command, &error);
    g_assert_no_error(error);
    vin_vk_command_wait(&rig->command, &error);
    g_assert_no_error(error);
    rig->gpu_ns = timed && vin_vk_command_read_times(&rig->command, ns, 2) ? ns[1] - ns[0] : 0;
}

/* The output out of the poisoned arena, which must be untouched around it. */
static float *take_output(const float *arena, gsize n_arena, const VinPlace *out)
{
    gsize size = (gsize)out->w * out->h;
    float *values = g_new(float, out->c * size);
    gsize n_written = 0;

    for (guint c = 0; c < out->c; c++) {
        memcpy(values + c * size, arena + out->offset + c * (gsize)out->c_stride,
               size * sizeof *values);
    }
    for (gsize i = 0; i < n_arena; i++) {
        n_written += arena[i] != POISON;
    }
    for (gsize i = 0; i < out->c * size; i++) {
        g_assert_true(values[i] != POISON);
    }
    g_assert_cmpuint(n_written, ==, out->c * size);
    return values;
}

float *rig_run(Rig *rig, const VinFrame *frame, const VinPreprocessParams *params, guint out_w,
               guint out_h)
{
    guint32 size = out_w * out_h;
    VinPlace out = {.offset = GUARD, .c_stride = size + CHANNEL_GAP, .n = 1,
                    .c = params->channels, .h = out_h, .w = out_w};
    gsize n_arena = 2 * GUARD + (gsize)out.c * out.c_stride;
    g_autofree float *arena = g_new(float, n_arena);
    VinFrameLayout layout;
    VinDispatch dispatch;
    GError *error = NULL;

    out.n_stride = out.c * out.c_stride;
    for (gsize i = 0; i < n_arena; i++) {
        arena[i] = POISON;
    }
    vin_vk_buffer_write(&rig->arena, 0, arena, n_arena * sizeof *arena, &error);
    g_assert_no_error(error);
    memset(rig->frame.mapped, 0xa5, rig->frame.size);
    vin_preprocess_layout(frame, rig->uploads_all ? NULL : params, &out, &layout, &error);
    g_assert_no_error(error);
    vin_upload_planes(frame, &layout, rig->frame.mapped, rig->frame.size, &error);
    g_assert_no_error(error);
    vin_preprocess_uniforms(frame, params, &out, &layout, rig->uniforms.mapped, &error);
    g_assert_no_error(error);
    vin_preprocess_dispatch(frame, params, &out, vin_device_get_caps(rig->device), &dispatch);
    rig_dispatch(rig, &dispatch);
    vin_vk_buffer_read(&rig->arena, 0, arena, n_arena * sizeof *arena, &error);
    g_assert_no_error(error);
    return take_output(arena, n_arena, &out);
}

void rig_check(Rig *rig, const VinFrame *frame, const double *rgb,
               const VinPreprocessParams *params, guint out_w, guint out_h)
{
    g_autofree double *expected = vin_ref_preprocess(frame, rgb, params, out_w, out_h);
    g_autofree float *got = rig_run(rig, frame, params, out_w, out_h);
    gsize size = (gsize)out_w * out_h;

    double *worst = frame->transfer == VIN_TRANSFER_SDR ? &rig->worst : &rig->worst_hdr;
    double bound = frame->transfer == VIN_TRANSFER_SDR ? BOUND : HDR_BOUND;

    for (gsize i = 0; i < params->channels * size; i++) {
        double off = fabs(got[i] - expected[i]) / fabs(params->scale[i / size]);

        if (!(off <= bound)) {
            g_error("%s %ux%u matrix %d range %d site %d transfer %d field %d turn %d pixels "
                    "%u:%u crop %u,%u %ux%u, resize %u interpolation %u to %ux%u: channel %zu "
                    "x %zu y %zu: %g, expected %g",
                    vin_format_name(frame->format), frame->width, frame->height, frame->matrix,
                    frame->range, frame->chroma_site, frame->transfer, frame->field,
                    frame->turn, frame->pixel_aspect_n, frame->pixel_aspect_d, frame->crop_x,
                    frame->crop_y, frame->crop_width, frame->crop_height, params->resize,
                    params->interpolation, out_w, out_h, i / size, i % size % out_w,
                    i % size / out_w, got[i], expected[i]);
        }
        *worst = MAX(*worst, off);
    }
}

void noise_frame_init(VinFrame *frame, VinFormat format, guint width, guint height,
                      guint padding)
{
    VinRandom random = {format * 7919u + width * 31u + height};

    memset(frame, 0, sizeof *frame);
    frame->format = format;
    frame->width = width;
    frame->height = height;
    for (guint i = 0; i < vin_format_n_planes(format); i++) {
        guint row_bytes, n_rows;
        gsize stride, size;
        guint8 *data;

        vin_format_plane_size(format, i, width, height, &row_bytes, &n_rows);
        stride = row_bytes + padding;
        size = stride * (n_rows - 1) + row_bytes;
        data = g_malloc(size);
        memset(data, 0x5a, size);
        for (gsize at = 0; at < size; at++) {
            if (at % stride < row_bytes) {
                data[at] = (guint8)vin_random_u32(&random);
            }
        }
        frame->planes[i] = data;
        frame->strides[i] = padding != 0 ? (guint32)stride : 0;
    }
}

void noise_frame_clear(VinFrame *frame)
{
    for (guint i = 0; i < 4; i++) {
        g_free((guint8 *)frame->planes[i]);
    }
    memset(frame, 0, sizeof *frame);
}
