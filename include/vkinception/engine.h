/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinEngine: a model compiled for a device. VinStream: one caller's frames through it.
 *
 *     submit(frame) -> ticket ... collect(ticket) -> result
 */
#ifndef VKINCEPTION_ENGINE_H
#define VKINCEPTION_ENGINE_H

#include <glib.h>
#include <vkinception/device.h>
#include <vkinception/frame.h>
#include <vkinception/model.h>

G_BEGIN_DECLS

/** VIN_MAX_TOP_K: most entries a result holds. Since 0.1 */
#define VIN_MAX_TOP_K 100

/** VinEngine: shareable between threads, reference counted. Since 0.1 */
typedef struct _VinEngine VinEngine;
/**
 * VinStream: one caller's frames. One thread may submit while another one waits, collects,
 * forgets or asks; two threads that submit, or two that collect, need a lock of their own.
 * vin_stream_run(), vin_stream_run_tensor() and vin_stream_preprocess() do both. What selects and
 * sets may be called from any thread. Since 0.1
 */
typedef struct _VinStream VinStream;
/** VinTicket: names one submitted frame of a stream; never 0. Since 0.1 */
typedef guint64 VinTicket;

/**
 * VinProgressFunc: told of long compilation.
 * @done: 0..@total; the last call has @done == @total
 *
 * Called in the thread of vin_engine_new(). Since 0.1
 */
typedef void (*VinProgressFunc)(guint done, guint total, const char *what, gpointer user_data);

/** VinResizeMode: in place of the recipe's resize. Since 0.1 */
typedef enum {
    VIN_RESIZE_MODE_AUTO,     /* as the recipe says */
    VIN_RESIZE_MODE_STRETCH,  /* the whole picture, stretched to the network's input */
    VIN_RESIZE_MODE_CROP,     /* the middle of it, scaled alike both ways to fill the input */
    VIN_RESIZE_MODE_LETTERBOX /* all of it, scaled alike both ways, the rest filled */
} VinResizeMode;

/** VinScaleMethod: in place of the recipe's interpolation. Since 0.1 */
typedef enum {
    VIN_SCALE_METHOD_AUTO, /* as the recipe says */
    VIN_SCALE_METHOD_BILINEAR, /* two pixels each way, no antialiasing */
    VIN_SCALE_METHOD_AREA,     /* mean of all that a pixel covers */
    VIN_SCALE_METHOD_NEAREST
} VinScaleMethod;

/** VinPrecision: in what activations and weights are kept; sums always have 32 bits. Since 0.1 */
typedef enum {
    VIN_PRECISION_AUTO, /* fp16 on GPUs that have 16-bit storage, else fp32 */
    VIN_PRECISION_FP32,
    VIN_PRECISION_FP16, /* scores differ by about a thousandth. Slow on software drivers */
    VIN_PRECISION_INT8  /* convolutions multiply 8 bits by 8 bits, all else is as with auto; the
                         * model's sidecar has to have ranges, which VinCalibration measures. Slow
                         * on software drivers, and on devices without integer dot products */
} VinPrecision;

/** VinAutotune: whether kernels are chosen by timing them on the device. Since 0.1 */
typedef enum {
    VIN_AUTOTUNE_OFF, /* as the table of what devices can do has it */
    VIN_AUTOTUNE_ONCE /* the fastest for each shape of layer. The first engine of a network on a
                       * device takes longer; its times are kept for those that follow, in other
                       * processes, too. Without effect on software drivers (the environment's
                       * VIN_AUTOTUNE=once has one there) and devices without time stamps */
} VinAutotune;

/** VinScheduling: when a frame starts that could have company. Since 0.1 */
typedef enum {
    VIN_SCHEDULING_LATENCY, /* at once while the device is idle; what comes meanwhile is gathered */
    VIN_SCHEDULING_THROUGHPUT /* when batch_size frames are there, or the oldest has waited long */
} VinScheduling;

