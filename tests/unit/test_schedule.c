/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Storages, phases and lifetimes of a plan, without a device.
 */
#include "passes/passes.h"
#include "plan/schedule.h"
#include "support/net.h"

typedef struct {
    VinStorageMap *map;
    GArray *schedule;
} Fixture;

static Fixture fixture_new(VinGraph *graph)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;

    vin_passes_run(graph, &error);
    g_assert_no_error(error);
    fixture.map = vin_storage_map_new(graph);
    fixture.schedule = vin_schedule_new(graph, fixture.map);
    vin_schedule_lifetimes(fixture.schedule, graph, fixture.map);
    return fixture;
}

static void fixture_clear(Fixture *fixture)
{
    vin_storage_map_free(fixture->map);
    g_array_unref(fixture->schedule);
}

static const VinStorage *storage_of(const Fixture *fixture, const VinTensor *tensor)
{
    return vin_storage_get(fixture->map, fixture->map->spans[tensor->id].storage);
}

static void test_module(void)
{
    VinShape shape = vin_shape_nchw(2, 5, 8, 8);
    g_autoptr(VinNet) net = vin_net_new(1, &shape);
    VinTensor *joined = vin_net_inception(net, net->input);
    VinTensor *y = vin_net_conv(net, joined, 3, 1, 1, 0, TRUE);
    guint64 next = 0;
    Fixture fixture;

    vin_net_output(net, y);
    fixture = fixture_new(net->graph);
    g_assert_cmpuint(fixture.schedule->len, ==, 8);
    for (guint i = 0; i < 8; i++) {
        const VinScheduled *item = &g_array_index(fixture.schedule, VinScheduled, i);
        const VinSpan *span = &fixture.map->spans[item->node->output->id];

        /* Four readers of the input; three that wait for them; the reader of the concat. */
        g_assert_cmpuint(item->phase, ==, i < 4 ? 0 : i < 7 ? 1 : 2);
        if (vin_storage_get(fixture.map, span->storage)->root == joined) {
            next += span->count;
        }
    }
    g_assert_cmpuint(next, ==, 19 * 64);
    g_assert_cmpuint(storage_of(&fixture, joined)->image_floats, ==, 19 * 64);
    g_assert_cmpuint(storage_of(&fixture, joined)->n, ==, 2);
    g_assert_cmpuint(storage_of(&fixture, joined)->first, ==, 0);
    g_assert_cmpuint(storage_of(&fixture, joined)->last, ==, 2);
    g_assert_cmpuint(storage_of(&fixture, net->input)->first, ==, 0);
    g_assert_cmpuint(storage_of(&fixture, net->input)->last, ==, 0);
    g_assert_cmpuint(storage_of(&fixture, y)->first, ==, 2);
    fixture_clear(&fixture);
}

static void test_slices_do_not_overlap(void)
{
    VinShape shape = vin_shape_nchw(1, 5, 4, 4);
    g_autoptr(VinNet) net = vin_net_new(2, &shape);
    VinTensor *slices[] = {vin_net_conv(net, net->input, 3, 1, 1, 0, TRUE),
                           vin_net_conv(net, net->input, 2, 1, 1, 0, TRUE)};
    VinTensor *joined = vin_net_concat(net, slices, 2);
    const VinSpan *a, *b, *all;
    Fixture fixture;

    vin_net_output(net, joined);
    fixture = fixture_new(net->graph);
    a = &fixture.map->spans[slices[0]->id];
    b = &fixture.map->spans[slices[1]->id];
    all = &fixture.map->spans[joined->id];
    g_assert_cmpuint(a->storage, ==, b->storage);
    g_assert_cmpuint(a->start, ==, 0);
    g_assert_cmpuint(b->start, ==, 48);
    g_assert_cmpuint(b->count, ==, 32);
    g_assert_false(vin_span_overlaps(a, b));
    g_assert_true(vin_span_overlaps(a, all));
    g_assert_true(vin_span_overlaps(b, all));
    fixture_clear(&fixture);
}

static void test_reshape_shares_and_outputs_stay(void)
{
    VinShape shape = vin_shape_nchw(2, 3, 4, 4), flat = vin_shape_nc(2, 48);
    g_autoptr(VinNet) net = vin_net_new(3, &shape);
    VinTensor *x = vin_net_conv(net, net->input, 3, 1, 1, 0, TRUE);
    VinTensor *y = vin_net_reshape(net, x, &flat);
    VinTensor *z = vin_net_gemm(net, y, 5, TRUE);
    Fixture fixture;

    z = vin_net_unary(net, VIN_OP_SOFTMAX, z);
    vin_net_output(net, z);
    vin_net_output(net, y);
    fixture = fixture_new(net->graph);
    g_assert_cmpuint(fixture.schedule->len, ==, 3);
    g_assert_true(storage_of(&fixture, x) == storage_of(&fixture, y));
    g_assert_cmpuint(storage_of(&fixture, y)->last, ==, 2);
    fixture_clear(&fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/module", test_module);
    g_test_add_func("/schedule/slices_do_not_overlap", test_slices_do_not_overlap);
    g_test_add_func("/schedule/reshape_shares_and_outputs_stay",
                    test_reshape_shares_and_outputs_stay);
    return g_test_run();
}
