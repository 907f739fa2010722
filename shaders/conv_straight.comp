#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The convolution of conv_direct with stride 1 and "same" padding, from a blocked activation
// (abi/blocked.h), without a loop and without a branch around its loads: for llvmpipe.
//
// So everything is unrolled (lib/straight.glsl says why), and each subgroup of a work group adds up
// one chunk of the inputs (abi/conv_straight.h). The tile is a define, with a variant for each: the
// driver unrolls anew at every start, in half the time where the SPIR-V is unrolled already.
//
// Lanes are output channels; a lane makes TILE_H x TILE_W output pixels:
//
//     acc[pixel] += weight[k] (a vector) * input[pixel][k] (the same in all lanes)
//
// Work group x: tile   y: group of 8 output channels   z: image
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#include "abi/conv_straight.h"
#include "lib/activation.glsl"
#include "lib/address.glsl"

layout(local_size_x_id = VIN_CONV_STRAIGHT_SPEC_LOCAL) in;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_CHUNKS) const uint CHUNKS = 1;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_BLOCKS) const uint BLOCKS = 1;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_TAPS_H) const uint TAPS_H = 1;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_TAPS_W) const uint TAPS_W = 1;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_ROW_GROUPS) const uint ROW_GROUPS = 1;
layout(constant_id = VIN_CONV_STRAIGHT_SPEC_PLANAR) const uint PLANAR = 0;
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { float weights[]; };
layout(push_constant) uniform Push {
    vin_conv_straight_push p;
    uint digit[VIN_STRAIGHT_DIGITS];
};
#include "lib/straight.glsl"

const uint PIXELS = TILE_W * TILE_H;
const uint ROWS = TILE_H + TAPS_H - 1; // of the input, for a chunk
const uint PAD = (TAPS_W - 1) / 2;
const uint CELL = VIN_BLOCK * VIN_STRAIGHT_LANES;    // weights of a block and a tap, floats
const uint CHUNK = BLOCKS * TAPS_H * TAPS_W * CELL;
const uint PIXEL_BYTES = VIN_BLOCK * 4;
const uint SHARE = (PIXELS + CHUNKS - 1) / CHUNKS; // output pixels that a subgroup ends up with

shared vec4 partial[CHUNKS * PIXELS * 2];

uint map_h()
{
    return p.h_w >> 16;
}

uint map_w()
{
    return p.h_w & 0xffffu;
}

struct Tile {
    uint y, x;         // first output pixel
    uint own_y, own_x; // first that no other work group makes: the last tiles of a map overlap
};

Tile tile_of_group()
{
    const uint i = same3(gl_WorkGroupID.x);
    const uint row = i * p.tiles_w_magic >> 16;
    const uint y = row * TILE_H;
    const uint x = (i - row * p.tiles_w) * TILE_W;

    return Tile(min(y, map_h() - TILE_H), min(x, map_w() - TILE_W), y, x);
}

// Addresses of the input's rows under a tile, at the tile's first column: of what lies under the
// tile, left of it and right of it. What is outside of the input is read from the zeros.
uint64_t under[ROWS], left[ROWS], right[ROWS];

void find_rows(Tile tile, uint64_t block, uint row_group, uint64_t zeros)
{
    const bool inside_left = tile.x > 0u;
    const bool inside_right = tile.x + TILE_W < map_w();

    [[unroll]] for (uint r = 0; r < ROWS; r++) {
        const uint y = tile.y + row_group * TAPS_H + r - PAD;
        const uint64_t at = block + uint64_t((y * map_w() + tile.x) * PIXEL_BYTES);

        under[r] = PAD == 0u ? at : mix(zeros, at, y < map_h());
        left[r] = mix(zeros, under[r], inside_left);
        right[r] = mix(zeros, under[r], inside_right);
    }
}

uint64_t row_at(uint row, uint column)
{
    return column < PAD ? left[row] : column >= PAD + TILE_W ? right[row] : under[row];
}

// One block of input channels and one tap: 16 terms of every sum. @at: floats to the weights.
void multiply(inout float acc[PIXELS], uint r, uint s, uint at)
{
    // From the binding, whose bounds are checked: a branch, so that the compiler of the driver has
    // blocks of this size to put in order. It takes a time that grows with their square.
    const float first = weights[at];
    const uint64_t w = address_of(p.weights_lo, p.weights_hi) + floats(at);
    float sums[PIXELS];

    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        sums[i] = acc[i];
    }
    [[unroll]] for (uint k = 0; k < VIN_BLOCK; k += 4) {
        vec4 values[PIXELS];
        [[unroll]] for (uint i = 0; i < PIXELS; i++) {
            const uint column = i % TILE_W + s; // from PAD pixels left of the tile
            const int offset = (int(column) - int(PAD)) * int(PIXEL_BYTES) + int(k * 4u);
            values[i] = load_four(row_at(i / TILE_W + r, column) + uint64_t(int64_t(offset)));
        }
        [[unroll]] for (uint j = 0; j < 4; j++) {
            const uint64_t place = w + uint64_t((k + j) * VIN_STRAIGHT_LANES * 4u);
            vec4 low = load_four(place);
            low.x = k + j == 0u ? first : low.x;
            const float weight = spread(low, load_four(place + 16ul));
            [[unroll]] for (uint i = 0; i < PIXELS; i++) {
                sums[i] += weight * values[i][j];
            }
        }
    }
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        acc[i] = sums[i];
    }
}

