/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs a graph on the device against the double-precision reference: arena poisoned before,
 * guard bands looked at after, every output value held to a bound.
 */
#ifndef VIN_TESTS_CHECKGPU_HARNESS_H
#define VIN_TESTS_CHECKGPU_HARNESS_H

#include "plan/plan.h"
#include "support/random.h"

typedef enum {
    VIN_BOUND_EXACT,   /* the same fp32 value */
    VIN_BOUND_TERMS,   /* |d| <= eps * sum |terms|: rounding of a sum grows with its terms, not
                        * with what is left after they cancel */
    VIN_BOUND_RELATIVE, /* |d| <= eps * |reference| */
    VIN_BOUND_RANGE    /* |d| <= eps * max |reference|: a chain of layers */
} VinBound;

/* Kernels that only gain on software drivers with fast broadcasts give way elsewhere, but must be
 * right there, too. */
typedef enum {
    VIN_KERNELS_OF_DEVICE, /* what the device would choose */
    VIN_KERNELS_PLAIN,
    VIN_KERNELS_BROADCAST
} VinKernelChoice;

typedef struct {
    VinBound bound;
    double eps;
    float low, high; /* of the random input; both 0: -1..1 */
    gboolean no_alias;
    VinKernelChoice kernels;
    const char *named; /* kernels to take before all others; NULL: those of
                        * the environment */
    gboolean blocked;  /* input and outputs may be blocked, or in 16 bits with half */
    gboolean half;     /* 16 bits where kernels have them so */
    gboolean int8;     /* VinPlanParams.int8 */
    /* In place of the reference, of a graph of one node: its output, and what VIN_BOUND_TERMS holds
     * differences against. NULL: the reference */
    void (*reference)(const VinNode *node, const double *input, double *values, double *terms);
    VinPlan *base;     /* VinPlanParams.base */
    gboolean tune;     /* VinPlanParams.tune */
    guint64 window_bytes; /* of the weights that a shader sees at once; 0: what the device allows */
    void (*adjust)(VinPlan *plan, gpointer data); /* changes the plan before it runs; or NULL */
    gpointer adjust_data;
} VinCheck;

/* The device all checks share; NULL after g_test_skip() where there is none. */
VinDevice *vin_check_device(void);
/* Every output of the graph. Fails the test with the first value that is wrong. */
void vin_check_graph(const VinGraph *graph, const VinCheck *check);
/* vin_check_graph() with plain kernels, with those that broadcast, and with those and everything
 * blocked, where the first step must have @kernel. */
void vin_check_both_orders(const VinGraph *graph, const VinCheck *check, const char *kernel);
/* vin_check_graph() with input and outputs in 16 bits, which are rounded once more. Only a message
 * where the device has no such storage. */
void vin_check_halves(const VinGraph *graph, const VinCheck *check);
/* Writes @input and runs the plan once; the whole arena, to g_free(). */
float *vin_check_run(VinPlan *plan, const float *input, gsize n_input);
/* Median milliseconds of @n runs; *cpu_ms: CPU time of all threads a run, which on a software
 * driver tells more than the clock when the machine is busy. */
double vin_check_time(VinPlan *plan, guint n, double *cpu_ms);
/* Times a graph of one node and tells the kernel, milliseconds and GFLOP/s. */
void vin_check_bench(const VinGraph *graph, const char *name);

#endif