/** VinEngineParams: zeroed fields and NULL mean defaults. Since 0.1 */
typedef struct {
    guint top_k;              /* most entries of a result, 1..VIN_MAX_TOP_K; 0: 5 */
    guint slots;              /* frames in flight a stream, 1..64; 0: 2 */
    gboolean all_scores;      /* also read every class's score back */
    gboolean time_layers;     /* GPU timestamps around every step; slower */
    const char *heads;        /* outputs that make the result: names with commas between ("main",
                               * those of vin_model_get_head()), or "all"; NULL: "main". Nothing
                               * that only other outputs need is computed */
    const char *head_weights; /* as many numbers >= 0 with commas between; the result is the
                               * weighted mean. NULL: 1 for main, 0.3 for an intermediate head */
    const char *allow_labels; /* classes that results may name, NULL: all; vin_stream_select() */
    const char *deny_labels;  /* classes that they may not name, NULL: none */
    VinResizeMode resize;        /* what the network sees of a picture */
    VinScaleMethod scale_method; /* of tiles without effect: they are not scaled */
    gboolean disable_warm_up; /* skip the warm-up run, so the first frame compiles */
    guint batch_size;          /* most frames, of all streams, that run together; 1..64; 0: 1 */
    guint64 batch_timeout_ns;  /* longest that a frame waits for company; 0: 20 ms */
    VinScheduling scheduling;
    VinPrecision precision;
    VinAutotune autotune;
    VinEngine *replaces;       /* nullable, vin_engine_open(): if nobody but the caller, with one
                                * stream, has it, its instance id is free for the new one */
    VinProgressFunc progress;
    gpointer progress_data;
} VinEngineParams;

/** VinScore: one class's score. Since 0.1 */
typedef struct {
    guint32 index; /* class, 0-based, in the model's order */
    float score;   /* 0..1, a probability; any number with VIN_ACTIVATION_NONE */
} VinScore;

/** VinResult: what one frame gave. Since 0.1 */
typedef struct {
    guint n_top;                  /* entries in top: the smaller of top_k and the selected classes
                                   * whose score is a number */
    VinScore top[VIN_MAX_TOP_K];  /* highest score first; equal scores by index */
    guint64 gpu_ns;               /* GPU time of the frame, or of the batch that it was in, ns; 0
                                   * when the device has no timestamps */
    const float *scores;          /* n_classes scores, selected or not, with all_scores, else NULL;
                                   * the stream's, valid until its next collect or run */
    guint n_nan;                  /* selected classes whose score is not a number, for the network
                                   * is broken; the first such frame of a stream logs a warning */
    guint n_batch;                /* frames that ran together with this one, itself included */
} VinResult;

/**
 * vin_result_count: how many of @result's entries, from the first on, reach @threshold.
 * @threshold: lowest score worth naming; 0: all entries, whatever their score is
 *
 * Both are compared as floats: 0.7 is reached by the score that prints as 0.7. Any thread.
 * Since 0.1
 */
VIN_API guint vin_result_count(const VinResult *result, double threshold);

/** VinLayerTime: GPU time of one step. Since 0.1 */
typedef struct {
    const char *name;   /* node name, the engine's */
    const char *kernel; /* e.g. "conv_direct" */
    guint64 gpu_ns;
    guint64 macs;       /* multiply-adds */
} VinLayerTime;

/**
 * vin_engine_new: compiles @model for @device: plans, packs and uploads weights, builds
 * pipelines, records commands and warms up.
 * @params: (nullable): options, read during the call only
 *
 * Returns: (transfer full): the engine, which keeps references to both; or NULL with
 * VIN_ERROR_UNSUPPORTED (also fp16 where the device has no 16-bit storage), VIN_ERROR_FORMAT
 * (constants that make no sense), VIN_ERROR_INVALID (a parameter or the recipe, also int8 without
 * ranges in the model's sidecar), VIN_ERROR_MEMORY,
 * VIN_ERROR_LOST or VIN_ERROR_DEVICE. Any thread. Since 0.1
 */
VIN_API VinEngine *vin_engine_new(VinModel *model, VinDevice *device,
                                  const VinEngineParams *params, GError **error);
/**
 * vin_engine_open: as vin_engine_new(), but gives the engine that another caller has opened this
 * way, as long as it is in use. Models of the same files, the device, heads, weights, all_scores,
 * time_layers, warm-up, precision, autotune, what concerns batches, and @instance_id have to be the
 * same. What streams can say for themselves (VinStreamParams) does not: it is the first caller's
 * that the engine keeps. While another caller compiles it, this one waits, and is told so by its
 * progress function.
 * @instance_id: (nullable): engines of different ones are never shared; NULL and "" are the same
 *
 * Returns: as vin_engine_new(); VIN_ERROR_INVALID also where an @instance_id other than "" is in
 * use on @device for something else. Any thread. Since 0.1
 */
