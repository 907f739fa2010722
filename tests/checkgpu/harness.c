/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See harness.h. Values no step may touch keep the bits of a NaN nobody computes.
 */
#include "checkgpu/harness.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "abi/blocked.h"
#include "base/half.h"
#include "kernels/table.h"
#include "ref/ref.h"

#define POISON 0x7fc0dead /* a quiet NaN with a mark */
#define GUARD_FLOATS 48
#define BLOCKED_NEEDS (VIN_NEEDS_ADDRESSES | VIN_CAP_SUBGROUP_BROADCAST)

VinDevice *vin_check_device(void)
{
    static VinDevice *device;
    guint n = 0;

    if (device == NULL) {
        g_autoptr(GError) error = NULL;

        g_free(vin_device_list(&n, NULL));
        if (n == 0) {
            g_test_skip("no Vulkan device");
            return NULL;
        }
        device = vin_device_new(NULL, &error);
        g_assert_no_error(error);
    }
    return device;
}

/* Values of an image, with the padding of a blocked one. */
static gsize image_values(const VinPlace *place)
{
    const guint32 channels = place->order == VIN_ORDER_BLOCKED
                                 ? vin_blocked_blocks(place->c) * VIN_BLOCK
                                 : place->c;

    return (gsize)channels * place->h * place->w;
}

/* Where value @i, counted in N C H W, lies in the arena, in values of the place's type. */
static gsize index_of_value(const VinPlace *place, gsize i)
{
    const gsize pixels = (gsize)place->h * place->w;
    const gsize pixel = i % pixels, c = i / pixels % place->c, n = i / pixels / place->c;
    const gsize base = place->offset + n * place->n_stride;

    if (place->order == VIN_ORDER_BLOCKED) {
        return base + c / VIN_BLOCK * place->c_stride + pixel * VIN_BLOCK + c % VIN_BLOCK;
    }
    return base + c * place->c_stride + pixel;
}

static float read_value(const VinPlace *place, const float *arena, gsize i)
{
    const gsize at = index_of_value(place, i);

    return place->order == VIN_ORDER_HALF ? vin_half_to_float(((const guint16 *)arena)[at])
                                          : arena[at];
}

static void write_place(float *arena, const VinPlace *place, const float *values)
{
    const gsize n_values = (gsize)place->n * place->c * place->h * place->w;

    for (guint32 n = 0; n < place->n && place->order == VIN_ORDER_BLOCKED; n++) {
        memset(arena + place->offset + (gsize)n * place->n_stride, 0, /* beyond the channels */
               image_values(place) * sizeof(float));
    }
    for (gsize i = 0; i < n_values; i++) {
        if (place->order == VIN_ORDER_HALF) {
            ((guint16 *)arena)[index_of_value(place, i)] = vin_half_from_float(values[i]);
        } else {
            arena[index_of_value(place, i)] = values[i];
        }
    }
}

static void submit_and_wait(VinVkCommand *command)
{
    g_autoptr(GError) error = NULL;

    vin_vk_command_submit(command, &error);
    g_assert_no_error(error);
    vin_vk_command_wait(command, &error);
    g_assert_no_error(error);
}

static void record_plan(VinPlan *plan, VinVkCommand *command, VinVkSet *set)
{
    const VinVkBuffer *buffers[VIN_N_BINDINGS] = {&plan->arena, &plan->weights};
    g_autoptr(GError) error = NULL;

    vin_vk_set_init(set, &plan->layout, buffers, &error);
    g_assert_no_error(error);
    vin_vk_command_init(command, plan->device, 0, &error);
    g_assert_no_error(error);
    vin_vk_command_begin(command, &error);
    g_assert_no_error(error);
    vin_vk_command_bind(command, &plan->layout, set);
    vin_vk_command_host_barrier(command, FALSE);
    vin_plan_record(plan, command, -1);
    vin_vk_command_host_barrier(command, TRUE);
    vin_vk_command_end(command, &error);
    g_assert_no_error(error);
}

