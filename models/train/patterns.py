# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures without a scene: black, one colour, bars, test patterns, snow."""

import cv2
import numpy as np

import scenes
from scenes import channel, clip8, colour, letterbox, noise, text, u


def black(r, photos, w, h, pool=None):
    x = np.zeros((h, w, 3), np.float32) + (u(r, 0, 14) if r.random() < 0.6 else 0)
    x += np.array([u(r, 0, 4) for _ in range(3)]) * (r.random() < 0.4)
    if r.random() < 0.5:
        x += noise(r, h, w) * u(r, 0.2, 1.6)
    return channel(r, clip8(x), (40, 97), 0)


def solid(r, photos, w, h, pool=None):
    while True:
        k = r.random()
        if scenes.SECOND and r.random() < 0.5:
            c = np.full(3, r.choice([126, 127, 128, 129, 130, 235, 254, 255]))
        elif k < 0.3:
            c = r.choice([0, 255, 191, 128], 3)
        elif k < 0.5:
            c = np.full(3, r.integers(48, 256))
        else:
            c = r.integers(0, 256, 3)
        if np.dot(c, [0.3, 0.59, 0.11]) > 26:
            break
    x = np.zeros((h, w, 3), np.float32) + c
    if r.random() < 0.4:
        x += noise(r, h, w) * u(r, 0.2, 1.6)
    x = clip8(x)
    if r.random() < 0.12:
        x = text(r, x, 1)
    return channel(r, x, (40, 97), 0)


BAR = np.array(
    [[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0]],
    np.float32,
)
# the lowest strip: -I, white, +Q, and shades of black
LOWEST = np.array(
    [[0, 0.13, 0.3], [1] * 3, [0.2, 0, 0.42], [0] * 3, [0.04] * 3, [0.08] * 3, [0.15] * 3]
)


def bars(r, photos, w, h, pool=None):
    x = np.zeros((h, w, 3), np.float32)
    level = u(r, 0.6, 1.0) if r.random() < 0.5 else float(r.choice([0.75, 1.0]))
    cols = BAR * level
    if r.random() < 0.5:
        cols[0] = 1 if r.random() < 0.5 else level
    cols = cols[:7] if r.random() < 0.6 else cols
    if r.random() < 0.08:
        cols = cols[::-1]
    side = int(w * 0.125) if r.random() < 0.25 else 0
    x[:] = 0.4 * (side > 0)
    edges = np.linspace(side, w - side, len(cols) + 1).astype(int)
    for c, a, b in zip(cols, edges[:-1], edges[1:]):
        x[:, a:b] = c
    x += u(r, 0, 0.08) * (r.random() < 0.3)
    if r.random() < 0.6:  # the strips below
        y = int(h * u(r, 0.55, 0.8))
        if r.random() < 0.7:
            y2 = int(y + h * u(r, 0.05, 0.12))
            order = [6, 7, 4, 7, 2, 7, 0]
            e = np.linspace(side, w - side, 8).astype(int)
            for k, a, b in zip(order, e[:-1], e[1:]):
                x[y:y2, a:b] = BAR[k] * level
        else:
            y2 = y
        if r.random() < 0.7:
            e = np.sort(r.integers(0, w, int(r.integers(4, 9))))
            e = np.concatenate([[0], e, [w]])
            for k, (a, b) in enumerate(zip(e[:-1], e[1:])):
                x[y2:, a:b] = LOWEST[(k + r.integers(0, 2)) % len(LOWEST)]
        else:
            x[y2:] = np.linspace(0, 1, w)[None, :, None]
        if r.random() < 0.35:
            a = int(w * u(r, 0.7, 0.9))
            x[y2:, a:] = r.random((h - y2, w - a, 1))
    x = clip8(x * 255)
    if r.random() < 0.3:
        x = text(r, x, 1)
    if r.random() < 0.1:
        x = letterbox(r, x)
    return channel(r, x, (45, 97), 2)


def two(r):
    """Two colours that differ enough to be a pattern."""
    while True:
        if r.random() < 0.4:
            a, b = r.integers(0, 256, 3), r.integers(0, 256, 3)
        else:
            a, b = np.full(3, r.integers(0, 110)), np.full(3, r.integers(140, 256))
        if r.random() < 0.3:
            a, b = r.choice([0, 255], 3), r.choice([0, 255], 3)
        if abs(np.dot(a - b, [0.3, 0.59, 0.11])) > 50 or np.abs(a - b).max() > 150:
            return a.astype(np.float32), b.astype(np.float32)


