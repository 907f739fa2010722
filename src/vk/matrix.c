/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asks for the shapes. Who builds with headers that do not know the extension has none.
 */
#include "vk/matrix.h"

#include "vk/instance.h"

#ifdef VK_KHR_cooperative_matrix

static gboolean in_compute(VkPhysicalDevice physical)
{
    VkPhysicalDeviceCooperativeMatrixPropertiesKHR matrix = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_PROPERTIES_KHR,
    };
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &matrix,
    };

    vkGetPhysicalDeviceProperties2(physical, &properties);
    return (matrix.cooperativeMatrixSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
}

static gboolean is_ours(const VkCooperativeMatrixPropertiesKHR *matrix)
{
    return matrix->AType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
           matrix->BType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
           matrix->CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
           matrix->ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
           matrix->scope == VK_SCOPE_SUBGROUP_KHR;
}

guint vin_matrix_shapes(VkPhysicalDevice physical, VinMatrixShape *shapes)
{
    VkInstance instance = vin_instance_get(NULL);
    PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR get =
        instance != VK_NULL_HANDLE
            ? (PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(void (*)(void))
                  vkGetInstanceProcAddr(instance,
                                        "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR")
            : NULL;
    g_autofree VkCooperativeMatrixPropertiesKHR *list = NULL;
    uint32_t n_listed = 0;
    guint n = 0;

    if (get == NULL || !in_compute(physical) || get(physical, &n_listed, NULL) != VK_SUCCESS) {
        return 0;
    }
    list = g_new0(VkCooperativeMatrixPropertiesKHR, MAX(n_listed, 1));
    for (uint32_t i = 0; i < n_listed; i++) {
        list[i].sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
    }
    if (get(physical, &n_listed, list) < 0) {
        return 0;
    }
    for (uint32_t i = 0; i < n_listed && n < VIN_MAX_MATRIX_SHAPES; i++) {
        if (is_ours(&list[i])) {
            shapes[n++] = (VinMatrixShape){list[i].MSize, list[i].NSize, list[i].KSize};
        }
    }
    return n;
}

#else

guint vin_matrix_shapes(VkPhysicalDevice physical, VinMatrixShape *shapes)
{
    return 0;
}

#endif
