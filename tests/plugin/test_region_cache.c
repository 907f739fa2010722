/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The cache of tracked objects: when it wants a classification, what it gives back, what it
 * forgets and when. No device, no buffers.
 */
#include "region_cache.h"

static VinResult result_of(guint32 index)
{
    VinResult result = {.n_top = 1, .top = {{index, 0.5f}}};

    return result;
}

/* Class and age that the cache has for an object; -1: none. */
static int class_of(VinRegionCache *cache, guint64 id, GstClockTime now, guint64 *age)
{
    VinResult result;

    return vin_region_cache_get(cache, id, now, &result, age) ? (int)result.top[0].index : -1;
}

static void test_interval(void)
{
    static const gboolean every[] = {TRUE, TRUE, TRUE, TRUE, TRUE, TRUE, TRUE};
    static const gboolean third[] = {TRUE, FALSE, FALSE, TRUE, FALSE, FALSE, TRUE};
    static const struct {
        guint interval;
        const gboolean *wanted;
    } cases[] = {{0, every}, {1, every}, {3, third}};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(VinRegionCache) cache = vin_region_cache_new();

        for (guint frame = 0; frame < G_N_ELEMENTS(every); frame++) {
            vin_region_cache_next_frame(cache, cases[i].interval);
            g_assert_cmpint(vin_region_cache_wants(cache, 42, cases[i].interval), ==,
                            cases[i].wanted[frame]);
        }
    }
}

/* A frame in flight has no result yet; the frames behind it do not ask for another. */
static void test_in_flight(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const float scores[] = {1.0f};
    VinResult result = result_of(7);
    guint64 age = 99;

    result.scores = scores;
    vin_region_cache_next_frame(cache, 10);
    g_assert_true(vin_region_cache_wants(cache, 1, 10));
    vin_region_cache_next_frame(cache, 10);
    g_assert_false(vin_region_cache_wants(cache, 1, 10));
    g_assert_cmpint(class_of(cache, 1, 40, &age), ==, -1);
    vin_region_cache_put(cache, 1, &result, 1000);
    g_assert_true(vin_region_cache_get(cache, 1, 1040, &result, &age));
    g_assert_cmpuint(result.top[0].index, ==, 7);
    g_assert_null(result.scores); /* they were the stream's */
    g_assert_cmpuint(age, ==, 40);
    g_assert_cmpint(class_of(cache, 2, 1040, &age), ==, -1);
}

/* Times that say nothing, or go backwards, give no age. */
static void test_age(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(3);
    guint64 age = 99;

    vin_region_cache_next_frame(cache, 10);
    vin_region_cache_wants(cache, 1, 10);
    vin_region_cache_put(cache, 1, &result, 1000);
    g_assert_cmpint(class_of(cache, 1, 999, &age), ==, 3);
    g_assert_cmpuint(age, ==, 0);
    age = 99;
    g_assert_cmpint(class_of(cache, 1, GST_CLOCK_TIME_NONE, &age), ==, 3);
    g_assert_cmpuint(age, ==, 0);
    vin_region_cache_put(cache, 1, &result, GST_CLOCK_TIME_NONE);
    age = 99;
    g_assert_cmpint(class_of(cache, 1, 5000, &age), ==, 3);
    g_assert_cmpuint(age, ==, 0);
}

/* Between two classifications the older result holds; then the newer one does. */
static void test_renewal(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult first = result_of(1);
    const VinResult second = result_of(2);
    guint64 age;

    vin_region_cache_next_frame(cache, 2);
    g_assert_true(vin_region_cache_wants(cache, 5, 2));
    vin_region_cache_put(cache, 5, &first, 0);
    vin_region_cache_next_frame(cache, 2);
    g_assert_false(vin_region_cache_wants(cache, 5, 2));
    vin_region_cache_next_frame(cache, 2);
    g_assert_true(vin_region_cache_wants(cache, 5, 2));
    g_assert_cmpint(class_of(cache, 5, 80, &age), ==, 1);
    vin_region_cache_put(cache, 5, &second, 80);
    g_assert_cmpint(class_of(cache, 5, 120, &age), ==, 2);
    g_assert_cmpuint(age, ==, 40);
}

/* What failed is tried in the next frame, once; meanwhile an older result holds. */
static void test_failure(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(1);
    guint64 age;

    vin_region_cache_next_frame(cache, 3);
    g_assert_true(vin_region_cache_wants(cache, 5, 3));
    vin_region_cache_retry(cache, 5);
    vin_region_cache_retry(cache, 6); /* never seen */
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, 1);
    g_assert_cmpint(class_of(cache, 5, 0, &age), ==, -1);
    vin_region_cache_next_frame(cache, 3);
    g_assert_true(vin_region_cache_wants(cache, 5, 3));
    vin_region_cache_put(cache, 5, &result, 40);
    vin_region_cache_next_frame(cache, 3);
    g_assert_false(vin_region_cache_wants(cache, 5, 3));
    vin_region_cache_retry(cache, 5);
    vin_region_cache_next_frame(cache, 3);
    g_assert_true(vin_region_cache_wants(cache, 5, 3));
    g_assert_cmpint(class_of(cache, 5, 100, &age), ==, 1);
    g_assert_cmpuint(age, ==, 60);
}

