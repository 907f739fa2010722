/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The shared layout, pipelines made from SPIR-V words, and descriptor sets for them.
 */
#include "vk/pipeline.h"

#include <string.h>

#include "vk/device.h"

#define WEIGHT_BINDING 1
#define UNIFORM_BINDING 3

static VkDescriptorType binding_type(guint binding)
{
    return binding == WEIGHT_BINDING    ? VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC
           : binding == UNIFORM_BINDING ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER
                                        : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
}

/* What a shader can be shown of a buffer, also of one that only stands in for another. */
static VkDeviceSize binding_range(const VinVkLayout *layout, guint binding, VkDeviceSize size)
{
    return binding <= WEIGHT_BINDING    ? MIN(size, layout->window_bytes)
           : binding == UNIFORM_BINDING
               ? MIN(size, VIN_UNIFORM_BYTES)
               : MIN(size, vin_device_get_caps(layout->device)->max_storage_bytes);
}

static gboolean create_set_layout(VinVkLayout *layout, GError **error)
{
    VkDescriptorSetLayoutBinding bindings[VIN_N_BINDINGS];
    const VkDescriptorSetLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .bindingCount = VIN_N_BINDINGS,
        .pBindings = bindings,
    };

    for (guint i = 0; i < VIN_N_BINDINGS; i++) {
        bindings[i] = (VkDescriptorSetLayoutBinding){
            .binding = i,
            .descriptorType = binding_type(i),
            .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
        };
    }
    if (!vin_device_check(layout->device,
                          vkCreateDescriptorSetLayout(vin_device_vk(layout->device), &info, NULL,
                                                      &layout->set_layout),
                          "vkCreateDescriptorSetLayout", error)) {
        layout->set_layout = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

static gboolean create_pipeline_layout(VinVkLayout *layout, GError **error)
{
    const VkPushConstantRange push = {
        .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
        .size = VIN_PUSH_BYTES,
    };
    const VkPipelineLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .setLayoutCount = 1,
        .pSetLayouts = &layout->set_layout,
        .pushConstantRangeCount = 1,
        .pPushConstantRanges = &push,
    };

    if (!vin_device_check(layout->device,
                          vkCreatePipelineLayout(vin_device_vk(layout->device), &info, NULL,
                                                 &layout->layout),
                          "vkCreatePipelineLayout", error)) {
        layout->layout = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

gboolean vin_vk_layout_init(VinVkLayout *layout, VinDevice *device, GError **error)
{
    memset(layout, 0, sizeof *layout);
    layout->device = device;
    layout->window_bytes = vin_vk_window_bytes(vin_device_get_caps(device)->max_storage_bytes);
    if (!create_set_layout(layout, error) || !create_pipeline_layout(layout, error)) {
        vin_vk_layout_clear(layout);
        return FALSE;
    }
    return TRUE;
}

void vin_vk_layout_clear(VinVkLayout *layout)
{
    if (layout->device != NULL && vin_device_may_destroy(layout->device)) {
        VkDevice vk = vin_device_vk(layout->device);

        vkDestroyPipelineLayout(vk, layout->layout, NULL);
        vkDestroyDescriptorSetLayout(vk, layout->set_layout, NULL);
    }
    memset(layout, 0, sizeof *layout);
}

gboolean vin_vk_pipeline_build(const VinVkLayout *layout, const guint32 *spirv,
                               gsize spirv_bytes, const guint32 *spec, guint n_spec,
                               VkPipeline *pipeline, GError **error)
{
    VkDevice vk = vin_device_vk(layout->device);
    VkSpecializationMapEntry entries[VIN_MAX_SPEC];
    const VkSpecializationInfo spec_info = {
        .mapEntryCount = n_spec,
        .pMapEntries = entries,
        .dataSize = n_spec * sizeof *spec,
        .pData = spec,
    };
    const VkShaderModuleCreateInfo module_info = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = spirv_bytes,
        .pCode = spirv,
    };
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .pName = "main",
                  .pSpecializationInfo = n_spec > 0 ? &spec_info : NULL},
        .layout = layout->layout,
    };
    VkResult result;

    g_assert(n_spec <= VIN_MAX_SPEC);
    for (guint i = 0; i < n_spec; i++) {
        entries[i] = (VkSpecializationMapEntry){
            .constantID = i, .offset = i * sizeof *spec, .size = sizeof *spec};
    }
    *pipeline = VK_NULL_HANDLE;
    if (!vin_device_check(layout->device,
                          vkCreateShaderModule(vk, &module_info, NULL, &info.stage.module),
                          "vkCreateShaderModule", error)) {
        return FALSE;
    }
    result = vkCreateComputePipelines(vk, vin_device_pipeline_cache(layout->device), 1, &info,
                                      NULL, pipeline);
    vkDestroyShaderModule(vk, info.stage.module, NULL);
    if (!vin_device_check(layout->device, result, "vkCreateComputePipelines", error)) {
        *pipeline = VK_NULL_HANDLE;
        return FALSE;
    }
    return TRUE;
}

