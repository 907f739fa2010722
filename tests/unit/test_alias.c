/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * vin_alias_place: nothing that lives together overlaps, room is used again, guards stay.
 */
#include "plan/alias.h"
#include "support/random.h"

static void assert_apart(const VinLifetime *items, guint n, guint64 alignment, guint64 guard,
                         guint64 total)
{
    for (guint i = 0; i < n; i++) {
        g_assert_cmpuint(items[i].offset % alignment, ==, 0);
        g_assert_cmpuint(items[i].offset, >=, guard);
        g_assert_cmpuint(items[i].offset + items[i].size + guard, <=, total);
        for (guint j = 0; j < i; j++) {
            gboolean together =
                items[i].first <= items[j].last && items[j].first <= items[i].last;
            gboolean apart = items[i].offset + items[i].size + guard <= items[j].offset ||
                             items[j].offset + items[j].size + guard <= items[i].offset;

            g_assert_true(apart || !together);
        }
    }
}

static void test_nothing(void)
{
    g_assert_cmpuint(vin_alias_place(NULL, 0, 16, 0), ==, 0);
}

static void test_chain_takes_two_rooms(void)
{
    VinLifetime items[6] = {{0}};
    guint64 total;

    for (guint i = 0; i < 6; i++) {
        items[i].size = 100;
        items[i].first = i;
        items[i].last = i + 1;
    }
    total = vin_alias_place(items, 6, 4, 0);
    g_assert_cmpuint(total, ==, 200);
    assert_apart(items, 6, 4, 0, total);
}

static void test_smallest_gap_wins(void)
{
    /* A row of three; the outer ones end before the last two begin. */
    VinLifetime items[] = {
        {.size = 64, .first = 0, .last = 0},  {.size = 48, .first = 0, .last = 9},
        {.size = 32, .first = 0, .last = 0},  {.size = 31, .first = 0, .last = 9},
        {.size = 30, .first = 5, .last = 9},
    };
    guint64 total = vin_alias_place(items, 5, 1, 0);

    g_assert_cmpuint(total, ==, 175);
    assert_apart(items, 5, 1, 0, total);
    g_assert_cmpuint(items[4].offset, ==, items[2].offset);
}

static void test_random(void)
{
    static const guint64 alignments[] = {1, 16, 64};
    static const guint64 guards[] = {0, 5, 48};
    VinRandom random = {42};

    for (guint round = 0; round < 200; round++) {
        guint n = vin_random_range(&random, 1, 40);
        g_autofree VinLifetime *items = g_new0(VinLifetime, n);
        guint64 alignment = alignments[round % 3], guard = guards[round / 3 % 3];
        guint64 total, sum = 0;

        for (guint i = 0; i < n; i++) {
            items[i].size = vin_random_range(&random, 1, 1000);
            items[i].first = vin_random_range(&random, 0, 30);
            items[i].last = items[i].first + vin_random_range(&random, 0, 10);
            sum += items[i].size + 2 * (guard + alignment) + alignment;
        }
        total = vin_alias_place(items, n, alignment, guard);
        assert_apart(items, n, alignment, guard, total);
        g_assert_cmpuint(total, <=, sum);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/alias/nothing", test_nothing);
    g_test_add_func("/alias/chain_takes_two_rooms", test_chain_takes_two_rooms);
    g_test_add_func("/alias/smallest_gap_wins", test_smallest_gap_wins);
    g_test_add_func("/alias/random", test_random);
    return g_test_run();
}