/* Results of objects that were forgotten meanwhile are not kept. */
static void test_late_result(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(1);
    guint64 age;

    vin_region_cache_next_frame(cache, 10);
    vin_region_cache_wants(cache, 5, 10);
    vin_region_cache_clear(cache);
    vin_region_cache_put(cache, 5, &result, 0);
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, 0);
    g_assert_cmpint(class_of(cache, 5, 0, &age), ==, -1);
}

/* Objects that went away go; one that is seen all the time stays. */
static void test_forgets_unseen(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(1);
    guint64 age;

    vin_region_cache_next_frame(cache, 1000);
    vin_region_cache_wants(cache, 1, 1000);
    vin_region_cache_wants(cache, 2, 1000);
    vin_region_cache_put(cache, 1, &result, 0);
    vin_region_cache_put(cache, 2, &result, 0);
    for (guint frame = 1; frame <= 1000; frame++) {
        vin_region_cache_next_frame(cache, 1000);
        vin_region_cache_wants(cache, 2, 1000);
    }
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, 2);
    vin_region_cache_next_frame(cache, 1000);
    g_assert_cmpint(class_of(cache, 1, 0, &age), ==, -1);
    g_assert_cmpint(class_of(cache, 2, 0, &age), ==, 1);
}

/* However short the interval: what a frame in flight waits for is kept. */
static void test_keeps_what_is_in_flight(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(9);
    guint64 age;

    vin_region_cache_next_frame(cache, 2);
    vin_region_cache_wants(cache, 1, 2);
    for (guint frame = 0; frame < 200; frame++) {
        vin_region_cache_next_frame(cache, 2);
    }
    vin_region_cache_put(cache, 1, &result, 0);
    g_assert_cmpint(class_of(cache, 1, 0, &age), ==, 9);
}

/* More objects than it holds: those seen longest ago go. */
static void test_bounded(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(1);
    guint64 age;

    vin_region_cache_next_frame(cache, 10);
    for (guint64 id = 0; id < VIN_REGION_CACHE_SIZE; id++) {
        vin_region_cache_wants(cache, id, 10);
        vin_region_cache_put(cache, id, &result, 0);
    }
    vin_region_cache_wants(cache, 0, 10); /* seen again: now 1 is the one to go */
    vin_region_cache_wants(cache, G_MAXUINT64, 10);
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, VIN_REGION_CACHE_SIZE);
    g_assert_cmpint(class_of(cache, 0, 0, &age), ==, 1);
    g_assert_cmpint(class_of(cache, 1, 0, &age), ==, -1);
    g_assert_cmpint(class_of(cache, 2, 0, &age), ==, 1);
    for (guint64 id = 10000; id < 10000 + 3 * VIN_REGION_CACHE_SIZE; id++) {
        vin_region_cache_wants(cache, id, 10);
    }
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, VIN_REGION_CACHE_SIZE);
}

static void test_clear(void)
{
    g_autoptr(VinRegionCache) cache = vin_region_cache_new();
    const VinResult result = result_of(1);
    guint64 age;

    vin_region_cache_next_frame(cache, 10);
    vin_region_cache_wants(cache, 1, 10);
    vin_region_cache_put(cache, 1, &result, 0);
    vin_region_cache_clear(cache);
    g_assert_cmpuint(vin_region_cache_get_n(cache), ==, 0);
    g_assert_cmpint(class_of(cache, 1, 0, &age), ==, -1);
    vin_region_cache_next_frame(cache, 10);
    g_assert_true(vin_region_cache_wants(cache, 1, 10));
    vin_region_cache_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/region-cache/interval", test_interval);
    g_test_add_func("/region-cache/in-flight", test_in_flight);
    g_test_add_func("/region-cache/age", test_age);
    g_test_add_func("/region-cache/renewal", test_renewal);
    g_test_add_func("/region-cache/failure", test_failure);
    g_test_add_func("/region-cache/late-result", test_late_result);
    g_test_add_func("/region-cache/forgets-unseen", test_forgets_unseen);
    g_test_add_func("/region-cache/keeps-what-is-in-flight", test_keeps_what_is_in_flight);
    g_test_add_func("/region-cache/bounded", test_bounded);
    g_test_add_func("/region-cache/clear", test_clear);
    return g_test_run();
}
