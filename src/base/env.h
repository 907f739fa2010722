/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every environment variable the library reads, read once.
 */
#ifndef VIN_BASE_ENV_H
#define VIN_BASE_ENV_H

#include <vkinception/log.h>

typedef struct {
    const char *model_path;  /* VIN_MODEL_PATH: colon list of folders, or NULL */
    const char *source_models; /* VIN_SOURCE_MODELS: folder searched last, of a build that is not
                                * installed; or NULL */
    const char *device;      /* VIN_DEVICE: default device selector, or NULL */
    VinLogLevel log_level;   /* VIN_LOG: none error warn info debug trace; default warn */
    gboolean validation;     /* VIN_VALIDATION=1: Vulkan validation layers, errors are fatal */
    const char *cache_dir;   /* VIN_CACHE_DIR: folder of caches; NULL where it is empty; default
                              * vkinception in the user's cache folder */
    const char *caps_mask;   /* VIN_CAPS_MASK: capabilities not to use (vk/caps.h), or NULL */
    const char *kernels;     /* VIN_KERNELS: kernels to take before all others, or NULL */
    const char *autotune;    /* VIN_AUTOTUNE: "once" or "off" in place of what engines ask for, on
                              * software drivers, too; or NULL */
} VinEnv;

const VinEnv *vin_env_get(void);

#endif
