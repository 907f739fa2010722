/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Some drivers compile a pipeline at its first dispatch. A blank frame goes through the whole
 * network, twice, to learn how long it takes; those that follow only visit pre-processing, whose
 * pipeline depends on the format. What has run before, for another engine, is not run for that
 * again.
 */
#include "engine/warm_up.h"

#include "engine/stream.h"
#include "kernels/preprocess.h"

/* What decoders give, most frequent first. */
static const VinFormat formats[VIN_N_WARM_UP] = {VIN_FORMAT_I420, VIN_FORMAT_NV12,
                                                 VIN_FORMAT_RGB, VIN_FORMAT_RGBA};

/* Makes the pipeline that @frame needs before the network. FALSE with @error; *is_warm: nothing
 * had to be made for it. */
static gboolean look_at(VinEngine *engine, VinStream *stream, const VinFrame *frame,
                        gboolean *is_warm, GError **error)
{
    VinPipelines *pipelines = engine->plan->pipelines;
    const guint n_made = vin_pipelines_n_made(pipelines);
    VinDispatch dispatch;

    vin_preprocess_dispatch(frame, &stream->preprocess, &engine->input,
                            vin_device_get_caps(engine->device), &dispatch);
    if (vin_plan_pipeline(engine->plan, &dispatch, error) == VK_NULL_HANDLE) {
        return FALSE;
    }
    *is_warm = vin_pipelines_n_made(pipelines) == n_made;
    return TRUE;
}

/* Before the last run everything is compiled; it tells how long a frame takes. */
static gboolean run(VinEngine *engine, VinStream *stream, const VinFrame *frame, guint n_runs,
                    GError **error)
{
    for (guint i = 0; i < n_runs; i++) {
        const gint64 start = g_get_monotonic_time();
        VinTicket ticket;
        VinResult result;

        if (!vin_stream_submit(stream, frame, &ticket, error)) {
            return FALSE;
        }
        vin_stream_flush(stream); /* nobody else has the engine yet */
        if (!vin_stream_collect(stream, ticket, &result, error)) {
            return FALSE;
        }
        engine->frame_ns = MAX((guint64)(g_get_monotonic_time() - start), 1) * 1000;
    }
    return TRUE;
}

gboolean vin_warm_up(VinEngine *engine, void (*report)(guint run, const char *what, gpointer data),
                     gpointer data, GError **error)
{
    const gsize n_values = vin_engine_n_input_values(engine);
    /* Of the network's size: which pipeline takes a picture can depend on whether it is smaller. */
    const guint32 width = engine->input.w;
    const guint32 height = engine->input.h;
    g_autoptr(VinStream) stream = vin_stream_new(engine, error);
    g_autofree guint8 *pixels = g_malloc0(((gsize)width + 1) * (height + 1) * 4);
    g_autofree float *values = NULL;

    if (stream == NULL) {
        return FALSE;
    }
    vin_stream_mute(stream);
    values = g_new(float, n_values);
    for (guint i = 0; i < VIN_N_WARM_UP; i++) {
        const VinFrame frame = {
            .format = formats[i],
            .width = width,
            .height = height,
            .planes = {pixels, pixels, pixels},
        };
        gboolean is_warm = FALSE;
        gboolean ok;

        if (report != NULL) {
            report(i, vin_format_name(formats[i]), data);
        }
        ok = look_at(engine, stream, &frame, &is_warm, error);
        if (ok && i == 0) {
            is_warm = vin_pipelines_n_made(engine->plan->pipelines) == 0;
            ok = run(engine, stream, &frame, is_warm ? 1 : 2, error);
        } else if (ok && !is_warm) {
            ok = vin_stream_preprocess(stream, &frame, values, n_values, error);
        }
        if (!ok) {
            g_prefix_error(error, "warm-up: ");
            return FALSE;
        }
    }
    vin_pipelines_set_warm(engine->plan->pipelines);
    return TRUE;
}
