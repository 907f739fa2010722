/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A label is like a name when one is part of the other, or when few letters have to be changed.
 * Runs once, before an error: 100,000 labels take a moment.
 */
#include "model/near_labels.h"

#include <string.h>

#include "model/label_list.h"

#define MAX_NEAR 5
#define MAX_LETTERS 48 /* that are compared */
#define MIN_PART 3     /* letters: shorter names are part of too many */
#define FAR G_MAXUINT

typedef struct {
    guint index, distance;
} Near;

/* Letters to change, add, take away or swap with the next to make @b of @a (optimal string
 * alignment). */
static guint count_changes(const gunichar *a, guint n_a, const gunichar *b, guint n_b)
{
    guint rows[3][MAX_LETTERS + 1]; /* of this letter of @a and the two before */

    for (guint k = 0; k <= n_b; k++) {
        rows[0][k] = k;
    }
    for (guint i = 1; i <= n_a; i++) {
        const guint *before = rows[(i + 1) % 3], *above = rows[(i + 2) % 3];
        guint *row = rows[i % 3];

        row[0] = i;
        for (guint k = 1; k <= n_b; k++) {
            row[k] = MIN(above[k - 1] + (a[i - 1] != b[k - 1]), MIN(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
                row[k] = MIN(row[k], before[k - 2] + 1);
            }
        }
    }
    return rows[n_a % 3][n_b];
}

static guint get_letters(const char *text, gunichar letters[MAX_LETTERS])
{
    guint n = 0;

    for (; *text != '\0' && n < MAX_LETTERS; text = g_utf8_next_char(text)) {
        letters[n++] = g_utf8_get_char(text);
    }
    return n;
}

/* A part counts as nearer than any change. Both are in lower case. */
static guint measure(const char *name, const char *label)
{
    gunichar a[MAX_LETTERS], b[MAX_LETTERS];
    const guint n_a = get_letters(name, a), n_b = get_letters(label, b);
    guint n_changes;

    if ((n_a >= MIN_PART && strstr(label, name) != NULL) ||
        (n_b >= MIN_PART && strstr(name, label) != NULL)) {
        return n_a > n_b ? n_a - n_b : n_b - n_a;
    }
    n_changes = count_changes(a, n_a, b, n_b);
    return n_changes <= MAX(1, (n_a + 1) / 3) ? MAX_LETTERS + n_changes : FAR;
}

/* Keeps the nearest, equal ones by index. */
static void insert(Near near[MAX_NEAR], guint *n, Near candidate)
{
    guint place = *n;

    while (place > 0 && near[place - 1].distance > candidate.distance) {
        place--;
    }
    if (place < MAX_NEAR) {
        *n = MIN(*n + 1, MAX_NEAR);
        memmove(&near[place + 1], &near[place], (*n - place - 1) * sizeof near[0]);
        near[place] = candidate;
    }
}

char *vin_near_labels(const VinLabels *labels, const char *name)
{
    g_autofree char *lower = vin_label_lower(name);
    Near near[MAX_NEAR];
    guint n = 0;
    GString *text;

    for (guint i = 0; i < labels->n_labels; i++) {
        g_autofree char *label = vin_label_lower(labels->names[i]);
        const Near candidate = {i, measure(lower, label)};

        if (candidate.distance != FAR) {
            insert(near, &n, candidate);
        }
    }
    if (n == 0) {
        return NULL;
    }
    text = g_string_new(NULL);
    for (guint i = 0; i < n; i++) {
        g_autofree char *quoted = vin_label_list_quote(labels->names[near[i].index]);

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", quoted);
    }
    return g_string_free(text, FALSE);
}
