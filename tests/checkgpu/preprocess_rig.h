/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Runs preprocess.comp alone: frames of noise in, the network's input out, everything
 * around the output watched.
 */
#ifndef VIN_TESTS_PREPROCESS_RIG_H
#define VIN_TESTS_PREPROCESS_RIG_H

#include "abi/preprocess.h"
#include "kernels/preprocess.h"
#include "vk/vk.h"

#define RIG_MAX_PIXELS (1920 * 1080)

typedef struct {
    VinDevice *device;
    VinVkLayout layout;
    VinVkBuffer arena, frame, uniforms;
    VinVkSet set;
    VinVkCommand command;
    GHashTable *pipelines; /* of VkPipeline *, by their constants as text; built when first used */
    gboolean uploads_all; /* of the frame's part, not just what is read */
    guint64 gpu_ns; /* of the last run; 0 without timestamps */
    double worst, worst_hdr; /* grey levels, of all that was checked; of SDR and of HDR */
} Rig;

/* g_test_init() and a rig. NULL where there is no Vulkan device: then a test of the name @path says
 * so, and there is nothing else to run. */
Rig *rig_start(int *argc, char ***argv, const char *path);
void rig_free(Rig *rig);

/* What the GPU makes of @frame: [channels][out_h][out_w], to g_free(). Fails the test when
 * a float outside the output was written or one inside was not. */
float *rig_run(Rig *rig, const VinFrame *frame, const VinPreprocessParams *params, guint out_w,
               guint out_h);

/* Runs, and fails the test where a value is too far from the reference's.
 * @rgb: what vin_ref_frame_rgb() gave for @frame */
void rig_check(Rig *rig, const VinFrame *frame, const double *rgb,
               const VinPreprocessParams *params, guint out_w, guint out_h);

/* Noise in every used byte, rows @padding bytes longer than they need be (0: strides of 0),
 * padding poisoned, the last row without any. */
void noise_frame_init(VinFrame *frame, VinFormat format, guint width, guint height,
                      guint padding);
void noise_frame_clear(VinFrame *frame);

#endif
