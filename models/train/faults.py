# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders one training picture of a class: photographs with faults, and patterns, in numpy and
OpenCV only.

The test set (make_test.py) uses FFmpeg's filters and sources instead and shares none of this.
"""

import cv2
import numpy as np

import classes as C
import scenes
from scenes import (
    SIZES,
    SIZE_WEIGHTS,
    channel,
    clip8,
    colour,
    i420,
    jpeg,
    luma,
    noise,
    normal,
    scene,
    text,
    u,
)
from patterns import bars, black, pattern, snow, solid


def disk(radius):
    n = int(np.ceil(radius)) * 2 + 1
    k = np.zeros((n, n), np.float32)
    cv2.circle(k, (n // 2, n // 2), int(radius), 1.0, -1)
    return k / k.sum()


def focus(r, photos, w, h, pool=None):
    for _ in range(8):
        x = scene(r, photos, w, h, 0.06, 0.35)
        sigma = np.exp(u(r, np.log(3.2), np.log(9))) * (0.75 + 0.35 * h / 540)
        if r.random() < 0.5 or sigma > 7:
            y = cv2.GaussianBlur(x, (0, 0), sigma)
        elif r.random() < 0.5:
            y = cv2.filter2D(x, -1, disk(sigma * 2))
        else:
            n = int(sigma * 1.75) * 2 + 1
            y = cv2.blur(x, (n, n))
            for _ in range(int(r.integers(0, 3))):
                y = cv2.blur(y, (n, n))
        if luma(y).std() > 4.5:
            break
    if r.random() < 0.2:
        y = text(r, y, 1)
    return channel(r, y, (50, 97), 3)


def smear_blocks(r, x, other):
    """Macroblocks lost, moved, repeated, of one colour or full of one frequency, in runs as slices
    lose them."""
    h, w = x.shape[:2]
    out = x.copy()
    size = int(r.choice([8, 16, 16, 16, 32])) * (2 if h >= 1000 and r.random() < 0.25 else 1)
    bw, bh = w // size, h // size
    lost = np.zeros((bh, bw), bool)
    want = np.exp(u(r, np.log(0.12), np.log(0.85)))
    while lost.mean() < want:
        if r.random() < 0.7:
            run, row, col = int(bw * u(r, 0.1, 1)), int(r.integers(bh)), int(r.integers(bw))
            lost[row : row + int(r.integers(1, 4)), col : col + run] = True
        else:
            ry, rx = int(r.integers(1, bh // 3 + 2)), int(r.integers(1, bw // 3 + 2))
            y, xx = int(r.integers(bh)), int(r.integers(bw))
            part = lost[y : y + ry, xx : xx + rx]
            part |= r.random(part.shape) < u(r, 0.3, 1)
    mode = r.random()
    yy, xs = np.mgrid[0:size, 0:size]
    dx, dy = int(r.integers(-6, 7)) * size // 2, int(r.integers(-3, 4)) * size // 2
    flat = int(r.choice([0, 128, 128, 255]))
    for by, bx in zip(*np.nonzero(lost)):
        y0, x0 = by * size, bx * size
        k = r.random() if mode > 0.5 else mode * 2
        if k < 0.3:  # from a wrong place
            sy = int(np.clip(y0 + dy + r.integers(-size, size + 1), 0, h - size))
            sx = int(np.clip(x0 + dx + r.integers(-3 * size, 3 * size + 1), 0, w - size))
            v = other[sy : sy + size, sx : sx + size]
        elif k < 0.5:  # only the mean is left
            v = np.broadcast_to(
                x[y0 : y0 + size, x0 : x0 + size].mean((0, 1)) + r.normal(0, 14, 3), (size, size, 3)
            )
        elif k < 0.7:  # one frequency of the transform
            wave = np.cos(np.pi * (xs + 0.5) * r.integers(0, 6) / size) * np.cos(
                np.pi * (yy + 0.5) * r.integers(0, 6) / size
            )
            v = x[y0 : y0 + size, x0 : x0 + size].mean((0, 1)) + wave[:, :, None] * r.normal(
                0, 70, 3
            )
        elif k < 0.8:
            v = np.broadcast_to(
                np.array([flat] * 3 if r.random() < 0.8 else [0, 135, 0], np.float32),
                (size, size, 3),
            )
        elif k < 0.9:  # colour gone wrong
            v = x[y0 : y0 + size, x0 : x0 + size] + r.normal(0, 60, 3)
        else:  # the row above, drawn down
            v = np.broadcast_to(out[max(y0 - 1, 0), x0 : x0 + size], (size, size, 3))
        out[y0 : y0 + size, x0 : x0 + size] = clip8(v)
    return out


def changed(a, b, size=16, by=14):
    """The part of size x size blocks in which two pictures differ visibly."""
    d = cv2.absdiff(a, b).max(2)
    h, w = d.shape[0] // size, d.shape[1] // size
    m = cv2.resize(d[: h * size, : w * size], (w, h), interpolation=cv2.INTER_AREA)
    return (m > by).mean()


def broken_jpeg(r, x):
    """A JPEG with bytes overwritten in its scan."""
    data = cv2.imencode(
        ".jpg",
        x[:, :, ::-1],
        [
            cv2.IMWRITE_JPEG_QUALITY,
            int(u(r, 30, 85)),
            cv2.IMWRITE_JPEG_RST_INTERVAL,
            int(r.choice([4, 10, 20, 40])),
        ],
    )[1].copy()
    start = 700
    for p in r.integers(start, len(data) - 2, int(r.integers(4, 60))):
        if data[p] != 255 and data[p - 1] != 255:
            data[p] = r.integers(0, 255)
    y = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return None if y is None or y.shape != x.shape else np.ascontiguousarray(y[:, :, ::-1])


def blocks(r, photos, w, h, pool=None):
    if pool is not None and r.random() < 0.5:
        x = pool(C.BLOCKS)
        if x is not None:
            return x
    for _ in range(6):
        x = scene(r, photos, w, h, 0.08, 0.2)
        k = r.random()
        if k < 0.3:
            y = broken_jpeg(r, x)
            if y is None:
                continue
        elif k < 0.45:  # starved: nothing but block means, and a few waves
            y = jpeg(x, u(r, 1, 6))
            if h >= 700 and r.random() < 0.5:
                y = cv2.resize(
                    jpeg(cv2.resize(x, (w // 2, h // 2), interpolation=cv2.INTER_AREA), u(r, 1, 6)),
                    (w, h),
                    interpolation=cv2.INTER_NEAREST,
                )
            return y
        else:
            y = smear_blocks(r, x, scene(r, photos, w, h, 0.08, 0.2) if r.random() < 0.3 else x)
        if changed(x, y) > 0.12:
            return channel(r, y, (70, 97), 1.5)
    return y


def combed(r, photos, w, h, pool=None):
    for _ in range(10):
        x = scene(r, photos, w, h, 0.1, 0.12)
        d = np.exp(u(r, np.log(3), np.log(40))) * (h / 540 + 0.4) * r.choice([-1, 1])
        dy = u(r, -6, 6) if r.random() < 0.3 else 0
        shift = np.float32([[1, 0, d], [0, 1, dy]])
        if r.random() < 0.2:
            z = u(r, 1.02, 1.12)
            shift = np.float32([[z, 0, d - (z - 1) * w / 2], [0, z, -(z - 1) * h / 2]])
        y = cv2.warpAffine(x, shift, (w, h), borderMode=cv2.BORDER_REFLECT)
        if r.random() < 0.1:
            y = scene(r, photos, w, h, 0.1, 0.12)  # a cut between two fields
        if r.random() < 0.3:  # only what moves is combed
            mask = np.zeros((h, w), np.uint8)
            for _ in range(int(r.integers(1, 4))):
                cv2.ellipse(
                    mask,
                    (int(r.integers(w)), int(r.integers(h))),
                    (int(w * u(r, 0.2, 0.5)), int(h * u(r, 0.25, 0.6))),
                    0,
                    0,
                    360,
                    255,
                    -1,
                )
            y = np.where(mask[:, :, None] > 0, y, x)
        out = x.copy()
        first = int(r.integers(0, 2))
        out[first::2] = y[first::2]
        grid = cv2.resize(cv2.absdiff(x, y).max(2), (16, 9), interpolation=cv2.INTER_AREA)
        if (grid > 9).mean() > 0.3:
            break
    return channel(r, out, (65, 97), 2)


def luma_only(r, rgb, gain, offset, colour_gain):
    """Video range luma scaled with the chroma left nearly as it was, as a fault before the colour
    matrix leaves it."""
    x = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    x[:, :, 0] = (x[:, :, 0] * 0.859 + 16) * gain + offset
    if r.random() < 0.5:
        x[:, :, 0] = np.clip(x[:, :, 0], 16, 235)
    x[:, :, 0] = np.clip((x[:, :, 0] - 16) / 0.859, 0, 255)
    x[:, :, 1:] = np.clip((x[:, :, 1:] - 128) * colour_gain + 128, 0, 255)
    return cv2.cvtColor(x.astype(np.uint8), cv2.COLOR_YCrCb2RGB)


def over(r, photos, w, h, pool=None):
    if scenes.SECOND and r.random() < 0.6:
        for _ in range(8):
            g = u(r, 1, 2.8)
            y = luma_only(
                r,
                scene(r, photos, w, h, 0.03, 0.45),
                g,
                u(r, 60, 150) * (g < 1.6) + u(r, 0, 60),
                u(r, 0.6, 1.2),
            )
            if luma(y).mean() > 185 and luma(y).std() > 3:
                return channel(r, y, (50, 97), 2)
    for _ in range(10):
        x = scene(r, photos, w, h, 0.05, 0.25).astype(np.float32)
        k = r.random()
        y = x * u(r, 1.0, 5) + u(r, 0, 130) if k < 0.7 else x + u(r, 70, 160)
        top = 255 if r.random() < 0.7 else u(r, 228, 254)
        y = np.minimum(y, top)
        if r.random() < 0.3:
            y = y + (cv2.GaussianBlur(y, (0, 0), h * 0.02) * 0.25)
        y = clip8(np.minimum(y, top))
        g = luma(y)
        full = (g >= top - 6).mean()
        if (0.3 < full < 0.985 and g.mean() > 178) or (
            k >= 0.7 and g.mean() > 208 and full > 0.08 and g.std() > 4
        ):
            break
    return channel(r, y, (50, 97), 2)


def under(r, photos, w, h, pool=None):
    if scenes.SECOND and r.random() < 0.6:
        for _ in range(8):
            g = u(r, 0.07, 0.33)
            y = luma_only(
                r,
                scene(r, photos, w, h, 0.03, 0.45),
                g,
                16 * (1 - g) * u(r, 0, 1.1),
                u(r, 0.2, 1.1),
            )
            if (
                luma(y).mean() < 45
                and luma(y).std() > 1.5
                and np.percentile(luma(y), 97) > 8
                and y.max(2).mean() < 75
            ):
                return channel(r, y, (60, 97), 1)
    for _ in range(10):
        x = scene(r, photos, w, h, 0.05, 0.25).astype(np.float32)
        k = r.random()
        if k < 0.5:
            y = x * u(r, 0.05, 0.26) - u(r, 0, 12)
        elif k < 0.75:
            y = 255 * (x / 255) ** u(r, 2, 4) * u(r, 0.1, 0.4)
        else:
            y = x - u(r, 90, 190)
            y = np.minimum(y, 90)
        y = np.maximum(y, 0)
        if r.random() < 0.5:
            y = y + noise(r, h, w) * u(r, 0.5, 4)
        y = clip8(y + u(r, 0, 6))
        g = luma(y)
        if (
            2.5 < g.mean() < 42
            and g.std() > 1.8
            and np.percentile(g, 99) < 105
            and np.percentile(g, 98) > 11
        ):
            break
    return channel(r, y, (60, 97), 0)


def covered(r, photos, w, h, pool=None):
    if r.random() < 0.18:  # a hand right on the lens: hardly any light, glow from an edge
        small = r.uniform(0, 1, (3, 4, 1)).astype(np.float32)
        f = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
        yy, xx = np.linspace(-1, 1, h)[:, None], np.linspace(-1, 1, w)[None]
        ang = u(r, 0, 6.3)
        glow = np.clip(xx * np.cos(ang) + yy * np.sin(ang) - u(r, 0, 0.6), 0, 2) ** u(r, 1, 2)
        base = u(r, 3, 40)
        tint = np.array([1, u(r, 0.4, 1), u(r, 0.3, 1)])
        x = (base + f[:, :, None] * u(r, 4, 25) + glow[:, :, None] * u(r, 60, 200)) * tint
        x += noise(r, h, w) * u(r, 0.5, 4)
        return channel(r, clip8(x), (50, 97), 0)
    x = scene(r, photos, w, h, 0.03, 0.3)
    if r.random() < 0.25:
        x = cv2.GaussianBlur(x, (0, 0), u(r, 1, 6))
    u(r, 0.5, 0.9)  # not used any more; drawn so that the pictures stay the same
    for _ in range(20):
        mask = np.zeros((h, w), np.uint8)
        k = r.random()
        if k < 0.5:  # a box, near the middle or from an edge
            a = u(r, 0.5, 0.93)
            bw, bh = int(w * min(1, a * u(r, 0.9, 1.1))), int(h * min(1, a * u(r, 0.9, 1.1)))
            if r.random() < 0.5:
                x0, y0 = (w - bw) // 2, (h - bh) // 2
            else:
                x0, y0 = int(r.integers(0, w - bw + 1)), int(r.integers(0, h - bh + 1))
            if r.random() < 0.3:
                x0, bw = int(w * u(r, -0.05, 0.2)), w
            mask[max(y0, 0) : y0 + bh, max(x0, 0) : x0 + bw] = 255
        elif k < 0.75:
            cv2.ellipse(
                mask,
                (int(w * u(r, 0.3, 0.7)), int(h * u(r, 0.3, 0.7))),
                (int(w * u(r, 0.3, 0.65)), int(h * u(r, 0.35, 0.75))),
                u(r, 0, 180),
                0,
                360,
                255,
                -1,
            )
        else:
            n = int(r.integers(4, 9))
            ang = np.sort(r.uniform(0, 6.28, n))
            rad = r.uniform(0.5, 1.2, n)
            pts = np.stack(
                [
                    w * (u(r, 0.35, 0.65) + 0.6 * rad * np.cos(ang)),
                    h * (u(r, 0.35, 0.65) + 0.7 * rad * np.sin(ang)),
                ],
                1,
            )
            cv2.fillPoly(mask, [pts.astype(np.int32)], 255)
        if 0.45 < mask.mean() / 255 < 0.92:
            break
    k = r.random()
    if scenes.SECOND and r.random() < 0.35:
        col = np.zeros(3) + u(r, 90, 170)
    elif k < 0.35:
        col = np.zeros(3) + u(r, 0, 22)
    elif k < 0.65:
        col = np.array([u(r, 10, 90)]) * np.array([1, u(r, 0.5, 1.1), u(r, 0.4, 1.1)])
    else:
        col = np.array(colour(r))
    cover = np.zeros((h, w, 3), np.float32) + col
    if r.random() < 0.6:
        f = cv2.resize(
            r.uniform(-1, 1, (3, 4)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC
        )
        cover += f[:, :, None] * u(r, 1, 22)
    if r.random() < 0.4:
        cover += noise(r, h, w) * u(r, 0.5, 4)
    m = mask.astype(np.float32) / 255
    if r.random() < 0.45:
        m = cv2.GaussianBlur(m, (0, 0), h * u(r, 0.004, 0.05))
    if r.random() < 0.1:
        m = m * u(r, 0.85, 1)
    y = clip8(x * (1 - m[:, :, None]) + cover * m[:, :, None])
    return channel(r, y, (50, 97), 2)


def strong_noise(r, photos, w, h, pool=None):
    x = scene(r, photos, w, h, 0.06, 0.35).astype(np.float32)
    k = r.random()
    s = np.exp(u(r, np.log(9), np.log(52)))
    if k < 0.75:
        f = 1.0 if r.random() < 0.7 else u(r, 1, 2.2)
        nw, nh = int(np.ceil(w / f)), int(np.ceil(h / f))
        n = noise(r, nh, nw, 3)
        if r.random() < 0.5:
            n = np.repeat(n[:, :, :1], 3, 2)
        elif r.random() < 0.5:
            n = n * np.array([u(r, 0.5, 1.3) for _ in range(3)], np.float32)
        if r.random() < 0.25:
            n = np.clip(n, -1.2, 1.2)
        if f > 1:
            n = cv2.resize(n, (w, h), interpolation=cv2.INTER_LINEAR)
            n /= n.std()
        y = x + n * s
    elif k < 0.88:  # grains of salt and pepper
        y = x.copy()
        p = np.exp(u(r, np.log(0.02), np.log(0.25)))
        m = r.random((h, w), dtype=np.float32)
        y[m < p / 2] = 0
        y[m > 1 - p / 2] = 255
        if r.random() < 0.3:
            y = y + noise(r, h, w) * 6
    else:  # a sensor turned up: more in the light
        y = x * u(r, 0.5, 0.9)
        y = y + noise(r, h, w) * (4 + np.sqrt(np.maximum(y, 0)) * u(r, 0.9, 3.2))
    y = clip8(y)
    if r.random() < 0.35:
        y = jpeg(y, u(r, 60, 97))
    if r.random() < 0.6:
        y = i420(y)
    return y


MAKE = [
    normal,
    black,
    solid,
    bars,
    pattern,
    snow,
    focus,
    blocks,
    combed,
    over,
    under,
    covered,
    strong_noise,
]
SECOND_SHARE = np.array(
    [0.29, 0.005, 0.05, 0.02, 0.19, 0.01, 0.07, 0.11, 0.03, 0.07, 0.04, 0.09, 0.025]
)
SHARE = np.array(
    [0.235, 0.025, 0.04, 0.05, 0.085, 0.03, 0.105, 0.12, 0.08, 0.06, 0.06, 0.09, 0.085]
)


def render(r, label, photos, pool=None):
    w, h = SIZES[int(r.choice(len(SIZES), p=SIZE_WEIGHTS / SIZE_WEIGHTS.sum()))]
    return MAKE[label](r, photos, w, h, pool)
