#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Compiled when a build is configured: do the compiler and the tools behind it know cooperative
// matrices? It is never run.
#pragma use_vulkan_memory_model
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require

layout(local_size_x = 32) in;
shared float16_t values[256];

void main()
{
    coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> a;

    coopMatLoad(a, values, 0, 16, gl_CooperativeMatrixLayoutRowMajor);
    coopMatStore(a, values, 0, 16, gl_CooperativeMatrixLayoutRowMajor);
}
