/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Times of kernels to a decision. The cache keeps times, not winners, so a kernel is always chosen
 * here, and the reason is the same whether they are old or new.
 */
#include "plan/trials.h"

#include <string.h>

/* The fastest but @except; @n where there is none. */
static guint fastest_but(const VinTrial *trials, guint n, guint except)
{
    guint best = n;

    for (guint i = 0; i < n; i++) {
        if (i != except && trials[i].ns > 0 && (best == n || trials[i].ns < trials[best].ns)) {
            best = i;
        }
    }
    return best;
}

guint vin_trials_choose(const VinTrial *trials, guint n, guint table)
{
    const guint fastest = fastest_but(trials, n, table);

    if (fastest == n || trials[table].ns == 0 ||
        (double)trials[fastest].ns * 100 >=
            (double)trials[table].ns * (100 - VIN_TRIALS_MARGIN)) {
        return table;
    }
    return fastest;
}

static guint count_timed(const VinTrial *trials, guint n)
{
    guint timed = 0;

    for (guint i = 0; i < n; i++) {
        timed += trials[i].ns > 0;
    }
    return timed;
}

char *vin_trials_reason(const VinTrial *trials, guint n, guint table)
{
    const guint winner = vin_trials_choose(trials, n, table);
    const guint next = fastest_but(trials, n, winner);
    const guint timed = count_timed(trials, n);
    const double ms = (double)trials[winner].ns / 1e6;

    if (trials[winner].ns == 0) {
        return g_strdup("the table's choice: it could not be timed");
    }
    if (next == n) {
        return g_strdup_printf("the only one timed: %.3f ms", ms);
    }
    if (trials[next].ns < trials[winner].ns) {
        return g_strdup_printf("the table's choice of %u timed: %.3f ms; %s, %.3f ms, is not %d %% "
                               "faster",
                               timed, ms, trials[next].kernel->name,
                               (double)trials[next].ns / 1e6, VIN_TRIALS_MARGIN);
    }
    return g_strdup_printf("the fastest of %u timed: %.3f ms, next %s %.3f ms", timed, ms,
                           trials[next].kernel->name, (double)trials[next].ns / 1e6);
}

char *vin_trials_to_line(const VinTrial *trials, guint n)
{
    GString *line = g_string_new(NULL);

    for (guint i = 0; i < n; i++) {
        g_string_append_printf(line, "%s%s %" G_GUINT64_FORMAT, i > 0 ? "\t" : "",
                               trials[i].kernel->name, trials[i].ns);
    }
    return g_string_free(line, FALSE);
}

static gboolean parse_word(VinTrial *trial, const char *word)
{
    const gsize length = strlen(trial->kernel->name);

    return strncmp(word, trial->kernel->name, length) == 0 && word[length] == ' ' &&
           g_ascii_string_to_unsigned(word + length + 1, 10, 1, G_MAXINT64, &trial->ns, NULL);
}

gboolean vin_trials_from_line(VinTrial *trials, guint n, const char *line)
{
    g_auto(GStrv) words = g_strsplit(line, "\t", -1);
    gboolean ok = g_strv_length(words) == n;

    for (guint i = 0; i < n && ok; i++) {
        ok = parse_word(&trials[i], words[i]);
    }
    for (guint i = 0; i < n && !ok; i++) {
        trials[i].ns = 0;
    }
    return ok;
}
