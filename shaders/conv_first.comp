#version 450
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The convolution of conv_direct in straight-line code (lib/straight.glsl) from a planar
// activation of few channels, as a network's first layer has them. Lanes are eight output
// channels; a lane makes TILE_W neighbouring pixels of one row:
//
//     acc[pixel] += weight[k] (a vector) * input[k][pixel * STRIDE_W + s] (the same in all lanes)
//
// where k runs over all channels, rows and taps s. What is outside of the input is read from zeros
// before the weights: rows above and below, PAD_LEFT columns of the first tile of a row and
// OVERHANG columns of its last one.
// Work group x: output rows times tiles of a row   y: group of 8 output channels   z: image
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#include "abi/conv_first.h"
#include "lib/activation.glsl"
#include "lib/address.glsl"

layout(local_size_x = VIN_STRAIGHT_LANES) in;
layout(constant_id = VIN_CONV_FIRST_SPEC_CHANNELS) const uint CHANNELS = 3;
layout(constant_id = VIN_CONV_FIRST_SPEC_TAPS_H) const uint TAPS_H = 3;
layout(constant_id = VIN_CONV_FIRST_SPEC_TAPS_W) const uint TAPS_W = 3;
layout(constant_id = VIN_CONV_FIRST_SPEC_STRIDE_H) const uint STRIDE_H = 1;
layout(constant_id = VIN_CONV_FIRST_SPEC_STRIDE_W) const uint STRIDE_W = 1;
layout(constant_id = VIN_CONV_FIRST_SPEC_PAD_TOP) const uint PAD_TOP = 0;
layout(constant_id = VIN_CONV_FIRST_SPEC_PAD_LEFT) const uint PAD_LEFT = 0;
layout(constant_id = VIN_CONV_FIRST_SPEC_OVERHANG) const uint OVERHANG = 0;
layout(constant_id = VIN_CONV_FIRST_SPEC_TILE_W) const uint TILE_W = 14;
layout(constant_id = VIN_CONV_FIRST_SPEC_PLANAR) const uint PLANAR = 0;
layout(set = 0, binding = VIN_BIND_WEIGHTS) readonly buffer Weights { float weights[]; };
layout(push_constant) uniform Push {
    vin_conv_first_push p;
    uint digit[VIN_STRAIGHT_DIGITS];
};
#include "lib/straight.glsl"

const uint SPAN = (TILE_W - 1) * STRIDE_W + TAPS_W; // columns of the input under a tile
const uint ROWS = CHANNELS * TAPS_H;
const uint CELL = TAPS_W > 4 ? 2 : 4;               // rows that are added up at once
const uint GROUP = (ROWS * TAPS_W + 1) * VIN_STRAIGHT_LANES; // bias and weights, floats

struct Tile {
    uint y, x; // first output pixel
    bool is_first, is_last; // of its row
};

// The columns of a row of the input: those right of PAD_LEFT, and those at either end.
struct Row {
    uint64_t under, left, right;
};

Row find_row(Tile tile, uint row)
{
    const uint64_t zeros = address_of(p.weights_lo, p.weights_hi) + floats(p.weight_offset);
    const uint h = p.in_h_w >> 16, w = p.in_h_w & 0xffffu;
    const uint y = tile.y * STRIDE_H + row % TAPS_H - PAD_TOP; // huge when it is negative
    const uint64_t plane =
        address_of(p.arena_lo, p.arena_hi) +
        floats(p.in_offset + same2(gl_WorkGroupID.z) * p.in_n_stride +
               row / TAPS_H * p.in_c_stride);
    const uint64_t line = plane + floats(y * w + tile.x * STRIDE_W) - floats(PAD_LEFT);
    Row found;

    found.under = mix(zeros, line, y < h);
    found.left = mix(found.under, zeros, tile.is_first);
    found.right = mix(found.under, zeros, tile.is_last);
    return found;
}

float load_column(Row row, uint column)
{
    const uint64_t at = column < PAD_LEFT            ? row.left
                        : column >= SPAN - OVERHANG ? row.right
                                                    : row.under;

    return load_float(at + floats(column));
}

// Rows @from to @from + CELL. @at: floats to their weights.
void multiply(inout float acc[TILE_W], Tile tile, uint from, uint at)
{
    // From the binding, whose bounds are checked: a branch, so that the compiler of the driver has
    // blocks of this size to put in order. It takes a time that grows with their square.
    const float first = weights[at];
    const uint64_t w = address_of(p.weights_lo, p.weights_hi) + floats(at);
    float sums[TILE_W];

    [[unroll]] for (uint i = 0; i < TILE_W; i++) {
        sums[i] = acc[i];
    }
    [[unroll]] for (uint r = 0; r < CELL; r++) { // a number of times that needs no @from
        if (from + r < ROWS) {
            const Row row = find_row(tile, from + r);
            float values[SPAN];

            [[unroll]] for (uint j = 0; j < SPAN; j++) {
                values[j] = load_column(row, j);
            }
            [[unroll]] for (uint s = 0; s < TAPS_W; s++) {
                const uint64_t place =
                    w + uint64_t((r * TAPS_W + s) * VIN_STRAIGHT_LANES * 4u);
                vec4 low = load_four(place);
                low.x = r + s == 0u ? first : low.x;
                const float weight = spread(low, load_four(place + 16ul));

                [[unroll]] for (uint i = 0; i < TILE_W; i++) {
                    sums[i] += weight * values[i * STRIDE_W + s];
                }
            }
        }
    }
    [[unroll]] for (uint i = 0; i < TILE_W; i++) {
        acc[i] = sums[i];
    }
}

void store_pixel(Tile tile, uint pixel, float sum)
{
    const uint channel =
        same2(gl_WorkGroupID.y) * VIN_STRAIGHT_LANES + gl_SubgroupInvocationID;
    const uint at = tile.y * (p.tiles_w * TILE_W) + tile.x + pixel;
    const uint64_t image = address_of(p.arena_lo, p.arena_hi) +
                           floats(p.out_offset + same2(gl_WorkGroupID.z) * p.out_n_stride);
    const float value = vin_relu_if(p.relu, sum);

    if (PLANAR == 0u) {
        store_float(image + floats(channel / VIN_BLOCK * p.out_c_stride + at * VIN_BLOCK +
                                   channel % VIN_BLOCK),
                    value);
    } else if (channel < p.channels) {
        store_float(image + floats(channel * p.out_c_stride + at), value);
    }
}

void main()
{
    const uint i = same3(gl_WorkGroupID.x);
    const uint y = i * p.tiles_w_magic >> 16;
    const uint column = i - y * p.tiles_w;
    const Tile tile = Tile(y, column * TILE_W, column == 0u, column == p.tiles_w - 1u);
    const uint biases = p.weight_offset + VIN_CONV_FIRST_ZEROS + same2(gl_WorkGroupID.y) * GROUP;
    const float bias = load_lanes(address_of(p.weights_lo, p.weights_hi) + floats(biases));
    float acc[TILE_W];

    [[unroll]] for (uint t = 0; t < TILE_W; t++) {
        acc[t] = 0.0;
    }
    [[unroll]] for (uint q = 0; q < ROWS; q += CELL) {
        multiply(acc, tile, q, biases + (q * TAPS_W + 1u) * VIN_STRAIGHT_LANES);
    }
    [[unroll]] for (uint t = 0; t < TILE_W; t++) {
        // An index that the driver does not know, as in conv_straight.comp.
        store_pixel(tile, t, (t == 0u ? acc[digit[0]] : acc[t]) + bias);
    }
}
