/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Exports by the loader's functions alone, so that nothing of the import is proven by itself.
 */
#define _GNU_SOURCE 1 /* memfd_create() */
#include "export_rig.h"

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static gboolean can_export(VinDevice *device)
{
    const VkPhysicalDeviceExternalBufferInfo info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
        .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
    };
    VkExternalBufferProperties properties = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES,
    };

    if ((vin_device_get_caps(device)->bits & VIN_CAP_EXTERNAL_FD) == 0) {
        return FALSE;
    }
    vkGetPhysicalDeviceExternalBufferProperties(vin_device_vk_physical(device), &info,
                                                &properties);
    return (properties.externalMemoryProperties.externalMemoryFeatures &
            VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) != 0;
}

static gboolean is_mappable(VinDevice *device, guint32 type)
{
    const VkMemoryPropertyFlags wanted =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    VkPhysicalDeviceMemoryProperties memory;

    vkGetPhysicalDeviceMemoryProperties(vin_device_vk_physical(device), &memory);
    return (memory.memoryTypes[type].propertyFlags & wanted) == wanted;
}

static void create_buffer(ExportRig *rig, gsize size)
{
    const VkExternalMemoryBufferCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
    };
    const VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .pNext = &external,
        .size = size,
        .usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
    };
    VkResult result = vkCreateBuffer(vin_device_vk(rig->device), &info, NULL, &rig->buffer);

    g_assert_cmpint(result, ==, VK_SUCCESS);
}

static gboolean allocate(ExportRig *rig)
{
    const VkExportMemoryAllocateInfo export = {
        .sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
        .handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
    };
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &export,
    };
    VkDevice vk = vin_device_vk(rig->device);
    VkMemoryRequirements needs;
    VkResult result;

    vkGetBufferMemoryRequirements(vk, rig->buffer, &needs);
    info.allocationSize = needs.size;
    info.memoryTypeIndex = (guint32)g_bit_nth_lsf(needs.memoryTypeBits, -1);
    if (!is_mappable(rig->device, info.memoryTypeIndex)) {
        return FALSE;
    }
    rig->size = needs.size;
    result = vkAllocateMemory(vk, &info, NULL, &rig->memory);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    result = vkBindBufferMemory(vk, rig->buffer, rig->memory, 0);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    result = vkMapMemory(vk, rig->memory, 0, VK_WHOLE_SIZE, 0, (void **)&rig->bytes);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    return TRUE;
}

gboolean export_rig_open(ExportRig *rig, gsize size)
{
    VkMemoryGetFdInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
    };
    g_autoptr(GError) error = NULL;
    PFN_vkGetMemoryFdKHR get;
    VkResult result;

    memset(rig, 0, sizeof *rig);
    rig->fd = -1;
    rig->device = vin_device_new(NULL, &error);
    if (rig->device == NULL) {
        g_test_skip(error->message);
        return FALSE;
    }
    if (!can_export(rig->device)) {
        g_test_skip("the driver exports no memory as opaque descriptors");
        return FALSE;
    }
    create_buffer(rig, size);
    if (!allocate(rig)) {
        g_test_skip("memory that the driver exports is not the host's to write");
        return FALSE;
    }
    info.memory = rig->memory;
    get = (PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(vin_device_vk(rig->device),
                                                    "vkGetMemoryFdKHR");
    result = get(vin_device_vk(rig->device), &info, &rig->fd);
    g_assert_cmpint(result, ==, VK_SUCCESS);
    g_assert_cmpint(rig->fd, >=, 0);
    return TRUE;
}

void export_rig_close(ExportRig *rig)
{
    if (rig->fd >= 0 && rig->device != NULL) {
        close(rig->fd);
    }
    if (rig->device != NULL) {
        vkDestroyBuffer(vin_device_vk(rig->device), rig->buffer, NULL);
        vkFreeMemory(vin_device_vk(rig->device), rig->memory, NULL);
    }
    vin_device_unref(rig->device);
    memset(rig, 0, sizeof *rig);
}

VinVkHandle export_rig_handle(const ExportRig *rig)
{
    return (VinVkHandle){.type = VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT,
                         .fd = rig->fd,
                         .size = rig->size};
}

guint count_descriptors(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    guint n = 0;

    while (folder != NULL && g_dir_read_name(folder) != NULL) {
        n++;
    }
    return n;
}

int closed_descriptor(void)
{
    int fd = dup(STDOUT_FILENO);

    close(fd);
    return fd;
}

int file_descriptor(gsize size)
{
    FILE *file = tmpfile();
    int fd;

    g_assert_nonnull(file);
    fd = dup(fileno(file));
    fclose(file);
    g_assert_cmpint(ftruncate(fd, (off_t)size), ==, 0);
    return fd;
}

int pipe_descriptor(void)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    close(ends[1]);
    return ends[0];
}

int dmabuf_descriptor(const guint8 *bytes, gsize size, gboolean *is_real)
{
    const gsize page = (gsize)sysconf(_SC_PAGESIZE);
    struct udmabuf_create create = {.flags = UDMABUF_FLAGS_CLOEXEC,
                                    .size = (size + page - 1) / page * page};
    int memory = memfd_create("frame", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    int maker = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    int made = -1;

    g_assert_cmpint(memory, >=, 0);
    g_assert_cmpint(ftruncate(memory, (off_t)create.size), ==, 0);
    g_assert_cmpint(pwrite(memory, bytes, size, 0), ==, (gssize)size);
    if (maker >= 0) {
        create.memfd = (__u32)memory;
        g_assert_cmpint(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
        made = ioctl(maker, UDMABUF_CREATE, &create);
        close(maker);
    }
    *is_real = made >= 0;
    if (made < 0) {
        return memory;
    }
    close(memory);
    return made;
}
