# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scenes of the third to fifth part of the training set: streets, rooms, textures, shallow focus,
dim light, enlarged pictures."""

import cv2
import numpy as np

import faults as F
import scenes
import streams
from photos import detail
from scenes import clip8, colour, crop, grade, noise, u

FOURTH = False  # the fourth part: wider enlargements, cards with bars, clean rooms
FIFTH = False  # the fifth part and the sixth: rooms, yards, and faults over them and over streets
SIXTH = False  # the sixth part and the seventh: fewer rooms; noise and light near other classes
BARE = False  # the seventh part: roads with nothing on them, and noise over those


def h264(r, rgb, crf=(24, 38)):
    """One frame through x264."""
    h, w = rgb.shape[0] & ~1, rgb.shape[1] & ~1
    raw = np.ascontiguousarray(rgb[:h, :w])
    preset = "ultrafast" if r.random() < 0.5 else "veryfast"
    data = streams.ffmpeg(
        f"-f rawvideo -pix_fmt rgb24 -s {w}x{h} -i - -pix_fmt yuv420p"
        f" -c:v libx264 -preset {preset} -crf {int(r.integers(*crf))} -f h264 -",
        raw.tobytes(),
    )
    out = streams.decode(data, "h264", w, h)
    return out[0].copy() if len(out) else raw


def field(r, w, h, n, smooth=cv2.INTER_CUBIC):
    """A smooth random field of n x n lumps, in -1 .. 1."""
    return cv2.resize(r.uniform(-1, 1, (n, n + 1)).astype(np.float32), (w, h), interpolation=smooth)


def street(r, photos, w, h, bare=False):
    """A fixed camera over asphalt, concrete, floor, sand, snow or water: hardly anything in it but
    marks and a few boxes."""
    base = np.array(colour(r, 50, 235), np.float32)
    base = base * u(r, 0, 0.25) + (base.mean() + u(r, -20, 25)) * 0.85
    x = np.empty((h, w, 3), np.float32)
    x[:] = base
    x += (field(r, w, h, 3) * u(r, 2, 30) + field(r, w, h, 9) * u(r, 0.5, 7))[
        :, :, None
    ] * np.array([1, u(r, 0.9, 1.05), u(r, 0.85, 1.1)], np.float32)
    k = r.random()
    if k < 0.75:
        grain = cv2.GaussianBlur(
            noise(r, h, w, 1)[:, :, 0], (0, 0), u(r, 0.6, 1.6) * max(1, h / 800)
        )
        x += (grain / grain.std() * u(r, 0.6, 6))[:, :, None] * (
            1 + 0.5 * field(r, w, h, 5)[:, :, None]
        )
    if r.random() < 0.4:  # stones, leaves, flakes
        for _ in range(int(r.integers(10, 150))):
            cv2.circle(
                x,
                (int(r.integers(w)), int(r.integers(h))),
                int(r.integers(1, 2 + h // 300)),
                tuple((base + u(r, -60, 110)).tolist()),
                -1,
            )
    if r.random() < 0.35:  # ripples
        yy = np.arange(h, dtype=np.float32)[:, None] + field(r, w, h, 12) * h * 0.05
        x += (np.sin(yy * u(r, 0.05, 0.5)) * u(r, 1, 9))[:, :, None]
    mark = tuple((np.minimum(base + u(r, 40, 120), 250)).tolist())
    for _ in range(int(r.integers(0, 9))):
        p = np.array([r.integers(-w // 8, w + w // 8), r.integers(-h // 8, h + h // 8)])
        d = np.array([np.cos(t := u(r, 0, 3.2)), np.sin(t)]) * w * u(r, 0.03, 0.5)
        cv2.line(
            x,
            tuple(int(v) for v in p),
            tuple(int(v) for v in p + d),
            mark,
            int(max(1, h * u(r, 0.003, 0.02))),
            cv2.LINE_AA,
        )
    x = clip8(x)
    if bare:
        return x
    # cars, boxes, people, seen from above or cut by the edge
    for _ in range(int(r.integers(0, 6))):
        ow, oh = int(w * u(r, 0.04, 0.25)), int(h * u(r, 0.05, 0.4))
        cx, cy, ang = (
            int(r.integers(-ow // 3, w + ow // 3)),
            int(r.integers(-oh // 3, h + oh // 3)),
            u(r, 0, 180),
        )
        col = colour(r) if r.random() < 0.6 else (int(u(r, 5, 250)),) * 3
        box = lambda a, b, dx=0: cv2.boxPoints(((cx + dx, cy), (a, b), ang)).astype(np.int32)
        cv2.fillPoly(
            x, [box(ow * 1.06, oh * 1.06, h // 90)], tuple(int(v * 0.45) for v in base), cv2.LINE_AA
        )
        cv2.fillPoly(x, [box(ow, oh)], col, cv2.LINE_AA)
        cv2.fillPoly(x, [box(ow * 0.45, oh * 0.75)], tuple(int(v * 0.4) for v in col), cv2.LINE_AA)
        if r.random() < 0.4:
            cv2.polylines(
                x,
                [box(ow * 0.9, oh * 0.9)],
                True,
                tuple(int(min(255, v + 50)) for v in col),
                1,
                cv2.LINE_AA,
            )
    if r.random() < 0.4:
        ow, oh = int(w * u(r, 0.08, 0.35)), int(h * u(r, 0.1, 0.4))
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        x[oy : oy + oh, ox : ox + ow] = crop(r, photos(), ow, oh)
    return x


def car(r, x, length, tone):
    """A car from above: bonnet, roof, windows, lamps, a shadow beside it."""
    h, w = x.shape[:2]
    cx, cy, ang = w * u(r, -0.05, 1.05), h * u(r, -0.05, 1.05), u(r, 70, 110)
    wide = length * u(r, 0.36, 0.48)
    t = np.linspace(0, 2 * np.pi, 60)
    bent = [np.sign(v) * np.abs(v) ** 0.4 for v in (np.cos(t), np.sin(t))]
    turn = np.deg2rad(ang)
    turn = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def part(along, across, a, b, col):
        outline = np.stack([bent[0] * a + along, bent[1] * b + across], 1) * length / 2
        outline = (outline @ turn + [cx, cy]).astype(np.int32)
        cv2.fillPoly(x, [outline], tuple(int(v) for v in np.clip(col, 0, 255)), cv2.LINE_AA)

    b = wide / length
    ground = x.reshape(-1, 3)[::997].mean(0)
    side = u(r, -0.12, 0.12)
    part(0, side, 1.03, b * 1.04, ground * u(r, 0.3, 0.7))
    part(0, 0, 1, b, tone)
    part(u(r, 0.5, 0.6), 0, u(r, 0.3, 0.4), b * 0.9, tone * u(r, 0.9, 1.1))
    part(-0.1, 0, 0.62, b * 0.85, tone * u(r, 0.15, 0.5))
    part(-0.15, 0, u(r, 0.3, 0.42), b * 0.78, tone * u(r, 0.9, 1.1))
    for across in (-b * 0.75, b * 0.75):
        part(-0.95, across, 0.04, b * 0.18, np.array([u(r, 120, 240), 30, 30]))
        part(0.95, across, 0.04, b * 0.18, np.array([235, 235, 225]))


def exposed(r, x, mean):
    """The light that a camera would choose for the whole frame, by its mean."""
    return clip8(x * (mean / max(8.0, scenes.luma(x).mean())))


def yard(r, photos, w, h):
    """A fixed camera over a quiet road with a car or two close by, white or dark: the more of the
    frame a white car takes, the darker the road, and the other way round."""
    x = street(r, photos, w, h)
    for _ in range(int(r.integers(1, 3))):
        k = r.random()
        grey = u(r, 215, 255) if k < 0.45 else u(r, 5, 40) if k < 0.75 else u(r, 60, 200)
        tone = np.array(colour(r, 20, 240), np.float32) if r.random() < 0.25 else np.full(3, grey)
        car(r, x, h * u(r, 0.3, 1.3), tone)
    x = clip8(x + noise(r, h, w, 1) * u(r, 0, 2))
    return exposed(r, x, u(r, 48, 135)) if r.random() < 0.8 else x


def room(r, photos, w, h):
    """A plain wall, a table, a few things on it, a hand that comes in: a fixed camera indoors."""
    wall = np.array(colour(r, 60, 225), np.float32) * u(r, 0, 0.3)
    wall = wall + u(r, 50, 215) - wall.mean()
    x = np.empty((h, w, 3), np.float32)
    x[:] = np.clip(wall, 10, 240)
    x += (field(r, w, h, 2) * u(r, 3, 28))[:, :, None]
    y0 = int(h * u(r, 0.45, 0.9))
    if r.random() < 0.8:
        pts = np.array(
            [[0, y0 + h * u(r, -0.05, 0.05)], [w, y0 + h * u(r, -0.05, 0.05)], [w, h], [0, h]],
            np.int32,
        )
        m = cv2.fillPoly(np.zeros((h, w), np.float32), [pts], 1.0)
        if r.random() < 0.4:
            m = cv2.GaussianBlur(m, (0, 0), h * u(r, 0.002, 0.02))
        x += m[:, :, None] * u(r, 10, 70) * r.choice([-1, 1])
    x = clip8(x + noise(r, h, w, 1) * u(r, 0, 1.5))
    if r.random() < 0.4:  # the edge of a curtain, a door, a frame
        n = int(w * u(r, 0.01, 0.08))
        side = x[:, :n] if r.random() < 0.5 else x[:, w - n :]
        side[:] = clip8(side * u(r, 0.1, 0.6))
    for _ in range(int(r.integers(1, 6))):
        ow, oh = int(w * u(r, 0.04, 0.13)), int(h * u(r, 0.15, 0.45))
        cx, cy = int(r.integers(0, w)), int(np.clip(y0 + h * u(r, -0.2, 0.15), oh // 2, h))
        view = x[max(0, cy - oh // 2) : cy + oh // 2, max(0, cx - ow // 2) : cx + ow // 2]
        vh, vw = view.shape[:2]
        if vh < 8 or vw < 8:
            continue
        if r.random() < 0.4:
            view[:] = crop(r, photos(), vw, vh)
        else:  # a bottle, a box: shaded from side to side, a cap, a label
            shade = np.cos(np.linspace(-1.5, 1.5, vw))[None, :, None] * u(r, 20, 90) + np.sin(
                np.linspace(0, u(r, 5, 60), vh)
            )[:, None, None] * u(r, 0, 18)
            a = u(r, 0.3, 1)
            body = clip8(view * (1 - a) + (np.array(colour(r)) + shade - 30) * a)
            m = np.zeros((vh, vw), np.uint8)
            cv2.rectangle(m, (0, int(vh * 0.3)), (vw, vh), 255, -1)
            cv2.rectangle(m, (int(vw * 0.3), int(vh * 0.08)), (int(vw * 0.7), vh // 2), 255, -1)
            view[m > 0] = body[m > 0]
            cv2.rectangle(view, (int(vw * 0.3), 0), (int(vw * 0.7), int(vh * 0.1)), colour(r), -1)
            cv2.line(
                view,
                (int(vw * u(r, 0.1, 0.9)), int(vh * 0.3)),
                (int(vw * u(r, 0.1, 0.9)), vh),
                (235, 235, 240),
                1,
                cv2.LINE_AA,
            )
    if r.random() < 0.4:
        skin = tuple(int(v) for v in np.array([225, 170, 140]) * u(r, 0.4, 1))
        px, py = int(w * u(r, 0, 1)), int(h * u(r, 0.1, 0.6))
        for k in range(4):
            cv2.ellipse(
                x,
                (px, py + int(h * 0.03 * k)),
                (int(h * 0.09), int(h * 0.022)),
                u(r, -20, 40),
                0,
                360,
                tuple(int(v * u(r, 0.75, 1)) for v in skin),
                -1,
                cv2.LINE_AA,
            )
        cv2.line(
            x,
            (px, py),
            (px - int(w * 0.1), -10),
            tuple(int(v * 0.9) for v in skin),
            int(h * 0.09),
            cv2.LINE_AA,
        )
    return x


def texture(r, photos, w, h):
    """Fine detail everywhere: leaves, gravel, cloth, bark, a landscape in small."""
    k = r.random()
    p = photos()
    most = min(p.shape[1] / (0.56 * w), p.shape[0] / (0.56 * h))
    # a photograph made small, mirrored once where it does not fill the frame
    if k < 0.5 and most > 1.5:
        s = u(r, 1.5, most)
        p = cv2.resize(
            p,
            (max(64, int(p.shape[1] / s)), max(64, int(p.shape[0] / s))),
            interpolation=int(r.choice([cv2.INTER_AREA, cv2.INTER_CUBIC])),
        )
        while p.shape[0] < h or p.shape[1] < w:
            p = (
                np.concatenate([p, p[::-1]], 0)
                if p.shape[0] < h
                else np.concatenate([p, p[:, ::-1]], 1)
            )
        y0, x0 = int(r.integers(0, p.shape[0] - h + 1)), int(r.integers(0, p.shape[1] - w + 1))
        x = grade(r, p[y0 : y0 + h, x0 : x0 + w])
    else:  # shapes that lie over one another, in the colours of a photograph
        x = cv2.resize(
            cv2.resize(photos(), (24, 16), interpolation=cv2.INTER_AREA),
            (w, h),
            interpolation=cv2.INTER_CUBIC,
        )
        tone = x.copy()
        f = h / u(r, 400, 900)
        spread, longish = u(r, 12, 45), u(r, 1, 5)
        for _ in range(int(min(9000, w * h / (30 * f * f)))):
            px, py = int(r.integers(w)), int(r.integers(h))
            a = 1 + f * u(r, 0.6, 1.5) * r.exponential(2.2)
            shade = r.normal(0, spread)
            col = tuple(
                int(v) for v in np.clip(tone[py, px] + shade + r.normal(0, spread / 5, 3), 0, 255)
            )
            cv2.ellipse(
                x,
                (px, py),
                (int(a * longish) + 1, int(a) + 1),
                u(r, 0, 180),
                0,
                360,
                col,
                -1,
                cv2.LINE_AA,
            )
        if r.random() < 0.5:
            sky = crop(r, photos(), w, int(h * u(r, 0.15, 0.5)))
            x[: sky.shape[0]] = sky
    if r.random() < 0.4:  # sharpened, as cameras do
        x = cv2.addWeighted(x, 1.7, cv2.GaussianBlur(x, (0, 0), 1.1), -0.7, 0)
    return x


def shallow(r, photos, w, h):
    """A sharp subject before a background out of focus."""
    x = scenes.scene(r, photos, w, h, 0.02, 0.15)
    soft = cv2.GaussianBlur(x, (0, 0), u(r, 2, 9) * max(0.8, h / 700))
    m = np.zeros((h, w), np.float32)
    cv2.ellipse(
        m,
        (int(w * u(r, 0.25, 0.75)), int(h * u(r, 0.3, 0.7))),
        (int(w * u(r, 0.2, 0.45)), int(h * u(r, 0.3, 0.6))),
        u(r, 0, 180),
        0,
        360,
        1.0,
        -1,
    )
    m = cv2.GaussianBlur(m, (0, 0), h * u(r, 0.004, 0.05))[:, :, None]
    y = clip8(x * m + soft * (1 - m))
    return y if detail(y) >= 3 else x


def dim(r, photos, w, h):
    """A bright or coloured thing on a dark ground, an aquarium, a stage, a face in a dark room:
    meant to be dark."""
    x = scenes.scene(r, photos, w, h, 0.02, 0.1).astype(np.float32)
    m = np.zeros((h, w), np.float32)
    for _ in range(int(r.integers(1, 7))):
        cv2.ellipse(
            m,
            (int(w * u(r, 0.1, 0.9)), int(h * u(r, 0.1, 0.9))),
            (int(w * u(r, 0.06, 0.3)), int(h * u(r, 0.08, 0.4))),
            u(r, 0, 180),
            0,
            360,
            1.0,
            -1,
        )
    m = cv2.GaussianBlur(m, (0, 0), h * u(r, 0.003, 0.06))
    tint = np.array(colour(r, 60, 255), np.float32) / 230 if r.random() < 0.5 else 1
    y = clip8(x * (u(r, 0.02, 0.35) + m[:, :, None] * u(r, 0.6, 1.1)) * tint)
    return y if np.percentile(y.max(2), 90) > 110 else clip8(x)


def plain_part(r, photos, w, h):
    """The quietest window of a photograph that still has an edge in it."""
    best = None
    for _ in range(5):
        x = crop(r, photos(), w, h)
        d = detail(x)
        if d >= 2 and (best is None or d < best[0]):
            best = (d, x)
    return best[1] if best else street(r, photos, w, h)


def enlarged(r, make, photos, w, h):
    s = u(r, 1.8, 3.4) if FOURTH and h >= 720 else u(r, 1.3, 2.6 if h >= 720 else 2.0)
    x = make(r, photos, max(160, int(w / s)), max(120, int(h / s)))
    k = r.random()
    x = h264(r, x, (20, 32)) if k < 0.3 else scenes.jpeg(x, u(r, 40, 95)) if k < 0.6 else x
    return cv2.resize(
        x,
        (w, h),
        interpolation=int(
            r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])
        ),
    )


def photo_scene(r, photos, w, h):
    return scenes.scene(r, photos, w, h, 0.05, 0.1)


def burnt(x):
    """White on how much of the picture?"""
    return (x >= 248).mean()


def base(r, photos, w, h, quiet=0.5):
    k = r.random()
    if BARE and r.random() < 0.7:
        return street(r, photos, w, h, True)
    if FIFTH and k < 0.92:
        least, most = (0.1, 0.5) if SIXTH else (0.3, 0.6)
        make = room if k < least else street if k < most else yard
        return make(r, photos, w, h)
    if k < quiet:
        return street(r, photos, w, h) if r.random() < 0.75 else plain_part(r, photos, w, h)
    return texture(r, photos, w, h) if k < quiet + 0.12 else photo_scene(r, photos, w, h)
