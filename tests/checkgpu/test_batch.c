/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Frames of several streams in batches: every frame gets what it gets alone, bit by bit; when
 * they start; waiting, forgetting, and one thread that submits while another collects.
 */
#include "engine_rig.h"
#include "support/random.h"

#define N_PICTURES 5
#define MS G_GUINT64_CONSTANT(1000000)

/* Pictures and what they give alone. */
typedef struct {
    guint8 *pixels[N_PICTURES];
    VinFrame frames[N_PICTURES];
    VinResult expected[N_PICTURES];
} Pictures;

static gboolean pictures_init(Pictures *pictures, guint64 seed)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(NULL);
    g_autoptr(VinStream) stream = NULL;

    if (engine == NULL) {
        return FALSE;
    }
    stream = rig_stream(engine);
    for (guint i = 0; i < N_PICTURES; i++) {
        g_autoptr(GError) error = NULL;

        pictures->pixels[i] =
            rig_noise_pixels(seed * N_PICTURES + i, 40 * i, 90, 200 - 40 * i);
        pictures->frames[i] = rig_rgb_frame(pictures->pixels[i]);
        vin_stream_run(stream, &pictures->frames[i], &pictures->expected[i], &error);
        g_assert_no_error(error);
        g_assert_cmpuint(pictures->expected[i].n_batch, ==, 1);
        g_assert_true(i == 0 || pictures->expected[i].top[0].score !=
                                    pictures->expected[i - 1].top[0].score);
    }
    return TRUE;
}

static void pictures_clear(Pictures *pictures)
{
    for (guint i = 0; i < N_PICTURES; i++) {
        g_free(pictures->pixels[i]);
    }
}

static void check(const Pictures *pictures, guint picture, const VinResult *result)
{
    const VinResult *expected = &pictures->expected[picture];

    g_assert_cmpuint(result->n_top, ==, expected->n_top);
    for (guint i = 0; i < expected->n_top; i++) {
        g_assert_cmpuint(result->top[i].index, ==, expected->top[i].index);
        g_assert_cmpfloat(result->top[i].score, ==, expected->top[i].score);
    }
}

static VinTicket submit(VinStream *stream, const Pictures *pictures, guint picture)
{
    g_autoptr(GError) error = NULL;
    VinTicket ticket = 0;

    vin_stream_submit(stream, &pictures->frames[picture], &ticket, &error);
    g_assert_no_error(error);
    return ticket;
}

static guint collect(VinStream *stream, VinTicket ticket, const Pictures *pictures, guint picture)
{
    g_autoptr(GError) error = NULL;
    VinResult result;

    vin_stream_collect(stream, ticket, &result, &error);
    g_assert_no_error(error);
    check(pictures, picture, &result);
    return result.n_batch;
}

/* What a stream of each size takes apart. */
static void test_powers(void)
{
    static const struct {
        guint n;
        guint n_batch[8];
    } cases[] = {
        {7, {4, 4, 4, 4, 2, 2, 1}},
        {3, {2, 2, 1}},
        {8, {8, 8, 8, 8, 8, 8, 8, 8}},
        {6, {4, 4, 4, 4, 2, 2}},
        {1, {1}},
    };
    const VinEngineParams params = {.slots = 8, .batch_size = 8, .batch_timeout_ns = 10000 * MS,
                                    .scheduling = VIN_SCHEDULING_THROUGHPUT};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    Pictures pictures;

    if (engine == NULL || !pictures_init(&pictures, 1)) {
        return;
    }
    stream = rig_stream(engine);
    for (guint round = 0; round < 3 * G_N_ELEMENTS(cases); round++) {
        const guint n = cases[round % G_N_ELEMENTS(cases)].n;
        VinTicket tickets[8];

        for (guint i = 0; i < n; i++) {
            tickets[i] = submit(stream, &pictures, (round + i) % N_PICTURES);
        }
        vin_stream_flush(stream);
        for (guint k = 0; k < n; k++) {
            const guint i = (k + round) % n; /* in any order */

            g_assert_cmpuint(collect(stream, tickets[i], &pictures, (round + i) % N_PICTURES), ==,
                             cases[round % G_N_ELEMENTS(cases)].n_batch[i]);
        }
    }
    pictures_clear(&pictures);
}

