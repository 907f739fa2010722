/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A plan as text for people and as one JSON object for programs.
 */
#include "base/json.h"
#include "plan/plan.h"

static guint count_barriers(const VinPlan *plan)
{
    guint n = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        n += plan->steps[i].barrier_before != FALSE;
    }
    return n;
}

static guint64 count_macs(const VinPlan *plan)
{
    guint64 n = 0;

    for (guint i = 0; i < plan->n_steps; i++) {
        n += plan->steps[i].macs;
    }
    return n;
}

static const char *precision_name(const VinPlan *plan)
{
    return plan->int8 ? "int8" : plan->half ? "fp16" : "fp32";
}

/* Why this kernel, and of a step that is several layers, which others. */
static char *remarks_of(const VinStep *step)
{
    g_autofree char *others =
        step->node->joined != NULL ? g_strjoinv(", ", step->node->joined) : NULL;

    return others == NULL ? g_strdup(step->reason)
                          : g_strdup_printf("%s; together with %s", step->reason, others);
}

char *vin_plan_describe_text(VinPlan *plan)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text,
                           "%u steps in %u phases, %u pipelines, %.1f M multiply-adds, %s, "
                           "arena %.2f MiB, weights %.2f MiB\n",
                           plan->n_steps, count_barriers(plan),
                           vin_pipelines_count(plan->pipelines),
                           (double)count_macs(plan) / 1e6,
                           precision_name(plan),
                           (double)plan->arena.size / (1 << 20),
                           (double)plan->weights.size / (1 << 20));
    for (guint i = 0; i < plan->n_steps; i++) {
        const VinStep *step = &plan->steps[i];
        g_autofree char *shape = vin_shape_to_string(&step->node->output->shape);
        g_autofree char *remarks = remarks_of(step);

        g_string_append_printf(text, "%s%-40s %-14s %-16s %5ux%ux%u groups %10.3f M  %s\n",
                               step->barrier_before ? "-- " : "   ", step->name,
                               step->kernel->name, shape, step->dispatch.groups[0],
                               step->dispatch.groups[1], step->dispatch.groups[2],
                               (double)step->macs / 1e6, remarks);
    }
    return g_string_free(text, FALSE);
}

static void append_json_step(GString *json, const VinStep *step)
{
    g_autofree char *shape = vin_shape_to_string(&step->node->output->shape);

    g_string_append(json, "{\"name\":");
    vin_json_append_string(json, step->name);
    g_string_append(json, ",\"op\":");
    vin_json_append_string(json, vin_op_name(step->node->op));
    g_string_append(json, ",\"kernel\":");
    vin_json_append_string(json, step->kernel->name);
    g_string_append(json, ",\"reason\":");
    vin_json_append_string(json, step->reason);
    g_string_append(json, ",\"joined\":[");
    for (guint i = 0; step->node->joined != NULL && step->node->joined[i] != NULL; i++) {
        g_string_append(json, i > 0 ? "," : "");
        vin_json_append_string(json, step->node->joined[i]);
    }
    g_string_append(json, "],\"shape\":");
    vin_json_append_string(json, shape);
    g_string_append_printf(json,
                           ",\"groups\":[%u,%u,%u],\"barrier_before\":%s,"
                           "\"macs\":%" G_GUINT64_FORMAT "}",
                           step->dispatch.groups[0], step->dispatch.groups[1],
                           step->dispatch.groups[2], step->barrier_before ? "true" : "false",
                           step->macs);
}

char *vin_plan_describe_json(VinPlan *plan)
{
    GString *json = g_string_new("{\"steps\":[");

    for (guint i = 0; i < plan->n_steps; i++) {
        if (i > 0) {
            g_string_append_c(json, ',');
        }
        append_json_step(json, &plan->steps[i]);
    }
    g_string_append_printf(json,
                           "],\"precision\":\"%s\",\"n_steps\":%u,\"phases\":%u,\"pipelines\":%u,"
                           "\"macs\":%" G_GUINT64_FORMAT ",\"arena_bytes\":%" G_GSIZE_FORMAT
                           ",\"weight_bytes\":%" G_GSIZE_FORMAT "}",
                           precision_name(plan), plan->n_steps, count_barriers(plan),
                           vin_pipelines_count(plan->pipelines),
                           count_macs(plan), plan->arena.size, plan->weights.size);
    return g_string_free(json, FALSE);
}
