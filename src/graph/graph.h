/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinGraph: tensors and nodes of a network, kept in execution order. No files, no
 * Vulkan. Built by model/, rewritten by passes/ through graph/rewrite.h, read by plan/ and
 * kernels/.
 *
 * Shapes are static. Every node has one output. The graph owns everything in it.
 */
#ifndef VIN_GRAPH_GRAPH_H
#define VIN_GRAPH_GRAPH_H

#include "graph/tensor.h"

/* Placing tensors takes a time that goes with the square of this. */
#define VIN_GRAPH_MAX_NODES 40000u
#define VIN_MAX_INPUTS 64 /* of a concat; others take at most 5 */

typedef enum {
    VIN_OP_CONV,      /* inputs: x[N C H W], w[K C/groups R S], optional b[K] */
    VIN_OP_GEMM,      /* inputs: x[N C ...] flattened, w (see params), optional b[M]; out [N M] */
    VIN_OP_MAX_POOL,
    VIN_OP_AVG_POOL,  /* global pooling is an average pool as large as its input */
    VIN_OP_LRN,       /* across channels */
    VIN_OP_RELU,
    VIN_OP_SIGMOID,   /* 1 / (1 + exp(-x)) */
    VIN_OP_ADD,       /* x + y, y an activation of the same shape, or a constant: a scalar
                       * (n_dims 0) or one value a channel ([C], also where ONNX would
                       * align that with W) */
    VIN_OP_MUL,       /* likewise */
    VIN_OP_BATCHNORM, /* inputs: x, scale, bias, mean, variance, each [C] */
    VIN_OP_CONCAT,    /* of activations, on channels */
    VIN_OP_SOFTMAX,   /* over channels (axis 1) of N C or N C 1 1 */
    VIN_OP_RESHAPE,   /* inputs: x; same values, new shape u.shape (N stays): reshape, flatten */
    VIN_OP_DROPOUT,   /* identity in inference */
    VIN_OP_IDENTITY,
    VIN_OP_COPY,      /* plan-time: into a channel slice */
    VIN_N_OPS
} VinOp;

typedef struct {
    guint32 kernel_h, kernel_w;           /* R, S */
    guint32 stride_h, stride_w;
    guint32 dilation_h, dilation_w;       /* 1 for pooling */
    guint32 pad_top, pad_left, pad_bottom, pad_right; /* explicit, auto_pad resolved */
    guint32 groups;                       /* conv */
    gboolean count_include_pad;           /* average pool */
    gboolean ceil_mode;                   /* pooling */
    gboolean relu;                        /* fused by a pass: conv */
    float in_low, in_high;                /* conv: of the values that it reads, as they were
                                           * measured; low <= 0 <= high; both 0: not known */
} VinWindowParams;

typedef struct {
    guint32 size;
    float alpha, beta, bias; /* y = x / (bias + alpha / size * sum x^2)^beta */
} VinLrnParams;

typedef struct {
    gboolean trans_b; /* TRUE: w is [M C] (row per output), FALSE: w is [C M] */
    float alpha, beta; /* y = alpha x w + beta b */
    gboolean relu;
} VinGemmParams;

struct _VinNode {
    VinOp op;
    char *name;                 /* unique, for messages: the ONNX node's or made up */
    guint n_inputs;
    VinTensor *inputs[VIN_MAX_INPUTS]; /* an absent optional input is NULL at the end */
    VinTensor *output;
    char **joined;              /* names of the nodes that are part of this one since
                                 * passes/join_siblings.c, or NULL */
    union {
        VinWindowParams window; /* CONV, MAX_POOL, AVG_POOL */
        VinLrnParams lrn;
        VinGemmParams gemm;
        float epsilon;          /* BATCHNORM */
        gboolean relu;          /* ADD */
        VinShape shape;         /* RESHAPE: the output's; as many values, the same N */
    } u;
};

typedef struct {
    GPtrArray *tensors; /* VinTensor*, index == id */
    GPtrArray *nodes;   /* VinNode*, in execution order */
    GPtrArray *inputs;  /* VinTensor*, not owned: exactly one for now */
    GPtrArray *outputs; /* VinTensor*, not owned: main first, then heads */
    GHashTable *tensor_names; /* name -> VinTensor*; graph.c's own */
    GHashTable *node_names;   /* name -> VinNode*; graph.c's own */
    guint last_number;        /* of the names that were made unique; graph.c's own */
} VinGraph;

VinGraph *vin_graph_new(void);
void vin_graph_free(VinGraph *graph);
VinGraph *vin_graph_copy(const VinGraph *graph); /* constants are shared, not copied */

/* Tensors. Names must be unique: NULL when taken. */
VinTensor *vin_graph_add_tensor(VinGraph *graph, const char *name, const VinShape *shape);
VinTensor *vin_graph_add_constant(VinGraph *graph, const char *name, VinType type,
                                  const VinShape *shape, GBytes *data);
/* A constant of @values, which it takes, under "@owner/@what" or that with a number behind it. */
VinTensor *vin_graph_add_floats(VinGraph *graph, const char *owner, const char *what,
                                const VinShape *shape, float *values);
VinTensor *vin_graph_find_tensor(const VinGraph *graph, const char *name);

/* @base, or @base with a number behind it when a tensor or node has that name. To g_free(). */
char *vin_graph_unique_name(VinGraph *graph, const char *base);

/* Appends a node whose params the caller has filled in @proto (op, u, inputs, n_inputs;
 * name and output are ignored) and computes the output's shape by graph/shape.c. The
 * output tensor is made under @output_name. @name NULL or "": named after the output; one
 * that is taken gets a number. NULL with VIN_ERROR_* and the node's name when inputs do not
 * fit, the output's name is taken or there are VIN_GRAPH_MAX_NODES nodes. */
VinTensor *vin_graph_add_node(VinGraph *graph, const char *name, const VinNode *proto,
                              const char *output_name, GError **error);
/* Sets N of every activation, and of the new shapes of reshapes. FALSE when a size gets out
 * of bounds. */
gboolean vin_graph_set_batch(VinGraph *graph, guint32 n, GError **error);

/* For graph/rewrite.c: the nodes, which the caller owns then, leave the graph; and a node that is
 * in no list any more is freed. */
GPtrArray *vin_graph_take_nodes(VinGraph *graph);
void vin_graph_free_node(VinGraph *graph, VinNode *node);

/* graph/shape.c: the output shape of a node. */
gboolean vin_shape_infer(const VinNode *node, VinShape *out, GError **error);
/* graph/verify.c: invariants, with the reason in @error. */
gboolean vin_graph_verify(const VinGraph *graph, GError **error);

/* graph/stats.c */
guint64 vin_node_macs(const VinNode *node);
guint64 vin_node_n_params(const VinNode *node);
const char *vin_op_name(VinOp op); /* "conv", "max_pool", ... */
/* Module a node belongs to, from its name: "inception_3a/1x1" -> "inception_3a", likewise
 * "/Mixed_5b/branch1x1/conv/Conv" -> "Mixed_5b"; NULL when no folder of the name begins with
 * inception or mixed and a number or '_'. To g_free(). */
char *vin_node_module(const VinNode *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinGraph, vin_graph_free)

#endif