static void test_throughput_waits(void)
{
    const VinEngineParams params = {.slots = 4, .batch_size = 4, .batch_timeout_ns = 150 * MS,
                                    .scheduling = VIN_SCHEDULING_THROUGHPUT};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(VinStream) other = NULL;
    VinTicket tickets[4];
    Pictures pictures;
    gint64 start;

    if (engine == NULL || !pictures_init(&pictures, 2)) {
        return;
    }
    g_assert_cmpuint(vin_engine_get_frame_ns(engine), >, 0);
    g_assert_cmpuint(vin_engine_get_frame_ns(engine), <, 140 * MS); /* flushed, not waited */
    stream = rig_stream(engine);
    other = rig_stream(engine);
    start = g_get_monotonic_time();
    tickets[0] = submit(stream, &pictures, 0);
    g_assert_false(vin_stream_is_done(stream, tickets[0]));
    g_assert_false(vin_stream_wait(stream, tickets[0], 20 * MS));
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 20000);
    g_assert_cmpuint(collect(stream, tickets[0], &pictures, 0), ==, 1); /* its time was up */
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 150000);

    for (guint i = 0; i < 4; i++) { /* two streams fill a batch */
        tickets[i] = submit(i % 2 == 0 ? stream : other, &pictures, i);
    }
    for (guint i = 0; i < 4; i++) {
        g_assert_cmpuint(collect(i % 2 == 0 ? stream : other, tickets[i], &pictures, i), ==, 4);
    }
    tickets[0] = submit(stream, &pictures, 3);
    tickets[1] = submit(other, &pictures, 4);
    start = g_get_monotonic_time();
    while (!vin_stream_is_done(other, tickets[1])) { /* nobody waits, somebody asks */
        g_usleep(1000);
    }
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 100000);
    g_assert_cmpuint(collect(stream, tickets[0], &pictures, 3), ==, 2);
    g_assert_cmpuint(collect(other, tickets[1], &pictures, 4), ==, 2);
    pictures_clear(&pictures);
}

/* A frame that meets an idle device starts at once. */
static void test_latency_starts(void)
{
    const VinEngineParams params = {.slots = 4, .batch_size = 4, .batch_timeout_ns = 60000 * MS};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    const gint64 start = g_get_monotonic_time();
    Pictures pictures;

    if (engine == NULL || !pictures_init(&pictures, 3)) {
        return;
    }
    stream = rig_stream(engine);
    for (guint i = 0; i < 20; i++) {
        const VinTicket ticket = submit(stream, &pictures, i % N_PICTURES);

        g_assert_cmpuint(collect(stream, ticket, &pictures, i % N_PICTURES), ==, 1);
    }
    for (guint i = 0; i < 20; i++) { /* what meets a busy one starts when it is idle again */
        const VinTicket a = submit(stream, &pictures, 0), b = submit(stream, &pictures, 1);
        const VinTicket c = submit(stream, &pictures, 2);

        collect(stream, c, &pictures, 2);
        collect(stream, a, &pictures, 0);
        collect(stream, b, &pictures, 1);
    }
    g_assert_cmpint(g_get_monotonic_time() - start, <, 50 * G_USEC_PER_SEC);
    pictures_clear(&pictures);
}

