# SPDX-License-Identifier: LGPL-2.1-or-later
"""The third to seventh part of the training set: what lies near the borders between the classes.

Where the borders are: a picture enlarged up to 2.6 times (3.4 in the fourth part, at 720 lines
and more) is normal, one blurred by a sigma of 4.2 pixels or more is out of focus; noise over a
picture is strong noise up to a deviation of 50, snow is noise of full amplitude with no picture
under it; over-exposed has white on 15 % of the picture at least and a mean above 183, or less
white and no black at all, as a gain or an offset in front of a camera's own range leaves it.
"""

import cv2
import numpy as np

import faults as F
import patterns
import scenes
from scenes import channel, clip8, colour, luma, noise, u
import more_scenes
from more_scenes import (
    photo_scene,
    base,
    burnt,
    dim,
    enlarged,
    exposed,
    h264,
    plain_part,
    room,
    shallow,
    street,
    texture,
    yard,
)


def washed(g, fault_gain=0.0):
    """Is the light of this luma a fault though little of it is white? No black is left in it; a
    gain shows earlier, by the flat white of what was merely pale."""
    low, mean = np.percentile(g, 2), g.mean()
    if more_scenes.SIXTH and fault_gain > 1.9 and low > 55 and mean > 138 and burnt(g) > 0.015:
        return True
    if fault_gain > 1.7:
        return low > 55 and mean > 145 and burnt(g) > 0.035 or low > 110 and mean > 180
    return low > 110 and mean > 200


def normal(r, photos, w, h, pool=None):
    for _ in range(12):
        k = r.random()
        if more_scenes.BARE and r.random() < 0.4:
            x = street(r, photos, w, h, True)
        elif more_scenes.SIXTH and r.random() < 0.35:
            x = enlarged(r, photo_scene, photos, w, h)
        elif more_scenes.FIFTH and k < 0.4:
            x = room(r, photos, w, h)
        elif more_scenes.FIFTH and k < 0.75:
            x = yard(r, photos, w, h)
        elif more_scenes.FOURTH and k > 0.45 and r.random() < 0.5:
            x = scenes.poor_scene(r, photos, w, h)
        elif k < (0.5 if more_scenes.FOURTH else 0.36):
            x = enlarged(
                r,
                photo_scene if r.random() < 0.75 else street if r.random() < 0.6 else texture,
                photos,
                w,
                h,
            )
        elif k < 0.60:
            x = street(r, photos, w, h)
        elif k < 0.78:
            x = texture(r, photos, w, h)
        elif k < 0.85:
            x = shallow(r, photos, w, h)
        elif k < 0.93:
            x = dim(r, photos, w, h)
        else:
            x = plain_part(r, photos, w, h)
        g = luma(x)
        burning = g.mean() > 175 and burnt(g) > 0.1
        if g.std() > 3 and not burning and not washed(g) and not washed(g, 2):
            break
    if r.random() < 0.12:
        x = scenes.text(r, x, int(r.integers(1, 3)))
    if r.random() < 0.3:
        x = h264(r, x)
    return channel(r, x, (45, 97), 3)


def focus(r, photos, w, h, pool=None):
    for _ in range(8):
        x = base(r, photos, w, h, 0.4)
        sigma = np.exp(
            u(r, np.log(4.2 if h < 720 else 5.7 if more_scenes.FOURTH else 5), np.log(12))
        )
        k = r.random()
        if k < 0.4:
            y = cv2.GaussianBlur(x, (0, 0), sigma)
        elif k < 0.6:
            y = cv2.filter2D(x, -1, F.disk(sigma * 1.9))
        else:
            n = int(sigma * 1.3) * 2 + 1
            y = cv2.blur(x, (n, n))
            for _ in range(int(r.integers(0, 3))):
                y = cv2.blur(y, (n, n))
        if luma(y).std() > 4.5:
            break
    if r.random() < 0.25:
        y = h264(r, y)
    return channel(r, y, (50, 97), 3)


