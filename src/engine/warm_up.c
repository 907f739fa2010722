/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Some drivers compile a pipeline at its first dispatch. A blank frame goes through the whole
 * network, twice, to learn how long it takes; those that follow only visit pre-processing, whose
 * pipeline depends on the format.
 */
#include "engine/warm_up.h"

/* What decoders give, most frequent first. */
static const VinFormat formats[VIN_N_WARM_UP] = {VIN_FORMAT_I420, VIN_FORMAT_NV12,
                                                 VIN_FORMAT_RGB, VIN_FORMAT_RGBA};

/* The first run compiles, the second one tells how long a frame takes. */
static gboolean run_twice(VinEngine *engine, VinStream *stream, const VinFrame *frame,
                          GError **error)
{
    for (guint i = 0; i < 2; i++) {
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
        gboolean ok;

        if (report != NULL) {
            report(i, vin_format_name(formats[i]), data);
        }
        ok = i == 0 ? run_twice(engine, stream, &frame, error)
                    : vin_stream_preprocess(stream, &frame, values, n_values, error);
        if (!ok) {
            g_prefix_error(error, "warm-up: ");
            return FALSE;
        }
    }
    return TRUE;
}