static void test_forget(void)
{
    const VinEngineParams params = {.slots = 3, .batch_size = 8, .batch_timeout_ns = 60000 * MS,
                                    .scheduling = VIN_SCHEDULING_THROUGHPUT};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GError) error = NULL;
    VinTicket tickets[3];
    VinResult result;
    Pictures pictures;

    if (engine == NULL || !pictures_init(&pictures, 4)) {
        return;
    }
    stream = rig_stream(engine);
    for (guint round = 0; round < 20; round++) {
        for (guint i = 0; i < 3; i++) {
            g_assert_cmpuint(vin_stream_get_n_free(stream), ==, 3 - i);
            tickets[i] = submit(stream, &pictures, i);
        }
        vin_stream_forget(stream, tickets[1]); /* has not started: free at once */
        g_assert_cmpuint(vin_stream_get_n_free(stream), ==, 1);
        g_assert_true(vin_stream_wait(stream, tickets[1], 0));
        g_assert_false(vin_stream_collect(stream, tickets[1], &result, &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_INVALID);
        g_clear_error(&error);
        vin_stream_flush(stream);
        vin_stream_forget(stream, tickets[0]); /* has started */
        vin_stream_forget(stream, tickets[0]); /* is none any more */
        vin_stream_forget(stream, 0);
        tickets[0] = submit(stream, &pictures, 4);
        tickets[1] = submit(stream, &pictures, 3); /* waits for the forgotten one */
        g_assert_cmpuint(vin_stream_get_n_free(stream), ==, 0);
        g_assert_false(vin_stream_submit(stream, &pictures.frames[0], &tickets[1], &error));
        g_assert_error(error, VIN_ERROR, VIN_ERROR_BUSY);
        g_clear_error(&error);
        vin_stream_flush(stream);
        g_assert_cmpuint(collect(stream, tickets[2], &pictures, 2), ==, 2);
        g_assert_cmpuint(collect(stream, tickets[1], &pictures, 3), ==, 2);
        if (round % 2 == 0) {
            collect(stream, tickets[0], &pictures, 4);
        } else {
            vin_stream_forget(stream, tickets[0]);
            g_assert_true(vin_stream_wait(stream, tickets[0], G_MAXUINT64));
            while (vin_stream_get_n_free(stream) < 3) {
                g_usleep(100);
            }
        }
    }
    submit(stream, &pictures, 0); /* freed with one that never started */
    pictures_clear(&pictures);
}

typedef struct {
    VinEngine *engine;
    const Pictures *pictures;
    VinStream *stream;
    GAsyncQueue *tickets;
    guint seed, n_frames, n_batched;
} Job;

/* A stream of its own: several frames in flight, collected in any order. */
static gpointer run_stream(gpointer data)
{
    Job *job = data;
    const VinStreamParams params = {.slots = 1 + job->seed % 4};
    VinStream *stream = vin_stream_new_with_params(job->engine, &params, NULL);
    VinRandom random = {job->seed};
    VinTicket tickets[4];
    guint pictures[4], n = 0;

    g_assert_nonnull(stream);
    for (guint i = 0; i < job->n_frames || n > 0; i++) {
        guint which;

        if (i < job->n_frames && n < params.slots) {
            pictures[n] = vin_random_range(&random, 0, N_PICTURES - 1);
            tickets[n] = submit(stream, job->pictures, pictures[n]);
            n++;
            if (n < params.slots && vin_random_range(&random, 0, 3) != 0) {
                continue;
            }
        }
        which = vin_random_range(&random, 0, n - 1);
        if (vin_random_range(&random, 0, 9) == 0) {
            vin_stream_forget(stream, tickets[which]);
        } else {
            job->n_batched +=
                collect(stream, tickets[which], job->pictures, pictures[which]) > 1;
        }
        n--;
        tickets[which] = tickets[n];
        pictures[which] = pictures[n];
    }
    vin_stream_free(stream);
    return NULL;
}