VIN_API VinEngine *vin_engine_open(VinModel *model, VinDevice *device,
                                   const VinEngineParams *params, const char *instance_id,
                                   GError **error);
VIN_API VinEngine *vin_engine_ref(VinEngine *engine);
/** vin_engine_unref: gives a reference back; NULL is welcome. Since 0.1 */
VIN_API void vin_engine_unref(VinEngine *engine);
VIN_API VinModel *vin_engine_get_model(VinEngine *engine);
VIN_API VinDevice *vin_engine_get_device(VinEngine *engine);

/**
 * vin_engine_get_frame_ns: wall time from submitting a frame to its result, ns, of a device that
 * is warm and idle: measured once, when the engine was warmed up; 0 without. Since 0.1
 */
VIN_API guint64 vin_engine_get_frame_ns(VinEngine *engine);

/** vin_engine_describe: the plan: steps, kernels, reasons, memory. To g_free(). Since 0.1 */
VIN_API char *vin_engine_describe(VinEngine *engine, VinDescribeFormat format);

/** VinStreamParams: zeroed fields and NULL mean the engine's. Since 0.1 */
typedef struct {
    guint slots; /* frames in flight, 1..64 */
    guint top_k; /* most entries of a result, 1..VIN_MAX_TOP_K */
    const char *allow_labels, *deny_labels; /* of the two, what is NULL is the engine's; "" stands
                                             * for all and for none; vin_stream_select() */
    VinResizeMode resize;
    VinScaleMethod scale_method;
} VinStreamParams;

/** vin_stream_new: a stream with its own slots; keeps a reference to @engine. Since 0.1 */
VIN_API VinStream *vin_stream_new(VinEngine *engine, GError **error);
/**
 * vin_stream_new_with_params: as vin_stream_new(), with options of its own.
 * @params: (nullable): options, read during the call only
 *
 * Returns: (transfer full): NULL with VIN_ERROR_INVALID, VIN_ERROR_MEMORY, VIN_ERROR_LOST or
 * VIN_ERROR_DEVICE. Since 0.1
 */
VIN_API VinStream *vin_stream_new_with_params(VinEngine *engine, const VinStreamParams *params,
                                              GError **error);
/** vin_stream_free: waits for frames in flight, then frees; NULL is welcome. Since 0.1 */
VIN_API void vin_stream_free(VinStream *stream);

/**
 * vin_stream_select: which classes the results of frames submitted from now on may name: those of
 * @allow_labels without those of @deny_labels. Results hold the best of these; their scores are
 * what they were, not scaled up.
 * @allow_labels: (nullable): a list; NULL and "" stand for all classes
 * @deny_labels: (nullable): a list; NULL and "" stand for none
 *
 * An entry of a list is a label, a WordNet id, an index from 0, or a pattern for labels, in which
 * '*' is any text and '?' any character; they are tried in this order. Case does not matter where
 * labels differ in more than case. There are commas between entries, or semicolons: a list that
 * has one is split at semicolons only, so that labels may hold commas. A backslash takes the
 * character after it as it is. Blanks around entries do not count.
 *
 * Returns: FALSE with VIN_ERROR_INVALID for an entry that names no class (the message has labels
 * that are like it) and lists that leave no class; then all stays as it was. Since 0.1
 */
VIN_API gboolean vin_stream_select(VinStream *stream, const char *allow_labels,
                                   const char *deny_labels, GError **error);

/**
 * vin_stream_set_top_k: most entries of the results of frames submitted from now on.
 * @top_k: 1..VIN_MAX_TOP_K; 0: the engine's
 *
 * Returns: FALSE with VIN_ERROR_INVALID. Since 0.1
 */
VIN_API gboolean vin_stream_set_top_k(VinStream *stream, guint top_k, GError **error);

/** vin_stream_get_n_top: most entries the next submitted frame's result can have: the smaller of
 *  top_k and the selected classes. Since 0.1 */
VIN_API guint vin_stream_get_n_top(VinStream *stream);

/**
 * vin_stream_check_frame: whether frames like @frame can be submitted: format, size, crop, and
 * what the device can read at once. Its planes are not looked at. For an answer before video
 * begins.
 *
 * Returns: FALSE with VIN_ERROR_INVALID saying what would be accepted. Since 0.1
 */
