/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinKernel: one way to run one op. A node is offered to the kernels of its op, best
 * first; the plain one, which takes everything, is last.
 *
 * Activations are N C H W in one arena buffer, fp32 unless their order says otherwise; a tensor
 * is an offset plus strides, so a channel slice of another tensor costs nothing. Weights of all
 * nodes are packed into one weight buffer.
 */
#ifndef VIN_KERNELS_KERNEL_H
#define VIN_KERNELS_KERNEL_H

#include "graph/graph.h"
#include "vk/vk.h"

/* How the values of a tensor follow one another (shaders/abi/blocked.h). Bits, so that a kernel
 * can list those it takes. */
typedef enum {
    VIN_ORDER_PLANAR = 1 << 0, /* N C H W */
    VIN_ORDER_BLOCKED = 1 << 1, /* N C/16 H W 16 */
    VIN_ORDER_HALF = 1 << 2     /* N C H W of 16-bit floats, only where VinCaps.half is set */
} VinOrder;

#define VIN_ORDER_BLOCK 16 /* channels of a block */

/* Where a tensor lies in the arena, counted in its own values: floats, or halves of them. Rows are
 * dense (stride w). */
typedef struct {
    guint32 offset;   /* from the arena's start */
    guint32 n_stride; /* from image to image */
    guint32 c_stride; /* from channel to channel; blocked: from block to block */
    guint32 n, c, h, w;
    VinOrder order;
} VinPlace;

typedef struct {
    const VinNode *node;
    VinPlace in[2];        /* the activations it reads, in order */
    VinPlace out;
    guint32 weight_offset; /* floats from the weight buffer's start; what pack() wrote. A
                            * multiple of 16, so that shaders may read vec4 */
    const VinCaps *caps;
} VinKernelArgs;

/* One dispatch. Shader by its id in the generated table. */
typedef struct {
    guint shader;                 /* VinShaderId of shader_table.h */
    guint32 spec[VIN_MAX_SPEC];   /* specialization constants 0..n_spec-1 */
    guint n_spec;
    guint32 push[VIN_PUSH_BYTES / 4];
    guint push_bytes;
    guint n_addresses;            /* push constants begin with the address of the arena (1), and
                                   * of the weights (2), low word first; whoever has the buffers
                                   * fills them in */
    guint32 groups[3];            /* work groups */
} VinDispatch;

typedef struct {
    const char *name;  /* "conv_direct": the same word in shader, log, test and bench */
    VinOp op;
    guint32 needs;     /* VinCapBits */
    guint reads, writes; /* VinOrder bits of the activations in and out; 0: planar */
    guint far; /* the shader in place of its own that finds planar fp32 activations by address
                * (VinCaps.far); 0, which is none of these: there is none, or all of its go by
                * addresses anyway (VIN_CAP_BUFFER_ADDRESS) */
    /* FALSE with a static reason when it can't run this node. NULL: takes every node. */
    gboolean (*accepts)(const VinNode *node, const VinCaps *caps, const char **reason);
    /* FALSE with a static reason where another one is likely faster, though this one would do; not
     * asked of kernels that somebody named. NULL: wherever it is accepted. */
    gboolean (*suits)(const VinNode *node, const VinCaps *caps, const char **reason);
    /* Bytes of packed weights, 0 for none. NULL: 0. */
    gsize (*weight_bytes)(const VinNode *node);
    /* Writes exactly weight_bytes() to @dst. NULL: nothing. */
    void (*pack)(const VinNode *node, float *dst);
    /* Fills one dispatch. */
    void (*dispatch)(const VinKernelArgs *args, VinDispatch *out);
} VinKernel;

/* Makes of a dispatch of @kernel one that finds the arena by its address. */
void vin_dispatch_make_far(VinDispatch *dispatch, const VinKernel *kernel);
/* Into the push constants of a dispatch that goes by addresses. */
static inline void vin_dispatch_set_addresses(VinDispatch *dispatch, VkDeviceAddress arena,
                                              VkDeviceAddress weights)
{
    const VkDeviceAddress addresses[] = {arena, weights};

    for (guint i = 0; i < dispatch->n_addresses; i++) {
        dispatch->push[2 * i] = (guint32)addresses[i];
        dispatch->push[2 * i + 1] = (guint32)(addresses[i] >> 32);
    }
}

/* kernels/blocked.c: does the device gain by blocked activations? *reason: why not. */
gboolean vin_blocked_accepts(const VinCaps *caps, const char **reason);

/* kernels/registry.c: the kernels of @op, best first, NULL-terminated. Empty for ops that
 * never reach a plan (dropout, identity, batchnorm, concat, reshape). */
const VinKernel *const *vin_kernels_for(VinOp op);
/* Is @name in @list (VinCaps.kernels)? */
gboolean vin_kernels_name(const char *list, const char *name);
/* VIN_ERROR_INVALID for a name in @list that no kernel has. */
gboolean vin_kernels_check(const char *list, GError **error);

#endif