static void run_streams(const VinEngineParams *params, guint n_streams)
{
    g_autoptr(VinEngine) engine = rig_engine_or_skip(params);
    GThread *threads[8];
    Job jobs[8];
    Pictures pictures;
    guint n_batched = 0;

    if (engine == NULL || !pictures_init(&pictures, 5)) {
        return;
    }
    for (guint i = 0; i < n_streams; i++) {
        jobs[i] = (Job){.engine = engine, .pictures = &pictures, .seed = i, .n_frames = 80};
        threads[i] = g_thread_new("stream", run_stream, &jobs[i]);
    }
    for (guint i = 0; i < n_streams; i++) {
        g_thread_join(threads[i]);
        n_batched += jobs[i].n_batched;
    }
    g_test_message("%u frames had company", n_batched);
    g_assert_cmpuint(n_batched, >, 20);
    pictures_clear(&pictures);
}

static void test_threads(gconstpointer data)
{
    const VinEngineParams params[] = {
        {.batch_size = 8, .batch_timeout_ns = 3 * MS, .scheduling = VIN_SCHEDULING_THROUGHPUT},
        {.batch_size = 6, .batch_timeout_ns = 3 * MS, .scheduling = VIN_SCHEDULING_LATENCY},
        {.batch_size = 64, .batch_timeout_ns = 3 * MS, .scheduling = VIN_SCHEDULING_THROUGHPUT,
         .time_layers = TRUE},
    };

    run_streams(&params[GPOINTER_TO_UINT(data)], 6);
}

static gpointer submit_all(gpointer data)
{
    Job *job = data;

    for (guint i = 0; i < job->n_frames; i++) {
        while (vin_stream_get_n_free(job->stream) == 0) {
            g_usleep(50);
        }
        g_async_queue_push(job->tickets,
                           GSIZE_TO_POINTER(submit(job->stream, job->pictures, i % N_PICTURES)));
    }
    return NULL;
}

/* One thread submits, another waits, asks, forgets and collects. */
static void test_two_threads(gconstpointer data)
{
    const VinEngineParams params = {.slots = 5,
                                    .batch_size = GPOINTER_TO_UINT(data),
                                    .batch_timeout_ns = MS};
    g_autoptr(VinEngine) engine = rig_engine_or_skip(&params);
    g_autoptr(VinStream) stream = NULL;
    g_autoptr(GAsyncQueue) tickets = g_async_queue_new();
    Pictures pictures;
    GThread *thread;
    Job job;

    if (engine == NULL || !pictures_init(&pictures, 6)) {
        return;
    }
    stream = rig_stream(engine);
    job = (Job){.stream = stream, .pictures = &pictures, .tickets = tickets, .n_frames = 400};
    thread = g_thread_new("submit", submit_all, &job);
    for (guint i = 0; i < job.n_frames; i++) {
        const VinTicket ticket = GPOINTER_TO_SIZE(g_async_queue_pop(tickets));

        if (i % 3 == 1) {
            g_assert_true(vin_stream_wait(stream, ticket, G_MAXUINT64));
            g_assert_true(vin_stream_is_done(stream, ticket));
        }
        if (i % 7 == 3) {
            vin_stream_forget(stream, ticket);
        } else {
            collect(stream, ticket, &pictures, i % N_PICTURES);
        }
    }
    g_thread_join(thread);
    pictures_clear(&pictures);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rig_open();
    g_test_add_func("/batch/powers", test_powers);
    g_test_add_func("/batch/throughput-waits", test_throughput_waits);
    g_test_add_func("/batch/latency-starts", test_latency_starts);
    g_test_add_func("/batch/forget", test_forget);
    g_test_add_data_func("/batch/threads/throughput", GUINT_TO_POINTER(0), test_threads);
    g_test_add_data_func("/batch/threads/latency", GUINT_TO_POINTER(1), test_threads);
    g_test_add_data_func("/batch/threads/timed", GUINT_TO_POINTER(2), test_threads);
    g_test_add_data_func("/batch/two-threads/alone", GUINT_TO_POINTER(1), test_two_threads);
    g_test_add_data_func("/batch/two-threads/batches", GUINT_TO_POINTER(4), test_two_threads);
    return rig_run();
}
