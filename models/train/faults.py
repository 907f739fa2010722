# SPDX-License-Identifier: LGPL-2.1-or-later
"""Renders one training picture of a class: photographs with faults, and patterns, in numpy and OpenCV only.

The test set (make_test.py) uses FFmpeg's filters and sources instead and shares none of this.
"""

import cv2
import numpy as np

import classes as C
from photos import detail

SIZES = [(640, 360), (768, 432), (854, 480), (640, 480), (320, 240), (720, 576), (960, 540), (1280, 720), (1920, 1080)]
SIZE_WEIGHTS = np.array([.16, .05, .06, .05, .05, .05, .05, .19, .34])
SECOND = False  # the second part of the training set: more of what is done to luma alone, and of quiet scenes


def u(r, a, b):
    return float(r.uniform(a, b))


def clip8(x):
    return np.clip(x, 0, 255).astype(np.uint8)


def luma(rgb):
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def colour(r, low=0, high=255):
    return tuple(int(v) for v in r.integers(low, high + 1, 3))


def noise(r, h, w, channels=3):
    """Cheap unit normal noise: one small field, repeated with random shifts."""
    flat = r.standard_normal(((h // 2 + 3), w, channels), dtype=np.float32)
    return np.concatenate([flat, np.roll(flat[:, ::-1], int(r.integers(w)), 1)], 0)[:h]


def i420(rgb):
    h, w = rgb.shape[0] & ~1, rgb.shape[1] & ~1
    return cv2.cvtColor(cv2.cvtColor(np.ascontiguousarray(rgb[:h, :w]), cv2.COLOR_RGB2YUV_I420),
                        cv2.COLOR_YUV2RGB_I420)


def jpeg(rgb, quality):
    data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


def channel(r, rgb, q=(45, 97), sensor=2.5):
    """What any picture meets on its way: a little noise, chroma subsampling, compression."""
    if sensor and r.random() < .45:
        rgb = clip8(rgb + noise(r, *rgb.shape[:2]) * u(r, .3, sensor))
    if r.random() < .5:
        rgb = jpeg(rgb, u(r, *q))
    if r.random() < .65:
        rgb = i420(rgb)
    return rgb


def text(r, rgb, lines=1, scale=None, col=None):
    h, w = rgb.shape[:2]
    for _ in range(lines):
        scale_ = scale or u(r, .5, 2.0) * h / 540
        words = "".join(chr(c) for c in r.choice(list(range(48, 58)) + list(range(65, 91)) + [32, 58, 45],
                                                 int(r.integers(4, 24))))
        where = (int(r.integers(0, w)), int(r.integers(0, h)))
        if r.random() < .5:
            where = (int(w * .04), int(h * r.choice([.07, .95])))
        cv2.putText(rgb, words, where, int(r.choice([0, 1, 2, 3, 4])), scale_, col or colour(r),
                    max(1, int(scale_ * 1.6)), cv2.LINE_AA)
    return rgb


def crop(r, source, w, h):
    """A window of the photograph, resized to w x h; now and then from fewer pixels, as an upscaled programme is."""
    sh, sw = source.shape[:2]
    most = min(sw / w, sh / h)
    least = .33 if SECOND and r.random() < .5 else .42 if r.random() < .3 else .8
    if most < least:  # a small picture: repeat it mirrored rather than blow it up without end
        need_w, need_h = int(w * least) + 1, int(h * least) + 1
        source = cv2.copyMakeBorder(source, 0, max(0, need_h - sh), 0, max(0, need_w - sw), cv2.BORDER_REFLECT)
        sh, sw = source.shape[:2]
        most = min(sw / w, sh / h)
    s = u(r, least, max(most, least)) if r.random() < .7 else min(most, 1.0)
    if SECOND and least < .4:
        s = u(r, least, .6)
    cw, ch = min(int(w * s), sw), min(int(h * s), sh)
    x, y = int(r.integers(0, sw - cw + 1)), int(r.integers(0, sh - ch + 1))
    part = source[y:y + ch, x:x + cw]
    how = cv2.INTER_AREA if s > 1 else int(r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]))
    out = cv2.resize(part, (w, h), interpolation=how)
    return out[:, ::-1].copy() if r.random() < .5 else out


def grade(r, rgb):
    """Another light: contrast, brightness, gamma, colour cast."""
    x = rgb.astype(np.float32)
    if r.random() < .12:
        x[:] = luma(rgb)[:, :, None]
    if r.random() < .5:
        x = 255 * (x / 255) ** u(r, .75, 1.35)
        x = (x - 128) * u(r, .7, 1.12) + 128 + u(r, -18, 18)
        x *= np.array([u(r, .88, 1.1) for _ in range(3)], np.float32)
    return clip8(x)


def poor_scene(r, photos, w, h):
    """Asphalt, walls, desks: one quiet texture or a flat light over most of the picture, a few sharp things in it."""
    base = np.array(colour(r, 50, 225), np.float32)
    base = base * .3 + base.mean() * .7
    light = cv2.resize(r.uniform(-1, 1, (3, 4, 1)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    x = base + light[:, :, None] * u(r, 2, 28)
    kind = r.random()
    if kind < .45:  # asphalt, plaster: fine grain, softened a little
        grain = noise(r, h, w, 1)[:, :, 0]
        grain = cv2.GaussianBlur(grain, (0, 0), u(r, .7, 1.8) * max(1, h / 700))
        x = x + (grain / grain.std())[:, :, None] * u(r, 1.2, 7)
        for _ in range(int(r.integers(0, 60))):
            cv2.circle(x, (int(r.integers(w)), int(r.integers(h))), int(r.integers(1, 3)),
                       tuple((base + u(r, -60, 90)).tolist()), -1)
    elif kind < .75:
        photo = crop(r, photos(), w, h).astype(np.float32)
        x = x + (photo - photo.mean((0, 1))) * u(r, .05, .25)
    if r.random() < .6:  # the edge of a table, a kerb, a door
        pts = np.array([[0, h * u(r, .4, .9)], [w, h * u(r, .4, .9)], [w, h], [0, h]], np.int32)
        mask = cv2.fillPoly(np.zeros((h, w), np.float32), [pts], 1.0)
        x = x + mask[:, :, None] * u(r, -60, 60)
    x = clip8(x)
    for _ in range(int(r.integers(2, 9))):
        ow, oh = int(w * u(r, .06, .28)), int(h * u(r, .08, .4))
        thing = crop(r, photos(), ow, oh)
        mask = np.zeros((oh, ow), np.uint8)
        if r.random() < .5:
            cv2.ellipse(mask, (ow // 2, oh // 2), (ow // 2, oh // 2), 0, 0, 360, 255, -1)
        else:
            mask[:] = 255
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        view = x[oy:oy + oh, ox:ox + ow]
        view[mask > 0] = thing[mask > 0]
    for _ in range(int(r.integers(0, 8))):
        cv2.line(x, (int(r.integers(w)), int(r.integers(h))), (int(r.integers(w)), int(r.integers(h))), colour(r),
                 int(r.integers(1, 8)), cv2.LINE_AA)
    return x


def slide(r, photos, w, h):
    """A slide, a score board, a page, a drawing."""
    x = np.empty((h, w, 3), np.uint8)
    x[:] = colour(r, 200, 255) if r.random() < .5 else colour(r)
    if r.random() < .3:
        ramp = np.linspace(0, u(r, -60, 60), h)[:, None, None]
        x = clip8(x + ramp)
    for _ in range(int(r.integers(0, 14))):
        col = colour(r)
        p, q = (int(r.integers(w)), int(r.integers(h))), (int(r.integers(w)), int(r.integers(h)))
        kind = r.random()
        if kind < .4:
            cv2.rectangle(x, p, q, col, -1 if r.random() < .5 else int(r.integers(1, 6)))
        elif kind < .7:
            cv2.circle(x, p, int(r.integers(4, h // 4)), col, -1 if r.random() < .6 else int(r.integers(1, 6)), cv2.LINE_AA)
        else:
            cv2.fillPoly(x, [r.integers(0, [w, h], (int(r.integers(3, 7)), 2)).astype(np.int32)], col, cv2.LINE_AA)
    bright = luma(x).mean() > 110
    step = h * u(r, .04, .1)
    y, left = h * .1, int(w * u(r, .03, .2))
    if r.random() < .8:
        col = colour(r, 0, 70) if bright else colour(r, 180, 255)
        while y < h * .95:
            words = "".join(chr(c) for c in r.integers(97, 123, int(r.integers(8, 60))))
            words = "".join(" " if r.random() < .17 else c for c in words)
            cv2.putText(x, words, (left, int(y)), int(r.choice([0, 2, 3])), step / 32, col, max(1, int(step / 16)), cv2.LINE_AA)
            y += step
    if r.random() < .4:
        ow, oh = int(w * u(r, .2, .5)), int(h * u(r, .2, .6))
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        x[oy:oy + oh, ox:ox + ow] = crop(r, photos(), ow, oh)
    return x


def scene(r, photos, w, h, graphics=.12, poor=.25, sharp=3):
    """A good picture, before any fault."""
    for _ in range(12):
        k = r.random()
        if k < graphics:
            x = slide(r, photos, w, h)
        elif k < graphics + poor:
            x = poor_scene(r, photos, w, h)
        else:
            x = grade(r, crop(r, photos(), w, h))
        if detail(x) >= sharp and 28 < luma(x).mean() < 232:
            return x
    return poor_scene(r, photos, w, h)


def night(r, photos, w, h):
    x = crop(r, photos(), w, h).astype(np.float32)
    y = luma(clip8(x)).astype(np.float32)
    x *= u(r, .1, .45) + .9 * (y > np.percentile(y, u(r, 86, 97)))[:, :, None]
    for _ in range(int(r.integers(8, 45))):
        col = np.array(colour(r, 140, 255), np.float32)
        cx, cy, rad = int(r.integers(w)), int(r.integers(h)), h * u(r, .004, .04)
        cv2.circle(x, (cx, cy), max(1, int(rad)), tuple(col.tolist()), -1, cv2.LINE_AA)
    if r.random() < .6:
        x += cv2.GaussianBlur(x, (0, 0), h * .01) * .3
    return clip8(x)


def letterbox(r, x):
    h, w = x.shape[:2]
    if r.random() < .5:
        n = int(h * u(r, .05, .13))
        x[:n] = 0
        x[h - n:] = 0
    else:
        n = int(w * u(r, .05, .14))
        x[:, :n] = 0
        x[:, w - n:] = 0
    return x


def normal(r, photos, w, h, pool=None):
    if pool is not None and r.random() < .25:
        x = pool(C.NORMAL)
        if x is not None:
            return x
    x = night(r, photos, w, h) if r.random() < .1 else scene(r, photos, w, h, .16, .45 if SECOND else .3)
    if r.random() < .2:
        x = text(r, x, int(r.integers(1, 4)))
    if r.random() < .1:
        x = letterbox(r, x)
    return channel(r, x, (40, 97), 3.5)


def black(r, photos, w, h, pool=None):
    x = np.zeros((h, w, 3), np.float32) + (u(r, 0, 14) if r.random() < .6 else 0)
    x += np.array([u(r, 0, 4) for _ in range(3)]) * (r.random() < .4)
    if r.random() < .5:
        x += noise(r, h, w) * u(r, .2, 1.6)
    return channel(r, clip8(x), (40, 97), 0)


def solid(r, photos, w, h, pool=None):
    while True:
        k = r.random()
        if SECOND and r.random() < .5:
            c = np.full(3, r.choice([126, 127, 128, 129, 130, 235, 254, 255]))
        elif k < .3:
            c = r.choice([0, 255, 191, 128], 3)
        elif k < .5:
            c = np.full(3, r.integers(48, 256))
        else:
            c = r.integers(0, 256, 3)
        if np.dot(c, [.3, .59, .11]) > 26:
            break
    x = np.zeros((h, w, 3), np.float32) + c
    if r.random() < .4:
        x += noise(r, h, w) * u(r, .2, 1.6)
    x = clip8(x)
    if r.random() < .12:
        x = text(r, x, 1)
    return channel(r, x, (40, 97), 0)


BAR = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0]], np.float32)


def bars(r, photos, w, h, pool=None):
    x = np.zeros((h, w, 3), np.float32)
    level = u(r, .6, 1.0) if r.random() < .5 else float(r.choice([.75, 1.0]))
    cols = BAR * level
    if r.random() < .5:
        cols[0] = 1 if r.random() < .5 else level
    cols = cols[:7] if r.random() < .6 else cols
    if r.random() < .08:
        cols = cols[::-1]
    side = int(w * .125) if r.random() < .25 else 0
    x[:] = .4 * (side > 0)
    edges = np.linspace(side, w - side, len(cols) + 1).astype(int)
    for c, a, b in zip(cols, edges[:-1], edges[1:]):
        x[:, a:b] = c
    x += u(r, 0, .08) * (r.random() < .3)
    if r.random() < .6:  # the strips below
        y = int(h * u(r, .55, .8))
        if r.random() < .7:
            y2 = int(y + h * u(r, .05, .12))
            order = [6, 7, 4, 7, 2, 7, 0]
            e = np.linspace(side, w - side, 8).astype(int)
            for k, a, b in zip(order, e[:-1], e[1:]):
                x[y:y2, a:b] = BAR[k] * level
        else:
            y2 = y
        if r.random() < .7:
            e = np.sort(r.integers(0, w, int(r.integers(4, 9))))
            e = np.concatenate([[0], e, [w]])
            some = np.array([[0, .13, .3], [1, 1, 1], [.2, 0, .42], [0, 0, 0], [.04, .04, .04], [.08, .08, .08], [.15, .15, .15]])
            for k, (a, b) in enumerate(zip(e[:-1], e[1:])):
                x[y2:, a:b] = some[(k + r.integers(0, 2)) % len(some)]
        else:
            x[y2:] = np.linspace(0, 1, w)[None, :, None]
        if r.random() < .35:
            a = int(w * u(r, .7, .9))
            x[y2:, a:] = r.random((h - y2, w - a, 1))
    x = clip8(x * 255)
    if r.random() < .3:
        x = text(r, x, 1)
    if r.random() < .1:
        x = letterbox(r, x)
    return channel(r, x, (45, 97), 2)


def two(r):
    """Two colours that differ enough to be a pattern."""
    while True:
        a, b = (r.integers(0, 256, 3) for _ in range(2)) if r.random() < .4 else (np.full(3, r.integers(0, 110)), np.full(3, r.integers(140, 256)))
        if r.random() < .3:
            a, b = r.choice([0, 255], 3), r.choice([0, 255], 3)
        if abs(np.dot(a - b, [.3, .59, .11])) > 50 or np.abs(a - b).max() > 150:
            return a.astype(np.float32), b.astype(np.float32)


def card(r, w, h):
    """A composite test card."""
    x = np.zeros((h, w, 3), np.uint8)
    x[:] = colour(r, 30, 200)
    if r.random() < .6:
        g = int(h * u(r, .04, .12))
        for v in range(int(r.integers(0, g)), max(w, h), g):
            cv2.line(x, (v, 0), (v, h), (255, 255, 255), max(1, h // 300))
            cv2.line(x, (0, v), (w, v), (255, 255, 255), max(1, h // 300))
    for _ in range(int(r.integers(3, 9))):
        a, b = sorted(r.integers(0, w, 2)), sorted(r.integers(0, h, 2))
        if a[1] - a[0] < 40 or b[1] - b[0] < 20:
            continue
        view = x[b[0]:b[1], a[0]:a[1]]
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
            hsv[:, :, 0:1] = (t if r.random() < .5 else s) * 360
            hsv[:, :, 1:2] = 1
            hsv[:, :, 2:3] = 1 if r.random() < .5 else s
            view[:] = clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)
        elif k == 3:
            n = int(r.integers(2, 24))
            yy, xx = np.mgrid[0:vh, 0:vw]
            view[:] = np.where(((yy // n + xx // n) % 2)[:, :, None], 255, 0)
        elif k == 4:
            view[:] = clip8(128 + 127 * np.sin(np.cumsum(np.linspace(.1, u(r, .6, 3), vw)))[None, :, None])
        elif k == 5:
            n = int(r.integers(3, 9))
            idx = np.minimum((t * n).astype(int), n - 1)[:, :, 0]
            view[:] = (r.choice([0, 255], (n, 3)) if r.random() < .7 else r.integers(0, 256, (n, 3)))[idx[0]][None]
        else:
            view[:] = colour(r)
    if r.random() < .7:
        cv2.circle(x, (w // 2, h // 2), int(h * u(r, .3, .49)), (255, 255, 255), max(1, h // 200), cv2.LINE_AA)
    if r.random() < .7:
        text(r, x, int(r.integers(1, 4)))
    if r.random() < .3:
        cv2.putText(x, str(r.integers(0, 99)), (int(w * .35), int(h * .65)), 2, h / 90, colour(r), max(2, h // 40))
    return x


def pattern(r, photos, w, h, pool=None):
    a, b = two(r)
    kind = int(r.choice(12, p=[.17, .15, .12, .09, .1, .06, .06, .05, .04, .11, .025, .025]))
    if kind == 9:
        return channel(r, card(r, w, h), (50, 97), 1.5)
    if kind == 1:
        n = int(r.integers(1, 4)) if SECOND and r.random() < .4 else int(np.exp(u(r, 0, np.log(h / 7))))
        m = n if r.random() < .8 else int(np.exp(u(r, 0, np.log(h / 7))))
        yy = ((np.arange(h) + r.integers(0, n + 1)) // n)[:, None]
        xx = ((np.arange(w) + r.integers(0, m + 1)) // m)[None]
        v = ((yy + xx) % 2).astype(np.float32)
    else:
        yy = np.arange(h, dtype=np.float32)[:, None] - h * u(r, .3, .7)
        xx = np.arange(w, dtype=np.float32)[None] - w * u(r, .3, .7)
        if r.random() < .6:
            yy, xx = np.arange(h, dtype=np.float32)[:, None] - h / 2, np.arange(w, dtype=np.float32)[None] - w / 2
        v = None
    if kind == 0:  # zone plate
        k = np.exp(u(r, np.log(.15), np.log(2.2))) * np.pi / w
        v = .5 + .5 * np.cos(k * (xx * xx * (r.random() < .92) + yy * yy * (r.random() < .92)) + u(r, 0, 6.3))
        if r.random() < .3:
            v = (v > .5).astype(np.float32)
    elif kind == 2:  # rings
        d = np.sqrt(xx * xx + yy * yy)
        p = np.exp(u(r, np.log(4), np.log(h / 5)))
        v = .5 + .5 * np.sin(2 * np.pi * (d / p) * (1 + u(r, -.5, 1.5) * d / w))
        if r.random() < .6:
            v = (v > .5).astype(np.float32)
    elif kind == 3:  # grid or dots
        p, t = int(h * u(r, .03, .14)), int(r.integers(1, max(2, h // 120)))
        gy = (np.arange(h) + r.integers(0, p)) % p < t
        gx = (np.arange(w) + r.integers(0, p)) % p < t
        v = (gy[:, None] & gx[None] if r.random() < .2 else gy[:, None] | gx[None]).astype(np.float32)
    elif kind in (4, 5):  # ramps and steps, at any angle
        if r.random() < .15:
            t = np.sqrt(xx * xx + yy * yy)
        else:
            ang = float(r.choice([0, 0, 90, 90, 180, 270, u(r, 0, 360)])) * np.pi / 180
            t = xx * np.cos(ang) + yy * np.sin(ang) + 0 * xx + 0 * yy
        t = (t - t.min()) / (t.max() - t.min())
        t = (t * int(r.choice([1, 1, 1, 2, 3, 5]))) % 1.0001
        if kind == 5:
            n = int(r.integers(4, 17))
            t = np.floor(t * n) / (n - 1)
        v = t
        if r.random() < .3:
            hsv = np.stack([t * 360, np.ones_like(t), np.ones_like(t)], 2).astype(np.float32)
            return channel(r, clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255), (50, 97), 1.5)
        if np.abs(np.dot(a - b, [.3, .59, .11])) < 110:
            a, b = np.zeros(3, np.float32), np.full(3, 255, np.float32)
    elif kind == 6:  # star
        n = int(r.integers(8, 60))
        v = .5 + .5 * np.sin(np.arctan2(yy, xx) * n)
        if r.random() < .6:
            v = (v > .5).astype(np.float32)
    elif kind in (7, 8):  # gratings, bursts
        along = xx + 0 * yy if r.random() < .7 else yy + 0 * xx
        p = np.exp(u(r, np.log(2.2), np.log(h / 8)))
        chirp = u(r, 0, 3) * (along - along.min()) / np.ptp(along) if kind == 8 else 0
        v = .5 + .5 * np.sin(2 * np.pi * along / p * (1 + chirp))
        if r.random() < .5:
            v = (v > .5).astype(np.float32)
    elif kind == 10:  # crossed waves, the product of two
        v = .5 + .5 * np.sin(xx * u(r, .02, .8)) * np.sin(yy * u(r, .02, .8))
    elif kind == 11:  # a plane of all colours
        t, s = (xx - xx.min()) / np.ptp(xx) + 0 * yy, (yy - yy.min()) / np.ptp(yy) + 0 * xx
        return channel(r, clip8(np.stack([t, s, np.full_like(t, u(r, 0, 1))], 2)[:, :, r.permutation(3)] * 255), (50, 97), 1.5)
    x = clip8(a + (b - a) * v.astype(np.float32)[:, :, None])
    if r.random() < .12:
        x = text(r, x, 1)
    return channel(r, x, (60, 97), 1.5)


def snow(r, photos, w, h, pool=None):
    f = 1.0 if r.random() < .6 else u(r, 1, 3.2)
    sw, sh = int(np.ceil(w / f)), int(np.ceil(h / f))
    k = r.random()
    channels = 3 if r.random() < .2 else 1
    if k < .45:
        n = r.random((sh, sw, channels), dtype=np.float32) * 255
    elif k < .8:
        n = 128 + u(r, 45, 110) * r.standard_normal((sh, sw, channels), dtype=np.float32)
    else:
        n = (r.random((sh, sw, channels)) < u(r, .25, .6)).astype(np.float32) * 255
    if r.random() < .35:  # an analogue tuner: grains lie along the line
        n = cv2.blur(n, (int(r.integers(2, 5)), 1)).reshape(sh, sw, -1)
        n = (n - n.mean()) * 1.6 + n.mean()
    n = n * u(r, .6, 1.0) + u(r, -25, 25)
    if r.random() < .2:
        y = np.sin(np.linspace(0, u(r, 3, 12), sh) + u(r, 0, 6))[:, None, None]
        n = n * (.75 + .25 * y)
    x = clip8(n if n.shape[2] == 3 else np.repeat(n, 3, 2))
    if f > 1:
        x = cv2.resize(x, (w, h), interpolation=int(r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST])))
    if r.random() < .15:
        x = text(r, x, 1, col=(255, 255, 255))
    return channel(r, x, (45, 97), 0)


def disk(radius):
    n = int(np.ceil(radius)) * 2 + 1
    k = np.zeros((n, n), np.float32)
    cv2.circle(k, (n // 2, n // 2), int(radius), 1.0, -1)
    return k / k.sum()


def focus(r, photos, w, h, pool=None):
    for _ in range(8):
        x = scene(r, photos, w, h, .06, .35)
        sigma = np.exp(u(r, np.log(3.2), np.log(9))) * (.75 + .35 * h / 540)
        if r.random() < .5 or sigma > 7:
            y = cv2.GaussianBlur(x, (0, 0), sigma)
        elif r.random() < .5:
            y = cv2.filter2D(x, -1, disk(sigma * 2))
        else:
            n = int(sigma * 1.75) * 2 + 1
            y = cv2.blur(x, (n, n))
            for _ in range(int(r.integers(0, 3))):
                y = cv2.blur(y, (n, n))
        if luma(y).std() > 4.5:
            break
    if r.random() < .2:
        y = text(r, y, 1)
    return channel(r, y, (50, 97), 3)


def smear_blocks(r, x, other):
    """Macroblocks lost, moved, repeated, of one colour or full of one frequency, in runs as slices lose them."""
    h, w = x.shape[:2]
    out = x.copy()
    size = int(r.choice([8, 16, 16, 16, 32])) * (2 if h >= 1000 and r.random() < .25 else 1)
    bw, bh = w // size, h // size
    lost = np.zeros((bh, bw), bool)
    want = np.exp(u(r, np.log(.12), np.log(.85)))
    while lost.mean() < want:
        if r.random() < .7:
            run, row, col = int(bw * u(r, .1, 1)), int(r.integers(bh)), int(r.integers(bw))
            lost[row:row + int(r.integers(1, 4)), col:col + run] = True
        else:
            ry, rx = int(r.integers(1, bh // 3 + 2)), int(r.integers(1, bw // 3 + 2))
            y, xx = int(r.integers(bh)), int(r.integers(bw))
            part = lost[y:y + ry, xx:xx + rx]
            part |= r.random(part.shape) < u(r, .3, 1)
    mode = r.random()
    yy, xs = np.mgrid[0:size, 0:size]
    dx, dy = int(r.integers(-6, 7)) * size // 2, int(r.integers(-3, 4)) * size // 2
    flat = int(r.choice([0, 128, 128, 255]))
    for by, bx in zip(*np.nonzero(lost)):
        y0, x0 = by * size, bx * size
        k = r.random() if mode > .5 else mode * 2
        if k < .3:  # from a wrong place
            sy = int(np.clip(y0 + dy + r.integers(-size, size + 1), 0, h - size))
            sx = int(np.clip(x0 + dx + r.integers(-3 * size, 3 * size + 1), 0, w - size))
            v = other[sy:sy + size, sx:sx + size]
        elif k < .5:  # only the mean is left
            v = np.broadcast_to(x[y0:y0 + size, x0:x0 + size].mean((0, 1)) + r.normal(0, 14, 3), (size, size, 3))
        elif k < .7:  # one frequency of the transform
            wave = np.cos(np.pi * (xs + .5) * r.integers(0, 6) / size) * np.cos(np.pi * (yy + .5) * r.integers(0, 6) / size)
            v = x[y0:y0 + size, x0:x0 + size].mean((0, 1)) + wave[:, :, None] * r.normal(0, 70, 3)
        elif k < .8:
            v = np.broadcast_to(np.array([flat] * 3 if r.random() < .8 else [0, 135, 0], np.float32), (size, size, 3))
        elif k < .9:  # colour gone wrong
            v = x[y0:y0 + size, x0:x0 + size] + r.normal(0, 60, 3)
        else:  # the row above, drawn down
            v = np.broadcast_to(out[max(y0 - 1, 0), x0:x0 + size], (size, size, 3))
        out[y0:y0 + size, x0:x0 + size] = clip8(v)
    return out


def changed(a, b, size=16, by=14):
    """The part of size x size blocks in which two pictures differ visibly."""
    d = cv2.absdiff(a, b).max(2)
    h, w = d.shape[0] // size, d.shape[1] // size
    m = cv2.resize(d[:h * size, :w * size], (w, h), interpolation=cv2.INTER_AREA)
    return (m > by).mean()


def broken_jpeg(r, x):
    """A JPEG with bytes overwritten in its scan."""
    data = cv2.imencode(".jpg", x[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(u(r, 30, 85)), cv2.IMWRITE_JPEG_RST_INTERVAL,
                                                int(r.choice([4, 10, 20, 40]))])[1].copy()
    start = 700
    for p in r.integers(start, len(data) - 2, int(r.integers(4, 60))):
        if data[p] != 255 and data[p - 1] != 255:
            data[p] = r.integers(0, 255)
    y = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return None if y is None or y.shape != x.shape else np.ascontiguousarray(y[:, :, ::-1])


def blocks(r, photos, w, h, pool=None):
    if pool is not None and r.random() < .5:
        x = pool(C.BLOCKS)
        if x is not None:
            return x
    for _ in range(6):
        x = scene(r, photos, w, h, .08, .2)
        k = r.random()
        if k < .3:
            y = broken_jpeg(r, x)
            if y is None:
                continue
        elif k < .45:  # starved: nothing but block means, and a few waves
            y = jpeg(x, u(r, 1, 6))
            if h >= 700 and r.random() < .5:
                y = cv2.resize(jpeg(cv2.resize(x, (w // 2, h // 2), interpolation=cv2.INTER_AREA), u(r, 1, 6)), (w, h),
                               interpolation=cv2.INTER_NEAREST)
            return y
        else:
            y = smear_blocks(r, x, scene(r, photos, w, h, .08, .2) if r.random() < .3 else x)
        if changed(x, y) > .12:
            return channel(r, y, (70, 97), 1.5)
    return y


def combed(r, photos, w, h, pool=None):
    for _ in range(10):
        x = scene(r, photos, w, h, .1, .12)
        d = np.exp(u(r, np.log(3), np.log(40))) * (h / 540 + .4) * r.choice([-1, 1])
        dy = u(r, -6, 6) if r.random() < .3 else 0
        shift = np.float32([[1, 0, d], [0, 1, dy]])
        if r.random() < .2:
            z = u(r, 1.02, 1.12)
            shift = np.float32([[z, 0, d - (z - 1) * w / 2], [0, z, -(z - 1) * h / 2]])
        y = cv2.warpAffine(x, shift, (w, h), borderMode=cv2.BORDER_REFLECT)
        if r.random() < .1:
            y = scene(r, photos, w, h, .1, .12)  # a cut between two fields
        if r.random() < .3:  # only what moves is combed
            mask = np.zeros((h, w), np.uint8)
            for _ in range(int(r.integers(1, 4))):
                cv2.ellipse(mask, (int(r.integers(w)), int(r.integers(h))), (int(w * u(r, .2, .5)), int(h * u(r, .25, .6))), 0,
                            0, 360, 255, -1)
            y = np.where(mask[:, :, None] > 0, y, x)
        out = x.copy()
        first = int(r.integers(0, 2))
        out[first::2] = y[first::2]
        grid = cv2.resize(cv2.absdiff(x, y).max(2), (16, 9), interpolation=cv2.INTER_AREA)
        if (grid > 9).mean() > .3:
            break
    return channel(r, out, (65, 97), 2)


def luma_only(r, rgb, gain, offset, colour_gain):
    """Video range luma scaled with the chroma left nearly as it was, as a fault before the colour matrix leaves it."""
    x = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    x[:, :, 0] = (x[:, :, 0] * .859 + 16) * gain + offset
    if r.random() < .5:
        x[:, :, 0] = np.clip(x[:, :, 0], 16, 235)
    x[:, :, 0] = np.clip((x[:, :, 0] - 16) / .859, 0, 255)
    x[:, :, 1:] = np.clip((x[:, :, 1:] - 128) * colour_gain + 128, 0, 255)
    return cv2.cvtColor(x.astype(np.uint8), cv2.COLOR_YCrCb2RGB)


def over(r, photos, w, h, pool=None):
    if SECOND and r.random() < .6:
        for _ in range(8):
            g = u(r, 1, 2.8)
            y = luma_only(r, scene(r, photos, w, h, .03, .45), g, u(r, 60, 150) * (g < 1.6) + u(r, 0, 60), u(r, .6, 1.2))
            if luma(y).mean() > 185 and luma(y).std() > 3:
                return channel(r, y, (50, 97), 2)
    for _ in range(10):
        x = scene(r, photos, w, h, .05, .25).astype(np.float32)
        k = r.random()
        y = x * u(r, 1.0, 5) + u(r, 0, 130) if k < .7 else x + u(r, 70, 160)
        top = 255 if r.random() < .7 else u(r, 228, 254)
        y = np.minimum(y, top)
        if r.random() < .3:
            y = y + (cv2.GaussianBlur(y, (0, 0), h * .02) * .25)
        y = clip8(np.minimum(y, top))
        g = luma(y)
        full = (g >= top - 6).mean()
        if (.3 < full < .985 and g.mean() > 178) or (k >= .7 and g.mean() > 208 and full > .08 and g.std() > 4):
            break
    return channel(r, y, (50, 97), 2)


def under(r, photos, w, h, pool=None):
    if SECOND and r.random() < .6:
        for _ in range(8):
            g = u(r, .07, .33)
            y = luma_only(r, scene(r, photos, w, h, .03, .45), g, 16 * (1 - g) * u(r, 0, 1.1), u(r, .2, 1.1))
            if luma(y).mean() < 45 and luma(y).std() > 1.5 and np.percentile(luma(y), 97) > 8 and y.max(2).mean() < 75:
                return channel(r, y, (60, 97), 1)
    for _ in range(10):
        x = scene(r, photos, w, h, .05, .25).astype(np.float32)
        k = r.random()
        if k < .5:
            y = x * u(r, .05, .26) - u(r, 0, 12)
        elif k < .75:
            y = 255 * (x / 255) ** u(r, 2, 4) * u(r, .1, .4)
        else:
            y = x - u(r, 90, 190)
            y = np.minimum(y, 90)
        y = np.maximum(y, 0)
        if r.random() < .5:
            y = y + noise(r, h, w) * u(r, .5, 4)
        y = clip8(y + u(r, 0, 6))
        g = luma(y)
        if 2.5 < g.mean() < 42 and g.std() > 1.8 and np.percentile(g, 99) < 105 and np.percentile(g, 98) > 11:
            break
    return channel(r, y, (60, 97), 0)


def covered(r, photos, w, h, pool=None):
    if r.random() < .18:  # a hand right on the lens: hardly any light, glow from an edge
        small = r.uniform(0, 1, (3, 4, 1)).astype(np.float32)
        f = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
        yy, xx = np.linspace(-1, 1, h)[:, None], np.linspace(-1, 1, w)[None]
        ang = u(r, 0, 6.3)
        glow = np.clip(xx * np.cos(ang) + yy * np.sin(ang) - u(r, 0, .6), 0, 2) ** u(r, 1, 2)
        base = u(r, 3, 40)
        tint = np.array([1, u(r, .4, 1), u(r, .3, 1)])
        x = (base + f[:, :, None] * u(r, 4, 25) + glow[:, :, None] * u(r, 60, 200)) * tint
        x += noise(r, h, w) * u(r, .5, 4)
        return channel(r, clip8(x), (50, 97), 0)
    x = scene(r, photos, w, h, .03, .3)
    if r.random() < .25:
        x = cv2.GaussianBlur(x, (0, 0), u(r, 1, 6))
    want = u(r, .5, .9)
    for _ in range(20):
        mask = np.zeros((h, w), np.uint8)
        k = r.random()
        if k < .5:  # a box, near the middle or from an edge
            a = u(r, .5, .93)
            bw, bh = int(w * min(1, a * u(r, .9, 1.1))), int(h * min(1, a * u(r, .9, 1.1)))
            if r.random() < .5:
                x0, y0 = (w - bw) // 2, (h - bh) // 2
            else:
                x0, y0 = int(r.integers(0, w - bw + 1)), int(r.integers(0, h - bh + 1))
            if r.random() < .3:
                x0, bw = int(w * u(r, -.05, .2)), w
            mask[max(y0, 0):y0 + bh, max(x0, 0):x0 + bw] = 255
        elif k < .75:
            cv2.ellipse(mask, (int(w * u(r, .3, .7)), int(h * u(r, .3, .7))), (int(w * u(r, .3, .65)), int(h * u(r, .35, .75))),
                        u(r, 0, 180), 0, 360, 255, -1)
        else:
            n = int(r.integers(4, 9))
            ang = np.sort(r.uniform(0, 6.28, n))
            rad = r.uniform(.5, 1.2, n)
            pts = np.stack([w * (u(r, .35, .65) + .6 * rad * np.cos(ang)), h * (u(r, .35, .65) + .7 * rad * np.sin(ang))], 1)
            cv2.fillPoly(mask, [pts.astype(np.int32)], 255)
        if .45 < mask.mean() / 255 < .92:
            break
    k = r.random()
    if SECOND and r.random() < .35:
        col = np.zeros(3) + u(r, 90, 170)
    elif k < .35:
        col = np.zeros(3) + u(r, 0, 22)
    elif k < .65:
        col = np.array([u(r, 10, 90)]) * np.array([1, u(r, .5, 1.1), u(r, .4, 1.1)])
    else:
        col = np.array(colour(r))
    cover = np.zeros((h, w, 3), np.float32) + col
    if r.random() < .6:
        f = cv2.resize(r.uniform(-1, 1, (3, 4)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
        cover += f[:, :, None] * u(r, 1, 22)
    if r.random() < .4:
        cover += noise(r, h, w) * u(r, .5, 4)
    m = mask.astype(np.float32) / 255
    if r.random() < .45:
        m = cv2.GaussianBlur(m, (0, 0), h * u(r, .004, .05))
    if r.random() < .1:
        m = m * u(r, .85, 1)
    y = clip8(x * (1 - m[:, :, None]) + cover * m[:, :, None])
    return channel(r, y, (50, 97), 2)


def strong_noise(r, photos, w, h, pool=None):
    x = scene(r, photos, w, h, .06, .35).astype(np.float32)
    k = r.random()
    s = np.exp(u(r, np.log(9), np.log(52)))
    if k < .75:
        f = 1.0 if r.random() < .7 else u(r, 1, 2.2)
        nw, nh = int(np.ceil(w / f)), int(np.ceil(h / f))
        n = noise(r, nh, nw, 3)
        if r.random() < .5:
            n = np.repeat(n[:, :, :1], 3, 2)
        elif r.random() < .5:
            n = n * np.array([u(r, .5, 1.3) for _ in range(3)], np.float32)
        if r.random() < .25:
            n = np.clip(n, -1.2, 1.2)
        if f > 1:
            n = cv2.resize(n, (w, h), interpolation=cv2.INTER_LINEAR)
            n /= n.std()
        y = x + n * s
    elif k < .88:  # grains of salt and pepper
        y = x.copy()
        p = np.exp(u(r, np.log(.02), np.log(.25)))
        m = r.random((h, w), dtype=np.float32)
        y[m < p / 2] = 0
        y[m > 1 - p / 2] = 255
        if r.random() < .3:
            y = y + noise(r, h, w) * 6
    else:  # a sensor turned up: more in the light
        y = x * u(r, .5, .9)
        y = y + noise(r, h, w) * (4 + np.sqrt(np.maximum(y, 0)) * u(r, .9, 3.2))
    y = clip8(y)
    if r.random() < .35:
        y = jpeg(y, u(r, 60, 97))
    if r.random() < .6:
        y = i420(y)
    return y


MAKE = [normal, black, solid, bars, pattern, snow, focus, blocks, combed, over, under, covered, strong_noise]
SECOND_SHARE = np.array([.29, .005, .05, .02, .19, .01, .07, .11, .03, .07, .04, .09, .025])
SHARE = np.array([.235, .025, .04, .05, .085, .03, .105, .12, .08, .06, .06, .09, .085])


def render(r, label, photos, pool=None):
    w, h = SIZES[int(r.choice(len(SIZES), p=SIZE_WEIGHTS / SIZE_WEIGHTS.sum()))]
    return MAKE[label](r, photos, w, h, pool)
