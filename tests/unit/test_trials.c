/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which of several kernels wins, for made-up times, and what the cache keeps of them.
 */
#include "plan/trials.h"

static const VinKernel slow = {.name = "conv_slow"};
static const VinKernel quick = {.name = "conv_quick"};
static const VinKernel other = {.name = "conv_quick_2"};

/* As many as there are times before the one that is G_MAXUINT64. */
static guint fill(VinTrial *trials, const guint64 *ns)
{
    static const VinKernel *const kernels[] = {&slow, &quick, &other};
    guint n = 0;

    while (n < G_N_ELEMENTS(kernels) && ns[n] != G_MAXUINT64) {
        trials[n] = (VinTrial){kernels[n], ns[n]};
        n++;
    }
    return n;
}

static void test_choose(void)
{
    static const struct {
        guint64 ns[4];
        guint table, winner;
        const char *reason;
    } cases[] = {
        {{150000, 120000, 900000, G_MAXUINT64}, 0, 1,
         "the fastest of 3 timed: 0.120 ms, next conv_slow 0.150 ms"},
        {{150000, 120000, 130000, G_MAXUINT64}, 0, 1,
         "the fastest of 3 timed: 0.120 ms, next conv_quick_2 0.130 ms"},
        {{100000, 97000, 98000, G_MAXUINT64}, 0, 0, /* just 3 % */
         "the table's choice of 3 timed: 0.100 ms; conv_quick, 0.097 ms, is not 3 % faster"},
        {{100000, 96999, 98000, G_MAXUINT64}, 0, 1,
         "the fastest of 3 timed: 0.097 ms, next conv_quick_2 0.098 ms"},
        {{100000, 99000, 98000, G_MAXUINT64}, 1, 1, /* a better one, but not than the table's */
         "the table's choice of 3 timed: 0.099 ms; conv_quick_2, 0.098 ms, is not 3 % faster"},
        {{100000, 100000, 100000, G_MAXUINT64}, 2, 2,
         "the fastest of 3 timed: 0.100 ms, next conv_slow 0.100 ms"},
        {{100, 300, G_MAXUINT64}, 0, 0,
         "the fastest of 2 timed: 0.000 ms, next conv_quick 0.000 ms"},
        {{0, 300, G_MAXUINT64}, 0, 0, "the table's choice: it could not be timed"},
        {{5000000, 0, 0, G_MAXUINT64}, 0, 0, "the only one timed: 5.000 ms"},
        {{5000000, 0, 1000000, G_MAXUINT64}, 0, 2,
         "the fastest of 2 timed: 1.000 ms, next conv_slow 5.000 ms"},
        {{G_MAXINT64, G_MAXINT64 / 2, G_MAXUINT64}, 0, 1, NULL},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        VinTrial trials[3];
        const guint n = fill(trials, cases[i].ns);
        g_autofree char *reason = vin_trials_reason(trials, n, cases[i].table);

        g_assert_cmpuint(vin_trials_choose(trials, n, cases[i].table), ==, cases[i].winner);
        if (cases[i].reason != NULL) {
            g_assert_cmpstr(reason, ==, cases[i].reason);
        }
    }
}

static void test_line(void)
{
    static const guint64 ns[] = {150000, 1, G_MAXINT64, G_MAXUINT64};
    VinTrial trials[3], read[3];
    const guint n = fill(trials, ns);
    g_autofree char *line = vin_trials_to_line(trials, n);

    g_assert_cmpstr(line, ==,
                    "conv_slow 150000\tconv_quick 1\tconv_quick_2 9223372036854775807");
    for (guint i = 0; i < n; i++) {
        read[i] = (VinTrial){trials[i].kernel, 77};
    }
    g_assert_true(vin_trials_from_line(read, n, line));
    for (guint i = 0; i < n; i++) {
        g_assert_cmpuint(read[i].ns, ==, ns[i]);
    }
}

/* Others' kernels, fewer, more, another order, no times: nothing is taken. */
static void test_wrong_lines(void)
{
    static const char *const lines[] = {
        "", "\t", "conv_slow", "conv_slow 5", "conv_slow 5\tconv_quick", "conv_slow 5\tconv_quick ",
        "conv_slow 5\tconv_quick x", "conv_slow 5\tconv_quick 0", "conv_slow 5\tconv_quick -7",
        "conv_quick 6\tconv_slow 5", "conv_slow 5\tconv_quick_2 6", "conv_slow 5\tconv_quick 6\t",
        "conv_slow 5\tconv_quick 6\tconv_quick_2 7", "conv_slow 5 conv_quick 6",
        "conv_slow 5\tconv_quick 99999999999999999999", "conv_slow 5\tconv_quick 6 ",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        VinTrial trials[2] = {{&slow, 1}, {&quick, 1}};

        g_test_message("'%s'", lines[i]);
        g_assert_false(vin_trials_from_line(trials, 2, lines[i]));
        g_assert_cmpuint(trials[0].ns, ==, 0);
        g_assert_cmpuint(trials[1].ns, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/trials/choose", test_choose);
    g_test_add_func("/trials/line", test_line);
    g_test_add_func("/trials/wrong-lines", test_wrong_lines);
    return g_test_run();
}