def washed_out(r, photos, w, h):
    """A gain on luma that leaves little white: the road goes grey, the car before it white."""
    border = r.random() < 0.65
    for k in range(16):
        x = base(r, photos, w, h, 0.6)
        if r.random() < 0.7:
            x = exposed(r, x, u(r, 50, 90))
        gain, offset, tone = u(r, 1.9, 2.5), 0, 1
        if r.random() < 0.2:
            gain = u(r, 1, 3.4)
            offset, tone = u(r, 60, 160) if gain < 1.5 else u(r, -10, 80), u(r, 0.7, 1.1)
        y = F.luma_only(r, x, gain, offset, tone)
        g = luma(y)
        if border and k < 12 and (g.mean() > 205 or burnt(g) > 0.2):
            continue
        bright = g.mean() > 183 and burnt(g) > 0.15 or g.mean() > 222
        if (bright or washed(g, gain)) and g.std() > 2.2:
            if r.random() < 0.7:  # the camera's own compression comes first
                x = h264(r, x, (20, 34)) if r.random() < 0.6 else scenes.jpeg(x, u(r, 35, 90))
                y = F.luma_only(r, x, gain, offset, tone)
            return channel(r, y, (50, 97), 2)
    return F.over(r, photos, w, h)


def over(r, photos, w, h, pool=None):
    if more_scenes.SIXTH:
        return washed_out(r, photos, w, h)
    border = more_scenes.FIFTH and r.random() < 0.65
    for k in range(16):
        x = base(r, photos, w, h, 0.6)
        if more_scenes.FIFTH and r.random() < 0.7:
            x = exposed(r, x, u(r, 50, 115))
        if more_scenes.FIFTH and r.random() < 0.7:  # the camera's own compression comes first
            x = h264(r, x, (20, 34)) if r.random() < 0.6 else scenes.jpeg(x, u(r, 35, 90))
        gain = u(r, 1, 3.4) if r.random() < 0.7 else u(r, 1.9, 2.6)
        offset = u(r, 60, 160) if gain < 1.5 else u(r, -10, 80) if r.random() < 0.5 else 0
        y = F.luma_only(r, x, gain, offset, u(r, 0.7, 1.1) if r.random() < 0.5 else 1)
        if r.random() < 0.2:
            gain = u(r, 1.3, 4)
            y = clip8(x.astype(np.float32) * gain + u(r, 0, 60))
        g = luma(y)
        bright = g.mean() > 183 and burnt(g) > 0.15 or more_scenes.FIFTH and g.mean() > 222
        if border and k < 12 and (g.mean() > 218 or burnt(g) > 0.3):
            continue
        if (bright or washed(g, gain)) and g.std() > 2.2:
            return channel(r, y, (50, 97), 2)
    return F.over(r, photos, w, h)


def under(r, photos, w, h, pool=None):
    for _ in range(10):
        gain = u(r, 0.08, 0.33)
        y = F.luma_only(
            r, base(r, photos, w, h, 0.6), gain, 16 * (1 - gain) * u(r, 0.3, 1.1), u(r, 0.3, 1.05)
        )
        g = luma(y)
        if (
            4 < g.mean() < 48
            and g.std() > 1.2
            and np.percentile(g, 99) > 14
            and y.max(2).mean() < 78
        ):
            return channel(r, y, (60, 97), 1)
    return F.under(r, photos, w, h)


