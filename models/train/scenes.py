# SPDX-License-Identifier: LGPL-2.1-or-later
"""Pictures as they should be: photographs, slides, screens and nights, cropped, graded and
compressed in many ways. numpy and OpenCV only."""

import cv2
import numpy as np

import classes as C
from photos import detail

# width, height and weight
COMMON_SIZES = [
    (640, 360, 0.16),
    (768, 432, 0.05),
    (854, 480, 0.06),
    (640, 480, 0.05),
    (320, 240, 0.05),
    (720, 576, 0.05),
    (960, 540, 0.05),
    (1280, 720, 0.19),
    (1920, 1080, 0.34),
]
SIZES = [(w, h) for w, h, _ in COMMON_SIZES]
SIZE_WEIGHTS = np.array([weight for _, _, weight in COMMON_SIZES])
LETTERS = list(range(48, 58)) + list(range(65, 91)) + [32, 58, 45]
# the second part of the training set: more of what is done to luma alone, and of quiet scenes
SECOND = False


def u(r, a, b):
    return float(r.uniform(a, b))


def clip8(x):
    return np.clip(x, 0, 255).astype(np.uint8)


def luma(rgb):
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def colour(r, low=0, high=255):
    return tuple(int(v) for v in r.integers(low, high + 1, 3))


def point(r, w, h):
    return int(r.integers(w)), int(r.integers(h))


def noise(r, h, w, channels=3):
    """Cheap unit normal noise: one small field, repeated with random shifts."""
    flat = r.standard_normal(((h // 2 + 3), w, channels), dtype=np.float32)
    return np.concatenate([flat, np.roll(flat[:, ::-1], int(r.integers(w)), 1)], 0)[:h]


def i420(rgb):
    h, w = rgb.shape[0] & ~1, rgb.shape[1] & ~1
    yuv = cv2.cvtColor(np.ascontiguousarray(rgb[:h, :w]), cv2.COLOR_RGB2YUV_I420)
    return cv2.cvtColor(yuv, cv2.COLOR_YUV2RGB_I420)


def jpeg(rgb, quality):
    data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1])


def channel(r, rgb, q=(45, 97), sensor=2.5):
    """What any picture meets on its way: a little noise, chroma subsampling, compression."""
    if sensor and r.random() < 0.45:
        rgb = clip8(rgb + noise(r, *rgb.shape[:2]) * u(r, 0.3, sensor))
    if r.random() < 0.5:
        rgb = jpeg(rgb, u(r, *q))
    if r.random() < 0.65:
        rgb = i420(rgb)
    return rgb


def text(r, rgb, lines=1, scale=None, col=None):
    h, w = rgb.shape[:2]
    for _ in range(lines):
        scale_ = scale or u(r, 0.5, 2.0) * h / 540
        words = "".join(chr(c) for c in r.choice(LETTERS, int(r.integers(4, 24))))
        where = (int(r.integers(0, w)), int(r.integers(0, h)))
        if r.random() < 0.5:
            where = (int(w * 0.04), int(h * r.choice([0.07, 0.95])))
        font, ink = int(r.choice([0, 1, 2, 3, 4])), col or colour(r)
        thick = max(1, int(scale_ * 1.6))
        cv2.putText(rgb, words, where, font, scale_, ink, thick, cv2.LINE_AA)
    return rgb


def crop(r, source, w, h):
    """A window of the photograph, resized to w x h; now and then from fewer pixels, as an upscaled
    programme is."""
    sh, sw = source.shape[:2]
    most = min(sw / w, sh / h)
    least = 0.33 if SECOND and r.random() < 0.5 else 0.42 if r.random() < 0.3 else 0.8
    if most < least:  # a small picture: repeat it mirrored rather than blow it up without end
        more_w = max(0, int(w * least) + 1 - sw)
        more_h = max(0, int(h * least) + 1 - sh)
        source = cv2.copyMakeBorder(source, 0, more_h, 0, more_w, cv2.BORDER_REFLECT)
        sh, sw = source.shape[:2]
        most = min(sw / w, sh / h)
    s = u(r, least, max(most, least)) if r.random() < 0.7 else min(most, 1.0)
    if SECOND and least < 0.4:
        s = u(r, least, 0.6)
    cw, ch = min(int(w * s), sw), min(int(h * s), sh)
    x, y = int(r.integers(0, sw - cw + 1)), int(r.integers(0, sh - ch + 1))
    part = source[y : y + ch, x : x + cw]
    how = cv2.INTER_AREA
    if s <= 1:
        how = int(r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4]))
    out = cv2.resize(part, (w, h), interpolation=how)
    return out[:, ::-1].copy() if r.random() < 0.5 else out


def grade(r, rgb):
    """Another light: contrast, brightness, gamma, colour cast."""
    x = rgb.astype(np.float32)
    if r.random() < 0.12:
        x[:] = luma(rgb)[:, :, None]
    if r.random() < 0.5:
        x = 255 * (x / 255) ** u(r, 0.75, 1.35)
        x = (x - 128) * u(r, 0.7, 1.12) + 128 + u(r, -18, 18)
        x *= np.array([u(r, 0.88, 1.1) for _ in range(3)], np.float32)
    return clip8(x)


