# SPDX-License-Identifier: LGPL-2.1-or-later
"""The third to fifth part of the training set: what lies near the borders between the classes.

Where the borders are: a picture enlarged up to 2.6 times (3.4 in the fourth part, at 720 lines
and more) is normal, one blurred by a sigma of 4.2 pixels or more is out
of focus; noise over a picture is strong noise up to a deviation of 45, snow is noise of full amplitude with no picture
under it; over-exposed has white on 15 % of the picture at least and a mean above 183.
"""

import cv2
import numpy as np

import classes as C
import faults as F
import streams
from faults import channel, clip8, colour, crop, grade, luma, noise, u

FOURTH = False  # the fourth part: wider enlargements, cards with bars, clean rooms
FIFTH = False  # the fifth part: rooms, and faults over rooms and streets


def h264(r, rgb, crf=(24, 38)):
    """One frame through x264."""
    h, w = rgb.shape[0] & ~1, rgb.shape[1] & ~1
    raw = np.ascontiguousarray(rgb[:h, :w])
    data = streams.ffmpeg(["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{w}x{h}", "-i", "-", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset",
                           "ultrafast" if r.random() < .5 else "veryfast", "-crf", str(int(r.integers(*crf))), "-f", "h264", "-"], raw.tobytes())
    out = streams.decode(data, "h264", w, h)
    return out[0].copy() if len(out) else raw


def field(r, w, h, n, smooth=cv2.INTER_CUBIC):
    """A smooth random field of n x n lumps, in -1 .. 1."""
    return cv2.resize(r.uniform(-1, 1, (n, n + 1)).astype(np.float32), (w, h), interpolation=smooth)