def yuv_noise(r, x, s, even, chroma):
    """Noise on the planes of a 4:2:0 picture: that of chroma comes in 2 x 2 lumps."""
    h, w = x.shape[:2]
    y = cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    make = (
        (lambda a, b: (r.random((a, b, 1), dtype=np.float32) - 0.5) * 3.46)
        if even
        else (lambda a, b: noise(r, a, b, 1))
    )
    y[:, :, 0] += make(h, w)[:, :, 0] * s
    if chroma:
        for c in (1, 2):
            y[:, :, c] += (
                cv2.resize(
                    make((h + 1) // 2, (w + 1) // 2)[:, :, 0],
                    (w, h),
                    interpolation=int(r.choice([0, 1])),
                )
                * s
                * chroma
            )
    return cv2.cvtColor(clip8(y), cv2.COLOR_YCrCb2RGB)


def strong_noise(r, photos, w, h, pool=None):
    for _ in range(5):
        x = base(r, photos, w, h, 0.7)
        if 20 < luma(x).mean() < 225:
            break
    if more_scenes.SIXTH:
        x = exposed(r, x, u(r, 70, 160))
    s = np.exp(u(r, np.log(18 if more_scenes.SIXTH else 11), np.log(50)))
    if r.random() < 0.75:
        y = yuv_noise(r, x, s, r.random() < 0.4, u(r, 0.6, 1.1) if r.random() < 0.7 else 0)
    else:
        n = noise(r, h, w)
        y = clip8(x + (n if r.random() < 0.5 else n[:, :, :1]) * s)
    return (
        scenes.jpeg(y, u(r, 75, 97))
        if r.random() < 0.2
        else scenes.i420(y) if r.random() < 0.5 else y
    )


def snow(r, photos, w, h, pool=None):
    x = np.full((h, w, 3), int(u(r, 100, 150)), np.uint8)
    k = r.random() * (0.75 if more_scenes.SIXTH else 1)
    if k < 0.5:
        y = yuv_noise(
            r, x, u(r, 60, 110), r.random() < 0.6, u(r, 0.6, 1.1) if r.random() < 0.6 else 0
        )
    elif k < 0.75:
        y = yuv_noise(r, clip8(x * 0.0 + 128), u(r, 62, 80), True, 0)
    else:
        return patterns.snow(r, photos, w, h)
    return channel(r, y, (60, 97), 0)


def solid(r, photos, w, h, pool=None):
    c = r.integers(60, 256, 3) if r.random() < 0.5 else np.full(3, r.integers(90, 256))
    if more_scenes.BARE and r.random() < 0.6:
        c = np.full(3, r.integers(236, 256))
    x = np.zeros((h, w, 3), np.float32) + c
    if r.random() < 0.6:
        x += noise(r, h, w) * u(r, 0.2, 2)
    return channel(r, clip8(x), (40, 97), 0)


def pattern(r, photos, w, h, pool=None):
    """Slow patterns: few rings or waves over the frame."""
    k = r.random()
    if more_scenes.FOURTH and k < 0.45:
        return card(r, w, h)
    if k < 0.3 or more_scenes.FOURTH and k < 0.55:
        return patterns.pattern(r, photos, w, h)
    a, b = patterns.two(r)
    cx, cy = (w / 2, h / 2) if r.random() < 0.7 else (w * u(r, 0.3, 0.7), h * u(r, 0.3, 0.7))
    yy, xx = np.arange(h, dtype=np.float32)[:, None] - cy, np.arange(w, dtype=np.float32)[None] - cx
    k = r.random()
    if k < 0.55:
        v = 0.5 + 0.5 * np.cos(
            (xx * xx + yy * yy) * np.exp(u(r, np.log(0.01), np.log(0.5))) * np.pi / w + u(r, 0, 6.3)
        )
    elif k < 0.75:
        v = 0.5 + 0.5 * np.sin(
            np.sqrt(xx * xx + yy * yy) * 2 * np.pi / (h / u(r, 4, 40)) + u(r, 0, 6.3)
        )
    elif k < 0.9:
        ang = float(r.choice([0, 0, np.pi / 2, u(r, 0, 3)]))
        v = 0.5 + 0.5 * np.sin(
            (xx * np.cos(ang) + yy * np.sin(ang)) * 2 * np.pi / (h / u(r, 4, 40)) + u(r, 0, 6.3)
        )
    else:
        v = 0.5 + 0.5 * np.sin(xx * 2 * np.pi / (h / u(r, 3, 20))) * np.sin(
            yy * 2 * np.pi / (h / u(r, 3, 20))
        )
    return channel(r, clip8(a + (b - a) * v[:, :, None]), (60, 97), 1)


def card(r, w, h):
    """A card of coloured bars and more: a disc, a strip of hues, a line across, a counter."""
    n = int(r.integers(5, 10))
    cols = (
        r.choice([0, 255], (n, 3))
        if r.random() < 0.4
        else (patterns.BAR * 255)[r.permutation(8)][np.arange(n) % 8]
    )
    edges = np.linspace(0, w, n + 1).astype(int)
    x = np.zeros((h, w, 3), np.uint8)
    other = x.copy()
    for k in range(n):
        x[:, edges[k] : edges[k + 1]] = cols[k]
        other[:, edges[k] : edges[k + 1]] = cols[(k + 3) % n]
    todo = r.random(5) < 0.5
    todo[int(r.integers(5))] = True
    if todo[0]:
        m = np.zeros((h, w), np.uint8)
        cv2.circle(m, (w // 2, h // 2), int(h * u(r, 0.35, 0.7)), 255, -1)
        x = np.where((m > 0)[:, :, None] == (r.random() < 0.5), other, x)
    if todo[1]:
        y0, y1 = int(h * u(r, 0.05, 0.8)), int(h * u(r, 0.06, 0.2))
        hsv = np.ones((1, w, 3), np.float32)
        hsv[0, :, 0] = (np.linspace(0, 360, w) + u(r, 0, 360)) % 360
        x[y0 : y0 + y1] = clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)
    if todo[2]:
        cv2.line(
            x,
            (0, int(h * u(r, 0, 1))),
            (w, int(h * u(r, 0, 1))),
            colour(r),
            max(2, h // int(r.integers(20, 90))),
            cv2.LINE_AA,
        )
    if todo[3]:
        a, b, c = int(w * u(r, 0.1, 0.7)), int(h * u(r, 0.1, 0.7)), int(r.integers(2, 9))
        part = x[b : b + h // 4, a : a + w // 4]
        yy, xx = np.mgrid[0 : part.shape[0], 0 : part.shape[1]]
        part[((yy // c + xx // c) % 2) > 0] = colour(r)
    if todo[4] or r.random() < 0.4:
        cv2.putText(
            x,
            str(r.integers(0, 99)),
            (int(w * u(r, 0.1, 0.8)), int(h * 0.65)),
            2,
            h / 90,
            colour(r),
            max(3, h // 30),
        )
    return channel(r, np.ascontiguousarray(x), (60, 97), 1)


def covered(r, photos, w, h, pool=None):
    if not more_scenes.FIFTH:
        return F.covered(r, photos, w, h)
    x = base(r, photos, w, h)
    a, b = u(r, 0.68, 0.92), u(r, 0.72, 1)
    bw, bh = int(w * a), int(h * b)
    x0, y0 = (
        (int(r.integers(0, w - bw + 1)), int(r.integers(0, h - bh + 1)))
        if r.random() < 0.6
        else ((w - bw) // 2, (h - bh) // 2)
    )
    c = u(r, 0, 40) if r.random() < 0.6 else u(r, 40, 150)
    part = x[y0 : y0 + bh, x0 : x0 + bw]
    part[:] = clip8(
        np.array([c, c * u(r, 0.5, 1.1), c * u(r, 0.4, 1.1)]) + noise(r, bh, bw, 1) * u(r, 0, 3)
    )
    return channel(r, x, (50, 97), 2)


MAKE = [
    normal,
    patterns.black,
    solid,
    patterns.bars,
    pattern,
    snow,
    focus,
    None,
    F.combed,
    over,
    under,
    covered,
    strong_noise,
]
SHARE = np.array([0.36, 0.01, 0.035, 0.01, 0.06, 0.045, 0.10, 0, 0.03, 0.12, 0.06, 0.05, 0.11])

FOURTH_SHARE = np.array(
    [0.38, 0.015, 0.05, 0.06, 0.15, 0.01, 0.12, 0, 0.02, 0.12, 0.02, 0.04, 0.015]
)
FIFTH_SHARE = np.array(
    [0.38, 0.015, 0.015, 0.01, 0.02, 0.03, 0.05, 0, 0.01, 0.22, 0.07, 0.06, 0.12]
)
SIXTH_SHARE = np.array(
    [0.33, 0.01, 0.01, 0.005, 0.01, 0.07, 0.05, 0, 0.005, 0.22, 0.02, 0.03, 0.24]
)
SEVENTH_SHARE = np.array(
    [0.28, 0.005, 0.09, 0.005, 0.02, 0.12, 0.02, 0, 0.005, 0.02, 0.01, 0.015, 0.41]
)


def render(r, label, photos, pool=None):
    w, h = scenes.SIZES[
        int(r.choice(len(scenes.SIZES), p=scenes.SIZE_WEIGHTS / scenes.SIZE_WEIGHTS.sum()))
    ]
    return MAKE[label](r, photos, w, h, pool)