def poor_scene(r, photos, w, h):
    """Asphalt, walls, desks: one quiet texture or a flat light over most of the picture, a few
    sharp things in it."""
    base = np.array(colour(r, 50, 225), np.float32)
    base = base * 0.3 + base.mean() * 0.7
    light = r.uniform(-1, 1, (3, 4, 1)).astype(np.float32)
    light = cv2.resize(light, (w, h), interpolation=cv2.INTER_CUBIC)
    x = base + light[:, :, None] * u(r, 2, 28)
    kind = r.random()
    if kind < 0.45:  # asphalt, plaster: fine grain, softened a little
        grain = noise(r, h, w, 1)[:, :, 0]
        grain = cv2.GaussianBlur(grain, (0, 0), u(r, 0.7, 1.8) * max(1, h / 700))
        x = x + (grain / grain.std())[:, :, None] * u(r, 1.2, 7)
        for _ in range(int(r.integers(0, 60))):
            where, radius = point(r, w, h), int(r.integers(1, 3))
            cv2.circle(x, where, radius, tuple((base + u(r, -60, 90)).tolist()), -1)
    elif kind < 0.75:
        photo = crop(r, photos(), w, h).astype(np.float32)
        x = x + (photo - photo.mean((0, 1))) * u(r, 0.05, 0.25)
    if r.random() < 0.6:  # the edge of a table, a kerb, a door
        pts = np.array([[0, h * u(r, 0.4, 0.9)], [w, h * u(r, 0.4, 0.9)], [w, h], [0, h]], np.int32)
        mask = cv2.fillPoly(np.zeros((h, w), np.float32), [pts], 1.0)
        x = x + mask[:, :, None] * u(r, -60, 60)
    x = clip8(x)
    for _ in range(int(r.integers(2, 9))):
        ow, oh = int(w * u(r, 0.06, 0.28)), int(h * u(r, 0.08, 0.4))
        thing = crop(r, photos(), ow, oh)
        mask = np.zeros((oh, ow), np.uint8)
        if r.random() < 0.5:
            cv2.ellipse(mask, (ow // 2, oh // 2), (ow // 2, oh // 2), 0, 0, 360, 255, -1)
        else:
            mask[:] = 255
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        view = x[oy : oy + oh, ox : ox + ow]
        view[mask > 0] = thing[mask > 0]
    for _ in range(int(r.integers(0, 8))):
        p, q, col = point(r, w, h), point(r, w, h), colour(r)
        cv2.line(x, p, q, col, int(r.integers(1, 8)), cv2.LINE_AA)
    return x


def slide(r, photos, w, h):
    """A slide, a score board, a page, a drawing."""
    x = np.empty((h, w, 3), np.uint8)
    x[:] = colour(r, 200, 255) if r.random() < 0.5 else colour(r)
    if r.random() < 0.3:
        ramp = np.linspace(0, u(r, -60, 60), h)[:, None, None]
        x = clip8(x + ramp)
    for _ in range(int(r.integers(0, 14))):
        col = colour(r)
        p, q = point(r, w, h), point(r, w, h)
        kind = r.random()
        if kind < 0.4:
            cv2.rectangle(x, p, q, col, -1 if r.random() < 0.5 else int(r.integers(1, 6)))
        elif kind < 0.7:
            radius = int(r.integers(4, h // 4))
            thick = -1 if r.random() < 0.6 else int(r.integers(1, 6))
            cv2.circle(x, p, radius, col, thick, cv2.LINE_AA)
        else:
            corners = r.integers(0, [w, h], (int(r.integers(3, 7)), 2)).astype(np.int32)
            cv2.fillPoly(x, [corners], col, cv2.LINE_AA)
    bright = luma(x).mean() > 110
    step = h * u(r, 0.04, 0.1)
    y, left = h * 0.1, int(w * u(r, 0.03, 0.2))
    if r.random() < 0.8:
        col = colour(r, 0, 70) if bright else colour(r, 180, 255)
        while y < h * 0.95:
            words = "".join(chr(c) for c in r.integers(97, 123, int(r.integers(8, 60))))
            words = "".join(" " if r.random() < 0.17 else c for c in words)
            font, thick = int(r.choice([0, 2, 3])), max(1, int(step / 16))
            cv2.putText(x, words, (left, int(y)), font, step / 32, col, thick, cv2.LINE_AA)
            y += step
    if r.random() < 0.4:
        ow, oh = int(w * u(r, 0.2, 0.5)), int(h * u(r, 0.2, 0.6))
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        x[oy : oy + oh, ox : ox + ow] = crop(r, photos(), ow, oh)
    return x


def scene(r, photos, w, h, graphics=0.12, poor=0.25, sharp=3):
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
    x *= u(r, 0.1, 0.45) + 0.9 * (y > np.percentile(y, u(r, 86, 97)))[:, :, None]
    for _ in range(int(r.integers(8, 45))):
        col = np.array(colour(r, 140, 255), np.float32)
        cx, cy, rad = int(r.integers(w)), int(r.integers(h)), h * u(r, 0.004, 0.04)
        cv2.circle(x, (cx, cy), max(1, int(rad)), tuple(col.tolist()), -1, cv2.LINE_AA)
    if r.random() < 0.6:
        x += cv2.GaussianBlur(x, (0, 0), h * 0.01) * 0.3
    return clip8(x)


def letterbox(r, x):
    h, w = x.shape[:2]
    if r.random() < 0.5:
        n = int(h * u(r, 0.05, 0.13))
        x[:n] = 0
        x[h - n :] = 0
    else:
        n = int(w * u(r, 0.05, 0.14))
        x[:, :n] = 0
        x[:, w - n :] = 0
    return x


def normal(r, photos, w, h, pool=None):
    if pool is not None and r.random() < 0.25:
        x = pool(C.NORMAL)
        if x is not None:
            return x
    if r.random() < 0.1:
        x = night(r, photos, w, h)
    else:
        x = scene(r, photos, w, h, 0.16, 0.45 if SECOND else 0.3)
    if r.random() < 0.2:
        x = text(r, x, int(r.integers(1, 4)))
    if r.random() < 0.1:
        x = letterbox(r, x)
    return channel(r, x, (40, 97), 3.5)