static gboolean allocate_set(VinVkSet *set, const VinVkLayout *layout, GError **error)
{
    const VkDescriptorPoolSize sizes[] = {
        {.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = VIN_N_BINDINGS - 2},
        {.type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER_DYNAMIC, .descriptorCount = 1},
        {.type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, .descriptorCount = 1},
    };
    const VkDescriptorPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = 1,
        .poolSizeCount = G_N_ELEMENTS(sizes),
        .pPoolSizes = sizes,
    };
    VkDescriptorSetAllocateInfo set_info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .descriptorSetCount = 1,
        .pSetLayouts = &layout->set_layout,
    };
    VkDevice vk = vin_device_vk(set->device);

    if (!vin_device_check(set->device,
                          vkCreateDescriptorPool(vk, &pool_info, NULL, &set->pool),
                          "vkCreateDescriptorPool", error)) {
        set->pool = VK_NULL_HANDLE;
        return FALSE;
    }
    set_info.descriptorPool = set->pool;
    return vin_device_check(set->device, vkAllocateDescriptorSets(vk, &set_info, &set->set),
                            "vkAllocateDescriptorSets", error);
}

gboolean vin_vk_set_init(VinVkSet *set, const VinVkLayout *layout,
                         const VinVkBuffer *const *buffers, GError **error)
{
    VkDescriptorBufferInfo infos[VIN_N_BINDINGS];
    VkWriteDescriptorSet writes[VIN_N_BINDINGS];
    const VinVkBuffer *first = NULL;

    memset(set, 0, sizeof *set);
    set->device = layout->device;
    if (!allocate_set(set, layout, error)) {
        vin_vk_set_clear(set);
        return FALSE;
    }
    for (guint i = 0; i < VIN_N_BINDINGS && first == NULL; i++) {
        first = buffers[i];
    }
    g_assert(first != NULL);
    for (guint i = 0; i < VIN_N_BINDINGS; i++) {
        const VinVkBuffer *buffer = buffers[i] != NULL ? buffers[i] : first;

        infos[i] = (VkDescriptorBufferInfo){
            .buffer = buffer->buffer,
            .range = binding_range(layout, i, buffer->size),
        };
        writes[i] = (VkWriteDescriptorSet){
            .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
            .dstSet = set->set,
            .dstBinding = i,
            .descriptorCount = 1,
            .descriptorType = binding_type(i),
            .pBufferInfo = &infos[i],
        };
    }
    vkUpdateDescriptorSets(vin_device_vk(set->device), VIN_N_BINDINGS, writes, 0, NULL);
    return TRUE;
}

void vin_vk_set_clear(VinVkSet *set)
{
    if (set->device != NULL && vin_device_may_destroy(set->device)) {
        vkDestroyDescriptorPool(vin_device_vk(set->device), set->pool, NULL);
    }
    memset(set, 0, sizeof *set);
}
