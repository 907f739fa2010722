/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Counting frames and times, by itself.
 */
#include "stats.h"

static void test_empty(void)
{
    VinStats stats = {0};

    g_assert_cmpuint(vin_stats_mean_gpu_ns(&stats), ==, 0);
    g_assert_cmpuint(vin_stats_median_gpu_ns(&stats), ==, 0);
    g_assert_cmpfloat(vin_stats_fps(&stats), ==, 0.0);
}

static void test_three(void)
{
    VinStats stats = {0};

    vin_stats_add(&stats, 100, 0, 10);
    vin_stats_add(&stats, 900, 500000, 500010);
    vin_stats_add(&stats, 200, 1000000, 1500000);
    g_assert_cmpuint(stats.frames, ==, 3);
    g_assert_cmpuint(vin_stats_mean_gpu_ns(&stats), ==, 400);
    g_assert_cmpuint(vin_stats_median_gpu_ns(&stats), ==, 200);
    g_assert_cmpfloat(vin_stats_fps(&stats), ==, 2.0);
}

/* A device without timestamps gives 0, which must not count as a very short time. */
static void test_untimed(void)
{
    VinStats stats = {0};

    vin_stats_add(&stats, 0, 0, 1000000);
    vin_stats_add(&stats, 300, 1000000, 2000000);
    g_assert_cmpuint(stats.frames, ==, 2);
    g_assert_cmpuint(vin_stats_mean_gpu_ns(&stats), ==, 300);
    g_assert_cmpuint(vin_stats_median_gpu_ns(&stats), ==, 300);
    g_assert_cmpfloat(vin_stats_fps(&stats), ==, 1.0);
}

static void test_window(void)
{
    VinStats stats = {0};

    for (guint i = 0; i < VIN_STATS_WINDOW; i++) {
        vin_stats_add(&stats, 7, i, i + 1);
    }
    for (guint i = 0; i < VIN_STATS_WINDOW; i++) {
        vin_stats_add(&stats, 9, i, i + 1);
    }
    g_assert_cmpuint(vin_stats_median_gpu_ns(&stats), ==, 9);
    g_assert_cmpuint(vin_stats_mean_gpu_ns(&stats), ==, 8);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats/empty", test_empty);
    g_test_add_func("/stats/three", test_three);
    g_test_add_func("/stats/untimed", test_untimed);
    g_test_add_func("/stats/window", test_window);
    return g_test_run();
}