def street(r, photos, w, h):
    """A fixed camera over asphalt, concrete, floor, sand, snow or water: hardly anything in it but marks and a few boxes."""
    base = np.array(colour(r, 50, 235), np.float32)
    base = base * u(r, 0, .25) + (base.mean() + u(r, -20, 25)) * .85
    x = np.empty((h, w, 3), np.float32)
    x[:] = base
    x += (field(r, w, h, 3) * u(r, 2, 30) + field(r, w, h, 9) * u(r, .5, 7))[:, :, None] * np.array([1, u(r, .9, 1.05), u(r, .85, 1.1)], np.float32)
    k = r.random()
    if k < .75:
        grain = cv2.GaussianBlur(noise(r, h, w, 1)[:, :, 0], (0, 0), u(r, .6, 1.6) * max(1, h / 800))
        x += (grain / grain.std() * u(r, .6, 6))[:, :, None] * (1 + .5 * field(r, w, h, 5)[:, :, None])
    if r.random() < .4:  # stones, leaves, flakes
        for _ in range(int(r.integers(10, 150))):
            cv2.circle(x, (int(r.integers(w)), int(r.integers(h))), int(r.integers(1, 2 + h // 300)), tuple((base + u(r, -60, 110)).tolist()), -1)
    if r.random() < .35:  # ripples
        yy = np.arange(h, dtype=np.float32)[:, None] + field(r, w, h, 12) * h * .05
        x += (np.sin(yy * u(r, .05, .5)) * u(r, 1, 9))[:, :, None]
    mark = tuple((np.minimum(base + u(r, 40, 120), 250)).tolist())
    for _ in range(int(r.integers(0, 9))):
        p = np.array([r.integers(-w // 8, w + w // 8), r.integers(-h // 8, h + h // 8)])
        d = np.array([np.cos(t := u(r, 0, 3.2)), np.sin(t)]) * w * u(r, .03, .5)
        cv2.line(x, tuple(int(v) for v in p), tuple(int(v) for v in p + d), mark, int(max(1, h * u(r, .003, .02))), cv2.LINE_AA)
    x = clip8(x)
    for _ in range(int(r.integers(0, 6))):  # cars, boxes, people, seen from above or cut by the edge
        ow, oh = int(w * u(r, .04, .25)), int(h * u(r, .05, .4))
        cx, cy, ang = int(r.integers(-ow // 3, w + ow // 3)), int(r.integers(-oh // 3, h + oh // 3)), u(r, 0, 180)
        col = colour(r) if r.random() < .6 else (int(u(r, 5, 250)),) * 3
        box = lambda a, b, dx=0: cv2.boxPoints(((cx + dx, cy), (a, b), ang)).astype(np.int32)
        cv2.fillPoly(x, [box(ow * 1.06, oh * 1.06, h // 90)], tuple(int(v * .45) for v in base), cv2.LINE_AA)
        cv2.fillPoly(x, [box(ow, oh)], col, cv2.LINE_AA)
        cv2.fillPoly(x, [box(ow * .45, oh * .75)], tuple(int(v * .4) for v in col), cv2.LINE_AA)
        if r.random() < .4:
            cv2.polylines(x, [box(ow * .9, oh * .9)], True, tuple(int(min(255, v + 50)) for v in col), 1, cv2.LINE_AA)
    if r.random() < .4:
        ow, oh = int(w * u(r, .08, .35)), int(h * u(r, .1, .4))
        ox, oy = int(r.integers(0, w - ow)), int(r.integers(0, h - oh))
        x[oy:oy + oh, ox:ox + ow] = crop(r, photos(), ow, oh)
    return x


def room(r, photos, w, h):
    """A plain wall, a table, a few things on it, a hand that comes in: a fixed camera indoors."""
    wall = np.array(colour(r, 60, 225), np.float32) * u(r, 0, .3)
    wall = wall + u(r, 50, 215) - wall.mean()
    x = np.empty((h, w, 3), np.float32)
    x[:] = np.clip(wall, 10, 240)
    x += (field(r, w, h, 2) * u(r, 3, 28))[:, :, None]
    y0 = int(h * u(r, .45, .9))
    if r.random() < .8:
        pts = np.array([[0, y0 + h * u(r, -.05, .05)], [w, y0 + h * u(r, -.05, .05)], [w, h], [0, h]], np.int32)
        m = cv2.fillPoly(np.zeros((h, w), np.float32), [pts], 1.0)
        if r.random() < .4:
            m = cv2.GaussianBlur(m, (0, 0), h * u(r, .002, .02))
        x += m[:, :, None] * u(r, 10, 70) * r.choice([-1, 1])
    x = clip8(x + noise(r, h, w, 1) * u(r, 0, 1.5))
    if r.random() < .4:  # the edge of a curtain, a door, a frame
        n = int(w * u(r, .01, .08))
        side = x[:, :n] if r.random() < .5 else x[:, w - n:]
        side[:] = clip8(side * u(r, .1, .6))
    for _ in range(int(r.integers(1, 6))):
        ow, oh = int(w * u(r, .04, .13)), int(h * u(r, .15, .45))
        cx, cy = int(r.integers(0, w)), int(np.clip(y0 + h * u(r, -.2, .15), oh // 2, h))
        view = x[max(0, cy - oh // 2):cy + oh // 2, max(0, cx - ow // 2):cx + ow // 2]
        vh, vw = view.shape[:2]
        if vh < 8 or vw < 8:
            continue
        if r.random() < .4:
            view[:] = crop(r, photos(), vw, vh)
        else:  # a bottle, a box: shaded from side to side, a cap, a label
            shade = np.cos(np.linspace(-1.5, 1.5, vw))[None, :, None] * u(r, 20, 90) + np.sin(np.linspace(0, u(r, 5, 60), vh))[:, None, None] * u(r, 0, 18)
            a = u(r, .3, 1)
            body = clip8(view * (1 - a) + (np.array(colour(r)) + shade - 30) * a)
            m = np.zeros((vh, vw), np.uint8)
            cv2.rectangle(m, (0, int(vh * .3)), (vw, vh), 255, -1)
            cv2.rectangle(m, (int(vw * .3), int(vh * .08)), (int(vw * .7), vh // 2), 255, -1)
            view[m > 0] = body[m > 0]
            cv2.rectangle(view, (int(vw * .3), 0), (int(vw * .7), int(vh * .1)), colour(r), -1)
            cv2.line(view, (int(vw * u(r, .1, .9)), int(vh * .3)), (int(vw * u(r, .1, .9)), vh), (235, 235, 240), 1, cv2.LINE_AA)
    if r.random() < .4:
        skin = tuple(int(v) for v in np.array([225, 170, 140]) * u(r, .4, 1))
        px, py = int(w * u(r, 0, 1)), int(h * u(r, .1, .6))
        for k in range(4):
            cv2.ellipse(x, (px, py + int(h * .03 * k)), (int(h * .09), int(h * .022)), u(r, -20, 40), 0, 360, tuple(int(v * u(r, .75, 1)) for v in skin), -1,
                        cv2.LINE_AA)
        cv2.line(x, (px, py), (px - int(w * .1), -10), tuple(int(v * .9) for v in skin), int(h * .09), cv2.LINE_AA)
    return x


def texture(r, photos, w, h):
    """Fine detail everywhere: leaves, gravel, cloth, bark, a landscape in small."""
    k = r.random()
    p = photos()
    most = min(p.shape[1] / (.56 * w), p.shape[0] / (.56 * h))
    if k < .5 and most > 1.5:  # a photograph made small, mirrored once where it does not fill the frame
        s = u(r, 1.5, most)
        p = cv2.resize(p, (max(64, int(p.shape[1] / s)), max(64, int(p.shape[0] / s))), interpolation=int(r.choice([cv2.INTER_AREA, cv2.INTER_CUBIC])))
        while p.shape[0] < h or p.shape[1] < w:
            p = np.concatenate([p, p[::-1]], 0) if p.shape[0] < h else np.concatenate([p, p[:, ::-1]], 1)
        y0, x0 = int(r.integers(0, p.shape[0] - h + 1)), int(r.integers(0, p.shape[1] - w + 1))
        x = grade(r, p[y0:y0 + h, x0:x0 + w])
    else:  # shapes that lie over one another, in the colours of a photograph
        x = cv2.resize(cv2.resize(photos(), (24, 16), interpolation=cv2.INTER_AREA), (w, h), interpolation=cv2.INTER_CUBIC)
        tone = x.copy()
        f = h / u(r, 400, 900)
        spread, longish = u(r, 12, 45), u(r, 1, 5)
        for _ in range(int(min(9000, w * h / (30 * f * f)))):
            px, py = int(r.integers(w)), int(r.integers(h))
            a = 1 + f * u(r, .6, 1.5) * r.exponential(2.2)
            shade = r.normal(0, spread)
            col = tuple(int(v) for v in np.clip(tone[py, px] + shade + r.normal(0, spread / 5, 3), 0, 255))
            cv2.ellipse(x, (px, py), (int(a * longish) + 1, int(a) + 1), u(r, 0, 180), 0, 360, col, -1, cv2.LINE_AA)
        if r.random() < .5:
            sky = crop(r, photos(), w, int(h * u(r, .15, .5)))
            x[:sky.shape[0]] = sky
    if r.random() < .4:  # sharpened, as cameras do
        x = cv2.addWeighted(x, 1.7, cv2.GaussianBlur(x, (0, 0), 1.1), -.7, 0)
    return x


def shallow(r, photos, w, h):
    """A sharp subject before a background out of focus."""
    x = F.scene(r, photos, w, h, .02, .15)
    soft = cv2.GaussianBlur(x, (0, 0), u(r, 2, 9) * max(.8, h / 700))
    m = np.zeros((h, w), np.float32)
    cv2.ellipse(m, (int(w * u(r, .25, .75)), int(h * u(r, .3, .7))), (int(w * u(r, .2, .45)), int(h * u(r, .3, .6))), u(r, 0, 180), 0, 360, 1.0, -1)
    m = cv2.GaussianBlur(m, (0, 0), h * u(r, .004, .05))[:, :, None]
    y = clip8(x * m + soft * (1 - m))
    return y if F.detail(y) >= 3 else x


def dim(r, photos, w, h):
    """A bright or coloured thing on a dark ground, an aquarium, a stage, a face in a dark room: meant to be dark."""
    x = F.scene(r, photos, w, h, .02, .1).astype(np.float32)
    m = np.zeros((h, w), np.float32)
    for _ in range(int(r.integers(1, 7))):
        cv2.ellipse(m, (int(w * u(r, .1, .9)), int(h * u(r, .1, .9))), (int(w * u(r, .06, .3)), int(h * u(r, .08, .4))), u(r, 0, 180), 0, 360, 1.0, -1)
    m = cv2.GaussianBlur(m, (0, 0), h * u(r, .003, .06))
    tint = np.array(colour(r, 60, 255), np.float32) / 230 if r.random() < .5 else 1
    y = clip8(x * (u(r, .02, .35) + m[:, :, None] * u(r, .6, 1.1)) * tint)
    return y if np.percentile(y.max(2), 90) > 110 else clip8(x)


def plain_part(r, photos, w, h):
    """The quietest window of a photograph that still has an edge in it."""
    best = None
    for _ in range(5):
        x = crop(r, photos(), w, h)
        d = F.detail(x)
        if d >= 2 and (best is None or d < best[0]):
            best = (d, x)
    return best[1] if best else street(r, photos, w, h)


def enlarged(r, make, photos, w, h):
    s = u(r, 1.8, 3.4) if FOURTH and h >= 720 else u(r, 1.3, 2.6 if h >= 720 else 2.0)
    x = make(r, photos, max(160, int(w / s)), max(120, int(h / s)))
    k = r.random()
    x = h264(r, x, (20, 32)) if k < .3 else F.jpeg(x, u(r, 40, 95)) if k < .6 else x
    return cv2.resize(x, (w, h), interpolation=int(r.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4])))


def photo_scene(r, photos, w, h):
    return F.scene(r, photos, w, h, .05, .1)


def burnt(x):
    """White on how much of the picture?"""
    return (x >= 248).mean()


def base(r, photos, w, h, quiet=.5):
    k = r.random()
    if FIFTH and k < .9:
        return room(r, photos, w, h) if k < .4 else street(r, photos, w, h)
    if k < quiet:
        return street(r, photos, w, h) if r.random() < .75 else plain_part(r, photos, w, h)
    return texture(r, photos, w, h) if k < quiet + .12 else photo_scene(r, photos, w, h)


def normal(r, photos, w, h, pool=None):
    for _ in range(6):
        k = r.random()
        if FIFTH and k < .75:
            x = room(r, photos, w, h)
        elif FOURTH and k > .45 and r.random() < .5:
            x = F.poor_scene(r, photos, w, h)
        elif k < (.5 if FOURTH else .36):
            x = enlarged(r, photo_scene if r.random() < .75 else street if r.random() < .6 else texture, photos, w, h)
        elif k < .60:
            x = street(r, photos, w, h)
        elif k < .78:
            x = texture(r, photos, w, h)
        elif k < .85:
            x = shallow(r, photos, w, h)
        elif k < .93:
            x = dim(r, photos, w, h)
        else:
            x = plain_part(r, photos, w, h)
        g = luma(x)
        if g.std() > 3 and not (g.mean() > 175 and burnt(g) > .1):
            break
    if r.random() < .12:
        x = F.text(r, x, int(r.integers(1, 3)))
    if r.random() < .3:
        x = h264(r, x)
    return channel(r, x, (45, 97), 3)


def focus(r, photos, w, h, pool=None):
    for _ in range(8):
        x = base(r, photos, w, h, .4)
        sigma = np.exp(u(r, np.log(4.2 if h < 720 else 5.7 if FOURTH else 5), np.log(12)))
        k = r.random()
        if k < .4:
            y = cv2.GaussianBlur(x, (0, 0), sigma)
        elif k < .6:
            y = cv2.filter2D(x, -1, F.disk(sigma * 1.9))
        else:
            n = int(sigma * 1.3) * 2 + 1
            y = cv2.blur(x, (n, n))
            for _ in range(int(r.integers(0, 3))):
                y = cv2.blur(y, (n, n))
        if luma(y).std() > 4.5:
            break
    if r.random() < .25:
        y = h264(r, y)
    return channel(r, y, (50, 97), 3)


def over(r, photos, w, h, pool=None):
    for _ in range(10):
        x = base(r, photos, w, h, .6)
        gain = u(r, 1, 3.4)
        y = F.luma_only(r, x, gain, u(r, 60, 160) if gain < 1.5 else u(r, -10, 80), u(r, .7, 1.1))
        if r.random() < .25:
            y = clip8(x.astype(np.float32) * u(r, 1.3, 4) + u(r, 0, 60))
        g = luma(y)
        if (g.mean() > 183 and burnt(g) > .15 or FIFTH and g.mean() > 222) and g.std() > 2.2:
            return channel(r, y, (50, 97), 2)
    return F.over(r, photos, w, h)


def under(r, photos, w, h, pool=None):
    for _ in range(10):
        gain = u(r, .08, .33)
        y = F.luma_only(r, base(r, photos, w, h, .6), gain, 16 * (1 - gain) * u(r, .3, 1.1), u(r, .3, 1.05))
        g = luma(y)
        if 4 < g.mean() < 48 and g.std() > 1.2 and np.percentile(g, 99) > 14 and y.max(2).mean() < 78:
            return channel(r, y, (60, 97), 1)
    return F.under(r, photos, w, h)


def yuv_noise(r, x, s, even, chroma):
    """Noise on the planes of a 4:2:0 picture: that of chroma comes in 2 x 2 lumps."""
    h, w = x.shape[:2]
    y = cv2.cvtColor(x, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    make = (lambda a, b: (r.random((a, b, 1), dtype=np.float32) - .5) * 3.46) if even else (lambda a, b: noise(r, a, b, 1))
    y[:, :, 0] += make(h, w)[:, :, 0] * s
    if chroma:
        for c in (1, 2):
            y[:, :, c] += cv2.resize(make((h + 1) // 2, (w + 1) // 2)[:, :, 0], (w, h), interpolation=int(r.choice([0, 1]))) * s * chroma
    return cv2.cvtColor(clip8(y), cv2.COLOR_YCrCb2RGB)


def strong_noise(r, photos, w, h, pool=None):
    for _ in range(5):
        x = base(r, photos, w, h, .7)
        if 20 < luma(x).mean() < 225:
            break
    s = np.exp(u(r, np.log(11), np.log(45)))
    if r.random() < .75:
        y = yuv_noise(r, x, s, r.random() < .4, u(r, .6, 1.1) if r.random() < .7 else 0)
    else:
        n = noise(r, h, w)
        y = clip8(x + (n if r.random() < .5 else n[:, :, :1]) * s)
    return F.jpeg(y, u(r, 75, 97)) if r.random() < .2 else F.i420(y) if r.random() < .5 else y


def snow(r, photos, w, h, pool=None):
    x = np.full((h, w, 3), int(u(r, 100, 150)), np.uint8)
    k = r.random()
    if k < .5:
        y = yuv_noise(r, x, u(r, 55, 110), r.random() < .6, u(r, .6, 1.1) if r.random() < .6 else 0)
    elif k < .75:
        y = yuv_noise(r, clip8(x * 0. + 128), u(r, 60, 75), True, 0)
    else:
        return F.snow(r, photos, w, h)
    return channel(r, y, (60, 97), 0)


def solid(r, photos, w, h, pool=None):
    c = r.integers(60, 256, 3) if r.random() < .5 else np.full(3, r.integers(90, 256))
    x = np.zeros((h, w, 3), np.float32) + c
    if r.random() < .6:
        x += noise(r, h, w) * u(r, .2, 2)
    return channel(r, clip8(x), (40, 97), 0)


def pattern(r, photos, w, h, pool=None):
    """Slow patterns: few rings or waves over the frame."""
    k = r.random()
    if FOURTH and k < .55:
        return card(r, w, h)
    if k < .3 or FOURTH and k < .65:
        return F.pattern(r, photos, w, h)
    a, b = F.two(r)
    cx, cy = (w / 2, h / 2) if r.random() < .7 else (w * u(r, .3, .7), h * u(r, .3, .7))
    yy, xx = np.arange(h, dtype=np.float32)[:, None] - cy, np.arange(w, dtype=np.float32)[None] - cx
    k = r.random()
    if k < .55:
        v = .5 + .5 * np.cos((xx * xx + yy * yy) * np.exp(u(r, np.log(.01), np.log(.5))) * np.pi / w + u(r, 0, 6.3))
    elif k < .75:
        v = .5 + .5 * np.sin(np.sqrt(xx * xx + yy * yy) * 2 * np.pi / (h / u(r, 4, 40)) + u(r, 0, 6.3))
    elif k < .9:
        ang = float(r.choice([0, 0, np.pi / 2, u(r, 0, 3)]))
        v = .5 + .5 * np.sin((xx * np.cos(ang) + yy * np.sin(ang)) * 2 * np.pi / (h / u(r, 4, 40)) + u(r, 0, 6.3))
    else:
        v = .5 + .5 * np.sin(xx * 2 * np.pi / (h / u(r, 3, 20))) * np.sin(yy * 2 * np.pi / (h / u(r, 3, 20)))
    return channel(r, clip8(a + (b - a) * v[:, :, None]), (60, 97), 1)


def card(r, w, h):
    """A card of coloured bars and more: a disc, a strip of hues, a line across, a counter."""
    n = int(r.integers(5, 10))
    cols = r.choice([0, 255], (n, 3)) if r.random() < .4 else (F.BAR * 255)[r.permutation(8)][np.arange(n) % 8]
    edges = np.linspace(0, w, n + 1).astype(int)
    x = np.zeros((h, w, 3), np.uint8)
    other = x.copy()
    for k in range(n):
        x[:, edges[k]:edges[k + 1]] = cols[k]
        other[:, edges[k]:edges[k + 1]] = cols[(k + 3) % n]
    todo = r.random(5) < .5
    todo[int(r.integers(5))] = True
    if todo[0]:
        m = np.zeros((h, w), np.uint8)
        cv2.circle(m, (w // 2, h // 2), int(h * u(r, .35, .7)), 255, -1)
        x = np.where((m > 0)[:, :, None] == (r.random() < .5), other, x)
    if todo[1]:
        y0, y1 = int(h * u(r, .05, .8)), int(h * u(r, .06, .2))
        hsv = np.ones((1, w, 3), np.float32)
        hsv[0, :, 0] = (np.linspace(0, 360, w) + u(r, 0, 360)) % 360
        x[y0:y0 + y1] = clip8(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255)
    if todo[2]:
        cv2.line(x, (0, int(h * u(r, 0, 1))), (w, int(h * u(r, 0, 1))), colour(r), max(2, h // int(r.integers(20, 90))), cv2.LINE_AA)
    if todo[3]:
        a, b, c = int(w * u(r, .1, .7)), int(h * u(r, .1, .7)), int(r.integers(2, 9))
        part = x[b:b + h // 4, a:a + w // 4]
        yy, xx = np.mgrid[0:part.shape[0], 0:part.shape[1]]
        part[((yy // c + xx // c) % 2) > 0] = colour(r)
    if todo[4] or r.random() < .4:
        cv2.putText(x, str(r.integers(0, 99)), (int(w * u(r, .1, .8)), int(h * .65)), 2, h / 90, colour(r), max(3, h // 30))
    return channel(r, np.ascontiguousarray(x), (60, 97), 1)


def covered(r, photos, w, h, pool=None):
    if not FIFTH:
        return F.covered(r, photos, w, h)
    x = base(r, photos, w, h)
    a, b = u(r, .68, .92), u(r, .72, 1)
    bw, bh = int(w * a), int(h * b)
    x0, y0 = (int(r.integers(0, w - bw + 1)), int(r.integers(0, h - bh + 1))) if r.random() < .6 else ((w - bw) // 2, (h - bh) // 2)
    c = u(r, 0, 40) if r.random() < .6 else u(r, 40, 150)
    part = x[y0:y0 + bh, x0:x0 + bw]
    part[:] = clip8(np.array([c, c * u(r, .5, 1.1), c * u(r, .4, 1.1)]) + noise(r, bh, bw, 1) * u(r, 0, 3))
    return channel(r, x, (50, 97), 2)


MAKE = [normal, F.black, solid, F.bars, pattern, snow, focus, None, F.combed, over, under, covered, strong_noise]
SHARE = np.array([.36, .01, .035, .01, .06, .045, .10, 0, .03, .12, .06, .05, .11])

FOURTH_SHARE = np.array([.40, .015, .05, .06, .16, .01, .12, 0, .02, .09, .02, .04, .015])
FIFTH_SHARE = np.array([.42, .015, .015, .01, .02, .01, .03, 0, .01, .13, .09, .13, .12])


def render(r, label, photos, pool=None):
    w, h = F.SIZES[int(r.choice(len(F.SIZES), p=F.SIZE_WEIGHTS / F.SIZE_WEIGHTS.sum()))]
    return MAKE[label](r, photos, w, h, pool)