float *vin_check_run(VinPlan *plan, const float *input, gsize n_input)
{
    const VinPlace *in = vin_plan_place(plan, g_ptr_array_index(plan->graph->inputs, 0));
    float *arena = g_malloc(plan->arena.size);
    const guint32 poison = POISON;
    g_autoptr(GError) error = NULL;
    VinVkCommand command = {0};
    VinVkSet set = {0};

    g_assert_cmpuint(n_input, ==, (gsize)in->n * in->c * in->h * in->w);
    for (gsize i = 0; i < plan->arena.size / sizeof(float); i++) {
        memcpy(&arena[i], &poison, sizeof poison);
    }
    write_place(arena, in, input);
    vin_vk_buffer_write(&plan->arena, 0, arena, plan->arena.size, &error);
    g_assert_no_error(error);
    record_plan(plan, &command, &set);
    submit_and_wait(&command);
    vin_vk_buffer_read(&plan->arena, 0, arena, plan->arena.size, &error);
    g_assert_no_error(error);
    vin_vk_command_clear(&command);
    vin_vk_set_clear(&set);
    return arena;
}

static gint by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

double vin_check_time(VinPlan *plan, guint n, double *cpu_ms)
{
    g_autofree double *ms = g_new(double, n);
    clock_t cpu_start;
    VinVkCommand command = {0};
    VinVkSet set = {0};

    record_plan(plan, &command, &set);
    submit_and_wait(&command);
    cpu_start = clock();
    for (guint i = 0; i < n; i++) {
        gint64 start = g_get_monotonic_time();

        submit_and_wait(&command);
        ms[i] = (double)(g_get_monotonic_time() - start) / 1000;
    }
    *cpu_ms = (double)(clock() - cpu_start) * 1000 / CLOCKS_PER_SEC / n;
    vin_vk_command_clear(&command);
    vin_vk_set_clear(&set);
    qsort(ms, n, sizeof *ms, by_value);
    return ms[n / 2];
}

/* Halves of floats that belong to no tensor kept their poison. */
static void check_guards(const VinPlan *plan, const float *arena)
{
    const gsize n_halves = plan->arena.size / sizeof(guint16);
    const guint32 poison = POISON;
    g_autofree guint8 *owned = g_malloc0(n_halves);
    gsize n_guards = 0;

    for (guint i = 0; i < plan->graph->tensors->len; i++) {
        const VinPlace *place = &plan->places[i];
        const gsize width = place->order == VIN_ORDER_HALF ? 1 : 2;

        for (guint32 n = 0; place->offset != G_MAXUINT32 && n < place->n; n++) {
            memset(owned + width * (place->offset + (gsize)n * place->n_stride), 1,
                   width * image_values(place));
        }
    }
    for (gsize i = 0; i < n_halves; i++) {
        const gsize within = i % 2 * sizeof(guint16);

        if (!owned[i] && memcmp((const guint8 *)&arena[i / 2] + within,
                                (const guint8 *)&poison + within, sizeof(guint16)) != 0) {
            g_error("half %" G_GSIZE_FORMAT " of the arena belongs to no tensor and was "
                    "overwritten: 0x%04x",
                    i, ((const guint16 *)arena)[i]);
        }
        n_guards += !owned[i];
    }
    g_assert_cmpuint(n_guards, >=, 4 * GUARD_FLOATS);
}

/* The same graph with every value's absolute value and no relu: its outputs are the sums of
 * the absolute terms. */
static VinGraph *absolute_graph(const VinGraph *graph)
{
    VinGraph *copy = vin_graph_copy(graph);

    for (guint i = 0; i < copy->tensors->len; i++) {
        VinTensor *tensor = g_ptr_array_index(copy->tensors, i);

        if (tensor->data != NULL && tensor->type == VIN_TYPE_F32) {
            gsize n = vin_shape_n_values(&tensor->shape);
            float *values = g_new(float, n);

            for (gsize j = 0; j < n; j++) {
                values[j] = fabsf(vin_tensor_floats(tensor)[j]);
            }
            g_bytes_unref(tensor->data);
            tensor->data = g_bytes_new_take(values, n * sizeof(float));
        }
    }
    return copy;
}

