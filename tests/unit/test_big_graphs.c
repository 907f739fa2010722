/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Files of at most a megabyte that were made to be slow: loading and planning each takes less
 * than two seconds, whether it ends in a plan or in a refusal.
 */
#include <time.h>

#include "onnx_make.h"
#include "plan/decide.h"

#define MAX_FILE (1u << 20)
#define MAX_SECONDS 2.0
#define N 20000 /* nodes: as many as a file may have */

static const VinCaps caps = {
    .subgroup_size = 8,
    .max_storage_bytes = 1u << 30, /* a GPU takes more than a software driver */
    .max_allocation_bytes = 1u << 30,
    .max_workgroup_count = {65535, 65535, 65535},
};

/* Sanitizers cost a factor that says nothing of the algorithm. */
static gboolean is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return TRUE;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return TRUE;
#endif
#endif
    return FALSE;
}

/* Frees @model. The message of the refusal, NULL when there is a plan; to g_free(). */
static char *load_and_plan(Onnx__ModelProto *model)
{
    const VinOnnxOutputs first = {NULL, NULL};
    const VinPlanParams params = {.batch = 1};
    char *folder = onnx_make_folder();
    g_autoptr(GBytes) bytes = onnx_make_bytes(model);
    g_autofree char *path = onnx_make_file(bytes, folder, "model.onnx");
    g_autoptr(VinPlan) plan = g_new0(VinPlan, 1);
    g_autoptr(VinOnnxFile) file = NULL;
    g_autoptr(GError) error = NULL;
    clock_t start;
    double seconds;

    g_assert_cmpuint(g_bytes_get_size(bytes), <=, MAX_FILE);
    onnx_make_free(model);
    start = clock();
    file = vin_onnx_file_load(path, &error);
    plan->graph = file != NULL ? vin_onnx_import(file, &first, &error) : NULL;
    if (plan->graph != NULL && vin_plan_decide(plan, &caps, &params, &error)) {
        g_free(vin_plan_pack_weights(plan, &error));
    }
    seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    onnx_make_remove(folder);
    g_test_message("%.2f s, %s", seconds, error != NULL ? error->message : "planned");
    if (!is_sanitized()) {
        g_assert_cmpfloat(seconds, <, MAX_SECONDS);
    }
    return error != NULL ? g_strdup(error->message) : NULL;
}

static void planned(Onnx__ModelProto *model)
{
    g_autofree char *message = load_and_plan(model);

    g_assert_cmpstr(message, ==, NULL);
}

static void refused(Onnx__ModelProto *model, const char *why)
{
    g_autofree char *message = load_and_plan(model);

    g_assert_nonnull(message);
    if (strstr(message, why) == NULL) {
        g_error("\"%s\" lacks \"%s\"", message, why);
    }
}

static Onnx__ModelProto *start_model(const char *dims, const char *output)
{
    Onnx__ModelProto *model = onnx_make_new(12);

    onnx_make_input(model, "x", dims);
    onnx_make_output(model, output);
    return model;
}

/* "a" NUMBER, of the last three calls. */
static const char *numbered(char letter, guint number)
{
    static char names[3][16];
    static guint next;
    char *name = names[next++ % 3];

    g_snprintf(name, sizeof names[0], "%c%u", letter, number);
    return name;
}

/* @n times @op, each with the inputs @more too, from @from to "a<n>". */
static void add_chain(Onnx__ModelProto *model, const char *op, const char *from, const char *more,
                      guint n)
{
    g_autofree char *last = g_strdup(from);

    for (guint i = 1; i <= n; i++) {
        g_autofree char *inputs = g_strconcat(last, more, NULL);

        onnx_make_node(model, op, inputs, numbered('a', i));
        g_free(last);
        last = g_strdup(numbered('a', i));
    }
}

static void test_chains(void)
{
    static const char *const ops[] = {"Identity", "Relu", "Softmax"};

    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        Onnx__ModelProto *model = start_model("1 3 1 1", "y");

        add_chain(model, ops[i], "x", "", N - 1);
        onnx_make_node(model, "Softmax", numbered('a', N - 1), "y");
        planned(model);
    }
}

/* All are alive at once: half of the nodes read x, the others add up what those make. */
static void test_all_alive(void)
{
    Onnx__ModelProto *model = start_model("1 3 2 2", numbered('s', N / 2 - 1));

    for (guint i = 0; i < N / 2; i++) {
        onnx_make_attr_int(onnx_make_node(model, "LRN", "x", numbered('r', i)), "size", 1);
    }
    onnx_make_node(model, "Add", "r0 r0", "s0");
    for (guint i = 1; i < N / 2; i++) {
        g_autofree char *inputs =
            g_strdup_printf("%s %s", numbered('s', i - 1), numbered('r', N / 2 - i));

        onnx_make_node(model, "Add", inputs, numbered('s', i));
    }
    planned(model);
}

