/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames in memory of others through a stream: to the bit the results of the same bytes in system
 * memory, in any mixture, with nothing left open. An opaque descriptor stands in for a dma-buf
 * where the driver takes none.
 */
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "engine/dmabuf.h"
#include "engine_rig.h"
#include "export_rig.h"
#include "support/random.h"

#define TYPE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define RIG_SIZE 30000
#define N_RIGS 4

static const VinFormat formats[] = {VIN_FORMAT_NV12, VIN_FORMAT_BGRA, VIN_FORMAT_BGRX,
                                    VIN_FORMAT_I420, VIN_FORMAT_P010_10LE};

static gboolean open_rigs(ExportRig *rigs, guint n)
{
    for (guint i = 0; i < n; i++) {
        VinRandom random = {20 + i};

        if (!export_rig_open(&rigs[i], RIG_SIZE)) {
            return FALSE;
        }
        for (gsize k = 0; k < RIG_SIZE; k++) { /* each of another colour */
            rigs[i].bytes[k] = (guint8)(60 * i + vin_random_range(&random, 0, 70));
        }
    }
    return TRUE;
}

static void close_rigs(ExportRig *rigs, guint n)
{
    for (guint i = 0; i < n; i++) {
        export_rig_close(&rigs[i]);
    }
}

/* A frame whose planes lie in @bytes, and the same for a descriptor. */
static VinFrame place(VinFormat format, const guint8 *bytes, VinDmabuf *dmabuf)
{
    VinFrame frame = {.format = format, .width = 41, .height = 32};
    guint64 offset = 5;

    *dmabuf = (VinDmabuf){.n_planes = vin_format_n_planes(format)};
    for (guint i = 0; i < dmabuf->n_planes; i++) {
        guint row_bytes = 0, n_rows = 0;

        vin_format_plane_size(format, i, frame.width, frame.height, &row_bytes, &n_rows);
        dmabuf->offsets[i] = offset;
        dmabuf->strides[i] = frame.strides[i] = row_bytes + 7;
        frame.planes[i] = bytes + offset;
        offset += (guint64)n_rows * (row_bytes + 7);
    }
    return frame;
}

static void set_descriptor(VinDmabuf *dmabuf, int fd, guint64 size)
{
    for (guint i = 0; i < dmabuf->n_planes; i++) {
        dmabuf->fds[i] = fd;
        dmabuf->sizes[i] = size;
    }
}

static void assert_same(const VinResult *a, const VinResult *b)
{
    g_assert_cmpuint(a->n_top, ==, RIG_N_CLASSES);
    g_assert_cmpuint(b->n_top, ==, RIG_N_CLASSES);
    g_assert_cmpmem(a->top, a->n_top * sizeof *a->top, b->top, b->n_top * sizeof *b->top);
}

static VinTicket submit_memory(VinStream *stream, VinFormat format, const ExportRig *rig)
{
    g_autoptr(GError) error = NULL;
    VinDmabuf dmabuf;
    VinFrame frame = place(format, rig->bytes, &dmabuf);
    VinTicket ticket = 0;

    memset(frame.planes, 0, sizeof frame.planes);
    memset(frame.strides, 0, sizeof frame.strides);
    set_descriptor(&dmabuf, rig->fd, rig->size);
    vin_stream_submit_memory(stream, &frame, &dmabuf, TYPE, &ticket, &error);
    g_assert_no_error(error);
    return ticket;
}

static VinTicket submit_system(VinStream *stream, VinFormat format, const ExportRig *rig)
{
    g_autoptr(GError) error = NULL;
    VinDmabuf dmabuf;
    const VinFrame frame = place(format, rig->bytes, &dmabuf);
    VinTicket ticket = 0;

    vin_stream_submit(stream, &frame, &ticket, &error);
    g_assert_no_error(error);
    return ticket;
}

static VinResult collect(VinStream *stream, VinTicket ticket)
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    vin_stream_collect(stream, ticket, &result, &error);
    g_assert_no_error(error);
    return result;
}

/* Frames of both kinds in flight at once, through slots of one stream in turn. */
static void test_same(void)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES, .slots = 3};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    ExportRig rigs[N_RIGS] = {{0}};
    VinTicket tickets[3];

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    if (open_rigs(rigs, N_RIGS)) {
        for (guint f = 0; f < G_N_ELEMENTS(formats); f++) {
            for (guint i = 0; i < N_RIGS; i++) {
                const ExportRig *rig = &rigs[i];
                VinResult first, second, third;

                tickets[0] = submit_memory(stream, formats[f], rig);
                tickets[1] = submit_system(stream, formats[f], rig);
                tickets[2] = submit_memory(stream, formats[f], rig);
                first = collect(stream, tickets[0]);
                second = collect(stream, tickets[1]);
                third = collect(stream, tickets[2]);
                assert_same(&first, &second);
                assert_same(&third, &second);
            }
        }
    }
    close_rigs(rigs, N_RIGS);
}