static void check_output(const VinPlace *place, const float *arena, const double *reference,
                         const double *terms, const VinCheck *check, const char *name)
{
    gsize image = (gsize)place->c * place->h * place->w;
    double highest = 0;

    for (gsize i = 0; i < place->n * image; i++) {
        highest = MAX(highest, fabs(reference[i]));
    }
    for (gsize i = 0; i < place->n * image; i++) {
        float got = read_value(place, arena, i);
        double bound = check->bound == VIN_BOUND_EXACT      ? 0
                       : check->bound == VIN_BOUND_TERMS    ? check->eps * terms[i]
                       : check->bound == VIN_BOUND_RELATIVE ? check->eps * fabs(reference[i])
                                                            : check->eps * highest;

        /* A unit in the last place of what is stored: drivers need not round to the nearest. */
        if (place->order == VIN_ORDER_HALF && check->bound != VIN_BOUND_EXACT) {
            bound += MAX(ldexp(fabs(reference[i]), -10), ldexp(1, -24));
        }
        /* A NaN fails too. */
        if (!(fabs(got - reference[i]) <= bound)) {
            g_error("%s: value %" G_GSIZE_FORMAT " (image %" G_GSIZE_FORMAT ", channel %"
                    G_GSIZE_FORMAT ", pixel %" G_GSIZE_FORMAT ") of %ux%ux%ux%u is %.9g; "
                    "%.9g +- %.3g was expected",
                    name, i, i / image, i % image / (place->h * place->w),
                    i % (place->h * place->w), place->n, place->c, place->h, place->w,
                    (double)got, reference[i], bound);
        }
    }
}

/* Channels that a blocked place has beyond its own are zero. */
static void check_padding(const VinPlace *place, const float *arena, const char *name)
{
    const gsize pixels = (gsize)place->h * place->w;

    for (gsize i = 0; place->order == VIN_ORDER_BLOCKED && i < place->n * image_values(place);
         i++) {
        const gsize n = i / image_values(place), within = i % image_values(place);
        const gsize c = within / (pixels * VIN_BLOCK) * VIN_BLOCK + within % VIN_BLOCK;
        const float got = arena[place->offset + n * place->n_stride + within];

        if (c >= place->c && got != 0) {
            g_error("%s: channel %" G_GSIZE_FORMAT " of %u, which is padding, holds %.9g", name,
                    c, place->c, (double)got);
        }
    }
}

static void choose_kernels(VinDevice *device, VinKernelChoice choice, const char *named)
{
    static gint slow = -1;
    static const char *of_environment;
    VinCaps *caps = (VinCaps *)vin_device_get_caps(device);

    of_environment = slow < 0 ? caps->kernels : of_environment;
    caps->kernels = named != NULL ? named : of_environment;
    slow = slow < 0 ? caps->slow_broadcast : slow;
    caps->slow_broadcast = choice == VIN_KERNELS_OF_DEVICE ? slow : choice == VIN_KERNELS_PLAIN;
}

/* The caller's own reference into the two arrays. */
static void refer(const VinGraph *graph, const VinCheck *check, GPtrArray *values,
                  GPtrArray *terms, const VinGraph *absolute)
{
    const VinTensor *y = g_ptr_array_index(graph->outputs, 0);
    const VinTensor *y_terms = g_ptr_array_index(absolute->outputs, 0);

    g_assert_cmpuint(graph->nodes->len, ==, 1);
    check->reference(y->producer, vin_ref_values(values, g_ptr_array_index(graph->inputs, 0)),
                     g_ptr_array_index(values, y->id), g_ptr_array_index(terms, y_terms->id));
}

void vin_check_graph(const VinGraph *graph, const VinCheck *check)
{
    VinDevice *device = vin_check_device();
    const VinTensor *x = g_ptr_array_index(graph->inputs, 0);
    gsize n_input = vin_shape_n_values(&x->shape);
    VinRandom random = {n_input};
    VinPlanParams params = {.batch = vin_tensor_n(x),
                            .guard_floats = GUARD_FLOATS,
                            .no_alias = check->no_alias,
                            .blocked_io = check->blocked,
                            .half = check->half,
                            .int8 = check->int8,
                            .window_bytes = check->window_bytes,
                            .tune = check->tune,
                            .base = check->base};
    g_autoptr(VinGraph) absolute = absolute_graph(graph);
    g_autoptr(GPtrArray) values = NULL, terms = NULL;
    g_autofree float *input = NULL, *magnitudes = NULL, *arena = NULL;
    g_autoptr(VinPlan) plan = NULL;
    g_autoptr(GError) error = NULL;

    if (device == NULL) {
        return;
    }
    input = check->low == check->high
                ? vin_random_floats(&random, n_input, -1, 1)
                : vin_random_floats(&random, n_input, check->low, check->high);
    for (gsize i = 0; i < n_input && check->half; i++) { /* as the input is stored */
        input[i] = vin_half_to_float(vin_half_from_float(input[i]));
    }
    magnitudes = g_new(float, n_input);
    for (gsize i = 0; i < n_input; i++) {
        magnitudes[i] = fabsf(input[i]);
    }
    vin_ref_run(graph, input, n_input, &values, &error);
    g_assert_no_error(error);
    vin_ref_run(absolute, magnitudes, n_input, &terms, &error);
    g_assert_no_error(error);
    if (check->reference != NULL) {
        refer(graph, check, values, terms, absolute);
    }
    choose_kernels(device, check->kernels, check->named);
    plan = vin_plan_new(graph, device, &params, NULL, NULL, &error);
    choose_kernels(device, VIN_KERNELS_OF_DEVICE, NULL);
    g_assert_no_error(error);
    if (check->adjust != NULL) {
        check->adjust(plan, check->adjust_data);
    }
    arena = vin_check_run(plan, input, n_input);
    check_guards(plan, arena);
    for (guint i = 0; i < graph->outputs->len; i++) {
        const VinTensor *output = g_ptr_array_index(graph->outputs, i);
        const VinTensor *planned = g_ptr_array_index(plan->graph->outputs, i);

        check_padding(vin_plan_place(plan, planned), arena, output->name);
        check_output(vin_plan_place(plan, planned), arena, vin_ref_values(values, output),
                     vin_ref_values(terms, g_ptr_array_index(absolute->outputs, i)), check,
                     output->name);
    }
}

