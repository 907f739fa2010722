/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Vulkan functions of the programs that link this: what GStreamer's Vulkan elements destroy, they
 * destroy when the device is idle. Others' calls go through as they are, ours among them.
 *
 * vulkanupload and vulkandownload of 1.26.2 free what the device still works with: the memory
 * that a frame is copied from, when a flush or a stop comes in between, and the semaphores of an
 * image once they see the fence of the submission that signals them, which Mesa's emulated timeline
 * semaphores are not done with for a moment. On a busy machine lavapipe dies of either, of
 * "videotestsrc ! vulkanupload ! vulkandownload ! fakesink" as well. That vulkaninception leaves
 * semaphores alone in time is what tests/faults/test_image_faults.c looks at.
 */
#define _GNU_SOURCE 1 /* dladdr() */
#include <dlfcn.h>
#include <glib.h>
#include <string.h>

#pragma GCC visibility push(default)
#include <vulkan/vulkan.h>

/* Of the loader: the names alone are this file's. */
static PFN_vkVoidFunction next(const char *entry)
{
    gpointer loader = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_NOLOAD);
    gpointer found = loader != NULL ? dlsym(loader, entry) : NULL;

    g_assert_nonnull(found);
    dlclose(loader); /* whoever called has it open */
    return (PFN_vkVoidFunction)(gsize)found;
}

/* @caller: a return address. */
static void wait_for_idle(VkDevice device, gconstpointer caller)
{
    Dl_info info;

    if (dladdr(caller, &info) != 0 && strstr(info.dli_fname, "libgstvulkan") != NULL) {
        ((PFN_vkDeviceWaitIdle)next("vkDeviceWaitIdle"))(device);
    }
}

#define DESTROY(name, Type)                                                                    \
    VKAPI_ATTR void VKAPI_CALL name(VkDevice device, Type what, const VkAllocationCallbacks *a) \
    {                                                                                          \
        wait_for_idle(device, __builtin_return_address(0));                                    \
        ((PFN_##name)next(#name))(device, what, a);                                            \
    }

DESTROY(vkDestroySemaphore, VkSemaphore)
DESTROY(vkDestroyBuffer, VkBuffer)
DESTROY(vkDestroyImage, VkImage)
DESTROY(vkDestroyImageView, VkImageView)
DESTROY(vkFreeMemory, VkDeviceMemory)