/* What is kept imported is the memory, not what was in it; forgotten frames hold it, too. */
static void test_changes(void)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    ExportRig rigs[2] = {{0}};

    if (engine == NULL) {
        return;
    }
    if (open_rigs(rigs, 2)) {
        VinStream *stream = rig_stream(engine);
        const guint n = count_descriptors();
        guint n_kept = 0; /* a driver may keep several of a memory */

        for (guint round = 0; round < 6; round++) {
            VinResult before, after;

            memset(rigs[0].bytes, (int)(40 * round), RIG_SIZE);
            before = collect(stream, submit_system(stream, VIN_FORMAT_BGRA, &rigs[0]));
            after = collect(stream, submit_memory(stream, VIN_FORMAT_BGRA, &rigs[0]));
            assert_same(&before, &after);
            vin_stream_forget(stream, submit_memory(stream, VIN_FORMAT_NV12, &rigs[1]));
            n_kept = round == 0 ? count_descriptors() : n_kept;
        }
        g_assert_cmpuint(n_kept, >=, n + 2);
        g_assert_cmpuint(count_descriptors(), ==, n_kept); /* of the two memories, once */
        vin_stream_free(stream);
        g_assert_cmpuint(count_descriptors(), ==, n);
    }
    close_rigs(rigs, 2);
}

/* A frame that is refused takes no slot and leaves the stream as it was. */
static void test_refused(void)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES, .slots = 1};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    ExportRig rig = {0};

    if (engine == NULL) {
        return;
    }
    if (open_rigs(&rig, 1)) {
        g_autoptr(VinStream) stream = rig_stream(engine);
        g_autoptr(GError) error = NULL;
        VinTicket ticket = 0;
        VinDmabuf dmabuf;
        VinFrame frame = place(VIN_FORMAT_NV12, rig.bytes, &dmabuf);

        set_descriptor(&dmabuf, rig.fd, rig.size);
        dmabuf.offsets[1] = RIG_SIZE - 10;
        dmabuf.sizes[1] = RIG_SIZE;
        g_assert_false(
            vin_stream_submit_memory(stream, &frame, &dmabuf, TYPE, &ticket, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_clear_error(&error);
        frame.width = 0;
        g_assert_false(
            vin_stream_submit_memory(stream, &frame, &dmabuf, TYPE, &ticket, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_clear_error(&error);

        ticket = submit_memory(stream, VIN_FORMAT_NV12, &rig);
        frame = place(VIN_FORMAT_NV12, rig.bytes, &dmabuf);
        set_descriptor(&dmabuf, rig.fd, rig.size);
        g_assert_false(
            vin_stream_submit_memory(stream, &frame, &dmabuf, TYPE, &ticket, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_BUSY);
        collect(stream, ticket);
        collect(stream, submit_memory(stream, VIN_FORMAT_NV12, &rig));
    }
    close_rigs(&rig, 1);
}

/* The public call, with a dma-buf of udmabuf's or a memfd: read, or said that it cannot be. */
static void test_dmabuf(void)
{
    const VinEngineParams params = {.top_k = RIG_N_CLASSES};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *bytes = g_malloc(RIG_SIZE);
    g_autofree guint64 *modifiers = NULL;
    VinDmabuf dmabuf;
    VinFrame frame;
    VinTicket ticket = 0;
    gboolean is_real;
    guint n_modifiers, n;
    int fd;

    if (engine == NULL) {
        return;
    }
    stream = rig_stream(engine);
    for (guint i = 0; i < RIG_SIZE; i++) {
        bytes[i] = (guint8)(i * 7);
    }
    n = count_descriptors();
    fd = dmabuf_descriptor(bytes, RIG_SIZE, &is_real);
    frame = place(VIN_FORMAT_NV12, bytes, &dmabuf);
    set_descriptor(&dmabuf, fd, 0);
    modifiers = vin_device_get_dmabuf_modifiers(rig_device, frame.format, &n_modifiers);
    if (vin_stream_submit_dmabuf(stream, &frame, &dmabuf, &ticket, &error)) {
        const VinResult seen = collect(stream, ticket);
        VinResult expected;

        g_assert_cmpuint(n_modifiers, >, 0);
        g_assert_cmpuint(modifiers[0], ==, VIN_DMABUF_LINEAR);
        g_test_message("%s", is_real ? "a dma-buf of udmabuf's" : "a memfd in place of a dma-buf");
        g_assert_true(vin_stream_run(stream, &frame, &expected, NULL));
        assert_same(&seen, &expected);
    } else {
        g_assert_error(error, VIN_ERROR, VIN_ERROR_UNSUPPORTED);
        g_assert_true(n_modifiers == 0 || !is_real);
        g_test_skip(error->message);
    }
    close(fd);
    g_clear_pointer(&stream, vin_stream_free);
    g_assert_cmpuint(count_descriptors(), ==, n);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/dmabuf-frames/same", test_same);
    g_test_add_func("/dmabuf-frames/changes", test_changes);
    g_test_add_func("/dmabuf-frames/refused", test_refused);
    g_test_add_func("/dmabuf-frames/dma-buf", test_dmabuf);
    return rig_run();
}
