/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a Vulkan device can do, as bits and limits, and the features to switch on for it.
 */
#ifndef VIN_VK_CAPS_H
#define VIN_VK_CAPS_H

#include <vkinception/device.h>
#include <vkinception/vulkan.h>

/* Capability bits; a kernel lists those it needs. VIN_CAPS_MASK switches bits off. */
typedef enum {
    VIN_CAP_TIMESTAMPS = 1 << 0,
    VIN_CAP_TIMELINE = 1 << 1,
    VIN_CAP_FP16_STORAGE = 1 << 2,
    VIN_CAP_BUFFER_ADDRESS = 1 << 3,
    VIN_CAP_SUBGROUP_SIZE_CONTROL = 1 << 4,
    VIN_CAP_INT64 = 1 << 5,
    VIN_CAP_SUBGROUP_BROADCAST = 1 << 6, /* in compute shaders */
    VIN_CAP_EXTERNAL_FD = 1 << 7,        /* memory from a descriptor of this driver */
    VIN_CAP_DMABUF = 1 << 8,             /* memory from a dma-buf */
    VIN_CAP_FOREIGN_QUEUE = 1 << 9,      /* that another driver's hardware wrote to */
    VIN_CAP_DRM_MODIFIER = 1 << 10,      /* pixels in it that are not row behind row */
    VIN_CAP_COOPERATIVE_MATRIX = 1 << 11, /* of 16-bit floats, 32-bit sums, in compute shaders */
    VIN_CAP_INT8_DOT = 1 << 12           /* sums of products of four bytes as one instruction */
} VinCapBits;

/* Of a product that a subgroup computes: sums[m][n] += a[m][k] * b[k][n]. */
typedef struct {
    guint32 m, n, k;
} VinMatrixShape;

#define VIN_MAX_MATRIX_SHAPES 8

typedef struct {
    guint32 bits;                 /* VinCapBits, mask applied */
    guint32 subgroup_size;
    guint64 max_storage_bytes;    /* maxStorageBufferRange */
    guint64 max_allocation_bytes; /* maxMemoryAllocationSize */
    guint32 max_workgroup_count[3];
    guint32 max_workgroup_size;   /* invocations of a work group */
    guint32 max_shared_bytes;     /* of its shared memory */
    double timestamp_ns;          /* ns per tick; 0 without timestamps */
    guint64 timestamp_mask;       /* valid bits of a tick count */
    gboolean is_software, is_integrated;
    gboolean slow_broadcast;      /* a driver that is better off without subgroupBroadcast */
    gboolean half;                /* a plan's wish: activations and weights in 16 bits where
                                   * kernels have them so */
    gboolean int8;                /* likewise: products of 8 bits where the range of what is
                                   * multiplied is known */
    gboolean far;                 /* a plan's need: activations are more than a binding shows, so
                                   * only kernels that find them by address will do */
    VinMatrixShape matrices[VIN_MAX_MATRIX_SHAPES]; /* as the device lists them, n_matrices; none
                                   * without VIN_CAP_COOPERATIVE_MATRIX */
    guint n_matrices;
    const char *kernels;          /* those to take before all others of their op, with commas
                                   * between; NULL: none. VIN_KERNELS */
} VinCaps;

/* Features of a device as a chain for VkDeviceCreateInfo, with the extensions they want. Must
 * not move once filled: the structs point at each other. */
typedef struct {
    VkPhysicalDeviceFeatures2 head;
    VkPhysicalDevice16BitStorageFeatures storage16;
    VkPhysicalDeviceTimelineSemaphoreFeatures timeline;
    VkPhysicalDeviceBufferDeviceAddressFeatures address;
    VkPhysicalDeviceSubgroupSizeControlFeatures subgroup_size;
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot;
    VkPhysicalDeviceVulkanMemoryModelFeatures memory_model; /* of shaders with matrices */
    VkPhysicalDeviceShaderFloat16Int8Features float16;      /* and their values */
#ifdef VK_KHR_cooperative_matrix
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix;
#endif
    const char *extensions[16]; /* static strings */
    guint n_extensions;
} VinFeatures;

/* Reads limits and optional features of @physical, a device of Vulkan 1.1 or later, and leaves
 * in @features only what caps->bits says. @mask: bits to switch off. */
void vin_caps_query(VkPhysicalDevice physical, guint32 queue_family, guint32 mask,
                    VinCaps *caps, VinFeatures *features);
/* The same of a device that somebody has opened: what of it is on. */
void vin_caps_query_opened(const VinVulkanDevice *opened, guint32 mask, VinCaps *caps);
/* What its driver is known for, and VIN_KERNELS. */
void vin_caps_take_driver(VinCaps *caps, const VinDeviceInfo *info);
/* TRUE when the device offers the extension. */
gboolean vin_caps_has_extension(VkPhysicalDevice physical, const char *name);
/* "timestamps timeline", to g_free(). */
char *vin_caps_to_string(guint32 bits);
/* VIN_CAPS_MASK as bits: names of capabilities, hexadecimal numbers and "all" with commas between;
 * NULL: none. A word that is none of these is warned of and does nothing. */
guint32 vin_caps_parse_mask(const char *text);

#endif
