/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Top-k against a sort on the host: ties, NaN, infinities, more asked for than there are, up to
 * 100 of 100,000.
 */
#include "kernels/topk.h"

#include <math.h>
#include <string.h>

#include "abi/topk.h"
#include "checkgpu/harness.h"
#include "shader_table.h"

#define GUARD_WORDS 64
#define POISON 0x7fc0dead

typedef struct {
    guint32 index;
    float score;
} Entry;

/* NaN last, higher first, then lower index. */
static gint by_rank(gconstpointer a, gconstpointer b)
{
    const Entry *x = a, *y = b;

    if (isnan(x->score) != isnan(y->score)) {
        return isnan(x->score) ? 1 : -1;
    }
    if (!isnan(x->score) && x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return x->index < y->index ? -1 : 1;
}

/* Runs top-k alone: scores of @n images in an arena, the result buffer back. */
static guint32 *run_topk(VinDevice *device, const VinPlace *place, const float *scores,
                         guint32 k, gboolean all_scores, gsize result_bytes)
{
    g_autoptr(GError) error = NULL;
    gsize bytes = result_bytes + GUARD_WORDS * 4;
    guint32 *words = g_malloc(bytes);
    VinVkLayout layout = {0};
    VinVkBuffer arena = {0}, result = {0};
    VinVkSet set = {0};
    VinVkCommand command = {0};
    VkPipeline pipeline;
    VinDispatch dispatch;
    const VinVkBuffer *buffers[VIN_N_BINDINGS] = {&arena, NULL, NULL, NULL, &result};

    for (gsize i = 0; i < bytes / 4; i++) {
        words[i] = POISON;
    }
    vin_topk_dispatch(place, k, all_scores, vin_device_get_caps(device), &dispatch);
    if (!vin_vk_layout_init(&layout, device, &error) ||
        !vin_vk_buffer_init(&arena, device, (gsize)place->n * place->c * 4, VIN_BUFFER_DEVICE,
                            &error) ||
        !vin_vk_buffer_init(&result, device, bytes, VIN_BUFFER_DEVICE, &error) ||
        !vin_vk_buffer_write(&arena, 0, scores, arena.size, &error) ||
        !vin_vk_buffer_write(&result, 0, words, bytes, &error) ||
        !vin_vk_pipeline_build(&layout, vin_shader_table[dispatch.shader].words,
                               vin_shader_table[dispatch.shader].bytes, dispatch.spec,
                               dispatch.n_spec, &pipeline, &error) ||
        !vin_vk_set_init(&set, &layout, buffers, &error) ||
        !vin_vk_command_init(&command, device, 0, &error) ||
        !vin_vk_command_begin(&command, &error)) {
        g_error("%s", error->message);
    }
    vin_vk_command_bind(&command, &layout, &set);
    vin_vk_command_host_barrier(&command, FALSE);
    vin_vk_command_dispatch(&command, &layout, pipeline, dispatch.push, dispatch.push_bytes,
                            dispatch.groups[0], dispatch.groups[1], dispatch.groups[2]);
    vin_vk_command_host_barrier(&command, TRUE);
    if (!vin_vk_command_end(&command, &error) || !vin_vk_command_submit(&command, &error) ||
        !vin_vk_command_wait(&command, &error) ||
        !vin_vk_buffer_read(&result, 0, words, bytes, &error)) {
        g_error("%s", error->message);
    }
    vin_vk_command_clear(&command);
    vin_vk_set_clear(&set);
    vkDestroyPipeline(vin_device_vk(device), pipeline, NULL);
    vin_vk_buffer_clear(&arena);
    vin_vk_buffer_clear(&result);
    vin_vk_layout_clear(&layout);
    return words;
}

static void assert_same_bits(float a, guint32 bits)
{
    guint32 a_bits;

    memcpy(&a_bits, &a, sizeof a_bits);
    g_assert_cmphex(a_bits, ==, bits);
}

static void check_topk(guint32 n, guint32 c, const float *scores, guint32 k, gboolean all)
{
    VinDevice *device = vin_check_device();
    VinPlace place = {.n_stride = c, .c_stride = 1, .n = n, .c = c, .h = 1, .w = 1};
    gsize bytes = vin_topk_result_bytes(n, c, k, all);
    g_autofree Entry *entries = g_new(Entry, c);
    g_autofree guint32 *words = NULL;
    const guint32 *at;
    guint32 n_nan;

    if (device == NULL) {
        return;
    }
    at = words = run_topk(device, &place, scores, k, all, bytes);
    for (guint32 i = 0; i < n; i++) {
        for (guint32 j = 0; j < c; j++) {
            entries[j] = (Entry){j, scores[i * c + j]};
        }
        qsort(entries, c, sizeof *entries, by_rank);
        for (n_nan = 0; n_nan < c && isnan(entries[c - 1 - n_nan].score); n_nan++) {
        }
        for (guint32 j = 0; j < k; j++, at += 2) {
            const gboolean is_there = j < c - n_nan;

            g_assert_cmpuint(at[0], ==, is_there ? entries[j].index : VIN_TOPK_NONE);
            assert_same_bits(is_there ? entries[j].score : -INFINITY, at[1]);
        }
        g_assert_cmpuint(*at++, ==, n_nan);
        for (guint32 j = 0; all && j < c; j++, at++) {
            assert_same_bits(scores[i * c + j], at[0]);
        }
    }
    g_assert_true((const guint8 *)at == (const guint8 *)words + bytes);
    for (guint i = 0; i < GUARD_WORDS; i++) {
        g_assert_cmphex(at[i], ==, POISON);
    }
}

static void test_random(void)
{
    VinRandom random = {3};
    g_autofree float *scores = vin_random_floats(&random, 3 * 1000, 0, 1);

    check_topk(1, 1000, scores, 5, FALSE);
    check_topk(3, 1000, scores, 5, TRUE);
    check_topk(2, 1000, scores, 100, FALSE);
    check_topk(1, 1, scores, 1, TRUE);
    check_topk(3, 63, scores, 7, FALSE);
}

/* Random scores of few values: most are equal to another one. A few are NaN. */
static void test_class_counts(void)
{
    static const guint32 counts[] = {2, 3, 999, 1000, 1001, 65537, 100000};
    VinRandom random = {4};

    for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
        const guint32 c = counts[i];
        g_autofree float *scores = vin_random_floats(&random, c, -1, 1);

        check_topk(1, c, scores, 5, FALSE);
        check_topk(1, c, scores, 100, TRUE);
        for (guint32 k = 0; k < c; k++) {
            scores[k] = k % 97 == 96 ? NAN : roundf(scores[k] * 20) / 20;
        }
        check_topk(1, c, scores, 100, TRUE);
    }
}

