/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * VinDevice: one Vulkan device, its queue and what it can do.
 *
 * Any Vulkan 1.1 device with a compute queue will do; no optional feature is needed.
 */
#ifndef VKINCEPTION_DEVICE_H
#define VKINCEPTION_DEVICE_H

#include <glib.h>
#include <vkinception/error.h>

G_BEGIN_DECLS

/** VinDevice: an opened Vulkan device. Reference counted, shareable between threads. Since 0.1 */
typedef struct _VinDevice VinDevice;

/** VinDeviceType: in order of preference when none is asked for. Since 0.1 */
typedef enum {
    VIN_DEVICE_DISCRETE,
    VIN_DEVICE_INTEGRATED,
    VIN_DEVICE_VIRTUAL,
    VIN_DEVICE_OTHER,
    VIN_DEVICE_SOFTWARE
} VinDeviceType;

/** VinDeviceInfo: what the driver says of a device. Since 0.1 */
typedef struct {
    guint index;              /* place in the driver's order; a selector */
    char name[256];           /* e.g. "llvmpipe (LLVM 15.0.6, 256 bits)" */
    char driver[256];         /* e.g. "llvmpipe", empty when the driver does not say */
    char driver_info[256];    /* e.g. "Mesa 22.3.6 (LLVM 15.0.6)" */
    guint8 uuid[16];          /* deviceUUID; a selector in its text form */
    VinDeviceType type;
    guint32 api_version;      /* as VK_MAKE_API_VERSION packs it */
    guint32 vendor_id;        /* PCI id or a Khronos vendor id */
    guint32 subgroup_size;    /* invocations */
    guint64 memory_bytes;     /* largest device-local heap */
    guint64 max_storage_bytes;/* maxStorageBufferRange */
    gboolean usable;          /* FALSE: lacks Vulkan 1.1 or a compute queue */
    const char *reason;       /* why it is not usable; NULL when it is. Static */
} VinDeviceInfo;

/**
 * vin_device_list: what Vulkan devices there are.
 * @n_devices: (out): how many
 *
 * Returns: (transfer full): array of @n_devices to g_free(), or NULL with VIN_ERROR_DEVICE
 * when there is no Vulkan driver. Any thread. Since 0.1
 */
VIN_API VinDeviceInfo *vin_device_list(guint *n_devices, GError **error);

/**
 * vin_device_new: opens a device.
 * @selector: (nullable): an index ("0"), a device UUID ("xxxxxxxx-xxxx-..." or 32 hexadecimal
 *   digits) or part of the name, case ignored. NULL or "": what the environment's VIN_DEVICE
 *   says, else discrete before integrated before virtual before software, first of its kind
 *
 * Returns: (transfer full): the device, or NULL with VIN_ERROR_DEVICE; the message of a
 * failed selection lists what there is. Any thread. Since 0.1
 */
VIN_API VinDevice *vin_device_new(const char *selector, GError **error);

/**
 * vin_device_open: as vin_device_new(), but gives the device that another caller has opened this
 * way, as long as it is in use and was not lost. Any thread. Since 0.1
 */
VIN_API VinDevice *vin_device_open(const char *selector, GError **error);

VIN_API VinDevice *vin_device_ref(VinDevice *device);
/** vin_device_unref: gives a reference back; NULL is welcome. Since 0.1 */
VIN_API void vin_device_unref(VinDevice *device);

/** vin_device_get_info: facts of an opened device, valid as long as it. Since 0.1 */
VIN_API const VinDeviceInfo *vin_device_get_info(const VinDevice *device);

/** vin_device_type_name: "discrete", "integrated", "virtual", "other", "software". Since 0.1 */
VIN_API const char *vin_device_type_name(VinDeviceType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(VinDevice, vin_device_unref)

G_END_DECLS

#endif