static void test_concats(void)
{
    Onnx__ModelProto *model = start_model("1 3 1 1", "a10000");
    g_autoptr(GString) inputs = g_string_new("x");

    for (guint i = 1; i <= N / 2; i++) { /* each a slice of the next; everybody reads one */
        g_autofree char *both = g_strdup_printf("%s x", i > 1 ? numbered('a', i - 1) : "x");

        onnx_make_attr_int(onnx_make_node(model, "Concat", both, numbered('a', i)), "axis", 1);
    }
    planned(model);

    model = start_model("1 3 1 1", "y");
    for (guint i = 1; i < VIN_MAX_INPUTS; i++) {
        g_string_append(inputs, " x");
    }
    for (guint i = 0; i < 4096; i++) { /* 64 copies each */
        onnx_make_attr_int(onnx_make_node(model, "Concat", inputs->str, numbered('c', i)), "axis",
                           1);
    }
    for (guint i = 0; i < 4096 / 64; i++) {
        g_string_truncate(inputs, 0);
        for (guint k = 0; k < 64; k++) {
            g_string_append_printf(inputs, "%s%s", k > 0 ? " " : "", numbered('c', 64 * i + k));
        }
        onnx_make_attr_int(onnx_make_node(model, "Concat", inputs->str, numbered('d', i)), "axis",
                           1);
    }
    g_string_truncate(inputs, 0);
    for (guint k = 0; k < 64; k++) {
        g_string_append_printf(inputs, "%s%s", k > 0 ? " " : "", numbered('d', k));
    }
    onnx_make_attr_int(onnx_make_node(model, "Concat", inputs->str, "y"), "axis", 1);
    refused(model, "nodes");
}

/* Thousands of nodes share constants of many channels. */
static void test_shared_constants(void)
{
    Onnx__ModelProto *model = start_model("1 1 1 1", "a12000");

    onnx_make_floats(model, "w", "30000 1 1 1");
    onnx_make_floats(model, "v", "30000");
    onnx_make_node(model, "Conv", "x w", "c");
    onnx_make_node(model, "Relu", "c", "r");
    add_chain(model, "BatchNormalization", "r", " v v v v", 12000);
    refused(model, "channels together");

    model = start_model("1 1 1 1", numbered('a', 15000));
    onnx_make_floats(model, "w", "30000 1 1 1");
    onnx_make_floats(model, "k", "");
    onnx_make_node(model, "Conv", "x w", "c");
    add_chain(model, "Mul", "c", " k", 15000);
    refused(model, "channels together");

    model = start_model("1 1 1 1", "y");
    onnx_make_floats(model, "w", "1 60000");
    onnx_make_floats(model, "u", "60000 1");
    onnx_make_floats(model, "b", "1");
    onnx_make_node(model, "Flatten", "x", "f0");
    for (guint i = 0; i < 5000; i++) {
        g_autofree char *wide = g_strdup_printf("f%u w b", i);
        g_autofree char *narrow = g_strdup_printf("g%u u", i);

        onnx_make_node(model, "Gemm", wide, numbered('g', i));
        onnx_make_node(model, "MatMul", narrow, numbered('f', i + 1));
    }
    onnx_make_node(model, "Softmax", "f5000", "y");
    refused(model, "biases of one value");
}

/* One weight of many values, and a long row of what folds into it. */
static void test_long_fold(void)
{
    Onnx__ModelProto *model = start_model("1 3 32 32", numbered('a', 15000));

    onnx_make_floats(model, "w", "4 3 100 100");
    onnx_make_floats(model, "k", "");
    onnx_make_attr_ints(onnx_make_node(model, "Conv", "x w", "c"), "pads", "50 50 50 50");
    add_chain(model, "Mul", "c", " k", 15000);
    planned(model);
}

/* Half of the nodes take the names that the others would get. */
/* All read x: of so large outputs that none can be joined, then so that a few can be, with weights
 * that would be more than the machine's memory if each had its own. */
static void test_siblings(void)
{
    static const char *const inputs[] = {"1 1 600 600", "1 3 36 36"};
    static const char *const weights[] = {"16 1 1 1", "16 3 36 36"};

    for (guint k = 0; k < G_N_ELEMENTS(inputs); k++) {
        Onnx__ModelProto *model = start_model(inputs[k], numbered('s', N / 2 - 1));

        onnx_make_floats(model, "w", weights[k]);
        for (guint i = 0; i < N / 2; i++) {
            onnx_make_node(model, "Conv", "x w", numbered('r', i));
        }
        onnx_make_node(model, "Add", "r0 r0", "s0");
        for (guint i = 1; i < N / 2; i++) {
            g_autofree char *both =
                g_strdup_printf("%s %s", numbered('s', i - 1), numbered('r', N / 2 - i));

            onnx_make_node(model, "Add", both, numbered('s', i));
        }
        refused(model, "bytes");
    }
}

static void test_names(void)
{
    Onnx__ModelProto *model = start_model("1 3 1 1", "y");

    add_chain(model, "Relu", "x", "", N - 1);
    for (guint i = 0; i < N - 1; i++) {
        model->graph->node[i]->name =
            i < N / 2 ? g_strdup_printf("n#%u", i + N / 2) : g_strdup("n");
    }
    onnx_make_node(model, "Softmax", numbered('a', N - 1), "y");
    planned(model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/big_graphs/chains", test_chains);
    g_test_add_func("/big_graphs/all_alive", test_all_alive);
    g_test_add_func("/big_graphs/concats", test_concats);
    g_test_add_func("/big_graphs/shared_constants", test_shared_constants);
    g_test_add_func("/big_graphs/long_fold", test_long_fold);
    g_test_add_func("/big_graphs/siblings", test_siblings);
    g_test_add_func("/big_graphs/names", test_names);
    return g_test_run();
}