VIN_API gboolean vin_stream_check_frame(VinStream *stream, const VinFrame *frame,
                                        GError **error);

/**
 * vin_stream_submit: copies @frame's planes and starts its work. Waits for the device only where
 * no slot is free but a forgotten frame's, which is still at work.
 * @ticket: (out): names the frame
 *
 * Returns: FALSE with VIN_ERROR_INVALID (frame does not fit), VIN_ERROR_BUSY (no free slot),
 * VIN_ERROR_MEMORY, VIN_ERROR_LOST or VIN_ERROR_DEVICE. Since 0.1
 */
VIN_API gboolean vin_stream_submit(VinStream *stream, const VinFrame *frame, VinTicket *ticket,
                                   GError **error);

/** vin_stream_collect: waits for @ticket, in any order, once each; fills @result. Since 0.1 */
VIN_API gboolean vin_stream_collect(VinStream *stream, VinTicket ticket, VinResult *result,
                                    GError **error);

/**
 * vin_stream_flush: frames of this stream that wait for company start now. Without a call, they
 * start in time when somebody waits for one of them or asks whether it is done. Since 0.1
 */
VIN_API void vin_stream_flush(VinStream *stream);

/** vin_stream_is_done: TRUE when collecting @ticket would not wait. Since 0.1 */
VIN_API gboolean vin_stream_is_done(VinStream *stream, VinTicket ticket);

/**
 * vin_stream_wait: waits until collecting @ticket would not wait any more.
 * @timeout_ns: 0 only asks, G_MAXUINT64 has no limit
 *
 * Returns: TRUE for a ticket that is done, that failed, or that is none; FALSE after the timeout.
 * Since 0.1
 */
VIN_API gboolean vin_stream_wait(VinStream *stream, VinTicket ticket, guint64 timeout_ns);

/**
 * vin_stream_wait_read: waits until the images or dma-bufs of @ticket's frame have been read, so
 * that they may be written to again; a frame in system memory was when it was submitted. For the
 * thread that submits.
 * @timeout_ns: as of vin_stream_wait()
 *
 * Returns: TRUE where they have, or @ticket is none; FALSE after the timeout. Since 0.1
 */
VIN_API gboolean vin_stream_wait_read(VinStream *stream, VinTicket ticket, guint64 timeout_ns);

/**
 * vin_stream_forget: gives a submitted frame up, so that it is never collected. Does not wait: the
 * slot is free again once the device has finished. What is no ticket is welcome. Since 0.1
 */
VIN_API void vin_stream_forget(VinStream *stream, VinTicket ticket);

/** vin_stream_get_n_free: frames that could be submitted now without waiting. Since 0.1 */
VIN_API guint vin_stream_get_n_free(VinStream *stream);

/** vin_stream_run: submit and collect in one. Since 0.1 */
VIN_API gboolean vin_stream_run(VinStream *stream, const VinFrame *frame, VinResult *result,
                                GError **error);

/**
 * vin_stream_run_tensor: runs the network on a tensor that is already pre-processed.
 * @data: 1 x C x H x W floats in the network's own input form
 * @n_values: how many, must be C * H * W
 *
 * Returns: as vin_stream_submit() and vin_stream_collect(): it, too, needs a free slot. Since 0.1
 */
VIN_API gboolean vin_stream_run_tensor(VinStream *stream, const float *data, gsize n_values,
                                       VinResult *result, GError **error);

/**
 * vin_stream_preprocess: only pre-processing: what the network would see of @frame.
 * @data: (out): room for @n_values floats, filled as 1 x C x H x W
 * @n_values: how many, must be C * H * W
 *
 * Returns: as vin_stream_submit(): it, too, needs a free slot. Since 0.1
 */
VIN_API gboolean vin_stream_preprocess(VinStream *stream, const VinFrame *frame, float *data,
                                       gsize n_values, GError **error);

/**
 * vin_stream_get_layer_times: of the last collected frame, with time_layers.
 * @n_layers: (out): how many
 *
 * Returns: (transfer none): the stream's array, valid until its next call; NULL without. Since 0.1
 */
VIN_API const VinLayerTime *vin_stream_get_layer_times(VinStream *stream, guint *n_layers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinEngine, vin_engine_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinStream, vin_stream_free)

G_END_DECLS

#endif
