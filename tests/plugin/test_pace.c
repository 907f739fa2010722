/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which frames are classified and how long they wait, and the latency told, on clocks of our own.
 */
#include "pace.h"

#define MS G_GUINT64_CONSTANT(1000000)

static const VinPaceFrame idle = {.frame_ns = 40 * MS, .n_free = 3, .n_slots = 3};

static void test_plain(void)
{
    const VinPaceSettings settings = {0};
    const VinPaceFrame full = {.frame_ns = 40 * MS, .n_free = 0, .n_slots = 3};
    VinPace pace = {.work_ns = 900 * MS};
    guint64 wait_ns = 0;

    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, VIN_PACE_FOR_EVER);
    g_assert_true(vin_pace_decide(&pace, &settings, &full, &wait_ns)); /* waits for a slot */
}

static void test_interval(void)
{
    const VinPaceSettings settings = {.interval = 3};
    VinPace pace = {0};
    guint64 wait_ns;

    for (guint i = 0; i < 9; i++) {
        g_assert_cmpint(vin_pace_decide(&pace, &settings, &idle, &wait_ns), ==, i % 3 == 0);
    }
}

/* What was begun under one interval does not outlast it. */
static void test_interval_changes(void)
{
    VinPaceSettings settings = {.interval = 100000000};
    VinPace pace = {0};
    guint64 wait_ns;

    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_false(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    settings.interval = 1;
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    settings.interval = 4;
    for (guint i = 1; i <= 8; i++) {
        g_assert_cmpint(vin_pace_decide(&pace, &settings, &idle, &wait_ns), ==, i % 4 == 0);
    }
    settings.interval = G_MAXUINT;
    for (guint i = 0; i < 5; i++) {
        g_assert_false(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    }
    settings.interval = 3;
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
}

/* One that could not be taken is made up for by the next. */
static void test_interval_after_full(void)
{
    const VinPaceSettings settings = {.interval = 3, .no_block = TRUE};
    const VinPaceFrame full = {.frame_ns = 40 * MS, .n_free = 0, .n_slots = 3};
    VinPace pace = {0};
    guint64 wait_ns;

    g_assert_false(vin_pace_decide(&pace, &settings, &full, &wait_ns));
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_false(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_false(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_cmpuint(pace.n_slow, ==, 1);
}

static void test_no_block(void)
{
    const VinPaceSettings settings = {.no_block = TRUE};
    const VinPaceFrame busy = {.frame_ns = 40 * MS, .n_free = 2, .n_slots = 3};
    const VinPaceFrame unknown = {.n_free = 3, .n_slots = 3};
    VinPace pace = {.work_ns = 10 * MS};
    guint64 wait_ns = 0;

    g_assert_true(vin_pace_decide(&pace, &settings, &busy, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, 40 * MS); /* until the next is due */
    g_assert_true(vin_pace_decide(&pace, &settings, &unknown, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, 0);

    pace.work_ns = 41 * MS; /* slow: one at a time, and no waiting */
    g_assert_false(vin_pace_decide(&pace, &settings, &busy, &wait_ns));
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, 0);
}

static void test_max_gpu_time(void)
{
    const VinPaceSettings alone = {.max_gpu_ns = 100 * MS};
    const VinPaceSettings both = {.max_gpu_ns = 100 * MS, .no_block = TRUE};
    VinPace pace = {0};
    guint64 wait_ns = 0;

    g_assert_true(vin_pace_decide(&pace, &alone, &idle, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, 100 * MS);
    g_assert_true(vin_pace_decide(&pace, &both, &idle, &wait_ns));
    g_assert_cmpuint(wait_ns, ==, 40 * MS);
}

static void test_qos(void)
{
    const VinPaceFrame late = {.n_free = 3, .n_slots = 3, .is_late = TRUE};
    VinPaceSettings settings = {.qos = TRUE};
    VinPace pace = {0};
    guint64 wait_ns;

    g_assert_false(vin_pace_decide(&pace, &settings, &late, &wait_ns));
    g_assert_true(vin_pace_decide(&pace, &settings, &idle, &wait_ns));
    settings.qos = FALSE;
    g_assert_true(vin_pace_decide(&pace, &settings, &late, &wait_ns));
}

static void test_work(void)
{
    VinPace pace = {0};

    vin_pace_result(&pace, 80 * MS);
    g_assert_cmpuint(pace.work_ns, ==, 80 * MS);
    vin_pace_result(&pace, 40 * MS);
    g_assert_cmpuint(pace.work_ns, ==, 70 * MS);
    vin_pace_reset(&pace);
    g_assert_cmpuint(pace.work_ns, ==, 70 * MS);
    g_assert_cmpuint(pace.n_results, ==, 0);
}

/* Not at once, not for a hiccup, and once. */
static void test_tell(void)
{
    VinPace pace = {.n_frames = 100, .n_results = 4, .n_slow = 10, .first_us = 5000000};

    g_assert_false(vin_pace_tell(&pace, 6900000));
    pace.n_slow = 9;
    g_assert_false(vin_pace_tell(&pace, 7100000));
    pace.n_slow = 10;
    pace.n_results = 1;
    g_assert_false(vin_pace_tell(&pace, 8900000));
    pace.n_results = 0;
    g_assert_false(vin_pace_tell(&pace, 9100000));
    pace.n_results = 2;
    g_assert_true(vin_pace_tell(&pace, 7100000));
    g_assert_false(vin_pace_tell(&pace, 9000000));
    pace.is_told = FALSE;
    pace.n_results = 1;
    g_assert_true(vin_pace_tell(&pace, 9100000));
    vin_pace_reset(&pace);
    pace.n_frames = pace.n_results = pace.n_slow = 100;
    g_assert_false(vin_pace_tell(&pace, 90000000));
}

static void test_latency(void)
{
    VinLatency latency;

    vin_latency_start(&latency, 10 * MS);
    g_assert_cmpuint(latency.told_ns, ==, 11 * MS);
    g_assert_false(vin_latency_add(&latency, 13 * MS)); /* within a fifth */
    g_assert_true(vin_latency_add(&latency, 14 * MS));
    g_assert_cmpuint(latency.told_ns, ==, 14 * MS + 14 * MS / 10);
    for (guint i = 0; i < VIN_LATENCY_WINDOW - 1; i++) { /* the long one is remembered */
        g_assert_false(vin_latency_add(&latency, 5 * MS));
    }
    g_assert_true(vin_latency_add(&latency, 5 * MS));
    g_assert_cmpuint(latency.told_ns, ==, 5 * MS + 5 * MS / 10);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pace/plain", test_plain);
    g_test_add_func("/pace/interval", test_interval);
    g_test_add_func("/pace/interval-changes", test_interval_changes);
    g_test_add_func("/pace/interval-after-full", test_interval_after_full);
    g_test_add_func("/pace/no-block", test_no_block);
    g_test_add_func("/pace/max-gpu-time", test_max_gpu_time);
    g_test_add_func("/pace/qos", test_qos);
    g_test_add_func("/pace/work", test_work);
    g_test_add_func("/pace/tell", test_tell);
    g_test_add_func("/pace/latency", test_latency);
    return g_test_run();
}