static void expect_halves(VinPlan *plan, gpointer adjust)
{
    const VinCheck *check = adjust;

    g_assert_cmpint(plan->steps[0].orders.in, ==, VIN_ORDER_HALF);
    g_assert_cmpint(plan->steps[0].orders.out, ==, VIN_ORDER_HALF);
    if (check->adjust != NULL) {
        check->adjust(plan, check->adjust_data);
    }
}

void vin_check_halves(const VinGraph *graph, const VinCheck *check)
{
    VinDevice *device = vin_check_device();
    VinCheck halves = *check;

    if (device == NULL) {
        return;
    }
    if ((vin_device_get_caps(device)->bits & VIN_CAP_FP16_STORAGE) == 0) {
        g_test_message("not in 16 bits: the device has no such storage");
        return;
    }
    halves.half = halves.blocked = TRUE;
    halves.adjust = expect_halves;
    halves.adjust_data = (gpointer)check;
    vin_check_graph(graph, &halves);
}

static void expect_kernel(VinPlan *plan, gpointer data)
{
    g_assert_cmpstr(plan->steps[0].kernel->name, ==, data);
}

void vin_check_both_orders(const VinGraph *graph, const VinCheck *check, const char *kernel)
{
    VinDevice *device = vin_check_device();
    VinCheck again = *check;
    const char *reason = NULL;
    gboolean takes_blocked;

    again.kernels = VIN_KERNELS_PLAIN;
    vin_check_graph(graph, &again);
    if (device == NULL) {
        return;
    }
    choose_kernels(device, VIN_KERNELS_BROADCAST, NULL);
    takes_blocked = vin_blocked_accepts(vin_device_get_caps(device), &reason);
    if ((~vin_device_get_caps(device)->bits & BLOCKED_NEEDS) != 0) {
        takes_blocked = FALSE;
        reason = "the device lacks capabilities";
    }
    choose_kernels(device, VIN_KERNELS_OF_DEVICE, NULL);
    if (!takes_blocked) {
        g_test_message("not with blocked activations: %s", reason);
        return;
    }
    again.kernels = VIN_KERNELS_BROADCAST;
    vin_check_graph(graph, &again);
    again.blocked = TRUE;
    again.adjust = expect_kernel;
    again.adjust_data = (gpointer)kernel;
    vin_check_graph(graph, &again);
}

void vin_check_bench(const VinGraph *graph, const char *name)
{
    VinDevice *device = vin_check_device();
    g_autoptr(GError) error = NULL;
    g_autoptr(VinPlan) plan = NULL;
    g_autoptr(GString) spec = g_string_new(NULL);
    const VinStep *step;
    double ms, cpu_ms;

    if (device == NULL) {
        return;
    }
    plan = vin_plan_new(graph, device, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    step = &plan->steps[0];
    for (guint i = 0; i < step->dispatch.n_spec; i++) {
        g_string_append_printf(spec, " %u", step->dispatch.spec[i]);
    }
    ms = vin_check_time(plan, 15, &cpu_ms);
    g_test_minimized_result(ms, "%-12s %-12s spec%s: %.3f ms, %.1f GFLOP/s, CPU %.3f ms",
                            step->kernel->name, name, spec->str, ms,
                            2e-6 * (double)step->macs / ms, cpu_ms);
}