static void test_ties(void)
{
    g_autofree float *scores = g_new0(float, 500);

    check_topk(1, 500, scores, 10, FALSE);
    scores[77] = scores[300] = scores[499] = 0.25f;
    scores[12] = -0.0f;
    check_topk(1, 500, scores, 20, TRUE);
}

static void test_odd_values(void)
{
    float scores[] = {NAN, -INFINITY, 3, INFINITY, -1e-40f, -3, NAN, 1e-40f, 0, -0.0f};

    check_topk(1, G_N_ELEMENTS(scores), scores, G_N_ELEMENTS(scores), TRUE);
}

static void test_no_numbers(void)
{
    float scores[300];

    for (guint i = 0; i < G_N_ELEMENTS(scores); i++) {
        scores[i] = i % 2 == 0 ? NAN : -NAN;
    }
    check_topk(3, 100, scores, 5, TRUE);
    scores[150] = -INFINITY;
    check_topk(3, 100, scores, 5, FALSE);
}

/* Where only the scores are wanted. */
static void test_none(void)
{
    const float scores[] = {0.2f, NAN, 0.1f};

    check_topk(1, 3, scores, 0, TRUE);
}

static void test_more_than_there_are(void)
{
    const float scores[] = {0.2f, 0.7f, 0.1f};

    check_topk(1, 3, scores, 5, FALSE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/topk/random", test_random);
    g_test_add_func("/topk/class_counts", test_class_counts);
    g_test_add_func("/topk/no_numbers", test_no_numbers);
    g_test_add_func("/topk/none", test_none);
    g_test_add_func("/topk/ties", test_ties);
    g_test_add_func("/topk/odd_values", test_odd_values);
    g_test_add_func("/topk/more_than_there_are", test_more_than_there_are);
    return g_test_run();
}
