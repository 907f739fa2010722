// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Samples to R'G'B' in 0..255, clamped, not rounded. Needs the uniform block `u`.

vec3 to_rgb(vec3 s)
{
    vec3 rgb = vec3(u.m00 * s.x + u.m01 * s.y + u.m02 * s.z + u.add0,
                    u.m10 * s.x + u.m11 * s.y + u.m12 * s.z + u.add1,
                    u.m20 * s.x + u.m21 * s.y + u.m22 * s.z + u.add2);

    return clamp(rgb, vec3(0.0), vec3(255.0));
}

// ITU-R BT.601 luma, for networks of one channel.
float to_luma(vec3 rgb)
{
    return dot(rgb, vec3(0.299, 0.587, 0.114));
}