def fill(r, view):
    """Fills a part of a test card: steps, a ramp, hues, checks, a sweep, bars or one colour."""
    vh, vw = view.shape[:2]
    k = r.integers(0, 7)
    t = np.linspace(0, 1, vw, dtype=np.float32)[None, :, None]
    s = np.linspace(0, 1, vh, dtype=np.float32)[:, None, None]
    if k == 0:
        n = int(r.integers(4, 12))
        view[:] = clip8(np.floor(t * n) / (n - 1) * 255)
    elif k == 1:
        view[:] = clip8(t * np.array(colour(r)) + (1 - t) * np.array(colour(r)))
    elif k == 2:
        hsv = np.zeros((vh, vw, 3), np.float32)
        hsv[:, :, 0:1] = (t if r.random() < 0.5 else s) * 360
        hsv[:, :, 1:2] = 1
        hsv[:, :, 2:3] = 1 if r.random() < 0.5 else s
        view[:] = clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)
    elif k == 3:
        n = int(r.integers(2, 24))
        yy, xx = np.mgrid[0:vh, 0:vw]
        view[:] = np.where(((yy // n + xx // n) % 2)[:, :, None], 255, 0)
    elif k == 4:
        phase = np.cumsum(np.linspace(0.1, u(r, 0.6, 3), vw))
        view[:] = clip8(128 + 127 * np.sin(phase)[None, :, None])
    elif k == 5:
        n = int(r.integers(3, 9))
        column = np.minimum((t * n).astype(int), n - 1)[0, :, 0]
        full = r.random() < 0.7
        colours = r.choice([0, 255], (n, 3)) if full else r.integers(0, 256, (n, 3))
        view[:] = colours[column][None]
    else:
        view[:] = colour(r)


def card(r, w, h):
    """A composite test card."""
    x = np.zeros((h, w, 3), np.uint8)
    x[:] = colour(r, 30, 200)
    white = (255, 255, 255)
    if r.random() < 0.6:
        g = int(h * u(r, 0.04, 0.12))
        for v in range(int(r.integers(0, g)), max(w, h), g):
            cv2.line(x, (v, 0), (v, h), white, max(1, h // 300))
            cv2.line(x, (0, v), (w, v), white, max(1, h // 300))
    for _ in range(int(r.integers(3, 9))):
        a, b = sorted(r.integers(0, w, 2)), sorted(r.integers(0, h, 2))
        if a[1] - a[0] >= 40 and b[1] - b[0] >= 20:
            fill(r, x[b[0] : b[1], a[0] : a[1]])
    if r.random() < 0.7:
        radius = int(h * u(r, 0.3, 0.49))
        cv2.circle(x, (w // 2, h // 2), radius, white, max(1, h // 200), cv2.LINE_AA)
    if r.random() < 0.7:
        text(r, x, int(r.integers(1, 4)))
    if r.random() < 0.3:
        number, where = str(r.integers(0, 99)), (int(w * 0.35), int(h * 0.65))
        cv2.putText(x, number, where, 2, h / 90, colour(r), max(2, h // 40))
    return x


def ends(r, v, share):
    """Now and then only the two ends of the scale."""
    return (v > 0.5).astype(np.float32) if r.random() < share else v


def checks(r, w, h):
    if scenes.SECOND and r.random() < 0.4:
        n = int(r.integers(1, 4))
    else:
        n = int(np.exp(u(r, 0, np.log(h / 7))))
    m = n if r.random() < 0.8 else int(np.exp(u(r, 0, np.log(h / 7))))
    yy = ((np.arange(h) + r.integers(0, n + 1)) // n)[:, None]
    xx = ((np.arange(w) + r.integers(0, m + 1)) // m)[None]
    return ((yy + xx) % 2).astype(np.float32)


def axes(r, w, h):
    """Coordinates from a centre near that of the picture, or from its own."""
    y = np.arange(h, dtype=np.float32)[:, None]
    x = np.arange(w, dtype=np.float32)[None]
    cy, cx = h * u(r, 0.3, 0.7), w * u(r, 0.3, 0.7)
    return (x - w / 2, y - h / 2) if r.random() < 0.6 else (x - cx, y - cy)


def zone_plate(r, xx, yy):
    k = np.exp(u(r, np.log(0.15), np.log(2.2))) * np.pi / xx.size
    d = xx * xx * (r.random() < 0.92) + yy * yy * (r.random() < 0.92)
    return ends(r, 0.5 + 0.5 * np.cos(k * d + u(r, 0, 6.3)), 0.3)


def rings(r, xx, yy):
    d = np.sqrt(xx * xx + yy * yy)
    p = np.exp(u(r, np.log(4), np.log(yy.size / 5)))
    v = 0.5 + 0.5 * np.sin(2 * np.pi * (d / p) * (1 + u(r, -0.5, 1.5) * d / xx.size))
    return ends(r, v, 0.6)


def grid(r, w, h):
    """Lines, or dots where they would cross."""
    p, t = int(h * u(r, 0.03, 0.14)), int(r.integers(1, max(2, h // 120)))
    gy = ((np.arange(h) + r.integers(0, p)) % p < t)[:, None]
    gx = ((np.arange(w) + r.integers(0, p)) % p < t)[None]
    return (gy & gx if r.random() < 0.2 else gy | gx).astype(np.float32)


def ramp(r, xx, yy, steps):
    """At any angle or from the centre, smooth or in steps."""
    if r.random() < 0.15:
        t = np.sqrt(xx * xx + yy * yy)
    else:
        ang = float(r.choice([0, 0, 90, 90, 180, 270, u(r, 0, 360)])) * np.pi / 180
        t = xx * np.cos(ang) + yy * np.sin(ang) + 0 * xx + 0 * yy
    t = (t - t.min()) / (t.max() - t.min())
    t = (t * int(r.choice([1, 1, 1, 2, 3, 5]))) % 1.0001
    if steps:
        n = int(r.integers(4, 17))
        t = np.floor(t * n) / (n - 1)
    return t


def hues(t):
    hsv = np.stack([t * 360, np.ones_like(t), np.ones_like(t)], 2).astype(np.float32)
    return clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)


def star(r, xx, yy):
    n = int(r.integers(8, 60))
    return ends(r, 0.5 + 0.5 * np.sin(np.arctan2(yy, xx) * n), 0.6)


def grating(r, xx, yy, burst):
    along = xx + 0 * yy if r.random() < 0.7 else yy + 0 * xx
    p = np.exp(u(r, np.log(2.2), np.log(yy.size / 8)))
    chirp = u(r, 0, 3) * (along - along.min()) / np.ptp(along) if burst else 0
    return ends(r, 0.5 + 0.5 * np.sin(2 * np.pi * along / p * (1 + chirp)), 0.5)


def crossed(r, xx, yy):
    """The product of two waves."""
    return 0.5 + 0.5 * np.sin(xx * u(r, 0.02, 0.8)) * np.sin(yy * u(r, 0.02, 0.8))


def all_colours(r, xx, yy):
    t = (xx - xx.min()) / np.ptp(xx) + 0 * yy
    s = (yy - yy.min()) / np.ptp(yy) + 0 * xx
    x = np.stack([t, s, np.full_like(t, u(r, 0, 1))], 2)
    return clip8(x[:, :, r.permutation(3)] * 255)


PATTERNS = {
    "zone plate": 0.17,
    "checks": 0.15,
    "rings": 0.12,
    "grid": 0.09,
    "ramp": 0.1,
    "steps": 0.06,
    "star": 0.06,
    "grating": 0.05,
    "burst": 0.04,
    "card": 0.11,
    "crossed waves": 0.025,
    "all colours": 0.025,
}


def pattern(r, photos, w, h, pool=None):
    a, b = two(r)
    kind = list(PATTERNS)[int(r.choice(len(PATTERNS), p=list(PATTERNS.values())))]
    if kind == "card":
        return channel(r, card(r, w, h), (50, 97), 1.5)
    if kind == "checks":
        v = checks(r, w, h)
    else:
        xx, yy = axes(r, w, h)
    if kind == "zone plate":
        v = zone_plate(r, xx, yy)
    elif kind == "rings":
        v = rings(r, xx, yy)
    elif kind == "grid":
        v = grid(r, w, h)
    elif kind in ("ramp", "steps"):
        v = ramp(r, xx, yy, kind == "steps")
        if r.random() < 0.3:
            return channel(r, hues(v), (50, 97), 1.5)
        if np.abs(np.dot(a - b, [0.3, 0.59, 0.11])) < 110:
            a, b = np.zeros(3, np.float32), np.full(3, 255, np.float32)
    elif kind == "star":
        v = star(r, xx, yy)
    elif kind in ("grating", "burst"):
        v = grating(r, xx, yy, kind == "burst")
    elif kind == "crossed waves":
        v = crossed(r, xx, yy)
    elif kind == "all colours":
        return channel(r, all_colours(r, xx, yy), (50, 97), 1.5)
    x = clip8(a + (b - a) * v.astype(np.float32)[:, :, None])
    if r.random() < 0.12:
        x = text(r, x, 1)
    return channel(r, x, (60, 97), 1.5)


def snow(r, photos, w, h, pool=None):
    f = 1.0 if r.random() < 0.6 else u(r, 1, 3.2)
    sw, sh = int(np.ceil(w / f)), int(np.ceil(h / f))
    k = r.random()
    channels = 3 if r.random() < 0.2 else 1
    if k < 0.45:
        n = r.random((sh, sw, channels), dtype=np.float32) * 255
    elif k < 0.8:
        n = 128 + u(r, 45, 110) * r.standard_normal((sh, sw, channels), dtype=np.float32)
    else:
        n = (r.random((sh, sw, channels)) < u(r, 0.25, 0.6)).astype(np.float32) * 255
    if r.random() < 0.35:  # an analogue tuner: grains lie along the line
        n = cv2.blur(n, (int(r.integers(2, 5)), 1)).reshape(sh, sw, -1)
        n = (n - n.mean()) * 1.6 + n.mean()
    n = n * u(r, 0.6, 1.0) + u(r, -25, 25)
    if r.random() < 0.2:
        y = np.sin(np.linspace(0, u(r, 3, 12), sh) + u(r, 0, 6))[:, None, None]
        n = n * (0.75 + 0.25 * y)
    x = clip8(n if n.shape[2] == 3 else np.repeat(n, 3, 2))
    if f > 1:
        how = int(r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST]))
        x = cv2.resize(x, (w, h), interpolation=how)
    if r.random() < 0.15:
        x = text(r, x, 1, col=(255, 255, 255))
    return channel(r, x, (45, 97), 0)