void store_pixel(Tile tile, uint pixel, float sum)
{
    const uint y = tile.y + pixel / TILE_W, x = tile.x + pixel % TILE_W;
    const uint channel =
        same2(gl_WorkGroupID.y) * VIN_STRAIGHT_LANES + gl_SubgroupInvocationID;
    const uint channels = p.channels_relu & ~VIN_CONV_STRAIGHT_RELU;
    const uint at = y * map_w() + x;
    const uint64_t image = address_of(p.arena_lo, p.arena_hi) +
                           floats(p.out_offset + gl_WorkGroupID.z * p.out_n_stride);
    const float value = vin_relu_if(p.channels_relu & VIN_CONV_STRAIGHT_RELU, sum);

    if (y >= tile.own_y && x >= tile.own_x && (PLANAR == 0u || channel < channels)) {
        if (PLANAR != 0u) {
            store_float(image + floats(channel * p.out_c_stride + at), value);
        } else {
            store_float(image + floats(channel / VIN_BLOCK * p.out_c_stride + at * VIN_BLOCK +
                                       channel % VIN_BLOCK),
                        value);
        }
    }
}

// acc[i]. An index that the driver does not know keeps the array in memory between two cells. Else
// its compiler takes all the loads first, far more than there are registers.
float sum_of(float acc[PIXELS], uint i)
{
    return i == 0u ? acc[digit[0]] : acc[i];
}

void store_alone(Tile tile, float acc[PIXELS], float bias)
{
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        store_pixel(tile, i, sum_of(acc, i) + bias);
    }
}

void store_partial(float acc[PIXELS], uint chunk)
{
    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        const float sum = sum_of(acc, i);

        partial[(chunk * PIXELS + i) * 2] =
            vec4(subgroupBroadcast(sum, 0), subgroupBroadcast(sum, 1),
                 subgroupBroadcast(sum, 2), subgroupBroadcast(sum, 3));
        partial[(chunk * PIXELS + i) * 2 + 1] =
            vec4(subgroupBroadcast(sum, 4), subgroupBroadcast(sum, 5),
                 subgroupBroadcast(sum, 6), subgroupBroadcast(sum, 7));
    }
}

// This subgroup's share of the tile's pixels, from what all subgroups have added up.
void store_share(Tile tile, uint subgroup, float bias)
{
    [[unroll]] for (uint j = 0; j < SHARE; j++) {
        const uint pixel = min(subgroup * SHARE + j, PIXELS - 1u);
        float sum = bias;
        [[unroll]] for (uint t = 0; t < CHUNKS; t++) {
            const vec4 low = partial[(t * PIXELS + pixel) * 2];
            const vec4 high = partial[(t * PIXELS + pixel) * 2 + 1];
            sum += spread(low, high);
        }
        store_pixel(tile, pixel, sum);
    }
}

void main()
{
    const uint chunk = same2(gl_SubgroupID);
    const Tile tile = tile_of_group();
    const uint group = ROW_GROUPS == 1u ? chunk : chunk / ROW_GROUPS;
    const uint64_t zeros = address_of(p.weights_lo, p.weights_hi) +
                           floats(p.weight_offset + VIN_CONV_STRAIGHT_REACH * VIN_BLOCK);
    const uint biases = p.weight_offset + VIN_CONV_STRAIGHT_ZEROS +
                        same2(gl_WorkGroupID.y) * (CHUNKS * CHUNK + VIN_STRAIGHT_LANES);
    const float bias = load_lanes(address_of(p.weights_lo, p.weights_hi) + floats(biases));
    uint w = biases + VIN_STRAIGHT_LANES + chunk * CHUNK;
    uint64_t block = address_of(p.arena_lo, p.arena_hi) +
                     floats(p.in_offset + same2(gl_WorkGroupID.z) * p.in_n_stride +
                            min(group * BLOCKS, p.in_blocks - BLOCKS) * p.in_c_stride);
    float acc[PIXELS];

    [[unroll]] for (uint i = 0; i < PIXELS; i++) {
        acc[i] = 0.0;
    }

    [[unroll]] for (uint b = 0; b < BLOCKS; b++) {
        find_rows(tile, block, chunk - group * ROW_GROUPS, zeros);
        [[unroll]] for (uint r = 0; r < TAPS_H; r++) {
            [[unroll]] for (uint s = 0; s < TAPS_W; s++) {
                multiply(acc, r, s, w);
                w += CELL;
            }
        }
        block += floats(p.in_c_stride);
    }
    if (CHUNKS == 1u) {
        store_alone(tile, acc, bias);
        return;
    }
    store_partial(acc, chunk);
    barrier();
    store_share(tile, same2(gl_SubgroupID), bias);
}
